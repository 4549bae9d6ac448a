"""Check a file row by row: find its columns, read the cells of each row, and list those that could not be read.

A row needs a child or a record, and a time. The days of a file have to make sense in the order they are read.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from bot.ingest import children, interviews, police
from bot.ingest.cells import (
    IN_NUMBERS,
    SHEET_ERROR,
    SHEET_ERRORS,
    CodedWords,
    Column,
    PlaceWords,
    Reader,
    Readers,
    authority_but,
    code_or,
    date_only,
    month_first,
    read_code,
    read_day,
    read_moment,
    says_nothing,
    spelling,
    whole_year,
)
from bot.ingest.csv_file import Export, apart
from bot.ingest.rejects import CellError, Problem, SourceError
from bot.ingest.shape import ColumnNames, Line, plain
from bot.ingest.synonyms import WORDS
from bot.rules.partnership.partnership import ExportMapping, Partnership, Source
from bot.rules.ssda903 import PLACES, has_year, years
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


def header_names(source: str, partnership: Partnership, taken_at: datetime) -> ColumnNames:
    """Return the names by which the header of an export is known, and those of the others, to name a wrong one."""
    mappings = {name: getattr(partnership.sources, name).mapping_at(taken_at).columns for name in FORMATS}
    needed = {plain(mappings[source].get(name, name)) for name in required(source)}
    known = {plain(mappings[other].get(ours, ours)) for other, form in FORMATS.items() for ours in form.row._fields}
    return ColumnNames(frozenset(needed - {""}), frozenset(known - {""}))


def required(source: str) -> list[str]:
    """Return our names of the columns that an export cannot be without."""
    return [column.name for column in _any_columns(source) if column.required]


def optional(source: str) -> list[str]:
    """Return our names of the columns that a file may lack without a word in the partnership file."""
    return [column.name for column in _any_columns(source) if column.optional]


def _any_columns(source: str) -> tuple[Column, ...]:
    nothing = PlaceWords(lambda _: None, lambda _: False)
    return FORMATS[source].columns(Readers(nothing, nothing, str, str, str, str))


def columns_of(source: str, partnership: Partnership, mapping: ExportMapping) -> tuple[Column, ...]:
    """Return the columns of an export with readers that know the words of the partnership, and the usual synonyms."""
    places, american = Places(partnership), mapping.day_order == "month-first"
    workers = {word for person in partnership.people for word in (person.id, person.worker_code)} - {""}
    known = Readers(
        team=PlaceWords(places.team, places.says_unknown),
        district=PlaceWords(places.district, places.says_unknown),
        worker=code_or(workers),
        authority=authority_but(partnership.own_authorities, partnership.other_authorities),
        day=month_first(read_day) if american else read_day,
        moment=month_first(read_moment) if american else read_moment,
    )
    return tuple(column._replace(read=_reader(column, mapping)) for column in FORMATS[source].columns(known))


def _reader(column: Column, mapping: ExportMapping) -> Reader:
    """Return the reader of a column: with its words, or for days alone where midnight is no time of day."""
    if isinstance(column.read, CodedWords):
        return column.read.with_words(mapping.words.get(column.name, {}), WORDS.get(column.name, {}))
    return date_only(column.read) if column.name in mapping.day_columns else column.read


class Checker:
    """Checks the rows of one file: its header first, then each row by itself."""

    def __init__(self, export: Export, source: str, partnership: Partnership, taken_at: datetime) -> None:
        chosen: Source = getattr(partnership.sources, source)
        self.mapping = chosen.mapping_at(taken_at)
        self.day_order = DayOrder(local_day(taken_at), month_first=self.mapping.day_order == "month-first")
        self.spreadsheet_codes = SpreadsheetCodes()
        self.yearly_codes = YearlyCodes(local_day(taken_at))
        self.source = source
        self.section = _section(source, self.mapping)
        since = f"exports taken from {self.mapping.since:%d/%m/%Y} on" if self.mapping.name else "the first"
        self.mapping_used = f"{self.mapping.name or chosen.name} ({since})" if chosen.mappings else ""
        self._export = export
        self._in_workbook = bool(export.shape.sheet)
        self._format = FORMATS[source]
        self._columns = columns_of(source, partnership, self.mapping)
        self._taken_at = taken_at
        for fault in _day_faults(self.mapping.day_columns, self._columns, f"{self.section}.day_columns"):
            raise SourceError(fault, casts_doubt=False)
        _check_source(export, source, partnership, taken_at)
        found = _find_columns(export.header, self._columns, self.mapping, source, export.name)
        self._width = len(export.header)
        self.extra = self._width - len(set(found) - {None})  # columns that are not ours
        self.kinds = {column.name: column.kind for column in self._columns}
        self._plan = [(place, column.read, column.name) for place, column in zip(found, self._columns, strict=True)]
        self._dated = [p for p, c in zip(found, self._columns, strict=True) if p is not None and c.kind == "time"]
        self._needed = {c.name for c in self._columns if c.required and c.kind == "reference"}
        self._codes = [n for n, c in enumerate(self._columns) if c.kind == "reference" and c.read is read_code]
        self._times = [(n, column.name) for n, column in enumerate(self._columns) if column.name.endswith("_at")]
        self._coded = {c.name: c.read for c in self._columns if isinstance(c.read, CodedWords)}
        self._words = [
            (place, read, name)
            for place, read, name in self._plan
            if place is not None and isinstance(read, PlaceWords)
        ]

    def read_as(self) -> Iterator[str]:
        """Say for each column what the usual synonyms were read for: words of our own list, none of a person's."""
        for name, words in self._coded.items():
            met = [
                f"{written!r} read as {ours}, {cells:,} {'row' if cells == 1 else 'rows'}"
                for written, ours, cells in words.read_as()
            ]
            if met:
                yield f"{name}: {'; '.join(met)}"

    def rows(self) -> Iterator[tuple[Line, CheckedRow]]:
        """Check every row; of a row that swallowed others because of a stray quotation mark, each line by itself.

        Such a row has the separators of two rows.
        """
        separator = self._export.shape.separator
        for line in self._export.rows():
            checked = self.check(line)
            if line.raw and (checked.problems or len(line.cells) != self._width):
                between = len(line.cells) - 1 + sum(cell.count(separator) for cell in line.cells)
                if between >= 2 * (self._width - 1):
                    yield from ((one, self.check(one)) for one in apart(line.number, line.raw, separator))
                    continue
            yield line, checked

    def check(self, line: Line) -> CheckedRow:
        """Check one row: read its cells, drop those that contradict others, and list every problem."""
        if len(line.cells) != self._width:
            whole = self._with_empty_end(line)
            if whole is None:
                return self._torn(line)
            line = whole
        values, problems = self._read(line)
        self._look_at(line, values)
        row = self._format.row._make(values)
        twice = [name for n, name in self._times if (value := values[n]) and (value.later or value.moved)]
        if twice:
            row = self._format.fitted(row)
        # Each cell that contradicts others is dropped before the others are looked at.
        while problem := next(self._format.problems(row, self._taken_at), None):
            problems.append(problem._replace(value=self._cell(line, problem.column)))
            row = row._replace(**{problem.column: None})
        gaps = [p for p in self._format.gaps(row) if p.column not in {known.column for known in problems}]
        in_part = {p.column for p in gaps if getattr(row, p.column) is not None}
        problems += [p._replace(value=self._cell(line, p.column)) if p.column in in_part else p for p in gaps]
        self.yearly_codes.add(row, lambda: self._cell(line, "placement"))
        staged = self._format.staged(row, {p.column for p in problems})
        if staged is None:
            return CheckedRow(None, [*problems, Problem("", *NAMES_NOTHING)], self._format.is_open(row))
        cells = ((line.cells[place].strip(), words, name) for place, words, name in self._words)
        problems += [
            Problem(name, *UNKNOWN_WORD, text)
            for text, words, name in cells
            if text and words(text) is None and not (words.says_unknown(text) or says_nothing(text))
            if text.upper() not in SHEET_ERRORS  # it is a problem already
        ]
        for name in twice:
            if value := getattr(row, name):
                advice = "write it with its offset: +01:00 or +00:00"
                problems.append(Problem(name, value.how_read, advice, self._cell(line, name)))
        problems += [Problem("", *TORN)] if line.torn else []
        return CheckedRow(staged, problems, self._format.is_open(row))

    def _read(self, line: Line) -> tuple[list[Any], list[Problem]]:
        cells, values, problems = line.cells, [], []
        breaks = line.raw or self._in_workbook  # no cell of a record of one line has a line break
        for place, read, name in self._plan:
            text = cells[place].strip() if place is not None else ""
            value = None
            if text:
                try:
                    if breaks and ("\n" in text or "\r" in text):
                        raise CellError("has a line break in it", "take it out in the system it comes from")
                    if text[0] == "#" and text.upper() in SHEET_ERRORS:
                        raise CellError(*SHEET_ERROR)
                    value = read(text)
                except CellError as fault:
                    if not says_nothing(text):
                        problems.append(Problem(name, fault.reason, fault.advice, text))
            values.append(value)
        return values, problems

    def _look_at(self, line: Line, values: list[Any]) -> None:
        """Count what only many rows can show: the order of days, and codes that lost their noughts."""
        if not self.day_order.right:
            self.day_order.add(line.cells[place] for place in self._dated)
        for n in self._codes:
            if (code := values[n]) and code.isdigit():
                place, _, name = self._plan[n]
                self.spreadsheet_codes.add(name, code, line.cells[place or 0])

    def _torn(self, line: Line) -> CheckedRow:
        """Reject a row of another width. Its cells are not shown: their columns cannot be known."""
        reason = f"the row has {len(line.cells)} cells, the header has {self._width}"
        advice = "look for a separator or a quotation mark that is missing or too many"
        return CheckedRow(None, [Problem("", reason, advice)], self.source != "children")

    def _with_empty_end(self, line: Line) -> Line | None:
        """Return a row of which only empty cells at the end are missing, or too many; None if it may be a torn one.

        A row that is short has its references, and a quarter of its cells; one that a line break tore has not, or ends
        with the file.
        """
        missing = self._width - len(line.cells)
        if missing < 0:
            return None if any(map(str.strip, line.cells[missing:])) else line._replace(cells=line.cells[:missing])
        if line.torn or not line.ended or 4 * len(line.cells) < self._width:
            return None
        line = line._replace(cells=line.cells + [""] * missing)
        values, _ = self._read(line)
        read = {name for (_, _, name), value in zip(self._plan, values, strict=True) if value is not None}
        return line if read >= self._needed else None

    def _cell(self, line: Line, name: str) -> str:
        place = next(place for place, _, column in self._plan if column == name)
        return line.cells[place].strip() if place is not None else ""


