"""The check of locked packages, with a program in the place of pip-audit."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests.support import vulnerabilities

CLEAN = {"name": "rich", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "alembic", "skip_reason": "Dependency not found"}
BAD = {"name": "jinja2", "version": "2.4.1", "vulns": [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"]}]}


def program(said: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"import sys; print({said!r}); sys.exit({code})"]


def answer(*packages: dict[str, Any], code: int = 0) -> list[str]:
    return program(json.dumps({"dependencies": packages, "fixes": []}), code)


def said(capsys: pytest.CaptureFixture[str], command: list[str]) -> tuple[int, list[str]]:
    return vulnerabilities.main(command), capsys.readouterr().out.splitlines()


def test_nothing_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, answer(CLEAN)) == (0, ["Vulnerabilities: 0 known in 1 packages checked."])


def test_a_known_one_fails_and_says_what_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = said(capsys, answer(CLEAN, BAD, UNKNOWN, code=1))
    assert code == 1
    assert lines == [
        "Vulnerabilities: 1 known in 2 packages checked; 1 could not be checked.",
        "Vulnerable: jinja2 2.4.1: PYSEC-2019-217, mended in 2.10.1",
    ]


def test_packages_that_the_service_does_not_know_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    only = ["Vulnerabilities: 0 known in 0 packages checked; 2 could not be checked."]
    assert said(capsys, answer(UNKNOWN, UNKNOWN)) == (0, only)


@pytest.mark.parametrize(
    "command",
    [
        program("", 1),
        program("Traceback: no route to host", 1),
        program("[]", 0),
        program('{"dependencies": 5}', 0),
        ["/no/such/program"],
    ],
)
def test_a_service_that_cannot_be_asked_stops_nobody(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    only = ["Vulnerabilities: the service could not be asked; no package was checked."]
    assert said(capsys, command) == (0, only)


def test_a_service_that_hangs_stops_nobody(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vulnerabilities, "PATIENCE_SECONDS", 0.1)
    assert said(capsys, [sys.executable, "-c", "import time; time.sleep(20)"])[0] == 0
