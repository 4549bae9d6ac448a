"""Look at an export and store nothing: its shape, columns and words, and what to write in the partnership file.

A suggestion is made where a name or word is a usual one, or one with a slip of the pen. Whatever could mean two things
is left to the administrator, as a comment. A word or column name is shown only if it is made of words of the trade:
others may be a person's.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from bot.ingest.cells import CodedWords, spelling
from bot.ingest.csv_file import open_export
from bot.ingest.row_checker import FORMATS, Checker, columns_of, header_names, optional, required
from bot.ingest.shape import ColumnNames, Shape, plain
from bot.ingest.synonyms import COLUMNS, TRADE, WORDS
from bot.rules.partnership.partnership import ExportMapping, Partnership, Source
from bot.rules.time.freshness import MAY_BE

#: Columns whose words may be a person's name: there a slip of the pen is not guessed at.
_OF_PEOPLE = {"reporter", "interviewer_role"}
#: Words beside a grade or a word that add nothing to it.
_BESIDE = {"risk", "level", "grade", "graded", "grading"}
#: Words of one column that are counted each for itself; free text must not pile up.
_MOST_WORDS = 500
#: So many times of a column, each of them 00:00, are days that a system exports with a time.
_DAYS_ALONE = 10


@dataclass(frozen=True)
class FileCheck:
    """Sentences on a file, and the section of the partnership file with which it can be read, as TOML.

    `section` is empty where the partnership file is right as it is. `loads` is false where a needed column is not
    found. `whole` is true where every row would be read whole without a change of the partnership file.
    """

    lines: tuple[str, ...]
    section: str
    loads: bool
    whole: bool


def check_file(partnership: Partnership, source: str, path: Path, taken_at: datetime) -> FileCheck:
    """Look at a file as an export of `source`; SourceError where it cannot be an export at all."""
    chosen: Source = getattr(partnership.sources, source)
    mapping = chosen.mapping_at(taken_at)
    with open_export(path, _any_header(partnership, taken_at)) as export:
        shape, header = export.shape, [cell.strip() for cell in export.header]
    found = _find_columns(header, mapping.columns, source)
    about = [f"{path.name}: {_shape(shape)}; {len(header)} columns.", *found.sentences(source)]
    notes = {"columns": found.notes()}
    mapping = replace(mapping, columns=found.columns)
    if found.needed:
        about.append(f"It cannot be loaded without {', '.join(found.needed)}: give their names in the file below.")
        others = (other for other in FORMATS if other != source)
        about += [
            f"It has the columns of a {other} export."
            for other in others
            if not _find_columns(header, getattr(partnership.sources, other).mapping_at(taken_at).columns, other).needed
        ]
        return FileCheck(tuple(about), _toml(source, _with(chosen, mapping), mapping, notes), loads=False, whole=False)

    rows = _read(partnership, source, path, taken_at, mapping)
    if rows.days_doubtful:
        other = replace(mapping, day_order="day-first" if mapping.day_order == "month-first" else "month-first")
        turned = _read(partnership, source, path, taken_at, other)
        if turned.days_right:
            mapping, rows = other, turned
    if days := rows.days_alone():
        mapping = replace(mapping, day_columns=(*mapping.day_columns, *days))
        about.append(f"Read as days, because every time of them is 00:00: {', '.join(days)}.")
        rows = _read(partnership, source, path, taken_at, mapping)
    suggested = {column: dict(word.suggestion for word in words if word.suggestion) for column, words in rows.unknown()}
    if any(suggested.values()):
        both = {c: mapping.words.get(c, {}) | suggested.get(c, {}) for c in {*mapping.words, *suggested}}
        mapping = replace(mapping, words={column: both[column] for column in sorted(both) if both[column]})
        rows = _read(partnership, source, path, taken_at, mapping)
    notes |= {f"words.{column}": [word.note for word in words] for column, words in rows.unknown()}
    about += rows.sentences(source, mapping)
    changed = mapping != chosen.mapping_at(taken_at) or any(notes.values())
    section = _toml(source, _with(chosen, mapping), mapping, notes) if changed else ""
    whole = mapping == chosen.mapping_at(taken_at) and rows.read == rows.whole
    return FileCheck(tuple(about), section, loads=True, whole=whole)


def _any_header(partnership: Partnership, taken_at: datetime) -> ColumnNames:
    """Return every name by which a header may be known; no one of them is needed."""
    known = {plain(name) for form in COLUMNS.values() for ours, names in form.items() for name in (ours, *names)}
    return ColumnNames(frozenset({"-"}), known | set(header_names("police", partnership, taken_at).known))


_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def _shape(shape: Shape) -> str:
    kind = "a workbook" if shape.sheet else f"{shape.encoding.upper()}, {_SEPARATORS.get(shape.separator, 'columns')}"
    above = ", with titles above them" if shape.skipped else ""
    return f"{kind}, column names in line {shape.header}{above}"


# ---- columns ----


@dataclass
class _Columns:
    """The columns of a file: those found by the partnership file, those suggested, and those that are not there."""

    columns: dict[str, str]
    found: int
    suggested: dict[str, str]
    perhaps: dict[str, list[str]]  # by column that is not found, names of the file that may be it
    needed: list[str]
    missing: list[str]
    others: list[str]
    not_needed: int  # optional columns that are not there

    def sentences(self, source: str) -> Iterator[str]:
        fields_of = len(FORMATS[source].row._fields) - self.not_needed
        yield f"Columns: {self.found} of {fields_of} found as the partnership file says."
        if self.suggested:
            yield f"Found by a usual name: {', '.join(self.suggested)}. Look at each below before you paste it."
        if self.missing:
            yield f"Not in the file, so never known: {', '.join(self.missing)}."
        shown = [repr(name) for name in self.others if may_show(name)]
        if self.others:
            named = f": {', '.join(shown)}" if shown else ""
            more = f", and {len(self.others) - len(shown)} not shown" if 0 < len(shown) < len(self.others) else ""
            yield f"Columns of the file that are not read: {len(self.others)}{named}{more}."

    def notes(self) -> list[str]:
        listed = []
        for ours in (*self.needed, *self.missing):
            candidates = [f"# {ours} = {_value(name)}" for name in self.perhaps.get(ours, [])]
            unnamed = f'# {ours} = "its name in the file"  # needed'
            listed += [f"{line}  # perhaps" for line in candidates] or ([unnamed] if ours in self.needed else [])
        return listed


def _find_columns(header: Sequence[str], mapping: Mapping[str, str], source: str) -> _Columns:
    fields_of: tuple[str, ...] = FORMATS[source].row._fields
    by_name = {plain(cell): cell for cell in header if plain(cell)}
    given = {ours: mapping.get(ours, ours) for ours in fields_of}
    columns = {ours: theirs for ours, theirs in mapping.items() if plain(theirs) in by_name}
    found = {ours: plain(theirs) for ours, theirs in given.items() if plain(theirs) in by_name}
    left = [ours for ours in fields_of if ours not in found and (plain(given[ours]) or ours not in mapping)]
    unused = [cell for name, cell in by_name.items() if name not in found.values()]

    fits = {cell: [ours for ours in left if _is_name(cell, source, ours)] for cell in unused}
    for cell in unused:
        fits[cell] = fits[cell] or [ours for ours in left if _nearly_name(cell, source, ours)]
    of_field = {ours: [cell for cell in unused if ours in fits[cell]] for ours in left}
    suggested = {ours: cells[0] for ours, cells in of_field.items() if len(cells) == 1 and len(fits[cells[0]]) == 1}
    columns |= suggested
    unused = [cell for cell in unused if cell not in suggested.values()]

    absent = [ours for ours in fields_of if ours not in found and ours not in suggested]
    needed = [ours for ours in absent if ours in required(source)]
    not_needed = [ours for ours in absent if ours in optional(source) and ours not in mapping]
    missing = [ours for ours in absent if ours not in (*needed, *not_needed)]
    columns |= dict.fromkeys(missing, "")
    perhaps = {ours: [cell for cell in unused if _may_be_name(cell, source, ours)] for ours in absent}
    return _Columns(columns, len(found), suggested, perhaps, needed, missing, unused, len(not_needed))


def _names(source: str, ours: str) -> tuple[str, ...]:
    return (ours, *COLUMNS[source].get(ours, ()))


def _is_name(cell: str, source: str, ours: str) -> bool:
    return plain(cell) in {plain(name) for name in _names(source, ours)}


def _nearly_name(cell: str, source: str, ours: str) -> bool:
    return any(_nearly(_tokens(cell), _tokens(name)) for name in _names(source, ours))


def _may_be_name(cell: str, source: str, ours: str) -> bool:
    """Return whether a name of the file has something of a column's usual names, and may be shown."""
    usual = {token for name in _names(source, ours) for token in _tokens(name)} - {"at", "date", "time", "of", "on"}
    return may_show(cell) and bool(usual & set(_tokens(cell)))