def _check_source(export: Export, source: str, partnership: Partnership, taken_at: datetime) -> None:
    """Refuse a file given under the wrong name, the commonest mistake, and name the export that it is."""
    there = {plain(cell) for cell in export.header}
    fits = []
    for name, form in FORMATS.items():
        mapping = getattr(partnership.sources, name).mapping_at(taken_at).columns
        usual = [ours for ours in form.row._fields if ours not in optional(name)]
        if {plain(mapping.get(ours, ours)) for ours in usual} - {""} <= there:
            fits.append(name)
    if fits and source not in fits:
        raise SourceError(
            f"{export.name}: these are the columns of a {fits[0]} export. Load it as {fits[0]}; nothing was changed.",
            casts_doubt=False,
        )


def mapping_faults(partnership: Partnership) -> list[str]:
    """List what cannot be right in the column names and words of the partnership file, each in one plain sentence."""
    faults: list[str] = []
    for source in FORMATS:
        chosen: Source = getattr(partnership.sources, source)
        for mapping in (chosen.first_mapping, *chosen.mappings):
            where = _section(source, mapping)
            columns = columns_of(source, partnership, ExportMapping("", date.min))
            faults += _column_faults(mapping.columns, f"{where}.columns")
            faults += _word_faults(mapping.words, columns, f"{where}.words")
            faults += _day_faults(mapping.day_columns, columns, f"{where}.day_columns")
    return faults


