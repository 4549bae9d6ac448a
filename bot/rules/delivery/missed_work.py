"""Work that was due and not done: the auditor's times, and its alarms to administrators.

Work found undone once may have become known just now. It counts as overlooked when it is found undone again for
`alarm_minutes`: the time of an import, of a step in chat or of a restart makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from bot.rules.catalogue import _

Kind = Literal["reminder", "call", "tier"]

EVERY = timedelta(minutes=15)
#: After so long without a look (nothing ran, or nobody worked) the time of work undone begins anew.
LAPSED = 2 * EVERY
#: Ticks do not come to the second.
JITTER = timedelta(minutes=1)

#: First sentence of an alarm: while one that begins so waits to be read, no other of its kind is raised.
ALARMS: dict[Kind, str] = {
    "reminder": _("Reminders of interviews were due and never planned: look at the bot's log, and at interviews."),
    "call": _("Escalation rules were met and nobody was called: look at the bot's log, and ring the duty desks."),
    "tier": _(
        "Calls that nobody acknowledged in time went no further: look at the bot's log, and ring the duty desks."
    ),
}


@dataclass(frozen=True, slots=True)
class MissedWork:
    """One piece of work that is due and not done. `mark` tells it from others and names no child and no person."""

    kind: Kind
    mark: str


@dataclass(frozen=True, slots=True)
class MissedWorkCount:
    """The number of pieces of a kind overlooked for too long, and the time of the first."""

    kind: Kind
    count: int
    since: datetime


def overlooked(kind: Kind, *what: object) -> MissedWork:
    return MissedWork(kind, sha256("|".join(map(str, what)).encode()).hexdigest())


def looks(last_tick: datetime, now: datetime, every: timedelta = EVERY) -> bool:
    """Return True on the first tick of each quarter of an hour (`every`), of any replica.

    A look costs as much as planning, or asks the platform.
    """
    return last_tick.timestamp() // every.total_seconds() != now.timestamp() // every.total_seconds()
