"""The outbound platform "slack": one call a post, and a message is found again by the marker in its metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from bot.chat.slack import refusals
from bot.chat.slack.channels import Channels, Identity, is_person
from bot.chat.slack.rendering import plain_post, post
from bot.chat.slack.web_api import Api, Failed
from bot.conversation.outbound import (
    AskLater,
    CannotPost,
    CannotTell,
    Later,
    Message,
    NoLookUp,
    Outcome,
    PostRefused,
    Sent,
    Unknown,
)
from bot.conversation.reply import Reply
from bot.conversation.shortened import as_words
from bot.rules.access.channel_privacy import Destination

#: Marks our messages. Other apps can read it, so it says nothing, and forge it, so the sender is compared too.
EVENT = "missing_delivery"
#: When to come back where a conversation could not be opened, and where it is to be opened anew.
LATER, AT_ONCE = 30.0, 1.0
#: A public channel, and a channel in which the bot is not a member, are never read.
_NOT_READ = ("missing_scope", "not_in_channel", "channel_not_found")
_GONE = ("message_not_found", "cant_delete_message")


@dataclass(frozen=True)
class Slack:
    """The platform "slack". A destination is a channel's id or an account's; `sealed` puts handles into buttons."""

    api: Api
    channels: Channels
    identity: Identity
    sealed: Callable[[Reply, str], Reply]
    name: ClassVar[str] = "slack"
    can_tell: ClassVar[bool] = True
    repeat_harmless: ClassVar[bool] = False

    def describe(self, destination: str) -> Destination:
        """Return the privacy of a destination; CannotTell where Slack is busy or away, CannotPost where it refuses it.

        The conversation with a person is opened here, so that the post itself is one call within its time.
        """
        if is_person(destination):
            with suppress(Failed, KeyError):
                self.channels.private(destination)
        try:
            return self.channels.learn(destination)
        except Failed as fault:
            if fault.passes:
                raise CannotTell from fault
            raise CannotPost(_refused(fault)) from fault

    def post(self, destination: str, message: Message) -> Outcome:
        """Post a message. A private conversation that Slack does not know is opened anew for the next try, once."""
        try:
            channel = self.channels.where(destination)
        except (Failed, KeyError) as fault:
            return _not_begun(fault)
        outcome = self._sent("chat.postMessage", {"channel": channel, **self._content(destination, message)})
        is_unknown = isinstance(outcome, PostRefused) and outcome.cause == "no_channel"
        if is_unknown and is_person(destination) and self.channels.renew(destination):
            return Later(AT_ONCE)
        return outcome

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        try:
            channel = self.channels.where(destination)
        except (Failed, KeyError) as fault:
            return _not_begun(fault)
        content = self._content(destination, message)
        del content["thread_ts"], content["reply_broadcast"], content["unfurl_links"], content["unfurl_media"]
        return self._sent("chat.update", {"channel": channel, "ts": message_id, **content})

    def delete(self, destination: str, message_id: str) -> Outcome:
        """Delete a message; one that is gone already counts as deleted."""
        try:
            channel = self.channels.where(destination)
            self.api.call("chat.delete", {"channel": channel, "ts": message_id})
        except Failed as fault:
            return Sent(message_id) if fault.code in _GONE else _outcome(fault)
        return Sent(message_id)

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        found = self._ours(destination, since, thread)
        return [number for number, each in found.items() if each == marker]

    def find_all(
        self, destination: str, threads: Mapping[str, str | None], since: datetime
    ) -> Mapping[str, Sequence[str]]:
        """Read the channel once, and each thread once; a marker in what Slack does not show is missing."""
        found: dict[str, Sequence[str]] = {}
        for thread in dict.fromkeys(threads.values()):
            try:
                there = self._ours(destination, since, thread)
            except AskLater:
                raise
            except CannotTell:
                continue
            found |= {m: [n for n, each in there.items() if each == m] for m, its in threads.items() if its == thread}
        return found

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        return list(self._ours(destination, since, None).values())

    def _ours(self, destination: str, since: datetime, thread: str | None) -> dict[str, str]:
        """Return our messages in a channel or a thread: number and marker, oldest first.

        Every page since then is read: a busy channel pushes a message far down.
        """
        oldest = f"{since.timestamp():.6f}"
        given = {"oldest": oldest, "inclusive": True, "limit": 200, "include_all_metadata": True, "ts": thread}
        method = "conversations.history" if thread is None else "conversations.replies"
        found: dict[str, str] = {}
        try:
            given["channel"], me = self.channels.where(destination), self.identity.me()
            for page in self.api.pages(method, given):
                for message in page.get("messages", ()):
                    metadata = message.get("metadata") or {}
                    marker = (metadata.get("event_payload") or {}).get("marker")
                    if message.get("bot_id") == me.bot and metadata.get("event_type") == EVENT and marker:
                        found[message["ts"]] = str(marker)
        except Failed as fault:
            if fault.passes:
                raise AskLater(fault.later or LATER) from fault
            raise NoLookUp if fault.code in _NOT_READ else CannotTell from fault
        except KeyError as fault:
            raise CannotTell from fault
        return {number: found[number] for number in sorted(found, key=float)}

    def _content(self, destination: str, message: Message) -> dict[str, Any]:
        """Return the content of a post. The push notification is fixed; a reply has no live link or mention."""
        blocks = plain_post(as_words(message.reply)) if message.plain else post(self.sealed(message.reply, destination))
        return {
            "text": message.preview,
            "blocks": blocks,
            "metadata": {"event_type": EVENT, "event_payload": {"marker": message.marker}} if message.marker else None,
            "thread_ts": message.thread,
            "reply_broadcast": message.aloud or None,
            "unfurl_links": False,
            "unfurl_media": False,
        }

    def _sent(self, method: str, given: dict[str, Any]) -> Outcome:
        try:
            return Sent(str(self.api.call(method, given)["ts"]))
        except Failed as fault:
            return _outcome(fault)
        except KeyError:
            return Unknown("no_number")


def _outcome(fault: Failed) -> Outcome:
    """Return the outcome of a failed call; unknown where it may have been carried out."""
    if fault.later is not None:
        return Later(fault.later)
    return _refused(fault) if fault.known else Unknown(fault.code)


def _refused(fault: Failed) -> PostRefused:
    return PostRefused(fault.reason, refusals.cause(fault.code))


def _not_begun(fault: Failed | KeyError) -> Outcome:
    """Return the outcome of a conversation that could not be opened: nothing was posted."""
    if isinstance(fault, KeyError):
        return Later(LATER)
    return Later(fault.later or LATER) if fault.later is not None or not fault.known else _refused(fault)
