"""The Slack app manifest: scopes, command, shortcut, events. It holds no secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from bot.chat.slack.action_ids import LOOK_UP
from bot.chat.slack.scopes import SCOPES, SOCKET
from bot.conversation.command import Command

ROOT_COMMAND: Final = "/missing"
#: The path of commands, events and presses over HTTP.
PATH: Final = "/slack/events"

#: The subscribed events. Each is covered by a scope of the table, or needs none (app_home_opened).
EVENTS: Final = (
    "app_home_opened",
    "app_mention",
    "message.im",
    "member_joined_channel",
    "channel_shared",
    "user_change",
)

USAGE_LIMIT: Final = 1000
_LONG = (
    "Posts the morning digest of missing children and return interviews, reminds whoever an interview waits for, calls "
    "a named role in each agency when a rule is met, and answers questions from those who may ask. It shows no names, "
    "no dates of birth and no addresses, never grades risk, and posts only in channels to which it was invited."
)


class ManifestUnusable(ValueError):
    """The address cannot be one at which Slack calls; the text says what would be right."""


def manifest(commands: Iterable[Command], *, root: str = ROOT_COMMAND, url: str | None = None) -> dict[str, Any]:
    """Return the manifest as plain data in reading order: over HTTP with a URL, else Socket Mode."""
    at = {} if url is None else {"request_url": _base(url) + PATH}
    slash = {
        "command": root,
        "description": "Missing children and return interviews: digest, figures, one child, reminders",
        "usage_hint": usage_hint(c.name for c in commands),
        "should_escape": True,
    }
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Missing children",
            "description": "Digest, reminders and answers about missing children and return interviews",
            "long_description": _LONG,
            "background_color": "#1D3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "missing", "always_online": True},
            "shortcuts": [
                {
                    "name": "Look up this reference",
                    "type": "message",
                    "callback_id": LOOK_UP,
                    "description": "Look up the child's reference in this message; the answer is for you alone",
                }
            ],
            "slash_commands": [slash | ({"url": at["request_url"]} if at else {})],
        },
        "oauth_config": {"scopes": {"bot": [scope.name for scope in SCOPES]}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def usage_hint(names: Iterable[str], limit: int = USAGE_LIMIT) -> str:
    """Join the names of the commands, up to Slack's limit."""
    hint = ""
    for name in names:
        longer = f"{hint} | {name}" if hint else name
        if len(longer) > limit:
            break
        hint = longer
    return hint


def _base(url: str) -> str:
    """Check the URL: https and a host, perhaps a path, and no part that could hold a secret."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme != "https" or not host or "@" in parts.netloc or parts.query or parts.fragment or not plain:
        raise ManifestUnusable("--url must be an address that Slack can call, such as https://bot.example.org")
    return url.rstrip("/")


def as_yaml(content: dict[str, Any]) -> str:
    """Return the manifest as YAML, with the reason above each scope."""
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
    return "".join(f"{line}\n" for line in (*_head(content), *_explained(text.splitlines())))


def _head(content: dict[str, Any]) -> Iterator[str]:
    yield "# The Slack app: api.slack.com/apps, Create New App, From a manifest. Nothing in it is secret."
    yield "# Written by: python -m bot manifest slack. Install the app anew after a change to it."
    if content["settings"]["socket_mode_enabled"]:
        yield f"# Socket Mode also needs an app-level token with {SOCKET.name}, which no manifest can hold:"
        yield f"# {SOCKET.why}."


def _explained(lines: Iterable[str]) -> Iterator[str]:
    why = {scope.name: scope.why for scope in SCOPES}
    inside = False
    for line in lines:
        item = re.fullmatch(r"( +)- (\S+)", line)
        inside = line == "    bot:" or (inside and item is not None)
        if inside and item:
            yield f"{item[1]}# {why[item[2]]}"
        yield line
