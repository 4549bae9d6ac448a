"""An attacker who runs this program on every table that is possible narrows no small count, as the key is secret.

`tests/support/simulation.py` is the attacker; `python -m tests.bench.disclosure` prints how sure they may be at most.
"""

from __future__ import annotations

import random

import pytest

from bot.store.encryption import Seal
from tests.support.simulation import Throw, a_county, hides_more, narrowed, possible, prints, sheet_of

COUNTIES = range(16)


def chance_of(seed: int) -> Seal:
    return Seal(lambda: bytes([seed]) * 32)


@pytest.mark.parametrize("seed", COUNTIES)
def test_who_has_the_program_and_not_the_key_narrows_no_small_count(seed: int) -> None:
    counts = a_county(random.Random(seed))
    printed = prints(counts, chance_of(seed).chance)
    assert printed is not None
    assert not hides_more(counts, printed)
    assert narrowed(counts, possible(counts, printed)) == []


def test_without_the_secret_small_counts_are_narrowed() -> None:
    """The attack is worth the name: one who knows how the dice fell narrows counts of several of these counties."""
    found = 0
    for seed in COUNTIES:
        counts, chance = a_county(random.Random(seed)), chance_of(seed).chance
        printed = prints(counts, chance)
        assert printed is not None
        found += bool(narrowed(counts, possible(counts, printed, chance)))
    assert found >= 3


def test_what_the_attacker_throws_is_what_the_program_prints() -> None:
    counts = a_county(random.Random(3))
    printed = prints(counts, chance_of(3).chance)
    assert printed is not None
    assert prints(counts, Throw(sheet_of(counts), printed)) == printed
