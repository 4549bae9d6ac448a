"""conversations.* and users.*: members, messages and people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.slack.refusals import No, channel_of, need_scope, page
from tests.support.slack.stored_messages import shown, shown_person
from tests.support.slack.workspace import Channel, Message, Workspace

Given = Mapping[str, Any]
Answer = dict[str, Any]


def info(workspace: Workspace, given: Given) -> Answer:
    channel = channel_of(workspace, "conversations.info", given)
    found = _shown_channel(workspace, channel)
    if truth(given.get("include_num_members")):
        found["num_members"] = len(_everybody(workspace, channel))
    return {"channel": found}


def members(workspace: Workspace, given: Given) -> Answer:
    channel = channel_of(workspace, "conversations.members", given)
    found, cursor = page(_everybody(workspace, channel), given, 1000)
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


def history(workspace: Workspace, given: Given) -> Answer:
    """Return messages, newest first, without answers in threads that are not for the channel too."""
    channel = _read(workspace, "conversations.history", given)
    there = [one for one in _visible(workspace, channel) if one.thread_ts in (None, one.ts) or one.broadcast]
    return _messages([one for one in reversed(there) if _between(one.ts, given)], given)


def replies(workspace: Workspace, given: Given) -> Answer:
    """Return a message, then its answers, oldest first."""
    channel = _read(workspace, "conversations.replies", given)
    first = str(given.get("ts"))
    there = [one for one in _visible(workspace, channel) if first in (one.ts, one.thread_ts)]
    if not any(one.ts == first for one in there):
        raise No("thread_not_found")
    return _messages([one for one in there if one.ts == first or _between(one.ts, given)], given)


def open_im(workspace: Workspace, given: Given) -> Answer:
    if given.get("channel"):
        channel = channel_of(workspace, "conversations.open", given)
        if channel.kind != "im":
            raise No("method_not_supported_for_channel_type")
        return {"channel": {"id": channel.id}}
    asked = [one for one in str(given.get("users") or "").split(",") if one]
    if not asked:
        raise No("users_list_not_supplied")
    if any(one not in workspace.people for one in asked):
        raise No("user_not_found")
    if len(asked) > 1:
        raise No("method_not_supported_for_channel_type")  # this workspace has no group conversations
    if workspace.people[asked[0]].is_bot:
        raise No("cannot_dm_bot")
    known = any(channel.user == asked[0] for channel in workspace.channels.values())
    if workspace.people[asked[0]].deleted and not known:
        raise No("user_disabled")
    need_scope(workspace, "im:write")
    channel = workspace.im_with(asked[0])
    return {"no_op": known, "already_open": known, "channel": {"id": channel.id}}


def user_info(workspace: Workspace, given: Given) -> Answer:
    person = workspace.people.get(str(given.get("user")))
    if person is None:
        raise No("user_not_found")
    return {"user": shown_person(workspace, person)}


def users_list(workspace: Workspace, given: Given) -> Answer:
    ours = [one for one in workspace.people.values() if one.team_id == workspace.team_id]
    found, cursor = page(ours, given, 1000)
    shown_people = [shown_person(workspace, one) for one in found]
    return {"members": shown_people, "response_metadata": {"next_cursor": cursor}}


def truth(given: Any) -> bool:
    """Read a flag of a form or of JSON."""
    return str(given).lower() in ("1", "true")


def _everybody(workspace: Workspace, channel: Channel) -> list[str]:
    return [*channel.members, *([workspace.bot_user] if channel.with_bot else [])]


def _shown_channel(workspace: Workspace, channel: Channel) -> Answer:
    found: Answer = {"id": channel.id, "is_im": channel.kind == "im", "is_archived": channel.is_archived}
    found |= {"is_org_shared": channel.is_org_shared, "context_team_id": workspace.team_id}
    if channel.kind == "im":
        deleted = workspace.people[str(channel.user)].deleted
        return found | {"user": channel.user, "is_user_deleted": deleted}
    return found | {
        "name": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_private": channel.is_private,
        "is_mpim": False,
        "is_member": channel.with_bot,
        "is_shared": channel.is_ext_shared or channel.is_org_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": channel.is_pending_ext_shared,
        "pending_shared": [],
        "pending_connected_team_ids": [],
    }


def _read(workspace: Workspace, method: str, given: Given) -> Channel:
    channel = channel_of(workspace, method, given)
    if not channel.with_bot:
        raise No("not_in_channel")
    return channel


def _visible(workspace: Workspace, channel: Channel) -> list[Message]:
    return workspace.in_channel(channel.id, workspace.clock())


def _between(ts: str, given: Given) -> bool:
    """Tell if a message is between oldest and latest; both themselves count only with `inclusive`."""
    try:
        bounds = float(given.get("oldest") or 0), float(given.get("latest") or "inf")
    except ValueError:
        raise No("invalid_ts_oldest") from None
    if truth(given.get("inclusive")):
        return bounds[0] <= float(ts) <= bounds[1]
    return bounds[0] < float(ts) < bounds[1]


def _messages(found: list[Message], given: Given) -> Answer:
    these, cursor = page(found, {"limit": 100, **given}, 999)
    with_metadata = truth(given.get("include_all_metadata"))
    answer: Answer = {"messages": [shown(one, with_metadata=with_metadata) for one in these], "has_more": bool(cursor)}
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


METHODS = {
    "conversations.info": info,
    "conversations.members": members,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.open": open_im,
    "users.info": user_info,
    "users.list": users_list,
}
