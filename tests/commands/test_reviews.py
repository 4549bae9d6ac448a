"""reviews: looks that leads have to judge, recording a judgement, and the first of two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from bot.conversation.command import PRIVATE, Request
from bot.conversation.reply import Reply, Row
from bot.jobs import overdue_reviews
from bot.rules.audit.chain import Entry
from bot.rules.effects import OpenBreakGlass, ReviewBreakGlass
from bot.rules.partnership.partnership import Person
from tests.support.asking import REFERENCES, ask, column, desk, everything, value
from tests.support.factories import NOW, at, hours, partnership, person, reference, somebody
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

LEAD = somebody("strategic_lead")
OTHER = replace(LEAD, id="other-lead", agency="police")
ADMIN, WORKER = person("admin"), person("north-worker")
FRIDAY = at("Fri 30 Jun 2017 10:00")
Answer = Callable[..., Reply]


@pytest.fixture
def trail() -> MemoryTrail:
    """Two looks: one of Friday, due by the end of Tuesday, and one of this morning by a person who left."""
    found = MemoryTrail(people=(LEAD, OTHER, ADMIN, WORKER))
    for who, since, area in ((WORKER.id, FRIDAY, "south"), ("gone", NOW - hours(1), "north")):
        glass = OpenBreakGlass(who, reference(2), area, "Wilhelmina is on the way there", since, since + hours(0.5), 3)
        found.record(Entry(since, who, "council", "", "break-glass", "answered", reference(2)), [glass])
    return found


@pytest.fixture
def asked(trail: MemoryTrail) -> Answer:
    def answer(text: str = "reviews", who: Person = LEAD, now: datetime = NOW, export: bool = False) -> Reply:
        return desk(MemoryFacts(trail=trail)).answer(Request(who, PRIVATE, text, now, export=export))

    return answer


def test_the_list_oldest_first_with_what_is_overdue(asked: Answer) -> None:
    first, *rows = asked().text
    assert first == "2 waiting, 1 overdue."
    assert rows[0] == (
        f"{reference(2)} · number 1 · south · looked at by north-worker (allocated worker, council) · Fri 30 Jun 10:00 "
        "· review by Tue 4 Jul, OVERDUE · reason: [...] is on the way there"
    )
    assert asked().tables == ()
    reply = asked(export=True)
    assert reply.text[0] == "2 waiting, 1 overdue."
    assert (value(reply, "Waiting for review"), value(reply, "Overdue"), reply.level) == (2, 1, 2)
    assert column(reply, "Oldest first", "Number") == [1, 2]
    assert column(reply, "Oldest first", "Area") == ["south", "north"]
    assert column(reply, "Oldest first", "Who") == ["north-worker", "gone"]
    assert column(reply, "Oldest first", "Role") == ["allocated worker", "no longer listed"]
    assert column(reply, "Oldest first", "Review by") == ["Tue 4 Jul, OVERDUE", "Fri 7 Jul"]
    assert column(reply, "Oldest first", "Reason") == ["[...] is on the way there"] * 2
    assert "Wilhelmina" not in everything(reply)


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("1 justified", "justified"),
        ("#1 Justified.", "justified"),
        ("1 not-justified", "not_justified"),
        ("1 not justified", "not_justified"),
        ("1: NOT_JUSTIFIED", "not_justified"),
    ],
)
def test_a_lead_judges(asked: Answer, trail: MemoryTrail, typed: str, verdict: str) -> None:
    assert asked(f"reviews {typed}").text == (f"Recorded: {verdict.replace('_', ' ')}.",)
    assert (trail.glasses[0].verdict, trail.glasses[0].reviewed_by) == (verdict, LEAD.id)
    assert trail.entries[-1].subject == reference(2)
    assert asked().text[0] == "1 waiting, 0 overdue."


def test_the_second_learns_who_was_first(asked: Answer, trail: MemoryTrail) -> None:
    asked("reviews 1 justified")
    reply = asked("reviews 1 not-justified", OTHER)
    assert reply.text == ("some-strategic_lead reviewed this on Wed 5 Jul 08:00: justified.",)
    assert trail.glasses[0].verdict == "justified"


def test_of_two_at_the_same_moment_one_is_told_and_both_are_recorded(trail: MemoryTrail) -> None:
    """The other lead's judgement arrives between reading and writing."""

    class Racing(MemoryTrail):
        def record(self, entry: Entry, effects: object) -> None:
            if any(isinstance(d, ReviewBreakGlass) for d in effects):  # type: ignore[attr-defined]
                MemoryTrail._carry_out(self, ReviewBreakGlass(1, "other-lead", "justified", NOW))
            MemoryTrail.record(self, entry, effects)  # type: ignore[arg-type]

    racing = Racing(entries=trail.entries, glasses=trail.glasses, people=trail.people)
    before = len(racing.entries)
    reply = desk(MemoryFacts(trail=racing)).answer(Request(LEAD, PRIVATE, "reviews 1 not-justified", NOW))
    assert (reply.status, reply.title) == ("refused", "Not done")
    assert racing.glasses[0].verdict == "justified"
    assert [e.outcome for e in racing.entries[before:]] == ["overtaken"]