# ---- words ----


@dataclass
class _UnknownWord:
    """A word of a coded column that is not known: as it is first written, its rows, and its meaning if it is sure."""

    column: str
    text: str
    first: int
    meanings: Sequence[str]
    meaning: str | None
    rows: int = 0

    @property
    def shown(self) -> bool:
        return self.meaning is not None or may_show(self.text)

    @property
    def suggestion(self) -> tuple[str, str] | None:
        return (self.text, self.meaning) if self.meaning is not None else None

    @property
    def note(self) -> str:
        if not self.shown:
            return f"# a word that may be a person's is not shown: line {self.first} of the file, {_rows(self.rows)}"
        choices = f'"" for an empty cell, or {", ".join(self.meanings)}'
        return f'# {_value(self.text)} = ""  # {_rows(self.rows)}: {choices}'


@dataclass
class _Rows:
    """The rows of a file as a load would read them."""

    coded: Mapping[str, CodedWords]
    read: int = 0
    whole: int = 0
    in_part: int = 0
    rejected: int = 0
    maybe_open: int = 0
    doubtful: int = 0
    days_doubtful: bool = False
    days_right: bool = False
    times: Counter[str] = field(default_factory=Counter)  # cells with a time of day, by column
    midnights: Counter[str] = field(default_factory=Counter)  # those of them that are 00:00
    words: dict[tuple[str, str], _UnknownWord] = field(default_factory=dict)
    cells: Counter[str] = field(default_factory=Counter)
    read_as: tuple[str, ...] = ()
    broken: str = ""

    def days_alone(self) -> list[str]:
        """Return the columns of times that hold days: the time of every cell is 00:00."""
        return [name for name, cells in self.times.items() if cells >= _DAYS_ALONE and cells == self.midnights[name]]

    def unknown(self) -> list[tuple[str, list[_UnknownWord]]]:
        """Return the unknown words by column, the commonest first."""
        columns = dict.fromkeys(column for column, _ in self.words)
        listed = sorted(self.words.values(), key=lambda word: (-word.rows, word.first))
        return [(column, [word for word in listed if word.column == column]) for column in columns]

    def sentences(self, source: str, mapping: ExportMapping) -> Iterator[str]:
        order = mapping.day_order.replace("-", " ")
        shows = "which no day of the file contradicts"
        if self.days_right or self.days_doubtful:
            shows = "as days of the file show" if self.days_right else "but some days make sense in neither order"
        yield f"Days: {order}, {shows}."
        if self.broken:
            yield self.broken
        yield from (f"Usual words of {line}." for line in self.read_as)
        for column, words in self.unknown():
            yield f"{column}: words that are not known: {len(words)}, in {_rows(sum(word.rows for word in words))}."
        for column, cells in self.cells.items():
            yield f"{column or 'cells'}: not known in {_rows(cells)}; a load lists them with what to do."
        kept = f"{self.whole:,} kept whole, {self.in_part:,} kept in part, {self.rejected:,} rejected"
        yield f"{_rows(self.read)}: {kept}."
        if source in MAY_BE:
            yield f"May be {MAY_BE[source]}: {_rows(self.maybe_open)}, of which not read whole: {self.doubtful:,}."


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


