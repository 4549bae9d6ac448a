"""E-mail without content, when chat has not taken something for half an hour; once an hour, and no more when it has."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from bot.conversation.outbound import Outcome, PostRefused, Unknown
from bot.jobs import digest, email_fallback, reminders
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.rules.access.channel_privacy import Destination
from tests.support.factories import at, episode, hours, interview
from tests.support.job_scene import Scene
from tests.support.memory_platform import MemoryChat
from tests.support.reminding import changed

NOBODY_ENTITLED = Destination("channel", 0, is_private=None, is_shared=None, members=None)
ADDRESSES = ("duty-team@example.org", "on-call@example.org")


@pytest.fixture
def mail(bot: Scene) -> MemoryChat:
    bot.rules(email=ADDRESSES)
    return MemoryChat(
        "email", can_tell=False, repeat_harmless=True, describes=dict.fromkeys(ADDRESSES, NOBODY_ENTITLED)
    )


def ticked(bot: Scene, mail: MemoryChat) -> None:
    run: Run = bot.run()
    tick(replace(run, platforms={**run.platforms, "email": mail}), (digest.JOB, email_fallback.JOB), bot.now)


@pytest.mark.parametrize("fate", [PostRefused("channel_not_found"), Unknown("timeout")])
def test_after_half_an_hour_somebody_gets_a_mail_that_says_nothing(bot: Scene, mail: MemoryChat, fate: Outcome) -> None:
    bot.chat.answers = False
    bot.chat.fates = [fate, "ok", "ok", *[fate] * 20]
    ticked(bot, mail)
    bot.now = at("Wed 5 Jul 2017 08:29")
    ticked(bot, mail)
    assert mail.messages == []
    for minutes in range(4):
        bot.now = at(f"Wed 5 Jul 2017 08:{40 + minutes}")
        ticked(bot, mail)
    assert [k.destination for k in mail.messages] == list(ADDRESSES)
    (fact,) = mail.messages[0].message.reply.facts
    assert (fact.label, fact.value) == ("waiting", 1)
    bot.now = at("Wed 5 Jul 2017 09:01")
    ticked(bot, mail)
    assert len(mail.messages) == 4


def test_none_where_chat_took_everything(bot: Scene, mail: MemoryChat) -> None:
    for _ in range(10):
        ticked(bot, mail)
        bot.wait(minutes=10)
    assert mail.messages == []


def test_a_mail_of_which_nobody_knows_is_sent_again(bot: Scene, mail: MemoryChat) -> None:
    bot.chat.fates = [PostRefused("channel_not_found")] * 20
    ticked(bot, mail)
    mail.fates = [Unknown("timeout"), Unknown("timeout")]
    bot.now = at("Wed 5 Jul 2017 08:31")
    ticked(bot, mail)
    bot.wait(seconds=31)
    ticked(bot, mail)
    assert len(mail.messages) == 2
    assert bot.states("email") == ["sent", "sent"]


def test_none_where_no_mail_server_was_named(bot: Scene, mail: MemoryChat) -> None:
    bot.chat.fates = [PostRefused("channel_not_found")] * 20
    bot.tick(digest.JOB, email_fallback.JOB)
    bot.wait(hours=1)
    bot.tick(digest.JOB, email_fallback.JOB)
    assert bot.states("email") == []


def returned_before_the_holiday(bot: Scene) -> None:
    """Edge case 20: back Friday 18:30, due on the bank holiday; nobody is on duty at the weekend."""
    back = at("Fri 26 May 2017 18:30")
    owed = interview(back, worker="W-N01")
    bot.put(episode(1, back - hours(10), back, birth=None, interview=owed), taken_at=at("Fri 26 May 2017 18:50"))
    bot.ours = changed(bot.ours, quiet_hours=replace(bot.ours.quiet_hours, duty_hours=None))


def test_what_runs_out_before_anybody_works_is_mailed_once_to_each_address(bot: Scene, mail: MemoryChat) -> None:
    returned_before_the_holiday(bot)
    for words in ("Fri 26 May 2017 19:00", "Fri 26 May 2017 20:30", "Sat 27 May 2017 09:00", "Mon 29 May 2017 12:00"):
        bot.now = at(words)
        run = bot.run()
        tick(replace(run, platforms={**run.platforms, "email": mail}), (email_fallback.JOB, reminders.JOB), bot.now)
    assert [k.destination for k in mail.messages] == list(ADDRESSES)
    (fact,) = mail.messages[0].message.reply.facts
    assert (fact.label, fact.value) == ("waiting", 1)
    assert "OX-" not in str(mail.messages[0].message)
    assert bot.chat.messages == []


def test_no_mail_where_the_duty_role_can_be_told_or_the_owner_was(bot: Scene, mail: MemoryChat) -> None:
    returned_before_the_holiday(bot)
    bot.ours = changed(bot.ours, quiet_hours=replace(bot.ours.quiet_hours, duty_hours=(time(8), time(22))))
    for words in ("Sat 27 May 2017 07:00", "Sat 27 May 2017 08:30", "Mon 29 May 2017 12:00"):
        bot.now = at(words)
        run = bot.run()
        tick(replace(run, platforms={**run.platforms, "email": mail}), (email_fallback.JOB, reminders.JOB), bot.now)
    assert mail.messages == []
    (kept,) = bot.chat.messages
    assert kept.destination == "coordinator"
    (line,) = kept.message.reply.text
    assert "runs out before people are at work in time (back Tue 30 May 08:00): act today" in line


def test_a_mail_of_an_interview_that_failed_is_planned_again_in_the_next_hour(bot: Scene, mail: MemoryChat) -> None:
    returned_before_the_holiday(bot)
    mail.fates = [PostRefused("refused")] * 4
    for words in ("Fri 26 May 2017 19:00", "Fri 26 May 2017 19:30", "Fri 26 May 2017 20:00", "Fri 26 May 2017 21:00"):
        bot.now = at(words)
        run = bot.run()
        tick(replace(run, platforms={**run.platforms, "email": mail}), (email_fallback.JOB,), bot.now)
    assert [k.destination for k in mail.messages] == list(ADDRESSES)
