"""Notices to one person, sent at once: they would come too late with the next answer in private.

All that wait for a person are one message.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.conversation import dispatcher
from bot.conversation.outbound import PREVIEW, Message
from bot.conversation.reply import Reply, first_primary
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now
from bot.rules.access import permissions
from bot.rules.access.permissions import Grant, address
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.effects import SeeNotices
from bot.rules.partnership.roles import Action
from bot.rules.time.clock import local_day
from bot.store.changes import record
from bot.store.changes.record import carry_out
from bot.store.delivery import ledger

KIND = "notice"
#: Notices in one message; those after them are the next one.
MOST = 20


def plan(run: Run, now: datetime) -> None:
    """Plan a row for each undelivered notice whose person can be reached: one that is told with another is dropped."""
    with run.writing() as connection:
        waiting = record.undelivered_notices(connection)
        found = []
        for number, person_id, made_at in waiting:
            person = run.partnership.person(person_id)
            reached = address(person, run.platforms) if person and person.active else None
            if reached:
                found.append(Planned(KIND, person_id, *reached, str(number), made_at))
        ledger.plan(connection, found, now)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the notice and those after it, in private, for a person who still has the role that each is for."""
    person = run.partnership.person(d.audience)
    if person is None or not person.active:
        return Drop("nobody")
    if level_now(run, d) != 2:
        return Hold("privacy")

    def may(action: Action) -> bool:
        return isinstance(permissions.decide(person, "member", action, 2, run.partnership, local_day(now)), Grant)

    with run.facts() as facts:
        readable = dispatcher.readable_notices(facts.trail.notices(person.id), may)
    found = [n for n in readable if n.id >= int(d.slot)][:MOST]
    if not any(str(n.id) == d.slot for n in found):
        return Drop("told")
    reply = Reply(_("For you"), 2, tuple(first_primary([dispatcher.notice_row(n, now) for n in found])))
    about = found[0].ref if len(found) == 1 else ""
    return Ready(Message(reply, PREVIEW, d.marker), subject=about or "", notices=tuple(n.id for n in found))


def sent(run: Run, connection: Any, d: Delivery, ready: Ready | None, now: datetime) -> None:
    """Mark the notices of the message as seen; of one found on the platform only its first is known."""
    carry_out(connection, SeeNotices(ready.notices if ready else (int(d.slot),), now))


#: A notice that cannot be sent raises no alarm, which would be a notice: e-mail does that (jobs/email_fallback.py).
JOB = Job((KIND,), compose, plan, alarms=False, sent=sent, go_on=(KIND,))
