"""The digest of a channel that may see counts alone: whole numbers and the age of the sources, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.rules.model import Freshness
from bot.rules.time import freshness


@dataclass(frozen=True, slots=True)
class Headline:
    """The digest at level 0. It has no episode, no child and no reference to give."""

    since: datetime
    until: datetime
    now: datetime
    missing: int
    reported: int
    returned: int
    overdue: int
    due_soon: int
    sources: tuple[Freshness, ...]

    def usable(self, source: str) -> bool:
        """Return True for a source recent enough to be read; too old is never zero."""
        return all(freshness.usable(s, self.now) for s in self.sources if s.source == source)
