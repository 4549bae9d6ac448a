"""doctor as a verb: what it prints for people and for machines, and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import __main__
from tests.support.doctor import settings


@pytest.fixture
def as_verb(monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path) -> Callable[..., int]:
    def run(*words: str, **environ: str) -> int:
        monkeypatch.setattr(__main__, "read_settings", lambda: settings(sqlite_url, tmp_path, **environ))
        return __main__.main(words)

    return run


def test_printed_for_people(as_verb: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert as_verb("doctor") == 1
    printed = capsys.readouterr().out
    assert " ✖ fault database               SQLite: it is not there yet\n" in printed
    assert " → ./deploy/dev migrate\n" in printed
    assert printed.splitlines()[-1].startswith("1 fault, ")
    assert as_verb("migrate") == 0
    assert as_verb("doctor") == 0


def test_printed_for_machines(as_verb: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert as_verb("doctor", "--json", BOT_SLACK_BOT_TOKEN="xapp-Canary") == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    names = {f["name"]: f for f in said["findings"]}
    assert set(names["database"]) == {"name", "state", "says", "do", "details"}
    assert names["slack settings"]["state"] == "fault"
    assert "Canary" not in json.dumps(said)
