"""What can be wrong with an export: a whole file that is refused, or one row that is rejected."""

from __future__ import annotations

from typing import NamedTuple


class SourceError(Exception):
    """A file that is refused: nothing was changed. The text says what, where, and what to do.

    `casts_doubt`: the file is the source's own and cannot be read, so the source is in doubt until one can; not where
    it is only older than what is loaded, or meant for somewhere else.
    """

    def __init__(self, text: str, *, casts_doubt: bool = True) -> None:
        super().__init__(text)
        self.casts_doubt = casts_doubt


class CellError(ValueError):
    """One cell that cannot be read: why, and what to do about it."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


class Problem(NamedTuple):
    """Why one cell is not known, or one row is left out, before it is known where it stands."""

    column: str
    reason: str
    advice: str
    value: str = ""
