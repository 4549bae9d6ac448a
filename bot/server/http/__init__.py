"""The bot's HTTP servers: one for platforms that call in, and one that tells monitoring how the bot does.

They are handed functions, and know neither the database nor a job. Monitoring reads nothing of a child.
"""
