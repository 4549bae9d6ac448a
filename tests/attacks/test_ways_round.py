"""Ways round what is promised that were open once: each stays shut."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import __main__
from bot.app import OTHER_KEY, App
from bot.cli import terminal
from bot.conversation.command import PRIVATE, Ask, Request
from bot.conversation.reply import Reply
from bot.rules.audit.chain import Entry
from bot.rules.effects import NotifyRole
from bot.rules.text.secret_patterns import looks_like_a_secret
from bot.settings import Settings, read_settings
from bot.store.database import reading
from bot.store.queries.audit_trail import StoredTrail
from bot.store.schema import access
from tests.support.factories import NOW, reference

NAME = "Wilhelmina Unlisted"


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found = replace(read_settings({"BOT_DATABASE_URL": database_url}), data_folder=tmp_path / "data")
    monkeypatch.setattr(__main__, "read_settings", lambda: found)
    return found


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    with closing(App(settings)) as app:
        yield app


def recorded(app: App) -> list[tuple[str, str, str]]:
    row = access.audit
    with reading(app.database) as connection:
        found = connection.execute(select(row.c.who, row.c.action, row.c.outcome).order_by(row.c.seq)).all()
    return [(r.who, r.action, r.outcome) for r in found if r.who != "partnership file"]


def told(app: App, child: str | None = None) -> None:
    """Something for the leads, recorded as a look is."""
    entry = Entry(NOW, "south-worker", "council", "", "break-glass", "answered", child or "", 2, "private", "a reason")
    app.record(entry, [NotifyRole("strategic_lead", "break_glass", "One look.", NOW, child)])


def asked(app: App, run: Callable[[Ask], Reply]) -> Reply:
    """The lead's question where `help` is another command."""
    changed = tuple(replace(c, run=run) if c.name == "help" else c for c in app.dispatcher.commands)
    dispatcher = replace(app.dispatcher, commands=changed)
    return app.recorder.record(dispatcher.dispatch(Request(app.person("lead"), PRIVATE, "help", NOW)))


def test_a_command_that_breaks_is_recorded_too(app: App) -> None:
    def broken(ask: Ask) -> Reply:
        ask.log.subject = reference(1)
        raise KeyError(NAME)

    with pytest.raises(KeyError):
        asked(app, broken)
    assert recorded(app) == [("lead", "help", "fault")]
    with reading(app.database) as connection:
        assert [e.subject for e in StoredTrail(connection).about(reference(1), NOW)] == [reference(1)]


def test_what_stood_in_a_stopped_answer_is_still_to_be_told(app: App) -> None:
    told(app)
    assert asked(app, lambda ask: Reply("x", 2, ("born 13 March 2003",))).title == "Not shown"
    assert recorded(app)[-1] == ("lead", "help", "stopped: birth")
    assert "One look." in str(terminal.ask(app, "help", "lead", None, NOW))
    assert "One look." not in str(terminal.ask(app, "help", "lead", None, NOW))


@pytest.mark.parametrize("who", [NAME, "x" * 300, "\udcff"])
def test_a_name_given_to_notices_is_not_recorded(app: App, who: str, capsys: pytest.CaptureFixture[str]) -> None:
    told(app)
    before = len(recorded(app))
    assert __main__.main(["notices", "--as", who]) == 1
    assert who not in capsys.readouterr().err
    assert [r[1:] for r in recorded(app)[before:]] == [("notices", "not_listed")]
    with reading(app.database) as connection:
        assert set(connection.execute(select(access.audit.c.subject)).scalars()) & {who} == set()


def test_notices_are_read_by_nobody_whose_right_to_them_has_ended(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    told(app, reference(1))
    assert __main__.main(["notices", "--as", "lead"]) == 0
    assert reference(1) in capsys.readouterr().out
    assert __main__.main(["people", "revoke", "lead", "--as", "admin"]) == 0
    capsys.readouterr()
    assert __main__.main(["notices", "--as", "lead"]) == 0
    assert capsys.readouterr().out == "Nobody has anything to be told.\n"


def test_an_administrator_takes_no_reference_away(app: App, tmp_path: Path) -> None:
    told(app, reference(1))
    __main__.main(["people", "add", "w-1", "--agency", "council", "--as", "admin"])
    subjects = {}
    for who in ("lead", "admin"):
        file = tmp_path / f"{who}.csv"
        assert __main__.main(["audit", "export", str(file), "--as", who]) == 0
        with file.open(encoding="utf-8", newline="") as stream:
            subjects[who] = {row["subject"] for row in csv.DictReader(stream)}
    assert {reference(1), "w-1"} <= subjects["lead"]
    assert {"(withheld)", "w-1"} <= subjects["admin"]
    assert reference(1) not in subjects["admin"]


def test_a_reason_for_the_server_is_one_line_of_words(app: App) -> None:
    because = "court order\nOX-2222: placed by \x1b[2J nobody \udcff\u202e"
    assert __main__.main(["hold", "add", reference(1), "--as", "lead", "--because", because]) == 1
    assert recorded(app) == [("lead", "hold add", "not_found")]
    with reading(app.database) as connection:
        (kept,) = connection.execute(select(access.audit.c.reason).where(access.audit.c.who == "lead"))
    assert kept.reason == "court order OX-2222: placed by [2J nobody"


@pytest.mark.parametrize("words", [["retention"], ["ask", "help", "--as", "lead"], ["watch"], ["people", "list"]])
def test_no_verb_is_of_a_time_to_come(app: App, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    told(app)
    assert __main__.main([*words, "--now", "9998-01-01T00:00"]) == 2
    assert "still to come" in capsys.readouterr().err
    assert ("south-worker", "break-glass", "answered") in recorded(app), "retention removed the trail"


def test_another_key_adds_nothing_to_the_trail(
    app: App, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.ask(app, "help", "lead", None, NOW)
    environ = {"BOT_AUDIT_KEY": "0a" * 32, "BOT_DATA_KEY": "0b" * 32}
    with closing(App(replace(settings, environ=environ))) as other:
        assert terminal.ask(other, "help", "lead", None, NOW).text[0].startswith("I could not record your question")
    monkeypatch.setattr(__main__, "read_settings", lambda: replace(settings, environ=environ))
    hold = ("hold", "add", reference(1), "--as", "lead", "--because", "the court asks for the copy")
    for words in (
        hold,
        ("hold", "list", "--as", "lead"),
        ("retention",),
        ("people", "deactivate", "lead", "--as", "admin"),
    ):
        assert __main__.main([*words]) == 1
        assert capsys.readouterr().err == f"{OTHER_KEY}\n"
    monkeypatch.setattr(__main__, "read_settings", lambda: settings)
    assert recorded(app) == [("lead", "help", "answered")]
    assert __main__.main(["audit", "verify"]) == 0


def test_an_account_that_is_no_text_is_nobodys(app: App) -> None:
    assert app.person("\udcff") is None
    assert terminal.ask(app, "help", "\udcff", None, NOW).status == "refused"
    assert recorded(app) == [("terminal", "help", "not_listed")]


@pytest.mark.parametrize(
    "text",
    ["8f" * 16, "ghp_" + "a1" * 18, "AKIA" + "A1" * 8, "password=correct-horse", "AccountKey=abc"],
)
def test_it_looks_like_a_secret(text: str) -> None:
    assert looks_like_a_secret(text)
    assert not looks_like_a_secret("19:" + "8f" * 16 + "@thread.tacv2"), "Teams calls its channels so"
