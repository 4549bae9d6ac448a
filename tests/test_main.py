"""`python -m bot`: what each verb prints, and the exit code by which a script knows how it went."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import __main__ as verbs
from bot.app import App
from bot.settings import Settings, read_settings
from tests.ingest.exports import police, write

TAKEN = datetime(2017, 7, 5, 6, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The practice partnership on a database of its own, with its data folder beside it."""
    database = f"sqlite:///{tmp_path / 'bot.sqlite'}"
    found = replace(read_settings({"BOT_DATABASE_URL": database}), data_folder=tmp_path / "data")
    monkeypatch.setattr(verbs, "read_settings", lambda: found)
    return found


def taken_at(settings: Settings) -> datetime | None:
    """When the newest police export was taken, as stored."""
    with closing(App(settings)) as app, app.facts() as facts:
        return next(f.taken_at for f in facts.freshness(TAKEN) if f.source == "police")


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    """A police export of rows, last changed at TAKEN."""

    def written(name: str, *rows: dict[str, str], changed: float = TAKEN.timestamp()) -> str:
        path = write(tmp_path / name, rows or (police(),))
        os.utime(path, (changed, changed))
        return str(path)

    return written


def test_an_export_was_taken_when_its_file_was_last_changed(settings: Settings, file: Callable[..., str]) -> None:
    assert verbs.main(["load", "police", file("police.csv")]) == 0
    assert taken_at(settings) == TAKEN


def test_no_export_is_taken_in_the_future(settings: Settings, file: Callable[..., str]) -> None:
    """A file may come from a machine whose clock is wrong."""
    ahead = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
    assert verbs.main(["load", "police", file("police.csv", changed=ahead)]) == 0
    assert (taken_at(settings) or TAKEN) <= datetime.now(UTC)


def test_when_an_export_was_taken_may_be_said(settings: Settings, file: Callable[..., str]) -> None:
    assert verbs.main(["load", "police", file("police.csv"), "--taken-at", "2017-07-05T06:00"]) == 0
    assert taken_at(settings) == datetime(2017, 7, 5, 5, 0, tzinfo=UTC)


def test_a_file_of_which_nothing_can_be_used_is_not_done(
    settings: Settings, file: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verbs.main(["load", "police", file("police.csv", police(sex="X"))]) == 1
    assert "1 rejected" in capsys.readouterr().out
    assert verbs.main(["load", "police", file("police.csv", police(sex="X"), police(occurrence_ref="OCC-2"))]) == 0


def test_a_refused_file_does_not_stop_the_next(
    settings: Settings, file: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [file("first.csv"), str(tmp_path / "gone.csv"), file("third.csv", police(occurrence_ref="OCC-2"))]
    assert verbs.main(["load", "police", *files]) == 1
    said = capsys.readouterr()
    assert "Loading first.csv" in said.out
    assert "Loading third.csv" in said.out
    assert said.out.count("1 rows read: 1 new") == 2
    assert "2 of 3 files loaded." in said.out
    assert said.err.splitlines() == ["gone.csv: cannot be opened: No such file or directory. Nothing was changed."]
    assert verbs.main(["load", "police", files[0], files[2]]) == 0
