"""Some minutes after a message was sent it is looked for again: a double is removed, a loss is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.outbound import CannotTell
from bot.jobs import alarms
from bot.jobs.delivery import looked_for
from bot.jobs.job import Job, Run
from bot.rules.delivery.delivery import HELD, Delivery, in_words
from bot.rules.model import FOREVER
from bot.store.delivery import claims

AT_ONCE = 50


def run(run: Run, jobs: Mapping[str, Job]) -> None:
    """Whatever is due; two replicas may do the same, and harm nothing."""
    with run.reading() as connection:
        waiting = claims.to_sweep(connection, run.clock(connection), AT_ONCE)
    for d in waiting:
        _sweep(run, jobs.get(d.kind), d)


def _sweep(run: Run, job: Job | None, d: Delivery) -> None:
    found = _found(run, d)
    with run.writing() as connection:
        following = {"next_sweep_at": _next(run, d)}
        if found is None:
            claims.swept(connection, d, **following)
        elif found:
            claims.swept(connection, d, message_id=found[0], **following)
        elif claims.swept(connection, d, state="held", reason="gone", not_before=FOREVER, next_sweep_at=None):
            _tell(run, connection, job, d, run.clock(connection))


def _found(run: Run, d: Delivery) -> Sequence[str] | None:
    """What is there; None where nobody can tell now."""
    platform = run.platforms.get(d.platform)
    if platform is None or not platform.can_tell:
        return None
    try:
        return looked_for(run, platform, d)
    except CannotTell:
        return None


def _next(run: Run, d: Delivery) -> datetime | None:
    """When it is looked for after this time; a digest that still changes is not looked for the longer."""
    later = run.partnership.delivery.sweep_minutes[d.sweeps + 1 :]
    return (d.sent_at or d.due_at) + timedelta(minutes=later[0]) if later else None


def _tell(run: Run, connection: Any, job: Job | None, d: Delivery, now: datetime) -> None:
    """It is not posted again by itself: whoever removed it may have had a reason, such as who reads there."""
    if job is None or job.alarms:
        alarms.sound(run, connection, f"{in_words(d)}: {HELD['gone']}. See: deliveries {d.id}.", now)
