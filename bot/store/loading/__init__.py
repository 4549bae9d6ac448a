"""Loads: staging, merging, matching children and freezing episodes."""
