"""Telling the outside world that all is well, so that silence is noticed there too."""
