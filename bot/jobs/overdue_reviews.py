"""Alarms for looks outside the area that no lead reviewed in time: by `watch`, and on every tick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from bot.jobs.job import Job, Run
from bot.rules.access.break_glass import review_due
from bot.rules.audit.chain import Entry
from bot.rules.catalogue import _
from bot.rules.effects import Alarm, Effect, NotifyRole, Overtaken
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.facts import Glass
from bot.store.changes import record as recording

Record = Callable[[Entry, Sequence[Effect]], None]


def alarm_overdue(waiting: Sequence[Glass], record: Record, partnership: Partnership, now: datetime) -> int:
    """Raise an alarm for each review that is overdue; return how many. Running twice, or in two places, adds none."""
    days, raised = partnership.break_glass.review_working_days, 0
    for g in waiting:
        if g.alarmed_at is not None or review_due(g.since, partnership) > now:
            continue
        late = _(
            "A look outside the area (number {id}) was not reviewed within {days} working days.", id=g.id, days=days
        )
        effects = (
            Alarm(g.id, now),
            NotifyRole("system_admin", "alarm", _("{late} The strategic leads have been told again.", late=late), now),
            NotifyRole("strategic_lead", "unreviewed", _("{late} See: reviews.", late=late), now, g.ref, g.area),
        )
        try:
            record(Entry(now, "bot", "", "", "review overdue", "done", subject=g.ref), effects)
        except Overtaken:
            continue  # reviewed, or alarmed by another replica, in this moment
        raised += 1
    return raised


def plan(run: Run, now: datetime) -> None:
    """Raise each alarm in a transaction of its own; a second replica finds it raised."""
    with run.facts() as facts:
        waiting = facts.trail.waiting()
    alarm_overdue(waiting, partial(recording.record, run.database, run.audit_key), run.partnership, now)


JOB = Job(("review",), plan=plan)
