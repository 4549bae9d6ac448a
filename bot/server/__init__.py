"""The running process: ticks, chat requests, platforms, health and HTTP."""
