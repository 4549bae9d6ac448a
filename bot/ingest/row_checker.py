"""Check a file row by row: find its columns, read the cells of each row, and list those that could not be read.

A row needs a child or a record, and a time. The days of a file have to make sense in the order they are read.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from bot.ingest import children, interviews, police
from bot.ingest.cells import (
    Column,
    PlaceWords,
    Readers,
    authority_but,
    code_or,
    month_first,
    read_day,
    read_moment,
    says_nothing,
)
from bot.ingest.csv_file import Export, Line, apart, plain
from bot.ingest.rejects import CellError, Problem, SourceError
from bot.rules.partnership.partnership import Partnership, Source
from bot.rules.text.area_names import Places
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


class CheckedRow(NamedTuple):
    """A row as it is stored (None where it is left out), its problems, and whether it may be open."""

    row: StagedRow | None
    problems: list[Problem]
    maybe_open: bool


class Checker:
    """Checks the rows of one file: its header first, then each row by itself."""

    def __init__(self, export: Export, source: str, partnership: Partnership, taken_at: datetime) -> None:
        chosen: Source = getattr(partnership.sources, source)
        places, american = Places(partnership), chosen.day_order == "month-first"
        workers = {word for person in partnership.people for word in (person.id, person.worker_code)} - {""}
        known = Readers(
            team=PlaceWords(places.team, places.says_unknown),
            district=PlaceWords(places.district, places.says_unknown),
            worker=code_or(workers),
            authority=authority_but(partnership.own_authorities, partnership.other_authorities),
            day=month_first(read_day) if american else read_day,
            moment=month_first(read_moment) if american else read_moment,
        )
        self.day_order = DayOrder(local_day(taken_at), month_first=american)
        self.source = source
        self._export = export
        self._format = FORMATS[source]
        self._columns = self._format.columns(known)
        self._taken_at = taken_at
        # A file given under the wrong name is the commonest mistake: refuse it, and name the export that it is.
        there = {plain(cell) for cell in export.header}
        fits = []
        for name, form in FORMATS.items():
            mapping = getattr(partnership.sources, name).columns
            if {plain(mapping.get(ours, ours)) for ours in form.row._fields} - {""} <= there:
                fits.append(name)
        if fits and source not in fits:
            raise SourceError(
                f"{export.name}: these are the columns of a {fits[0]} export. Load it as {fits[0]}; nothing was "
                "changed.",
                casts_doubt=False,
            )
        found = _find_columns(export.header, self._columns, chosen.columns, source, export.name)
        self._width = len(export.header)
        self.extra = self._width - len(set(found) - {None})  # columns that are not ours
        self.kinds = {column.name: column.kind for column in self._columns}
        self._plan = [(place, column.read, column.name) for place, column in zip(found, self._columns, strict=True)]
        self._dated = [p for p, c in zip(found, self._columns, strict=True) if p is not None and c.kind == "time"]
        self._times = [(n, column.name) for n, column in enumerate(self._columns) if column.name.endswith("_at")]
        self._words = [
            (place, read, name)
            for place, read, name in self._plan
            if place is not None and isinstance(read, PlaceWords)
        ]

    def rows(self) -> Iterator[tuple[Line, CheckedRow]]:
        """Check every row; of a row that swallowed others because of a stray quotation mark, each line by itself.

        Such a row has the commas of two rows.
        """
        for line in self._export.rows():
            checked = self.check(line)
            if checked.problems and line.raw:
                commas = len(line.cells) - 1 + sum(cell.count(",") for cell in line.cells)
                if commas >= 2 * (self._width - 1):
                    yield from ((one, self.check(one)) for one in apart(line.number, line.raw))
                    continue
            yield line, checked

    def check(self, line: Line) -> CheckedRow:
        """Check one row: read its cells, drop those that contradict others, and list every problem."""
        if len(line.cells) != self._width:
            # The cells themselves are not shown: their columns cannot be known.
            reason = f"the row has {len(line.cells)} cells, the header has {self._width}"
            advice = "look for a comma or a quotation mark that is missing or too many"
            return CheckedRow(None, [Problem("", reason, advice)], self.source != "children")
        values, problems = self._read(line)
        if not self.day_order.right:
            self.day_order.add(line.cells[place] for place in self._dated)
        row = self._format.row._make(values)
        twice = [name for n, name in self._times if (value := values[n]) and (value.later or value.moved)]
        if twice:
            row = self._format.fitted(row)
        # Each cell that contradicts others is dropped before the others are looked at.
        while problem := next(self._format.problems(row, self._taken_at), None):
            problems.append(problem._replace(value=self._cell(line, problem.column)))
            row = row._replace(**{problem.column: None})
        problems += [p for p in self._format.gaps(row) if p.column not in {known.column for known in problems}]
        staged = self._format.staged(row, {p.column for p in problems})
        if staged is None:
            return CheckedRow(None, [*problems, Problem("", *NAMES_NOTHING)], self._format.is_open(row))
        cells = ((line.cells[place].strip(), words, name) for place, words, name in self._words)
        problems += [
            Problem(name, *UNKNOWN_WORD, text)
            for text, words, name in cells
            if text and words(text) is None and not (words.says_unknown(text) or says_nothing(text))
        ]
        for name in twice:
            if value := getattr(row, name):
                advice = "write it with its offset: +01:00 or +00:00"
                problems.append(Problem(name, value.how_read, advice, self._cell(line, name)))
        problems += [Problem("", *TORN)] if line.torn else []
        return CheckedRow(staged, problems, self._format.is_open(row))

    def _read(self, line: Line) -> tuple[list[Any], list[Problem]]:
        cells, values, problems = line.cells, [], []
        for place, read, name in self._plan:
            text = cells[place].strip() if place is not None else ""
            value = None
            if text:
                try:
                    if "\n" in text or "\r" in text:
                        raise CellError("has a line break in it", "take it out in the system it comes from")
                    value = read(text)
                except CellError as fault:
                    if not says_nothing(text):
                        problems.append(Problem(name, fault.reason, fault.advice, text))
            values.append(value)
        return values, problems

    def _cell(self, line: Line, name: str) -> str:
        place = next(place for place, _, column in self._plan if column == name)
        return line.cells[place].strip() if place is not None else ""


def _find_columns(
    header: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str], source: str, file: str
) -> list[int | None]:
    """Return the place of each of our columns in a row (None: not exported), by our names or by those of `mapping`.

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
    return [names.index(name) if name else None for name in wanted.values()]


