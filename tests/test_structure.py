"""The shape of the house holds: rooms, names, circles by import-linter (`./deploy/dev lint`)."""

from __future__ import annotations

import pytest

from bot.settings import ROOT
from tests.bench.structure import Code, twice

ROOMS = 12
LOOSE = {"__init__", "__main__", "app", "settings"}


@pytest.fixture(scope="module")
def code() -> Code:
    return Code(ROOT)


def test_a_newcomer_finds_few_rooms_and_three_loose_modules() -> None:
    assert len([f for f in (ROOT / "bot").iterdir() if (f / "__init__.py").exists()]) <= ROOMS
    assert {f.stem for f in (ROOT / "bot").glob("*.py")} == LOOSE


def test_every_folder_is_a_package(code: Code) -> None:
    folders = {m.rpartition(".")[0] for m in code.trees} - {""}
    assert folders <= code.trees.keys()


def test_no_class_name_stands_twice(code: Code) -> None:
    classes, _ = twice(code)
    assert classes == {}
