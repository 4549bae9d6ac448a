"""When a worker is reminded, of which interview."""
