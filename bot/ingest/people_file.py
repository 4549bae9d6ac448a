"""A list of people, or a rota, as a CSV: each row is one person with one role, one shift, or a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

from bot.ingest.cells import Timestamp, read_day, read_moment
from bot.ingest.csv_file import NOTHING_CHANGED, open_export
from bot.ingest.rejects import CellError, Problem, SourceError
from bot.ingest.shape import ColumnNames, plain
from bot.rules.access.permissions import Enter
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.roles import Agency, Role
from bot.rules.partnership.rota import Shift
from bot.rules.time.clock import day_start, local_day

COLUMNS = ("id", "agency", "role", "areas", "expires", "worker_code", "slack_id", "teams_id")
NEEDED = ("id", "agency")
ROTA = ("role", "person", "from", "to")


class PersonRow(NamedTuple):
    """One row of the file: its number (the header is 1), its cells, and the person to enter or the fault."""

    number: int
    cells: Mapping[str, str]
    wanted: Enter | Problem


class ShiftRow(NamedTuple):
    """One row of a rota: its number (the header is 1), its cells, and the shift or the fault."""

    number: int
    cells: Mapping[str, str]
    wanted: Shift | Problem


class _Line(NamedTuple):
    number: int
    cells: Mapping[str, str]
    whole: bool


def read_people(path: Path) -> Iterator[PersonRow]:
    """Read every row. SourceError if the file as a whole cannot be used."""
    for line in _lines(path, COLUMNS, NEEDED):
        yield PersonRow(line.number, line.cells, _wanted(line.cells, line.whole))


def read_rota(path: Path, partnership: Partnership) -> Iterator[ShiftRow]:
    """Read every row of a rota. SourceError if the file as a whole cannot be used."""
    for line in _lines(path, ROTA, ROTA):
        yield ShiftRow(line.number, line.cells, _shift(line.cells, line.whole, partnership))


def _lines(path: Path, columns: tuple[str, ...], needed: tuple[str, ...]) -> Iterator[_Line]:
    """Read the rows under a header of these columns. SourceError if the file as a whole cannot be used."""
    named = {plain(name): name for name in columns}
    with open_export(path, ColumnNames(frozenset(map(plain, needed)), named.keys())) as export:
        header = [named.get(plain(cell), cell.strip()) for cell in export.header]
        while not header[-1]:  # cells of a sheet beside the table
            header.pop()
        if unknown := [name for name in header if name not in columns]:
            near = get_close_matches(unknown[0], columns, 1, 0.6)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise SourceError(f"{path.name}: the columns are {', '.join(columns)}, and there is another.{hint}")
        if missing := [name for name in needed if name not in header]:
            raise SourceError(f"{path.name}: the column {missing[0]!r} is missing. Nothing was changed.")
        if len(set(header)) < len(header):
            raise SourceError(f"{path.name}: a column stands twice. Leave one; nothing was changed.")
        lines = list(export.rows())
        if export.broken:
            raise SourceError(f"{path.name}: {export.broken} {NOTHING_CHANGED}")
        for line in lines:
            cells = dict(zip(header, (cell.strip() for cell in line.cells), strict=False))
            whole = len(line.cells) >= len(header) and not any(line.cells[len(header) :])
            yield _Line(line.number, cells, whole)


def _shift(cells: Mapping[str, str], whole: bool, partnership: Partnership) -> Shift | Problem:
    """Read one shift. A `to` that is a day alone is its whole day: two holders are said, and a gap is nobody."""
    if not whole:
        return Problem("role", "has more or fewer cells than the header", "look for a comma too many or too few")
    column = "role"
    try:
        for column in ROTA:
            if not cells[column]:
                raise CellError("is empty", "every row needs a role, a person, from and to")
        column = "role"
        role = _word(cells["role"], ("duty", *partnership.roles, *get_args(Role)))
        column = "person"
        person = _listed(cells["person"], partnership)
        column = "from"
        begins = _moment(cells["from"]).at
        column = "to"
        given = _moment(cells["to"])
        ends = day_start(local_day(given.at) + timedelta(days=1)) if given.date_only else given.at
        if ends <= begins:
            raise CellError("is not after from", "a shift ends after it begins; a day alone is that whole day")
    except CellError as fault:
        return Problem(column, fault.reason, fault.advice, cells.get(column, ""))
    return Shift(role, person, begins, ends)


def _listed(text: str, partnership: Partnership) -> str:
    found = partnership.person(text)
    if found is None:
        near = get_close_matches(text, [p.id for p in partnership.people], 1, 0.6)
        raise CellError("nobody with this id is listed", f"did you mean {near[0]}?" if near else "see people list")
    if not found.active:
        raise CellError("this person is not active", "name another, or: people activate")
    return found.id


def _moment(text: str) -> Timestamp:
    """Read a London time. One of a clock change that does not exist or comes twice is not guessed."""
    moment = read_moment(text)
    if moment.moved or moment.later is not None:
        why = "does not exist: the clocks go forward" if moment.moved else "comes twice: the clocks go back"
        raise CellError(why, "choose a time outside 01:00-01:59, or write it with +01:00 or +00:00")
    return moment


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
