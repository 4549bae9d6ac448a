"""away: recorded by the person or their manager, with a listed person as cover."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from bot.conversation.command import PRIVATE, Request
from bot.conversation.reply import Reply
from tests.support.asking import COUNTS, REFERENCES, desk, everything, offered, table
from tests.support.factories import NOW, person
from tests.support.memory_facts import MemoryFacts

Say = Callable[..., Reply]


@pytest.fixture
def facts() -> MemoryFacts:
    return MemoryFacts()


@pytest.fixture
def say(facts: MemoryFacts) -> Say:
    def answer(text: str, who: str = "north-worker", days: int = 0, place: object = PRIVATE) -> Reply:
        return desk(facts).answer(Request(person(who), place, text, NOW + timedelta(days)))  # type: ignore[arg-type]

    return answer


def gone(facts: MemoryFacts) -> list[tuple[str, date, date, str]]:
    return [(a.person, a.first, a.last, a.cover) for a in facts.trail.work.gone]


def test_from_day_to_day_with_cover(say: Say, facts: MemoryFacts) -> None:
    reply = say("away 24 dec to 2 jan cover coordinator")
    assert reply.text == ("north-worker is away Sun 24 Dec to Tue 2 Jan 2018. coordinator takes the reminders.",)
    assert gone(facts) == [("north-worker", date(2017, 12, 24), date(2018, 1, 2), "coordinator")]
    assert say("away").text == ("You are away Sun 24 Dec to Tue 2 Jan 2018. coordinator takes the reminders.",)
    assert "north-worker is away Sun 24 Dec" in everything(say("help", "coordinator"))
    assert offered(reply) == ["away off"]


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("away today", date(2017, 7, 5), date(2017, 7, 5)),
        ("away until fri", date(2017, 7, 5), date(2017, 7, 7)),
        ("away mon to wed", date(2017, 7, 10), date(2017, 7, 12)),
        ("away 2017-07-10 - 2017-07-20", date(2017, 7, 10), date(2017, 7, 20)),
        ("leave from 6 jul until 7 jul", date(2017, 7, 6), date(2017, 7, 7)),
    ],
)
def test_days_as_people_say_them(say: Say, facts: MemoryFacts, typed: str, first: date, last: date) -> None:
    assert say(typed).text[0].endswith("Nobody covers: reminders go to the duty role.")
    assert gone(facts) == [("north-worker", first, last, "")]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("away 24 dec to 2 jan cover nobody-1", "Nobody of that id can cover"),
        ("away 24 dec cover north-worker", "Nobody covers for themselves"),
        ("away yesterday", "That is over already"),
        ("away 2017-07-20 to 2017-07-10", "The last day is before the first"),
        ("away 2017-07-20 to 2019-07-10", "more than a year"),
        ("away 30 feb", "no such day"),
        ("away Wilhelmina", "From when to when"),
        ("away mon to tue to wed", "From when to when"),
        ("away for south-worker mon", "nobody you answer for"),
        ("away for coordinator mon", "nobody you answer for"),
        ("away for Wilhelmina mon", "nobody you answer for"),
    ],
)
def test_what_is_not_understood_changes_nothing(say: Say, facts: MemoryFacts, typed: str, why: str) -> None:
    reply = say(typed)
    assert reply.status == "unclear"
    assert why in reply.text[0]
    assert "Wilhelmina" not in everything(reply)
    assert gone(facts) == []


def test_a_manager_says_it_for_their_people_and_they_hear(say: Say, facts: MemoryFacts) -> None:
    assert say("away for south-worker mon", "north-manager").status == "unclear"
    assert say("away for police mon", "coordinator").status == "unclear", "another agency's"
    reply = say("away for north-worker mon to fri cover south-worker", "north-manager")
    assert reply.text[0].startswith("north-worker is away Mon 10 Jul to Fri 14 Jul.")
    assert "(Said by north-manager.)" in everything(say("help"))
    assert table(say("away", "north-manager"), "Others").rows[0][0] == "north-worker"
    assert table(say("away", "south-worker"), "Others").rows[0][3] == "south-worker"
    for stranger in ("disability-worker", "lead", "admin"):
        assert say("away", stranger).tables == ()
    assert say("away for north-worker off", "north-manager").status == "ok"
    assert gone(facts) == []


def test_taking_it_back_takes_what_is_not_over(say: Say, facts: MemoryFacts) -> None:
    say("away today")
    say("away 1 sep to 9 sep")
    assert say("away off", days=1).text[0].startswith("Taken back")
    assert gone(facts) == [("north-worker", date(2017, 7, 5), date(2017, 7, 5), "")]
    assert say("away off", days=1).text == ("north-worker is not away, nor will be.",)


def test_a_cover_who_is_away_too_is_said(say: Say) -> None:
    say("away mon", "coordinator")
    assert "coordinator is away then too" in say("away mon cover coordinator").text[1]


def test_only_in_private(say: Say) -> None:
    for place in (REFERENCES, COUNTS):
        assert say("away", place=place).status == "refused"
