"""The tick of the bot: plan what is due, mark what is missed, send, look again at what was sent, tend what is posted.

Every engine calls `tick` and nothing else. It may be called at any time, twice, and on any number of replicas. While
the time is not confirmed (rules/time/trusted.py) calls, urgent reminders and notices go on, and all else waits.

One message is looked for if it may be there, composed, marked, checked once more, posted once and marked again
(reliability.md §1.4). Whenever the process stops between two steps, the ledger's row says enough to go on without
posting twice: a message that was never tried is tried; one that may be there is looked for first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.conversation.outbound import CannotPost, CannotTell, Later, NoLookUp, Outcome, Platform, PostRefused, Sent
from bot.conversation.privacy_guard import release
from bot.conversation.reply import Reply
from bot.conversation.shortened import forms, needs_another_form
from bot.jobs import refused
from bot.jobs.job import Drop, Hold, Job, Ready, Run, lacks, level_now, thread_of
from bot.jobs.sweeps import keep_one, look_again, looked_from
from bot.logs.setup import unexpected
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import (
    AGAIN_AFTER,
    CALLS,
    DECIDED_WITHIN,
    HELD,
    LOOKED_FOR,
    MAY_REPEAT,
    RESTORED,
    SENT_AGAIN,
    TO_DECIDE,
    Delivery,
    in_words,
    sent_again_at,
)
from bot.rules.delivery.refused import WHY, whole
from bot.store.database import database_fails, in_plain_words
from bot.store.delivery import ledger, posted_digests, replicas, taken_back

#: Few messages are claimed at once, so that the last one's claim still lasts when its turn comes.
AT_ONCE = 4
#: A message held for a reason that may pass is looked at again after this.
HOLD_AGAIN = timedelta(minutes=5)
#: A call is looked at again sooner.
HOLD_CALL = timedelta(seconds=30)
#: A message is tried again after a fault of the program: at the next tick, and then once a minute.
AFTER_A_FAULT, AFTER_ANOTHER = timedelta(seconds=5), timedelta(minutes=1)

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
            _guarded(run, job, "plan", now)
        refused.after_a_start(run, started_at)
        if run.in_doubt:  # nothing is missed by a time that may not be real
            send_due(run, by_kind, kinds=[kind for job in jobs for kind in job.go_on])
            refused.tell(run, by_kind)
        else:
            miss_late(run, by_kind)
            send_due(run, by_kind)
            refused.tell(run, by_kind)
            look_again(run, by_kind)
        for job in jobs:
            _guarded(run, job, "tend", now)
        with run.writing() as connection:
            replicas.beat(connection, run.name, started_at, now, run.verdict)


def _guarded(run: Run, job: Job, part: Literal["plan", "tend"], now: datetime) -> None:
    """Run a part of one job. A fault in it stops no other job; it is logged, and administrators are alarmed."""
    name = job.kinds[0]
    try:
        with in_plain_words():
            {"plan": job.plan, "tend": job.tend}[part](run, now)
    except Exception as fault:
        run.watch.failed(name, part)
        if database_fails(fault):
            raise
        unexpected(fault)
        _tell_fault(run, name)
    else:
        run.watch.worked(name, part)


def _tell_fault(run: Run, name: str) -> None:
    text = _(
        "The bot could not do its work of the kind {kinds}: a fault of the program, see its log.", kinds=f"{name!r}"
    )
    with run.writing() as connection:
        run.alarm(connection, text, run.clock(connection))


def miss_late(run: Run, jobs: Mapping[str, Job]) -> None:
    """Mark messages past their cut-off as missed, with an alarm for each."""
    with run.writing() as connection:
        missed = ledger.miss(connection, run.clock(connection))
        was_refused = [d for d in missed if d.refusal and d.reason in WHY]
        refused.tell_missed(run, connection, jobs, was_refused)
        for d in missed:
            if d in was_refused or d.reason == RESTORED:
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
        seen += len(claimed)
        calls = [d for d in claimed if d.kind in SENT_AGAIN]
        is_same = run.before_calls(run, calls) if calls else "same"
        if is_same == "older":  # they are claimed anew, as it was stamped
            with run.writing() as connection:
                for d in claimed:
                    ledger.put(connection, d, d.state, not_before=run.clock(connection))
            continue
        for d in claimed:
            _one(run, jobs, d, may_repeat=is_same == "unknown" and d in calls)
    return seen


def _one(run: Run, jobs: Mapping[str, Job], d: Delivery, *, may_repeat: bool) -> None:
    """Deliver one message. A fault of the program in it stops no other."""
    run.step("claimed")
    job, platform = jobs.get(d.kind), run.platforms.get(d.platform)
    name = job.kinds[0] if job else d.kind
    try:
        if job is None or platform is None:
            _hold(run, job, d, "platform")
        else:
            _deliver_or_wait(run, job, platform, d, may_repeat)
    except Exception as fault:
        unexpected(fault)
        wait = AFTER_A_FAULT if run.watch.failed(name, str(d.id)) == 1 else AFTER_ANOTHER
        # With the database itself at fault nothing is written, and the claim runs out.
        with run.writing() as connection:
            again = run.clock(connection) + wait
            row = ledger.now_of(connection, d)
            if row is not None and row.state != "sending":
                ledger.put(connection, d, row.state, not_before=again)
        if not database_fails(fault):
            _tell_fault(run, name)
    else:
        run.watch.worked(name, str(d.id))


def _deliver_or_wait(run: Run, job: Job, platform: Platform, d: Delivery, may_repeat: bool) -> None:
    """Deliver one message, or hold it where its platform refuses the place, or cannot say who reads there."""
    try:
        _deliver(run, job, platform, d, may_repeat)
    except CannotPost as no:
        refused.hold(run, d, no.refusal)
    except CannotTell:
        _readers_unknown(run, job, d)


def _deliver(run: Run, job: Job, platform: Platform, d: Delivery, may_repeat: bool) -> None:
    may_be_there = d.first_attempt_at is not None or d.look_since is not None
    again = _may_go_again(run, job, platform, d) if may_be_there else None
    if may_be_there and again is None:
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
        _hold_for(run, job, d, composed.reason)
    elif isinstance(composed, Drop):
        with run.writing() as connection:
            ledger.put(connection, d, "dropped", reason=composed.reason)
    else:
        if again == "repeat":
            with run.writing() as connection:
                _alarm(
                    run, connection, job, d, _("as far as anybody knows; it is sent again, and may have come before")
                )
        marked = again == "repeat" or composed.may_repeat or may_repeat
        _post(run, job, platform, d, _marked(composed) if marked else composed)


def _marked(ready: Ready) -> Ready:
    """Tell the reader of a message, in its first line, that it may have come before."""
    reply = ready.message.reply
    return replace(ready, message=replace(ready.message, reply=replace(reply, text=(MAY_REPEAT, *reply.text))))


def _may_go_again(run: Run, job: Job, platform: Platform, d: Delivery) -> Again | None:
    """Look for the message of an earlier attempt, maybe of a database before this one.

    None where it is there, or nobody can say yet.
    """
    try:
        found = looked_for(run, platform, d) if platform.can_tell else None
    except NoLookUp:
        found = None
    except CannotTell:
        return _without_answer(run, job, d)
    if found is None:
        return _without_look_up(run, job, platform, d)
    run.step("looked")
    if not found:
        return "first"
    _sent(run, job, d, found[0], None)
    return None


def _without_answer(run: Run, job: Job, d: Delivery) -> Again | None:
    """Decide on a message where the platform does not answer now: after a while a call goes again, the rest is held."""
    rules = run.partnership.delivery
    with run.writing() as connection:
        now = run.clock(connection)
        begun, patience = d.attempted_at or d.planned_at, timedelta(minutes=rules.alarm_minutes)
        if d.look_since is not None and (restore := replicas.newest_restore(connection)):
            patience = LOOKED_FOR
            if restore.at <= now:  # one that is to come was of a clock that was wrong
                begun = max(begun, restore.at)
        until = begun + patience
        if d.kind in SENT_AGAIN:
            until = _call_waits_until(d, begun)
        if now < until:
            again = min(until, now + timedelta(seconds=max(1, rules.settle_seconds)))
            ledger.put(connection, d, "unknown", not_before=again)
            return None
    if d.kind in SENT_AGAIN:
        return "repeat"
    _hold(run, job, d, _doubt(d))
    return None


def _call_waits_until(d: Delivery, begun: datetime) -> datetime:
    """Return when a call goes again without an answer; one that only a database before this one may have sent is
    counted from its due time, another message from when it was `begun` to be asked for.
    """
    if d.attempted_at is not None and (at := sent_again_at(d)) is not None:
        return at
    return (d.due_at if d.kind in CALLS else begun) + AGAIN_AFTER


def _doubt(d: Delivery) -> str:
    """Return the reason for which a person decides on a message that may be there."""
    return RESTORED if d.attempted_at is None else "unknown"


def _without_look_up(run: Run, job: Job, platform: Platform, d: Delivery) -> Again | None:
    """Decide on a message of unknown outcome where nothing is looked up: a call goes again, the rest is held."""
    if platform.repeat_harmless:
        return "first"
    at = sent_again_at(d)
    if at is None:
        _hold(run, job, d, _doubt(d))
        return None
    with run.writing() as connection:
        now = run.clock(connection)
        if now < at:
            ledger.put(connection, d, "unknown", not_before=at)
            return None
    return "repeat"


def looked_for(run: Run, platform: Platform, d: Delivery) -> Sequence[str]:
    """Return the one message of a row after removing every other copy; empty where none is there. CannotTell."""
    return keep_one(platform, d, platform.find(d.destination, d.marker, looked_from(d), thread_of(run, d)))


def _post(run: Run, job: Job, platform: Platform, d: Delivery, ready: Ready) -> None:
    """Post a message once. It is marked as perhaps sent, and that is committed, before anything leaves."""
    with run.writing() as connection:
        begun = ledger.begin(connection, d, run.clock(connection), _lease(run))
        if begun is not None:
            posted_digests.keep(connection, d.id, ready.posted)
    run.step("sending")
    if begun is None:
        return
    if not _may_be_shown(run, job, begun, ready.message.reply, first_attempt_at=d.first_attempt_at):
        return
    sent = _send(run, job, platform, begun, ready)
    if sent is None:
        return
    said, outcome = sent
    _mark(run, job, begun, said, outcome, tried_before=d.first_attempt_at is not None)
    run.step("marked")


def _may_be_shown(run: Run, job: Job, d: Delivery, reply: Reply, **values: Any) -> bool:
    """Take the last look: who reads there now, and may all of it be shown to them; else hold it."""
    try:
        level = level_now(run, d)
        if level is None or level < reply.level:
            _hold_for(run, job, d, "privacy", **values)
            return False
    except CannotPost as no:
        refused.hold(run, d, no.refusal, **values)
        return False
    except CannotTell:
        _readers_unknown(run, job, d, **values)
        return False
    if release(reply, level, run.partnership).fault:
        _hold(run, job, d, "stopped", **values)
        return False
    return True


def _send(run: Run, job: Job, platform: Platform, d: Delivery, ready: Ready) -> tuple[Ready, Outcome] | None:
    """Post a message in the first form that the platform takes; None where another may have begun meanwhile.

    Each form is one call, behind a fence of its own.
    """
    margin, code = timedelta(seconds=run.partnership.delivery.timeout_seconds), ""
    for form in forms(ready.message, whole(d.kind)):
        with run.writing() as connection:
            if not ledger.holds(connection, d, run.clock(connection), margin):
                return None  # this process was frozen so long that another may have begun
        run.step("fenced")
        outcome = platform.post(d.destination, form.message)
        run.step("posted")
        if not needs_another_form(outcome):
            break
        code = outcome.code
    if code and isinstance(outcome, Sent):
        refused.tell_shortened(run, job, d, code)
    told = ready.notices if form.kept is None else ready.notices[: form.kept]  # the others are told in the next message
    return replace(ready, message=form.message, notices=told), outcome


def _mark(run: Run, job: Job, d: Delivery, ready: Ready, outcome: Outcome, tried_before: bool) -> None:
    if isinstance(outcome, Sent):
        _sent(run, job, d, outcome.message_id, ready)
        return
    again = {} if tried_before else {"first_attempt_at": None}
    if isinstance(outcome, PostRefused):
        refused.hold(run, d, outcome, **again)
        return
    with run.writing() as connection:
        now = run.clock(connection)
        if isinstance(outcome, Later):  # not taken: it is not there, unless by an earlier attempt
            until = now + timedelta(seconds=max(1.0, outcome.seconds))
            ledger.put(connection, d, "planned", reason="later", not_before=until, **again)
            ledger.defer(connection, d, until)
        else:
            settle = timedelta(seconds=run.partnership.delivery.settle_seconds)
            ledger.put(connection, d, "unknown", reason=outcome.code[:64], not_before=now + settle)


def _sent(run: Run, job: Job, d: Delivery, message_id: str, ready: Ready | None) -> None:
    """Record in one transaction that it was sent, the job's consequences and the trail's row."""
    with run.writing() as connection:
        now = run.clock(connection)
        first = timedelta(minutes=run.partnership.delivery.sweep_minutes[0])
        sweep = now + first if run.platforms[d.platform].can_tell else None
        at = now if ready else d.attempted_at or d.due_at
        new = {"reason": "", "refusal": "", "message_id": message_id, "sent_at": at, "next_sweep_at": sweep}
        row = ledger.put(connection, d, "sent", **new)
        if row is None:
            return  # another replica took it over, and will find it there
        if ready is not None:
            ledger.cause_gone(connection, d.platform, now, d.destination)
        job.sent(run, connection, row, ready, now)
        level = ready.message.reply.level if ready else None
        run.record(
            connection, f"posted {d.kind}", now, place=d.audience, level=level, subject=ready.subject if ready else ""
        )


def _readers_unknown(run: Run, job: Job | None, d: Delivery, **values: Any) -> None:
    """Wait for a platform that cannot say who reads there; hold the message where it did not say for a while.

    Nothing was sent. The wait begins at the first attempt, which after an outage is long after the due time.
    """
    rules = run.partnership.delivery
    with run.writing() as connection:
        now = run.clock(connection)
        values["not_taken_since"] = since = d.not_taken_since or now
        if now - since < timedelta(minutes=rules.alarm_minutes):
            again = now + timedelta(seconds=max(1, rules.settle_seconds))
            ledger.put(connection, d, "planned", reason="later", not_before=again, **values)
            return
    _hold(run, job, d, "busy", **values)


def _hold_for(run: Run, job: Job, d: Delivery, reason: str, **values: Any) -> None:
    """Hold a message for a reason of its job; for want of a permission where readers are not known for that alone."""
    if reason == "privacy" and (code := lacks(run, d)):
        refused.hold(run, d, PostRefused(code, "permission"), **values)
    else:
        _hold(run, job, d, reason, **values)


def _hold(run: Run, job: Job | None, d: Delivery, reason: str, **values: Any) -> None:
    """Hold a message for a person, or until the reason passes, with an alarm."""
    with run.writing() as connection:
        now = run.clock(connection)
        wait = HOLD_CALL if d.kind in CALLS else HOLD_AGAIN
        again: dict[str, Any] = {} if reason in TO_DECIDE else {"not_before": now + wait}
        if reason == RESTORED:  # administrators were notified of all of them when the database was restored
            again["late_until"] = d.late_until or now + DECIDED_WITHIN
        if ledger.put(connection, d, "held", reason=reason, **again, **values) is not None and reason != RESTORED:
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
