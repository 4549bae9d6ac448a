"""Messages that their platform refuses: held, tried again at growing intervals, and told once for each cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.conversation.outbound import PostRefused
from bot.jobs.job import ALARM, Job, Run
from bot.rules.catalogue import _, n_
from bot.rules.delivery import refused
from bot.rules.delivery.delivery import Delivery, in_words
from bot.store.changes.record import notice_waits
from bot.store.delivery import ledger, replicas

#: Places that an alarm names; the others it counts.
NAMED = 3


def hold(run: Run, d: Delivery, refusal: PostRefused, **values: Any) -> None:
    """Hold a message that was refused until it is tried again. It is not there, unless by an earlier attempt."""
    code = refusal.code[:64]
    with run.writing() as connection:
        now = run.clock(connection)
        since = (d.not_taken_since if d.refusal == code else None) or now
        told = {} if d.refusal == code else {"refusal_told_at": None}
        again = refused.again_at(since, now)
        new = {"refusal": code, "not_taken_since": since, "not_before": again} | told | values
        row = ledger.put(connection, d, "held", reason=refusal.cause, **new)
        if row is not None and refusal.cause not in refused.OF_ITS_FORM:
            ledger.defer_refused(connection, row)


def after_a_start(run: Run, started_at: datetime) -> None:
    """Try everything that was refused at the first tick of a process: it may have been started with a better token."""
    with run.reading() as connection:
        beats = replicas.all_beats(connection)
    if any((b.name, b.started_at) == (run.name, started_at) for b in beats):
        return
    with run.writing() as connection:
        for platform in run.platforms:
            ledger.cause_gone(connection, platform, run.clock(connection))


def tell_shortened(run: Run, job: Job, d: Delivery, code: str) -> None:
    """Alarm administrators, once a day, that a platform took a message only in a shorter form."""
    if not job.alarms:
        return
    begins = _("{platform} takes a message only in a shorter form ({code})", platform=d.platform, code=code[:64])
    with run.writing() as connection:
        now = run.clock(connection)
        text = _("{begins}: {d}. Report it. See: deliveries {id}.", begins=begins, d=in_words(d, now), id=d.id)
        run.alarm(connection, text, now, begins)


def tell(run: Run, jobs: Mapping[str, Job]) -> None:
    """Alarm administrators of refused messages, once for each cause: at once, then of what came since, once an hour."""
    silent = [kind for kind, job in jobs.items() if not job.alarms]
    with run.reading() as connection:
        waiting = ledger.refused_untold(connection, silent)
    if not waiting:
        return
    with run.writing() as connection:
        now = run.clock(connection)
        for group in _by_cause(waiting):
            begins = _begins(group[0])
            if notice_waits(connection, ALARM, "", now - refused.TOLD_AGAIN, begins):
                continue
            if mine := ledger.tell_refused(connection, group, now):
                run.alarm(connection, _text(begins, mine), now, again=True)


def tell_missed(run: Run, connection: Any, jobs: Mapping[str, Job], missed: Iterable[Delivery]) -> None:
    """Alarm administrators of messages that were refused until their cut-off, once for each cause."""
    told = [d for d in missed if (job := jobs.get(d.kind)) is None or job.alarms]
    for group in _by_cause(told):
        first = group[0]
        text = n_(
            "{n} message for {places} was not sent before its cut-off. {platform} did not take it: {why}. See: {see}.",
            "{n} messages for {places} were not sent before their cut-off. {platform} did not take them: {why}. "
            "See: {see}.",
            len(group),
            places=_places(group),
            platform=first.platform,
            why=refused.why(first.reason, first.refusal),
            see=_see(group),
        )
        run.alarm(connection, text, run.clock(connection))


def _by_cause(messages: Iterable[Delivery]) -> Sequence[Sequence[Delivery]]:
    """Group messages by platform and cause; causes that the bot does not know, by the platform's code."""
    groups: dict[tuple[str, str], list[Delivery]] = {}
    for d in messages:
        groups.setdefault((d.platform, refused.why(d.reason, d.refusal)), []).append(d)
    return list(groups.values())


def _begins(d: Delivery) -> str:
    return _("{platform} does not take messages: {why}.", platform=d.platform, why=refused.why(d.reason, d.refusal))


def _text(begins: str, group: Sequence[Delivery]) -> str:
    waits = n_(
        "{n} message waits, for {places}, and is tried again and again.",
        "{n} messages wait, for {places}, and are tried again and again.",
        len(group),
        places=_places(group),
    )
    do = refused.REMEDIES[group[0].reason]
    return _("{begins} {waits} To do: {do}. See: {see}.", begins=begins, waits=waits, do=do, see=_see(group))


def _places(group: Sequence[Delivery]) -> str:
    """Name the first places, and count the others."""
    names = list(dict.fromkeys(d.audience for d in group))
    more = len(names) - NAMED
    named = ", ".join(names[:NAMED])
    return _("{named} and {more} more", named=named, more=more) if more > 0 else named


def _see(group: Sequence[Delivery]) -> str:
    return f"deliveries {group[0].id}" if len(group) == 1 else "deliveries"
