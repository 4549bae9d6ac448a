"""What somebody was called for and nobody is asked any more says so in its place: a button that is still there would
be pressed for nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.outbound import PREVIEW, CannotTell, Message, PostRefused, Sent
from bot.conversation.reply import Reply
from bot.jobs.escalation_calls import KIND
from bot.jobs.job import Run, level_now
from bot.messages import escalation_message
from bot.rules.delivery.delivery import Delivery
from bot.rules.escalations.calls import call_of
from bot.store.delivery import claims

#: An older message has scrolled away.
RECENT = timedelta(hours=36)


def tend(run: Run, now: datetime) -> None:
    """Each message once; a call that still waits costs one row."""
    with run.facts() as facts:
        waiting = claims.to_tend(facts.connection, KIND, now - RECENT)
    for d in waiting:
        reply = _settled(run, d, now)
        if reply is not None:
            _change(run, d, reply, now)


def _settled(run: Run, d: Delivery, now: datetime) -> Reply | None:
    """None while somebody is still asked."""
    number = int(d.slot.partition("|")[0])
    with run.facts() as facts:
        row = facts.work.escalation(number)
        if row is None:
            return None
        call = call_of(facts.work.escalations([row.episode_id]), number)
        if call is None or call.open:
            return None
        found = facts.episodes_of([row.episode_id], now)
    if not found or found[0].died:  # of a child who died nothing more is said
        return Reply("Nothing more is asked", 2, ("This call is over.",))
    return escalation_message.settled(call, found[0], run.partnership, now)


def _change(run: Run, d: Delivery, reply: Reply, now: datetime) -> None:
    platform = run.platforms.get(d.platform)
    try:
        if platform is None or d.message_id is None or level_now(run, d) != 2:
            return
    except CannotTell:
        return  # the next tick asks again
    outcome = platform.update(d.destination, d.message_id, Message(reply, PREVIEW, d.marker))
    if isinstance(outcome, Sent | PostRefused):  # refused: it is gone, or too old; it is not asked again and again
        with run.writing() as connection:
            claims.shown(connection, d, closed_at=now, changed_at=now)
            run.record(connection, f"changed {d.kind}", now, place=d.audience, level=2)
