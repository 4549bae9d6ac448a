"""Columns of a file, found by our names or as the partnership file maps them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.ingest.cells import Column
from bot.ingest.errors import SourceError


class FoundColumns(NamedTuple):
    """The place of each of our columns in a row (None: not exported), and the number of columns that are not ours."""

    places: tuple[int | None, ...]
    extra: int


def find_columns(
    header: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str], source: str, file: str
) -> FoundColumns:
    """Find our columns by our names, or by those of the partnership file (`mapping`).

    SourceError names every column that is missing, and suggests near names.
    """
    known = {column.name: column for column in columns}
    for ours, theirs in mapping.items():
        if ours not in known:
            raise SourceError(f"sources.{source}.columns: {ours!r} is not a column of this export{_near(ours, known)}.")
        if not theirs.strip() and known[ours].required:
            raise SourceError(f"sources.{source}.columns: {ours!r} is needed and cannot be left out.")

    names = [plain(cell) for cell in header]
    wanted = {column.name: plain(mapping.get(column.name, column.name)) for column in columns}
    missing = {ours: name for ours, name in wanted.items() if name and name not in names}
    if missing:
        unused = [cell.strip() for cell, name in zip(header, names, strict=True) if name not in wanted.values()]
        listed = ", ".join(f"{name!r}{_near(name, unused)}" for name in missing.values())
        raise SourceError(
            f"{file}: these columns of a {source} export are missing: {listed}. "
            f"If the export calls a column otherwise, say so in the partnership file under "
            f'sources.{source}.columns, such as {next(iter(missing))} = "its name there" '
            f'(or "" if it is not exported). Nothing was changed.'
        )
    twice = sorted(name for name in wanted.values() if names.count(name) > 1)
    if twice:
        raise SourceError(f"{file}: the column {twice[0]!r} stands twice. Leave one; nothing was changed.")
    places = tuple(names.index(name) if name else None for name in wanted.values())
    return FoundColumns(places, len(header) - len({place for place in places if place is not None}))


def plain(name: str) -> str:
    """Return a column name for comparison: case and the spaces around it do not matter."""
    return name.strip().casefold()


def _near(name: str, candidates: Iterable[str]) -> str:
    """Suggest a near name, or nothing: other cells of a first line may be a person's data."""
    known = {plain(c): c for c in candidates}
    near = difflib.get_close_matches(plain(name), known, 1, 0.7)
    return f" (did you mean {known[near[0]]!r}?)" if near else ""
