"""Rounding of what is shown beyond one person: to a multiple of 5, a small count to `c`, zero to zero.

It is the nearest multiple but for a few counts, which bot/messages/suppression.py rounds the other way (by 3 or 4) to
keep a small one from being known.
"""

from __future__ import annotations

#: A count that may be printed, or None for one that is printed as `c`.
Count = int | None

THRESHOLD = 5
STEP = 5
NEAR = STEP // 2  # the nearest multiple is at most so far from a count
ENDLESS = 10**9


def is_small(value: int, threshold: int = THRESHOLD) -> bool:
    """Return True for 1 to the threshold. Zero tells of no child."""
    return 1 <= value <= threshold


def most_hidden(threshold: int = THRESHOLD) -> int:
    """Return the largest count that is printed as `c`: the next one is nearer to a multiple above the threshold."""
    return threshold // STEP * STEP + NEAR


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


def interval(printed: Count, threshold: int = THRESHOLD) -> tuple[int, int]:
    """Return the least and the largest count whose nearest multiple is printed so."""
    if printed is None:
        return 1, most_hidden(threshold)
    return (0, 0) if printed == 0 else (printed - NEAR, printed + NEAR)
