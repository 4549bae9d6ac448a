"""Working hours, weekends and bank holidays: the times at which the bot may write to people.

No deadline pauses for them: the 72 hours run through all of them (chat.md §0, finding 1). Quiet hours postpone a
reminder; where that would be too late, it is brought forward to the last working afternoon.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bot.rules.partnership.channels import QuietHours
from bot.rules.time.clock import at, local_day

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: With less working time left before the deadline a reminder comes too late to be of use.
ENOUGH = timedelta(hours=2)
#: A reminder that is brought forward comes this long before the end of the working day: time is left to act on it.
BEFORE_CLOSE = timedelta(hours=4)
#: No closure lasts longer; the search for a working day ends here.
LONGEST_CLOSURE = timedelta(days=60)


class NeverOpen(ValueError):
    """No working day within LONGEST_CLOSURE: the partnership file closes every day."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one area: London wall times; every instant given and returned is in UTC."""

    hours: QuietHours
    holidays: Container[date] = field(default=frozenset())

    def works(self, day: date) -> bool:
        """Return True for a weekday of the partnership that is no bank holiday and none of its closed days.

        A partnership without listed weekdays works every day, on bank holidays too: only its closed days count.
        """
        if day in self.hours.extra_closed:
            return False
        if not self.hours.working_days:
            return True
        return WEEKDAYS[day.weekday()] in self.hours.working_days and day not in self.holidays

    def opens(self, day: date) -> datetime:
        return at(day, self.hours.end)

    def closes(self, day: date) -> datetime:
        return at(day, self.hours.start)

    def moment_of(self, day: date, wall: time) -> datetime:
        """Return a wall time of a working day, or the opening of that day where the time is outside its hours."""
        wanted = at(day, wall)
        return wanted if self.opens(day) <= wanted < self.closes(day) else self.opens(day)

    def speaks(self, now: datetime) -> bool:
        """Return True while people may be reminded: from the end of the quiet hours until just before their start."""
        day = local_day(now)
        return self.works(day) and self.opens(day) <= now < self.closes(day)

    def next_moment(self, now: datetime) -> datetime:
        """Return `now` within working hours, else the opening of the next working day."""
        if self.speaks(now):
            return now
        day = local_day(now)
        if not (self.works(day) and now < self.opens(day)):
            day = self.next_day(day)
        return self.opens(day)

    def next_day(self, day: date) -> date:
        """Return the first working day after this one. NeverOpen where there is none."""
        return self._find(day, timedelta(days=1))

    def last_day(self, day: date) -> date:
        """Return the last working day before this one. NeverOpen where there is none."""
        return self._find(day, -timedelta(days=1))

    def _find(self, day: date, step: timedelta) -> date:
        last = day + LONGEST_CLOSURE * (1 if step > timedelta() else -1)
        while day != last:
            day += step
            if self.works(day):
                return day
        raise NeverOpen("the partnership's quiet hours leave no working day in two months")

    def last_moment(self, deadline: datetime) -> datetime:
        """Return the end of the last working time before a deadline: the deadline itself within working hours."""
        day = local_day(deadline)
        if not self.works(day) or deadline <= self.opens(day):
            day = self.last_day(day)
        return min(deadline, self.closes(day))

    def latest(self, deadline: datetime) -> datetime:
        """Return the last moment at which a reminder is still of use: ENOUGH working time before the deadline."""
        day, end = self._last_stretch(deadline)
        return max(self.opens(day), end - ENOUGH)

    def _last_stretch(self, deadline: datetime) -> tuple[date, datetime]:
        """Return the last working day with ENOUGH time before a deadline, and the end of that time.

        For a deadline on Monday at 08:05 it is Friday until closing: five minutes of Monday morning are too little.
        """
        end = self.last_moment(deadline)
        day = local_day(end - timedelta(microseconds=1))
        if end - self.opens(day) >= ENOUGH:
            return day, end
        day = self.last_day(day)
        return day, self.closes(day)

    def speak_at(self, wanted: datetime, deadline: datetime) -> tuple[datetime, bool]:
        """Return the time at which a wanted reminder is sent, and True where it was brought forward.

        Quiet hours postpone it. Where it would then come too late to be of use, it is brought forward to
        BEFORE_CLOSE before the last working time, or to the opening of that working day. A reminder wanted at or
        after the deadline (a breach) is only ever postponed.
        """
        postponed = self.next_moment(wanted)
        if wanted >= deadline or postponed == wanted or postponed <= self.latest(deadline):
            return postponed, False
        day, end = self._last_stretch(deadline)
        return max(self.opens(day), end - BEFORE_CLOSE), True
