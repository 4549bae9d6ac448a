"""A list of people as a CSV: each row is one person with one role, or a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

from bot.ingest.cells import read_day
from bot.ingest.csv_file import NOTHING_CHANGED, open_export
from bot.ingest.rejects import CellError, Problem, SourceError
from bot.ingest.shape import ColumnNames, plain
from bot.rules.access.permissions import Enter
from bot.rules.partnership.roles import Agency, Role

COLUMNS = ("id", "agency", "role", "areas", "expires", "worker_code", "slack_id", "teams_id")
NEEDED = ("id", "agency")
_NAMED = {plain(name): name for name in COLUMNS}
NAMES = ColumnNames(frozenset(map(plain, NEEDED)), _NAMED.keys())


class PersonRow(NamedTuple):
    """One row of the file: its number (the header is 1), its cells, and the person to enter or the fault."""

    number: int
    cells: Mapping[str, str]
    wanted: Enter | Problem


def read_people(path: Path) -> Iterator[PersonRow]:
    """Read every row. SourceError if the file as a whole cannot be used."""
    with open_export(path, NAMES) as export:
        header = [_NAMED.get(plain(cell), cell.strip()) for cell in export.header]
        while not header[-1]:  # cells of a sheet beside the table
            header.pop()
        if unknown := [name for name in header if name not in COLUMNS]:
            near = get_close_matches(unknown[0], COLUMNS, 1, 0.6)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise SourceError(f"{path.name}: the columns are {', '.join(COLUMNS)}, and there is another.{hint}")
        if missing := [name for name in NEEDED if name not in header]:
            raise SourceError(f"{path.name}: the column {missing[0]!r} is missing. Nothing was changed.")
        if len(set(header)) < len(header):
            raise SourceError(f"{path.name}: a column stands twice. Leave one; nothing was changed.")
        lines = list(export.rows())
        if export.broken:
            raise SourceError(f"{path.name}: {export.broken} {NOTHING_CHANGED}")
        for line in lines:
            cells = dict(zip(header, (cell.strip() for cell in line.cells), strict=False))
            whole = len(line.cells) >= len(header) and not any(line.cells[len(header) :])
            yield PersonRow(line.number, cells, _wanted(cells, whole))


def _wanted(cells: Mapping[str, str], whole: bool) -> Enter | Problem:
    if not whole:
        return Problem("id", "has more or fewer cells than the header", "look for a comma too many or too few")
    column = "id"
    try:
        for column in NEEDED:
            if not cells[column]:
                raise CellError("is empty", "every row needs an id and an agency")
        column = "agency"
        agency = cast(Agency, _word(cells["agency"], get_args(Agency)))
        column = "role"
        role = cast(Role, _word(cells["role"], get_args(Role))) if cells.get("role") else None
        column = "expires"
        expires = read_day(cells["expires"]) if cells.get("expires") else None
    except CellError as fault:
        return Problem(column, fault.reason, fault.advice, cells.get(column, ""))
    areas = tuple(dict.fromkeys(cells.get("areas", "").replace(",", " ").replace(";", " ").split()))
    codes: dict[str, Any] = {name: cells.get(name, "") for name in ("worker_code", "slack_id", "teams_id")}
    return Enter(cells["id"], agency, role, areas, expires, **codes, known=True)


def _word(text: str, known: tuple[str, ...]) -> str:
    """Read one of the known words; case, spaces and dashes do not matter."""
    word = text.casefold().replace(" ", "_").replace("-", "_")
    if word in known:
        return word
    near = get_close_matches(word, known, 1, 0.6)
    raise CellError("is not one of the words", f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}")
