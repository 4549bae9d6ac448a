"""One file, one command: each module here has one COMMAND. A new command is a new file, and nothing else changes."""
