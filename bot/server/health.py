"""Readiness, freshness of the exports and delivery figures of this moment, read from the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.rules.delivery.health import Check, DeliveryFigures, HealthReadings, SourceHealth, checks, data
from bot.rules.partnership.partnership import NeverOpen, Partnership
from bot.store.database import Database, DatabaseError, in_plain_words, is_migrated, reading
from bot.store.delivery import ledger, replicas
from bot.store.queries import loads, monitoring

#: The calendar must be known this far ahead.
AHEAD = timedelta(days=30)
Clock = Callable[[Any], datetime]


def readiness(database: Database, partnership: Partnership, moves: bool, clock: Clock) -> tuple[Check, ...]:
    """Return every check with its reason. `moves` is True while this replica's engine ticks; `clock` gives the time."""
    try:
        with in_plain_words():
            if not is_migrated(database):
                return (Check("database", False, "its tables are of another version of the bot"),)
            with reading(database) as connection:
                now, newest = clock(connection), replicas.newest(connection)
                return checks(
                    HealthReadings(
                        skew=skew(connection),
                        tick_age=(now - newest).total_seconds() if newest else None,
                        moves=moves,
                        calendar_known=calendar_known(partnership, now),
                        last_tick=replicas.last_tick(connection),
                    )
                )
    except DatabaseError:
        return (Check("database", False, "it cannot be used"),)


def skew(connection: Any) -> float:
    """Return the seconds between this process's clock and the database's; the time of the query is not skew."""
    before = datetime.now(UTC)
    now = ledger.clock(connection)
    after = datetime.now(UTC)
    return max((before - now).total_seconds(), (now - after).total_seconds(), 0.0)


def calendar_known(partnership: Partnership, now: datetime) -> bool:
    """Return True where each area has a working day 30 days ahead, and the bank holidays of that year are known.

    New Year's Day is a bank holiday in every division.
    """
    until = now + AHEAD
    for area in partnership.areas:
        calendar = partnership.calendar(area.id)
        try:
            calendar.next_moment(until)
        except NeverOpen:
            return False
        if date(until.year, 1, 1) not in calendar.holidays:
            return False
    return True


def sources(database: Database, partnership: Partnership, clock: Clock) -> tuple[SourceHealth, ...]:
    """Return the freshness of each export; DatabaseError where it cannot be read."""
    with in_plain_words(), reading(database) as connection:
        now = clock(connection)
        return tuple(data(each, now) for each in loads.freshness(connection, partnership))


def figures(database: Database, partnership: Partnership, clock: Clock) -> DeliveryFigures:
    """Return the delivery figures; DatabaseError where they cannot be read."""
    with in_plain_words(), reading(database) as connection:
        return monitoring.figures(connection, loads.freshness(connection, partnership), clock(connection))
