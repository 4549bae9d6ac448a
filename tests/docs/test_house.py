"""bot/README.md and tests/README.md name files, benches and variables that are there."""

from __future__ import annotations

import re

from bot.settings import ROOT

HOUSE = (ROOT / "bot" / "README.md").read_text(encoding="utf-8")
TESTS = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
BENCHES = ROOT / "tests" / "bench"


def not_there(text: str, *begin: str) -> list[str]:
    """Files and folders that are named and are not there: from a room of the house, from the top, or from `begin`."""
    named = re.findall(r"`((?:\.\./)?(?:[a-z_]+/)*[a-z_]+(?:\.py|\.md|\.yaml|\.pot|/))`", text)
    assert len(named) > 10
    rooms = [ROOT, *(ROOT / folder for folder in begin), *(f for f in (ROOT / "bot").rglob("*") if f.is_dir())]
    return [n for n in named if not any((room / n).exists() for room in rooms)]


def test_every_file_that_the_house_names_is_there() -> None:
    assert not_there(HOUSE, "bot", "commands", "tests") == []


def test_every_file_that_the_page_of_tests_names_is_there() -> None:
    assert not_there(TESTS, "tests") == []


def test_every_bench_is_in_the_table_and_no_other() -> None:
    table = TESTS.split("## Benches")[1]
    named = {name for row in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE) for name in re.findall(r"\w+", row)}
    runs = {file.stem for file in BENCHES.glob("*.py") if f"tests.bench.{file.stem}" in file.read_text("utf-8")}
    assert named == {name for name in runs if not name.startswith("test_")}


def test_every_variable_of_a_longer_run_is_read_by_a_test() -> None:
    sources = "\n".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("*.py"))
    named = set(re.findall(r"`(BOT_[A-Z_]+)=", TESTS))
    assert len(named) > 5
    assert named <= set(re.findall(r"environ\.get\(\"(BOT_[A-Z_]+)\"", sources))
