"""After a restore: what may have been sent before is looked for in chat, calls go on, the rest goes as ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, update

from bot.conversation.outbound import Message, Unknown
from bot.conversation.reply import Reply
from bot.jobs import digest, email_fallback, escalations, notices, reminders
from bot.jobs.delivery import tick
from bot.jobs.job import Job, Ready
from bot.rules.delivery.delivery import LOOKED_FOR, MAY_REPEAT, Planned
from bot.rules.effects import Decide, NotifyRole
from bot.server.worker import JOBS
from bot.store.database import reading, writing
from bot.store.delivery import ledger, replicas
from bot.store.delivery.replicas import Restored
from bot.store.schema.delivery import beat, delivery, digest_item, nudge
from tests.jobs.test_email_fallback import ADDRESSES, NOBODY_ENTITLED
from tests.jobs.test_reminders import WORKER, back
from tests.support.factories import NOW, away, episode, hours
from tests.support.job_scene import Scene
from tests.support.memory_platform import MemoryChat

MINUTE = timedelta(minutes=1)
COPY = NOW - hours(2)


def restore(bot: Scene) -> int:
    """Stamp the database as the verb does, at the scene's time."""
    with writing(bot.database) as connection:
        return replicas.note_restore(connection, Restored(bot.now, "bot-20170705T050000Z.sqlite", 7, COPY), bot.now)


def forget(bot: Scene) -> None:
    """Take out of the database what it sent, as an older copy has not got it. The platform keeps its messages."""
    with writing(bot.database) as connection:
        for table in (digest_item, nudge, delivery):
            connection.execute(delete(table))
        connection.execute(update(beat).values(ticked_at=COPY, shown_at=COPY, sure_at=COPY))


def put(bot: Scene, *planned: Planned) -> None:
    with writing(bot.database) as connection:
        ledger.plan(connection, planned, bot.now)


def leads(bot: Scene) -> list[str]:
    """Return the places of the digests' first messages."""
    return sorted(k.destination for k in bot.chat.messages if k.message.thread is None)


# -- digests and reminders that were sent before --


