"""Codes of placements in the yearly return, by year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.children import PLACEMENT
from bot.rules.ssda903 import PLACES, codes_of, has_year, year_of, years

D = date.fromisoformat


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("K3", "2024-04-01", None),
        ("Z11", "2025-04-01", None),
        ("Z14", "2025-04-01", None),
        ("Z1", None, "2025-03-31"),
        ("H5", None, "2025-03-31"),
        ("P2", None, "2025-03-31"),
        ("K2", None, None),
    ],
)
def test_a_code_is_of_the_days_of_its_years(code: str, first: str | None, last: str | None) -> None:
    day = timedelta(days=1)
    if first:
        assert (has_year(code, D(first)), has_year(code, D(first) - day)) == (True, False)
    if last:
        assert (has_year(code, D(last)), has_year(code, D(last) + day)) == (True, False)
    assert has_year(code, D(first or last or "2017-05-31"))


@given(st.sampled_from(sorted(PLACES)), st.dates(D("2016-04-01"), D("2030-03-31")))
def test_on_every_day_a_code_has_its_year_or_says_which_it_has(code: str, day: date) -> None:
    assert has_year(code, day) or years(code)


def test_a_year_of_the_return_begins_in_april() -> None:
    assert (year_of(D("2025-03-31")), year_of(D("2025-04-01")), years("K3"), years("H5"), years("K2")) == (
        *(2024, 2025),
        *("from 2024-25", "to 2024-25", ""),
    )


def test_every_code_has_a_word_of_ours_or_leaves_it_to_the_provider() -> None:
    assert {place.word for place in PLACES.values()} - {""} <= set(PLACEMENT.meanings)
    assert codes_of("semi_independent") == ("h5", "k3")
