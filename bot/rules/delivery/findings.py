"""Findings of a check of the installation: fine, worth a look, or a fault; each with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Literal

from bot.rules.delivery.delivery import FURTHEST, Slot, digest_slots
from bot.rules.partnership.partnership import Calendar, Channel
from bot.rules.time.clock import day_start, local_day, say_short, to_london

State = Literal["ok", "look", "fault"]
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: So many digests are shown before and after a change of the clocks.
EITHER_SIDE = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `do` is what puts it right: empty only where nothing is wrong."""

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
    """'1 fault, 2 to look at, 11 ok.'"""
    faults, looks, fine = (sum(f.state == s for f in findings) for s in ("fault", "look", "ok"))
    return f"{faults} {'fault' if faults == 1 else 'faults'}, {looks} to look at, {fine} ok."


def clock_changes(now: datetime) -> Iterator[date]:
    """The days on which London's clocks change from `now` on, for a year."""
    day = local_day(now)
    for _ in range(367):
        following = day + timedelta(days=1)
        if day_start(following) - day_start(day) != timedelta(days=1):
            yield day
        day = following


def forward(change: date) -> bool:
    """Return True where the clocks go forward on that day: it is an hour short."""
    return day_start(change + timedelta(days=1)) - day_start(change) < timedelta(days=1)


def around(channel: Channel, calendar: Calendar, change: date) -> tuple[list[Slot], list[Slot]]:
    """A channel's last digests before a change of the clocks, and the first ones after it."""
    begins = day_start(change)
    before = list(digest_slots(channel, calendar, begins - FURTHEST, begins))[-EITHER_SIDE:]
    after = digest_slots(channel, calendar, begins, begins + FURTHEST)
    return before, list(islice((s for s in after if s.due_at > begins), EITHER_SIDE))


def passed_over(calendar: Calendar, first: date, last: date) -> list[date]:
    """Weekdays of work between two days on which nobody works: bank holidays and the partnership's own."""
    days = (first + timedelta(days=n) for n in range((last - first).days))
    return [d for d in days if _NAMES[d.weekday()] in calendar.hours.working_days and not calendar.works(d)]


def of_a_change(channels: Sequence[Channel], calendar: Calendar, change: date) -> Iterator[str]:
    """Lines that let somebody see with their own eyes that digests keep their local time."""
    way = "forward" if forward(change) else "back"
    yield f"{change:%a} {change.day} {change:%b %Y}: the clocks go {way}"
    for names, channel in _alike(channels).items():
        before, after = around(channel, calendar, change)
        yield f"  {names}: {_said(before)}"
        yield f"    then {_said(after)}"
        closed = passed_over(calendar, before[0].day, after[-1].day) if before and after else []
        if closed and channel.digest.days == "working":
            yield f"    none on {', '.join(f'{d:%a} {d.day} {d:%b}' for d in closed)}: closed or a bank holiday"


def _alike(channels: Sequence[Channel]) -> Mapping[str, Channel]:
    """Channels with digests at the same times together, under their names."""
    groups: dict[object, list[Channel]] = {}
    for channel in channels:
        groups.setdefault((channel.digest.time, channel.digest.days), []).append(channel)
    return {", ".join(c.id for c in each): each[0] for each in groups.values()}


def _said(found: Sequence[Slot]) -> str:
    return ", ".join(f"{say_short(s.due_at)} ({s.due_at.astimezone(UTC):%H:%M} UTC)" for s in found) or "none"


def known_until(calendar: Calendar, now: datetime, most: int = 10) -> int:
    """The last year whose bank holidays are known, of the next ten: New Year's Day is one everywhere."""
    year = to_london(now).year
    while year < to_london(now).year + most and date(year + 1, 1, 1) in calendar.holidays:
        year += 1
    return year
