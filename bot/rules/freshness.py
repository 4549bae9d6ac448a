"""How old the facts are: fresh, stale (say so) or too old (refuse to show what rests on them)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from bot.rules.clock import say_hours, say_near
from bot.rules.model import Freshness

State = Literal["ok", "stale", "refused", "never"]


def state(source: Freshness, now: datetime) -> State:
    """The age of the last export against the limits of the partnership file, in hours."""
    if source.taken_at is None:
        return "never"
    age = now - source.taken_at
    if age > timedelta(hours=source.refuse_after_hours):
        return "refused"
    return "stale" if age > timedelta(hours=source.stale_after_hours) else "ok"


def usable(source: Freshness, now: datetime) -> bool:
    return state(source, now) in ("ok", "stale")


def say(source: Freshness, now: datetime) -> str:
    """'Police 07:41 ok' or a sentence that cannot be read as zero."""
    found = state(source, now)
    if source.taken_at is None:
        return f"{source.name}: NEVER LOADED, do not read as zero"
    when = say_near(source.taken_at, now)
    if found == "ok":
        return f"{source.name}: {when}, ok"
    age = say_hours(now - source.taken_at)
    if found == "stale":
        return f"{source.name}: {when}, STALE ({age} old), these figures may be low"
    limit = say_hours(timedelta(hours=source.refuse_after_hours))
    return f"{source.name}: last received {when} ({age} old, limit {limit}): do not read as zero"
