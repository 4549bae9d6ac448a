"""Grades that the police say in chat before their file has them: each calls whom it adds, and nobody twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rulebook.doors import BECAUSE, Doors, child, doors, police
from tests.rulebook.ladder import acknowledge, evening, table

START = "2017-07-04 20:00"
DUTY = ["police: duty inspector", "council: duty team manager"]
ABOVE = ["police: superintendent on call", "council: assistant director"]


@pytest.fixture
def d(database_url: str, tmp_path: Path) -> Iterator[Doors]:
    with doors(database_url, tmp_path) as found:
        yield found


def load(d: Doors, words: str, *grades: tuple[str, str]) -> None:
    """Load the police's record with these grades and their times; none is an ungraded record."""
    rows = [police(1, START, risk=grade, risk_at=f"2017-07-04 {time}") for grade, time in grades]
    d.load(words, police=rows or [police(1, START, risk="", risk_at="")], children=[child(birth_date="2003-02-01")])


def say(d: Doors, grade: str, time: str) -> None:
    (ref,) = {str(c["ref"]) for c in d.bot.rows("child") if c["police_ref"] == "NOM-1"}
    reply = d.ask(f"said {ref} {grade} at {time} {BECAUSE}", "police", f"Tue 4 Jul 2017 {time}")
    assert reply.status == "ok", reply.text


def called(d: Doors) -> list[str]:
    """Return 'agency: role' of each call, in order."""
    return [line.split(" ", 2)[2].partition(",")[0] for line in table(d)]


def test_medium_then_high_then_the_file_calls_each_role_once(d: Doors) -> None:
    load(d, "Tue 4 Jul 2017 20:05")
    say(d, "medium", "20:20")
    d.tick(*evening("20:21"))
    assert called(d) == []
    say(d, "high", "20:30")
    d.tick(*evening("20:31"))
    assert called(d) == DUTY
    assert acknowledge(d, "police", "Tue 4 Jul 2017 20:35", "special")
    assert acknowledge(d, "north-manager", "Tue 4 Jul 2017 20:35", "special")
    d.tick(*evening("20:36", "20:50"))
    assert called(d) == DUTY
    load(d, "Tue 4 Jul 2017 20:51", ("medium", "20:20"), ("high", "20:33"))
    d.tick(*evening("20:52", "20:55", "21:03", "21:30"))
    assert called(d) == [*DUTY, *ABOVE], "the file's high confirms the one that was said, and is no second one"


def test_a_lower_grade_beside_the_record_calls_nobody_and_ends_no_call(d: Doors) -> None:
    load(d, "Tue 4 Jul 2017 20:05", ("high", "20:00"))
    d.tick(*evening("20:06"))
    before = called(d)
    assert before == DUTY
    say(d, "low", "20:10")
    say(d, "high", "20:15")
    d.tick(*evening("20:16", "20:20"))
    assert called(d) == before
    assert [r["closed_at"] for r in d.bot.rows("escalation")] == [None, None]


def test_high_again_after_a_lower_grade_calls_again_whether_it_was_said_or_is_in_the_file(d: Doors) -> None:
    """As for two grades of the record (edge case 27)."""
    load(d, "Tue 4 Jul 2017 20:05", ("low", "20:01"))
    say(d, "high", "20:10")
    d.tick(*evening("20:11"))
    for who in ("police", "north-manager"):
        assert acknowledge(d, who, "Tue 4 Jul 2017 20:12", "special")
    d.tick(*evening("20:13"))
    first = called(d)
    load(d, "Tue 4 Jul 2017 20:31", ("low", "20:01"), ("medium", "20:30"))
    d.tick(*evening("20:32"))
    assert called(d) == first
    load(d, "Tue 4 Jul 2017 21:01", ("low", "20:01"), ("medium", "20:30"), ("high", "20:55"))
    d.tick(*evening("21:02", "21:26"))
    assert called(d) == [*first, *ABOVE], "the file's later high is another than the one that was said"


def test_a_record_that_became_void_leaves_what_was_said_and_calls_nobody_again_who_answered(d: Doors) -> None:
    """The safer mistake: the child stays listed. Whoever acknowledged the call is not asked for that absence again."""
    before = police(2, "2017-06-01 10:00", "2017-06-01 20:00")
    children = [child(birth_date="2003-02-01")]
    d.load("Tue 4 Jul 2017 19:00", police=[before], children=children)
    (ref,) = {str(c["ref"]) for c in d.bot.rows("child") if c["police_ref"] == "NOM-1"}
    assert d.ask(f"said {ref} missing since 20:00 {BECAUSE}", "police", "Tue 4 Jul 2017 20:10").status == "ok"
    d.tick(*evening("21:09", "21:11"))
    assert called(d) == DUTY[:1]
    assert acknowledge(d, "police", "Tue 4 Jul 2017 21:15", "ungraded")
    opened = police(1, START, risk="", risk_at="")
    d.load("Tue 4 Jul 2017 21:20", police=[before, opened], children=children)
    d.tick(*evening("21:21"))
    void = {**opened, "returned_at": "2017-07-04 21:30", "end_reason": "error_duplicate"}
    d.load("Tue 4 Jul 2017 21:40", police=[before, void], children=children)
    d.tick(*evening("21:41", "22:11", "22:45"))
    assert ref in d.said("open", "police", "Tue 4 Jul 2017 22:46")
    assert called(d) == DUTY[:1]
