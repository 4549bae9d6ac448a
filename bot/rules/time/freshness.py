"""Freshness of the sources: the age of the newest export (fresh, stale, too old) and its unread rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.model import Freshness
from bot.rules.time.clock import say_close, say_hours, say_near

State = Literal["ok", "doubt", "stale", "refused", "never"]

#: Hidden by a row that could not be read, by source; the children export does not list missing children.
MAY_BE = {"police": "a child missing now", "interviews": "an interview due"}


def state(source: Freshness, now: datetime) -> State:
    """Judge the newest export by its age against the partnership's limits (hours), then by its doubts."""
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
    """List the faults of a source's newest export, each with the rows it may hide; empty where it was read whole.

    `exact` gives the number of rows that may be a child missing now: a small count of children, not for every place.
    """
    found = []
    if source.refused_at is not None:
        found.append(f"a newer file could not be used ({say_near(source.refused_at, now)})")
    if source.rows_before is not None:
        rows = f"{source.rows} rows" if source.rows else "no rows"
        found.append(f"{rows}, the one before {source.rows_before}")
    if unread := source.rejected + source.unread:
        text = f"{unread} {'row' if unread == 1 else 'rows'} could not be read whole"
        if source.unread_open and source.source in MAY_BE:
            text += f", {source.unread_open if exact else 'some'} of which may be {MAY_BE[source.source]}"
        found.append(text)
    return tuple(found)


def say(source: Freshness, now: datetime, *, exact: bool = False) -> str:
    """Write 'Police 07:41 ok' or a sentence that cannot be read as zero; `exact` as for `doubts`."""
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


def brief(source: Freshness, now: datetime) -> str:
    """Write '07:41': the time of the newest export, with its day where that is not today."""
    return "never loaded" if source.taken_at is None else say_close(source.taken_at, now)


def times(sources: Iterable[Freshness], now: datetime) -> str:
    """Write 'Police 07:41, Council children 05:00' of the sources that are ok; the others have their warnings."""
    return ", ".join(f"{s.name} {brief(s, now)}" for s in sources if state(s, now) == "ok")


def confirmations(sources: Iterable[Freshness], since: datetime, until: datetime) -> tuple[str, ...]:
    """Write a line for each export that a person confirmed in [since, until), for the next digest."""
    return tuple(
        f"{s.confirmed.by} said that the newest export of {s.name} is right: "
        f"{s.rows} rows, {s.confirmed.rows_before} before."
        for s in sources
        if s.confirmed and since <= s.confirmed.at < until
    )


#: Advice to readers of a list or a digest with a source in doubt.
ADVICE = "Ask for sources; whoever loads the exports has the list of rows"


def warnings(sources: Iterable[Freshness], now: datetime, *, exact: bool) -> tuple[str, ...]:
    """Write a line with advice for each source that is not ok; the lists and figures from it begin with these."""
    return tuple(
        f"⚠ {say(s, now, exact=exact)}" + (f". {ADVICE}." if doubts(s, now) else "")
        for s in sources
        if state(s, now) != "ok"
    )
