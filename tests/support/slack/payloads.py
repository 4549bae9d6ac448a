"""Slack's requests to an app after a person's action, in the shapes of its documentation.

`Request` carries one of them as a signed body or as an envelope of Socket Mode.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from tests.support.slack.presses import Action, filled_in, find_action
from tests.support.slack.signing import SECRET, Headers, signed
from tests.support.slack.stored_messages import shown
from tests.support.slack.workspace import Channel, Message, Person, Workspace

Kind = Literal["slash_commands", "interactive", "events_api"]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
#: Slack still sends it; the bot must not trust it.
OLD_TOKEN = "not-a-verification-token"
View = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """One request of Slack to the app."""

    kind: Kind
    payload: dict[str, Any]

    @property
    def body(self) -> str:
        """Return the body as posted: a form, except for events."""
        if self.kind == "events_api":
            return json.dumps(self.payload)
        return urlencode(self.payload if self.kind == "slash_commands" else {"payload": json.dumps(self.payload)})

    @property
    def content_type(self) -> str:
        return JSON if self.kind == "events_api" else FORM

    def headers(self, at: float, secret: str = SECRET, retry: int = 0, reason: str = "http_timeout") -> Headers:
        """Return signed headers, with a number when Slack retries."""
        again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
        return signed(self.body, at, self.content_type, secret) | again

    def envelope(self, envelope_id: str, retry: int = 0, reason: str = "timeout") -> dict[str, Any]:
        """Return the request as a socket carries it."""
        found: dict[str, Any] = {"envelope_id": envelope_id, "type": self.kind, "payload": self.payload}
        found["accepts_response_payload"] = self.kind != "events_api"
        return found | ({"retry_attempt": retry, "retry_reason": reason} if self.kind == "events_api" else {})

    def changed(self, **changes: Any) -> Request:
        """Return the request with other values at the top: another team, another app, ..."""
        return replace(self, payload={**self.payload, **changes})


def slash(workspace: Workspace, person: Person, channel: Channel, text: str, command: str = "/missing") -> Request:
    """A person types a command; the flag is a string in forms."""
    payload = {
        "token": OLD_TOKEN,
        "team_id": workspace.team_id,
        "team_domain": "invented",
        "channel_id": channel.id,
        "channel_name": {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name),
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": workspace.mint_response_url(person.id, channel.id),
        "trigger_id": workspace.mint_trigger(person.id, channel.id),
    }
    if workspace.enterprise_id:
        payload |= {"enterprise_id": workspace.enterprise_id, "enterprise_name": "Invented county"}
    return Request("slash_commands", payload)


def press(workspace: Workspace, person: Person, message: Message, label: str) -> Request:
    """A person presses the action with these words in a message, which may be ephemeral."""
    return press_action(workspace, person, message, find_action(message.blocks, label))


def press_action(workspace: Workspace, person: Person, message: Message, action: Action) -> Request:
    """A person presses an action, which a test may have altered."""
    channel = workspace.channels[message.channel]
    ephemeral = message.to is not None
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": ephemeral}
    payload = _interaction(workspace, person, "block_actions") | {
        "container": container,
        "trigger_id": workspace.mint_trigger(person.id, channel.id),
        "channel": _channel(channel),
        "state": {"values": {}},
        "response_url": workspace.mint_response_url(person.id, channel.id, message),
        "actions": [_action(workspace, action)],
    }
    if not ephemeral:  # Slack does not return these
        payload["message"] = shown(message) | {"app_id": workspace.app_id, "team": workspace.team_id}
    return Request("interactive", payload)


def press_in_view(
    workspace: Workspace, person: Person, view: View, label: str, state: Mapping[str, Any] | None = None
) -> Request:
    """A person presses the action with these words in a modal or in their home: no channel, no response_url."""
    action = find_action(view["blocks"], label)
    payload = _interaction(workspace, person, "block_actions") | {
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": workspace.mint_trigger(person.id),
        "view": _view(view, state or {}),
        "actions": [_action(workspace, action)],
    }
    return Request("interactive", payload)


def submit(workspace: Workspace, person: Person, view: View, **answers: Any) -> Request:
    """A person submits a form, answered by its labels: submit(..., **{"What was agreed": "A call"})."""
    values = filled_in(view["blocks"], answers)
    payload = _interaction(workspace, person, "view_submission")
    payload |= {"trigger_id": workspace.mint_trigger(person.id), "view": _view(view, values), "response_urls": []}
    return Request("interactive", payload)


def close(workspace: Workspace, person: Person, view: View) -> Request:
    """A person closes a modal; Slack only reports it when the view asked for that."""
    assert view["notify_on_close"], "Slack does not tell of the closing of this view"
    payload = _interaction(workspace, person, "view_closed") | {"view": _view(view, {}), "is_cleared": False}
    return Request("interactive", payload)


def message_shortcut(workspace: Workspace, person: Person, message: Message, callback_id: str) -> Request:
    """A person picks our shortcut in a message's menu."""
    payload = _interaction(workspace, person, "message_action") | {
        "callback_id": callback_id,
        "trigger_id": workspace.mint_trigger(person.id, message.channel),
        "response_url": workspace.mint_response_url(person.id, message.channel),
        "action_ts": workspace.new_ts(),
        "message_ts": message.ts,
        "channel": _channel(workspace.channels[message.channel]),
        "message": shown(message),
    }
    return Request("interactive", payload)


def ssl_check() -> Request:
    """Slack checks that the address has a certificate."""
    return Request("slash_commands", {"ssl_check": "1", "token": OLD_TOKEN})


def url_verification(challenge: str = "a-challenge") -> Request:
    """Slack checks that the address is ours."""
    return Request("events_api", {"token": OLD_TOKEN, "challenge": challenge, "type": "url_verification"})


def _interaction(workspace: Workspace, person: Person, kind: str) -> dict[str, Any]:
    enterprise = {"id": workspace.enterprise_id, "name": "Invented county"} if workspace.enterprise_id else None
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": workspace.app_id,
        "token": OLD_TOKEN,
        "team": {"id": workspace.team_id, "domain": "invented"},
        "enterprise": enterprise,
        "is_enterprise_install": False,
    }


def _action(workspace: Workspace, action: Action) -> dict[str, Any]:
    found = {"type": action.kind, "action_id": action.action_id, "block_id": action.block_id, **action.sent}
    return found | {"action_ts": workspace.new_ts()}


def _channel(channel: Channel) -> dict[str, str]:
    names = {"im": "directmessage", "private": "privategroup"}
    return {"id": channel.id, "name": names.get(channel.kind, channel.name)}


def _view(view: View, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name != "for_user"} | {"state": {"values": dict(values)}}
