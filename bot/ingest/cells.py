"""Readers of single cells: codes, choices, words for places. Free text is never read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, NamedTuple

from bot.ingest.errors import CellError
from bot.rules.text.area_names import PlaceName

Reader = Callable[[str], Any]

_CODE = re.compile(r"[A-Za-z0-9._/-]{1,32}", re.ASCII)
_DIGIT = re.compile(r"[0-9]")
#: Noughts, -1 and empty days occur in many rows: read as a code, they would make one child of all.
_NO_CODE = re.compile(r"[0._/-]*|-1|0?1/0?1/1900|1900-01-01|31/12/9999|9999-12-31", re.ASCII)

#: The content of a column decides how its unreadable cells are listed: references, times and days each by its row; a
#: word once with its count; people and places only by their number, never with the text of the cell.
Kind = Literal["reference", "time", "word", "person"]


class Column(NamedTuple):
    """One column that is read. The partnership file cannot leave out a required one."""

    name: str
    read: Reader
    kind: Kind
    required: bool = False


#: Spaces without width, which `str.strip` leaves.
_SPACES = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_NOTHING = re.compile(
    r"|null|\(null\)|n/a|#n/a|n\.a\.|-+|none|nil|unknown|not known|not recorded|tbc|tba|to be confirmed"
    r"|(00/00/0000|0000-00-00|0?1/0?1/1900|1900-01-01|31/12/9999|9999-12-31)([t ][0:.]+)?([t ]23:59(:59)?)?",
    re.IGNORECASE,
)


def says_nothing(text: str) -> bool:
    """Return whether a cell holds one of the ways in which systems write an empty one, such as NULL or 31/12/9999."""
    return _NOTHING.fullmatch(text.strip().strip(_SPACES).strip()) is not None


def read_code(text: str) -> str:
    """Read a code as the other system writes it: 1-32 letters, digits, and . _ / - (no spaces).

    One of them is a digit: "Jane.Smith" is spelled like a code and is a name.
    """
    if not _CODE.fullmatch(text) or not _DIGIT.search(text):
        raise CellError("must be a code with a digit in it, not a name", "export the system's own code for it")
    if _NO_CODE.fullmatch(text):
        raise CellError("is no code of anybody", "export the system's own code for it, or leave the cell empty")
    return text


def code_or(known: Collection[str]) -> Reader:
    """Return a reader of codes, and of the partnership file's own words for people, which may have no digit."""
    words = {word for word in known if _CODE.fullmatch(word)}

    def read(text: str) -> str:
        return text if text in words else read_code(text)

    return read


def authority_but(own: Collection[str], others: Mapping[str, str]) -> Reader:
    """Return a reader of the authority that looks after the child: a code, or a name with a code in `others`.

    The partnership's own authorities are read as None.
    """
    codes = {name.casefold(): code for name, code in others.items()} | {name.casefold(): None for name in own}

    def read(text: str) -> str | None:
        if text.casefold() in codes:
            return codes[text.casefold()]
        try:
            return read_code(text)
        except CellError:
            raise CellError(
                "is no authority's code, and no name in own_authorities or other_authorities",
                "add the name to one of them in the partnership file, or export the code; until then the child counts "
                "as ours, and its interviews stay in the lists",
            ) from None

    return read


def read_codes(text: str) -> tuple[str, ...]:
    """Read codes separated by semicolons, each once, in order."""
    return tuple(sorted({read_code(part.strip()) for part in text.split(";") if part.strip()}))


def choice(*words: str, **aliases: str) -> Reader:
    """Return a reader of a few words; an alias means another word."""
    return one_of({word: word for word in words}, aliases)


def one_of(meanings: Mapping[str, Any], aliases: Mapping[str, str] | None = None) -> Reader:
    """Return a reader of words with meanings; case, spaces and dashes do not matter."""
    known = {word.lower(): meaning for word, meaning in meanings.items()}
    known |= {alias: meanings[word] for alias, word in (aliases or {}).items()}

    def read(text: str) -> Any:
        found = known.get(text) or known.get(re.sub(r"[\s_-]+", "_", text.lower()))
        if found is None:
            raise CellError("is not one of the words of this column", f"use one of: {', '.join(meanings)}")
        return found

    return read


class Readers(NamedTuple):
    """The readers that depend on the partnership file: of teams, districts, workers, authorities and times."""

    team: PlaceWords
    district: PlaceWords
    worker: Reader
    authority: Reader
    day: Reader
    moment: Reader


class PlaceWords:
    """Reader of a team or area. An unknown word is not an error: the word is not kept, its row is."""

    def __init__(self, find: Callable[[str], PlaceName | None], says_unknown: Callable[[str], bool]) -> None:
        self._find = find
        self._says_unknown = says_unknown
        self._seen: dict[str, PlaceName | None] = {}

    def __call__(self, text: str) -> str | None:
        place = self._place(text)
        return place.word if place else None

    def is_unknown(self, text: str) -> bool:
        """Return whether the partnership file does not have the word, not even as one for "not known"."""
        return self._place(text) is None and not self._says_unknown(text) and not says_nothing(text)

    def _place(self, text: str) -> PlaceName | None:
        place = self._seen.get(text) or self._find(text)
        if place:  # only known words are remembered: there are few, and free text must not pile up
            self._seen[text] = place
        return place
