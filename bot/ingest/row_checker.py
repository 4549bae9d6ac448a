"""Cells become a row, with the list of all that could not be read of it: a row stands on who and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from datetime import datetime
from typing import Any, NamedTuple

from bot.ingest import children, interviews, police
from bot.ingest.cells import Column, PlaceWords, Readers, authority_but, code_or, says_nothing
from bot.ingest.columns import find_columns, plain
from bot.ingest.csv_file import Export, Line
from bot.ingest.day_order import DayOrder
from bot.ingest.errors import CellError, Problem, SourceError
from bot.ingest.timestamps import month_first, read_day, read_moment
from bot.rules.partnership.partnership import Partnership, Source
from bot.rules.text.place_names import Places
from bot.rules.time.clock import local_day
from bot.store.loading.staging import StagedRow

UNKNOWN_WORD = (
    "is a team or area that the partnership file does not have",
    "add the word to its area in the partnership file, or correct it, and load the file again",
)
TORN = (
    "stands where quotation marks do not match: read by itself, without them",
    "look for a quotation mark that is missing or too many, and export the file again",
)
NAMES_NOTHING = (
    "names neither a child nor a record, so the row is left out",
    "fill in the references in the system it comes from",
)


class Format(NamedTuple):
    """One export format: a module with the same seven names as its siblings."""

    columns: Callable[[Readers], tuple[Column, ...]]
    row: Any
    fitted: Callable[[Any], Any]
    problems: Callable[[Any, datetime], Iterator[Problem]]
    gaps: Callable[[Any], Iterator[Problem]]
    is_open: Callable[[Any], bool]
    staged: Callable[[Any, Set[str]], StagedRow | None]


def _format(module: Any, row: type[NamedTuple]) -> Format:
    return Format(module.columns, row, *(getattr(module, name) for name in Format._fields[2:]))


FORMATS = {
    "police": _format(police, police.PoliceRow),
    "children": _format(children, children.ChildRow),
    "interviews": _format(interviews, interviews.InterviewRow),
}


_NONE: frozenset[str] = frozenset()


class CheckedRow(NamedTuple):
    """A row as it is stored, None where it is left out; what could not be read of it; whether it may be open."""

    row: StagedRow | None
    problems: list[Problem]
    maybe_open: bool


class Checker:
    """Checks the rows of one file: its header first, then each row by itself."""

    def __init__(self, export: Export, source: str, partnership: Partnership, taken_at: datetime) -> None:
        chosen: Source = getattr(partnership.sources, source)
        known = _readers(partnership, chosen)
        self.day_order = DayOrder(local_day(taken_at), month_first=chosen.day_order == "month-first")
        self.source = source
        self._format = FORMATS[source]
        self._columns = self._format.columns(known)
        self._taken_at = taken_at
        _check_source(export, source, partnership)
        found = find_columns(export.header, self._columns, _mapping(partnership, source), source, export.name)
        self._width = len(export.header)
        self.extra = found.extra
        self.kinds = {column.name: column.kind for column in self._columns}
        self._plan = [
            (place, column.read, column.name) for place, column in zip(found.places, self._columns, strict=True)
        ]
        self._dated = [
            p for p, c in zip(found.places, self._columns, strict=True) if p is not None and c.kind == "time"
        ]
        self._times = [(n, column.name) for n, column in enumerate(self._columns) if column.name.endswith("_at")]
        self._words = [
            (place, read, name)
            for place, read, name in self._plan
            if place is not None and isinstance(read, PlaceWords)
        ]

    def check(self, line: Line) -> CheckedRow:
        """The row with all that is wrong with it."""
        if len(line.cells) != self._width:
            return CheckedRow(None, [self._wrong_width(len(line.cells))], self.source != "children")
        values, problems = self._read(line)
        if not self.day_order.right:
            self.day_order.seen(line.cells[place] for place in self._dated)
        row = self._format.row._make(values)
        twice = [name for n, name in self._times if (value := values[n]) and (value.later or value.moved)]
        row = self._settled(self._format.fitted(row) if twice else row, line, problems)
        problems += [p for p in self._format.gaps(row) if p.column not in {known.column for known in problems}]
        staged = self._format.staged(row, {p.column for p in problems} if problems else _NONE)
        if staged is None:
            return CheckedRow(None, [*problems, Problem("", *NAMES_NOTHING)], self._format.is_open(row))
        problems += self._unknown_words(line)
        problems += self._of_a_clock_change(row, twice, line)
        problems += [Problem("", *TORN)] if line.torn else []
        return CheckedRow(staged, problems, self._format.is_open(row))

    def swallows(self, line: Line, checked: CheckedRow) -> bool:
        """Whether a stray quotation mark made one wrong row of several lines: it has the commas of two rows."""
        if not (checked.problems and line.raw):
            return False
        commas = len(line.cells) - 1 + sum(cell.count(",") for cell in line.cells)
        return commas >= 2 * (self._width - 1)

    def _settled(self, row: Any, line: Line, problems: list[Problem]) -> Any:
        """The row without the cells that contradict others: each is let go before the others are looked at."""
        while problem := next(self._format.problems(row, self._taken_at), None):
            problems.append(problem._replace(value=self._cell(line, problem.column)))
            row = row._replace(**{problem.column: None})
        return row

    def _of_a_clock_change(self, row: Any, names: list[str], line: Line) -> Iterator[Problem]:
        """How the times of such a night were read."""
        for name in names:
            if value := getattr(row, name):
                yield Problem(
                    name, value.how_read, "write it with its offset: +01:00 or +00:00", self._cell(line, name)
                )

    def _unknown_words(self, line: Line) -> list[Problem]:
        """The cells with a team or area that is not in the partnership file."""
        cells = ((line.cells[place].strip(), words, name) for place, words, name in self._words)
        return [Problem(name, *UNKNOWN_WORD, text) for text, words, name in cells if text and words.is_unknown(text)]

    def _read(self, line: Line) -> tuple[list[Any], list[Problem]]:
        cells, values, problems = line.cells, [], []
        for place, read, name in self._plan:
            text = cells[place].strip() if place is not None else ""
            value = None
            if text:
                try:
                    value = read(_one_line(text))
                except CellError as fault:
                    if not says_nothing(text):
                        problems.append(Problem(name, fault.reason, fault.advice, text))
            values.append(value)
        return values, problems

    def _cell(self, line: Line, name: str) -> str:
        place = next(place for place, _, column in self._plan if column == name)
        return line.cells[place].strip() if place is not None else ""

    def _wrong_width(self, cells: int) -> Problem:
        # The cells themselves are not shown: which of them is a column we read cannot be known.
        reason = f"the row has {cells} cells, the header has {self._width}"
        return Problem("", reason, "look for a comma or a quotation mark that is missing or too many")


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise CellError("has a line break in it", "take it out in the system it comes from")
    return text


def _readers(partnership: Partnership, source: Source) -> Readers:
    places = Places(partnership)
    american = source.day_order == "month-first"
    workers = {word for person in partnership.people for word in (person.id, person.worker_code)} - {""}
    return Readers(
        team=PlaceWords(places.team, places.says_unknown),
        district=PlaceWords(places.district, places.says_unknown),
        worker=code_or(workers),
        authority=authority_but(partnership.own_authorities, partnership.other_authorities),
        day=month_first(read_day) if american else read_day,
        moment=month_first(read_moment) if american else read_moment,
    )


def _check_source(export: Export, source: str, partnership: Partnership) -> None:
    """A file given under the wrong name is the commonest mistake: say which export it is."""
    there = {plain(cell) for cell in export.header}
    fits = [name for name, form in FORMATS.items() if _wanted(form, _mapping(partnership, name)) <= there]
    if fits and source not in fits:
        raise SourceError(
            f"{export.name}: these are the columns of a {fits[0]} export. Load it as {fits[0]}; nothing was changed.",
            casts_doubt=False,
        )


def _wanted(form: Format, mapping: Mapping[str, str]) -> set[str]:
    names = {plain(mapping.get(name, name)) for name in form.row._fields}
    return names - {""}


def _mapping(partnership: Partnership, source: str) -> Mapping[str, str]:
    columns: Mapping[str, str] = getattr(partnership.sources, source).columns
    return columns
