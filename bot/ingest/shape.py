"""Shape of a file: its lines, and the row with the column names, found below titles.

A process of its own reads workbooks with it (workbook_process.py), so that it imports nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, Protocol

#: Titles, the time of the run and its parameters stand above the column names; never so many rows of them.
SEARCHED = 30
_BETWEEN_WORDS = re.compile(r"[\W_]+")


class Line(NamedTuple):
    """One record: the number of its first line in the file (the first is 1), and its cells.

    `raw` are its lines as the file has them, where it has several. `ended` is false for the last record of a file
    without a final line end: it may be cut off. `torn`: the quotation marks around it do not match, so that its line
    was read by itself.
    """

    number: int
    cells: list[str]
    ended: bool = True
    raw: tuple[str, ...] = ()
    torn: bool = False


class Rows(Protocol):
    """The rows of a file, once, as a stream, with what is known of the part that was read.

    `ended`: the last line read has a line end. `broken` is the first part of the file that could not be read as rows,
    in words, with the reason; every other row holds.
    """

    ended: bool
    broken: str

    def __iter__(self) -> Iterator[Line]: ...


class Shape(NamedTuple):
    """Form of a file: its `encoding` and `separator`, the line of its header, and the lines with titles above it.

    A workbook has a `sheet`, and neither encoding nor separator.
    """

    encoding: str = ""
    separator: str = ""
    header: int = 1
    skipped: tuple[int, ...] = ()
    sheet: str = ""


class ColumnNames(NamedTuple):
    """Names to look for, each as `plain` gives it: those a header needs, and all that it may have."""

    needed: Collection[str]
    known: Collection[str]


def plain(name: str) -> str:
    """Return a column name for comparison: letters and digits alone, so that "Occurrence Ref" is occurrence_ref."""
    return _BETWEEN_WORDS.sub("", name.casefold())


class HeaderMatch(NamedTuple):
    """A row as a header: whether it has all needed names, how many known ones, how many different cells; its place."""

    whole: bool = False
    known: int = 0
    filled: int = 0
    place: int = 0


def find_header(rows: Sequence[Sequence[str]], names: ColumnNames) -> HeaderMatch:
    """Return the first row with the needed names; where there is none, the first that has the most in common."""
    found = HeaderMatch()
    for place, cells in enumerate(rows):
        there = {plain(cell) for cell in cells} - {""}
        whole = there.issuperset(names.needed)
        this = HeaderMatch(whole, len(there.intersection(names.known)), len(there), place)
        if this[:3] > found[:3]:
            found = this
        if whole:
            break
    return found
