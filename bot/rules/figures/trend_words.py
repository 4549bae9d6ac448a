"""The course of a number over periods, in words: what a line of a chart says to those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence

NOT_SHOWN = "not shown"


def course(name: str, labels: Sequence[str], values: Sequence[float | None]) -> str:
    """'Episodes: first 4 (2016-H1), last 7 (2017-H1), highest 9 (2016-H2), lowest 4 (2016-H1).'

    What is None is not shown, and highest and lowest are those of the rest; of several that are equal the first.
    Of two the first and the last are all there is.
    """
    if not labels:
        return f"{name}: {NOT_SHOWN}."
    pairs = list(zip(labels, values, strict=True))
    shown = [(label, value) for label, value in pairs if value is not None]
    if not shown:
        return f"{name}: {NOT_SHOWN}."
    if len(pairs) == 1:
        return f"{name}: {_said(*pairs[0])}."
    ends = f"{name}: first {_said(*pairs[0])}, last {_said(*pairs[-1])}"
    if len(pairs) == 2:
        return f"{ends}."
    of = " shown" if len(shown) < len(pairs) else ""
    numbers = [value for _, value in shown]
    highest, lowest = (shown[numbers.index(most)] for most in (max(numbers), min(numbers)))
    if highest[1] == lowest[1]:
        return f"{ends}, never another number{of}."
    return f"{ends}, highest{of} {_said(*highest)}, lowest{of} {_said(*lowest)}."


def _said(label: str, value: float | None) -> str:
    return f"{NOT_SHOWN if value is None else f'{value:g}'} ({label})"
