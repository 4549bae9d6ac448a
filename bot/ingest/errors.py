"""Faults of an export: a whole file that is refused, one row that is rejected, one cell that cannot be read."""

from __future__ import annotations

from typing import NamedTuple


class SourceError(Exception):
    """A file that is refused: nothing was changed. The text names the fault, its place, and the remedy.

    `casts_doubt`: the file is the source's own and cannot be read, so the source is in doubt until one can be. A file
    that is only older than the one loaded, or of another source, casts no doubt.
    """

    def __init__(self, text: str, *, casts_doubt: bool = True) -> None:
        super().__init__(text)
        self.casts_doubt = casts_doubt


class CellError(ValueError):
    """One cell that cannot be read: the reason, and advice."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


class Problem(NamedTuple):
    """The reason for an unread cell or a rejected row, with advice; the row number comes from the caller."""

    column: str
    reason: str
    advice: str
    value: str = ""
