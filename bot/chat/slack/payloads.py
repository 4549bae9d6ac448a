"""Slack's payloads as plain facts. A payload of any shape raises no error: a missing part is empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a payload: the account, its workspace (`team`, `enterprise`) and the app."""

    account: str = ""
    team: str = ""
    enterprise: str = ""
    app: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """One press, in a message (`response_url`), a modal (`view`) or App Home.

    `action` is the word of the action id, `number` the number after its colon. An option of a menu counts as a button.
    """

    source: Origin
    action: str
    number: int
    handle: str
    channel: str
    response_url: str
    trigger: str
    view: str
    surface: str  # message, modal or home
    message: str
    is_ephemeral: bool
    event: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A submitted form; `shown` is the view as it was submitted."""

    source: Origin
    handle: str
    view: str
    state: Any
    event: str
    shown: Payload = field(default_factory=dict)


def source(body: Payload) -> Origin:
    """Return the origin of a command, an interaction or an event: each has it in another place."""
    user = body.get("user")
    event = _map(body.get("event"))
    team = _text(_map(body.get("team")).get("id")) or _text(body.get("team_id"))
    enterprise = _text(_map(body.get("enterprise")).get("id")) or _text(body.get("enterprise_id"))
    account = _text(_map(user).get("id")) or _text(body.get("user_id"))
    account = account or _text(event.get("user")) or _text(_map(event.get("user")).get("id"))
    return Origin(account, team, enterprise, _text(body.get("api_app_id")))


def pressed(body: Payload) -> Pressed:
    """Read a press; Slack hands in one at a time."""
    actions = body.get("actions")
    first = _map(actions[0]) if isinstance(actions, list) and actions else {}
    word, _, number = _text(first.get("action_id")).partition(":")
    handle = _text(first.get("value"))
    chosen = _text(_map(first.get("selected_option")).get("value"))
    if chosen:
        word, _, handle = chosen.partition(" ")
    container, view = _map(body.get("container")), _map(body.get("view"))
    return Pressed(
        source=source(body),
        action=word,
        number=int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 0,
        handle=handle,
        channel=_text(_map(body.get("channel")).get("id")) or _text(container.get("channel_id")),
        response_url=_text(body.get("response_url")),
        trigger=_text(body.get("trigger_id")),
        view=_text(view.get("id")),
        surface=_text(view.get("type")) or "message",
        message=_text(container.get("message_ts")),
        is_ephemeral=container.get("is_ephemeral") is True,
        event=event_name(body),
    )


def filled(body: Payload) -> Filled:
    view = _map(body.get("view"))
    return Filled(
        source(body),
        _text(view.get("private_metadata")),
        _text(view.get("id")),
        _map(view.get("state")).get("values"),
        f"filled:{_text(view.get('id'))}:{_text(view.get('hash'))}:{_text(body.get('trigger_id'))}",
        view,
    )


def words(body: Payload) -> str:
    """Return the words of a message that a shortcut was used on: its text, and the texts of its blocks."""
    message = _map(body.get("message"))
    return "\n".join((_text(message.get("text")), *_texts(message.get("blocks"), 0)))[:_LONGEST]


#: Longer than any message of Slack.
_LONGEST = 40_000
_DEEP = 12


def _texts(node: Any, depth: int) -> list[str]:
    if depth > _DEEP:
        return []
    if isinstance(node, list):
        return [text for each in node for text in _texts(each, depth + 1)]
    if not isinstance(node, Mapping):
        return []
    own = [node["text"]] if isinstance(node.get("text"), str) else []
    return own + [text for value in node.values() for text in _texts(value, depth + 1)]


def event(body: Payload) -> Mapping[str, Any]:
    """Return the event in its envelope."""
    return _map(body.get("event"))


def text_of(found: Mapping[str, Any], name: str) -> str:
    """Return a text of an event; empty where there is none."""
    return _text(found.get(name))


def typed_text(found: Mapping[str, Any]) -> str:
    """Return the words of a command or message as typed: Slack hands three characters in as entities."""
    return _text(found.get("text")).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def event_name(body: Payload) -> str:
    """Return Slack's own id of an event, which stays the same when it is handed in again.

    It is "" where Slack gave no id: two events without one are not the same event.
    """
    for kind in ("event", "trigger"):
        if number := _text(body.get(f"{kind}_id")):
            return f"{kind}:{number}"
    return ""


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
