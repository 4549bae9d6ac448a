"""escalations: calls by area, and their acknowledgement, by each agency for its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply
from bot.rules.access.permissions import Away
from bot.rules.effects import Acknowledge
from bot.rules.escalations.calls import Raised
from bot.rules.partnership.partnership import Person
from tests.support.asking import COUNTS, REFERENCES, column, desk, everything, offered, rows
from tests.support.factories import NOW, episode, hours, person, reference
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

Answer = Callable[..., Reply]
LIST = "Not acknowledged first"
NORTH, SOUTH, DEAD = episode(1, NOW - hours(26)), episode(2, NOW - hours(30), area="south"), episode(3)
FACTS = MemoryFacts([NORTH, SOUTH, replace(DEAD, end_reason="died")])


def raised(number: int, agency: str, person_id: str, of: int = NORTH.id, **changes: object) -> Raised:
    role = {"police": "missing_person_coordinator", "council": "head_of_service"}[agency]
    made = Raised(number, "open", of, agency, 1, role, person_id, NOW - hours(1), NOW + hours(1))
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def work() -> MemoryWork:
    """The north child: both agencies called. The south child: council acknowledged, police vacant. A child who died."""
    done = {"acknowledged_at": NOW - hours(0.5), "acknowledged_by": "lead"}
    return MemoryWork(
        raised=[
            raised(1, "police", "police"),
            raised(2, "council", "lead"),
            raised(3, "police", "", SOUTH.id, next_raised=True, role="detective_lead"),
            raised(4, "council", "lead", SOUTH.id, **done),
            raised(5, "police", "police", DEAD.id),
            raised(6, "police", "police", closed_at=NOW, crossing=2),
        ]
    )


@pytest.fixture
def asked(work: MemoryWork) -> Answer:
    facts = replace(FACTS, trail=MemoryTrail(work=work))

    def answer(text: str = "escalations", who: str | Person = "lead", place: Place = PRIVATE) -> Reply:
        actor = person(who) if isinstance(who, str) else who
        return desk(facts).answer(Request(actor, place, text, NOW))

    answer.trail = facts.trail  # type: ignore[attr-defined]
    return answer


def test_the_list_has_a_row_a_child_and_says_how_each_agency_stands(asked: Answer) -> None:
    reply = asked()
    assert (reply.title, reply.level) == ("Escalations, Whole county: 2 of 2 children not acknowledged", 2)
    assert reply.text[0] == f"⚠ Nobody could be called for: {reference(2)}."
    assert column(reply, LIST, "Child") == [f"{reference(1)}, north", f"{reference(2)}, south"]
    assert column(reply, LIST, "Police") == [
        "missing person coordinator, not yet, next 09:00",
        "nobody could be called as detective lead of police",
    ]
    assert column(reply, LIST, "Council") == [
        "head of service, not yet, next 09:00",
        "head of service, acknowledged 07:30",
    ]
    assert reference(3) not in everything(reply), "the child has died"


def test_the_rules_of_a_child_are_one_row_and_what_waits_hides_what_was_acknowledged(
    asked: Answer, work: MemoryWork
) -> None:
    work.raised.append(raised(8, "council", "lead", SOUTH.id, rule="repeat", at=NOW))
    reply = asked()
    assert column(reply, LIST, "Child") == [f"{reference(1)}, north", f"{reference(2)}, south"]
    assert column(reply, LIST, "Council") == ["head of service, not yet, next 09:00"] * 2


def test_a_child_without_a_grade_stands_before_others_and_those_acknowledged_come_last(work: MemoryWork) -> None:
    high, none, done = (
        episode(11, NOW, grade="high", graded_at=NOW),
        episode(12, NOW, grade=None),
        episode(13, NOW, grade=None),
    )
    work.raised = [raised(n, "police", "police", x.id) for n, x in enumerate((NORTH, high, none, done), 1)]
    work.raised[3] = replace(work.raised[3], acknowledged_at=NOW, acknowledged_by="police")
    facts = replace(MemoryFacts([NORTH, high, none, done]), trail=MemoryTrail(work=work))
    reply = desk(facts).answer(Request(person("lead"), PRIVATE, "escalations", NOW))
    assert [c.split(",")[0] for c in map(str, column(reply, LIST, "Child"))] == [reference(n) for n in (12, 11, 1, 13)]


def test_what_waits_for_the_reader_is_first_with_a_button_and_of_others_are_words_alone(asked: Answer) -> None:
    reply = asked()
    assert reply.text[1:] == (
        "Waiting for you: 1",
        f"🔔 {reference(1)} · north · Missing for 24 hours · by 09:00",
    )
    (button,) = rows(reply)[0].buttons
    assert (button.label, button.command, button.primary) == ("Acknowledge", "escalations 2 acknowledge", True)
    assert asked(place=REFERENCES).pressable == (), "in a channel others read it too"
    assert asked(place=REFERENCES).text == reply.text[:1]


def test_a_button_stays_beside_its_line_where_the_words_were_read_in_other_words(asked: Answer) -> None:
    reply = asked("who was called")
    (row,) = rows(reply)
    assert (row.subject, len(row.buttons)) == (reference(1), 1)


def test_the_rules_of_one_message_are_one_line(asked: Answer, work: MemoryWork) -> None:
    work.raised.append(raised(9, "council", "lead", rule="repeat", named_in=2))
    reply = asked()
    assert reply.text[1] == "Waiting for you: 1"
    assert "Missing for 24 hours · 3 in 90 days · by 09:00" in reply.text[2]
    assert offered(reply) == ["escalations 2 acknowledge"]


def test_a_call_that_was_passed_on_can_still_be_acknowledged(asked: Answer, work: MemoryWork) -> None:
    work.raised[1] = replace(work.raised[1], next_raised=True)
    work.raised.append(raised(7, "council", "north-manager", tier=2, role="assistant_director"))
    assert asked().text[2].endswith("· passed on to assistant director at 07:00")
    assert offered(asked()) == offered(asked(who="north-manager")) == ["escalations 7 acknowledge"]
    assert asked("escalations 7 acknowledge").status == "ok"


def test_of_many_the_first_have_buttons_and_the_rest_is_counted(asked: Answer, work: MemoryWork) -> None:
    work.raised += [raised(n, "council", "lead", SOUTH.id, crossing=n) for n in range(10, 20)]
    reply = asked()
    assert reply.text[1] == "Waiting for you: 11"
    assert [len(row.buttons) for row in rows(reply)] == [1] * 8
    assert reply.text[-1] == "… and 3 more, when these are acknowledged"


def test_in_a_channel_people_are_said_by_role(asked: Answer) -> None:
    reply = asked(place=REFERENCES)
    assert reply.level == 1
    assert column(reply, LIST, "Police")[0] == "missing person coordinator, not yet, next 09:00"
    assert not any("(" in str(cell) for cell in column(reply, LIST, "Council")), "numbers are for private"
    assert asked(place=COUNTS).status == "refused"


def test_the_areas_somebody_may_see(asked: Answer) -> None:
    assert column(asked(who="south-worker"), LIST, "Child") == [f"{reference(2)}, south"]
    assert column(asked("escalations north"), LIST, "Child") == [f"{reference(1)}, north"]
    assert asked("escalations south", "north-manager").status == "refused"
    assert asked(who="analyst").status == "refused"
    assert asked(who="admin").status == "refused"


def test_nobody_called_is_said_and_so_is_a_rule_that_called_nobody(asked: Answer, work: MemoryWork) -> None:
    assert not any("nobody has been called yet" in line for line in asked().text)
    work.raised.clear()
    refs = f"{reference(2)}, {reference(1)}"
    assert asked().text == (
        f"⚠ Rules are met for which nobody has been called yet: {refs}.",
        "Nobody is called for anything that is still open.",
    )
    assert asked("escalations central").text == ("Nobody is called for anything that is still open.",)


def test_buttons_for_what_one_may_acknowledge(asked: Answer) -> None:
    assert offered(asked()) == ["escalations 2 acknowledge"]
    vacant = asked(who="police")
    assert offered(vacant) == ["escalations 1 acknowledge", "escalations 3 acknowledge"], "for 3 nobody could be called"
    assert offered(asked(who="north-manager")) == [], "the call of another is acknowledged by typing alone"
    assert offered(asked(who="north-worker")) == []


def test_the_number_of_anothers_call_is_there_for_whoever_may_acknowledge_it(asked: Answer) -> None:
    reply = asked(who="north-manager")
    assert column(reply, LIST, "Council")[0] == "head of service, not yet, next 09:00 (2)"
    assert column(reply, LIST, "Police")[0] == "missing person coordinator, not yet, next 09:00", "of the other agency"
    assert any("escalations NUMBER acknowledge" in line for line in reply.footer)
    assert not any("NUMBER" in line for line in asked(who="north-worker").footer)


@pytest.mark.parametrize("typed", ["1 acknowledge", "#1 Acknowledged.", "1: ack", "1 ACK!"])
def test_whoever_is_called_acknowledges(asked: Answer, work: MemoryWork, typed: str) -> None:
    reply = asked(f"escalations {typed}", "police")
    assert (reply.title, reply.text) == (
        f"{reference(1)}: acknowledged",
        ("Acknowledged for police at 08:00: Missing for 24 hours. Nobody else of police is called for it.",),
    )
    assert (work.raised[0].acknowledged_by, work.raised[0].acknowledged_at) == ("police", NOW)
    entry = asked.trail.entries[-1]  # type: ignore[attr-defined]
    assert (entry.action, entry.subject, entry.outcome) == ("acknowledge", reference(1), "answered")


def test_it_says_that_a_decision_is_asked_for(asked: Answer, work: MemoryWork) -> None:
    work.raised[0] = replace(work.raised[0], decide_by=NOW + hours(100))
    assert asked("escalations 1 ack", "police").text[1] == (
        f"A strategy decision is asked for: strategy {reference(1)} considered."
    )


def test_the_second_learns_who_was_first_and_when(asked: Answer, work: MemoryWork) -> None:
    asked("escalations 2 acknowledge")
    reply = asked("escalations 2 acknowledge")
    assert (reply.title, reply.text) == ("Not done", ("lead acknowledged this on Wed 5 Jul 08:00.",))
    assert asked("escalations 4 acknowledge").text == ("lead acknowledged this on Wed 5 Jul 07:30.",)


def test_a_tier_acknowledged_is_the_call_acknowledged(asked: Answer, work: MemoryWork) -> None:
    work.raised.append(raised(7, "council", "north-manager", tier=2))
    asked("escalations 7 acknowledge", "north-manager")
    assert work.raised[1].closed_because == "acknowledged"
    assert asked("escalations 2 acknowledge").text[0].startswith("north-manager acknowledged this on")
    assert column(asked(), LIST, "Council")[0] == "head of service, acknowledged 08:00"


def test_each_agency_its_own(asked: Answer, work: MemoryWork) -> None:
    assert asked("escalations 2 acknowledge", "police").text == (
        "This call is one of council, and theirs to acknowledge.",
    )
    assert asked("escalations 1 acknowledge", "lead").status == "refused"
    assert [r.acknowledged_at for r in work.raised[:2]] == [None, None]


def test_a_role_that_acknowledges_for_the_area_and_no_other(asked: Answer, work: MemoryWork) -> None:
    assert asked("escalations 2 acknowledge", "north-worker").text == (
        "You were not called, and your role does not acknowledge for this area.",
    )
    work.raised.append(raised(8, "council", "lead", SOUTH.id, crossing=3))
    no_such = asked("escalations 99 acknowledge", "north-manager")
    assert asked("escalations 8 acknowledge", "north-manager") == no_such, "outside the area, as one that is not there"
    assert no_such.text[0].startswith("There is no escalation with that number that you can see.")
    assert asked("escalations 2 acknowledge", "north-manager").status == "ok"
    assert asked("escalations 3 acknowledge", "police-lead").status == "ok", "a vacant role: a lead takes it"


def test_who_was_called_outside_their_area_sees_and_acknowledges_that_one(asked: Answer, work: MemoryWork) -> None:
    """The duty manager of the night is a manager of the north."""
    work.raised.append(raised(8, "council", "north-manager", SOUTH.id, crossing=3))
    reply = asked(who="north-manager")
    assert reply.title == ("Escalations, North and calls to you elsewhere: 2 of 2 children not acknowledged")
    assert offered(reply) == ["escalations 8 acknowledge"]
    assert asked("escalations 8 acknowledge", "north-manager").status == "ok"


def test_the_cover_of_who_was_called(asked: Answer, work: MemoryWork) -> None:
    work.raised.append(raised(8, "council", "lead", SOUTH.id, crossing=3))
    day = date(2017, 7, 5)
    assert asked("escalations 8 acknowledge", "south-worker").status == "refused"
    work.gone.append(Away("lead", day, day, "south-worker"))
    assert asked("escalations 8 acknowledge", "south-worker").status == "ok"
    assert work.raised[-1].acknowledged_by == "south-worker"


def test_what_is_closed_asks_nothing(asked: Answer) -> None:
    assert asked("escalations 6 acknowledge", "police").text == (
        "This was closed on Wed 5 Jul 08:00: nothing is asked any more.",
    )


def test_of_a_child_who_died_nothing_can_be_asked(asked: Answer) -> None:
    assert asked("escalations 5 acknowledge", "police") == asked("escalations 99 acknowledge", "police")


@pytest.mark.parametrize("typed", ["1", "1 perhaps", "12x acknowledge", "1 acknowledge Wilhelmina"])
def test_what_is_not_understood_changes_nothing(asked: Answer, work: MemoryWork, typed: str) -> None:
    before = list(work.raised)
    reply = asked(f"escalations {typed}", "police")
    assert reply.status == "unclear"
    assert "Wilhelmina" not in everything(reply)
    assert work.raised == before


def test_of_two_at_the_same_moment_one_is_told(work: MemoryWork) -> None:
    """The other acknowledgement arrives between reading and writing."""

    class Racing(MemoryTrail):
        def record(self, entry: object, effects: object) -> None:
            if any(isinstance(d, Acknowledge) for d in effects):  # type: ignore[attr-defined]
                self.work.carry_out(Acknowledge(1, "police-lead", NOW))
            MemoryTrail.record(self, entry, effects)  # type: ignore[arg-type]

    facts = replace(FACTS, trail=Racing(work=work))
    reply = desk(facts).answer(Request(person("police"), PRIVATE, "escalations 1 acknowledge", NOW))
    assert (reply.title, reply.status) == ("Not done", "refused")
    assert reply.text == ("police-lead acknowledged this on Wed 5 Jul 08:00.",)
    assert work.raised[0].acknowledged_by == "police-lead"


def test_a_channel_speaks_of_its_areas_alone(asked: Answer, work: MemoryWork) -> None:
    work.raised.append(raised(8, "council", "north-manager", SOUTH.id, crossing=3))
    here = Place("north-digest", 1, ("north",))
    reply = asked(who="north-manager", place=here)
    assert reference(2) not in everything(reply)
    assert asked("escalations 8 acknowledge", "north-manager", here).status == "unclear"
    assert asked("escalations 2 acknowledge", "north-manager", here).level == 1
