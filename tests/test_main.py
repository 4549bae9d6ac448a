"""`python -m bot`: what each verb prints, and the exit code by which a script knows how it went."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import __main__
from bot.app import App
from bot.cli import terminal
from bot.settings import Settings, read_settings
from tests.support.exports import police, write

TAKEN = datetime(2017, 7, 5, 6, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The practice partnership on a database of its own, with its data folder beside it."""
    database = f"sqlite:///{tmp_path / 'bot.sqlite'}"
    found = replace(read_settings({"BOT_DATABASE_URL": database}), data_folder=tmp_path / "data")
    monkeypatch.setattr(__main__, "read_settings", lambda: found)
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
    assert __main__.main(["load", "police", file("police.csv")]) == 0
    assert taken_at(settings) == TAKEN


def test_no_export_is_taken_in_the_future(settings: Settings, file: Callable[..., str]) -> None:
    """A file may come from a machine whose clock is wrong."""
    ahead = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
    assert __main__.main(["load", "police", file("police.csv", changed=ahead)]) == 0
    assert (taken_at(settings) or TAKEN) <= datetime.now(UTC)


def test_when_an_export_was_taken_may_be_said(settings: Settings, file: Callable[..., str]) -> None:
    assert __main__.main(["load", "police", file("police.csv"), "--taken-at", "2017-07-05T06:00"]) == 0
    assert taken_at(settings) == datetime(2017, 7, 5, 5, 0, tzinfo=UTC)


