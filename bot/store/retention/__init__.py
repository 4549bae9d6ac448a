"""Retention, legal holds, erasure and subject access."""
