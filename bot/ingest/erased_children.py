"""Rows of children who were erased on request: an export cannot bring them back, and no missing child goes unseen.

A child who goes missing after the erasure is a new child with a new reference: a missing child is never left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.ingest.errors import Problem
from bot.rules.audit.erasure import Kind
from bot.store.database import Database, reading
from bot.store.loading.staging import StagedChild, StagedInterview, StagedOccurrence, StagedRow
from bot.store.queries.children import Erasures, all_erased, is_stored

REASON = "belongs to a child who was erased on request"
ADVICE = "nothing is to be done here; take it out of the export, or ask who answers for data protection"
_COLUMN: dict[Kind, str] = {"council_ref": "child_id", "episode_ref": "episode_id"}


class ErasedRows:
    """The erasures at the time the file was opened. `returned` counts rows of erased children gone missing since."""

    def __init__(self, engine: Database, erasures: Erasures | None) -> None:
        with reading(engine) as connection:
            self._since = all_erased(connection)
        if self._since and erasures is None:
            raise ValueError("references were erased: the key that recognises them is needed")
        self._engine = engine
        self._erasures = erasures
        self.returned = 0

    @property
    def count(self) -> int:
        return len(self._since)

    def problem(self, row: StagedRow) -> Problem | None:
        """Return the reason to reject the row, by column, never by value; None where the row may be stored.

        The council's facts of an erased child who went missing again, and so is stored, are taken.
        """
        if not self._since:
            return None
        for kind, reference, began in _references(row):
            since = self._erased_at(kind, reference)
            if since is None:
                continue
            if isinstance(row, StagedChild):
                with reading(self._engine) as connection:
                    if is_stored(connection, row.police_ref, row.council_ref):
                        continue
            if began is None or began < since:
                return Problem(_COLUMN.get(kind, kind), REASON, ADVICE)
            self.returned += 1
        return None

    def without(self, row: StagedRow) -> StagedRow:
        """Return the row without erased children among those found with the child."""
        if not (self._since and isinstance(row, StagedOccurrence) and row.found_with):
            return row
        others = (ref for ref in row.found_with.split(";") if self._erased_at("police_ref", ref) is None)
        return row._replace(found_with=";".join(others))

    def _erased_at(self, kind: Kind, reference: str) -> datetime | None:
        return self._since.get(self._erasures.digest(kind, reference)) if self._erasures else None


def _references(row: StagedRow) -> Iterator[tuple[Kind, str, datetime | None]]:
    """Each reference with the start of its episode; None where the reference itself is an erased one, of any time."""
    if isinstance(row, StagedOccurrence):
        yield "occurrence_ref", row.occurrence_ref, None
        yield from (("police_ref", ref, row.last_seen_at or row.reported_at) for ref in [row.police_ref] if ref)
    elif isinstance(row, StagedInterview):
        yield "episode_ref", row.episode_ref, None
        yield from (("occurrence_ref", ref, None) for ref in [row.occurrence_ref] if ref)
        yield from (("council_ref", ref, row.started_at) for ref in [row.council_ref] if ref)
    else:
        yield "council_ref", row.council_ref, None
        yield from (("police_ref", ref, None) for ref in [row.police_ref] if ref)
