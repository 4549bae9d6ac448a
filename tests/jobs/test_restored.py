"""After a restore: what was due before waits for a person, calls do not, and what comes due later goes as ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.conversation.outbound import Unknown
from bot.jobs import digest, email_fallback, notices, reminders
from bot.jobs.delivery import tick
from bot.rules.delivery.delivery import Planned, waits_for_a_person
from bot.rules.effects import Decide, NotifyRole
from bot.server.worker import JOBS
from bot.store.database import reading, writing
from bot.store.delivery import ledger, replicas
from bot.store.delivery.replicas import Restored
from tests.jobs.test_email_fallback import ADDRESSES, NOBODY_ENTITLED
from tests.jobs.test_reminders import WORKER, back
from tests.support.factories import NOW, away, episode, hours
from tests.support.job_scene import Scene
from tests.support.memory_platform import MemoryChat

MINUTE = timedelta(minutes=1)


def restore(bot: Scene) -> int:
    """As the verb does it, at the scene's time."""
    with writing(bot.database) as connection:
        return replicas.note_restore(connection, Restored(bot.now, "bot-20170705T050000Z.sqlite", 7, NOW - hours(2)))


def put(bot: Scene, *planned: Planned) -> None:
    with writing(bot.database) as connection:
        ledger.plan(connection, planned, bot.now)


def test_what_stood_in_the_copy_is_held_but_calls(bot: Scene) -> None:
    kinds = ("digest", "reminder", "urgent", "notice", "thread", "email", "escalation")
    put(bot, *(Planned(k, "lead", "offline", "lead", k, NOW + MINUTE) for k in kinds))
    assert restore(bot) == 6
    assert {d.kind: d.state for d in bot.ledger()} == dict.fromkeys(kinds, "held") | {"escalation": "planned"}
    assert {d.reason for d in bot.ledger() if d.state == "held"} == {"restored"}


