"""Logs, with personal data masked."""