def test_a_load_with_a_row_left_out_is_not_done_and_one_with_odd_cells_is(
    settings: Settings, file: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = police(occurrence_ref="", police_ref="")
    assert __main__.main(["load", "police", file("police.csv", nothing)]) == 1
    assert "no row could be read" in capsys.readouterr().err
    assert __main__.main(["load", "police", file("police.csv", nothing, police(occurrence_ref="OCC-2"))]) == 3
    assert "1 rejected" in capsys.readouterr().out
    assert __main__.main(["load", "police", file("police.csv", police(sex="X"), police(occurrence_ref="OCC-2"))]) == 0
    assert "1 row was not read whole" in capsys.readouterr().out


def test_a_refused_file_does_not_stop_the_next(
    settings: Settings, file: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [file("first.csv"), str(tmp_path / "gone.csv"), file("third.csv", police(occurrence_ref="OCC-2"))]
    assert __main__.main(["load", "police", *files]) == 1
    said = capsys.readouterr()
    assert "Loading first.csv" in said.out
    assert "Loading third.csv" in said.out
    assert said.out.count("1 rows read: 1 new") == 2
    assert "2 of 3 files loaded, 2 of them with every row." in said.out
    assert said.err.splitlines() == ["gone.csv: cannot be opened: No such file or directory. Nothing was changed."]
    assert __main__.main(["load", "police", files[0], files[2]]) == 0
    nobody = police(occurrence_ref="", police_ref="")
    in_part = file("part.csv", nobody, police(occurrence_ref="OCC-3", police_ref="NOM-3"))
    assert __main__.main(["load", "police", files[0], in_part]) == 3
    assert "2 of 2 files loaded, 1 of them with every row." in capsys.readouterr().out
    assert __main__.main(["load", "police", in_part, files[1]]) == 1, "a refused file goes before rows left out"


def test_a_file_that_does_not_say_when_it_was_taken_leaves_its_source_in_doubt(
    settings: Settings, file: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As every file does that is refused for its shape; but not one that is not there."""
    chosen = settings.partnership.sources
    sources = replace(chosen, police=replace(chosen.police, taken_at_column="written"))
    mapped = replace(settings, partnership=replace(settings.partnership, sources=sources))
    monkeypatch.setattr(__main__, "read_settings", lambda: mapped)
    assert __main__.main(["load", "police", file("first.csv"), "--taken-at", "2017-07-05T06:00"]) == 0
    for name, doubted in (("gone.csv", False), (file("second.csv"), True)):
        assert __main__.main(["load", "police", name]) == 1
        with closing(App(mapped)) as app, app.facts() as facts:
            assert (facts.freshness(TAKEN)[0].refused_at is not None) is doubted
    assert "there is no column 'written'" in capsys.readouterr().err


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one sentence on standard error with which a verb ends in 1."""
    assert __main__.main(words) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql+psycopg://bot:Canary@127.0.0.1:1/bot", "The database cannot be used: Connection refused."),
        ("postgresql+psycopg://bot:Canary@localhost:1/bot", "The database cannot be used: Connection refused."),
        ("postgresql+psycopg://bot:Can@ary@no.such.host.invalid/bot", "The database cannot be used: "),
        ("postgresql+psycopg://bot:1@localhost:Canary/bot", "BOT_DATABASE_URL is not the address of a database."),
        ("postgresql+psycopg:///bot?host=/no/such/folder", "The database cannot be used: No such file or directory."),
    ],
)
def test_a_database_that_is_not_there(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str, said: str
) -> None:
    monkeypatch.setattr(__main__, "read_settings", lambda: replace(settings, database_url=address))
    sentence = refused(capsys, "ask", "sources")
    assert sentence.startswith(said)
    assert "ary" not in sentence


def test_a_file_that_is_no_database(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bot.sqlite").write_text("no database " * 1000)
    assert refused(capsys, "ask", "sources") == "The database cannot be used: file is not a database.\n"


def test_a_database_that_is_a_folder(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bot.sqlite").mkdir()
    assert refused(capsys, "migrate") == "The database cannot be used: unable to open database file.\n"


def test_a_place_that_cannot_be_written_to(
    settings: Settings, file: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file stands where a folder should be: that stops an administrator, too."""
    blocked = tmp_path / "data"
    blocked.touch()
    assert refused(capsys, "practice", str(blocked / "exports")).endswith(": Not a directory.\n")
    assert refused(capsys, "unmatched", str(blocked / "list.csv")).endswith(": Not a directory.\n")
    assert refused(capsys, "load", "police", file("police.csv")).endswith(": Not a directory.\n")
    assert taken_at(settings) is None
    blocked.unlink()
    assert refused(capsys, "unmatched", str(tmp_path)).startswith(f"{tmp_path}: it is there already")


def test_nothing_is_stored_where_nothing_can_be_listed(
    settings: Settings, file: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda _, mode: mode == os.F_OK)  # an administrator may write anywhere
    said = refused(capsys, "load", "police", file("police.csv"))
    with closing(App(settings)) as app:
        assert said == f"{app.home / 'rejects'}: Permission denied.\n"
    assert taken_at(settings) is None


def test_published_figures_that_cannot_be_read(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "figures.toml"
    assert refused(capsys, "figures", str(wrong)) == f"{wrong}: No such file or directory.\n"
    assert refused(capsys, "figures", str(tmp_path)) == f"{tmp_path}: Is a directory.\n"
    wrong.write_text("county = [")
    assert refused(capsys, "figures", str(wrong)).startswith("The file is not valid TOML: Invalid")
    for other in ('name = "a partnership"', "areas = [1]", "[county]\nchildren = { soon = 1 }"):
        wrong.write_text(other)
        assert refused(capsys, "figures", str(wrong)) == "figures.toml: these are not published figures.\n"
    wrong.write_bytes(b"\xff\xfe")
    assert refused(capsys, "figures", str(wrong)).startswith("The file is not valid TOML: ")


def test_a_mistake_of_the_program_is_a_code_and_no_traceback(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("Jane Smith OX-7QK4 2003-02-01")

    monkeypatch.setattr(terminal, "ask", fail)
    logger, handlers = logging.getLogger(), list(logging.getLogger().handlers)
    assert __main__.main(["ask", "sources"]) == 1
    logger.handlers[:] = handlers
    said = capsys.readouterr()
    line, sentence = said.err.splitlines()
    logged = json.loads(line)
    assert sentence.startswith(f"Something went wrong (code {logged['code']}).")
    assert "test_main.py" in logged["exception"]
    assert not any(word in said.out + said.err for word in ("Jane", "OX-7QK4", "2003", "Traceback"))


def test_help_shows_no_secret(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("BOT_DATABASE_URL", "BOT_AUDIT_KEY", "BOT_DATA_KEY"):
        monkeypatch.setenv(name, "hunter2")
    for arguments in (["--help"], ["load", "--help"], ["ask", "--help"]):
        with pytest.raises(SystemExit):
            __main__.main(arguments)
    said = capsys.readouterr()
    assert "usage" in said.out
    assert "hunter2" not in said.out + said.err