def test_a_digest_that_was_due_before_is_planned_only_to_be_held(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.now = NOW - hours(2)
    bot.tick(digest.JOB)  # the copy ends here
    bot.now = NOW + hours(2)
    restore(bot)
    bot.tick(digest.JOB)
    assert bot.states("digest") == ["held restored"] * 3
    assert bot.chat.messages == []
    assert bot.alarms() == []
    bot.now = NOW + hours(24)
    bot.tick(digest.JOB)
    assert bot.states("digest")[3:] == ["sent"] * 3


def test_what_is_held_past_its_time_is_missed_and_nobody_is_alarmed_again(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.now = NOW + hours(1)
    restore(bot)
    bot.tick(digest.JOB)
    bot.now = NOW + hours(8)
    bot.tick(digest.JOB)
    assert bot.states("digest") == ["missed restored"] * 3
    assert bot.alarms() == []


def test_an_administrator_decides(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.now = NOW + hours(1)
    restore(bot)
    bot.tick(digest.JOB)
    first, second, third = bot.ledger("digest")
    bot.say(Decide(first.id, "post_again", "admin", bot.now), Decide(second.id, "it_is_there", "admin", bot.now))
    bot.tick(digest.JOB)
    found = {d.id: d for d in bot.ledger("digest")}
    assert [found[d.id].state for d in (first, second, third)] == ["sent", "sent", "held"]
    assert found[first.id].sent_at == bot.now
    assert found[second.id].sent_at == second.due_at
    assert len([k for k in bot.chat.messages if k.message.thread is None]) == 1


def test_todays_reminder_is_held_and_tomorrows_says_all_of_it(bot: Scene) -> None:
    bot.put(back(1, "Tue 4 Jul 2017 12:00"), taken_at=NOW)
    bot.now = NOW + hours(2)
    restore(bot)
    bot.tick(reminders.JOB)
    assert bot.states("reminder") == ["held restored"]
    assert bot.chat.to(WORKER) == []
    bot.now = NOW + hours(24.5)
    bot.tick(reminders.JOB)
    assert len(bot.chat.to(WORKER)) == 1


def test_a_reminder_that_was_under_way_counts_as_said(bot: Scene) -> None:
    """It may have been sent after the copy was made."""
    x = back(1, "Tue 4 Jul 2017 12:00")
    bot.put(x, taken_at=NOW)
    bot.now = NOW + hours(0.5)
    bot.chat.answers, bot.chat.fates = False, [Unknown("timeout")]
    bot.tick(reminders.JOB)
    assert bot.states("reminder") == ["unknown timeout"]
    restore(bot)
    assert bot.states("reminder") == ["held restored"]
    with bot.run().facts() as facts:
        assert [t.person for t in facts.work.notified([x.id], bot.now)] == [WORKER]
    bot.wait(hours=1)
    bot.tick(reminders.JOB)
    assert bot.states("reminder") == ["held restored"]
    assert bot.states("urgent") == []


def test_what_was_to_be_told_before_is_held_and_what_is_told_since_goes(bot: Scene) -> None:
    bot.say(NotifyRole("system_admin", "alarm", "Something from before.", bot.now))
    bot.wait(minutes=1)
    bot.say(NotifyRole("system_admin", "alarm", "The database was restored.", bot.now))
    restore(bot)
    bot.tick(notices.JOB)
    assert bot.states("notice") == ["held restored", "sent"]
    (kept,) = bot.chat.to("admin")
    assert "The database was restored." in kept.text
    assert "before" not in kept.text


def test_calls_go_on(bot: Scene) -> None:
    bot.put(away(1, NOW - hours(80)), episode(2, NOW - hours(2), birth=date(2006, 1, 1)))
    bot.now = NOW + hours(1)
    restore(bot)
    bot.tick(*JOBS)
    assert set(bot.states("escalation")) == {"sent"}
    assert len(bot.ledger("escalation")) >= 2
    assert {d.kind for d in bot.ledger() if d.state == "sent"} <= {"escalation", "notice"}


def test_no_mail_says_that_something_waits(bot: Scene) -> None:
    bot.rules(email=ADDRESSES)
    mail = MemoryChat(
        "email", can_tell=False, repeat_harmless=True, describes=dict.fromkeys(ADDRESSES, NOBODY_ENTITLED)
    )
    bot.now = NOW + hours(1)
    restore(bot)
    for _ in range(3):
        run = bot.run()
        both = replace(run, platforms={**run.platforms, "email": mail})
        tick(both, (digest.JOB, email_fallback.JOB), NOW)
        bot.wait(minutes=40)
    assert bot.states("digest")[:3] == ["held restored"] * 3
    assert mail.messages == []


def test_what_was_sent_before_is_neither_changed_nor_looked_for(bot: Scene) -> None:
    """The copy is older than what people read there."""
    bot.put(episode(1, NOW - hours(30), area="north"))
    bot.tick(digest.JOB)
    said = [k.text for k in bot.chat.messages]
    bot.wait(hours=1)
    restore(bot)
    bot.put(episode(2, NOW - hours(3), area="north"))
    bot.wait(minutes=30)
    bot.tick(digest.JOB)
    assert [k.text for k in bot.chat.messages] == said
    assert all(d.next_sweep_at is None for d in bot.ledger("digest"))


def test_only_what_can_wait_for_ever_is_given_a_week(bot: Scene) -> None:
    put(bot, Planned("notice", "lead", "offline", "lead", "1", NOW))
    put(bot, Planned("digest", "lead", "offline", "lead", "2", NOW, NOW + hours(4)))
    restore(bot)
    put(bot, Planned("notice", "lead", "offline", "lead", "3", NOW - MINUTE))
    assert {d.slot: d.late_until for d in bot.ledger()} == {
        "1": NOW + timedelta(days=7),
        "2": NOW + hours(4),
        "3": NOW + timedelta(days=7),
    }
    with reading(bot.database) as connection:
        assert replicas.waiting_after_restore(connection) == 3


@pytest.mark.parametrize(
    ("kind", "due", "waits"),
    [
        ("digest", NOW - MINUTE, True),
        ("digest", NOW, True),
        ("digest", NOW + MINUTE, False),
        ("notice", NOW - MINUTE, True),
        ("notice", NOW, False),
        ("escalation", NOW - MINUTE, False),
    ],
)
def test_what_waits_for_a_person(kind: str, due: object, waits: bool) -> None:
    assert waits_for_a_person(kind, due, NOW) is waits  # type: ignore[arg-type]
    assert not waits_for_a_person(kind, due, None)  # type: ignore[arg-type]
