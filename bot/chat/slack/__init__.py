"""Slack: what comes in becomes a question to the bot, what it says becomes blocks. Nothing is decided here."""
