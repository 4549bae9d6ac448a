"""Freshness of the sources: the age of the newest export (fresh, stale, too old) and its unread rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.catalogue import _, n_
from bot.rules.model import Freshness
from bot.rules.time.clock import say_close, say_hours, say_near

State = Literal["ok", "doubt", "stale", "refused", "never"]

#: Hidden by a row that could not be read, by source; the children export does not list missing children.
MAY_BE = {"police": _("a child missing now"), "interviews": _("an interview due")}


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
        found.append(_("a newer file could not be used ({refused_at})", refused_at=say_near(source.refused_at, now)))
    if source.rows_before is not None:
        rows = _("{rows} rows", rows=source.rows) if source.rows else _("no rows")
        found.append(_("{rows}, the one before {rows_before}", rows=rows, rows_before=source.rows_before))
    if unread := source.rejected + source.unread:
        text = n_("{n} row could not be read whole", "{n} rows could not be read whole", unread)
        if source.unread_open and source.source in MAY_BE:
            text += _(
                ", {unread_open} of which may be {may_be}",
                unread_open=source.unread_open if exact else _("some"),
                may_be=MAY_BE[source.source],
            )
        found.append(text)
    return tuple(found)


def say(source: Freshness, now: datetime, *, exact: bool = False) -> str:
    """Write 'Police 07:41 ok' or a sentence that cannot be read as zero; `exact` as for `doubts`."""
    found, unsure = state(source, now), "; ".join(doubts(source, now, exact=exact))
    also = f" ({unsure})" if unsure else ""
    if source.taken_at is None:
        return _("{source}: NEVER LOADED, do not read as zero{also}", source=source.name, also=also)
    when = say_near(source.taken_at, now)
    if found == "ok":
        return _("{source}: {when}, ok", source=source.name, when=when)
    if found == "doubt":
        return _("{source}: {when}, IN DOUBT: {unsure}", source=source.name, when=when, unsure=unsure)
    age = say_hours(now - source.taken_at)
    if found == "stale":
        return _(
            "{source}: {when}, STALE ({age} old), these figures may be low{also}",
            source=source.name,
            when=when,
            age=age,
            also=also,
        )
    limit = say_hours(timedelta(hours=source.refuse_after_hours))
    return _(
        "{source}: last received {when} ({age} old, limit {limit}): do not read as zero{also}",
        source=source.name,
        when=when,
        age=age,
        limit=limit,
        also=also,
    )


def brief(source: Freshness, now: datetime) -> str:
    """Write '07:41': the time of the newest export, with its day where that is not today."""
    return _("never loaded") if source.taken_at is None else say_close(source.taken_at, now)


def times(sources: Iterable[Freshness], now: datetime) -> str:
    """Write 'Police 07:41, Council children 05:00' of the sources that are ok; the others have their warnings."""
    return ", ".join(f"{s.name} {brief(s, now)}" for s in sources if state(s, now) == "ok")


def confirmations(sources: Iterable[Freshness], since: datetime, until: datetime) -> tuple[str, ...]:
    """Write a line for each export that a person confirmed in [since, until), for the next digest."""
    return tuple(
        _(
            "{by} said that the newest export of {name} is right: {rows} rows, {rows_before} before.",
            by=s.confirmed.by,
            name=s.name,
            rows=s.rows,
            rows_before=s.confirmed.rows_before,
        )
        for s in sources
        if s.confirmed and since <= s.confirmed.at < until
    )


#: Advice to readers of a list or a digest with a source in doubt.
ADVICE = _("Ask for sources; whoever loads the exports has the list of rows")


def warnings(sources: Iterable[Freshness], now: datetime, *, exact: bool) -> tuple[str, ...]:
    """Write a line with advice for each source that is not ok; the lists and figures from it begin with these."""
    return tuple(
        f"⚠ {say(s, now, exact=exact)}" + (f". {ADVICE}." if doubts(s, now) else "")
        for s in sources
        if state(s, now) != "ok"
    )