def test_each_row_has_its_verdicts(asked: Answer, trail: MemoryTrail) -> None:
    first, _ = (row for row in asked().text if isinstance(row, Row))
    assert [(b.label, b.command, b.primary) for b in first.buttons] == [
        ("Justified", "reviews 1 justified", True),
        ("Not justified", "reviews 1 not-justified", False),
    ]
    asked(first.buttons[1].command)
    assert trail.glasses[0].verdict == "not_justified"
    both = replace(WORKER, also=LEAD.roles)
    trail.glasses[0] = replace(trail.glasses[0], reviewed_at=None, verdict=None)
    own, other = (row for row in asked("reviews", both).text if isinstance(row, Row))
    assert (own.buttons, len(other.buttons)) == ((), 2), "one's own look has no button that would be refused"


def test_nobody_reviews_their_own(asked: Answer, trail: MemoryTrail) -> None:
    both = replace(WORKER, also=LEAD.roles)
    assert "your own" in str(column(asked("reviews", both, export=True), "Oldest first", "Who")[0])
    assert asked("reviews 1 justified", both).text == ("It was your own look: another lead has to review it.",)
    assert trail.glasses[0].reviewed_at is None


@pytest.mark.parametrize(
    "typed", ["1", "justified", "1 perhaps", "x justified", "99 justified", "1 justified Wilhelmina"]
)
def test_what_is_not_understood_changes_nothing(asked: Answer, trail: MemoryTrail, typed: str) -> None:
    reply = asked(f"reviews {typed}")
    assert reply.status == "unclear"
    assert "Wilhelmina" not in everything(reply)
    assert all(g.reviewed_at is None for g in trail.glasses)


@pytest.mark.parametrize("who", ["north-manager", "north-worker", "admin", "police", "analyst"])
def test_for_leads_alone(asked: Answer, who: str) -> None:
    assert asked("reviews", person(who)).status == "refused"
    assert asked("reviews 1 justified", person(who)).status == "refused"


def test_in_private_alone_and_none_waiting_is_said() -> None:
    assert ask("reviews", place=REFERENCES).status == "refused"
    assert ask("reviews").text == ("None is waiting.",)


# -- the alarm --


def test_an_alarm_once_to_administrators_without_a_reference_and_to_leads(trail: MemoryTrail) -> None:
    raised = [overdue_reviews.alarm_overdue(trail.waiting(), trail.record, partnership(), NOW) for _ in range(2)]
    assert raised == [1, 0]
    (alarm,) = trail.told[ADMIN.id]
    assert (alarm.kind, alarm.ref) == ("alarm", None)
    assert reference(2) not in alarm.text
    assert [n.ref for lead in (LEAD, OTHER) for n in trail.told[lead.id]] == [reference(2)] * 2
    assert (trail.entries[-1].action, trail.entries[-1].subject) == ("review overdue", reference(2))


def test_two_replicas_raise_one_alarm(trail: MemoryTrail) -> None:
    seen_by_both = list(trail.waiting())
    assert [overdue_reviews.alarm_overdue(seen_by_both, trail.record, partnership(), NOW) for _ in range(2)] == [1, 0]
    assert len(trail.told[ADMIN.id]) == 1


def test_no_alarm_before_it_is_due_nor_after_a_review(trail: MemoryTrail, asked: Answer) -> None:
    assert overdue_reviews.alarm_overdue(trail.waiting(), trail.record, partnership(), at("Tue 4 Jul 2017 23:59")) == 0
    asked("reviews 1 justified")
    assert overdue_reviews.alarm_overdue(trail.waiting(), trail.record, partnership(), NOW) == 0
