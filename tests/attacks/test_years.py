"""An attacker who has the year changed again and again never gets figures of two families whose days overlap.

`BOT_ATTACKS=20000 pytest tests/attacks/test_years.py` plays a twentieth of that many courses.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from bot.conversation.command import PRIVATE, Request
from bot.messages import released_figures
from bot.messages.release import first_release
from bot.rules.effects import Release
from bot.rules.model import Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.facts import Facts
from tests.support.asking import COUNTS, REFERENCES, desk
from tests.support.factories import at, episode, hours, partnership, person, somebody, sources
from tests.support.memory_facts import MemoryFacts

COURSES = max(6, int(os.environ.get("BOT_ATTACKS", "300")) // 20)
MORNINGS = [at(f"{day} 08:00") for day in ("Wed 5 Jul 2017", "Fri 5 Jan 2018", "Mon 2 Apr 2018", "Mon 8 Oct 2018")]
FACTS = [episode(n % 9, start := at("Fri 1 Jan 2016 12:00") + hours(24 * 9 * n), start + hours(5)) for n in range(110)]
PERIODS = (
    *(
        "",
        "2017-H1",
        "2016-H2",
        "2017-H2",
        "H1",
        "H2",
        "last half",
        "oct 2016-mar 2017",
        "apr-sep 2016",
        "apr-sep 2017",
    ),
    *("H1 2016/17", "oct 2017-mar 2018", "2016/17", "2017-Q2", "june", "sep 2016-feb 2017", "mar-aug 2017", "ytd"),
)
COMMANDS = (
    "stats",
    "stats measures",
    "bands",
    "bands ages",
    "cohort lac",
    "concentration",
    "reporters",
    "interviews 2017-H1",
    "interviews 2017-H1 measures",
    "trend halves",
    "compare",
)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Period]:
    """The half-year of every release made for an answer."""
    made: list[Period] = []

    def noting(facts: Facts, ours: Partnership, half: Period, *more: Any) -> Release:
        release = first_release(facts, ours, half, *more)
        made.append(half)
        return release

    monkeypatch.setattr(released_figures, "first_release", noting)
    return made


@pytest.mark.parametrize("course", range(COURSES))
def test_no_two_periods_ever_shown_overlap(shown: list[Period], course: int) -> None:
    dice = random.Random(course)
    facts, begins, answered = MemoryFacts(FACTS), 1, 0
    readers = [(person("lead"), REFERENCES), (person("lead"), COUNTS), (somebody("panel_member", "north"), PRIVATE)]
    for now in MORNINGS:
        for _ in range(12):
            if dice.random() < 0.3:
                begins = dice.choice((1, 4, 9))
            ours = replace(partnership(), year_begins=begins)
            command = dice.choice(COMMANDS)
            words = "" if " 20" in command or "trend" in command else dice.choice(PERIODS)
            more = dice.choice(PERIODS[1:]) if command == "compare" else ""
            who, place = dice.choice(readers)
            facts.taken = sources(now)
            reply = desk(facts, ours).answer(Request(who, place, f"{command} {words} {more} north", now))
            assert reply.status in ("ok", "unclear", "failed")
            answered += reply.status == "ok"
    assert answered
    assert set(shown) == set(facts.trail.released), "what is shown is kept"
    for one, two in combinations(facts.trail.released, 2):
        assert one.last < two.first or two.last < one.first
    years = {(f.first, f.last) for r in facts.trail.releases for f in r.figures if (f.last - f.first).days > 300}
    for (first, last), (other, end) in combinations(sorted(years), 2):
        assert last < other or end < first
