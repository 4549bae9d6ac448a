"""How the bot stands at this moment: whether it can be relied on and the figures of its day, asked of the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.rules import freshness as age
from bot.rules.calendar import NeverOpen
from bot.rules.partnership import Partnership
from bot.rules.watched import Check, Figures, Seen, checks
from bot.store import beats, ledger, loads, watching
from bot.store.database import Database, DatabaseError, in_plain_words, is_migrated, reading

AHEAD = timedelta(days=30)


def readiness(database: Database, partnership: Partnership, moves: bool) -> tuple[Check, ...]:
    """Every check with its reason. `moves` says whether this replica's engine does."""
    try:
        with in_plain_words():
            if not is_migrated(database):
                return (Check("database", False, "its tables are of another version of the bot"),)
            with reading(database) as connection:
                return checks(_seen(connection, partnership, moves))
    except DatabaseError:
        return (Check("database", False, "it cannot be used"),)


def _seen(connection: Any, partnership: Partnership, moves: bool) -> Seen:
    skew, now = _clocks(connection)
    newest = beats.newest(connection)
    sources = loads.freshness(connection, partnership)
    then = pretended(partnership, now)
    return Seen(
        skew=skew,
        tick_age=(now - newest).total_seconds() if newest else None,
        moves=moves,
        sources=[(f.source, age.state(f, then)) for f in sources],
        calendar_known=calendar_known(partnership, now),
    )


def _clocks(connection: Any) -> tuple[float, datetime]:
    """How far this process's clock is off the database's, and that one: asking takes its time, which is no skew."""
    before = datetime.now(UTC)
    now = ledger.clock(connection)
    after = datetime.now(UTC)
    return max((before - now).total_seconds(), (now - after).total_seconds(), 0.0), now


def pretended(partnership: Partnership, now: datetime) -> datetime:
    """The moment by which data are old or new: a practice partnership lives in its own."""
    return partnership.practice.now.astimezone(UTC) if partnership.practice else now


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


def figures(database: Database, partnership: Partnership) -> Figures:
    """DatabaseError where they cannot be read."""
    with in_plain_words(), reading(database) as connection:
        now = ledger.clock(connection)
        sources = loads.freshness(connection, partnership)
        return watching.figures(connection, sources, now, pretended(partnership, now))
