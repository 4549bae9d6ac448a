"""chat.*: post, change and delete messages, with Slack's refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.slack.acceptance import MOST_TEXT, metadata_problems, problems
from tests.support.slack.refusals import No, channel_of, channel_to_write_to
from tests.support.slack.stored_messages import shown, with_ids
from tests.support.slack.workspace import Channel, Message, Workspace

Given = Mapping[str, Any]
Answer = dict[str, Any]


def post_message(workspace: Workspace, given: Given) -> Answer:
    channel = channel_to_write_to(workspace, "chat.postMessage", given)
    checked(given)
    thread = given.get("thread_ts")
    if thread is not None and workspace.at(channel.id, str(thread)) is None:
        raise No("thread_not_found")
    message = said(workspace, channel, given)
    message.thread_ts = str(thread) if thread is not None else None
    message.broadcast = thread is not None and given.get("reply_broadcast") is True
    workspace.messages.append(message)
    return {"channel": channel.id, "ts": message.ts, "message": shown(message, with_metadata=True)}


def post_ephemeral(workspace: Workspace, given: Given) -> Answer:
    channel = channel_to_write_to(workspace, "chat.postEphemeral", given)
    user = str(given.get("user"))
    if user not in workspace.people:
        raise No("user_not_found")
    if user not in channel.members:
        raise No("user_not_in_channel")
    checked(given)
    message = said(workspace, channel, given)
    message.to, message.by = user, "chat.postEphemeral"
    workspace.ephemeral.append(message)
    return {"message_ts": message.ts}


def update(workspace: Workspace, given: Given) -> Answer:
    message = _ours(workspace, "chat.update", given, "cant_update_message")
    checked(given)
    if "text" in given:
        message.text = str(given["text"])
    if "blocks" in given or "text" in given:  # text alone removes the blocks, as in Slack
        message.blocks = with_ids(workspace, given.get("blocks") or [])
    message.metadata = given.get("metadata", message.metadata)
    message.edited += 1
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": shown(message, with_metadata=True),
    }


def delete(workspace: Workspace, given: Given) -> Answer:
    message = _ours(workspace, "chat.delete", given, "cant_delete_message")
    message.deleted = True
    return {"channel": message.channel, "ts": message.ts}


def checked(given: Given) -> None:
    """Check a message as Slack does before it takes it."""
    blocks = given.get("blocks")
    if not given.get("text") and not blocks and not given.get("attachments"):
        raise No("no_text")
    if len(str(given.get("text") or "")) > MOST_TEXT:
        raise No("msg_too_long")
    if blocks is not None and not isinstance(blocks, list):
        raise No("invalid_blocks_format")
    if found := problems(blocks or []):
        raise No("invalid_blocks", errors=found, response_metadata={"messages": [f"[ERROR] {one}" for one in found]})
    if given.get("metadata") is not None and (found := metadata_problems(given["metadata"])):
        raise No("invalid_metadata_format", errors=found)


def said(workspace: Workspace, channel: Channel, given: Given) -> Message:
    """Return the message as Slack keeps it: blocks and elements without an id get one."""
    return Message(
        channel=channel.id,
        ts=workspace.new_ts(),
        text=str(given.get("text") or ""),
        blocks=with_ids(workspace, given.get("blocks") or []),
        metadata=given.get("metadata"),
        bot_id=workspace.bot_id,
        user=workspace.bot_user,
        arguments=dict(given),
        visible=workspace.clock(),
    )


def _ours(workspace: Workspace, method: str, given: Given, otherwise: str) -> Message:
    channel = channel_of(workspace, method, given)
    message = workspace.at(channel.id, str(given.get("ts")))
    if message is None:
        raise No("message_not_found")
    if message.bot_id != workspace.bot_id:
        raise No(otherwise)
    if channel.is_archived:
        raise No("is_archived")
    return message


METHODS = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
}
