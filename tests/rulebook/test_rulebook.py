"""Each case of the rule book holds, but for the pieces that are listed as not yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rulebook import chapters  # noqa: F401 - fills the book
from tests.rulebook.book import BOOK, chapter
from tests.rulebook.not_yet import NOT_YET

#: On PostgreSQL the chapters whose loads and times it could take otherwise; the store's tests run its queries on both.
PLAYED = (*(("sqlite", n) for n in BOOK), *(("postgresql", n) for n in BOOK if chapter(n) in ("E", "V")))


@pytest.mark.parametrize(("database_url", "number"), PLAYED, indirect=["database_url"])
def test_a_case_holds(database_url: str, number: str, tmp_path: Path) -> None:
    """A piece that holds although it is listed fails too, so that the list shrinks."""
    pieces = BOOK[number].pieces(database_url, tmp_path)
    failing = {name for name, holds in pieces.items() if not holds}
    assert failing == set(NOT_YET.get(number, {})), f"{number}: {BOOK[number].title}"


def test_what_is_listed_is_in_the_book() -> None:
    assert NOT_YET.keys() <= BOOK.keys()
    assert all(pieces for pieces in NOT_YET.values())
