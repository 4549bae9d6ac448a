"""What chat writes."""
