"""A table in a chat that has none: columns of equal width where they are narrow, else each row in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from unicodedata import east_asian_width

from bot.chat.slack.blocks import bound, clean, cut, split
from bot.chat.slack.paging import FULL, Piece
from bot.conversation.reply import Cell, Table

#: Characters beside one another; a wider row would be wrapped on a telephone, and its columns lost.
WIDTH: Final = 60

_GAP = "  "
_BOLD = 500
_UNDER = 200


def table(of: Table) -> Iterator[Piece]:
    """Its title, its rows, its note; nothing where there is no row, as the reply says so in words."""
    if not of.rows:
        return
    title = cut(clean(of.title), _UNDER)
    if title:
        yield from (Piece("line", bold=part, lines=0) for part in split(clean(of.title), FULL - 10))
    names = [clean(c) for c in of.columns]
    columns = [[_text(row[i]) for row in of.rows] for i in range(len(names))]
    widths = [max(map(_width, (name, *cells))) for name, cells in zip(names, columns, strict=True)]
    if names and sum(widths) + len(_GAP) * (len(widths) - 1) <= WIDTH:
        yield from _aligned(of, names, columns, widths, title)
    else:
        for cells in zip(*columns, strict=True):
            yield from _in_words(names, cells, title)
    for part in split(clean(of.note), FULL):
        yield Piece("line", part, under=title)


def _text(cell: Cell) -> str:
    return "" if cell is None else clean(cell) if isinstance(cell, str) else str(cell)


def _width(text: str) -> int:
    """As it is printed: some characters take two places."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _aligned(
    of: Table, names: Sequence[str], columns: Sequence[Sequence[str]], widths: Sequence[int], title: str
) -> Iterator[Piece]:
    """One piece a row; numbers stand on the right."""
    right = [all(isinstance(row[i], int | float | None) for row in of.rows) for i in range(len(names))]
    aligned = [
        [" " * (width - _width(c)) + c if to_right else c + " " * (width - _width(c)) for c in (name, *cells)]
        for name, cells, width, to_right in zip(names, columns, widths, right, strict=True)
    ]
    head, *rows = (_GAP.join(cells).rstrip() for cells in zip(*aligned, strict=True))
    for row in rows:
        yield Piece("code", row or "–", under=title, head=head)


def _in_words(names: Sequence[str], cells: Sequence[str], title: str) -> Iterator[Piece]:
    """'*OX-TEST* · Due Sun 10:00 · Owner nobody': a cell with nothing in it is left out."""
    if not cells:
        return
    first, rest = cells[0] or "–", [f"{n} {c}".strip() for n, c in zip(names[1:], cells[1:], strict=True) if c]
    text = " · ".join(rest)
    if text and bound(first) <= _BOLD and bound(first) + bound(text) + 5 <= FULL:
        yield Piece("line", text, bold=first, under=title)
        return
    parts = list(split(" · ".join((first, *rest)), FULL))
    for i, part in enumerate(parts, 1):
        yield Piece("line", part, lines=int(i == len(parts)), under=title)
