"""The time of a find, and the absences that belong to it."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from bot.rules.episodes.found_with import CLOSED_BEFORE, FoundWith, find, newest_first, of_episode
from bot.rules.model import FOREVER
from tests.support.factories import at, hours

START, FOUND = at("Mon 3 Jul 2017 20:00"), at("Wed 5 Jul 2017 02:00")


@pytest.mark.parametrize(
    ("start", "end", "together"),
    [
        (START, FOUND, True),
        (START - hours(200), FOREVER, True),  # still missing by its own log
        (START - hours(9), FOUND - hours(24), True),  # its log was closed a day earlier
        (START - hours(9), FOUND - hours(24) - timedelta(seconds=1), False),
        (START + hours(1), START + hours(2), False),  # an absence of its own, long over
        (FOUND, FOREVER, True),
        (FOUND + timedelta(seconds=1), FOREVER, False),  # missing again, after the find
        (START - hours(50), START - hours(1), False),
    ],
)
def test_an_absence_belongs_to_a_find_that_was_in_its_time(start: object, end: object, together: bool) -> None:
    assert find(START, FOUND).touches(start, end) is together  # type: ignore[arg-type]


def test_nothing_before_the_record_belongs_to_it() -> None:
    """A child who was back before the other went missing was found with it while nobody had reported it."""
    short = find(START, START + hours(1))
    assert not short.touches(START - hours(5), START - timedelta(seconds=1))
    assert short.touches(START - hours(5), START)


def test_a_day_alone_lasts_to_its_end() -> None:
    day = find(START, at("Wed 5 Jul 2017 00:00"), date_only=True)
    assert day.touches(at("Wed 5 Jul 2017 23:59"), FOREVER)
    assert not day.touches(at("Thu 6 Jul 2017 00:00"), FOREVER)
    assert day.at is not None


def test_an_end_before_the_start_and_no_end_are_the_time_of_the_record() -> None:
    assert find(START, START - hours(3)) == (START, START)
    open_record = find(START, None)
    assert (open_record.since, open_record.until, open_record.at) == (START, FOREVER, None)
    assert open_record.touches(START + hours(500), START + hours(600))


def test_limits_by_dice() -> None:
    """Each record's own absence belongs to it, and the limits are as long as they say, at any moment and length."""
    dice = random.Random(29)
    for _ in range(2_000):
        start = START + timedelta(minutes=dice.randrange(600_000))
        found = start + timedelta(minutes=dice.randrange(30_000))
        when = find(start, found)
        assert when.touches(start, found)
        assert when.since <= when.until == when.at
        assert when.until - when.since == min(CLOSED_BEFORE, found - start)
        other = start + timedelta(minutes=dice.randrange(-30_000, 30_000))
        over = other + timedelta(minutes=dice.randrange(30_000))
        overlap = other <= found and over >= start
        assert when.touches(other, over) == (overlap and over >= found - CLOSED_BEFORE)


def test_two_records_that_name_each_other_are_one_association() -> None:
    """Whether or not the reader may know the other child."""

    def seen(ref: str | None, later: int = 0, episodes: tuple[int, ...] = (7,)) -> FoundWith:
        return FoundWith(1, "missing", ref, FOUND + hours(later), episodes)

    twice = newest_first(
        [(2, seen("OX-2345")), (2, seen("OX-2345", 1)), (3, seen(None)), (3, seen(None, 1)), (4, seen("OX-2346"))]
    )
    assert [(f.ref, f.at) for f in twice] == [
        ("OX-2345", FOUND + hours(1)),
        (None, FOUND + hours(1)),
        ("OX-2346", FOUND),
    ]
    assert of_episode(twice, 7) == tuple(twice)
    assert of_episode(twice, 9) == ()
    merged = newest_first([(2, seen("OX-2345", 1, (7, 8))), (2, seen("OX-2345", 0, (7,)))])
    assert [f.at for f in of_episode(merged, 7)] == [FOUND + hours(1)], "one of two finds in one absence"
    of_two = [(2, FoundWith(child, "missing", "OX-2345", FOUND)) for child in (1, 5)]
    assert len(newest_first(of_two)) == 2
    without = newest_first([(2, seen("OX-2345", later, ())) for later in (1, 2, 2)])
    assert len(without) == 2, "of a child who was not reported, each find stands for itself"
