"""Suppression of small counts, and released figures."""
