"""drill: who may acknowledge a test call, what administrators read, and that a drill is never taken for a call."""

from __future__ import annotations

from datetime import timedelta

from bot.conversation.command import PRIVATE, Request
from bot.conversation.reply import Reply
from bot.rules.access.permissions import Away
from bot.rules.effects import AcknowledgeDrill, NotifyRole
from bot.rules.escalations.drill import DrillCall
from bot.rules.time.clock import local_day
from tests.support.asking import desk
from tests.support.factories import NOW, person
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

BEGUN = NOW - timedelta(minutes=7)
POLICE = DrillCall(1, "2017-07", "police", "duty_inspector", "police", BEGUN, NOW + timedelta(minutes=23))
COUNCIL = DrillCall(2, "2017-07", "council", "duty_team_manager", "north-manager", BEGUN, NOW + timedelta(minutes=23))


def asked(text: str, who: str, *calls: DrillCall, gone: tuple[Away, ...] = ()) -> tuple[Reply, MemoryTrail]:
    trail = MemoryTrail(work=MemoryWork(drilled=list(calls or (POLICE, COUNCIL)), gone=list(gone)))
    return desk(MemoryFacts(trail=trail)).answer(Request(person(who), PRIVATE, text, NOW)), trail


def effects(trail: MemoryTrail) -> list[object]:
    return [e for e in trail.effects if isinstance(e, AcknowledgeDrill | NotifyRole)]


def test_the_person_called_acknowledges_and_administrators_read_the_minutes() -> None:
    reply, trail = asked("drill 1 acknowledge", "police")
    said = "DRILL: police (duty inspector) acknowledged the test call of July 2017 after 7 minutes."
    assert reply.text == (said,)
    assert effects(trail) == [AcknowledgeDrill(1, "police", NOW), NotifyRole("system_admin", "drill", said, NOW)]


def test_nobody_else_acknowledges_it_and_a_cover_of_the_agency_does() -> None:
    for who in ("police-lead", "lead", "admin", "north-worker"):
        reply, trail = asked("drill 1 acknowledge", who)
        assert effects(trail) == []
        assert "There is no DRILL with that number that called you." in " ".join((reply.title, *reply.text))
    today = local_day(NOW)
    for who, done in (("police-lead", True), ("lead", False)):
        _, trail = asked("drill 1 acknowledge", who, gone=(Away("police", today, today, who),))
        assert bool(effects(trail)) is done


def test_a_second_acknowledgement_is_refused_with_the_first() -> None:
    reply, trail = asked("drill 1 acknowledge", "police", POLICE.acknowledge("police", NOW))
    assert reply.status == "refused"
    assert "after 7 minutes" in reply.text[0]
    assert effects(trail) == []


def test_administrators_see_every_drill_and_people_their_own() -> None:
    done = POLICE.acknowledge("police", NOW)
    reply, _ = asked("drill", "admin", done, COUNCIL)
    (table,) = reply.tables
    assert table.rows == (
        ("July 2017, police", "police as duty inspector, Wed 5 Jul 07:53", 7),
        ("July 2017, council", "north-manager as duty team manager, Wed 5 Jul 07:53", "not acknowledged"),
    )
    assert reply.text == ("DRILLS: 1 of 2 test calls acknowledged in time.",)
    (own,) = asked("drill", "north-manager", done, COUNCIL)[0].tables
    assert [row[0] for row in own.rows] == ["July 2017, council"]
    late = COUNCIL.acknowledge("lead", COUNCIL.acknowledge_by + timedelta(minutes=1))
    assert asked("drill", "admin", late)[0].tables[0].rows[0][2] == "31, late"
    assert asked("drill", "north-worker", done, COUNCIL)[0].tables == ()


def test_words_that_are_no_number_are_asked_for() -> None:
    reply, trail = asked("drill maybe", "police")
    assert "Give the number of the DRILL" in " ".join((reply.title, *reply.text))
    assert effects(trail) == []
