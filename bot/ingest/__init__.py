"""Exports in: read, check, match, store. What is rejected is listed, never lost."""
