"""Interviews whose 72 hours still run: said, and in no share of what was done in time. Talks and children beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.conversation.reply import Reply
from tests.support.asking import COUNTS, REFERENCES, ask, counts, everything, fact, row, value, whole
from tests.support.factories import NOW, Recorded, at, episode, every_month, hours, interview

JUNE = at("Thu 1 Jun 2017 12:00")
RUN = "not due yet: the 72 hours still run, and shares within 72 h leave them out."


def missing(child: int, back_ago: float, held_after: float | None = None, area: str = "north") -> Recorded:
    """Return an absence that began on 30 June, and ended so many hours ago; its interview held then or not yet."""
    back = NOW - hours(back_ago)
    start = min(at("Fri 30 Jun 2017 18:00"), back - hours(4))
    held = None if held_after is None else back + hours(held_after)
    done = interview(
        back,
        offered_at=held and back + hours(1),
        response="accepted" if held else None,
        held_at=held,
        recorded_at=held,
    )
    return episode(child, start, back, area=area, interview=done)


#: Of the half-year that is over: three due by now (one held in time, one late), two whose 72 hours still run.
FACTS = [
    *every_month(date(2016, 7, 1), date(2017, 6, 30)),
    missing(1, 90, 30),
    missing(2, 200, 80),
    missing(3, 73),
    missing(4, 71),
    missing(5, 20, 10),
]


@pytest.mark.parametrize("text", ["stats north", "interviews 2017-H1 north", "trend north", "compare 2016-H2 2017-H1"])
def test_they_are_said_and_left_out(text: str) -> None:
    reply = ask(text, of=FACTS)
    (line,) = [line for line in reply.text if "not due yet" in line]
    assert line.startswith("2 return interviews ")
    assert line.endswith(RUN)


def test_shares_within_72_hours_are_of_those_due_by_now() -> None:
    for text in ("stats north", "interviews 2017-H1 north"):
        reply = ask(text, of=FACTS)
        assert counts(reply, "Interviews: Offered") == (3, 5)
        assert counts(reply, "Interviews: Completed") == (3, 5)
        assert counts(reply, "Interviews: Held within 72 h") == (1, 3)
        assert counts(reply, "Interviews: Offered within 72 h") == (2, 3)
        assert counts(reply, "Interviews: Recorded within 72 h (of due)") == (1, 3)
        assert fact(reply, "Interviews: Held within 72 h").note == "K6: held within 72 h / due by now"
    assert row(whole("trend north", of=FACTS), "Period by period", "2017-Q2") == (5, 5, 3, 1, 33.3)


def test_to_the_second() -> None:
    """At 72:00:00 the last moment in time has come: it is due."""
    running, over = missing(1, 72 - 1 / 3600), missing(2, 72)
    assert counts(ask("stats north", of=[running]), "Interviews: Held within 72 h") == (0, 0)
    assert counts(ask("stats north", of=[over]), "Interviews: Held within 72 h") == (0, 1)


def test_of_two_periods_each_is_named() -> None:
    reply = ask("stats yesterday", of=[missing(1, 2), episode(2, NOW - hours(40), NOW - hours(30))])
    assert f"1 return interview of 2017-07-03 {RUN}" in reply.text


def test_nothing_is_said_where_all_are_due() -> None:
    for place in (REFERENCES, COUNTS):
        assert "not due" not in " ".join(ask("stats north 2016-H2", of=FACTS, place=place).text)
    assert "not due" not in " ".join(ask("stats north", of=[missing(1, 90)]).text)


def in_a_channel(running: int) -> Reply:
    """Ask of 60 interviews that are due, 40 held in time, 10 late and 10 not at all, and of some not due."""
    due = [(n, 20.0 if n < 40 else 90.0 if n < 50 else None) for n in range(60)]
    found = [missing(n, 100, held) for n, held in due] + [missing(60 + n, 20) for n in range(running)]
    return ask("stats north 2017-H1", of=[*FACTS[:12], *found], place=REFERENCES)


def test_where_several_read_few_are_some() -> None:
    for running in (1, 2, 5):
        reply = in_a_channel(running)
        assert f"Some return interviews of 2017-H1 {RUN}" in reply.text
        printed = {1: 60, 2: 60, 5: 65}[running]
        assert counts(reply, "Interviews: Offered") == (50, printed)
        assert counts(reply, "Interviews: Held within 72 h") == (40, 60), "rounded, required less due tells nothing"
    assert f"10 return interviews of 2017-H1 {RUN}" in in_a_channel(8).text
    assert not [line for line in in_a_channel(0).text if "not due" in line]


# -- talks held, children interviewed, offered and declined --


def of_one_child(n: int, held: bool, declined: bool = False) -> Recorded:
    back = JUNE + hours(10 * n)
    done = interview(
        back,
        offered_at=back + hours(1) if held or declined else None,
        response="declined" if declined else "accepted" if held else None,
        held_at=JUNE + hours(60) if held else None,
    )
    return episode(1, back - hours(2), back, interview=done)


def test_one_talk_may_cover_several_episodes() -> None:
    """Three episodes of one child in one talk, one declined, and a talk with another child."""
    other = replace(missing(2, 100, 10), area="south")
    found = [*(of_one_child(n, held=True) for n in range(3)), of_one_child(3, held=False, declined=True), other]
    for text in ("stats all 2017-H1", "interviews 2017-H1"):
        reply = whole(text, of=found)
        assert counts(reply, "Interviews: Completed") == (4, 5)
        assert value(reply, "Interviews: Talks held") == 2
        assert value(reply, "Interviews: Children interviewed") == 2
        assert value(reply, "Interviews: Children offered one") == 2
        assert value(reply, "Interviews: Children who declined") == 1
        line = "2 talks held with 2 children; an interview was offered to 2 children, declined by 1 child."
        assert line in reply.text
    table = "Every measure by team"
    assert row(whole("interviews 2017-H1", of=found), table, "Talks held") == (1, 1, 2)
    assert row(whole("interviews 2017-H1", of=found), table, "Children who declined") == (1, 0, 1)


@pytest.mark.parametrize("place", [REFERENCES, COUNTS])
def test_talks_and_children_are_for_one_person_alone(place: object) -> None:
    for text in ("stats north 2017-H1", "interviews 2017-H1 north"):
        said = everything(ask(text, of=FACTS, place=place))  # type: ignore[arg-type]
        said += everything(whole(text, of=FACTS, place=place))
        assert "alks held" not in said
        assert "Children interviewed" not in said
