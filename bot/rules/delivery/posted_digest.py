"""A digest as it was posted: the record of a morning. Changes and corrections stand beside it (R21, edge case 33)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

#: The section of episodes that a digest counts and does not list: a correction of them is said too.
COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A line of a posted digest, as it was last shown, or (COUNTED) an episode that it counts and does not list.

    `number` is its episode; 0 of a line about none (with a `child_ref`: about the child), below 0 of one that had to be
    taken out: that has no words, and `removed_at` once the post is without it.
    """

    section: str
    number: int
    child_ref: str
    words: str
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """The morning's text (warnings and counts, no reference) and footer, the lines, and what was said since.

    `level` is that of the post: 0 where only counts may be seen, and where its references were taken away.
    """

    text: tuple[str, ...]
    footer: tuple[str, ...]
    lines: tuple[PostedLine, ...] = ()
    beside: tuple[str, ...] = ()
    level: Literal[0, 1] = 1

    @property
    def corrected_at(self) -> datetime | None:
        """The time at which it was first shown without something that had been wrong."""
        return min((x.removed_at for x in self.lines if x.removed_at), default=None)
