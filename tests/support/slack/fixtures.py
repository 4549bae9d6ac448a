"""A workspace that every test of Slack may ask for, and its Web API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.support.slack import web_api
from tests.support.slack.people import inhabited
from tests.support.slack.scene import Scene, living
from tests.support.slack.workspace import BOT_TOKEN, Workspace


@pytest.fixture
def workspace() -> Workspace:
    return inhabited()


@pytest.fixture
def served(workspace: Workspace) -> Iterator[web_api.Served]:
    with web_api.serving(workspace) as there:
        yield there


@pytest.fixture
def client(served: web_api.Served) -> WebClient:
    return WebClient(BOT_TOKEN, base_url=served.api_url, retry_handlers=[], timeout=5)


@pytest.fixture
def refused() -> Callable[..., str]:
    """Return the code that a call is refused with."""

    def code(call: Callable[..., Any], **given: Any) -> str:
        with pytest.raises(SlackApiError) as raised:
            call(**given)
        return str(raised.value.response["error"])

    return code


@pytest.fixture
def scene(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    """Yield the bot in a workspace of the practice partnership."""
    with living(tmp_path, sqlite_url) as made:
        yield made


@pytest.fixture
def scene_anywhere(tmp_path: Path, database_url: str) -> Iterator[Scene]:
    """Yield the bot on each of the two databases."""
    with living(tmp_path, database_url) as made:
        yield made
