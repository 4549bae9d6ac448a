"""Ten days of the simulated 90: what was held comes back nowhere, no digest is rewritten, no child is hidden."""

from __future__ import annotations

from pathlib import Path

from tests.bench.ninety_days import played
from tests.rulebook.not_yet import OF_THE_DAYS


def test_ten_days_hold_but_for_what_is_not_yet(database_url: str, tmp_path: Path) -> None:
    """A measure that is 0 although it is listed fails too, so that the list shrinks."""
    county = played(database_url, tmp_path, seed=3, days=10)
    assert county.done["children missing, asked for"] > 20
    assert county.done["held and not recorded by the next working day"] > 2
    assert {name for name, count in county.results.items() if count} == set(OF_THE_DAYS), county.results
