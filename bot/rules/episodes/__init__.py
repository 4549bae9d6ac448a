"""Matching police and council records into missing episodes, and the values frozen on each."""
