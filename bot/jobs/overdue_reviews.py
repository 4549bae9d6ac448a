"""Looks outside the area that no lead reviewed in time raise their alarm by themselves: `watch`, on every tick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.jobs import reviews
from bot.jobs.job import Composed, Drop, Job, Run
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import Delivery
from bot.rules.effects import Deed
from bot.store.changes import record as recording


def plan(run: Run, now: datetime) -> None:
    """One transaction an alarm; a second replica finds it raised."""

    def record(entry: Entry, deeds: Sequence[Deed]) -> None:
        recording.record(run.database, run.audit_key, entry, deeds)

    with run.facts() as facts:
        waiting = facts.trail.waiting()
    reviews.run(waiting, record, run.partnership, now)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """It has no messages of its own: whoever is alarmed is told by a notice."""
    return Drop("none")


JOB = Job(("review",), compose, plan)
