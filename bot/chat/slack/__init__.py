"""Slack: what comes in becomes a question to the bot, what it says becomes blocks. Nothing of the trade is decided here."""
