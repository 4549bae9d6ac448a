"""The snapshot that a report is made from: the same snapshot gives the same bytes, a late correction another one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.rules.model import Period
from bot.rules.spikes import MonthNote

#: The version of the rules by which figures are counted. Change it with every rule that changes a figure.
RULES = "2026.1"
#: Characters of a snapshot's id that people are shown, and that a button carries.
SHOWN = 8


class SourceState(NamedTuple):
    """The newest export of a source, and the hash of its rows that the report counts."""

    source: str
    taken_at: datetime
    rows: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The sources, rules and sheet that a report is made from. Figures are as of `made_at`, the newest load's time."""

    id: str
    sources: tuple[SourceState, ...]
    rule_version: str
    sheet_issue: int | None
    made_at: datetime

    @property
    def shown(self) -> str:
        return self.id[:SHOWN]


def snapshot_of(
    period: Period,
    sources: Sequence[SourceState],
    made_at: datetime,
    *,
    published: bool,
    sheet_issue: int | None = None,
    words: Mapping[str, Sequence[str]] | None = None,
    earlier_issue: int | None = None,
    settings: str = "",
    noted: Sequence[MonthNote] = (),
    earlier_sheets: Sequence[tuple[str, int]] = (),
) -> Snapshot:
    """Return the snapshot of everything that a report says.

    `settings` is a digest of the partnership file, which names areas and bands. `earlier_issue` is the report that
    "changed since" compares with. `noted` are the events on its months, `earlier_sheets` the half-years before that
    were released, with their issues.
    """
    ordered = tuple(sorted(sources))
    parts = {
        "period": [period.first.isoformat(), period.last.isoformat()],
        "sources": [[s.source, s.taken_at.isoformat(), s.rows] for s in ordered],
        "made_at": made_at.isoformat(),
        "rules": RULES,
        "published": published,
        "sheet_issue": sheet_issue,
        "words": {section: list(said) for section, said in sorted((words or {}).items())},
        "earlier_issue": earlier_issue,
        "settings": settings,
        "noted": [[n.first_day.isoformat(), n.event, n.area] for n in noted],
        "earlier_sheets": [list(each) for each in earlier_sheets],
    }
    told = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Snapshot(hashlib.sha256(told.encode()).hexdigest(), ordered, RULES, sheet_issue, made_at)
