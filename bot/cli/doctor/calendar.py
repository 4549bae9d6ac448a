"""Checks of the calendar: local times of digests at clock changes, and the years of known bank holidays."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from bot.rules.delivery.findings import Finding, clock_changes, fault, known_until, look, of_a_change, ok
from bot.rules.partnership.partnership import Partnership
from bot.rules.time.clock import to_london
from bot.server.health import calendar_known

_NEWER = "Install a newer version of the bot: ./deploy/dev lock --upgrade brings the calendar's newest"


def zone(partnership: Partnership, now: datetime) -> Finding:
    """Report the next two clock changes, with digests on either side in local time and UTC."""
    changes = list(islice(clock_changes(now), 2))
    lines = [line for day in changes for line in of_a_change(partnership.channels, partnership.calendar(), day)]
    if len(changes) < 2:
        return fault("time zone", "Europe/London has no clock changes here", "Install tzdata anew: ./deploy/dev lock")
    days = " and ".join(f"{d:%a} {d.day} {d:%b %Y}" for d in changes)
    return ok("time zone", f"Europe/London; the clocks change on {days}", *lines)


def calendar(partnership: Partnership, now: datetime) -> Finding:
    """Report the years for which bank holidays are known. They are calculated, and each area may have its own."""
    if not calendar_known(partnership, now):
        do = f"See quiet_hours in the partnership file: some day must be worked. Else: {_NEWER}"
        return fault("calendar", "the working days of the next 30 are not known", do)
    calendars = [partnership.calendar(area.id) for area in partnership.areas]
    until = min(known_until(each, now) for each in calendars)
    divisions = ", ".join(sorted({each.hours.bank_holidays for each in calendars}))
    says = f"bank holidays of {divisions} are known to the end of {until}"
    if until == to_london(now).year:
        return look("calendar", says, _NEWER)
    closed = len({day for each in calendars for day in each.hours.extra_closed})
    return ok("calendar", f"{says} or longer; {closed} days closed by the partnership")
