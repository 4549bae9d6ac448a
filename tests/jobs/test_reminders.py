"""Reminders as they arrive: one message a day, the urgent one beside it, nothing lost and nothing twice."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update

from bot.conversation.outbound import PREVIEW, Later, Outcome, PostRefused, Unknown
from bot.conversation.reply import Button
from bot.jobs import reminders
from bot.jobs.job import Hold, Ready
from bot.rules.effects import RecordAbsence, RecordStep
from bot.rules.interviews.steps import Kind
from bot.rules.partnership.partnership import QuietHours
from bot.rules.time.clock import interview_due
from bot.store.database import reading, writing
from bot.store.schema.access import person, role_held
from bot.store.schema.delivery import nudge
from bot.store.schema.records import episode as episodes
from tests.support.asking import rows
from tests.support.factories import Recorded, at, episode, hours, interview
from tests.support.job_scene import Scene, scene
from tests.support.memory_platform import SHARED_CHANNEL, Kept
from tests.support.reminding import WORKERS, changed, with_hours

WORKER = "north-worker"
REF = {n: episode(n).child_ref for n in range(1, 30)}


def back(child: int, words: str, area: str = "north", **facts: object) -> Recorded:
    """A child who came back then, with the area's worker, none of whose interview has happened."""
    when = at(words)
    owed = interview(when, **{"worker": WORKERS.get(area)} | facts)  # type: ignore[arg-type]
    return episode(child, when - hours(10), when, birth=None, area=area, interview=owed)


def tick(bot: Scene, words: str, name: str = "a") -> None:
    bot.now = at(words)
    bot.tick(reminders.JOB, name=name)


def said(bot: Scene, x: Recorded, kind: Kind, by: str = WORKER, **more: object) -> None:
    version = max((n for n, *_ in steps(bot, x)), default=0)
    bot.say(RecordStep(x.id, version, kind, bot.now, bot.now, by, **more))  # type: ignore[arg-type]


def steps(bot: Scene, x: Recorded) -> list[tuple[int, str]]:
    with bot.run().facts() as facts:
        return [(s.id, s.kind) for s in facts.work.steps([x.id]).get(x.id, ())]


def told(bot: Scene, x: Recorded) -> list[tuple[str, str]]:
    """Step and person, of messages that were sent."""
    with bot.run().facts() as facts:
        return [(step, who) for step, who, _ in facts.work.nudged(x.id)]


def lines(kept: Kept) -> list[str]:
    return list(kept.message.reply.text)


def test_a_preview_is_what_will_be_sent_and_neither_plans_nor_counts_as_sent(bot: Scene) -> None:
    bot.put(
        back(1, "Mon 16 Nov 2026 09:00"),
        back(2, "Tue 17 Nov 2026 15:40"),
        back(3, "Thu 19 Nov 2026 07:10", "south"),
        taken_at=at("Fri 20 Nov 2026 06:50"),
    )
    moment = at("Fri 20 Nov 2026 08:30")
    previewed = {m.person.id: reply for m, reply in reminders.preview(bot.run(), moment)}
    assert {"north-worker", "south-worker"} <= previewed.keys()
    assert bot.ledger() == []
    tick(bot, "Fri 20 Nov 2026 08:30")
    assert previewed == {person: bot.chat.to(person)[-1].message.reply for person in previewed}
    assert len(bot.chat.messages) == len(previewed)
    # The same morning is shown again, and the next one without what was sent.
    assert {m.person.id: reply for m, reply in reminders.preview(bot.run(), moment)} == previewed
    later = {m.person.id: reply for m, reply in reminders.preview(bot.run(), moment + timedelta(minutes=1))}
    assert "north-worker" not in later


