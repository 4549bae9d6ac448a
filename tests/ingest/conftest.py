"""A loader on an empty, migrated database."""

from tests.support.loader_fixtures import bot, sqlite_bot

__all__ = ["bot", "sqlite_bot"]
