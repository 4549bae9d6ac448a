"""Common parts of all tables: one metadata with its naming, moments in UTC, codes, words of the partnership.

Take the metadata from `tables`: there every table has been added to it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, MetaData, String
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: timestamptz on PostgreSQL, sortable text on SQLite. Naive times are refused.

    The text has seconds and no more: enough, comparable, and small in SQLite's covering indexes.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    # The processors themselves, not process_bind_param: a load passes a million of them.

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return to_text if dialect.name == "sqlite" else to_utc

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None]:
        return from_text if dialect.name == "sqlite" else to_utc


def to_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC)


def to_text(value: datetime | None) -> str | None:
    utc = to_utc(value)
    if utc is None:
        return None
    # A third of the time of isoformat, and a load has millions of them.
    return "%04d-%02d-%02d %02d:%02d:%02d" % (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second)  # noqa: UP031


def from_text(value: str | None) -> datetime | None:
    return datetime.fromisoformat(f"{value}+00:00") if value else None


def code(name: str, **options: Any) -> Column[str]:
    return Column(name, String(32), **options)


def place(name: str, **options: Any) -> Column[str]:
    """A word of the partnership file (area, team, district): as long as that file makes it."""
    return Column(name, String(), **options)
