"""Backup, restore and integrity checks."""
