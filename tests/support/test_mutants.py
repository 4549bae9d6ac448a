"""A small form of `python -m tests.bench.mutants`: what is tested is caught, and what is not survives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.mutants import EQUIVALENT, ROOT, equivalent
from tests.support.mutation import mutants, mutated

RULES = '''"""A rule with its limit, and one without a test."""

LIMIT = 5


def is_small(n: int) -> bool:
    return 1 <= n <= LIMIT


def half(n: int) -> int:
    """Halve a number, 1 up."""
    return n // 2 + 1
'''
TESTS = """import pytest
from rules import is_small


@pytest.mark.parametrize(("n", "small"), [(0, False), (1, True), (5, True), (6, False)])
def test_small(n, small):
    assert is_small(n) is small
"""
NAMED = """[[equivalent]]
file = "rules.py"
line = "return n // 2 + 1"
change = "1 -> 0"
why = "an example"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "rules.py").write_text(RULES, encoding="utf-8")
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_rules.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n', encoding="utf-8")
    (tmp_path / "equivalent.toml").write_text(NAMED, encoding="utf-8")
    return tmp_path


def run(checkout: Path, *more: str) -> str:
    told = ("--root", checkout, "--tests", "checks", "--equivalent", checkout / "equivalent.toml", "--count", "0")
    command = [sys.executable, "-m", "tests.bench.mutants", "rules.py", *map(str, told), *more]
    environment = os.environ | {"TMPDIR": str(checkout)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def test_what_a_test_reaches_is_caught_and_what_none_reaches_survives(checkout: Path) -> None:
    """Constants are changed at import, functions in a run that was collected before; no file is touched."""
    results = checkout / "results.jsonl"
    said = run(checkout, "--results", str(results))
    lines = [line.strip() for line in said.splitlines()]
    of_half = [m for m in mutants(checkout, "rules.py") if m.line > RULES[: RULES.index("return n")].count("\n")]
    survived = [line for line in lines if line.startswith(("untested", "survived", "equivalent"))]
    assert survived.count("untested (no test)") == len(of_half) - 1
    assert survived.count("equivalent: an example") == 1
    caught = len(mutants(checkout, "rules.py")) - len(of_half)
    assert caught == 9
    assert lines[-1].startswith(f"Caught {caught} of {caught + len(of_half) - 1} mutants, ")
    assert "and 1 equivalent ones named" in lines[-1]
    assert (checkout / "rules.py").read_text(encoding="utf-8") == RULES
    kept = results.read_text(encoding="utf-8")
    assert run(checkout, "--results", str(results)).splitlines()[-1] == lines[-1]
    assert results.read_text(encoding="utf-8") == kept, "what has its fate is not run again"


def test_the_changes_of_a_file(checkout: Path) -> None:
    """Words for people, annotations and docstrings stay; each change is named by its line and itself."""
    found = [(m.text, m.change) for m in mutants(checkout, "rules.py")]
    assert found == [
        ("LIMIT = 5", "5 -> 6"),
        ("LIMIT = 5", "5 -> 4"),
        ("return 1 <= n <= LIMIT", "return 1 <= n <= LIMIT -> return None"),
        ("return 1 <= n <= LIMIT", "1 <= n <= LIMIT -> 1 < n <= LIMIT"),
        ("return 1 <= n <= LIMIT", "1 <= n <= LIMIT -> 1 > n <= LIMIT"),
        ("return 1 <= n <= LIMIT", "1 <= n <= LIMIT -> 1 <= n < LIMIT"),
        ("return 1 <= n <= LIMIT", "1 <= n <= LIMIT -> 1 <= n > LIMIT"),
        ("return 1 <= n <= LIMIT", "1 -> 2"),
        ("return 1 <= n <= LIMIT", "1 -> 0"),
        ("return n // 2 + 1", "return n // 2 + 1 -> return None"),
        ("return n // 2 + 1", "n // 2 + 1 -> n // 2 - 1"),
        ("return n // 2 + 1", "n // 2 -> n * 2"),
        ("return n // 2 + 1", "2 -> 3"),
        ("return n // 2 + 1", "2 -> 1"),
        ("return n // 2 + 1", "1 -> 2"),
        ("return n // 2 + 1", "1 -> 0"),
    ]
    code = compile(mutated(checkout, mutants(checkout, "rules.py")[0]), "rules.py", "exec")
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 - the file above with one change
    assert names["LIMIT"] == 6


def test_every_equivalent_mutant_has_its_reason() -> None:
    assert all(why for why in equivalent(EQUIVALENT).values())
