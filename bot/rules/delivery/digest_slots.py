"""Slots of the digests that are due, by local day, worked out from the clock alone, however late the tick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.partnership.channels import Channel
from bot.rules.partnership.working_hours import Calendar
from bot.rules.time.clock import at, local_day

#: How far back a start after a long outage says which digests were missed.
FURTHEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Slot:
    """One digest of one local day: when it is wanted and after when it is worth nothing, in UTC."""

    day: date
    due_at: datetime
    late_until: datetime


def slots(channel: Channel, calendar: Calendar, since: datetime, now: datetime) -> Iterator[Slot]:
    """The slots of a channel that came due in (since, now], or are still worth sending at `now`; oldest first.

    `since` is when the bot last looked: what came due while nothing ran is not passed over in silence.
    """
    day = local_day(max(min(since, now), now - FURTHEST))  # a clock that was stepped back skips nothing
    while day <= local_day(now):
        slot = Slot(day, at(day, channel.digest.time), at(day, channel.digest.cutoff))
        worked = channel.digest.days == "every" or calendar.works(day)
        if worked and slot.due_at <= now and (slot.due_at > since or now <= slot.late_until):
            yield slot
        day += timedelta(days=1)


def back_at(calendar: Calendar, now: datetime) -> datetime | None:
    """Before a weekend or a holiday, when people are back: the digest then begins with what falls due before.

    None where tomorrow is a working day, or where today is none (nobody leaves today).
    """
    today = local_day(now)
    if not calendar.works(today):
        return None
    following = calendar.next_day(today)
    return None if following == today + timedelta(days=1) else calendar.opens(following)