def test_one_message_says_what_needs_somebody_least_time_left_first(bot: Scene) -> None:
    second = back(2, "Tue 17 Nov 2026 15:40")
    bot.put(
        back(1, "Mon 16 Nov 2026 03:45", offered_at=at("Mon 16 Nov 2026 12:00")),
        second,
        back(3, "Thu 19 Nov 2026 07:10"),
        back(4, "Mon 16 Nov 2026 09:00", "south"),
        taken_at=at("Fri 20 Nov 2026 06:50"),
    )
    tick(bot, "Fri 20 Nov 2026 08:29")
    assert bot.ledger() == []
    tick(bot, "Fri 20 Nov 2026 08:30")
    (kept,) = bot.chat.to(WORKER)
    reply = kept.message.reply
    assert (reply.title, reply.level, kept.message.preview) == ("Good morning. 3 interviews need you.", 2, PREVIEW)
    assert lines(kept) == [
        f"⏳ {REF[2]} · due Fri 20 Nov 15:40, 7 h 10 min left · next: offer it",
        f"⏳ {REF[3]} · due Sun 22 Nov 07:10, 46 h left · next: offer it"
        " · before you are back on Monday: this is your reminder now",
        f"⏰ {REF[1]} · overdue by 28 h (due Thu 19 Nov 03:45) · offered, next: get the answer",
    ]
    assert reply.footer == (
        "Next reminders: Mon 23 Nov 08:30.",
        "Data as at: Council interviews: Fri 20 Nov 06:50, ok.",
    )
    of_first = f"interview {REF[2]} #{second.id}"
    assert rows(reply)[0].buttons == (
        Button("Record", of_first, form=True, primary=True),
        Button("I'm on it", f"{of_first} on it"),
        Button("Snooze", f"{of_first} snooze", form=True),
        Button("Why", f"{of_first} why"),
        Button("Hand over", f"{of_first} hand to", form=True),
    )
    assert [len(row.buttons) for row in rows(reply)] == [5, 5, 5]
    assert [b.label for b in reply.pressable if b.primary] == ["Record"]


def test_what_can_still_be_saved_comes_first_and_what_is_long_over_is_a_count(bot: Scene) -> None:
    """A county's coordinator: 7 h left before anything overdue; 9 that are over for days hide neither."""
    old = [back(n, f"Thu 12 Nov 2026 09:{n:02}", "south", worker=None) for n in range(10, 19)]
    saved = back(1, "Tue 17 Nov 2026 15:30", worker=None)
    handed, nobodys = back(2, "Mon 16 Nov 2026 16:00"), back(3, "Mon 16 Nov 2026 20:00", worker=None)
    bot.put(*old, saved, handed, nobodys, taken_at=at("Fri 20 Nov 2026 06:00"))
    bot.now = at("Thu 19 Nov 2026 17:00")
    said(bot, handed, "handed_over", to="coordinator")
    tick(bot, "Fri 20 Nov 2026 08:30")
    (kept,) = bot.chat.to("coordinator")
    reply = kept.message.reply
    assert reply.title == "Good morning. 12 interviews need you."
    assert lines(kept) == [
        f"⚠ {REF[1]} · due Fri 20 Nov 15:30, 7 h left · next: offer it · nobody owns it · north",
        f"⏰ {REF[2]} · overdue by 16 h (due Thu 19 Nov 16:00) · next: offer it · north-worker"
        " · handed to you by north-worker: accept or refuse · north",
        f"⚠ {REF[3]} · overdue by 12 h (due Thu 19 Nov 20:00) · next: offer it · nobody owns it · north",
        "⏰ 9 overdue for longer than a day",
    ]
    shown = [[(b.label, b.primary) for b in row.buttons][:2] for row in rows(reply)]
    assert shown == [
        [("Take it", True), ("Record", False)],
        [("Accept", False), ("Refuse", False)],
        [("Take it", False), ("Record", False)],
        [("See them", False)],
    ]
    assert rows(reply)[-1].buttons[0].command == "interviews overdue"
    assert all(("overdue 2026-11-20", "coordinator") in told(bot, x) for x in old)


def test_what_was_handed_over_is_never_hidden_behind_what_others_could_save(bot: Scene) -> None:
    saved = [back(n, f"Tue 17 Nov 2026 15:{n}", worker=None) for n in range(10, 20)]
    handed = back(2, "Mon 16 Nov 2026 16:00")
    bot.put(*saved, handed, taken_at=at("Fri 20 Nov 2026 06:00"))
    bot.now = at("Thu 19 Nov 2026 17:00")
    said(bot, handed, "handed_over", to="coordinator")
    tick(bot, "Fri 20 Nov 2026 08:30")
    (kept,) = bot.chat.to("coordinator")
    assert [row.subject for row in rows(kept.message.reply)] == [*(REF[n] for n in range(10, 17)), REF[2], "3 more"]


