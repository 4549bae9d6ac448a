"""cohort: looked after, not looked after, UASC, on a plan; frozen at each episode's start."""

from __future__ import annotations

import pytest

from tests.support.asking import ask, column, counts, offered, row, value, whole
from tests.support.factories import at, episode, hours

MAY = at("Mon 1 May 2017 12:00")
FACTS = [
    episode(1, MAY, MAY + hours(2), lac=True),
    episode(1, MAY + hours(50), MAY + hours(52)),
    episode(2, MAY, MAY + hours(2), lac=True, uasc=True, area="central"),
    episode(3, MAY, MAY + hours(2), cp=True),
    episode(4, at("Tue 1 Nov 2016 12:00"), at("Tue 1 Nov 2016 14:00"), lac=True),
]


def test_a_cohort_against_everybody() -> None:
    brief = ask("cohort lac", of=FACTS)
    assert brief.title == "Whole county, January to June 2017: looked-after children"
    assert brief.text == (
        "2 of 3 children and 2 of 4 episodes.",
        "The half-year before: 1 of 1 child and 1 of 1 episode.",
    )
    (shown,) = brief.tables
    assert shown.columns == ("Measure", "2017-H1", "2016-H2")
    assert shown.rows[:2] == (("Share of children", "66.7%", "100.0%"), ("Share of episodes", "50.0%", "100.0%"))
    assert offered(brief) == ["cohort lac 2017-H1 measures", "cohort lac 2017-H1 counted"]
    reply = whole("cohort lac", of=FACTS)
    assert reply.title == brief.title
    assert reply.text == ("2 of 3 children, 2 of 4 episodes.",)
    assert counts(reply, "Share of children") == (2, 3)
    assert counts(reply, "Share of episodes") == (2, 4)
    assert row(reply, "Figures", "Children") == (2, 1, "+100.0% (low base)")
    assert row(reply, "By area, 2017-H1", "Central") == (1, 1)


def test_a_child_inside_for_one_episode_and_outside_for_another_is_said() -> None:
    """R16: in care in May, home again two days later."""
    inside = whole("cohort lac", of=FACTS)
    assert value(inside, "Children both in and not in the cohort") == 1
    assert "1 of these children also had an episode outside the cohort in this period." in inside.footer
    assert "No child was in the cohort for one episode and not for another." in whole("cohort uasc", of=FACTS).footer


@pytest.mark.parametrize(
    ("text", "name", "children"),
    [
        ("cohort lac", "Looked-after children", 2),
        ("cohort looked after", "Looked-after children", 2),
        ("cohort LOOKED-AFTER north", "Looked-after children", 1),
        ("cohort not-lac", "Children not looked after", 2),
        ("cohort not looked after 2017-H1", "Children not looked after", 2),
        ("cohort uasc", "Unaccompanied asylum-seeking children", 1),
        ("cohort cp", "Children on a child protection plan", 1),
        ("cohort child protection", "Children on a child protection plan", 1),
    ],
)
def test_names_of_cohorts(text: str, name: str, children: int) -> None:
    reply = ask(text, of=FACTS)
    assert reply.title.endswith(f": {name[0].lower()}{name[1:]}")
    assert value(reply, "Children") == children


@pytest.mark.parametrize(("text", "offers"), [("cohort", []), ("cohort uacs", ["cohort uasc"]), ("cohort xyzzy", [])])
def test_an_unknown_cohort_lists_them(text: str, offers: list[str]) -> None:
    reply = ask(text)
    assert reply.text[0] == "Name a cohort: lac, not-lac, uasc, cp."
    assert offered(reply) == offers
    assert "xyzzy" not in str(reply)


def test_a_misspelt_area_keeps_the_cohort() -> None:
    assert offered(ask("cohort lac nroth")) == ["cohort lac north"]


@pytest.mark.parametrize("text", ["cohort lac north south", "stats north all", "bands n s", "open south north"])
def test_two_areas_are_not_answered_with_the_same_question(text: str) -> None:
    reply = ask(text, of=FACTS)
    assert (reply.status, offered(reply)) == ("unclear", [])
    assert reply.text[0] == "You named more than one area. Name one, or all."


def test_an_unfinished_period_shows_no_change_until_partial_is_said() -> None:
    assert ask("cohort lac 2017-H2", of=FACTS).tables[0].columns == ("Measure", "2017-H2")
    reply = whole("cohort lac 2017-H2", of=FACTS)
    assert set(column(reply, "Figures", "Change")) == {""}
    assert [f for f in reply.facts if "change" in f.label] == []
    assert reply.text[1].startswith("2017-H2 is not complete")
    assert row(whole("cohort lac 2017-H2 partial", of=FACTS), "Figures", "Children") == (0, 2, "-100.0% (low base)")


def test_who_may() -> None:
    assert ask("cohort cp", "analyst").status == "ok"
    assert ask("cohort cp south", "north-worker").status == "refused"
    assert ask("cohort cp", "admin").status == "refused"
