"""Jobs: everything that the bot does by the clock."""