def _read(partnership: Partnership, source: str, path: Path, taken_at: datetime, mapping: ExportMapping) -> _Rows:
    """Check every row as a load does, with another mapping."""
    chosen = _with(getattr(partnership.sources, source), mapping)
    trial = partnership.with_sources(replace(partnership.sources, **{source: chosen}))
    readers = columns_of(source, trial, mapping)
    rows = _Rows({column.name: column.read for column in readers if isinstance(column.read, CodedWords)})
    with open_export(path, header_names(source, trial, taken_at)) as export:
        checker = Checker(export, source, trial, taken_at)
        names = [plain(cell) for cell in export.header]
        timed = [
            (names.index(theirs), ours)
            for ours in FORMATS[source].row._fields
            if ours.endswith("_at") and ours not in mapping.day_columns
            if (theirs := plain(mapping.columns.get(ours, ours))) in names
        ]
        for line, (row, problems, maybe_open) in checker.rows():
            rows.read += 1
            for place, name in timed:
                text = line.cells[place] if place < len(line.cells) else ""
                rows.times[name] += ":" in text
                rows.midnights[name] += _MIDNIGHT.search(text) is not None
            rows.whole += row is not None and not problems
            rows.in_part += row is not None and bool(problems)
            rows.rejected += row is None
            rows.maybe_open += maybe_open
            rows.doubtful += maybe_open and bool(problems)
            for column, value in {(p.column, p.value) for p in problems}:
                if column in rows.coded and not _is_kept(rows.coded[column], value):
                    _count(rows, column, value, line.number)
                else:
                    rows.cells[column] += 1
        rows.days_doubtful, rows.days_right = checker.day_order.doubtful, checker.day_order.right
        rows.read_as, rows.broken = tuple(checker.read_as()), export.broken
    return rows


