"""Due work that is absent is told, by a job that shares nothing with those that should have sent it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.conversation.outbound import Later
from bot.jobs import auditor, digest, escalations, notices, reminders
from bot.jobs.job import Composed, Drop, Job, Run
from bot.rules.delivery.delivery import Delivery
from bot.store.database import reading
from bot.store.schema.access import notice
from bot.store.schema.delivery import delivery
from tests.support.factories import at, episode
from tests.support.job_scene import Scene


@pytest.fixture(autouse=True)
def loaded(bot: Scene) -> None:
    bot.put(episode(1))


def broken() -> Job:
    """A job of digests that plans nothing, and says nothing."""

    def compose(run: Run, d: Delivery, now: object) -> Composed:
        return Drop("never asked")

    return Job(("digest",), compose)


def test_a_digest_that_was_never_planned_is_missed(bot: Scene) -> None:
    bot.now = at("Wed 5 Jul 2017 07:30")
    bot.tick(broken(), auditor.JOB)
    bot.now = at("Wed 5 Jul 2017 08:29")
    bot.tick(broken(), auditor.JOB)
    assert bot.alarms() == []
    bot.now = at("Wed 5 Jul 2017 08:30")
    bot.tick(broken(), auditor.JOB)
    bot.tick(broken(), auditor.JOB)
    assert len(bot.alarms()) == 3
    assert bot.alarms()[1] == (
        "The digest for north-digest, due Wed 5 Jul 08:00, was never planned: look at the bot's log."
    )


def test_what_was_due_before_anything_ran_is_not_missed(bot: Scene) -> None:
    bot.now = at("Wed 5 Jul 2017 15:00")
    for _ in range(3):
        bot.tick(broken(), auditor.JOB)
        bot.wait(minutes=31)
    assert bot.alarms() == []


def test_a_digest_that_the_platform_puts_off_for_too_long_is_told(bot: Scene) -> None:
    bot.now = at("Wed 5 Jul 2017 08:00")
    bot.chat.fates = [Later(3600)] * 3
    bot.tick(digest.JOB, auditor.JOB)
    bot.wait(minutes=29)
    bot.tick(digest.JOB, auditor.JOB)
    assert bot.alarms() == []
    bot.wait(minutes=1)
    bot.tick(digest.JOB, auditor.JOB)
    assert bot.alarms() == [
        "offline still has not got what was due (digest): 3 messages, the first due Wed 5 Jul 08:00. See: deliveries."
    ]


def test_what_waits_is_told_once_an_hour_and_an_alarm_that_waits_raises_no_other(bot: Scene) -> None:
    bot.now = at("Wed 5 Jul 2017 08:00")
    bot.chat.fates = [Later(60)] * 10_000
    for _ in range(31):
        bot.tick(digest.JOB, notices.JOB, auditor.JOB)
        bot.wait(minutes=5)
    assert "planned" in bot.states("notice")
    with reading(bot.database) as connection:
        told = list(connection.execute(select(notice.c.text).where(notice.c.text.contains("still"))).scalars())
    assert [text.partition(" (")[0] for text in told] == ["offline still has not got what was due"] * 3


def test_one_message_that_waits_is_named(bot: Scene) -> None:
    bot.now = at("Wed 5 Jul 2017 08:00")
    bot.chat.fates = [Later(3600)]
    bot.tick(digest.JOB, auditor.JOB)
    with bot.database.begin() as connection:
        connection.execute(update(delivery).values(state="sent").where(delivery.c.id > 1))
    bot.wait(minutes=30)
    bot.tick(auditor.JOB)
    assert ["has still not been sent (planned). See: deliveries 1." in text for text in bot.alarms()] == [True]


def test_a_morning_on_which_all_is_well_is_silent(bot: Scene) -> None:
    bot.now = at("Wed 5 Jul 2017 07:30")
    for _ in range(20):
        bot.tick(digest.JOB, escalations.JOB, reminders.JOB, auditor.JOB)
        bot.wait(minutes=6)
    assert bot.alarms() == []
    assert bot.states("digest") == ["sent"] * 3
