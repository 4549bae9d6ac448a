"""The Slack app manifest: scopes, command, shortcut, events. It holds no secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import yaml

from bot.conversation.command import Command


class OAuthScope(NamedTuple):
    """One scope: the reason for it, and the methods and events that need it."""

    name: str
    why: str
    needed_for: tuple[str, ...]


#: One table for the manifest, the doctor and deploy/slack.md. Not asked for, on purpose: users:read.email (people are
#: known by their ids), channels:join and chat:write.public (the bot speaks only where it was invited), search, and
#: channels:history. With the last one it could read what everybody writes in public channels. It would be of use only
#: to find our own count of figures again after a time-out in a channel of level 0; there a person decides instead
#: (`deliveries`), and a mention of the bot comes without it.
SCOPES: Final = (
    OAuthScope("commands", "answer /missing, and the shortcut on a message", ("/missing",)),
    OAuthScope(
        "chat:write",
        "post digests, reminders and answers where it was invited, change and remove its own messages",
        ("chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete"),
    ),
    OAuthScope("app_mentions:read", "hear when somebody mentions it in a channel", ("app_mention",)),
    OAuthScope(
        "im:history",
        "read what somebody writes to it alone, and find its own message there after a time-out",
        ("message.im", "conversations.history"),
    ),
    OAuthScope("im:write", "open the private conversation in which somebody is reminded", ("conversations.open",)),
    OAuthScope(
        "users:read",
        "see whether whoever asks is a guest, deactivated or of another organisation; hear when that changes",
        ("users.info", "user_change", "bots.info"),
    ),
    OAuthScope(
        "groups:read",
        "see whether a private channel is private, shared with nobody, and who reads there",
        ("conversations.info", "conversations.members", "member_joined_channel", "channel_shared"),
    ),
    OAuthScope(
        "channels:read",
        "the same of public channels, so that a channel that was made public gets counts alone",
        ("conversations.info", "conversations.members", "member_joined_channel", "channel_shared"),
    ),
    OAuthScope(
        "groups:history",
        "find its own message in a private channel after a time-out, so that nothing is posted twice",
        ("conversations.history", "conversations.replies"),
    ),
    OAuthScope(
        "files:write",
        "show a chart as a picture",
        ("files.getUploadURLExternal", "files.completeUploadExternal"),
    ),
)

#: Of the app-level token, which is made by hand: no manifest has it.
SOCKET: Final = OAuthScope(
    "connections:write", "let Slack hand in what people ask without an address of ours", ("apps.connections.open",)
)


ROOT_COMMAND: Final = "/missing"
#: The callback id of the shortcut on a message.
LOOK_UP: Final = "look_up_reference"
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
    written = [
        "# The Slack app: api.slack.com/apps, Create New App, From a manifest. Nothing in it is secret.",
        "# Written by: python -m bot manifest slack. Install the app anew after a change to it.",
    ]
    if content["settings"]["socket_mode_enabled"]:
        written.append(f"# Socket Mode also needs an app-level token with {SOCKET.name}, which no manifest can hold:")
        written.append(f"# {SOCKET.why}.")
    why = {scope.name: scope.why for scope in SCOPES}
    inside = False
    for line in yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110).splitlines():
        item = re.fullmatch(r"( +)- (\S+)", line)
        inside = line == "    bot:" or (inside and item is not None)
        if inside and item:
            written.append(f"{item[1]}# {why[item[2]]}")
        written.append(line)
    return "".join(f"{line}\n" for line in written)