#: 00:00 at the end of a cell: not 10:00:00, and not the minutes of 10:00.
_MIDNIGHT = re.compile(r"[T ](0?0:00(:00([.,]0+)?)?|12:00(:00)? ?am)\s*$", re.IGNORECASE)


def _is_kept(words: CodedWords, value: str) -> bool:
    """Return whether the word is known: then the cell contradicts another one."""
    return not value or spelling(value) in words.names


def _count(rows: _Rows, column: str, text: str, line: int) -> None:
    words, key = rows.coded[column], (column, spelling(text))
    if key not in rows.words and len(rows.words) >= _MOST_WORDS:
        rows.cells[column] += 1
        return
    new = _UnknownWord(column, text, line, list(words.meanings), None)
    word = rows.words.setdefault(key, new)
    word.rows += 1
    if word is new:
        word.meaning = sure_meaning(column, text, words)


def sure_meaning(column: str, text: str, words: CodedWords) -> str | None:
    """Return our word for one that is not known, if it can mean nothing else; None for every other.

    It is a known word with a number before it ("3 - Medium"), with "risk" or "grade" beside it, with a slip of the pen,
    or two known words that mean the same ("K2 - Children's home").
    """
    tokens = _tokens(text)
    whole = _meanings(column, tokens, words)
    for at in range(1, len(tokens)):
        left, right = _meanings(column, tokens[:at], words), _meanings(column, tokens[at:], words)
        whole |= left & right
        if at == 1 and tokens[0].isdigit() and len(tokens[0]) <= 2 and not left:
            whole |= right
    return whole.pop() if len(whole) == 1 else None


