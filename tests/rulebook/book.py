"""The cases of the rule book (domain.md 10, 11) and their pieces, each of which holds or does not."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.settings import SettingsError
from tests.rulebook.doors import Doors, doors
from tests.support.doubts import Bot

#: One named demand of a case, and whether it holds.
Piece = tuple[str, bool]
Tell = Callable[[Doors], Iterable[Piece]]


@dataclass(frozen=True)
class Case:
    """A row of the rule book; its first piece is its heart.

    It begins empty, or with a world's exports loaded; `keys` are further keys of the partnership file.
    """

    id: str
    title: str
    tell: Tell
    world: Callable[[Bot], None] | None = None
    keys: str = ""

    def pieces(self, url: str, folder: Path) -> dict[str, bool]:
        """Play the case on an empty database; return whether each piece holds."""
        found: dict[str, bool] = {}
        try:
            with doors(url, folder, self.world, self.keys) as d:
                for name, holds in self.tell(d):
                    assert name not in found, f"{self.id} names a piece twice: {name}"
                    found[name] = bool(holds)
        except SettingsError:
            return {"the partnership file may say so": False}
        return found


#: Every case by its number, in the order of the rule book.
BOOK: dict[str, Case] = {}


def case(number: str, world: Callable[[Bot], None] | None = None, keys: str = "") -> Callable[[Tell], Tell]:
    """Enter a case into the book; its docstring is the rule book's row."""

    def enter(tell: Tell) -> Tell:
        assert number not in BOOK, number
        BOOK[number] = Case(number, (tell.__doc__ or "").splitlines()[0], tell, world, keys)
        return tell

    return enter


def verdict(held: dict[str, bool]) -> str:
    """Return whole, in part, or wrong: a case whose first piece does not hold is wrong."""
    if all(held.values()):
        return "whole"
    return "in part" if next(iter(held.values())) else "wrong"


def play(number: str) -> dict[str, bool]:
    """Play a case on SQLite in a folder of its own; one that breaks off has a piece that says so."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return BOOK[number].pieces(f"sqlite:///{folder}/bot.sqlite3", Path(folder))
        except Exception as fault:
            return {f"broke off: {type(fault).__name__} {fault}"[:120]: False}


def chapter(number: str) -> str:
    """Return the letter of a case's chapter."""
    return re.sub(r"\d.*", "", number)