def test_one_that_is_long_over_has_its_own_line(bot: Scene) -> None:
    bot.put(back(1, "Thu 12 Nov 2026 09:00"), taken_at=at("Fri 20 Nov 2026 06:00"))
    tick(bot, "Fri 20 Nov 2026 08:30")
    (kept,) = bot.chat.to("coordinator")
    assert [line.split(" · ")[0] for line in lines(kept)] == [f"⏰ {REF[1]}"]


# -- one message a person and moment --


def urgent_pair(bot: Scene) -> tuple[Recorded, Recorded]:
    """Two interviews of which 6 h are left at 14:00 and at 15:40; the morning's message was sent before either."""
    first, second = back(1, "Mon 16 Nov 2026 20:00"), back(2, "Mon 16 Nov 2026 21:40")
    bot.put(first, second, taken_at=at("Thu 19 Nov 2026 06:00"))
    tick(bot, "Thu 19 Nov 2026 08:30")
    bot.chat.messages.clear()
    return first, second


def test_after_an_outage_reminders_of_several_times_are_one_message(bot: Scene) -> None:
    first, second = urgent_pair(bot)
    tick(bot, "Thu 19 Nov 2026 17:59")
    assert Counter(k.destination for k in bot.chat.messages) == {WORKER: 1, "north-manager": 1}
    (kept,) = bot.chat.to("north-manager")
    assert lines(kept)[0] == "Sent 17:59, due 14:00 and 15:40."
    assert [row.subject for row in rows(kept.message.reply)] == [REF[1], REF[2]]
    assert kept.message.reply.title == "Good evening. 2 interviews need you."
    assert sorted(bot.states("urgent")) == ["dropped nothing left"] * 2 + ["sent"] * 2
    for x in (first, second):
        assert [t for t in told(bot, x) if t[0] == "6 h left"] == [("6 h left", WORKER), ("6 h left", "north-manager")]
    tick(bot, "Thu 19 Nov 2026 17:59", "b")
    assert len(bot.chat.messages) == 2


def test_what_chat_did_not_take_for_hours_is_one_message_too(bot: Scene) -> None:
    urgent_pair(bot)
    for words in ("14:01", "15:41"):
        bot.chat.fates = [Later(8000), Later(8000)]
        tick(bot, f"Thu 19 Nov 2026 {words}")
    assert bot.chat.messages == []
    tick(bot, "Thu 19 Nov 2026 17:58")
    (kept,) = bot.chat.to("north-manager")
    assert lines(kept)[0] == "Sent 17:58, due 14:00 and 15:40."


def test_a_message_that_held_the_reminders_of_another_and_was_not_there_holds_them_again(bot: Scene) -> None:
    first, second = urgent_pair(bot)
    bot.chat.fates = [Unknown("timeout"), Unknown("timeout")]
    tick(bot, "Thu 19 Nov 2026 17:00")
    assert sorted(bot.states("urgent")) == ["dropped nothing left"] * 2 + ["unknown timeout"] * 2
    tick(bot, "Thu 19 Nov 2026 17:05")
    (kept,) = bot.chat.to("north-manager")
    assert [row.subject for row in rows(kept.message.reply)] == [REF[1], REF[2]]
    assert all(("6 h left", "north-manager") in told(bot, x) for x in (first, second))


def test_a_message_that_was_refused_takes_no_other_with_it(bot: Scene) -> None:
    first, second = urgent_pair(bot)
    bot.chat.fates = [PostRefused("busy"), PostRefused("busy")]
    tick(bot, "Thu 19 Nov 2026 17:00")
    assert sorted(bot.states("urgent")) == ["dropped nothing left"] * 2 + ["sent"] * 2
    assert [("6 h left", "north-manager") in told(bot, x) for x in (first, second)] == [True, True], (
        "tried again at once"
    )


