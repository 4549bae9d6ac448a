"""The manifest: what Slack accepts, what the bot needs and no more, and the file in deploy/ that is made from it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from bot.__main__ import main
from bot.app import find_commands
from bot.chat.slack.manifest import EVENTS, LOOK_UP, SCOPES, SOCKET, ManifestUnusable, as_yaml, manifest, usage_hint
from bot.rules.text.secret_patterns import looks_like_a_secret
from bot.settings import ROOT

FILE = ROOT / "deploy" / "slack-manifest.yaml"
OURS = manifest(find_commands())
OVER_HTTP = manifest(find_commands(), url="https://bot.example.org/")
#: Which permission Slack asks for before it tells of an event; any one of them will do.
NEEDED = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "message.im": ("im:history",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "channel_shared": ("channels:read", "groups:read"),
    "user_change": ("users:read",),
}


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [s for inner in value.values() for s in strings(inner)]
    if isinstance(value, list):
        return [s for inner in value for s in strings(inner)]
    return [value] if isinstance(value, str) else []


def test_the_file_in_deploy_is_what_the_verb_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "slack"]) == 0
    printed = capsys.readouterr().out
    assert printed == FILE.read_text(encoding="utf-8"), "./deploy/dev manifest slack > deploy/slack-manifest.yaml"
    assert yaml.safe_load(printed) == OURS


def test_every_permission_stands_under_its_reason() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for scope in SCOPES:
        at = lines.index(f"    - {scope.name}")
        assert lines[at - 1] == f"    # {scope.why}"
    assert SOCKET.name in lines[2]
    assert SOCKET.name not in OURS["oauth_config"]["scopes"]["bot"]


def test_nothing_is_asked_for_that_reads_more_than_the_bot_needs() -> None:
    asked = set(OURS["oauth_config"]["scopes"]["bot"])
    assert asked.isdisjoint({"users:read.email", "channels:join", "chat:write.public", "channels:history"})
    assert [scope for scope in asked if scope.startswith(("search", "admin"))] == []


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_covered_by_the_permissions_it_needs(event: str) -> None:
    assert set(NEEDED[event]) <= {scope.name for scope in SCOPES}


def test_the_limits_of_slack_are_kept() -> None:
    about, features = OURS["display_information"], OURS["features"]
    (slash,), (shortcut,) = features["slash_commands"], features["shortcuts"]
    within = {
        (about["name"], 35),
        (about["description"], 140),
        (about["long_description"], 4000),
        (features["bot_user"]["display_name"], 80),
        (slash["command"], 32),
        (slash["description"], 2000),
        (slash["usage_hint"], 1000),
        (shortcut["name"], 24),
        (shortcut["callback_id"], 255),
        (shortcut["description"], 150),
    }
    assert [text for text, most in within if not 0 < len(text) <= most] == []
    assert len(about["long_description"]) >= 174  # Slack refuses a shorter one
    assert re.fullmatch("#[0-9A-F]{6}", about["background_color"])


def test_the_hint_names_every_command_or_as_many_as_fit() -> None:
    assert OURS["features"]["slash_commands"][0]["usage_hint"].split(" | ") == [c.name for c in find_commands()]
    assert usage_hint(["help", "stats", "open"], limit=12) == "help | stats"
    assert len(usage_hint(["command"] * 500)) <= 1000


def test_the_shortcut_and_the_escaping_are_those_the_bot_reads() -> None:
    assert OURS["features"]["shortcuts"][0]["callback_id"] == LOOK_UP
    assert OURS["features"]["slash_commands"][0]["should_escape"] is True


def test_with_an_address_slack_calls_there_and_without_one_it_does_not() -> None:
    url = "https://bot.example.org/slack/events"
    assert OVER_HTTP["features"]["slash_commands"][0]["url"] == url
    assert OVER_HTTP["settings"]["event_subscriptions"]["request_url"] == url
    assert OVER_HTTP["settings"]["interactivity"] == {"is_enabled": True, "request_url": url}
    assert OVER_HTTP["settings"]["socket_mode_enabled"] is False
    assert OURS["settings"]["socket_mode_enabled"] is True
    assert "url" not in str(OURS)
    assert SOCKET.name not in as_yaml(OVER_HTTP)


@pytest.mark.parametrize(
    "url",
    ["http://bot.example.org", "bot.example.org", "https://", "https://me:word@bot.example.org", "https://x/?a=b", "["],
)
def test_an_address_that_slack_cannot_call_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ManifestUnusable):
        manifest(find_commands(), url=url)
    assert main(["manifest", "slack", "--url", url]) == 2
    assert "https://bot.example.org" in capsys.readouterr().err


def test_nothing_in_it_is_secret() -> None:
    assert [text for text in strings(OVER_HTTP) if looks_like_a_secret(text)] == []
