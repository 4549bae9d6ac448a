"""Cells become a checked row, or the list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from bot.ingest import children, interviews, police
from bot.ingest.cells import Column, PlaceWords, Readers, authority_but, code_or
from bot.ingest.faults import CellError, Problem, SourceError
from bot.ingest.header import find_columns, plain
from bot.ingest.reading import Export, Line
from bot.rules.partnership import Partnership
from bot.rules.places import Places
from bot.store.staging import StagedRow

UNKNOWN_WORD = (
    "kept, but the area is not known: this word is not in the partnership file",
    "add the word to its area in the partnership file, or correct it, and load the file again",
)


class Format(NamedTuple):
    """One export format: a module with the same four names as its siblings."""

    columns: Callable[[Readers], tuple[Column, ...]]
    row: Any
    problems: Callable[[Any, datetime], Iterator[Problem]]
    staged: Callable[[Any], StagedRow]


FORMATS = {
    "police": Format(police.columns, police.Row, police.problems, police.staged),
    "children": Format(children.columns, children.Row, children.problems, children.staged),
    "interviews": Format(interviews.columns, interviews.Row, interviews.problems, interviews.staged),
}


class Checker:
    """Checks the rows of one file: its header first, then each row by itself."""

    def __init__(self, export: Export, source: str, partnership: Partnership, taken_at: datetime) -> None:
        known = _readers(partnership)
        self._format = FORMATS[source]
        self._columns = self._format.columns(known)
        self._taken_at = taken_at
        self._file = export.name
        _check_source(export, source, partnership)
        found = find_columns(export.header, self._columns, _mapping(partnership, source), source, export.name)
        self._width = len(export.header)
        self.extra = found.extra
        self._plan = [
            (place, column.read, column.required, column.name)
            for place, column in zip(found.places, self._columns, strict=True)
        ]

        self._words = [
            (place, read, name)
            for place, read, _, name in self._plan
            if place is not None and isinstance(read, PlaceWords)
        ]

    def check(self, line: Line) -> StagedRow | list[Problem]:
        """The row, or all that is wrong with it; SourceError where that casts doubt on the file."""
        found = self._check(line)
        if isinstance(found, list):
            self._refuse_swallowed(line)
            self._refuse_cut_off(line, found[0])
        return found

    def unknown_words(self, line: Line) -> list[Problem]:
        """The cells of a right row with a team or area that is not in the partnership file."""
        cells = ((line.cells[place].strip(), words, name) for place, words, name in self._words)
        return [Problem(name, *UNKNOWN_WORD, text) for text, words, name in cells if text and words.is_unknown(text)]

    def _check(self, line: Line) -> StagedRow | list[Problem]:
        if len(line.cells) != self._width:
            return [self._wrong_width(len(line.cells))]
        values, problems = self._read(line)
        if problems:
            return problems
        row = self._format.row._make(values)
        problems = [p._replace(value=self._cell(line, p.column)) for p in self._format.problems(row, self._taken_at)]
        return problems or self._format.staged(row)

    def _read(self, line: Line) -> tuple[list[Any], list[Problem]]:
        cells, values, problems = line.cells, [], []
        for place, read, required, name in self._plan:
            text = cells[place].strip() if place is not None else ""
            value = None
            if text:
                try:
                    value = read(_one_line(text))
                except CellError as fault:
                    problems.append(Problem(name, fault.reason, fault.advice, text))
            elif required:
                problems.append(Problem(name, "is empty", "fill it in the system it comes from"))
            values.append(value)
        return values, problems

    def _cell(self, line: Line, name: str) -> str:
        place = next(place for place, _, _, column in self._plan if column == name)
        return line.cells[place].strip() if place is not None else ""

    def _wrong_width(self, cells: int) -> Problem:
        # The cells themselves are not shown: which of them is a column we read cannot be known.
        reason = f"the row has {cells} cells, the header has {self._width}"
        return Problem("", reason, "look for a comma or a quotation mark that is missing or too many")

    def _refuse_swallowed(self, line: Line) -> None:
        """A wrong row over several lines, with the commas of two rows, has swallowed another: none may be lost."""
        commas = len(line.cells) - 1 + sum(cell.count(",") for cell in line.cells)
        if line.last > line.number and commas >= 2 * (self._width - 1):
            raise SourceError(
                f"{self._file}: lines {line.number} to {line.last} read as one row, probably because of a "
                "stray quotation mark. Export it again; nothing was changed."
            )

    def _refuse_cut_off(self, line: Line, problem: Problem) -> None:
        """A wrong last row without a line end may be the half of a right one."""
        if not line.ended:
            what = f"{problem.column} {problem.reason}".strip()
            raise SourceError(
                f"{self._file}: line {line.number}, the last, has no line end, and {what}. "
                "Either the end of the file is cut off: export or copy it again. Or the row is wrong: correct it, and "
                "end it with a line end. Nothing was changed."
            )


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise CellError("has a line break in it", "take it out in the system it comes from")
    return text


def _readers(partnership: Partnership) -> Readers:
    places = Places(partnership)
    workers = {word for person in partnership.people for word in (person.id, person.worker_code)} - {""}
    return Readers(
        team=PlaceWords(places.team, places.says_unknown),
        district=PlaceWords(places.district, places.says_unknown),
        worker=code_or(workers),
        authority=authority_but(partnership.own_authorities),
    )


def _check_source(export: Export, source: str, partnership: Partnership) -> None:
    """A file given under the wrong name is the commonest mistake: say which export it is."""
    there = {plain(cell) for cell in export.header}
    fits = [name for name, form in FORMATS.items() if _wanted(form, _mapping(partnership, name)) <= there]
    if fits and source not in fits:
        raise SourceError(
            f"{export.name}: these are the columns of a {fits[0]} export. Load it as {fits[0]}; nothing was changed."
        )


def _wanted(form: Format, mapping: Mapping[str, str]) -> set[str]:
    names = {plain(mapping.get(name, name)) for name in form.row._fields}
    return names - {""}


def _mapping(partnership: Partnership, source: str) -> Mapping[str, str]:
    columns: Mapping[str, str] = getattr(partnership.sources, source).columns
    return columns