def _section(source: str, mapping: ExportMapping) -> str:
    """Return the name of a mapping's section in the partnership file, and which of several it is."""
    return f"sources.{source}" + (f".mappings ({mapping.name})" if mapping.name else "")


def _column_faults(mapping: Mapping[str, str], where: str) -> Iterator[str]:
    """Find columns whose names differ in case, spaces and dashes alone; the partnership file finds the same name."""
    used: dict[str, str] = {}
    for ours, theirs in mapping.items():
        first = used.setdefault(plain(theirs), ours) if plain(theirs) else ours
        if first != ours:
            yield f"{where}: {first!r} and {ours!r} have the same column {theirs!r}: one is wrong."


def _day_faults(days: Sequence[str], columns: Sequence[Column], where: str) -> Iterator[str]:
    timed = [column.name for column in columns if column.name.endswith("_at")]
    for name in days:
        if name not in timed:
            listed = ", ".join(timed) or "none: this export has days alone"
            yield f"{where}: {name!r} is not a column with times{_near(name, timed)}. Use {listed}."


def _word_faults(words: Mapping[str, Mapping[str, str]], columns: Sequence[Column], where: str) -> Iterator[str]:
    coded = {c.name: c.read for c in columns if isinstance(c.read, CodedWords)}
    places = {c.name for c in columns if isinstance(c.read, PlaceWords)}
    for column, meanings in words.items():
        if column in places:
            yield f"{where}: the words of {column!r} belong to an area: add them to its districts or teams."
        elif column not in coded:
            listed = ", ".join(coded)
            yield f"{where}: {column!r} is not a column with words{_near(column, coded)}. Those are: {listed}."
        else:
            yield from _meaning_faults(meanings, coded[column], f"{where}.{column}")


