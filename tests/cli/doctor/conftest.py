"""An App on a real database, and Slack on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.chat.slack.manifest import SCOPES
from bot.rules.partnership.partnership import Partnership
from tests.support.doctor import Make, settings
from tests.support.slack.web_api import serving
from tests.support.slack.workspace import Channel as Room
from tests.support.slack.workspace import Person as Account
from tests.support.slack.workspace import Workspace


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make(database_url: str, tmp_path: Path) -> Iterator[Make]:
    """An App whose tables are made, with whatever the environment and the partnership say besides."""
    made: list[App] = []

    def new(ours: Partnership | None = None, *, ready: bool = True, **environ: str) -> App:
        chosen = settings(database_url, tmp_path, **environ)
        made.append(App(replace(chosen, partnership=ours) if ours else chosen))
        assert not ready or made[-1].database
        return made[-1]

    yield new
    for app in made:
        app.close()


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    slack = Workspace(scopes=[s.name for s in SCOPES], socket_url="wss://127.0.0.1:1/")
    slack.put(Account("U0ONE"), Account("U0TWO"), Room("C0NORTH", members=["U0ONE", "U0TWO"]))
    with serving(slack):
        yield slack
