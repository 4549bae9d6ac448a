"""Chance: one seeded source per purpose, so that a change to one part never re-rolls the others."""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")


def dice(purpose: str) -> Random:
    """Text seeds go through SHA-512 inside Random: the numbers do not depend on PYTHONHASHSEED."""
    return Random(f"practice 2017, {purpose}")  # noqa: S311  invented data, not a secret


def pick(rng: Random, weights: Mapping[T, float]) -> T:
    """One key, as often as its weight says."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]
