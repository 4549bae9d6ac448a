"""Findings of a check of the installation: fine, worth a look, or a fault; each with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Literal

from bot.rules.delivery.delivery import FURTHEST, Slot, digest_slots
from bot.rules.partnership.partnership import WEEKDAYS, Calendar, Channel
from bot.rules.time.clock import day_start, local_day, say_short, to_london

State = Literal["ok", "look", "fault"]

#: Digests shown before and after a change of the clocks.
EITHER_SIDE = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `do` is its remedy: empty only where nothing is wrong."""

    name: str
    state: State
    says: str
    do: str = ""
    details: tuple[str, ...] = ()


def ok(name: str, says: str, *details: str) -> Finding:
    return Finding(name, "ok", says, details=details)


def look(name: str, says: str, do: str, *details: str) -> Finding:
    return Finding(name, "look", says, do, details)


def fault(name: str, says: str, do: str, *details: str) -> Finding:
    return Finding(name, "fault", says, do, details)


def failed(findings: Iterable[Finding]) -> bool:
    return any(f.state == "fault" for f in findings)


def in_sum(findings: Sequence[Finding]) -> str:
    """Write '1 fault, 2 to look at, 11 ok.'"""
    faults, looks, fine = (sum(f.state == s for f in findings) for s in ("fault", "look", "ok"))
    return f"{faults} {'fault' if faults == 1 else 'faults'}, {looks} to look at, {fine} ok."


def clock_changes(now: datetime) -> Iterator[date]:
    """Yield the days on which London's clocks change from `now` on, for a year."""
    day = local_day(now)
    for _ in range(367):
        following = day + timedelta(days=1)
        if day_start(following) - day_start(day) != timedelta(days=1):
            yield day
        day = following


def of_a_change(channels: Sequence[Channel], calendar: Calendar, change: date) -> Iterator[str]:
    """Write the digests on either side of a change of the clocks: a reader sees that they keep their local time.

    Channels with digests at the same times share their lines.
    """
    begins, ends = day_start(change), day_start(change + timedelta(days=1))
    way = "forward" if ends - begins < timedelta(days=1) else "back"
    yield f"{change:%a} {change.day} {change:%b %Y}: the clocks go {way}"
    alike: dict[object, list[Channel]] = {}
    for channel in channels:
        alike.setdefault((channel.digest.time, channel.digest.days), []).append(channel)
    for group in alike.values():
        channel = group[0]
        before = list(digest_slots(channel, calendar, begins - FURTHEST, begins))[-EITHER_SIDE:]
        later = (s for s in digest_slots(channel, calendar, begins, begins + FURTHEST) if s.due_at > begins)
        after = list(islice(later, EITHER_SIDE))
        yield f"  {', '.join(c.id for c in group)}: {_times(before)}"
        yield f"    then {_times(after)}"
        if before and after and channel.digest.days == "working":
            first, last = before[0].day, after[-1].day
            days = (first + timedelta(days=n) for n in range((last - first).days))
            weekdays = (d for d in days if WEEKDAYS[d.weekday()] in calendar.hours.working_days)
            if closed := ", ".join(f"{d:%a} {d.day} {d:%b}" for d in weekdays if not calendar.works(d)):
                yield f"    none on {closed}: closed or a bank holiday"


def _times(slots: Sequence[Slot]) -> str:
    return ", ".join(f"{say_short(s.due_at)} ({s.due_at.astimezone(UTC):%H:%M} UTC)" for s in slots) or "none"


def known_until(calendar: Calendar, now: datetime) -> int:
    """Return the last year whose bank holidays are known, of the next ten: New Year's Day is one everywhere."""
    first = year = to_london(now).year
    while year < first + 10 and date(year + 1, 1, 1) in calendar.holidays:
        year += 1
    return year
