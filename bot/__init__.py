"""The missing-children bot: facts come in as exports, pure rules decide, a reply says it."""

#: The version of the program; packages and `python -m bot --version` read it here.
__version__ = "0.1.0"
