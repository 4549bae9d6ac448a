"""A digest as it was posted: the record of a morning. Changes and corrections stand beside it (R21, edge case 33)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A line of a posted digest, as it was last shown.

    `number` is its episode; 0 of a line about none, below 0 of one that had to be taken out: that has no words, and
    `removed_at` once the post is without it.
    """

    section: str
    number: int
    child_ref: str
    words: str
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """The morning's text (warnings and counts, no reference) and footer, the lines, and what was said since."""

    text: tuple[str, ...]
    footer: tuple[str, ...]
    lines: tuple[PostedLine, ...] = ()
    beside: tuple[str, ...] = ()