def test_what_was_held_is_one_line_of_the_morning_until_the_export_or_a_step_has_it_recorded(bot: Scene) -> None:
    held = at("Tue 17 Nov 2026 16:00")
    first = back(1, "Mon 16 Nov 2026 14:00", held_at=held)
    second = back(2, "Mon 16 Nov 2026 15:00", held_at=held)
    bot.put(first, second, taken_at=at("Thu 19 Nov 2026 06:00"))
    tick(bot, "Wed 18 Nov 2026 08:30")
    (kept,) = bot.chat.to(WORKER)
    assert kept.message.reply.title == "Good morning. 2 interviews need you."
    assert lines(kept) == [
        f"⏳ {REF[n]} · held, not recorded: {left} h left to record within 72 h (due Thu 19 Nov {due})"
        " · next: write it up in the case system"
        for n, left, due in ((1, 29, "14:00"), (2, 30, "15:00"))
    ]
    of_first = f"interview {REF[1]} #{first.id}"
    assert kept.message.reply.pressable[0] == Button("Recorded", f"{of_first} recorded", primary=True)
    said(bot, first, "recorded")
    tick(bot, "Thu 19 Nov 2026 08:30")
    assert [line.split(" · ")[0] for line in lines(bot.chat.to(WORKER)[-1])] == [f"⏳ {REF[2]}"]
    tick(bot, "Fri 20 Nov 2026 08:30")
    worker, manager = bot.chat.to(WORKER)[-1], bot.chat.to("north-manager")[-1]
    assert "held, not recorded: 17 h over the 72 h for recording (due Thu 19 Nov 15:00)" in lines(worker)[0]
    assert lines(manager) == [f"{lines(worker)[0]} · north-worker"]
    then = at("Fri 20 Nov 2026 11:00")
    with writing(bot.database) as connection:  # the next export
        row = update(episodes).where(episodes.c.id == second.id)
        connection.execute(row.values(recorded_at=then, interview_until_at=then))
    tick(bot, "Mon 23 Nov 2026 08:30")
    assert {(step, who) for x in (first, second) for step, who in told(bot, x)} == {
        *((f"held, not recorded 2026-11-{day}", WORKER) for day in (18, 19, 20)),
        ("held, not recorded 2026-11-20", "north-manager"),
    }


def test_an_export_that_never_gave_a_time_of_recording_has_nobody_asked_for_one(bot: Scene) -> None:
    old = back(1, "Mon 05 Oct 2026 09:00", held_at=at("Tue 06 Oct 2026 16:00"))
    new = back(2, "Mon 16 Nov 2026 10:00", held_at=at("Tue 17 Nov 2026 16:00"))
    bot.put(old, new, taken_at=at("Wed 18 Nov 2026 06:00"))
    tick(bot, "Wed 18 Nov 2026 08:30")
    assert bot.ledger() == []
    then = at("Tue 03 Nov 2026 10:00")
    bot.put(back(3, "Mon 02 Nov 2026 10:00", held_at=then, recorded_at=then))
    tick(bot, "Wed 18 Nov 2026 08:31")
    assert told(bot, new) == [("held, not recorded 2026-11-18", WORKER)]
    assert [who for _, who in told(bot, old)] == ["north-manager"]


