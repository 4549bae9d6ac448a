"""Tables and triggers."""
