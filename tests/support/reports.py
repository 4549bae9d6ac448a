"""A composer of reports for tests: real figures, in a document as plain as can be."""

from __future__ import annotations

from typing import Any

from bot.reports.making import Composer
from bot.rules.access.permissions import Scope
from bot.rules.model import Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.reports.changes import ChangedFigure, PrintedTable
from bot.rules.reports.snapshot import Snapshot
from bot.rules.time.period import previous
from bot.store.queries.facts import StoredFacts
from bot.store.reports import Words


class PlainComposer(Composer):
    """Composes children and episodes of the county and the leads' words; `fail` makes it break in the middle."""

    def __init__(self) -> None:
        self.fail: Exception | None = None
        self.composed = 0

    def compose(
        self,
        period: Period,
        facts: StoredFacts,
        figures: Any,
        partnership: Partnership,
        snapshot: Snapshot,
        *,
        published: bool,
        words: Words,
        changes: tuple[str, tuple[ChangedFigure, ...]] | None,
    ) -> Any:
        if self.fail:
            raise self.fail
        self.composed += 1
        county = Scope(tuple(a.id for a in partnership.areas))
        of = {p.label: figures.frequency(county, p) for p in (period, previous(period))}
        rows = tuple((label, str(f.children), str(f.episodes)) for label, f in of.items())
        table = PrintedTable("children", "Children and episodes", ("Period", "Children", "Episodes"), rows)
        return {"snapshot": snapshot.id, "published": published, "table": table, "words": words, "changes": changes}

    def write(self, document: Any, form: str) -> bytes:
        return f"{form}\n{sorted(document.items())}".encode()

    def printed(self, document: Any) -> tuple[PrintedTable, ...]:
        return (document["table"],)
