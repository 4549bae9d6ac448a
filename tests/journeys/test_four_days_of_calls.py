"""A few days of the simulated year of calls, and faults planted in the product: each measure counts them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.chat import sms
from bot.jobs import escalations, rota_gaps, wake
from bot.rules.effects import Acknowledge
from bot.rules.escalations import calls
from bot.rules.escalations.calls import Situation
from bot.rules.escalations.ladder import Move, moves
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.queries.digest_content import Morning
from bot.server.worker import JOBS
from bot.store.changes import record
from bot.store.delivery.escalations import acknowledge
from tests.bench import call_year
from tests.bench.call_measures import (
    ANSWERED,
    MEASURES,
    NOBODY_NEXT,
    NOT_CLEAR,
    NOT_LISTED,
    TEXT_OTHER,
    TOGETHER,
    UNSAID,
    Measured,
)
from tests.bench.call_year import played

DAYS = 4


def measured(folder: Path, a_day: float = 3.0) -> Measured:
    with ExitStack() as opened:
        _, found = opened.enter_context(played(f"sqlite:///{folder}/bot.sqlite3", folder, 5, DAYS, a_day))
        return found


def test_four_days_hold(tmp_path: Path) -> None:
    found = measured(tmp_path)
    assert {name: cases for name, cases in found.wrong.items() if cases} == {}
    assert found.seen["calls delivered"] > 20
    assert found.seen["calls whose time was over"] > 5
    assert found.seen["SMS taken by the provider"] > 5
    assert found.seen["digests"] > 5
    assert found.seen["deadlines of return interviews"] > 0
    assert found.seen["gaps of a rota"] > 0


@pytest.mark.thorough
def test_faults_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first acknowledgements settle nothing, nobody is told of gaps, every digest says all clear."""
    lost = iter(range(3))

    def forgetful(connection: Any, effect: Acknowledge) -> None:
        if next(lost, None) is None:
            acknowledge(connection, effect)

    monkeypatch.setitem(record._HOW, Acknowledge, forgetful)
    monkeypatch.setattr(call_year, "JOBS", tuple(j for j in JOBS if j is not rota_gaps.JOB))
    monkeypatch.setattr(Morning, "is_clear", True)
    monkeypatch.setattr(sms, "TEXTS", frozenset({"Ring OX-7QK4's home"}))
    monkeypatch.setattr(wake, "WAKE", "Ring OX-7QK4's home")
    found = measured(tmp_path, a_day=1)
    assert {name for name in MEASURES if found.wrong[name]} >= {ANSWERED, NOT_CLEAR, TEXT_OTHER, UNSAID}


@pytest.mark.thorough
def test_other_faults_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call goes on to the next tier, rules met together call apart, and a rota's role is another's."""

    def apart(found: Any, s: Situation, p: Partnership, joining: Any) -> list[Move]:
        made = [m for m in moves(found, s, p) if not m.due]
        return [Move(m.agency, (), (each,), due=False) for m in made for each in m.new]

    def lead(p: Partnership, role: str, now: Any, *, agency: str = "", area: str = "") -> list[Person]:
        return [x for x in p.people if x.id == ("lead" if agency == "council" else "police-lead")]

    monkeypatch.setattr(escalations, "moves", apart)
    found = measured(tmp_path, a_day=1)
    assert {name for name in MEASURES if found.wrong[name]} >= {NOBODY_NEXT, TOGETHER}
    monkeypatch.setattr(calls, "holders", lead)
    (tmp_path / "again").mkdir()
    assert measured(tmp_path / "again", a_day=1).wrong[NOT_LISTED]
