"""Buttons: a value says nothing, and a press is a question asked anew by whoever presses, where they press it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import __main__
from bot.app import App
from bot.chat.terminal import as_json
from bot.cli import terminal
from bot.conversation.reply import Button, Reply
from bot.rules.access.permissions import GiveRole, TakeRole
from bot.settings import read_settings
from bot.store.database import reading, writing
from bot.store.people_list import Changing
from bot.store.schema import access
from tests.support import exports
from tests.support.factories import NOW

STALE = "This button is no longer valid. Please ask again."
LATER = timedelta(minutes=15)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[App]:
    """The practice people, and one child of the north who is missing."""
    made = App(replace(read_settings({"BOT_DATABASE_URL": database_url}), data_folder=tmp_path))
    taken = NOW - timedelta(hours=1)
    missing = {"found_at": "", "returned_at": "", "prevention_interview_at": "", "end_reason": ""}
    row = exports.police(
        last_seen_at="04/07/2017 20:00", reported_at="04/07/2017 21:00", risk_at="04/07/2017 22:00", **missing
    )
    made.load("children", exports.write(tmp_path / "children.csv", [exports.child()]), taken)
    made.load("police", exports.write(tmp_path / "police.csv", [row]), taken)
    yield made
    made.close()


def looked_up(app: App, who: str = "north-manager") -> tuple[str, str]:
    """A child's reference and the handle of the button that looks it up."""
    plain = terminal.ask(app, "open", who, None, NOW)
    asked = next(b for b in plain.pressable if b.command.startswith("child "))
    reply = terminal.with_handles(app, replace(plain.without_buttons(), buttons=(asked,)), who, NOW)
    return asked.command.removeprefix("child "), reply.buttons[0].command


def pressed(app: App, handle: str, who: str = "north-manager", place: str | None = None, at: datetime = NOW) -> Reply:
    return terminal.press(app, handle, who, place, at)


def recorded(app: App) -> list[tuple[str, str, str, str]]:
    row = access.audit
    with reading(app.database) as connection:
        query = select(row.c.who, row.c.action, row.c.outcome, row.c.subject).order_by(row.c.seq)
        return [tuple(r) for r in connection.execute(query) if r.action not in ("configuration", "load")]


def test_a_press_is_the_question_itself(app: App) -> None:
    ref, handle = looked_up(app)
    reply = pressed(app, handle)
    assert reply.title.startswith(f"{ref} · ")
    assert reply == pressed(app, handle), "pressed twice by an impatient finger"
    assert reply == terminal.ask(app, f"child {ref}", "north-manager", None, NOW)
    assert recorded(app)[1:] == [("north-manager", "child", "answered", ref)] * 3


def test_no_value_says_what_it_asks(app: App) -> None:
    plain = terminal.ask(app, "open", "lead", None, NOW)
    given = terminal.with_handles(app, plain, "lead", NOW)
    assert [b.label for b in given.pressable] == [b.label for b in plain.pressable]
    assert len({b.command for b in given.pressable}) == len(given.pressable) > 0
    for b in given.pressable:
        assert len(bytes.fromhex(b.command)) == 16
    assert terminal.with_handles(app, Reply("Nothing to press", 0), "lead", NOW) == Reply("Nothing to press", 0)


def refused(app: App, reply: Reply, who: str) -> None:
    assert (reply.text, reply.status) == ((STALE,), "refused")
    assert recorded(app)[-1] == (who, "press", "handle", "")


def test_every_changed_character_is_refused_alike(app: App) -> None:
    ref, handle = looked_up(app)
    before = len(recorded(app))
    others = {handle[:at] + ("0" if c != "0" else "1") + handle[at + 1 :] for at, c in enumerate(handle)}
    replies = {as_json(pressed(app, other)) for other in {*others, "", "child OX-7QK4", handle[:-1], f"{handle}0"}}
    assert len(replies) == 1
    assert ref not in replies.pop()
    assert len(recorded(app)) == before + len(handle) + 4
    refused(app, pressed(app, "0" * 32), "north-manager")


def test_somebody_elses_button_is_no_button(app: App) -> None:
    _, handle = looked_up(app)
    for who in ("lead", "admin", "south-worker"):
        refused(app, pressed(app, handle, who), who)
    assert pressed(app, handle).status == "ok"


def test_an_old_button_is_no_button(app: App) -> None:
    _, handle = looked_up(app)
    assert pressed(app, handle, at=NOW + LATER - timedelta(seconds=1)).status == "ok"
    refused(app, pressed(app, handle, at=NOW + LATER), "north-manager")
    terminal.with_handles(app, Reply("Another", 0, buttons=(Button("Help", "help"),)), "lead", NOW + LATER)
    with reading(app.database) as connection:
        assert connection.execute(select(access.handle.c.command)).scalars().all() == ["help"], "swept"


def test_a_button_for_something_else_asks_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_PURPOSE", "review")
    _, handle = looked_up(app)
    monkeypatch.undo()
    refused(app, pressed(app, handle), "north-manager")


def test_what_was_taken_away_since_counts_at_the_press(app: App) -> None:
    ref, handle = looked_up(app)
    with writing(app.database) as connection:
        changing = Changing(connection, app.keys.audit, app.partnership, "admin", NOW)
        for change in (GiveRole("north-manager", "analyst"), TakeRole("north-manager", "team_manager")):
            assert changing.make(change, "people").outcome == "done"
    reply = pressed(app, handle)
    assert reply.status == "refused"
    assert ref not in as_json(reply)
    assert recorded(app)[-1][:3] == ("north-manager", "child", "role")


def test_a_press_is_answered_for_the_place_it_is_made_in(app: App) -> None:
    ref, handle = looked_up(app)
    for place in ("county-digest", "county-counts", "somewhere else"):
        reply = pressed(app, handle, place=place)
        assert reply.status == "refused"
        assert ref not in as_json(reply)
    assert [row[2] for row in recorded(app)[-3:]] == ["place_level", "place_level", "unlisted_place"]


def test_at_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = replace(read_settings({"BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'bot.sqlite'}"}), data_folder=tmp_path)
    monkeypatch.setattr(__main__, "read_settings", lambda: found)

    def run(*words: str) -> dict[str, Any]:
        assert __main__.main(["ask", *words, "--format", "json"]) == 0
        reply: dict[str, Any] = json.loads(capsys.readouterr().out)
        return reply

    handle = run("help", "--as", "lead")["buttons"][0]["command"]
    assert len(bytes.fromhex(handle)) == 16
    assert run("--press", handle, "--as", "lead")["title"] == "Nothing is loaded"
    assert run("--press", handle, "--as", "police")["text"] == [STALE]
    assert __main__.main(["ask", "--press", "-", "--as", "lead"]) == 0
    assert STALE in capsys.readouterr().out