def test_ticks_and_replicas_add_nothing_to_what_was_said(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 09:00")
    bot.put(x, taken_at=at("Tue 17 Nov 2026 06:00"))
    for name in ("a", "b", "a"):
        tick(bot, "Tue 17 Nov 2026 08:30", name)
        tick(bot, "Tue 17 Nov 2026 17:00", name)
    assert [k.destination for k in bot.chat.messages] == [WORKER]
    assert told(bot, x) == [("offer", WORKER)]
    assert bot.states("reminder") == ["sent"]


def test_an_urgent_step_has_a_message_of_its_own_to_each_whom_it_names(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 16:00")
    bot.put(x, taken_at=at("Thu 19 Nov 2026 06:00"))
    tick(bot, "Thu 19 Nov 2026 08:30")
    tick(bot, "Thu 19 Nov 2026 10:01")
    assert bot.states("urgent") == ["sent", "sent"]
    assert sorted(told(bot, x)) == [("24 h left", WORKER), ("6 h left", "north-manager"), ("6 h left", WORKER)]
    (kept,) = bot.chat.to("north-manager")
    assert lines(kept) == [f"⏳ {REF[1]} · due Thu 19 Nov 16:00, 5 h 59 min left · next: offer it · north-worker"]
    assert bot.ledger("urgent")[0].slot == f"{x.id}|6 h left|20261119T1600|2026-11-19"


def test_what_was_dealt_with_before_it_was_sent_is_not_sent(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 09:00")
    bot.put(x, taken_at=at("Tue 17 Nov 2026 06:00"))
    bot.chat.fates = [Later(600)]
    tick(bot, "Tue 17 Nov 2026 08:30")
    said(bot, x, "held")
    tick(bot, "Tue 17 Nov 2026 08:45")
    assert bot.chat.messages == []
    assert bot.states("reminder") == ["dropped nothing left"]
    assert told(bot, x) == []


def test_a_message_that_waits_says_what_holds_when_it_is_sent(bot: Scene) -> None:
    first, second = back(1, "Mon 16 Nov 2026 09:00"), back(2, "Mon 16 Nov 2026 09:10")
    bot.put(first, second, taken_at=at("Tue 17 Nov 2026 06:00"))
    bot.chat.fates = [Later(600)]
    tick(bot, "Tue 17 Nov 2026 08:30")
    said(bot, first, "offered")
    tick(bot, "Tue 17 Nov 2026 08:45")
    (kept,) = bot.chat.messages
    assert lines(kept)[0] == "Sent 08:45, due 08:30."
    assert [line for line in lines(kept) if REF[1] in line] == []
    assert (told(bot, first), told(bot, second)) == ([], [("offer", WORKER)])


def test_a_message_of_unknown_outcome_that_was_there_counts_as_told(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 09:00")
    bot.put(x, taken_at=at("Tue 17 Nov 2026 06:00"))
    bot.chat.fates = ["taken"]
    tick(bot, "Tue 17 Nov 2026 08:30")
    assert bot.states("reminder") == ["unknown timeout"]
    tick(bot, "Tue 17 Nov 2026 08:32")
    assert bot.states("reminder") == ["sent"]
    assert told(bot, x) == [("offer", WORKER)]
    tick(bot, "Wed 18 Nov 2026 08:00")
    assert len(bot.chat.messages) == 1


def test_while_nobody_knows_whether_it_arrived_the_step_is_not_said_elsewhere(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 16:00", offered_at=at("Mon 16 Nov 2026 16:00"))
    bot.put(x, taken_at=at("Wed 18 Nov 2026 06:00"))
    bot.chat.can_tell, bot.chat.fates = False, [Unknown("timeout")]
    tick(bot, "Wed 18 Nov 2026 08:30")
    tick(bot, "Wed 18 Nov 2026 08:40")
    assert bot.states("reminder") == ["held unknown"]
    tick(bot, "Thu 19 Nov 2026 08:30")
    assert bot.chat.messages == []  # "24 h left" may have arrived; "6 h left" has not come
    tick(bot, "Thu 19 Nov 2026 10:00")
    assert sorted(k.destination for k in bot.chat.messages) == ["north-manager", WORKER]


def test_what_was_refused_is_still_to_be_said(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 09:00")
    bot.put(x, taken_at=at("Tue 17 Nov 2026 06:00"))
    bot.chat.fates = [PostRefused("account_inactive")]
    tick(bot, "Tue 17 Nov 2026 08:30")
    assert (bot.states("reminder"), told(bot, x)) == (["held refused"], [])
    tick(bot, "Wed 18 Nov 2026 08:30")
    assert told(bot, x) == [("24 h left", WORKER)]


def test_after_an_outage_it_is_sent_late_and_says_so_or_missed_and_said_the_next_day(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 09:00")
    bot.put(x, taken_at=at("Tue 17 Nov 2026 06:00"))
    tick(bot, "Tue 17 Nov 2026 11:00")
    (kept,) = bot.chat.to(WORKER)
    assert lines(kept)[0] == "Sent 11:00, due 08:30."
    assert len(rows(kept.message.reply)) == 1
    bot.chat.fates = [Later(36_000)]
    tick(bot, "Wed 18 Nov 2026 08:30")
    tick(bot, "Wed 18 Nov 2026 18:31")
    assert bot.states("reminder") == ["sent", "missed later"]
    assert any("A message (reminder) for north-worker" in alarm for alarm in bot.alarms())
    tick(bot, "Thu 19 Nov 2026 08:30")
    assert told(bot, x)[-1][0] in ("6 h left", "24 h left")
    assert len(bot.chat.to(WORKER)) == 2


def test_a_conversation_that_is_not_private_gets_nothing(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 09:00")
    bot.put(x, taken_at=at("Tue 17 Nov 2026 06:00"))
    bot.chat.describes[WORKER] = replace(SHARED_CHANNEL, kind="person", members=(True, None))
    tick(bot, "Tue 17 Nov 2026 08:30")
    assert (bot.chat.messages, bot.states("reminder"), told(bot, x)) == ([], ["held privacy"], [])
    assert reminders.compose(bot.run(), bot.ledger("reminder")[0], bot.now) == Hold("privacy")
    del bot.chat.describes[WORKER]
    tick(bot, "Tue 17 Nov 2026 08:36")
    assert told(bot, x) == [("offer", WORKER)]


def test_without_a_duty_role_nothing_is_said_at_night_at_the_weekend_or_on_a_bank_holiday(bot: Scene) -> None:
    bot.ours = changed(quiet_hours=replace(bot.ours.quiet_hours, duty_hours=None))
    bot.put(back(1, "Wed 24 Mar 2027 09:00"), taken_at=at("Wed 24 Mar 2027 09:00"))
    closed = ("Wed 24 Mar 2027 18:00", "Thu 25 Mar 2027 07:59", "Fri 26 Mar 2027 10:00", "Mon 29 Mar 2027 10:00")
    for words in closed:
        tick(bot, words)
    assert bot.ledger() == []
    tick(bot, "Tue 30 Mar 2027 08:30")
    assert {k.destination for k in bot.chat.messages} == {WORKER, "north-manager", "coordinator", "lead"}


def test_nobody_s_interviews_go_to_duty_and_who_is_away_is_named(bot: Scene) -> None:
    unowned, his = back(1, "Mon 16 Nov 2026 09:00", worker=None), back(2, "Mon 16 Nov 2026 09:10")
    strange = back(3, "Mon 16 Nov 2026 09:20", worker="W-X77")
    bot.put(unowned, his, strange, taken_at=at("Tue 17 Nov 2026 06:00"))
    bot.now = at("Mon 16 Nov 2026 17:00")
    bot.say(RecordAbsence(WORKER, date(2026, 11, 17), date(2026, 11, 20), "", WORKER, bot.now))
    tick(bot, "Tue 17 Nov 2026 08:30")
    (kept,) = bot.chat.messages
    assert kept.destination == "coordinator"
    whose = [line.split(" · ")[3] for line in lines(kept)]
    assert whose == [
        "nobody owns it",
        "for north-worker, who is away until Fri 20 Nov",
        "nobody owns it",
    ]
    assert "W-X77" not in kept.text
    assert [b.label for b in rows(kept.message.reply)[0].buttons][:2] == ["Take it", "Record"]
    taking = [b.command for b in kept.message.reply.pressable if b.label == "Take it"]
    assert taking == [f"interview {REF[x]} #{found.id} take" for x, found in ((1, unowned), (3, strange))]


def test_administrators_hear_where_nobody_can_be_told_and_see_no_reference(bot: Scene) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))
    with writing(bot.database) as connection:
        connection.execute(update(person).where(person.c.id.in_((WORKER, "coordinator"))).values(active=False))
    for words in ("Tue 17 Nov 2026 08:30", "Tue 17 Nov 2026 09:30"):
        tick(bot, words)
    assert bot.chat.messages == []
    duty = "Nobody on duty can be told of return interviews in North"
    assert [a.partition(":")[0] for a in bot.alarms()] == [
        "Nobody holds the role duty in North, so nobody is reminded there as such."
        " Name somebody under [roles], or with the verb people.",
        duty,
    ]


def test_a_role_that_was_taken_away_since_the_bot_began_counts_no_more(bot: Scene) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))
    bot.chat.fates = [Later(60)]
    tick(bot, "Tue 17 Nov 2026 08:30")
    with writing(bot.database) as connection:
        connection.execute(delete(role_held).where(role_held.c.person_id == WORKER))
    tick(bot, "Tue 17 Nov 2026 08:32")
    assert [k.destination for k in bot.chat.messages] == ["coordinator"]
    assert bot.states("reminder") == ["dropped nothing left", "sent"]
    assert any(a.startswith("north-worker may not update interviews that are theirs") for a in bot.alarms())


def test_an_account_that_changed_hands_gets_nothing_and_the_new_one_gets_it(bot: Scene) -> None:
    bot.chat.name = "slack"
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))

    def link(account: str) -> None:
        with writing(bot.database) as connection:
            connection.execute(update(person).where(person.c.id == WORKER).values(slack_id=account))

    link("U-OLD")
    bot.chat.fates = [Later(60)]
    tick(bot, "Tue 17 Nov 2026 08:30")
    link("U-NEW")
    tick(bot, "Tue 17 Nov 2026 08:32")
    assert bot.states("reminder")[0] == "dropped moved"
    tick(bot, "Wed 18 Nov 2026 08:30")
    assert [k.destination for k in bot.chat.messages] == ["U-NEW"]


def test_an_area_that_never_works_is_said_to_administrators_and_stops_no_other(bot: Scene) -> None:
    every = tuple(date(2026, 9, 1) + timedelta(days=n) for n in range(200))
    bot.ours = with_hours("south", QuietHours(bot.ours.quiet_hours.start, bot.ours.quiet_hours.end, extra_closed=every))
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), back(2, "Mon 16 Nov 2026 09:00", "south"))
    tick(bot, "Tue 17 Nov 2026 08:30")
    assert [k.destination for k in bot.chat.messages] == [WORKER]
    assert bot.alarms() == [
        "Nobody is reminded in South: the partnership's quiet hours leave no working day in two months."
    ]


