"""Health of the bot itself: its checks of now, and its figures of the last day. Never of a child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.rules.model import Freshness
from bot.rules.time.clock import say, say_hours
from bot.rules.time.freshness import State, state
from bot.rules.time.trusted import TOLERANCE, LastTick, near

#: Largest difference between this clock and the database's at which their times still fit.
SKEW_SECONDS = 5.0
#: A replica that has not ticked for so long is ill.
TICK_SECONDS = 90.0
#: A restore so long after the bot wrote last is one by a clock that a person has compared.
AWAY = timedelta(hours=12)

#: Labels for monitoring: it never sees another word, so that nothing of a person can turn up as one.
KINDS = frozenset(
    {
        "digest",
        "thread",
        "close",
        "reminder",
        "urgent",
        "decision",
        "escalation",
        "notice",
        "alarm",
        "email",
        "wake",
        "drill",
    }
)
PLATFORMS = frozenset({"offline", "slack", "teams", "email", "sms"})
STATES = frozenset({"planned", "sending", "sent", "failed", "held", "unknown", "missed", "dropped"})
OUTCOMES = frozenset({"ok", "refused", "unclear", "failed"})
OTHER = "other"


class Check(NamedTuple):
    """One condition for relying on the bot."""

    name: str
    ok: bool
    says: str = "ok"


@dataclass(frozen=True, slots=True)
class HealthReadings:
    """The readings from the database and from this process, in seconds."""

    skew: float
    tick_age: float | None  # of the replica that ticked last; None: none ever did
    moves: bool  # this replica's own engine does
    calendar_known: bool
    last_tick: LastTick | None = None


def clock_is_trusted(last: LastTick | None) -> bool:
    """Return True where the time was confirmed at the last tick, and the clock showed it."""
    return last is None or (last.sure_at == last.at and near(last.shown, last.at))


def clock_fault(machine: datetime, shown: datetime, last: LastTick | None) -> str:
    """Return why nothing may be dated by this machine's clock; empty where nothing speaks against it.

    `shown` is the database's clock. A load dated tomorrow would look fresh for a day too long, and the export of
    tomorrow would be refused as older.
    """
    if not near(machine, shown):
        return f"This machine's clock shows {say(machine)}, and the database's {say(shown)}: put it right."
    if not clock_is_trusted(last) or (last is not None and machine < last.at - TOLERANCE):
        return "The clock is in doubt. See: clock."
    return ""


def restore_fault(machine: datetime, shown: datetime, last: datetime | None) -> str:
    """Return why a restore may not be dated by the clock; empty where nothing speaks against it.

    `last` is the latest time that the bot wrote, as far as it is known.
    """
    if not near(machine, shown):
        return f"This machine's clock shows {say(machine)}, and the database's {say(shown)}."
    if last is None or -TOLERANCE <= shown - last <= AWAY:
        return ""
    away = f"{say_hours(abs(shown - last))} {'earlier' if last < shown else 'later'}"
    return f"The clock shows {say(shown)}, and the bot last wrote at {say(last)}, {away}."


def time_in_words(last: LastTick | None) -> str:
    """Describe the time of the last tick where it is not trusted."""
    if last is None:
        return "no tick"
    off = f"the clock is {(last.shown - last.at).total_seconds():+.0f} s off the time that the bot goes by"
    return f"not confirmed: {off}" if last.sure_at != last.at else off


def checks(seen: HealthReadings) -> tuple[Check, ...]:
    """Return the checks, each with its reason. With readings, the database was reached and has the right tables."""
    age = seen.tick_age
    ticked = "no replica has ticked yet" if age is None else f"no replica has ticked for {age:.0f} s"
    conditions = (
        ("database", True, ""),
        ("clock", seen.skew < SKEW_SECONDS, f"{seen.skew:.0f} s off the database's"),
        ("tick", age is not None and age < TICK_SECONDS, ticked),
        ("engine", seen.moves, "this replica's engine stands still"),
        ("time", clock_is_trusted(seen.last_tick), time_in_words(seen.last_tick)),
        ("calendar", seen.calendar_known, "the next 30 days are not known"),
    )
    return tuple(Check(name, holds, "ok" if holds else fault) for name, holds, fault in conditions)


class SourceHealth(NamedTuple):
    """The health of one source: its state, its age in seconds, and counts of rows. Nothing of a child."""

    source: str
    state: State
    age: float | None
    rows: int
    rejected: int
    unread: int
    maybe_open: int
    too_few_rows: bool
    file_refused: bool


def data(source: Freshness, now: datetime) -> SourceHealth:
    """Return the health of one source at `now`; only the state "ok" means that nothing is missing."""
    age = (now - source.taken_at).total_seconds() if source.taken_at else None
    counts = (source.rows, source.rejected, source.unread, source.unread_open)
    doubts = (source.rows_before is not None, source.refused_at is not None)
    return SourceHealth(source.source, state(source, now), age, *counts, *doubts)


class DeliveryGroup(NamedTuple):
    """The key of messages that are counted together."""

    kind: str
    platform: str
    state: str


@dataclass(frozen=True, slots=True)
class DeliveryFigures:
    """Messages due in the last 24 hours, and those that wait for a person now; ages in seconds."""

    deliveries: Mapping[DeliveryGroup, int] = field(default_factory=dict)
    lateness: Mapping[str, float] = field(default_factory=dict)  # the worst of each kind that was sent
    reminders: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # by step: due, sent
    unknown: int = 0
    held: int = 0
    overdue: int = 0
    escalations_open: int = 0
    escalations_overdue: int = 0
    data: Sequence[SourceHealth] = ()
    tick_age: float | None = None
    replicas: int = 0
    last_tick: LastTick | None = None
