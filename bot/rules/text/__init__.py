"""Areas, places, references, reasons and times as people write them."""
