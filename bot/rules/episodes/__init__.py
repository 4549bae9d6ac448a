"""Matching police and council records into missing episodes, and what is frozen of each."""
