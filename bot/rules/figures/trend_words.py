"""The course of a number over periods, in words: a chart's line for readers who do not see it."""

from __future__ import annotations

from collections.abc import Sequence

NOT_SHOWN = "not shown"


def course(name: str, labels: Sequence[str], values: Sequence[float | None]) -> str:
    """Write 'Episodes: first 4 (2016-H1), last 7 (2017-H1), highest 9 (2016-H2), lowest 4 (2016-H1).'

    None is not shown, and highest and lowest are those of the rest; of several equal ones the first. Of two values
    the first and the last are enough.
    """
    if not labels:
        return f"{name}: {NOT_SHOWN}."
    pairs = list(zip(labels, values, strict=True))
    shown = [(label, value) for label, value in pairs if value is not None]
    if not shown:
        return f"{name}: {NOT_SHOWN}."
    if len(pairs) == 1:
        return f"{name}: {_point(*pairs[0])}."
    ends = f"{name}: first {_point(*pairs[0])}, last {_point(*pairs[-1])}"
    if len(pairs) == 2:
        return f"{ends}."
    of = " shown" if len(shown) < len(pairs) else ""
    numbers = [value for _, value in shown]
    highest, lowest = (shown[numbers.index(most)] for most in (max(numbers), min(numbers)))
    if highest[1] == lowest[1]:
        return f"{ends}, never another number{of}."
    return f"{ends}, highest{of} {_point(*highest)}, lowest{of} {_point(*lowest)}."


def _point(label: str, value: float | None) -> str:
    return f"{NOT_SHOWN if value is None else f'{value:g}'} ({label})"
