"""Commands, replies and forms, and the ports between the bot and a chat platform."""
