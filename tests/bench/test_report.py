"""The bench of the report in small: both sides count the same, and memory does not grow with the episodes."""

from __future__ import annotations

from pathlib import Path

from tests.bench import report


def test_both_sides_count_the_same(tmp_path: Path) -> None:
    database = tmp_path / "bench.sqlite"
    report.fill(database, 6_000, 12, seed=3)
    found = {which: report.side(which, database, 12, 1) for which in ("report", "by hand")}
    assert found["report"]["episodes"] == found["by hand"]["episodes"] > 200