def _meanings(column: str, tokens: Sequence[str], words: CodedWords) -> set[str]:
    plainly = [token for token in tokens if token not in _BESIDE]
    same = _nearly if column not in _OF_PEOPLE else list.__eq__
    known = ((_tokens(word), ours) for word, ours in words.names.items())
    return {
        ours
        for spelled, ours in known
        if plainly and same(plainly, [token for token in spelled if token not in _BESIDE])
    }


def _tokens(text: str) -> list[str]:
    return [token for token in re.split(r"[\W_]+", text.casefold().replace("'", "").replace("\u2019", "")) if token]


def _nearly(some: list[str], others: list[str]) -> bool:
    """Return whether two names are the same but for slips of the pen in longer words.

    A slip is seldom in the first two letters: there "in" and "un" turn the meaning round.
    """
    return len(some) == len(others) and all(
        one == other
        or (
            min(len(one), len(other)) >= 5
            and one[:2] == other[:2]
            and SequenceMatcher(None, one, other, autojunk=False).ratio() >= 0.8
        )
        for one, other in zip(some, others, strict=True)
    )


def _lexicon() -> frozenset[str]:
    """Return the words of the trade, of our own lists and of the usual ones."""
    columns = [name for form in COLUMNS.values() for ours, names in form.items() for name in (ours, *names)]
    words = [word for meanings in WORDS.values() for ours, usual in meanings.items() for word in (ours, *usual)]
    return TRADE | {token for text in (*columns, *words) for token in _tokens(text)}


_LEXICON = _lexicon()


def may_show(text: str) -> bool:
    """Return whether a text is made of words of the trade, or is a short code: no person's name, and no address."""
    tokens = _tokens(text)
    if len(tokens) == 1 and len(tokens[0]) <= 4 and re.search(r"\d", tokens[0]):
        return True
    return bool(tokens) and len(text) <= 60 and _LEXICON.issuperset(tokens)


# ---- the section of the partnership file ----


def _with(chosen: Source, mapping: ExportMapping) -> Source:
    """Return the source with another mapping in place of the one of that name."""
    if mapping.name:
        return replace(chosen, mappings=tuple(mapping if m.name == mapping.name else m for m in chosen.mappings))
    return replace(
        chosen,
        columns=mapping.columns,
        words=mapping.words,
        day_order=mapping.day_order,
        day_columns=mapping.day_columns,
    )


def _toml(source: str, chosen: Source, mapping: ExportMapping, notes: Mapping[str, Iterable[str]]) -> str:
    """Return the section of an export as TOML, with the notes in the tables of the mapping that was looked at."""
    lines = list(_section(f"sources.{source}", chosen, {} if mapping.name else notes))
    for each in chosen.mappings:
        lines += ["", *_section(f"sources.{source}.mappings", each, notes if each.name == mapping.name else {}, "[[]]")]
    return "\n".join(lines) + "\n"


def _section(path: str, item: Any, notes: Mapping[str, Iterable[str]], marks: str = "[]") -> Iterator[str]:
    half = len(marks) // 2
    yield f"{marks[:half]}{path}{marks[half:]}"
    tables = {"columns": item.columns} | {f"words.{column}": words for column, words in item.words.items()}
    for each in fields(item):
        value = getattr(item, each.name)
        if each.name not in ("columns", "words", "mappings") and value != each.default:
            yield f"{each.name} = {_value(value)}"
    for name in (*tables, *(name for name in notes if name not in tables)):
        lines = [f"{_key(key)} = {_value(value)}" for key, value in tables.get(name, {}).items()]
        lines += notes.get(name, ())
        if lines:
            yield from ("", f"[{path}.{name}]", *lines)


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text, re.ASCII) else _value(text)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float | int) else str(value)
