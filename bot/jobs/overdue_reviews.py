"""Looks outside the area that no lead reviewed in time raise their alarm by themselves: `watch`, on every tick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.jobs.job import Composed, Drop, Job, Run
from bot.rules.access.break_glass import review_due
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import Delivery
from bot.rules.effects import Alarm, Effect, NotifyRole, Overtaken
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.audit_trail import Glass
from bot.store.changes import record as recording

Record = Callable[[Entry, Sequence[Effect]], None]


def alarm_overdue(waiting: Sequence[Glass], record: Record, partnership: Partnership, now: datetime) -> int:
    """Raise an alarm for each review that is overdue; return how many. Running twice, or in two places, adds none."""
    late = [g for g in waiting if g.alarmed_at is None and review_due(g.since, partnership) <= now]
    return sum(_alarm(g, record, partnership, now) for g in late)


def _alarm(g: Glass, record: Record, partnership: Partnership, now: datetime) -> bool:
    days = partnership.break_glass.review_working_days
    late = f"A look outside the area (number {g.id}) was not reviewed within {days} working days."
    deeds = (
        Alarm(g.id, now),
        NotifyRole("system_admin", "alarm", f"{late} The strategic leads have been told again.", now),
        NotifyRole("strategic_lead", "unreviewed", f"{late} Ask for reviews.", now, g.ref, g.area),
    )
    entry = Entry(now, "bot", "", "", "review overdue", "done", subject=g.ref)
    try:
        record(entry, deeds)
    except Overtaken:
        return False  # reviewed, or alarmed by another replica, in this very moment
    return True


def plan(run: Run, now: datetime) -> None:
    """One transaction an alarm; a second replica finds it raised."""

    def record(entry: Entry, deeds: Sequence[Effect]) -> None:
        recording.record(run.database, run.audit_key, entry, deeds)

    with run.facts() as facts:
        waiting = facts.trail.waiting()
    alarm_overdue(waiting, record, run.partnership, now)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """It has no messages of its own: whoever is alarmed is told by a notice."""
    return Drop("none")


JOB = Job(("review",), compose, plan)
