"""The tick of the bot: plan what is due, mark what is missed, send, look again at what was sent, tend what is posted.

Every engine calls `tick` and nothing else. It may be called at any time, twice, and on any number of replicas. While
the time is not confirmed (rules/time/trusted.py) calls, urgent reminders and notices go on, and all else waits.

One message is looked for if it may be there, composed, marked, checked once more, posted once and marked again
(reliability.md §1.4). Whenever the process stops between two steps, the ledger's row says enough to go on without
posting twice: a message that was never tried is tried; one that may be there is looked for first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.conversation.outbound import CannotTell, Later, NoLookUp, Outcome, Platform, PostRefused, Sent
from bot.conversation.privacy_guard import release
from bot.jobs.job import Drop, Hold, Job, Ready, Run, level_now, thread_of
from bot.logs.setup import unexpected
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import HELD, MAY_REPEAT, RESTORED, TO_DECIDE, Delivery, in_words, sent_again_at
from bot.rules.model import FOREVER
from bot.store.database import DatabaseError, in_plain_words
from bot.store.delivery import ledger, posted_digests, replicas, taken_back

#: Few messages are claimed at once, so that the last one's claim still lasts when its turn comes.
AT_ONCE = 4
#: Messages that are looked for again in one tick.
LOOKED_AT_ONCE = 50
#: A message held for a reason that may pass is looked at again after this.
HOLD_AGAIN = timedelta(minutes=5)
#: A message is tried again after a fault of the program.
AFTER_A_FAULT = timedelta(minutes=1)
#: A message that was accepted just before its first attempt was marked (clocks differ) is looked for too.
BEFORE = timedelta(seconds=60)

#: How a message goes out after an earlier attempt: as the first, or as one that may repeat it.
Again = Literal["first", "repeat"]


def tick(run: Run, jobs: Sequence[Job], started_at: datetime) -> None:
    """Run one tick. DatabaseError where the database cannot be used: nothing is lost, the next tick goes on."""
    with in_plain_words():
        with run.reading() as connection:
            now = run.clock(connection)
        if run.in_doubt:
            jobs = [job for job in jobs if job.go_on]
        elif run.verdict is not None:
            with run.writing() as connection:
                taken_back.take_back(connection, now, _lease(run))
        by_kind = {kind: job for job in jobs for kind in job.kinds}
        for job in jobs:
            _guarded(run, job, job.plan, now)
        if run.in_doubt:  # nothing is missed by a time that may not be real
            send_due(run, by_kind, kinds=[kind for job in jobs for kind in job.go_on])
        else:
            miss_late(run, by_kind)
            send_due(run, by_kind)
            look_again(run, by_kind)
        for job in jobs:
            _guarded(run, job, job.tend, now)
        with run.writing() as connection:
            replicas.beat(connection, run.name, started_at, now, run.verdict)


def _guarded(run: Run, job: Job, part: Callable[[Run, datetime], None], now: datetime) -> None:
    """Run a part of one job. A fault in it stops no other job; it is logged, and administrators are alarmed."""
    try:
        with in_plain_words():
            part(run, now)
    except DatabaseError:
        raise
    except Exception as fault:
        unexpected(fault)
        text = _(
            "The bot could not do its work of the kind {kinds}: a fault of the program, see its log.",
            kinds=f"{job.kinds[0]!r}",
        )
        with run.writing() as connection:
            run.alarm(connection, text, now)


def miss_late(run: Run, jobs: Mapping[str, Job]) -> None:
    """Mark messages past their cut-off as missed, with an alarm for each."""
    with run.writing() as connection:
        for d in ledger.miss(connection, run.clock(connection)):
            if d.reason == RESTORED:
                continue  # administrators were notified when the database was restored
            _alarm(
                run, connection, jobs.get(d.kind), d, _("nothing was running, or it was held, until after its cut-off")
            )


def send_due(run: Run, jobs: Mapping[str, Job], most: int = 200, kinds: Collection[str] | None = None) -> int:
    """Send everything (of these kinds) that is due, oldest first; return the number of messages handled."""
    seen = 0
    while seen < most:
        with run.writing() as connection:
            claimed = ledger.claim(connection, run.name, run.clock(connection), _lease(run), AT_ONCE, kinds)
        if not claimed:
            break
        for d in claimed:
            _one(run, jobs, d)
        seen += len(claimed)
    return seen


def look_again(run: Run, jobs: Mapping[str, Job]) -> None:
    """Look again for every message that is due for it; two replicas may do so at once without harm."""
    with run.reading() as connection:
        waiting = ledger.to_sweep(connection, run.clock(connection), LOOKED_AT_ONCE)
    for d in waiting:
        job, platform = jobs.get(d.kind), run.platforms.get(d.platform)
        try:
            found = looked_for(run, platform, d) if platform is not None and platform.can_tell else None
        except CannotTell:
            found = None
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


def _one(run: Run, jobs: Mapping[str, Job], d: Delivery) -> None:
    """Deliver one message. A fault of the program in it stops no other."""
    run.step("claimed")
    job, platform = jobs.get(d.kind), run.platforms.get(d.platform)
    try:
        if job is None or platform is None:
            _hold(run, job, d, "platform")
        else:
            _deliver(run, job, platform, d)
    except CannotTell:
        _readers_unknown(run, job, d)
    except Exception as fault:
        unexpected(fault)
        # With the database itself at fault nothing is written, and the claim runs out.
        with run.writing() as connection:
            again = run.clock(connection) + AFTER_A_FAULT
            row = ledger.now_of(connection, d)
            if row is not None and row.state != "sending":
                ledger.put(connection, d, row.state, not_before=again)


def _deliver(run: Run, job: Job, platform: Platform, d: Delivery) -> None:
    again = d.first_attempt_at is not None and _may_go_again(run, job, platform, d)
    if d.first_attempt_at is not None and not again:
        return
    with run.writing() as connection:
        now = run.clock(connection)
        if d.late_until is not None and now > d.late_until:
            if ledger.put(connection, d, "missed") is not None:
                _alarm(run, connection, job, d, _("it could not be sent before it was worth nothing any more"))
            return
    composed = job.compose(run, d, now)
    run.step("composed")
    if isinstance(composed, Hold):
        _hold(run, job, d, composed.reason)
    elif isinstance(composed, Drop):
        with run.writing() as connection:
            ledger.put(connection, d, "dropped", reason=composed.reason)
    else:
        _post(run, job, platform, d, _repeated(run, job, d, composed) if again == "repeat" else composed)


def _repeated(run: Run, job: Job, d: Delivery, ready: Ready) -> Ready:
    """Tell administrators that a message goes again, and its reader in its first line that it may have come before."""
    with run.writing() as connection:
        _alarm(run, connection, job, d, _("as far as anybody knows; it is sent again, and may have come before"))
    reply = ready.message.reply
    return replace(ready, message=replace(ready.message, reply=replace(reply, text=(MAY_REPEAT, *reply.text))))


def _may_go_again(run: Run, job: Job, platform: Platform, d: Delivery) -> Again | None:
    """Look for the message of an earlier attempt; None where it is there, or nobody can say yet."""
    try:
        found = looked_for(run, platform, d) if platform.can_tell else None
    except NoLookUp:
        found = None
    except CannotTell:
        # The platform does not answer now; after a while a person has to decide.
        rules = run.partnership.delivery
        with run.writing() as connection:
            now = run.clock(connection)
            if now - (d.attempted_at or now) < timedelta(minutes=rules.alarm_minutes):
                again = now + timedelta(seconds=max(1, rules.settle_seconds))
                ledger.put(connection, d, "unknown", not_before=again)
                return None
        _hold(run, job, d, "unknown")
        return None
    if found is None:
        return _without_look_up(run, job, platform, d)
    run.step("looked")
    if not found:
        return "first"
    _sent(run, job, d, found[0], None)
    return None


def _without_look_up(run: Run, job: Job, platform: Platform, d: Delivery) -> Again | None:
    """Decide on a message of unknown outcome where nothing is looked up: a call goes again, the rest is held."""
    if platform.repeat_harmless:
        return "first"
    at = sent_again_at(d)
    if at is None:
        _hold(run, job, d, "unknown")
        return None
    with run.writing() as connection:
        now = run.clock(connection)
        if now < at:
            ledger.put(connection, d, "unknown", not_before=at)
            return None
    return "repeat"


def looked_for(run: Run, platform: Platform, d: Delivery) -> Sequence[str]:
    """Return the one message of a row after removing every other copy; empty where none is there. CannotTell.

    The copy that the ledger knows stays, because a thread may hang on it; else the earliest.
    """
    found = platform.find(d.destination, d.marker, (d.first_attempt_at or d.planned_at) - BEFORE, thread_of(run, d))
    if not found:
        return ()
    keep = d.message_id if d.message_id and d.message_id in found else found[0]
    for extra in found:
        if extra != keep:
            platform.delete(d.destination, extra)
    return (keep,)


def _post(run: Run, job: Job, platform: Platform, d: Delivery, ready: Ready) -> None:
    """Post a message once. It is marked as perhaps sent, and that is committed, before anything leaves."""
    with run.writing() as connection:
        begun = ledger.begin(connection, d, run.clock(connection), _lease(run))
        if begun is not None:
            posted_digests.keep(connection, d.id, ready.posted)
    run.step("sending")
    if begun is None:
        return
    # The last look: who reads there now, and may all of it be shown to them.
    reply = ready.message.reply
    try:
        level = level_now(run, d)
    except CannotTell:
        _readers_unknown(run, job, begun, first_attempt_at=d.first_attempt_at)
        return
    if level is None or level < reply.level:
        _hold(run, job, begun, "privacy", first_attempt_at=d.first_attempt_at)
        return
    if release(reply, level, run.partnership).fault:
        _hold(run, job, begun, "stopped", first_attempt_at=d.first_attempt_at)
        return
    margin = timedelta(seconds=run.partnership.delivery.timeout_seconds)
    with run.writing() as connection:
        if not ledger.holds(connection, begun, run.clock(connection), margin):
            return  # this process was frozen so long that another may have begun
    run.step("fenced")
    outcome = platform.post(d.destination, ready.message)
    run.step("posted")
    _mark(run, job, begun, ready, outcome, tried_before=d.first_attempt_at is not None)
    run.step("marked")


def _mark(run: Run, job: Job, d: Delivery, ready: Ready, outcome: Outcome, tried_before: bool) -> None:
    if isinstance(outcome, Sent):
        _sent(run, job, d, outcome.message_id, ready)
        return
    with run.writing() as connection:
        now = run.clock(connection)
        if isinstance(outcome, Later):  # not taken: it is not there, unless by an earlier attempt
            again = {} if tried_before else {"first_attempt_at": None}
            until = now + timedelta(seconds=max(1.0, outcome.seconds))
            ledger.put(connection, d, "planned", reason="later", not_before=until, **again)
            ledger.defer(connection, d, until)
        elif isinstance(outcome, PostRefused):
            ledger.put(connection, d, "failed", reason=outcome.code[:64])
            _alarm(run, connection, job, d, _("the platform refused it ({code})", code=outcome.code[:64]))
        else:
            settle = timedelta(seconds=run.partnership.delivery.settle_seconds)
            ledger.put(connection, d, "unknown", reason=outcome.code[:64], not_before=now + settle)


def _sent(run: Run, job: Job, d: Delivery, message_id: str, ready: Ready | None) -> None:
    """Record in one transaction that it was sent, the job's consequences and the trail's row."""
    with run.writing() as connection:
        now = run.clock(connection)
        first = timedelta(minutes=run.partnership.delivery.sweep_minutes[0])
        sweep = now + first if run.platforms[d.platform].can_tell else None
        at = now if ready else d.attempted_at or now
        row = ledger.put(connection, d, "sent", reason="", message_id=message_id, sent_at=at, next_sweep_at=sweep)
        if row is None:
            return  # another replica took it over, and will find it there
        job.sent(run, connection, row, ready, now)
        level = ready.message.reply.level if ready else None
        run.record(
            connection, f"posted {d.kind}", now, place=d.audience, level=level, subject=ready.subject if ready else ""
        )


def _readers_unknown(run: Run, job: Job | None, d: Delivery, **values: Any) -> None:
    """Wait for a platform that cannot say who reads there; after a while hold the message. Nothing was sent."""
    rules = run.partnership.delivery
    with run.writing() as connection:
        now = run.clock(connection)
        if now - d.due_at < timedelta(minutes=rules.alarm_minutes):
            again = now + timedelta(seconds=max(1, rules.settle_seconds))
            ledger.put(connection, d, "planned", reason="later", not_before=again, **values)
            return
    _hold(run, job, d, "busy", **values)


def _hold(run: Run, job: Job | None, d: Delivery, reason: str, **values: Any) -> None:
    """Hold a message for a person, or until the reason passes, with an alarm."""
    with run.writing() as connection:
        again = {} if reason in TO_DECIDE else {"not_before": run.clock(connection) + HOLD_AGAIN}
        if ledger.put(connection, d, "held", reason=reason, **again, **values) is not None:
            _alarm(run, connection, job, d, HELD.get(reason, reason))


def _alarm(run: Run, connection: Any, job: Job | None, d: Delivery, why: str) -> None:
    """Raise the alarm of a message that was not delivered."""
    if job is None or job.alarms:  # an alarm about an alarm that failed would never end
        now = run.clock(connection)
        run.alarm(
            connection,
            _(
                "{d}: {platform} has not got it, {why}. See: deliveries {id}.",
                d=in_words(d, now),
                platform=d.platform,
                why=why,
                id=d.id,
            ),
            now,
        )


def _lease(run: Run) -> timedelta:
    return timedelta(seconds=run.partnership.delivery.lease_seconds)
