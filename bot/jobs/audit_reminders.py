"""Reminders that are due at this moment and are in no message of today, worked out by the auditor for itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.jobs.job import Run
from bot.rules.access.permissions import Scope, address
from bot.rules.delivery.missed_work import MissedWork, overlooked
from bot.rules.queries import digest_content
from bot.rules.reminders.due import Nudge, OpenCase, Staff, due, messages
from bot.rules.time.clock import day_start, local_day
from bot.store.queries.facts import StoredFacts

#: As the ledger has them.
KINDS = frozenset({"reminder", "urgent"})
DAY = timedelta(days=1)


def find(run: Run, connection: Any, now: datetime) -> Iterator[MissedWork]:
    """Find each interview of which a person should be reminded now, not in a later message.

    A message of today counts, whatever became of it: it holds what belongs in it, and has alarms of its own. Outside
    the working hours of all areas no interview is read.
    """
    facts = StoredFacts(connection, run.partnership)
    listed = run.partnership.with_people(tuple(facts.trail.listed()))
    calendars = {a.id: listed.calendar(a.id) for a in listed.areas}
    areas = tuple(a for a, calendar in calendars.items() if calendar.speaks(now) or calendar.duty_speaks(now))
    interviews = digest_content.open_interviews(facts, Scope(areas), now) if areas else []
    if not interviews:
        return
    staff = Staff(listed, facts.work.away(local_day(now)), run.platforms, now)
    sent = facts.work.notified([i.episode.id for i in interviews], now)
    times = digest_content.record_times(facts, listed, interviews, now)
    nudges: list[Nudge] = []
    for i in interviews:
        theirs = [t for t in sent if t.episode == i.episode.id]
        nudges += due(OpenCase(i, i.standing, theirs, times), staff, now).nudges
    if not nudges:
        return
    begins = day_start(local_day(now))
    there = facts.deliveries(begins, day_start(local_day(now) + DAY))
    planned = {(d.audience, d.slot) for d in there if d.kind in KINDS}
    for wanted in messages(nudges, planned, listed.delivery, now):
        if address(wanted.person, run.platforms) is not None:
            for n in wanted.nudges:
                yield overlooked("reminder", n.interview.episode.id, n.due_step.slot, n.deadline, n.person.id)