def _near(name: str, candidates: Iterable[str]) -> str:
    """Suggest a near name, or nothing: other cells of a first line may be a person's data."""
    known = {plain(c): c for c in candidates}
    near = difflib.get_close_matches(plain(name), known, 1, 0.7)
    return f" (did you mean {known[near[0]]!r}?)" if near else ""


_SLASHES = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
#: A day lies in the future when it is later than this after the time the export was taken.
AHEAD = timedelta(days=1)


class DayOrder:
    """Counts the rows whose days make sense in one order only.

    A day above 12 shows the order; so does a day in the future, if it is not one in the other order. Once a row shows
    that the file is read rightly (`right`), no other row need be looked at.
    """

    def __init__(self, taken: date, *, month_first: bool = False) -> None:
        self._limit = taken + AHEAD
        self._month_first = month_first
        self.right = False
        self._wrong = 0
        self._rows = 0

    def add(self, cells: Iterable[str]) -> None:
        """Count one row by the cells of its dates and times."""
        slashed = [cell for cell in cells if "/" in cell]
        only_as_read = []  # for each cell that makes sense in one order only: True if that is the order of the file
        for cell in slashed:
            if parts := _SLASHES.match(cell):
                first, second, year = int(parts[1]), int(parts[2]), int(parts[3])
                day_first, month_first = self._sound(year, second, first), self._sound(year, first, second)
                if day_first != month_first:
                    only_as_read.append(month_first if self._month_first else day_first)
        self.right = True in only_as_read
        self._wrong += False in only_as_read
        self._rows += bool(slashed)

    def _sound(self, year: int, month: int, day: int) -> bool:
        try:
            return date(year, month, day) <= self._limit
        except ValueError:
            return False

    @property
    def wrong(self) -> bool:
        """True if no row shows that the order is right, and more than a slip of the pen shows that it is not."""
        return not self.right and self._wrong > 0 and (self._wrong > 1 or self._wrong == self._rows)

    def fault(self, source: str) -> str:
        read, other = ("month first", "day first") if self._month_first else ("day first", "month first")
        forms = ("dd/mm", "mm/dd") if self._month_first else ("mm/dd", "dd/mm")
        return (
            f"the days of this file only make sense {other} ({forms[0]}), and it was read {read} ({forms[1]}). "
            f"Export it with days as {forms[1]} or 2017-05-31; or, where the system always writes {forms[0]}, say "
            f'day_order = "{other.replace(" ", "-")}" under [sources.{source}] in the partnership file. '
            "Nothing was changed."
        )
