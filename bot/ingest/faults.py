"""What can be wrong with an export: a whole file that is refused, or one row that is rejected."""

from __future__ import annotations

from typing import NamedTuple


class SourceError(Exception):
    """A file that is refused: nothing was changed. The text says what, where, and what to do."""


class CellError(ValueError):
    """One cell that cannot be read: why, and what to do about it."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


class Problem(NamedTuple):
    """Why one row is rejected, before it is known where it stands."""

    column: str
    reason: str
    advice: str
    value: str = ""