def test_a_digest_that_is_there_is_not_posted_again_nor_its_thread_nor_its_close(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.tick(digest.JOB)
    bot.wait(hours=11)
    bot.tick(digest.JOB)
    before = [k.number for k in bot.chat.messages]
    forget(bot)
    bot.now = NOW + hours(2)
    restore(bot)
    for bot.now in (NOW + hours(2), NOW + hours(2.5), NOW + hours(11), NOW + hours(11.1)):
        bot.tick(digest.JOB)
    assert [k.number for k in bot.chat.messages] == before
    assert set(bot.states("digest")) == {"sent"}
    assert set(bot.states("thread")) == {"sent", "dropped nothing"}
    assert {d.message_id for d in bot.ledger("digest")} <= set(before)
    assert bot.alarms() == []


def test_a_digest_that_is_not_there_is_posted_once_and_says_that_it_is_late(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.now = NOW + hours(1)
    restore(bot)
    bot.tick(digest.JOB)
    bot.tick(digest.JOB)
    assert leads(bot) == ["county-counts", "county-digest", "north-digest"]
    assert all("due 08:00" in k.text for k in bot.chat.messages if k.message.thread is None)
    assert set(bot.states("digest")) == {"sent"}


def test_a_digest_past_its_cut_off_is_looked_for_and_counts_as_sent_or_missed(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.tick(digest.JOB)
    bot.chat.messages = [k for k in bot.chat.messages if k.destination != "north-digest"]
    forget(bot)
    bot.now = NOW + hours(8)
    restore(bot)
    bot.tick(digest.JOB)
    assert {d.audience: d.state for d in bot.ledger("digest")} == {
        "county-digest": "sent",
        "county-counts": "sent",
        "north-digest": "missed",
    }
    assert len(bot.alarms()) == 1


def test_a_reminder_that_is_there_is_not_sent_again_and_tomorrows_says_all_of_it(bot: Scene) -> None:
    bot.put(back(1, "Tue 4 Jul 2017 12:00"), taken_at=NOW)
    bot.now = NOW + hours(1)
    bot.tick(reminders.JOB)
    assert len(bot.chat.to(WORKER)) == 1
    forget(bot)
    bot.now = NOW + hours(2)
    restore(bot)
    bot.tick(reminders.JOB)
    assert bot.states("reminder") == ["sent"]
    assert len(bot.chat.to(WORKER)) == 1
    bot.now = NOW + hours(24.5)
    bot.tick(reminders.JOB)
    assert len(bot.chat.to(WORKER)) == 2


def test_it_is_looked_for_from_a_time_before_the_copy_was_made(bot: Scene) -> None:
    bot.tick()  # the copy's last tick
    bot.now = NOW + hours(2)
    restore(bot)
    with reading(bot.database) as connection:
        found = replicas.newest_restore(connection)
    assert found is not None
    assert found.copied_at == COPY
    put(bot, Planned("digest", "north-digest", "offline", "north-digest", "1", NOW))
    assert [d.look_since for d in bot.ledger()] == [COPY]


def test_a_row_that_a_verb_added_to_the_copy_does_not_count_as_its_end(bot: Scene) -> None:
    bot.tick()
    bot.now = NOW + hours(2)
    with writing(bot.database) as connection:
        replicas.note_restore(connection, Restored(bot.now, "", 8, bot.now - MINUTE), bot.now)
        found = replicas.newest_restore(connection)
    assert found is not None
    assert found.copied_at == NOW


def test_a_time_that_is_still_to_come_is_a_clocks_fault_and_a_day_is_looked_back(bot: Scene) -> None:
    with writing(bot.database) as connection:
        replicas.note_restore(connection, Restored(NOW, "", 8, NOW + hours(24)), NOW)
        found = replicas.newest_restore(connection)
    assert found is not None
    assert found.copied_at == NOW - hours(24)


def test_what_comes_due_later_goes_as_ever(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.now = NOW - hours(1)
    restore(bot)
    bot.chat.can_tell = False
    bot.now = NOW
    bot.tick(digest.JOB)
    assert bot.states("digest") == ["sent"] * 3


# -- where the platform cannot be asked --


def test_a_digest_waits_for_a_person_and_nobody_is_alarmed_of_each(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.chat.can_tell = False
    bot.now = NOW + hours(1)
    restore(bot)
    bot.tick(digest.JOB)
    assert bot.states("digest") == ["held restored"] * 3
    assert bot.chat.messages == []
    first, second, third = bot.ledger("digest")
    bot.say(Decide(first.id, "post_again", "admin", bot.now), Decide(second.id, "it_is_there", "admin", bot.now))
    bot.tick(digest.JOB)
    found = {d.id: d for d in bot.ledger("digest")}
    assert [found[d.id].state for d in (first, second, third)] == ["sent", "sent", "held"]
    assert found[first.id].sent_at == bot.now
    assert found[second.id].sent_at == second.due_at
    assert len(leads(bot)) == 1
    bot.now = NOW + hours(8)
    bot.tick(digest.JOB)
    assert {d.id: d.state for d in bot.ledger("digest")}[third.id] == "missed"
    assert bot.alarms() == []
    bot.now = NOW + hours(24)
    bot.tick(digest.JOB)
    assert bot.states("digest")[3:] == ["sent"] * 3


def test_a_platform_that_answers_later_decides_itself(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.tick(digest.JOB)
    forget(bot)
    before = leads(bot)
    bot.now = NOW + hours(1)
    restore(bot)
    bot.chat.answers = False
    for _ in range(8):
        bot.tick(digest.JOB)
        bot.wait(minutes=3)
    assert set(bot.states("digest")) == {"unknown"}
    bot.chat.answers = True
    bot.tick(digest.JOB)
    assert set(bot.states("digest")) == {"sent"}
    assert leads(bot) == before


def test_one_that_answers_for_half_an_hour_nothing_leaves_it_to_a_person(bot: Scene) -> None:
    bot.put(episode(1, area="north"))
    bot.now = NOW + hours(1)
    restore(bot)
    bot.chat.answers = False
    bot.tick(digest.JOB)
    bot.wait(seconds=LOOKED_FOR.total_seconds() + 1)
    bot.tick(digest.JOB)
    assert set(bot.states("digest")) == {"held restored"}
    assert bot.chat.messages == []


def test_a_reminder_that_was_under_way_counts_as_said(bot: Scene) -> None:
    """It may have been sent after the copy was made."""
    x = back(1, "Tue 4 Jul 2017 12:00")
    bot.put(x, taken_at=NOW)
    bot.now = NOW + hours(0.5)
    bot.chat.answers, bot.chat.fates = False, [Unknown("timeout")]
    bot.tick(reminders.JOB)
    assert bot.states("reminder") == ["unknown timeout"]
    restore(bot)
    with bot.run().facts() as facts:
        assert [t.person for t in facts.work.notified([x.id], bot.now)] == [WORKER]
    bot.wait(hours=1)
    bot.tick(reminders.JOB)
    assert bot.states("reminder") == ["held unknown"]
    assert bot.states("urgent") == []


def test_only_what_can_wait_for_ever_is_given_a_week(bot: Scene) -> None:
    bot.chat.can_tell = False
    put(bot, Planned("digest", "north-digest", "offline", "north-digest", "2", NOW - hours(3), NOW + hours(4)))
    put(bot, Planned("reminder", WORKER, "offline", WORKER, "3", NOW - hours(3)))
    restore(bot)
    bot.tick(digest.JOB, reminders.JOB)
    held = [d for d in bot.ledger() if d.reason == "restored"]
    until = {d.slot: d.late_until for d in held}
    assert (until["2"], until["3"]) == (NOW + hours(4), NOW + timedelta(days=7))
    with reading(bot.database) as connection:
        assert replicas.waiting_after_restore(connection) == len(held)


# -- calls, and what has a number --


def test_calls_go_on(bot: Scene) -> None:
    bot.put(away(1, NOW - hours(80)), episode(2, NOW - hours(2), birth=date(2006, 1, 1)))
    bot.chat.can_tell = False
    bot.now = NOW + hours(1)
    restore(bot)
    bot.tick(*JOBS)
    assert set(bot.states("escalation")) == {"sent"}
    assert len(bot.ledger("escalation")) >= 2
    assert {d.kind for d in bot.ledger() if d.state == "sent"} <= {"escalation", "notice", "urgent"}


@pytest.mark.parametrize("platform", ["cannot be asked", "does not answer", "has it", "has it not"])
def test_a_call_of_the_copy_goes_within_five_minutes_unless_it_is_there(bot: Scene, platform: str) -> None:
    bot.put(episode(1, NOW - hours(2), birth=date(2006, 1, 1)))
    down = replace(bot.run(), platforms={"offline": MemoryChat(can_tell=False, fates=[Unknown("timeout")] * 2)})
    tick(down, (escalations.JOB,), NOW)  # the copy is made while it is under way
    if platform == "has it":
        sent = MemoryChat()
        tick(replace(down, platforms={"offline": sent}, clock=lambda c: NOW + MINUTE), (escalations.JOB,), NOW)
        with writing(bot.database) as connection:
            connection.execute(delivery.update().values(state="unknown", not_before=NOW, message_id=None))
        bot.chat.messages = sent.messages
    before = list(bot.chat.messages)
    bot.chat.can_tell, bot.chat.answers = platform != "cannot be asked", platform != "does not answer"
    bot.now = NOW + 10 * MINUTE
    restore(bot)
    while bot.now <= NOW + 15 * MINUTE:
        bot.tick(escalations.JOB)
        bot.wait(seconds=30)
    assert set(bot.states("escalation")) == {"sent"}
    to_police = bot.chat.to("police")
    assert len(to_police) == 1
    if platform == "has it":
        assert bot.chat.messages == before
    else:
        assert to_police[0].message.reply.text[0] == MAY_REPEAT, "another message may have told it too"


@pytest.mark.parametrize("tried", [True, False])
def test_a_restore_begins_no_wait_of_a_call_anew(bot: Scene, tried: bool) -> None:
    """It is put back just before the five minutes are over, and chat does not answer."""
    bot.put(episode(1, NOW - hours(2), birth=date(2006, 1, 1)))
    bot.chat.answers = False
    if tried:
        bot.chat.fates = [Unknown("timeout")] * 2
        bot.tick(escalations.JOB)
    else:
        escalations.plan(bot.run(), NOW)
    bot.now = NOW + timedelta(minutes=4, seconds=50)
    restore(bot)
    bot.tick(escalations.JOB)
    assert bot.chat.messages == []
    bot.now = NOW + timedelta(minutes=5, seconds=5)
    bot.tick(escalations.JOB)
    assert [k.destination for k in bot.chat.messages] == ["police", "north-manager"]
    assert all(k.message.reply.text[0] == MAY_REPEAT for k in bot.chat.messages)


def test_an_urgent_reminder_is_repeated_once_after_a_restore_and_never_where_the_copy_has_the_repeat(
    bot: Scene,
) -> None:
    bot.chat.can_tell = False
    put(bot, Planned("urgent", WORKER, "offline", WORKER, "u", NOW))
    restore(bot)
    urgent = Reply("Urgent", 2, ("Now.",))
    told = Job(("urgent",), compose=lambda run, d, now: Ready(Message(urgent, "", d.marker)))
    for minutes in range(3):
        bot.now = NOW + minutes * MINUTE
        bot.tick(told)
    restore(bot)
    bot.tick(told)
    (kept,) = bot.chat.to(WORKER)
    assert kept.message.reply.text[0] == MAY_REPEAT


def test_what_was_to_be_told_before_is_looked_for_and_what_is_told_since_goes(bot: Scene) -> None:
    bot.chat.can_tell = False
    bot.say(NotifyRole("system_admin", "alarm", "Something from before.", COPY - MINUTE))
    bot.now = NOW
    restore(bot)
    bot.say(NotifyRole("system_admin", "alarm", "The database was restored.", bot.now))
    bot.tick(notices.JOB)
    assert bot.states("notice") == ["held restored", "sent"]
    (kept,) = bot.chat.to("admin")
    assert "The database was restored." in kept.text
    assert "before" not in kept.text


def test_a_number_that_comes_again_is_not_taken_for_the_message_that_had_it_before(bot: Scene) -> None:
    """A call or notice that was made after the copy has left a message; the next of that number is another one."""
    numbered = [Planned(kind, "police", "offline", "police", "17", NOW) for kind in ("escalation", "notice", "wake")]
    put(bot, *numbered)
    before = {d.kind: d.marker for d in bot.ledger()}
    forget(bot)
    restore(bot)
    put(bot, *numbered)
    after = {d.kind: d.marker for d in bot.ledger()}
    assert set(after) == set(before)
    assert set(after.values()).isdisjoint(before.values())
    assert all(d.look_since is None for d in bot.ledger())


# -- the rest --


def test_no_mail_says_that_something_waits(bot: Scene) -> None:
    bot.rules(email=ADDRESSES)
    bot.chat.can_tell = False
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
