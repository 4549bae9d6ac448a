"""Answers to a response_url: five times, for half an hour, ephemeral unless they say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.slack.chat_methods import checked, said
from tests.support.slack.conversation_methods import truth
from tests.support.slack.refusals import No
from tests.support.slack.stored_messages import with_ids
from tests.support.slack.workspace import RESPONSE_SECONDS, RESPONSE_USES, Channel, Handed, Message, Workspace


def answer(workspace: Workspace, path: str, given: Mapping[str, Any]) -> None:
    """Use a response_url once, or refuse."""
    handed = workspace.response_urls.get(path)
    if handed is None:
        raise No("invalid_url")
    if handed.uses >= RESPONSE_USES:
        raise No("used_url")
    if workspace.clock() - handed.at > RESPONSE_SECONDS:
        raise No("expired_url")
    if truth(given.get("delete_original")):
        _taken_away(handed)
    else:
        checked(given)
        _put(workspace, handed, given)
    handed.uses += 1


def _taken_away(handed: Handed) -> None:
    if handed.original is None:
        raise No("no_original")
    handed.original.deleted = True


def _put(workspace: Workspace, handed: Handed, given: Mapping[str, Any]) -> None:
    """Put an answer in the place of its message, or as a new one."""
    if truth(given.get("replace_original")) and handed.original is not None:
        _replaced(workspace, handed.original, given)
        return
    channel = workspace.channels.get(handed.channel) or Channel(handed.channel)  # commands work without the bot
    message = said(workspace, channel, given)
    message.by = "response_url"
    message.thread_ts = given.get("thread_ts")
    if given.get("response_type") == "in_channel":
        workspace.messages.append(message)
        return
    message.to = handed.user
    workspace.ephemeral.append(message)


def _replaced(workspace: Workspace, original: Message, given: Mapping[str, Any]) -> None:
    original.text = str(given.get("text") or "")
    original.blocks = with_ids(workspace, given.get("blocks") or [])
    original.edited += 1
