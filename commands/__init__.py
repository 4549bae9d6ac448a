"""One file, one command: each module here has one COMMAND. `bot/README.md` says how to add one."""
