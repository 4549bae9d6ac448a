"""Exports in: read, check, match, store. Rejected rows are listed, never lost."""
