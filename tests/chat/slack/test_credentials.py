"""Slack's tokens: read from the environment or files, each in its place, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.slack.credentials import API_URL
from bot.server import platforms
from bot.settings import SettingsError

BOT = {"BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token"}
APP = {"BOT_SLACK_APP_TOKEN": "xapp-not-a-token"}
SIGNING = {"BOT_SLACK_SIGNING_SECRET": "not-a-secret"}


def test_nothing_set_is_no_slack() -> None:
    assert platforms.read_slack({}) is None
    assert platforms.read_slack({"BOT_SLACK_API_URL": "https://slack.com/api"}) is None


def test_socket_mode_and_http() -> None:
    by_socket, over_http = platforms.read_slack(BOT | APP), platforms.read_slack(BOT | SIGNING)
    assert by_socket
    assert over_http
    assert (by_socket.by_socket, over_http.by_socket) == (True, False)
    assert by_socket.api_url == API_URL


def test_secrets_may_stand_in_files_and_are_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-not-a-token\n")
    file.chmod(0o600)
    found = platforms.read_slack({"BOT_SLACK_BOT_TOKEN_FILE": str(file)} | APP | SIGNING)
    assert found
    assert found.bot_token == "xoxb-not-a-token"
    assert "not-a" not in repr(found)
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        platforms.read_slack({"BOT_SLACK_BOT_TOKEN_FILE": str(file)})


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        (APP, "BOT_SLACK_BOT_TOKEN is not set"),
        (SIGNING, "BOT_SLACK_BOT_TOKEN is not set"),
        (BOT, "BOT_SLACK_APP_TOKEN is not set"),
        ({"BOT_SLACK_BOT_TOKEN": "xapp-Canary"} | APP, "BOT_SLACK_BOT_TOKEN must begin with xoxb-"),
        ({"BOT_SLACK_APP_TOKEN": "xoxb-Canary"} | BOT, "BOT_SLACK_APP_TOKEN must begin with xapp-"),
        ({"BOT_SLACK_BOT_TOKEN": "xoxb-Canary xoxb-Canary"} | APP, "hold no space"),
        ({"BOT_SLACK_SIGNING_SECRET": "xapp-Canary"} | BOT, "BOT_SLACK_SIGNING_SECRET is a token"),
        ({"BOT_SLACK_API_URL": "http://Canary.example.org/api/"} | BOT | APP, "BOT_SLACK_API_URL must begin"),
        ({"BOT_SLACK_API_URL": "https://me:Canary@example.org/"} | BOT | APP, "BOT_SLACK_API_URL must begin"),
        ({"BOT_SLACK_API_URL": "https://[Canary"} | BOT | APP, "BOT_SLACK_API_URL is not an address"),
    ],
)
def test_what_is_wrong_is_said_without_what_was_given(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as fault:
        platforms.read_slack(environ)
    assert "Canary" not in str(fault.value)


def test_slack_may_be_on_this_machine() -> None:
    found = platforms.read_slack({"BOT_SLACK_API_URL": "http://127.0.0.1:9/api"} | BOT | APP)
    assert found
    assert found.api_url == "http://127.0.0.1:9/api/"
