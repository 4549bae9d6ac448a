"""When to speak to people: working hours, weekends and bank holidays. Never when a deadline ends: the 72 hours
run through all of them (chat.md §0, finding 1).

Quiet hours postpone; where that would be too late, a reminder is brought forward to the last working afternoon.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from bot.rules.partnership.channels import QuietHours
from bot.rules.time.clock import LONDON, local_day

_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: With less than this of working time left before the deadline a reminder comes too late to be of use.
ENOUGH = timedelta(hours=2)
#: What is brought forward comes this long before the end of the working day: time is left to act on it.
BEFORE_CLOSE = timedelta(hours=4)
#: No closure lasts longer; a partnership that never works would otherwise be looked through for ever.
LONGEST_CLOSURE = timedelta(days=60)


class NeverOpen(ValueError):
    """No working day within LONGEST_CLOSURE: the partnership file closes every day."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one area: London wall times; every instant given and returned is in UTC."""

    hours: QuietHours
    holidays: Container[date] = field(default=frozenset())

    def works(self, day: date) -> bool:
        """A weekday of the partnership that is no bank holiday, nor one of its closed days.

        Who lists no weekdays works every day, on bank holidays too: only their own closed days count.
        """
        if day in self.hours.extra_closed:
            return False
        if not self.hours.working_days:
            return True
        return _NAMES[day.weekday()] in self.hours.working_days and day not in self.holidays

    def opens(self, day: date) -> datetime:
        return at(day, self.hours.end)

    def closes(self, day: date) -> datetime:
        return at(day, self.hours.start)

    def moment_of(self, day: date, wall: time) -> datetime:
        """A wall time of a working day, or when that day opens where nobody works at that time."""
        wanted = at(day, wall)
        return wanted if self.opens(day) <= wanted < self.closes(day) else self.opens(day)

    def speaks(self, now: datetime) -> bool:
        """Whether somebody may be nudged at `now`: from the end of the quiet hours until just before their start."""
        day = local_day(now)
        return self.works(day) and self.opens(day) <= now < self.closes(day)

    def next_moment(self, now: datetime) -> datetime:
        """`now` itself, or when the next working day opens."""
        if self.speaks(now):
            return now
        day = local_day(now)
        if not (self.works(day) and now < self.opens(day)):
            day = self.next_day(day)
        return self.opens(day)

    def next_day(self, day: date) -> date:
        """The first working day after this one. NeverOpen where there is none."""
        return self._find(day, timedelta(days=1))

    def last_day(self, day: date) -> date:
        """The last working day before this one. NeverOpen where there is none."""
        return self._find(day, -timedelta(days=1))

    def _find(self, day: date, step: timedelta) -> date:
        last = day + LONGEST_CLOSURE * (1 if step > timedelta() else -1)
        while day != last:
            day += step
            if self.works(day):
                return day
        raise NeverOpen("the partnership's quiet hours leave no working day in two months")

    def last_moment(self, deadline: datetime) -> datetime:
        """When the last working time before a deadline ends: the deadline itself, if people work then."""
        day = local_day(deadline)
        if not self.works(day) or deadline <= self.opens(day):
            day = self.last_day(day)
        return min(deadline, self.closes(day))

    def latest(self, deadline: datetime) -> datetime:
        """The last moment at which a reminder is still of use: ENOUGH working time before the deadline."""
        day, end = self._last_stretch(deadline)
        return max(self.opens(day), end - ENOUGH)

    def _last_stretch(self, deadline: datetime) -> tuple[date, datetime]:
        """The last working day with ENOUGH time before a deadline, and when that time ends.

        Due on Monday at 08:05: the five minutes of that morning are too little, so it is Friday until it closes.
        """
        end = self.last_moment(deadline)
        day = local_day(end - timedelta(microseconds=1))
        if end - self.opens(day) >= ENOUGH:
            return day, end
        day = self.last_day(day)
        return day, self.closes(day)

    def speak_at(self, wanted: datetime, deadline: datetime) -> tuple[datetime, bool]:
        """When a reminder that is wanted at an instant is spoken, and whether it was brought forward.

        Quiet hours postpone it. Where it would then come too late to be of use, it is brought forward to
        BEFORE_CLOSE before the last working time, or to when that working day opens. What is wanted at or after
        the deadline (a breach) is only ever postponed.
        """
        postponed = self.next_moment(wanted)
        if wanted >= deadline or postponed == wanted or postponed <= self.latest(deadline):
            return postponed, False
        day, end = self._last_stretch(deadline)
        return max(self.opens(day), end - BEFORE_CLOSE), True


def at(day: date, wall: time) -> datetime:
    """A London wall time of a day, in UTC. Times that the clocks can skip or repeat are refused by the settings."""
    return datetime.combine(day, wall, LONDON).astimezone(UTC)
