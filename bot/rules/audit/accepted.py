"""A restore that a lead accepted: the rows that heads outside the database tell of are in the database before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bot.rules.audit.chain import Head


class AcceptedRestore(NamedTuple):
    """The rows `first` to `last` that were replaced, of which the newest head is of `until`; row, time and person of
    the acceptance.
    """

    row: int
    at: datetime
    who: str
    first: int
    last: int
    until: datetime

    @classmethod
    def of(cls, row: int, at: datetime, who: str, subject: str) -> AcceptedRestore | None:
        """Read the subject of a row; None where it is none of ours, which then accepts nothing."""
        try:
            rows, until = subject.split(" until ")
            first, last = map(int, rows.split("-"))
            return cls(row, at, who, first, last, datetime.fromisoformat(until))
        except ValueError:
            return None

    def answers(self, head: Head) -> bool:
        """Return True for a head of the trail that was replaced. None that was kept later is answered."""
        return self.first <= head.seq <= self.last and head.at <= self.until


def subject_of(heads: Sequence[Head]) -> str:
    """Write which heads an acceptance answers: from the first row to the last, until the time of the newest."""
    rows = [h.seq for h in heads]
    return f"{min(rows)}-{max(rows)} until {max(h.at for h in heads).isoformat()}"
