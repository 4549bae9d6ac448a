"""Trusted time: a clock that jumps is believed once a second source confirms it, and not before.

The clock of the ledger is the database's on PostgreSQL, and this machine's on SQLite. It is compared with the time
carried on from the last look by a monotonic clock, which no setting changes. Where the two part, one of these decides:

- a platform: the `Date` of its latest answer over HTTPS;
- the last tick in the database: another replica has confirmed the jump, or a person has (`clock --confirm`);
- on PostgreSQL this machine's clock, against a database whose clock jumped alone. It does not confirm a jump that both
  made: they may be one machine.

London's changes between summer and winter time are no jumps: all of this is in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.rules.catalogue import _
from bot.rules.time.clock import say, say_hours

#: Clocks that differ by no more agree.
TOLERANCE = timedelta(minutes=5)
#: An answer of a platform tells the time for so long.
ANSWER_LASTS = timedelta(hours=1)
#: This machine's clock and its monotonic clock may part by so much since an answer; by more, the clock was set.
SET = timedelta(minutes=1)

#: Beginnings of the three alarms: while one waits to be read, no other of its kind is raised.
NOT_CONFIRMED = _("The time is not confirmed:")
WRONG = _("The clock is wrong:")
MOVED = _("The clock was moved")


class LastTick(NamedTuple):
    """The last tick of any replica: its time, what the clock showed then, and the last tick of a confirmed time."""

    at: datetime
    shown: datetime
    sure_at: datetime | None


@dataclass(frozen=True, slots=True)
class Readings:
    """The clocks at one moment.

    `carried` is the time of this process's last look and its monotonic clock since; None at the first look.
    `confirmed`: that time goes back to a confirmed one.
    """

    shown: datetime
    machine: datetime
    last: LastTick | None = None
    carried: datetime | None = None
    confirmed: bool = False
    platforms: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockVerdict:
    """The time to go by, beside the time that the clock shows.

    In doubt `reason` says why, and another clock may be `ahead` of the time that is gone by. `confirmed`: the time goes
    back to a confirmed one, as it does in doubt after a jump. `told` is a confirmed jump, or a clock known to be wrong,
    in words. With `asks` an answer of a platform would settle more.
    """

    now: datetime
    shown: datetime
    reason: str = ""
    ahead: timedelta = timedelta()
    told: str = ""
    asks: bool = False
    since: datetime | None = None  # the last tick of a confirmed time
    confirmed: bool = True

    @property
    def sure(self) -> bool:
        return not self.reason

    @property
    def off(self) -> timedelta:
        """Return how far the clock is ahead of the time to go by."""
        return self.shown - self.now

    def due_by(self, written_at: datetime, now: datetime) -> datetime:
        """Return the time by which a call of `written_at` is due: in doubt by whichever clock is ahead.

        A call too many is safer than none. What was written since the doubt began is of the time that is carried on,
        and due by that alone: else each tier would be called within minutes of the one before.
        """
        is_older = self.since is None or written_at <= self.since
        return now + self.ahead if is_older else now


def judge(r: Readings) -> ClockVerdict:
    """Return the time to go by. Without two sources that agree it is in doubt, and what was carried on is kept."""
    since = r.last.sure_at if r.last else None
    carried, confirmed = r.carried, r.confirmed
    if carried is None:
        carried, confirmed = _carried_over_a_restart(r), since is not None
    name, said = _platform(r.platforms)
    by = _by_the_platform(r, carried, confirmed, name, said) if said else _by_the_ticks(r, carried, confirmed)
    return replace(by or _in_doubt(r, carried, confirmed, name, said), since=since)


def _by_the_platform(
    r: Readings, carried: datetime | None, confirmed: bool, name: str, said: datetime
) -> ClockVerdict | None:
    """Go by the clock where the platform says the same, else by what was carried on; None where it says neither."""
    if near(r.shown, said):
        return ClockVerdict(r.shown, r.shown, told=_moved(carried, r.shown, name))
    if carried is None and r.last is not None and near(r.last.at, said):
        carried = said  # after a quick restart
    if carried is not None and confirmed and near(carried, said):
        return ClockVerdict(carried, r.shown, told=_wrong(carried, r.shown, name))
    return None


def _by_the_ticks(r: Readings, carried: datetime | None, confirmed: bool) -> ClockVerdict | None:
    """Go by a clock that went on as it should, or as the last tick in the database; None where neither is so."""
    if carried is None:
        # A stop of days is no jump. A platform may still know better.
        long = r.last is None or r.shown - r.last.at > TOLERANCE
        return ClockVerdict(r.shown, r.shown, asks=long) if near(r.shown, r.machine) else None
    if near(r.shown, carried):
        return ClockVerdict(r.shown, r.shown)
    if r.last is not None and near(r.shown, r.last.at):
        return ClockVerdict(r.shown, r.shown, told=_moved(carried, r.shown, _("another tick or a person")))
    if confirmed and near(r.machine, carried):
        return ClockVerdict(carried, r.shown, told=_wrong(carried, r.shown, _("this machine's clock")))
    return None


def near(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= TOLERANCE


def _carried_over_a_restart(r: Readings) -> datetime | None:
    """Return the time carried on from the last tick in the database; None where nothing speaks against the clock.

    A clock that was ahead of the time gone by, and would take it up where it was, is ahead still. One that shows a time
    before the last tick is behind.
    """
    if r.last is None:
        return None
    off = r.last.shown - r.last.at
    kept, earliest = r.shown - off, r.last.at - TOLERANCE
    if off > TOLERANCE and kept >= earliest:
        return kept
    return max(r.last.at, kept) if r.shown < earliest else None


def _platform(platforms: Mapping[str, datetime]) -> tuple[str, datetime | None]:
    """Return the name and time of a platform; none where two of them contradict each other."""
    said = sorted(platforms.items())
    if not said or not all(near(at, said[0][1]) for _name, at in said):
        return "", None
    return said[0]


def _in_doubt(r: Readings, carried: datetime | None, confirmed: bool, name: str, said: datetime | None) -> ClockVerdict:
    """Keep what was carried on; at a start the platform's time, else the earlier clock, so that no deadline is late."""
    clocks = [each for each in (r.shown, r.machine, said) if each is not None]
    if carried is None:
        confirmed = False
        earliest = r.last.at - TOLERANCE if r.last else None
        possible = [each for each in clocks if earliest is None or each >= earliest]
        carried = said or min(possible, default=r.shown)
    by = _(" {platform} says {said}.", platform=name, said=say(said)) if said is not None else ""
    reason = _(
        "{begins} the clock shows {shown}, and by the bot's last ticks it is {carried}.{by}",
        begins=NOT_CONFIRMED,
        shown=say(r.shown),
        carried=say(carried),
        by=by,
    )
    ahead = max(timedelta(), *(each - carried for each in clocks))
    return ClockVerdict(carried, r.shown, reason, ahead, asks=said is None, confirmed=confirmed)


