"""Reminders that nobody planned are noticed; those that somebody did, or that are not due yet, never are."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from bot.conversation.outbound import Later, PostRefused
from bot.jobs import auditor, reminders
from bot.rules.effects import RecordAbsence, RecordStep
from bot.store.database import writing
from bot.store.schema.access import person
from tests.support.auditing import back, idle, marks, meanwhile, watched
from tests.support.factories import at
from tests.support.job_scene import Scene, scene
from tests.support.memory_platform import PRIVATE_CHANNEL

IDLE = idle(reminders.JOB)
NEVER = "Reminders of interviews were due and never planned: look at the bot's log, and at interviews."


def test_a_job_that_plans_nothing_is_noticed_when_it_was_given_its_time(bot: Scene) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), back(2, "Mon 16 Nov 2026 09:10"), taken_at=at("Tue 17 Nov 2026 06:00"))
    assert watched(bot, "Tue 17 Nov 2026 08:00", "Tue 17 Nov 2026 08:45", IDLE) == []
    told = watched(bot, "Tue 17 Nov 2026 09:00", "Tue 17 Nov 2026 09:00", IDLE)
    assert told == [f"{NEVER} 2 so far, the first found Tue 17 Nov 08:30."]


def test_it_is_told_once_a_day_however_many_come_after(bot: Scene) -> None:
    bot.put(*(back(n, f"Mon 16 Nov 2026 {8 + n}:00") for n in range(1, 9)), taken_at=at("Tue 17 Nov 2026 06:00"))
    told = watched(bot, "Tue 17 Nov 2026 08:00", "Wed 18 Nov 2026 08:45", IDLE)
    assert len(told) == 1
    assert len(watched(bot, "Wed 18 Nov 2026 09:00", "Wed 18 Nov 2026 09:30", IDLE)) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the auditor's reading is below, on both
def test_a_job_that_works_is_never_noticed(bot: Scene) -> None:
    areas = ("north", "south", "disability")
    bot.put(
        *(back(n, f"{day} Nov 2026 {hour:02}:20", areas[n % 3]) for n, (day, hour) in enumerate(RETURNS)),
        taken_at=at("Thu 12 Nov 2026 06:00"),
    )
    assert watched(bot, "Thu 12 Nov 2026 07:30", "Tue 17 Nov 2026 18:30", reminders.JOB) == []
    assert len(bot.ledger()) > 20, "there was something to plan"


RETURNS = [(day, hour) for day in ("Mon 9", "Tue 10", "Wed 11", "Thu 12", "Sat 14") for hour in (3, 9, 16, 22)]


def test_no_alarm_has_a_reference_or_a_name_in_it_and_nor_has_what_is_noted(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 09:00")
    bot.put(x, taken_at=at("Tue 17 Nov 2026 06:00"))
    (told,) = watched(bot, "Tue 17 Nov 2026 08:00", "Tue 17 Nov 2026 09:00", IDLE)
    ((kind, mark),) = marks(bot)
    assert (kind, re.fullmatch("[0-9a-f]{64}", mark) is not None) == ("reminder", True)
    assert [word for word in (x.child_ref, "north", "worker", f"{x.id}|") if word in told + mark] == []


def test_what_is_done_after_all_is_forgotten(bot: Scene) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))
    watched(bot, "Tue 17 Nov 2026 08:00", "Tue 17 Nov 2026 08:45", IDLE)
    assert len(marks(bot)) == 1
    assert watched(bot, "Tue 17 Nov 2026 09:00", "Tue 17 Nov 2026 12:00", reminders.JOB) == []
    assert marks(bot) == []


def test_before_the_message_of_the_day_nothing_is_owed(bot: Scene) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Mon 16 Nov 2026 10:00"))
    assert watched(bot, "Mon 16 Nov 2026 10:00", "Tue 17 Nov 2026 08:15", IDLE) == []
    assert marks(bot) == []


def test_an_urgent_step_that_nobody_planned_is_noticed_beside_a_message_that_was_sent(bot: Scene) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 16:00"), taken_at=at("Thu 19 Nov 2026 06:00"))
    assert watched(bot, "Thu 19 Nov 2026 08:00", "Thu 19 Nov 2026 09:45", reminders.JOB) == []
    assert watched(bot, "Thu 19 Nov 2026 10:00", "Thu 19 Nov 2026 10:15", IDLE) == []
    (told,) = watched(bot, "Thu 19 Nov 2026 10:30", "Thu 19 Nov 2026 10:30", IDLE)
    assert told == f"{NEVER} 2 so far, the first found Thu 19 Nov 10:00."  # the worker's, and the manager's


def test_what_was_refused_put_off_or_held_is_told_as_such_and_not_as_never_planned(bot: Scene) -> None:
    days = ("Tue 17", "Wed 18", "Thu 19")
    bot.put(*(back(n, f"Mon 16 Nov 2026 0{n}:00") for n in (7, 8, 9)), taken_at=at("Tue 17 Nov 2026 06:00"))
    bot.chat.fates = [*[PostRefused("account_inactive")] * 9, *[Later(36_000)] * 5]
    for day in days:
        assert watched(bot, f"{day} Nov 2026 08:00", f"{day} Nov 2026 12:00", reminders.JOB) == []
        bot.chat.describes["north-worker"] = PRIVATE_CHANNEL  # not alone there: held
    assert any("account_inactive" in text for text in bot.alarms())
    assert {d.reason for d in bot.ledger()} >= {"refused", "privacy"}


@pytest.mark.parametrize("cover", ["", "north-manager"])
def test_whoever_stands_in_is_owed_it(bot: Scene, cover: str) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))
    bot.now = at("Mon 16 Nov 2026 17:00")
    bot.say(RecordAbsence("north-worker", date(2026, 11, 17), date(2026, 11, 20), cover, "north-worker", bot.now))
    assert watched(bot, "Tue 17 Nov 2026 08:00", "Tue 17 Nov 2026 11:00", reminders.JOB) == []
    assert {k.destination for k in bot.chat.messages} == {cover or "coordinator"}
    assert len(watched(bot, "Wed 18 Nov 2026 08:00", "Wed 18 Nov 2026 09:30", IDLE)) == 1


def test_nobody_is_owed_what_nobody_can_be_told(bot: Scene) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))
    with writing(bot.database) as connection:
        connection.execute(update(person).where(person.c.id.in_(("north-worker", "coordinator"))).values(active=False))
    assert watched(bot, "Tue 17 Nov 2026 08:00", "Tue 17 Nov 2026 10:00", reminders.JOB) == []
    assert any("so nobody is reminded there" in text for text in bot.alarms())


def test_nothing_is_found_outside_working_hours_and_the_patience_begins_anew_after_them(bot: Scene) -> None:
    bot.put(back(1, "Tue 17 Nov 2026 18:00"), taken_at=at("Wed 18 Nov 2026 06:00"))
    watched(bot, "Thu 19 Nov 2026 09:00", "Thu 19 Nov 2026 09:00", reminders.JOB)
    assert watched(bot, "Fri 20 Nov 2026 18:00", "Mon 23 Nov 2026 07:45", IDLE) == []
    assert marks(bot) == []
    assert len(watched(bot, "Mon 23 Nov 2026 08:00", "Mon 23 Nov 2026 09:00", IDLE)) == 1


def test_what_becomes_known_after_all_was_planned_is_given_its_time(bot: Scene) -> None:
    def imported() -> None:
        if bot.now == at("Thu 19 Nov 2026 10:15"):
            bot.put(back(1, "Mon 16 Nov 2026 11:00"))

    jobs = (reminders.JOB, meanwhile(imported))
    assert watched(bot, "Thu 19 Nov 2026 08:00", "Thu 19 Nov 2026 10:15", *jobs) == []
    assert marks(bot), "seen before it could be planned"
    assert watched(bot, "Thu 19 Nov 2026 10:16", "Thu 19 Nov 2026 13:00", *jobs, every=timedelta(minutes=1)) == []
    assert bot.states() == ["sent"] * len(bot.ledger())


def test_an_import_of_what_was_due_long_ago_is_no_alarm_before_the_patience_is_over(bot: Scene) -> None:
    bot.tick()
    bot.now = at("Thu 19 Nov 2026 10:10")
    bot.put(back(1, "Mon 16 Nov 2026 11:00"))
    assert watched(bot, "Thu 19 Nov 2026 10:10", "Thu 19 Nov 2026 10:40", IDLE, every=timedelta(minutes=1)) == []
    assert len(watched(bot, "Thu 19 Nov 2026 10:41", "Thu 19 Nov 2026 10:46", IDLE, every=timedelta(minutes=1))) == 1


def test_a_step_said_just_now_is_no_alarm(bot: Scene) -> None:
    x = back(1, "Mon 16 Nov 2026 11:00")
    bot.put(x, taken_at=at("Thu 19 Nov 2026 06:00"))
    bot.now = at("Mon 16 Nov 2026 12:00")
    bot.say(RecordStep(x.id, 0, "not_possible", bot.now, bot.now, "north-worker", detail="refused"))
    assert watched(bot, "Thu 19 Nov 2026 08:00", "Thu 19 Nov 2026 10:00", IDLE) == []
    with bot.run().facts() as facts:
        (held,) = facts.work.steps([x.id])[x.id]
    bot.say(RecordStep(x.id, held.id, "undone", bot.now, bot.now, "north-worker", undoes=held.id))
    assert watched(bot, "Thu 19 Nov 2026 10:15", "Thu 19 Nov 2026 10:30", IDLE) == []
    assert len(watched(bot, "Thu 19 Nov 2026 10:45", "Thu 19 Nov 2026 10:45", IDLE)) == 1


def test_after_a_first_start_and_after_an_outage_the_patience_begins_anew(bot: Scene) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))
    assert watched(bot, "Tue 17 Nov 2026 11:00", "Tue 17 Nov 2026 11:30", IDLE) == []
    assert watched(bot, "Tue 17 Nov 2026 14:00", "Tue 17 Nov 2026 14:15", IDLE) == []
    assert len(watched(bot, "Tue 17 Nov 2026 14:30", "Tue 17 Nov 2026 14:30", IDLE)) == 1


def test_two_replicas_tell_it_once(bot: Scene) -> None:
    bot.put(back(1, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))
    for words in ("08:20", "08:30", "08:45", "09:00", "09:15"):
        bot.now = at(f"Tue 17 Nov 2026 {words}")
        for name in ("a", "b"):
            bot.tick(IDLE, auditor.JOB, name=name)
    assert len(bot.alarms()) == len(marks(bot)) == 1


def test_interviews_are_read_on_the_first_tick_of_a_quarter_alone_and_history_never(sqlite_url: str) -> None:
    asked: list[str] = []
    walks: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append(statement)
        if statement.startswith("SELECT"):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            walks.extend(line for *_, line in plan if re.search(r"SCAN (episode|child|nudge|step|escalation)\b", line))

    with scene(sqlite_url) as bot:
        past = [back(n, f"Mon {n % 28 + 1} Jun 2026 09:00") for n in (0, 7, 14, 21)]
        bot.put(*past, back(40, "Mon 16 Nov 2026 09:00"), taken_at=at("Tue 17 Nov 2026 06:00"))
        bot.now = at("Tue 17 Nov 2026 08:31")
        bot.tick()
        event.listen(bot.database, "before_cursor_execute", explain)
        auditor.tend(bot.run(), at("Tue 17 Nov 2026 08:44"))
        quiet = list(asked)
        auditor.tend(bot.run(), at("Tue 17 Nov 2026 08:45"))
        event.remove(bot.database, "before_cursor_execute", explain)
    assert [s for s in quiet if re.search(r"FROM (episode|step|nudge|escalation)\b", s)] == []
    assert any(re.search(r"FROM episode\b", s) for s in asked)
    assert walks == []