def test_eight_have_buttons_and_the_others_are_one_command_away(bot: Scene) -> None:
    many = [back(n, f"Mon 16 Nov 2026 09:{n:02}") for n in range(1, 12)]
    bot.put(*many, taken_at=at("Tue 17 Nov 2026 06:00"))
    tick(bot, "Tue 17 Nov 2026 08:30")
    (kept,) = bot.chat.messages
    assert kept.message.reply.title == "Good morning. 11 interviews need you."
    last = rows(kept.message.reply)[8]
    assert (last, last.buttons) == ("3 more", (Button("Show all", "interviews mine"),))
    assert len(kept.message.reply.pressable) == 8 * 5 + 1
    assert all(told(bot, x) == [("offer", WORKER)] for x in many)  # they were counted, and are one command away


def test_a_child_who_came_back_twice_has_a_line_and_buttons_for_each(bot: Scene) -> None:
    first, second = back(1, "Mon 16 Nov 2026 09:00"), back(1, "Mon 16 Nov 2026 15:00")
    bot.put(first, second, taken_at=at("Tue 17 Nov 2026 06:00"))
    tick(bot, "Tue 17 Nov 2026 08:30")
    (kept,) = bot.chat.messages
    assert [("one interview for both?" in line) for line in lines(kept)] == [True, True]
    whys = [b.command for row in rows(kept.message.reply) for b in row.buttons if b.label == "Why"]
    assert whys == [f"interview {REF[1]} #{x.id} why" for x in (first, second)]
    said(bot, first, "merged", to=str(second.id))
    tick(bot, "Wed 18 Nov 2026 08:30")
    assert not any("one interview for both?" in line for line in lines(bot.chat.to(WORKER)[-1]))


