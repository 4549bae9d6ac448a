"""The bot's HTTP server: whether it lives, whether it can be relied on, and figures for monitoring. Nothing of a child.

It is handed functions, and knows neither the database nor a job. Platforms that call in will ride on it.
"""
