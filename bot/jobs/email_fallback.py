"""The second path: at most one e-mail an hour, without content, while chat does not take messages."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.outbound import PREVIEW, Message
from bot.conversation.reply import Fact, Reply
from bot.jobs.job import Composed, Drop, Job, Ready, Run
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.time.clock import to_london
from bot.store.delivery import ledger
from bot.store.queries import monitoring

KIND = PLATFORM = "email"
#: The one fact of the mail, the number of messages; the platform takes this number and nothing else.
WAITING = "waiting"


def plan(run: Run, now: datetime) -> None:
    """Plan one e-mail to each address for an hour in which a message has waited too long."""
    addresses = run.partnership.delivery.email if PLATFORM in run.platforms else ()
    if not addresses or not _waits(run, now):
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


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the e-mail; dropped where chat has taken everything meanwhile."""
    count = _waits(run, now)
    if count == 0:
        return Drop("gone meanwhile")
    reply = Reply("Something waits", 0, facts=(Fact(WAITING, count),))
    return Ready(Message(reply, PREVIEW, d.marker))


JOB = Job((KIND,), compose, plan, alarms=False)
