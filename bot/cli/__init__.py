"""Verbs of `python -m bot` for administrators: one file each, with `add(verbs)`; a new verb is a copied sibling."""
