"""Some minutes after a message was sent it is looked for again: a double is removed, a loss is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.conversation.outbound import CannotTell
from bot.jobs import alarms
from bot.jobs.delivery import looked_for
from bot.jobs.job import Job, Run
from bot.rules.delivery.delivery import HELD, Delivery, in_words
from bot.rules.model import FOREVER
from bot.store.delivery import ledger

AT_ONCE = 50


def run(run: Run, jobs: Mapping[str, Job]) -> None:
    """Look again for every message that is due for it; two replicas may do so at once without harm."""
    with run.reading() as connection:
        waiting = ledger.to_sweep(connection, run.clock(connection), AT_ONCE)
    for d in waiting:
        _sweep(run, jobs.get(d.kind), d)


def _sweep(run: Run, job: Job | None, d: Delivery) -> None:
    found = _found(run, d)
    with run.writing() as connection:
        # A digest that still changes is not looked for the longer.
        later = run.partnership.delivery.sweep_minutes[d.sweeps + 1 :]
        following = {"next_sweep_at": (d.sent_at or d.due_at) + timedelta(minutes=later[0]) if later else None}
        if found is None:
            ledger.swept(connection, d, **following)
        elif found:
            ledger.swept(connection, d, message_id=found[0], **following)
        elif ledger.swept(connection, d, state="held", reason="gone", not_before=FOREVER, next_sweep_at=None) and (
            job is None or job.alarms
        ):
            # It is not posted again by itself: its removal may have had a reason, such as the readers of the channel.
            text = f"{in_words(d)}: {HELD['gone']}. See: deliveries {d.id}."
            alarms.sound(run, connection, text, run.clock(connection))


def _found(run: Run, d: Delivery) -> Sequence[str] | None:
    """Return the messages that are there; None where the platform cannot tell now."""
    platform = run.platforms.get(d.platform)
    if platform is None or not platform.can_tell:
        return None
    try:
        return looked_for(run, platform, d)
    except CannotTell:
        return None
