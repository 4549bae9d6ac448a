"""The snapshot's id: the same for the same records, words and rules, and another one where any of them differs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.rules.reports import snapshot
from bot.rules.reports.snapshot import SourceState, snapshot_of
from bot.rules.spikes import MonthNote
from bot.rules.time.period import parse_period
from tests.support.factories import NOW

SOURCES = (SourceState("police", NOW, "aa"), SourceState("children", NOW, "bb"))
GIVEN: dict[str, Any] = {
    "period": parse_period("2017-H1", NOW),
    "sources": SOURCES,
    "made_at": NOW,
    "published": True,
    "sheet_issue": 1,
    "words": {"summary": ("Fewer children went missing.",)},
    "earlier_issue": None,
    "settings": "cc",
}


def test_the_order_of_the_sources_and_sections_says_nothing() -> None:
    other = GIVEN | {"sources": SOURCES[::-1]}
    assert snapshot_of(**GIVEN) == snapshot_of(**other)
    assert snapshot_of(**GIVEN).shown == snapshot_of(**GIVEN).id[:8]


@pytest.mark.parametrize(
    "other",
    [
        {"period": parse_period("2016-H2", NOW)},
        {"sources": (SOURCES[0]._replace(rows="ab"), SOURCES[1])},
        {"sources": (SOURCES[0]._replace(taken_at=NOW + timedelta(hours=1)), SOURCES[1])},
        {"made_at": NOW + timedelta(seconds=1)},
        {"published": False},
        {"sheet_issue": 2},
        {"words": {"summary": ("More children went missing.",)}},
        {"words": {"areas": ("Fewer children went missing.",)}},
        {"words": {}},
        {"earlier_issue": 1},
        {"settings": "cd"},
        {"noted": (MonthNote(date(2017, 5, 1), "severe-weather", "", "strategic_lead", NOW),)},
        {"earlier_sheets": (("2016-12-31", 2),)},
    ],
    ids=str,
)
def test_whatever_the_report_says_is_in_it(other: dict[str, Any]) -> None:
    assert snapshot_of(**GIVEN | other).id != snapshot_of(**GIVEN).id


def test_other_rules_are_another_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot_of(**GIVEN)
    monkeypatch.setattr(snapshot, "RULES", "another")
    assert snapshot_of(**GIVEN).id != before.id
