""" "Changed since": the printed figures of an earlier issue beside those of now, where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Of a figure that one of the two issues does not have.
ABSENT = "-"


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as it was printed. The first cell of a row names it."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """One printed figure that is another one now."""

    table: str
    row: str
    column: str
    before: str
    now: str


def changed(before: Sequence[PrintedTable], now: Sequence[PrintedTable]) -> tuple[ChangedFigure, ...]:
    """Return every figure that differs, in the order of the newer issue; those that it lacks come last."""
    old, new = _figures(before), _figures(now)
    titles = {table.id: table.title for table in (*before, *now)}
    keys = [*new, *(key for key in old if key not in new)]
    return tuple(
        ChangedFigure(titles[table], row, column, old.get(key, ABSENT), new.get(key, ABSENT))
        for key in keys
        if old.get(key, ABSENT) != new.get(key, ABSENT)
        for table, row, column, _ in (key,)
    )


Key = tuple[str, str, str, int]


def _figures(tables: Sequence[PrintedTable]) -> dict[Key, str]:
    return dict(figure for table in tables for figure in _of_table(table))


def _of_table(table: PrintedTable) -> Iterator[tuple[Key, str]]:
    """Yield each figure under its table, row and column; rows of one name are told apart by their order."""
    seen: dict[str, int] = {}
    for row in table.rows:
        name = row[0]
        nth = seen[name] = seen.get(name, 0) + 1
        for column, cell in zip(table.columns[1:], row[1:], strict=True):
            yield (table.id, name, column, nth), cell
