"""One file, one command: each module here holds one COMMAND."""
