"""Divide a reply into pages: pieces become blocks, and blocks become pages that Slack accepts.

Text is escaped later, so that a page that is not shown costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from bot.chat.slack.blocks import FIELDS, LABEL, bound
from bot.conversation.reply import Button

#: Of one block's text; Slack takes 3,000.
FULL: Final = 2900

Style = Literal["line", "field", "code", "small", "buttons"]
Row = tuple[tuple[Button, ...], ...]


class Piece(NamedTuple):
    """An indivisible part: a line, a fact, a row of a table. Its text is clean, not escaped.

    `bold` stands before the text; `lines` is how many lines of the reply are complete with it; `row` are the buttons
    under it, several in one place where they share a menu; `under` is the title to be repeated on another page, and
    `head` the names over its columns.
    """

    style: Style
    text: str = ""
    bold: str = ""
    lines: int = 1
    row: Row = ()
    under: str = ""
    head: str = ""


class Budget(NamedTuple):
    """The limits of a page, in blocks and characters."""

    blocks: int
    characters: int

    def less(self, blocks: int, characters: int) -> Budget:
        return Budget(self.blocks - blocks, self.characters - characters)


@dataclass(slots=True)
class Page:
    """Groups of pieces: each is one block, and one more where its last piece has buttons."""

    groups: list[list[Piece]] = field(default_factory=list)
    blocks: int = 0
    characters: int = 0
    room: int = 0  # what the last group can still take

    @property
    def lines(self) -> int:
        return sum(p.lines for g in self.groups for p in g)


def pack(pieces: Iterable[Piece], budget: Budget) -> Iterator[Page]:
    """Page after page, each as full as it may be. A title does not stand last on one."""
    page = Page()
    for piece in pieces:
        if page.groups and not _put(page, piece, budget):
            last = _titles(page)
            yield page
            page = Page()
            if piece.under and not last and not is_title(piece):
                _put(page, Piece("line", "continued", bold=piece.under, lines=0), budget)
            for each in last:
                _put(page, each, budget)
            if not _put(page, piece, budget):
                _put(page, piece, Budget(1000, 10**6))
        elif not page.groups:
            _put(page, piece, Budget(1000, 10**6))
    if page.groups:
        yield page


def _titles(page: Page) -> list[Piece]:
    """The titles at the end of a page, taken off it unless nothing else is on it."""
    last = page.groups[-1]
    keep = len(last)
    while keep and is_title(last[keep - 1]):
        keep -= 1
    if keep == len(last) or (not keep and len(page.groups) == 1):
        return []
    taken = last[keep:]
    del last[keep:]
    if not last:
        page.groups.pop()
    return taken


def is_title(piece: Piece) -> bool:
    return piece.style == "line" and not piece.text


def _put(page: Page, piece: Piece, budget: Budget) -> bool:
    """Put it on the page; False where it does not fit."""
    # No less than the text will take, with a line's end and the marks around it.
    if piece.style == "code":
        size = len(piece.text) + piece.text.count("<") + 1
    else:
        size = bound(piece.text) + (bound(piece.bold) + 5 if piece.bold else 0)
    labels = sum(min(len(b.label), LABEL) for place in piece.row for b in place)
    joins = bool(page.groups) and _joins(page, piece, size)
    opening = 0 if joins else len(piece.head)
    blocks = (not joins and piece.style != "buttons") + bool(piece.row)
    if page.blocks + blocks > budget.blocks or page.characters + size + opening + labels > budget.characters:
        return False
    if joins:
        page.groups[-1].append(piece)
        page.room -= size
    else:
        page.groups.append([piece])
        page.room = FULL - size - opening
    page.blocks += blocks
    page.characters += size + opening + labels
    return True


def _joins(page: Page, piece: Piece, size: int) -> bool:
    group = page.groups[-1]
    last = group[-1]
    if last.style != piece.style or last.row or piece.style == "buttons":
        return False
    if piece.style == "field":
        return len(group) < FIELDS
    return size <= page.room and last.head == piece.head