def test_while_the_child_is_missing_again_nothing_is_said_and_who_died_is_never_named(bot: Scene) -> None:
    gone = episode(1, at("Mon 16 Nov 2026 18:00"), birth=None)
    died = replace(episode(2, at("Sun 15 Nov 2026 18:00"), at("Mon 16 Nov 2026 20:00"), birth=None), end_reason="died")
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), gone, back(2, "Sun 15 Nov 2026 09:00"), died)
    tick(bot, "Tue 17 Nov 2026 08:30")
    tick(bot, "Fri 20 Nov 2026 08:30")
    assert bot.ledger() == []


@pytest.mark.parametrize("seed", [1, 2])
def test_a_fortnight_of_faults_says_each_step_once_and_loses_none(bot: Scene, seed: int) -> None:
    """Two replicas, odd hours, a chat that refuses, forgets and puts off: every line that arrived is one row, no
    person is told of a step twice or has two messages of one tick, and each breach is said by the end of its next
    undisturbed working day.
    """
    dice = random.Random(seed)
    fates: list[Outcome | str] = ["taken", Unknown("timeout"), Later(90), PostRefused("busy")]
    first = at("Mon 16 Nov 2026 00:00")
    found = [
        episode(
            n,
            first - hours(10),
            first + hours(17 * n % 190),
            birth=None,
            area=(area := ("north", "south", "central")[n % 3]),
            interview=interview(first + hours(17 * n % 190), worker=WORKERS.get(area)),
        )
        for n in range(1, 10)
    ]
    bot.ours = changed(escalations=())
    bot.put(*found, taken_at=first)
    bot.now = first
    while bot.now < first + timedelta(days=13):
        bot.now += timedelta(minutes=dice.randrange(20, 150))
        if dice.random() < 0.4:
            bot.chat.fates.append(dice.choice(fates))
        before = len(bot.chat.messages)
        bot.tick(reminders.JOB, name=dice.choice("ab"))
        assert max(Counter(k.destination for k in bot.chat.messages[before:]).values(), default=0) <= 1
    bot.chat.fates.clear()
    for day in ("Mon 30 Nov 2026", "Tue 01 Dec 2026"):
        for time in ("08:30", "08:35", "12:00"):
            tick(bot, f"{day} {time}")
    arrived = Counter(k.message.marker for k in bot.chat.messages)
    with reading(bot.database) as connection:
        rows = connection.execute(select(nudge.c.delivery_id, nudge.c.episode_id)).all()
    sent = {d.id: d for d in bot.ledger() if d.state == "sent"}
    assert set(arrived.values()) == {1}
    assert {d.marker for d in sent.values()} == set(arrived)
    by_message = Counter(delivery_id for delivery_id, _ in rows)
    numbers = {d.marker: d.id for d in sent.values()}
    for kept in bot.chat.messages:
        listed = int(re.findall(r"\d+", kept.message.reply.title)[0])
        assert listed == by_message[numbers[kept.message.marker]]
    for x in found:
        said_to = told(bot, x)
        assert len(said_to) == len(set(said_to))
        assert x.interview.clock_start_at
        if interview_due(x.interview.clock_start_at) < at("Sun 29 Nov 2026 00:00"):
            assert ("overdue 2026-12-01", "coordinator") in said_to
    calendar = bot.ours.calendar("north")
    assert all(d.sent_at and (calendar.speaks(d.sent_at) or calendar.duty_speaks(d.sent_at)) for d in sent.values())


