"""Ages for figures, and ages for lists and calls, where birth dates are in doubt."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.episodes.risk_flags import NOT_KNOWN, Age, Said, age
from bot.rules.model import FOREVER
from bot.rules.time.clock import age_on, turns_18_at

#: The local day on which an absence began.
DAY = date(2017, 7, 3)
FOURTEEN, SEVENTEEN, ADULT = date(2003, 2, 1), date(1999, 8, 1), date(1993, 2, 1)

days = st.dates(date(2005, 1, 1), date(2030, 12, 31))
#: Far below and far above 18 on any of those days, and the days around the 18th birthday itself.
births = st.one_of(
    st.dates(date(1960, 1, 1), date(2031, 1, 1)),
    st.builds(lambda day, off: day.replace(day=1, year=day.year - 18) + timedelta(off), days, st.integers(-40, 40)),
)


@given(births, births, days, st.booleans(), st.booleans())
def test_who_is_a_child_by_any_date_is_dropped_by_none(
    first: date, second: date, day: date, unread: bool, older: bool
) -> None:
    found = age((first, second), day, unread=unread, older=older)
    assert found == age((second, first), day, unread=unread, older=older), "whichever agency says it first"
    assert not found.adult, "nobody confirmed it"
    born = {birth for birth in (first, second) if birth <= day}
    ages = sorted(age_on(birth, day) for birth in born)
    if ages and ages[0] < 18:
        assert found.youngest == ages[0]
        assert found.turns_18 >= turns_18_at(max(born))
    assert found.doubt == bool(ages and ages[-1] >= 18)
    if found.doubt:
        assert (found.known, found.turns_18) == (None, FOREVER), "no figure and no birthday goes by such dates"


@given(st.dates(date(2000, 1, 1), DAY), st.dates(date(2000, 1, 1), DAY))
def test_where_both_dates_make_a_child_the_band_alone_is_not_known(first: date, second: date) -> None:
    found = age(tuple({first, second}), DAY)  # the same date of both is one
    assert found.known == (age_on(first, DAY) if first == second else None)
    assert not found.doubt


@pytest.mark.parametrize(
    ("given_dates", "expected"),
    [
        ((), NOT_KNOWN),
        ((FOURTEEN,), Age(14, 14, turns_18_at(FOURTEEN))),
        ((FOURTEEN, SEVENTEEN), Age(None, 14, turns_18_at(FOURTEEN))),
        ((FOURTEEN, ADULT), Age(None, 14, doubt=True)),
        ((ADULT,), Age(None, None, doubt=True)),
        ((ADULT, date(1990, 1, 1)), Age(None, None, doubt=True)),
        ((date(1999, 7, 3),), Age(None, None, doubt=True)),  # the 18th birthday is the day itself
        ((date(1999, 7, 4),), Age(17, 17, turns_18_at(date(1999, 7, 4)))),
        ((DAY + timedelta(1),), NOT_KNOWN),  # not born yet: such a date says nothing
        ((DAY + timedelta(1), SEVENTEEN), Age(17, 17, turns_18_at(SEVENTEEN))),
    ],
)
def test_what_the_dates_say(given_dates: tuple[date, ...], expected: Age) -> None:
    assert age(given_dates, DAY) == expected


def test_beside_a_date_that_could_not_be_read_an_older_one_holds_for_calls_alone() -> None:
    assert age((SEVENTEEN,), DAY, unread=True) == Age(None, 17, turns_18_at(SEVENTEEN))
    assert age((SEVENTEEN,), DAY, unread=True, older=True) == Age(None, 17, FOREVER), "it ends no absence either"


@pytest.mark.parametrize(
    ("given_dates", "said", "expected"),
    [
        ((FOURTEEN, ADULT), "adult", Age(youngest=14, adult=True)),
        ((ADULT,), "adult", Age(adult=True)),
        ((), "adult", Age(adult=True)),
        ((FOURTEEN, ADULT), "child", Age(youngest=14)),
        ((ADULT,), "child", Age()),
        ((), "child", NOT_KNOWN),
        ((FOURTEEN, SEVENTEEN), "adult", age((FOURTEEN, SEVENTEEN), DAY)),  # both agencies' records make a child
        ((FOURTEEN,), "adult", age((FOURTEEN,), DAY)),
    ],
)
def test_what_a_named_person_confirmed(given_dates: tuple[date, ...], said: Said, expected: Age) -> None:
    assert age(given_dates, DAY, said=said) == expected