def _meaning_faults(meanings: Mapping[str, str], known: CodedWords, where: str) -> Iterator[str]:
    ours = {spelling(word): word for word in known.meanings}
    before: dict[str, str] = {}
    for word, meaning in meanings.items():
        spelled = spelling(word)
        first = before.setdefault(spelled, word)
        if not spelled:
            yield f"{where}: a word is needed before the sign =, not {word!r}."
        elif meaning and meaning not in known.meanings:
            yield (
                f"{where}: {word!r} cannot mean {meaning!r}{_near(meaning, known.meanings)}. "
                f'Use one of: {", ".join(known.meanings)}, or "" for an empty cell.'
            )
        elif ours.get(spelled, meaning) != meaning:
            yield f"{where}: {word!r} is our own word and always means {ours[spelled]!r}. Take the line out."
        elif meanings[first] != meaning:
            yield (
                f"{where}: {first!r} and {word!r} differ only in case, spaces or dashes, and mean {meanings[first]!r} "
                f"and {meaning!r}: leave one."
            )


def _find_columns(
    header: Sequence[str], columns: Sequence[Column], mapping: ExportMapping, source: str, file: str
) -> list[int | None]:
    """Return the place of each of our columns in a row (None: not exported), by our names or by those of `mapping`.

    SourceError names every column that is missing, and suggests near names.
    """
    theirs, section = mapping.columns, _section(source, mapping)
    names = [plain(cell) for cell in header]
    wanted = {column.name: plain(theirs.get(column.name, column.name)) for column in columns}
    lacking = [c.name for c in columns if c.optional and c.name not in theirs and wanted[c.name] not in names]
    wanted |= dict.fromkeys(lacking, "")
    missing = [ours for ours, name in wanted.items() if name and name not in names]
    if missing:
        unused = [cell.strip() for cell, name in zip(header, names, strict=True) if name not in wanted.values()]
        listed = ", ".join(f"{name!r}{_near(name, unused)}" for name in (theirs.get(m, m) for m in missing))
        raise SourceError(
            f"{file}: these columns of a {source} export are missing: {listed}. "
            f"If the export calls a column otherwise, say so in the partnership file under "
            f'{section}.columns, such as {missing[0]} = "its name there" '
            f'(or "" if it is not exported). "load {source} --check FILE" looks for it. Nothing was changed.'
        )
    twice = [theirs.get(ours, ours) for ours, name in wanted.items() if name and names.count(name) > 1]
    if twice:
        raise SourceError(f"{file}: the column {twice[0]!r} stands twice. Leave one; nothing was changed.")
    return [names.index(name) if name else None for name in wanted.values()]


