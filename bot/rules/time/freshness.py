"""How far the facts can be trusted: their age (fresh, stale, too old), and what of an export could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.model import Freshness
from bot.rules.time.clock import say_hours, say_near

State = Literal["ok", "doubt", "stale", "refused", "never"]

#: What a row that could not be read may hide, by source; a children export lists nobody who is missing.
MAY_BE = {"police": "a child missing now", "interviews": "an interview due"}


def state(source: Freshness, now: datetime) -> State:
    """The age of the last export against the limits of the partnership file, in hours; then whether it is in doubt."""
    if source.taken_at is None:
        return "never"
    age = now - source.taken_at
    if age > timedelta(hours=source.refuse_after_hours):
        return "refused"
    if age > timedelta(hours=source.stale_after_hours):
        return "stale"
    return "doubt" if doubts(source, now) else "ok"


def usable(source: Freshness, now: datetime) -> bool:
    return state(source, now) in ("ok", "doubt", "stale")


def doubts(source: Freshness, now: datetime, *, exact: bool = False) -> tuple[str, ...]:
    """What could not be read of a source, each with how much it may hide; empty where all of it could.

    `exact` says how many rows may be a child missing now: a small count of children, not for every place.
    """
    found = []
    if source.refused_at is not None:
        found.append(f"a newer file could not be used ({say_near(source.refused_at, now)})")
    if source.rows_before is not None:
        rows = f"{source.rows} rows" if source.rows else "no rows"
        found.append(f"{rows}, the one before {source.rows_before}")
    if source.rejected or source.unread:
        found.append(_rows(source, exact))
    return tuple(found)


def _rows(source: Freshness, exact: bool) -> str:
    rows, what = source.rejected + source.unread, MAY_BE.get(source.source)
    said = f"{rows} {'row' if rows == 1 else 'rows'} could not be read whole"
    if not source.unread_open or what is None:
        return said
    return f"{said}, {source.unread_open if exact else 'some'} of which may be {what}"


def say(source: Freshness, now: datetime, *, exact: bool = False) -> str:
    """'Police 07:41 ok' or a sentence that cannot be read as zero; `exact` as for `doubts`."""
    found, unsure = state(source, now), "; ".join(doubts(source, now, exact=exact))
    also = f" ({unsure})" if unsure else ""
    if source.taken_at is None:
        return f"{source.name}: NEVER LOADED, do not read as zero{also}"
    when = say_near(source.taken_at, now)
    if found == "ok":
        return f"{source.name}: {when}, ok"
    if found == "doubt":
        return f"{source.name}: {when}, IN DOUBT: {unsure}"
    age = say_hours(now - source.taken_at)
    if found == "stale":
        return f"{source.name}: {when}, STALE ({age} old), these figures may be low{also}"
    limit = say_hours(timedelta(hours=source.refuse_after_hours))
    return f"{source.name}: last received {when} ({age} old, limit {limit}): do not read as zero{also}"


def confirmations(sources: Iterable[Freshness], since: datetime, until: datetime) -> tuple[str, ...]:
    """What somebody said of an export in [since, until): the next digest has a line of it."""
    return tuple(
        f"{s.confirmed.by} said that the newest export of {s.name} is right: "
        f"{s.rows} rows, {s.confirmed.rows_before} before."
        for s in sources
        if s.confirmed and since <= s.confirmed.at < until
    )


#: What to do about a source in doubt, for people who read a list or a digest.
ADVICE = "Ask for sources; whoever loads the exports has the list of rows"


def warnings(sources: Iterable[Freshness], now: datetime, *, exact: bool) -> tuple[str, ...]:
    """The first lines of whatever rests on these sources: each that is not ok, with what to do."""
    return tuple(f"⚠ {say(s, now, exact=exact)}{_to_do(s, now)}" for s in sources if state(s, now) != "ok")


def _to_do(source: Freshness, now: datetime) -> str:
    return f". {ADVICE}." if doubts(source, now) else ""
