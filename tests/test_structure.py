"""The shape of the house holds: rooms, names, circles by import-linter (`./deploy/dev lint`), and how prose begins."""

from __future__ import annotations

import ast

import pytest

from bot.settings import ROOT
from tests.bench.structure import RELATIVE, Code, twice

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


def test_no_class_name_stands_twice_but_for_the_same_part_of_two_platforms(code: Code) -> None:
    classes, _ = twice(code)
    assert {name: modules for name, modules in classes.items() if not _of_siblings(modules)} == {}


def _of_siblings(modules: list[str]) -> bool:
    platforms = {module.split(".")[2] for module in modules if module.startswith("bot.chat.") and module.count(".") > 2}
    return len(platforms) == len(modules)


def test_no_docstring_begins_with_a_relative_clause(code: Code) -> None:
    """`Return what ...` is fine, `What is returned` is not."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    begun = [
        f"{module}: {doc.splitlines()[0]}"
        for module, tree in code.trees.items()
        for node in ast.walk(tree)
        if isinstance(node, kinds) and (doc := ast.get_docstring(node))
        if doc.split(maxsplit=1)[0].strip(",").lower() in RELATIVE
    ]
    assert begun == []