def _near(name: str, candidates: Iterable[str]) -> str:
    """Suggest a near name, or nothing: other cells of a first line may be a person's data."""
    known = {plain(c): c for c in candidates}
    near = difflib.get_close_matches(plain(name), known, 1, 0.7)
    return f" (did you mean {known[near[0]]!r}?)" if near else ""


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
        in_numbers = [found for cell in cells if not cell[:4].isdigit() and (found := IN_NUMBERS.match(cell.strip()))]
        only_as_read = []  # for each cell that makes sense in one order only: True if that is the order of the file
        for parts in in_numbers:
            first, second, year = int(parts["first"]), int(parts["second"]), whole_year(parts["year"])
            day_first, month_first = self._sound(year, second, first), self._sound(year, first, second)
            if day_first != month_first:
                only_as_read.append(month_first if self._month_first else day_first)
        self.right = True in only_as_read
        self._wrong += False in only_as_read
        self._rows += bool(in_numbers)

    def _sound(self, year: int, month: int, day: int) -> bool:
        try:
            return date(year, month, day) <= self._limit
        except ValueError:
            return False

    @property
    def wrong(self) -> bool:
        """True if no row shows that the order is right, and more than a slip of the pen shows that it is not."""
        return not self.right and self._wrong > 0 and (self._wrong > 1 or self._wrong == self._rows)

    @property
    def doubtful(self) -> bool:
        """True if a row shows that the order is wrong, and none that it is right."""
        return not self.right and self._wrong > 0

    def fault(self, section: str) -> str:
        read, other = ("month first", "day first") if self._month_first else ("day first", "month first")
        forms = ("dd/mm", "mm/dd") if self._month_first else ("mm/dd", "dd/mm")
        return (
            f"the days of this file only make sense {other} ({forms[0]}), and it was read {read} ({forms[1]}). "
            f"Export it with days as {forms[1]} or 2017-05-31; or, where the system always writes {forms[0]}, say "
            f'day_order = "{other.replace(" ", "-")}" under [{section}] in the partnership file. '
            "Nothing was changed."
        )


class SpreadsheetCodes:
    """Counts codes that have been through a spreadsheet: written 12345.0, or shorter than those that begin with 0.

    A spreadsheet drops the noughts that a number begins with, and the code is then another one.
    """

    def __init__(self) -> None:
        self._with_noughts: dict[str, int] = {}  # by column, the longest code that begins with 0
        self._lengths: dict[str, Counter[int]] = {}  # of the other codes
        self._floats: Counter[str] = Counter()

    def add(self, column: str, code: str, as_written: str) -> None:
        self._floats[column] += "." in as_written
        if code.startswith("0"):
            self._with_noughts[column] = max(len(code), self._with_noughts.get(column, 0))
        else:
            self._lengths.setdefault(column, Counter())[len(code)] += 1

    def warnings(self) -> Iterator[str]:
        for column, rows in self._floats.items():
            if rows:
                yield (
                    f"{column}: a spreadsheet wrote {rows} codes as numbers, such as 12345.0, read as 12345; noughts "
                    "that they began with are lost. Export the column as text."
                )
        for column, longest in self._with_noughts.items():
            if rows := sum(n for length, n in self._lengths.get(column, {}).items() if length < longest):
                yield (
                    f"{column}: {rows} codes are shorter than others that begin with 0: a spreadsheet may have dropped "
                    "the noughts they began with, and they name other records then. Export the column as text."
                )


class YearlyCodes:
    """Counts codes of the yearly return outside their years. They are read all the same: their meaning is known."""

    def __init__(self, taken: date) -> None:
        self._taken = taken
        self._rows: Counter[str] = Counter()

    def add(self, row: Any, written: Callable[[], str]) -> None:
        """Count the code of one placement by its last day, until the export was taken."""
        if not isinstance(row, children.ChildRow) or row.placement is None:
            return
        code = _PLACE.fullmatch(written())
        if code is None or code[1].upper() not in PLACES:
            return
        ends = min(filter(None, (row.placement_to, row.looked_after_to)), default=None)
        last = min(ends - timedelta(days=1), self._taken) if ends else self._taken
        if not has_year(code[1].upper(), max(last, row.placement_from or last)):
            self._rows[code[1].upper()] += 1

    def warnings(self) -> Iterator[str]:
        for code, rows in sorted(self._rows.items()):
            yield (
                f"placement: {code} is a code of the yearly return {years(code)}, and stands for another year in rows: "
                f"{rows}. It was read as {PLACES[code].word or 'its provider says'}."
            )


#: A code of PLACE, with or without one of PLACE_PROVIDER.
_PLACE = re.compile(r"([A-Z]\d{1,2})(?:[ /-]+PR\d)?", re.IGNORECASE | re.ASCII)
