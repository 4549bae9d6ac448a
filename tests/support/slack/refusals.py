"""Slack's refusals: a code and its details; the scope that each method needs, and the visibility of channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.slack.workspace import Channel, Kind, Workspace

#: Any one of these; where it depends on the kind of channel, see `BY_KIND`.
SCOPE = {
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "conversations.open": ("im:write", "mpim:write"),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
}
READ: Mapping[Kind, str] = {"public": "channels:read", "private": "groups:read", "im": "im:read"}
HISTORY: Mapping[Kind, str] = {"public": "channels:history", "private": "groups:history", "im": "im:history"}
BY_KIND = {
    "conversations.info": READ,
    "conversations.members": READ,
    "conversations.history": HISTORY,
    "conversations.replies": HISTORY,
}


class No(Exception):
    """Slack refuses: `ok: false` with this code."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


def need_scope(workspace: Workspace, *any_of: str) -> None:
    """Refuse with missing_scope, the needed and the granted scopes, unless one of the needed was granted."""
    granted = set(workspace.scopes)
    if any_of and not granted & set(any_of):
        raise No("missing_scope", needed=",".join(any_of), provided=",".join(sorted(granted)))


def need_method_scope(workspace: Workspace, method: str) -> None:
    """Require one of the scopes by which the method may be called, before all other checks."""
    need_scope(workspace, *SCOPE.get(method, ()), *BY_KIND.get(method, {}).values())


def channel_of(workspace: Workspace, method: str, given: Mapping[str, Any]) -> Channel:
    """Return the requested channel; a private one without the bot does not exist for it."""
    channel = workspace.channels.get(str(given.get("channel")))
    if channel is None or (channel.kind == "private" and not channel.with_bot):
        raise No("channel_not_found")
    if method in BY_KIND:
        need_scope(workspace, BY_KIND[method][channel.kind])
    return channel


def channel_to_write_to(workspace: Workspace, method: str, given: Mapping[str, Any]) -> Channel:
    """Return the channel of a post: by its id, or by a person's id for their conversation."""
    asked = str(given.get("channel"))
    if method == "chat.postMessage" and asked in workspace.people:
        if workspace.people[asked].is_bot:
            raise No("cannot_dm_bot")
        return workspace.im_with(asked)
    channel = channel_of(workspace, method, given)
    if channel.is_archived:
        raise No("is_archived")
    if not channel.with_bot and not (method == "chat.postMessage" and "chat:write.public" in workspace.scopes):
        raise No("not_in_channel")
    return channel


def page(found: list[Any], given: Mapping[str, Any], most: int) -> tuple[list[Any], str]:
    """Return a page of results and the cursor of the next; "" after the last."""
    limit = min(int(given.get("limit") or most), most)
    if limit < 1:
        raise No("invalid_limit")
    cursor = str(given.get("cursor") or "next:0")
    if not cursor.startswith("next:") or not cursor[5:].isdigit():
        raise No("invalid_cursor")
    start = int(cursor[5:])
    return found[start : start + limit], f"next:{start + limit}" if start + limit < len(found) else ""
