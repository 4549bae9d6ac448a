"""Notices go out at once, in private, once, to people who may still be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.conversation.outbound import PREVIEW, PostRefused
from bot.conversation.reply import Button
from bot.jobs import notices
from bot.rules.access.channel_privacy import Destination
from bot.rules.effects import NotifyPerson, NotifyRole, SeeNotices
from tests.support.asking import rows
from tests.support.factories import NOW
from tests.support.job_scene import Scene


def told(bot: Scene) -> None:
    bot.say(NotifyRole("system_admin", "alarm", "The digest was not sent.", NOW))


def test_it_is_sent_once_and_then_it_has_been_told(bot: Scene) -> None:
    told(bot)
    for _ in range(3):
        bot.tick(notices.JOB)
    (kept,) = bot.chat.to("admin")
    assert kept.text == "For you\n⚠ 08:00 · The digest was not sent."
    assert kept.message.preview == PREVIEW
    with bot.run().facts() as facts:
        assert facts.trail.notices("admin") == []


def test_each_is_a_row_with_what_can_be_done_of_it(bot: Scene) -> None:
    bot.say(
        NotifyRole("system_admin", "alarm", "Police: no export came. See: sources.", NOW - timedelta(days=1)),
        NotifyPerson("coordinator", "hand_over", "north-worker asks you to take it over.", NOW, "OX-7QK4"),
        NotifyPerson("coordinator", "away", "north-worker is away on Mon 10 Jul.", NOW),
    )
    bot.tick(notices.JOB)
    (alarm,) = rows(bot.chat.to("admin")[0].message.reply)
    assert (alarm, alarm.buttons) == (
        "⚠ Tue 4 Jul 08:00 · Police: no export came.",
        (Button("See", "sources", primary=True),),
    )
    asked, told = rows(bot.chat.to("coordinator")[0].message.reply)
    assert (asked.subject, asked.mark, told.mark, told.buttons) == ("OX-7QK4", "", "", ())
    assert asked.buttons == (
        Button("Accept", "interview OX-7QK4 accept", primary=True),
        Button("Refuse", "interview OX-7QK4 refuse"),
    )


def test_all_that_wait_for_a_person_are_one_message(bot: Scene) -> None:
    for n in range(notices.MOST + 2):
        bot.say(NotifyRole("system_admin", "alarm", f"Fault {n}.", NOW))
    bot.tick(notices.JOB)
    first, second = (kept.text for kept in bot.chat.to("admin"))
    assert [line.rpartition(" ")[2] for line in first.splitlines()[1:]] == [f"{n}." for n in range(notices.MOST)]
    assert second.splitlines()[1:] == [f"⚠ 08:00 · Fault {n}." for n in (notices.MOST, notices.MOST + 1)]
    assert sorted(set(bot.states())) == ["dropped told", "sent"]
    bot.tick(notices.JOB)
    assert len(bot.chat.to("admin")) == 2


def test_one_that_comes_after_a_message_is_another(bot: Scene) -> None:
    told(bot)
    bot.tick(notices.JOB)
    bot.say(NotifyRole("system_admin", "alarm", "Another.", NOW))
    bot.tick(notices.JOB)
    assert [len(kept.text.splitlines()) for kept in bot.chat.to("admin")] == [2, 2]


def test_what_was_read_meanwhile_is_not_sent(bot: Scene) -> None:
    told(bot)
    notices.plan(bot.run(), bot.now)
    bot.say(SeeNotices((1,), NOW))
    bot.tick(notices.JOB)
    assert bot.states() == ["dropped told"]
    assert bot.chat.messages == []


def test_whoever_has_the_role_no_more_is_not_told(bot: Scene) -> None:
    told(bot)
    notices.plan(bot.run(), bot.now)
    gone = tuple(replace(p, active=p.id != "admin") for p in bot.ours.people)
    bot.ours = bot.ours.with_people(gone)
    bot.tick(notices.JOB)
    assert bot.states() == ["dropped nobody"]


def test_never_where_somebody_else_reads(bot: Scene) -> None:
    told(bot)
    bot.chat.describes["admin"] = Destination("person", None, is_private=True, is_shared=False, members=(True, True))
    bot.tick(notices.JOB)
    assert bot.states() == ["held privacy"]
    assert bot.chat.messages == []


def test_that_an_alarm_cannot_be_sent_raises_no_alarm(bot: Scene) -> None:
    told(bot)
    bot.chat.fates = [PostRefused("account_inactive", "token")]
    bot.tick(notices.JOB)
    bot.tick(notices.JOB)
    assert bot.states() == ["held token"]
    assert bot.alarms() == ["The digest was not sent."]


def test_the_same_alarm_is_raised_once_a_day(bot: Scene) -> None:
    run = bot.run()
    raised = []
    for hours in (0, 1, 23, 25):
        with run.writing() as connection:
            bot.now = NOW
            bot.wait(hours=hours)
            raised.append(run.alarm(connection, "Something is wrong.", bot.now))
    assert raised == [True, False, False, True]
