"""Work that was due and not done: the auditor's times, and its alarms to administrators.

Found once, it may have become known just now. Only what is found again and again, for as long as the partnership is
patient, was overlooked: so nothing hangs on when an import, a step in chat or a restart came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from bot.rules.time.clock import say

Kind = Literal["reminder", "call", "tier"]

EVERY = timedelta(minutes=15)
#: What was not looked at for so long, because nothing ran or nobody worked, begins anew.
LAPSED = 2 * EVERY
#: Ticks do not come to the second.
JITTER = timedelta(minutes=1)

#: The sentence an alarm begins with: while one that begins so waits to be read, no other of its kind is raised.
ALARMS: dict[Kind, str] = {
    "reminder": "Reminders of interviews were due and never planned: look at the bot's log, and at interviews.",
    "call": "Escalation rules were met and nobody was called: look at the bot's log, and ring the duty desks.",
    "tier": "Calls that nobody acknowledged in time went no further: look at the bot's log, and ring the duty desks.",
}


@dataclass(frozen=True, slots=True)
class MissedWork:
    """One thing that is due and not done. `mark` tells it from others and says nothing: of no child, of no person."""

    kind: Kind
    mark: str


@dataclass(frozen=True, slots=True)
class MissedWorkCount:
    """The number of things of a kind overlooked for too long, and the time of the first."""

    kind: Kind
    count: int
    since: datetime


def overlooked(kind: Kind, *what: object) -> MissedWork:
    return MissedWork(kind, sha256("|".join(map(str, what)).encode()).hexdigest())


def looks(last_tick: datetime, now: datetime) -> bool:
    """On the first tick of each quarter of an hour, whichever replica ticks: it costs as much as planning does."""
    return last_tick.timestamp() // EVERY.total_seconds() != now.timestamp() // EVERY.total_seconds()


def begun_by(now: datetime, patience: timedelta) -> datetime:
    """Return the time by which a thing must have been found first to count as overlooked."""
    return now - max(patience - JITTER, JITTER)


def alarm(n: MissedWorkCount) -> str:
    """The count is of this moment; what comes after it within the day raises no alarm of its own."""
    return f"{ALARMS[n.kind]} {n.count} so far, the first found {say(n.since)}."
