"""Messages: the words of chat, and the figures as rows."""
