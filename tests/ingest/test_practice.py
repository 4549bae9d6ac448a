"""The practice exports load whole, in any order to the same episodes, and a second time without effect."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from bot import practice
from bot.settings import PRACTICE_FILE, read_partnership
from tests.support.loader import Loader, loader

SOURCES = ("police", "children", "interviews")
TAKEN_AT = {
    "police": practice.POLICE_TAKEN_AT,
    "children": practice.CHILDREN_TAKEN_AT,
    "interviews": practice.INTERVIEWS_TAKEN_AT,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return practice.write_exports(tmp_path_factory.mktemp("practice"))


@pytest.fixture
def practice_bot(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(database_url, tmp_path) as found:
        found.partnership = read_partnership(PRACTICE_FILE)
        yield found


def load_all(bot: Loader, files: dict[str, Path], order: tuple[str, ...]) -> None:
    for source in order:
        summary = bot.load_path(source, files[source], taken_at=TAKEN_AT[source], now=practice.PRACTICE_NOW)
        assert (summary.rejected, summary.unread) == (0, 0)
        assert summary.read == summary.accepted > 1000


def story(bot: Loader) -> list[Any]:
    """The episodes by the agencies' own references: numbers and random references differ with the order."""
    keys = {c["id"]: (c["police_ref"], c["council_ref"]) for c in bot.rows("child")}
    told = [e | {"id": None, "child_id": keys[e["child_id"]]} for e in bot.rows("episode")]
    return sorted(told, key=lambda e: (str(e["occurrence_ref"]), str(e["episode_ref"])))


#: The first and the last are one another's reverse; the others belong to the thorough run.
ORDERS = [
    pytest.param(order, marks=() if order in (SOURCES, SOURCES[::-1]) else pytest.mark.thorough)
    for order in permutations(SOURCES)
]
told_first: list[Any] = []


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_the_files_does_not_matter(practice_bot: Loader, files: dict[str, Path], order: Any) -> None:
    load_all(practice_bot, files, order)
    told = story(practice_bot)
    told_first.extend(told if not told_first else [])
    assert told == told_first  # of the first order, whichever database it ran on
    assert len(told) > 1300


def test_loading_everything_again_changes_nothing(practice_bot: Loader, files: dict[str, Path]) -> None:
    load_all(practice_bot, files, SOURCES)
    before = practice_bot.everything()
    load_all(practice_bot, files, SOURCES)
    assert practice_bot.everything() == before
