"""How the bot stands at this moment: whether it can be relied on and the figures of its day, asked of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.rules.delivery.health import Check, DeliveryFigures, HealthReadings, SourceHealth, checks, data
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.working_hours import NeverOpen
from bot.store.database import Database, DatabaseError, in_plain_words, is_migrated, reading
from bot.store.delivery import ledger, replicas
from bot.store.queries import loads, monitoring

AHEAD = timedelta(days=30)


Clock = Callable[[Any], datetime]


def readiness(database: Database, partnership: Partnership, moves: bool, clock: Clock) -> tuple[Check, ...]:
    """Every check with its reason. `moves` says whether this replica's engine does, `clock` the time it goes by."""
    try:
        with in_plain_words():
            if not is_migrated(database):
                return (Check("database", False, "its tables are of another version of the bot"),)
            with reading(database) as connection:
                return checks(_seen(connection, partnership, moves, clock(connection)))
    except DatabaseError:
        return (Check("database", False, "it cannot be used"),)


def _seen(connection: Any, partnership: Partnership, moves: bool, now: datetime) -> HealthReadings:
    newest = replicas.newest(connection)
    return HealthReadings(
        skew=skew(connection),
        tick_age=(now - newest).total_seconds() if newest else None,
        moves=moves,
        calendar_known=calendar_known(partnership, now),
    )


def skew(connection: Any) -> float:
    """How far this process's clock is off the database's: asking takes its time, which is no skew."""
    before = datetime.now(UTC)
    now = ledger.clock(connection)
    after = datetime.now(UTC)
    return max((before - now).total_seconds(), (now - after).total_seconds(), 0.0)


def calendar_known(partnership: Partnership, now: datetime) -> bool:
    """Whether each area has a working day after the next 30, and bank holidays are known of that year: New Year's
    Day is one in every division."""
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
    """How far each export can be relied on; DatabaseError where that cannot be read."""
    with in_plain_words(), reading(database) as connection:
        now = clock(connection)
        return tuple(data(each, now) for each in loads.freshness(connection, partnership))


def figures(database: Database, partnership: Partnership, clock: Clock) -> DeliveryFigures:
    """DatabaseError where they cannot be read."""
    with in_plain_words(), reading(database) as connection:
        return monitoring.figures(connection, loads.freshness(connection, partnership), clock(connection))
