"""Names of places and areas, references and times as people write them."""
