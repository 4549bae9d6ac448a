"""Rounding of what is shown beyond one person: to a multiple of 5, a small count to `c`, zero to zero.

A count between two multiples goes up or down by chance, to the nearer one more often: 31 is printed as 30 four times of
five, as 35 once. The chance comes of a secret key, so the program, which is public, does not tell which way a count
went. With the same key the same count of the same place always goes the same way.
"""

from __future__ import annotations

from collections.abc import Callable

#: A count that may be printed, or None for one that is printed as `c`.
Count = int | None
#: The chance of a count, from 0 to 1: the same for the same key, place and count, and any for who lacks the key.
Chance = Callable[..., float]

THRESHOLD = 5
STEP = 5
NEAR = STEP // 2  # the nearest multiple is at most so far from a count
FAR = STEP - 1  # the other one
ENDLESS = 10**9


def is_small(value: int, threshold: int = THRESHOLD) -> bool:
    """Return True for 1 to the threshold. Zero tells of no child."""
    return 1 <= value <= threshold


def most_hidden(threshold: int = THRESHOLD) -> int:
    """Return the largest count that is printed as `c`: the next one is nearer to a multiple above the threshold."""
    return threshold // STEP * STEP + NEAR


def either_way(threshold: int = THRESHOLD) -> range:
    """Return the counts that are printed as `c` or as a multiple, by chance: 6 and 7, which may be 10."""
    return range(threshold + 1, most_hidden(threshold) + 1)


def round_count(n: int, threshold: int = THRESHOLD) -> Count:
    """Return 0 for 0, None for 1 to `most_hidden`, and the nearest multiple of 5 for every other count."""
    if n == 0:
        return 0
    return None if n <= most_hidden(threshold) else (n + NEAR) // STEP * STEP


def round_away(n: int, threshold: int = THRESHOLD) -> Count:
    """Return the multiple of 5 on the other side of a count, such as 10 of 6, 7, 13 and 14.

    None where there is none that may be printed.
    """
    above = (n // STEP + 1) * STEP
    away = above if n % STEP <= NEAR else above - STEP
    return None if n % STEP == 0 or n <= threshold or away <= most_hidden(threshold) else away


def round_by_chance(n: int, chance: float, threshold: int = THRESHOLD) -> Count:
    """Return a multiple beside a count: the other one by a chance below a fifth for each step to the nearest."""
    away = round_away(n, threshold)
    distance = min(n % STEP, -n % STEP)
    return round_count(n, threshold) if away is None or chance * STEP >= distance else away


def interval(printed: Count, threshold: int = THRESHOLD) -> tuple[int, int]:
    """Return the least and the largest count that may be printed so."""
    if printed is None:
        return 1, most_hidden(threshold)
    least = min(threshold, most_hidden(threshold)) + 1  # that is ever printed
    return (0, 0) if printed == 0 else (max(least, printed - FAR), printed + FAR)
