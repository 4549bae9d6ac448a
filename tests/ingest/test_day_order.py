"""A file is read day first; one whose days only make sense month first is refused whole, a slip of the pen is not."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.rejects import SourceError
from bot.ingest.row_checker import DayOrder
from tests.support.exports import police
from tests.support.loader import Loader, mapped

TAKEN = date(2017, 7, 5)
days = st.dates(date(1999, 1, 1), TAKEN)


def order(*rows: list[str], month_first: bool = False) -> DayOrder:
    found = DayOrder(TAKEN, month_first=month_first)
    for row in rows:
        found.add(row)
    return found


@given(st.lists(days, min_size=1, max_size=20))
def test_a_file_with_its_days_in_the_right_order_is_never_refused(found: list[date]) -> None:
    assert not order(*([f"{day:%d/%m/%Y} 10:00"] for day in found)).wrong
    assert not order(*([f"{day:%m/%d/%Y} 10:00"] for day in found), month_first=True).wrong
    assert not order(*([f"{day:%Y-%m-%d} 10:00"] for day in found)).wrong


@given(st.lists(days.filter(lambda day: day.day > 12), min_size=2, max_size=20), st.lists(days, max_size=20))
def test_a_file_with_its_days_in_the_other_order_is_refused(sure: list[date], others: list[date]) -> None:
    """However many of its days could be read either way, unless one of those shows the right order after all."""
    either = [day for day in others if day.day <= 12 and date(day.year, day.day, day.month) <= TAKEN]
    written = [f"{day:%m/%d/%Y}" for day in either]
    rows = [[f"{day:%m/%d/%Y} 10:00"] for day in sure] + [[text] for text in written]
    assert order(*rows).wrong
    assert order(*([f"{day:%d/%m/%Y} 10:00"] for day in sure), month_first=True).wrong


def test_one_slip_among_rows_that_could_be_read_either_way_is_a_cell_and_no_order() -> None:
    rows = [["04/07/2017 18:30"], ["07/24/2016 18:30"], ["05/06/2017 10:00"]]
    assert not order(*rows).wrong
    assert order(rows[1]).wrong  # where there is nothing else, it is the order


def test_a_day_in_the_time_to_come_shows_the_order_as_a_day_above_12_does() -> None:
    # 6 December and 5 November 2017 are to come; 12 June and 11 May are not.
    assert order(["06/12/2017"], ["05/11/2017"]).wrong


@pytest.mark.parametrize("way", ["day-first", "month-first"])
def test_a_refused_file_says_what_to_set_and_puts_its_source_in_doubt(sqlite_bot: Loader, way: str) -> None:
    at = "06/20/2017 18:30" if way == "day-first" else "20/06/2017 18:30"
    rows = [
        police(
            occurrence_ref=f"OCC-{n}",
            birth_date="",
            last_seen_at=at,
            reported_at=at,
            found_at="",
            returned_at="",
            risk_at="",
            prevention_interview_at="",
        )
        for n in range(3)
    ]
    if way == "month-first":
        sqlite_bot.partnership = mapped("police")
        sources = sqlite_bot.partnership.sources
        object.__setattr__(sources.police, "day_order", "month-first")
    other = "month-first" if way == "day-first" else "day-first"
    with pytest.raises(SourceError, match=rf'day_order = "{other}" under \[sources.police\]'):
        sqlite_bot.load("police", *rows)
    assert sqlite_bot.rows("occurrence") == []
    assert [row["source"] for row in sqlite_bot.rows("refused_file")] == ["police"]


def test_the_margin_of_a_day_is_no_time_to_come() -> None:
    tomorrow = TAKEN + timedelta(days=1)
    assert not order([f"{tomorrow:%d/%m/%Y}"]).wrong
