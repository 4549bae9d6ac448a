"""Times for the case system are read back as they were, and never come in time where they were late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from bot.ingest.cells import date_only, month_first, read_moment
from bot.reports.case_system import _day_or_time, _written
from tests.support.factories import at

SECONDS = st.floats(0, 30 * 365.25 * 86400)
TIMES = SECONDS.map(lambda seconds: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


@given(TIMES)
@example(at("Sun 29 Oct 2017 01:30 BST"))
@example(at("Sun 29 Oct 2017 01:30 GMT"))
@example(at("Sun 29 Oct 2017 01:30 GMT") + timedelta(seconds=0.4))
@example(at("Sun 26 Mar 2017 02:00"))
@example(at("Mon 26 Jun 2017 00:00"))
def test_a_time_is_read_back_within_its_second_and_never_earlier(instant: datetime) -> None:
    for written in (_day_or_time(instant), _written(instant, day_alone=False)):
        for read in (read_moment, month_first(read_moment), date_only(read_moment)):
            found = read(written).at
            assert instant <= found < instant + timedelta(seconds=1)
    assert _day_or_time(None) == ""


def test_a_return_at_midnight_stays_a_time_and_a_day_stays_a_day() -> None:
    """The 72 hours of a day alone end later."""
    midnight = at("Mon 26 Jun 2017 00:00")
    assert read_moment(_written(midnight, day_alone=False)) == read_moment("26/06/2017 00:00")
    assert read_moment(_written(midnight, day_alone=True)) == read_moment("26/06/2017")
    assert read_moment(_day_or_time(midnight)).date_only
