"""Spikes: found where they are, and at most 2 % of months flagged in counties that have none."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable
from datetime import date
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.spikes import EVENT_WORDS, EVENTS, Judged, judge, limit, poisson_limit
from bot.rules.time.clock import add_months

START = date(2016, 7, 1)
#: Episodes of the practice county by month, July 2016 to June 2017 (tests/journeys/test_whole.py counts them).
AUTUMN_2016 = (99, 96, 104, 163, 147, 112, 108, 86, 109, 111, 99, 90)
COUNTIES = int(os.environ.get("BOT_COUNTIES", "200"))
SIZES = (3, 8, 20, 50, 100, 150)
#: Fewer children in August, July and at Christmas.
SEASON = (1.0, 1.0, 1.0, 0.95, 1.05, 1.05, 0.9, 0.75, 1.0, 1.0, 1.0, 0.85)


def of(counts: list[int | None] | tuple[int, ...]) -> tuple[Judged, ...]:
    return judge([(add_months(START, n), count) for n, count in enumerate(counts)])


def above(counts: list[int | None] | tuple[int, ...]) -> list[str]:
    return [f"{m.first_day:%Y-%m}" for m in of(counts) if m.above]


def test_the_autumn_of_2016_is_found_and_no_other_month() -> None:
    assert above(AUTUMN_2016) == ["2016-10", "2016-11"]
    october = of(AUTUMN_2016)[3]
    assert (october.usual, october.limit, october.of_first_year) == (106, 139, True)


def test_a_month_is_compared_with_the_twelve_before_it() -> None:
    counts = (*(100,) * 6, *(60,) * 12, 90, 60)
    judged = of(counts)
    assert (judged[18].usual, judged[18].above, judged[18].of_first_year) == (60, True, False)
    assert above(counts) == ["2018-01"]


def test_a_low_month_is_never_flagged() -> None:
    assert above((*(100,) * 12, 0, 10)) == []


def test_without_twelve_months_there_is_no_usual_range() -> None:
    assert all((m.usual, m.limit, m.above) == (None, None, False) for m in of((*(10,) * 10, 90)))


def test_an_unknown_month_is_passed_over_and_is_no_zero() -> None:
    counts: list[int | None] = [50] * 14
    counts[5] = counts[6] = None
    judged = of(counts)
    assert [m.usual for m in judged] == [50] * 5 + [None] * 2 + [50] * 7
    assert (judged[5].episodes, judged[5].above) == (None, False)
    assert of([*counts[:13], 300])[-1].above
    assert all(m.usual is None for m in of(counts[:13])), "eleven are known"


def test_a_rise_that_lasts_becomes_usual() -> None:
    counts = (*(50,) * 12, *(100,) * 12)
    assert above(counts) == [f"2017-{m:02}" for m in range(7, 13)]


def test_a_single_episode_is_no_spike() -> None:
    assert limit((0,) * 12) == 5


@given(st.lists(st.integers(0, 400), min_size=12, max_size=12), st.integers(0, 50))
def test_the_limit_is_never_below_the_usual_and_rises_with_it(baseline: list[int], more: int) -> None:
    assert limit(baseline) >= median(baseline)
    assert limit([n + more for n in baseline]) >= limit(baseline)


@given(st.floats(1, 80), st.sampled_from((0.01, 0.001)))
def test_the_poisson_limit_is_that_of_the_definition(mean: float, chance: float) -> None:
    """The plain sum of the definition, from 0 upwards."""

    def reaches(n: int) -> float:
        return 1 - math.fsum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(n))

    found = poisson_limit(mean, chance)
    assert reaches(found + 1) < chance * (1 + 1e-6)
    assert reaches(found) >= chance * (1 - 1e-6)


@pytest.mark.parametrize("mean", [20_000.0, 300_000.0])
def test_the_poisson_limit_of_a_nation(mean: float) -> None:
    assert poisson_limit(mean) == pytest.approx(mean + 3.09 * math.sqrt(mean), rel=1e-3)


def drawn(rng: random.Random, mean: float) -> int:
    """Draw a Poisson number: the events of exponential waiting times."""
    n, left = 0, mean
    while (left := left - rng.expovariate(1.0)) > 0:
        n += 1
    return n


def single(rng: random.Random, mean: float, months: int, start: int) -> list[int]:
    """Draw children who are each missing once."""
    return [drawn(rng, mean * SEASON[(start + n) % 12]) for n in range(months)]


def again(rng: random.Random, mean: float, months: int, start: int) -> list[int]:
    """Draw children with one to several episodes in a month, 1.5 on average."""
    found = []
    for children in single(rng, mean / 1.5, months, start):
        found.append(children)
        for _ in range(children):
            while rng.random() < 1 / 3:
                found[-1] += 1
    return found


def spells(rng: random.Random, mean: float, months: int, start: int) -> list[int]:
    """Draw two fifths of the episodes of children who are missing four times a month for about four months."""
    found = single(rng, 0.6 * mean, months, start)
    for begins in range(-12, months):
        for _ in range(drawn(rng, 0.4 * mean / 16)):
            n = begins
            while True:
                if 0 <= n < months:
                    found[n] += drawn(rng, 4 * SEASON[(start + n) % 12])
                n += 1
                if rng.random() < 1 / 4:
                    break
    return found


Model = Callable[[random.Random, float, int, int], list[int]]


def flagged(model: Model, mean: float, seed: int) -> int:
    """Count the flagged months of one county of 24 months."""
    rng = random.Random(f"{model.__name__} {mean} {seed}")
    return sum(m.above for m in of([*model(rng, mean, 24, rng.randrange(12))]))


@pytest.mark.parametrize("model", [single, again, spells])
def test_of_counties_without_a_spike_at_most_two_in_a_hundred_months_are_flagged(model: Model) -> None:
    """200 counties of a model, of six sizes in turn: on the whole, and of those with 8 or more episodes a month."""
    found = [(SIZES[seed % len(SIZES)], flagged(model, SIZES[seed % len(SIZES)], seed)) for seed in range(COUNTIES)]
    assert sum(n for _, n in found) <= 0.02 * 24 * len(found)
    large = [n for size, n in found if size >= 20]
    assert sum(large) <= 0.02 * 24 * len(large)


def test_a_doubled_month_is_found() -> None:
    """In counties of 50 or more episodes a month, nine in ten of the months with twice the usual number."""
    found = 0
    for seed in range(60):
        rng = random.Random(f"doubled {seed}")
        counts = again(rng, (50, 100, 150)[seed % 3], 24, rng.randrange(12))
        counts[18] *= 2
        found += of([*counts])[18].above
    assert found >= 54


def test_every_event_has_its_words() -> None:
    assert tuple(EVENT_WORDS) == EVENTS
