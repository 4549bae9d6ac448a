"""The course of a number over periods, in words: what a line of a chart says to those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence

NOT_SHOWN = "not shown"


def course(name: str, labels: Sequence[str], values: Sequence[float | None]) -> str:
    """'Episodes: first 195 (2016-H2), last 188 (2017-H1), highest 195 (2016-H2), lowest 188 (2017-H1).'

    What is None is not shown, and highest and lowest are those of the rest; of several that are equal the first.
    """
    if not labels:
        return f"{name}: {NOT_SHOWN}."
    pairs = list(zip(labels, values, strict=True))
    shown = [(label, value) for label, value in pairs if value is not None]
    if not shown:
        return f"{name}: {NOT_SHOWN}."
    if len(pairs) == 1:
        return f"{name}: {_said(*pairs[0])}."
    of = " shown" if len(shown) < len(pairs) else ""
    numbers = [value for _, value in shown]
    highest, lowest = (shown[numbers.index(most)] for most in (max(numbers), min(numbers)))
    said = [f"first {_said(*pairs[0])}", f"last {_said(*pairs[-1])}"]
    if highest[1] == lowest[1]:
        return f"{name}: {', '.join(said)}, never another number{of}."
    return f"{name}: {', '.join(said)}, highest{of} {_said(*highest)}, lowest{of} {_said(*lowest)}."


def _said(label: str, value: float | None) -> str:
    return f"{NOT_SHOWN if value is None else f'{value:g}'} ({label})"
