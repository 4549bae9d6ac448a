"""Digest slots, delivery states, health and missed work."""