def test_planning_and_composing_read_what_is_open_and_not_history(sqlite_url: str) -> None:
    walks: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            walks.extend(line for *_, line in plan if re.search(r"SCAN (episode|child|nudge|step|delivery)\b", line))

    with scene(sqlite_url) as bot:
        bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))
        bot.now = at("Tue 17 Nov 2026 08:30")
        reminders.plan(bot.run(), bot.now)
        (planned,) = bot.ledger("reminder")
        event.listen(bot.database, "before_cursor_execute", explain)
        reminders.plan(bot.run(), bot.now)
        assert isinstance(reminders.compose(bot.run(), planned, bot.now), Ready)
        event.remove(bot.database, "before_cursor_execute", explain)
    assert walks == []


def test_outside_the_hours_of_work_and_of_duty_no_interview_is_read(sqlite_url: str) -> None:
    read: list[str] = []
    with scene(sqlite_url) as bot:
        bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Mon 16 Nov 2026 06:00"))
        event.listen(bot.database, "before_cursor_execute", lambda c, cursor, statement, *_: read.append(statement))
        reminders.plan(bot.run(), at("Sat 21 Nov 2026 23:00"))
    assert read
    assert not any(re.search(r"FROM (episode|step|nudge)\b", statement) for statement in read)
    assert not any(statement.startswith(("INSERT", "UPDATE", "BEGIN IMMEDIATE")) for statement in read)
