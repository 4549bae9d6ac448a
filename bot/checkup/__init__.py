"""A check of the whole installation: everything that has to be so before somebody relies on it. It changes nothing."""
