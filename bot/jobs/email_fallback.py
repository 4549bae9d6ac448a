"""The second path: at most one e-mail an hour, without content.

It says that something waits while chat does not take messages, and once of an interview that runs out before anybody
works, where nobody was told and the duty role cannot be (edge case 20).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.outbound import PREVIEW, Message
from bot.conversation.reply import Fact, Reply
from bot.jobs import reminders
from bot.jobs.job import Composed, Drop, Job, Ready, Run
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.reminders.due import SECOND_PATH
from bot.rules.time.clock import to_london
from bot.store.delivery import ledger, reminders_sent
from bot.store.queries import monitoring

KIND = PLATFORM = "email"
#: The one fact of the mail, the number of messages; the platform takes this number and nothing else.
WAITING = "waiting"


def plan(run: Run, now: datetime) -> None:
    """Plan one e-mail to each address for an hour in which a message or an interview has waited too long."""
    addresses = run.partnership.delivery.email if PLATFORM in run.platforms else ()
    if not addresses:
        return
    if not _waits(run, now):
        addresses = tuple(a for a in addresses if reminders.unheard(run, _path(run, a), now))
    if not addresses:
        return
    hour = f"{to_london(now):%Y-%m-%dT%H}"
    until = now + timedelta(hours=1)
    found = [Planned(KIND, "administrators", PLATFORM, a, hour, now, until) for a in addresses]
    with run.writing() as connection:
        ledger.plan(connection, found, now)


def _waits(run: Run, now: datetime) -> int:
    """Count the messages overdue in chat by more than `alarm_minutes`."""
    patience = timedelta(minutes=run.partnership.delivery.alarm_minutes)
    with run.reading() as connection:
        return monitoring.unsent(connection, now, patience, besides=KIND)


def _path(run: Run, address: str) -> str:
    """Return the number of an address in the partnership file: rows of reminders hold no address."""
    addresses = run.partnership.delivery.email
    return f"{SECOND_PATH} {addresses.index(address) + 1 if address in addresses else 0}"


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the e-mail; dropped where chat has taken everything meanwhile, and nobody else need hear."""
    silent = reminders.unheard(run, _path(run, d.destination), now, d.id)
    with run.writing() as connection:
        taken = reminders_sent.take(connection, d.id, silent, now)
    count = _waits(run, now) + len(taken)
    if count == 0:
        return Drop("gone meanwhile")
    reply = Reply(_("Something waits"), 0, facts=(Fact(WAITING, count),))
    return Ready(Message(reply, PREVIEW, d.marker))


JOB = Job((KIND,), compose, plan, alarms=False, go_on=(KIND,))
