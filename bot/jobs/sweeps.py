"""Looks after messages that were sent: a second copy is removed, and one that is gone is told.

A place is asked once for all of its messages, within what platforms allow (Slack: fifty readings a minute).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.conversation.outbound import AskLater, CannotTell, Platform, find_all
from bot.jobs.job import Job, Run, thread_of
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import HELD, Delivery, in_words
from bot.rules.model import FOREVER
from bot.store.delivery import ledger

#: Messages read from the ledger, and places asked, in one tick.
MOST, PLACES = 400, 20
#: A place that is asked is asked for what is due so soon too.
TOGETHER = timedelta(seconds=60)
#: A message is looked for from so long before its first attempt, which a clock a day ahead may have dated: a look from
#: too early reads a page more, one from too late posts a second copy.
BEFORE = timedelta(days=2)


def look_again(run: Run, jobs: Mapping[str, Job]) -> None:
    """Look again for every message that is due for it; two replicas may do so at once without harm."""
    with run.reading() as connection:
        now = run.clock(connection)
        due = ledger.to_sweep(connection, now + TOGETHER, MOST)
    places: dict[tuple[str, str], list[Delivery]] = {}
    for d in due:
        places.setdefault((d.platform, d.destination), []).append(d)
    ready = [those for those in places.values() if those[0].next_sweep_at and those[0].next_sweep_at <= now]
    limited: set[str] = set()
    for messages in ready[:PLACES]:
        name = messages[0].platform
        if name in limited:
            continue
        try:
            found = _look(run, messages)
        except AskLater as busy:
            limited.add(name)
            with run.writing() as connection:
                ledger.sweep_later(connection, messages, now + timedelta(seconds=busy.seconds))
            continue
        for d in messages:
            _record(run, jobs.get(d.kind), d, found.get(d.marker))


def looked_from(d: Delivery) -> datetime:
    """Return the time from which a message is looked for; a database before this one may have sent it earlier."""
    first = d.first_attempt_at or d.planned_at
    return (first if d.look_since is None else min(first, d.look_since)) - BEFORE


def keep_one(platform: Platform, d: Delivery, found: Sequence[str]) -> Sequence[str]:
    """Return the one message of a row after removing every other copy; empty where none is there.

    The copy that the ledger knows stays, because a thread may hang on it; else the earliest.
    """
    if not found:
        return ()
    keep = d.message_id if d.message_id and d.message_id in found else found[0]
    for extra in found:
        if extra != keep:
            platform.delete(d.destination, extra)
    return (keep,)


def _look(run: Run, messages: Sequence[Delivery]) -> Mapping[str, Sequence[str]]:
    """Look for the messages of one place in one reading; one of which the platform cannot say is missing. AskLater."""
    platform = run.platforms.get(messages[0].platform)
    if platform is None or not platform.can_tell:
        return {}
    threads = {d.marker: thread_of(run, d) for d in messages}
    since = min(map(looked_from, messages))
    try:
        found = find_all(platform, messages[0].destination, threads, since)
    except AskLater:
        raise
    except CannotTell:
        return {}
    return {d.marker: keep_one(platform, d, found[d.marker]) for d in messages if d.marker in found}


def _record(run: Run, job: Job | None, d: Delivery, found: Sequence[str] | None) -> None:
    # Each look follows the one before by the partnership's minutes; an update of a digest adds none.
    later = run.partnership.delivery.sweep_minutes[d.sweeps + 1 :]
    following = {"next_sweep_at": (d.sent_at or d.due_at) + timedelta(minutes=later[0]) if later else None}
    with run.writing() as connection:
        if found is None:
            ledger.swept(connection, d, **following)
        elif found:
            ledger.swept(connection, d, message_id=found[0], **following)
        elif ledger.swept(connection, d, state="held", reason="gone", not_before=FOREVER, next_sweep_at=None) and (
            job is None or job.alarms
        ):
            # Not posted again by itself: its removal may have had a reason, such as the readers of the channel.
            now = run.clock(connection)
            run.alarm(
                connection,
                _("{d}: {held}. See: deliveries {id}.", d=in_words(d, now), held=HELD["gone"], id=d.id),
                now,
            )
