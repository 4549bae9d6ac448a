"""concentration: the share of the children with most episodes, and their next period."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.support.asking import ask, counts, offered, table
from tests.support.factories import Recorded, at, episode, every_month, hours

AUTUMN, SPRING = at("Sat 1 Oct 2016 12:00"), at("Mon 1 May 2017 12:00")


def some(child: int, n: int, first: datetime) -> list[Recorded]:
    return [episode(child, first + hours(20 * i), first + hours(20 * i + 2)) for i in range(n)]


#: 10 episodes in 2016-H2: six, three and one; afterwards two, five and none.
FACTS = [
    *every_month(date(2016, 7, 1), date(2017, 6, 30)),
    *(*some(1, 6, AUTUMN), *some(2, 3, AUTUMN), *some(3, 1, AUTUMN)),
    *(*some(1, 2, SPRING), *some(2, 5, SPRING)),
]


def test_the_share_of_the_children_with_most() -> None:
    reply = ask("concentration north k=2 2016-H2", of=FACTS)
    assert reply.text == ("2 children had 9 of 10 episodes (90.0%).", "In 2017-H1, 1 of these 2 had fewer.")
    assert counts(reply, "Share of episodes of the top 2 children") == (9, 10)
    assert counts(reply, "Of these, children with fewer episodes in 2017-H1") == (1, 2)
    assert table(reply, "").rows == ((1, 6, 2), (2, 3, 5))


def test_fewer_children_than_asked_for_are_all_taken() -> None:
    reply = ask("concentration north 2016-H2", of=FACTS)
    assert reply.text[0] == "3 children had 10 of 10 episodes (100.0%)."
    assert ask("concentration north 2016-H2 k=1", of=FACTS).text[0] == "1 child had 6 of 10 episodes (60.0%)."


def test_no_episode_is_said_plainly() -> None:
    assert ask("concentration disability 2016-H2", of=FACTS).text == ("No episode.",)


def test_an_unfinished_period_after_is_not_compared() -> None:
    """Five days into a half-year every child had fewer."""
    reply = ask("concentration north 2017-H1", of=FACTS)
    assert reply.text[1] == "2017-H2, the period after, is not complete: their episodes in it will still rise."
    assert [f.label for f in reply.facts] == ["Share of episodes of the top 2 children"]
    assert ask("concentration north 2017-H1 partial", of=FACTS).text[1] == "In 2017-H2, 2 of these 2 had fewer."


@pytest.mark.parametrize("k", ["0", "101", "999999"])
def test_k_is_a_sensible_number(k: str) -> None:
    reply = ask(f"concentration north k={k}")
    assert reply.text[0] == "k is a number of children from 1 to 100."
    assert offered(reply) == ["concentration north k=10"]


@pytest.mark.parametrize(
    ("text", "who", "offer"),
    [
        ("concentration k=0", "north-manager", "concentration north k=10"),
        ("concentration k=0", "south-worker", "concentration south k=10"),
        ("concentration north k=0", "south-worker", "concentration south k=10"),
        ("concentration south k=0 2016-H2", "lead", "concentration south k=10"),
        ("concentration all k=0", "lead", "concentration north k=10"),
    ],
)
def test_what_is_offered_instead_may_be_asked(text: str, who: str, offer: str) -> None:
    assert offered(ask(text, who)) == [offer]
    assert ask(offer, who, of=FACTS).status == "ok"


@pytest.mark.parametrize("word", ["k=", "k=x", "k=-1", "k=1.5", "k=1234567", "k=²"])
def test_what_is_no_number_is_not_understood(word: str) -> None:
    assert ask(f"concentration north {word}").status == "unclear"


def test_no_child_is_named() -> None:
    for who in ("analyst", "lead", "north-worker"):
        reply = ask("concentration north k=2 2016-H2", who, of=FACTS)
        assert (reply.status, reply.level) == ("ok", 0)
        assert "OX-" not in str(reply)
    assert ask("concentration south", "north-worker").status == "refused"
