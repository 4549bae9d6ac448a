"""The connection and the partnership that every group of queries reads with."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.rules.partnership.partnership import Partnership


class View:
    """One connection, so one consistent view of the records, in the areas and age bands of one partnership."""

    def __init__(self, connection: Connection, partnership: Partnership) -> None:
        self.connection = connection
        self.partnership = partnership
