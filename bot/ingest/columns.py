"""Which column of the file is which of ours: by our name, or as the partnership file maps it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.ingest.cells import Column
from bot.ingest.errors import SourceError


class FoundColumns(NamedTuple):
    """Where each of our columns stands in a row (None: not exported), and how many are not ours."""

    places: tuple[int | None, ...]
    extra: int


def find_columns(
    header: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str], source: str, file: str
) -> FoundColumns:
    """SourceError names every column that is missing, and what was probably meant."""
    _check_mapping(columns, mapping, source)
    theirs = [plain(cell) for cell in header]
    wanted = {column.name: plain(mapping.get(column.name, column.name)) for column in columns}
    _check_missing(header, theirs, wanted, source, file)
    twice = sorted(name for name in wanted.values() if theirs.count(name) > 1)
    if twice:
        raise SourceError(f"{file}: the column {twice[0]!r} stands twice. Leave one; nothing was changed.")
    places = tuple(theirs.index(name) if name else None for name in wanted.values())
    return FoundColumns(places, len(header) - len({place for place in places if place is not None}))


def plain(name: str) -> str:
    """Case and the spaces around a name do not matter."""
    return name.strip().casefold()


def _check_mapping(columns: Sequence[Column], mapping: Mapping[str, str], source: str) -> None:
    known = {column.name: column for column in columns}
    for ours, theirs in mapping.items():
        if ours not in known:
            raise SourceError(f"sources.{source}.columns: {ours!r} is not a column of this export{_near(ours, known)}.")
        if not theirs.strip() and known[ours].required:
            raise SourceError(f"sources.{source}.columns: {ours!r} is needed and cannot be left out.")


def _check_missing(header: Sequence[str], theirs: list[str], wanted: Mapping[str, str], source: str, file: str) -> None:
    missing = {ours: name for ours, name in wanted.items() if name and name not in theirs}
    if not missing:
        return
    unused = [cell.strip() for cell, name in zip(header, theirs, strict=True) if name not in wanted.values()]
    said = ", ".join(f"{name!r}{_near(name, unused)}" for name in missing.values())
    raise SourceError(
        f"{file}: these columns of a {source} export are missing: {said}. "
        f"If the export calls a column otherwise, say so in the partnership file under "
        f'sources.{source}.columns, such as {next(iter(missing))} = "its name there" '
        f'(or "" if it is not exported). Nothing was changed.'
    )


def _near(name: str, candidates: Iterable[str]) -> str:
    """A suggestion, only if it is near: other cells of a first line may be somebody's data."""
    known = {plain(c): c for c in candidates}
    near = difflib.get_close_matches(plain(name), known, 1, 0.7)
    return f" (did you mean {known[near[0]]!r}?)" if near else ""
