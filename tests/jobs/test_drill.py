"""The monthly drill: one test call an agency and month, clearly a drill, measured, and in nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.conversation.outbound import DRILL
from bot.jobs import drill, wake
from bot.jobs.delivery import tick
from bot.messages import drill_message
from bot.rules.effects import AcknowledgeDrill, Overtaken, RecordAbsence
from bot.rules.escalations.drill import DrillCall
from bot.rules.partnership.partnership import Drill, Wake
from bot.store.database import reading
from bot.store.delivery import drills
from bot.store.schema.delivery import escalation
from tests.jobs.test_wake import Phones
from tests.support.factories import at
from tests.support.job_scene import Scene

#: The 1st of July 2017 is a Saturday.
DUE = at("Mon 3 Jul 2017 10:00")


@pytest.fixture
def month(bot: Scene) -> Scene:
    bot.ours = replace(bot.ours, drill=Drill("duty_inspector", "duty_team_manager"))
    bot.now = at("Sat 1 Jul 2017 09:59")
    return bot


def called(bot: Scene) -> list[DrillCall]:
    with reading(bot.database) as connection:
        return list(drills.find(connection))


def until(bot: Scene, end: datetime, **every: float) -> None:
    while bot.now < end:
        bot.tick(drill.JOB)
        bot.wait(**every)


def test_each_agency_gets_one_test_call_on_the_first_working_day(month: Scene) -> None:
    until(month, DUE, minutes=30)
    assert called(month) == []
    until(month, at("Tue 1 Aug 2017 10:00"), hours=1)
    assert [(c.month, c.agency, c.person) for c in called(month)] == [
        ("2017-07", "council", "north-manager"),
        ("2017-07", "police", "police"),
    ]
    assert all(DUE <= c.called_at < DUE + timedelta(hours=1) for c in called(month))
    until(month, at("Sat 5 Aug 2017 10:00"), hours=1)
    assert [c.month for c in called(month)] == ["2017-08", "2017-08", "2017-07", "2017-07"]


def test_two_replicas_call_once(month: Scene) -> None:
    month.now = DUE
    for name in ("a", "b", "a", "b"):
        month.tick(drill.JOB, name=name)
    assert len(called(month)) == 2
    assert [k.destination for k in month.chat.messages] == ["police", "north-manager"]


def test_three_replicas_at_one_moment_call_once(month: Scene) -> None:
    month.now = DUE
    with ThreadPoolExecutor(3) as replicas:
        for _ in range(3):
            list(replicas.map(lambda name: month.tick(drill.JOB, name=name), ("a", "b", "c")))
            month.wait(minutes=31)
    assert sorted(c.person for c in called(month)) == ["north-manager", "police"]
    assert sorted(k.destination for k in month.chat.messages) == ["north-manager", "police"]
    assert len(month.alarms()) == 2, "each is told once that it was not acknowledged"


def test_every_line_and_button_says_that_it_is_a_drill(month: Scene) -> None:
    month.now = DUE
    month.tick(drill.JOB)
    for kept in month.chat.messages:
        reply = kept.message.reply
        (button,) = reply.buttons
        assert all("DRILL" in words for words in (reply.title, *reply.text, *reply.footer, button.label))
        assert "No more is asked" in kept.text


def test_the_acknowledgement_is_measured_and_the_message_settled(month: Scene) -> None:
    month.now = DUE
    month.tick(drill.JOB)
    number = next(c.id for c in called(month) if c.agency == "police")
    month.wait(minutes=3, seconds=10)
    month.say(AcknowledgeDrill(number, "police", month.now))
    with pytest.raises(Overtaken, match="DRILL: police acknowledged"):
        month.say(AcknowledgeDrill(number, "police-lead", month.now))
    month.tick(drill.JOB)
    done = next(c for c in called(month) if c.agency == "police")
    assert (done.minutes, done.in_time) == (4, True)
    assert "over" in month.chat.to("police")[0].message.reply.title
    month.now = DUE + timedelta(minutes=31)
    month.tick(drill.JOB)
    month.tick(drill.JOB, name="b")
    assert month.alarms() == [
        "DRILL: council (duty team manager) did not acknowledge the test call of July 2017. A real call would not have "
        "been seen either: find out why."
    ]


def test_where_nobody_can_be_called_administrators_are_told(month: Scene) -> None:
    month.now = DUE
    month.say(RecordAbsence("police", DUE.date(), DUE.date(), "", "police", DUE))
    month.tick(drill.JOB)
    assert [(c.agency, c.person) for c in called(month)] == [("council", "north-manager"), ("police", "")]
    month.now = DUE + timedelta(minutes=31)
    month.tick(drill.JOB)
    assert any("could not be called" in text for text in month.alarms())


def test_after_an_outage_it_begins_in_working_hours_and_is_left_out_after_a_week(month: Scene) -> None:
    month.now = at("Mon 3 Jul 2017 19:00")
    until(month, at("Tue 4 Jul 2017 09:00"), minutes=30)
    assert {c.called_at for c in called(month)} == {at("Tue 4 Jul 2017 08:00")}


def test_a_drill_of_last_month_is_not_made_up_for(month: Scene) -> None:
    month.now = at("Mon 10 Jul 2017 10:00")
    month.tick(drill.JOB)
    assert called(month) == []


def test_without_the_section_there_is_none(month: Scene) -> None:
    month.ours, month.now = replace(month.ours, drill=None), DUE
    month.tick(drill.JOB)
    assert (called(month), month.chat.messages) == ([], [])


def test_it_goes_by_sms_too_and_is_a_drill_there_and_wakes_nobody_as_a_call(month: Scene) -> None:
    phones = Phones("sms", can_tell=False, repeat_harmless=True)
    month.ours, month.now = replace(month.ours, wake=Wake(("special",))), DUE
    for _ in range(20):
        run = month.run()
        tick(replace(run, platforms={**run.platforms, "sms": phones}), (drill.JOB, wake.JOB), DUE)
        month.wait(minutes=1)
    assert [k.destination for k in phones.messages] == ["police", "north-manager"]
    assert {k.message.preview for k in phones.messages} == {DRILL}
    assert month.states("wake") == []
    with reading(month.database) as connection:
        assert connection.execute(select(escalation.c.id)).first() is None


def test_words_of_an_acknowledgement_that_came_late() -> None:
    call = DrillCall(1, "2026-12", "police", "duty_inspector", "po-7", DUE, DUE + timedelta(minutes=30))
    assert drill_message.outcome(call.acknowledge("po-7", DUE + timedelta(minutes=31))) == (
        "DRILL: police (duty inspector) acknowledged the test call of December 2026 after 31 minutes, later than asked "
        "(10:30)."
    )
