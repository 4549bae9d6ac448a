"""Slack's events to an app: envelopes with an event_id, by which repeats are recognised."""

from __future__ import annotations

from typing import Any

from tests.support.slack.payloads import OLD_TOKEN, Request
from tests.support.slack.stored_messages import shown_person
from tests.support.slack.workspace import Channel, Person, Workspace


def event(
    workspace: Workspace, inner: dict[str, Any], event_id: str | None = None, *, outside: bool = False
) -> Request:
    """Return an event in its envelope; `outside` when its channel is shared with another organisation."""
    authorization = {
        "enterprise_id": workspace.enterprise_id,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    payload = {
        "token": OLD_TOKEN,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": {**inner, "event_ts": inner.get("ts") or workspace.new_ts()},
        "type": "event_callback",
        "event_id": event_id or f"Ev{workspace.number():08d}",
        "event_time": int(workspace.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": outside,
    }
    return Request("events_api", payload)


def app_home_opened(workspace: Workspace, person: Person, tab: str = "home") -> Request:
    """A person opens the app's home; the event carries the published home."""
    inner: dict[str, Any] = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": workspace.im_with(person.id).id,
        "tab": tab,
    }
    home = workspace.homes.get(person.id)
    if tab == "home" and home:
        inner |= {"view": {name: value for name, value in home.items() if name != "for_user"}}
    return event(workspace, inner)


def app_mention(workspace: Workspace, person: Person, channel: Channel, text: str) -> Request:
    inner = _said(workspace, person, channel, f"<@{workspace.bot_user}> {text}", "app_mention")
    return event(workspace, inner, outside=channel.is_ext_shared)


def message_im(workspace: Workspace, person: Person, text: str) -> Request:
    """A person writes to the bot."""
    channel = workspace.im_with(person.id)
    return event(workspace, _said(workspace, person, channel, text, "message") | {"channel_type": "im"})


def own_message_im(workspace: Workspace, person: Person, text: str) -> Request:
    """The bot's own message comes back to it; an answer would begin an endless loop."""
    said = _said(workspace, workspace.people[workspace.bot_user], workspace.im_with(person.id), text, "message")
    return event(workspace, said | {"channel_type": "im", "bot_id": workspace.bot_id, "app_id": workspace.app_id})


def member_joined_channel(workspace: Workspace, person: Person, channel: Channel) -> Request:
    """A person, or the bot itself, joins a channel."""
    inner = {
        "type": "member_joined_channel",
        "user": person.id,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": person.team_id,
    }
    return event(workspace, inner, outside=channel.is_ext_shared)


def channel_shared(workspace: Workspace, channel: Channel, with_team: str) -> Request:
    """A channel becomes shared with another organisation."""
    inner = {"type": "channel_shared", "connected_team_id": with_team, "channel": channel.id}
    return event(workspace, inner, outside=True)


def user_change(workspace: Workspace, person: Person) -> Request:
    """An account changed: deactivated, made a guest, moved."""
    shown = shown_person(workspace, person)
    return event(workspace, {"type": "user_change", "user": shown, "cache_ts": int(workspace.clock())})


def _said(workspace: Workspace, person: Person, channel: Channel, text: str, kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "user": person.id,
        "team": person.team_id,
        "channel": channel.id,
        "text": text,
        "ts": workspace.new_ts(),
        "client_msg_id": f"00000000-0000-4000-8000-{workspace.number():012d}",
    }
