"""Looks outside the area that no lead reviewed in time: administrators and leads are told, once, whoever runs this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.rules.access.break_glass import review_due
from bot.rules.audit.chain import Entry
from bot.rules.effects import Alarm, Deed, Overtaken, Tell
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.audit_trail import Glass

Record = Callable[[Entry, Sequence[Deed]], None]


def run(waiting: Sequence[Glass], record: Record, partnership: Partnership, now: datetime) -> int:
    """How many alarms were raised; each is one transaction, so that running twice, or in two places, raises no more."""
    late = [g for g in waiting if g.alarmed_at is None and review_due(g.since, partnership) <= now]
    return sum(_alarm(g, record, partnership, now) for g in late)


def _alarm(g: Glass, record: Record, partnership: Partnership, now: datetime) -> bool:
    days = partnership.break_glass.review_working_days
    late = f"A look outside the area (number {g.id}) was not reviewed within {days} working days."
    deeds = (
        Alarm(g.id, now),
        Tell("system_admin", "alarm", f"{late} The strategic leads have been told again.", now),
        Tell("strategic_lead", "unreviewed", f"{late} Ask for reviews.", now, g.ref, g.area),
    )
    entry = Entry(now, "bot", "", "", "review overdue", "done", subject=g.ref)
    try:
        record(entry, deeds)
    except Overtaken:
        return False  # reviewed, or alarmed by another replica, in this very moment
    return True
