"""The bot's HTTP servers: one for platforms that call in, one for monitoring: whether the bot lives and can be relied on.

They are handed functions, and know neither the database nor a job. Monitoring reads nothing of a child.
"""