def _moved(carried: datetime | None, shown: datetime, by: str) -> str:
    if carried is None or near(carried, shown):
        return ""
    length = say_hours(shown - carried)
    return (
        _("{begins} forward by {length}: {by} confirms it.", begins=MOVED, length=length, by=by)
        if shown > carried
        else _("{begins} back by {length}: {by} confirms it.", begins=MOVED, length=length, by=by)
    )


def _wrong(carried: datetime, shown: datetime, by: str) -> str:
    return _(
        "{begins} it shows {shown}, and it is {carried}, which {by} confirms. The bot goes by that. "
        "Put the clock right.",
        begins=WRONG,
        shown=say(shown),
        carried=say(carried),
        by=by,
    )


class Heard(NamedTuple):
    """The time in an answer of a platform, with this machine's clock and its monotonic seconds when it came."""

    said: datetime
    machine: datetime
    monotonic: float


def by_now(heard: Heard, machine: datetime, monotonic: float) -> datetime | None:
    """Return the platform's time of now; None for an old answer, and where this machine stood still or was set since.

    A machine that stood still does not know for how long: its monotonic clock may have stood still too.
    """
    passed = timedelta(seconds=monotonic - heard.monotonic)
    if passed > ANSWER_LASTS or abs((machine - heard.machine) - passed) > SET:
        return None
    return heard.said + passed
