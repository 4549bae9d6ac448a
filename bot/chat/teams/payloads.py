"""Teams' activities as plain facts. An activity of any shape raises no error: a missing part is empty."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Payload = Mapping[str, Any]
Place = Literal["personal", "channel", "group"]
_PLACES: Mapping[str, Place] = {"personal": "personal", "channel": "channel"}

#: The longest text of a message that is read.
_LONGEST = 40_000


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of an activity: the sender, the conversation without its thread, and where answers are sent.

    `sender` is the account's id in this conversation (29:...), `account` its Entra object id in lower case. `thread`
    is the id of the message that begins the thread of a channel, `team` the thread id of the team, `group` its own id.
    """

    account: str = ""
    sender: str = ""
    tenant: str = ""
    conversation: str = ""
    place: Place = "group"
    thread: str = ""
    service_url: str = ""
    team: str = ""
    group: str = ""
    channel_type: str = ""
    event: str = ""

    @property
    def channel(self) -> str | None:
        """The conversation for the gateway; None in private."""
        return None if self.place == "personal" else self.conversation


@dataclass(frozen=True, slots=True)
class Pressed:
    """One press of a button, or one filled form.

    `message` is the id of the message whose button it is, and `values` everything that the card handed in.
    """

    source: Origin
    action: str
    handle: str
    page: int
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's answer to the offer of a file. `message` is the id of the offer.

    The rest is empty where they declined: the address to upload to, which is a secret, and what Teams calls the file.
    """

    source: Origin
    accepted: bool
    handle: str
    message: str
    upload_url: str = field(default="", repr=False)
    content_url: str = ""
    name: str = ""
    number: str = ""
    kind: str = ""


def source(activity: Payload) -> Origin:
    """Return the origin of an activity of any kind."""
    conversation, sender = _map(activity.get("conversation")), _map(activity.get("from"))
    data = _map(activity.get("channelData"))
    full = _text(conversation.get("id"))
    where, _, thread = full.partition(";messageid=")
    place = _PLACES.get(_text(conversation.get("conversationType")), "group")
    number = _text(activity.get("id"))
    if place == "channel" and activity.get("type") == "message" and not is_targeted(activity):
        thread = thread or number  # a message that everybody sees may begin a thread
    team, channel = _map(data.get("team")), _map(data.get("channel"))
    return Origin(
        account=_text(sender.get("aadObjectId")).lower(),
        sender=_text(sender.get("id")),
        tenant=tenant(activity),
        conversation=where,
        place=place,
        thread=thread,
        service_url=_text(activity.get("serviceUrl")),
        team=_text(team.get("id")),
        group=_text(team.get("aadGroupId")),
        channel_type=_text(channel.get("type")).lower(),
        event=event_name(activity),
    )


def tenant(activity: Payload) -> str:
    """Return the tenant of an activity, in lower case: the sender's where Teams says it, else the conversation's."""
    data, conversation = _map(activity.get("channelData")), _map(activity.get("conversation"))
    found = _text(_map(activity.get("from")).get("tenantId")) or _text(_map(data.get("tenant")).get("id"))
    return (found or _text(conversation.get("tenantId"))).lower()


def event_name(activity: Payload) -> str:
    """Return the name of an activity, the same when it comes again; "" where it has no id."""
    number = _text(activity.get("id"))
    conversation = _text(_map(activity.get("conversation")).get("id"))
    return f"{_text(activity.get('type'))}:{conversation}:{number}" if number else ""


def typed_text(activity: Payload, bot: str) -> str:
    """Return the words of a message behind the mention of the bot; the mention of another stays as its words.

    `bot` is the bot's account id. Teams writes a mention as <at>name</at> in the text, and who it is in an entity. What
    a person types between angle brackets comes as entities of HTML, so it is never taken for a mention.
    """
    text = _text(activity.get("text"))[:_LONGEST]
    for each in _list(activity.get("entities")):
        entity = _map(each)
        mention = _text(entity.get("text"))
        if entity.get("type") == "mention" and mention and _text(_map(entity.get("mentioned")).get("id")) == bot:
            text = text.split(mention, 1)[-1]
    return html.unescape(re.sub(r"</?at(?: [^>]*)?>", "", text)).replace("\xa0", " ").strip()


def mentions(activity: Payload, bot: str) -> bool:
    """Return True for a message that mentions the bot. A team may let it read messages that do not."""
    mentioned = (_map(_map(each).get("mentioned")) for each in _list(activity.get("entities")))
    return any(_text(each.get("id")) == bot for each in mentioned)


def is_targeted(activity: Payload) -> bool:
    """Return True for a message that nobody but its author and the bot sees: a slash command."""
    return _map(activity.get("recipient")).get("isTargeted") is True


def is_of_a_bot(activity: Payload) -> bool:
    """Return True for a sender that is no person; two bots that answer each other never end."""
    sender = _map(activity.get("from"))
    return _text(sender.get("role")) == "bot" or _text(sender.get("id")).startswith("28:")


def is_press(activity: Payload) -> bool:
    """Return True for a message that a button sent: a client that knows no invoke sends its data as a message."""
    return bool(_text(_map(activity.get("value")).get("action")))


def pressed(activity: Payload) -> Pressed:
    """Read a press of Action.Execute, of Action.Submit as a message, or of a dialog: each has its data elsewhere."""
    value = _map(activity.get("value"))
    execute = _map(value.get("action"))
    data = _map(execute.get("data")) or _map(value.get("data")) or value
    action = data.get("action")
    verb = _text(action) or _text(execute.get("verb")) or _text(data.get("verb"))
    return Pressed(
        source=source(activity),
        action=verb,
        handle=_text(data.get("handle")),
        page=_number(data.get("page")),
        message=_text(activity.get("replyToId")),
        values={name: each for name, each in data.items() if isinstance(name, str)},
    )


def consent(activity: Payload) -> Consent:
    """Read a person's answer to the offer of a file."""
    value = _map(activity.get("value"))
    there = _map(value.get("uploadInfo"))
    return Consent(
        source=source(activity),
        accepted=value.get("action") == "accept",
        handle=_text(_map(value.get("context")).get("handle")),
        message=_text(activity.get("replyToId")),
        upload_url=_text(there.get("uploadUrl")),
        content_url=_text(there.get("contentUrl")),
        name=_text(there.get("name")),
        number=_text(there.get("uniqueId")),
        kind=_text(there.get("fileType")),
    )


def joined(activity: Payload, bot: str) -> bool:
    """Return True if an update of a conversation says that the bot itself was added to it."""
    return bot in _ids(activity.get("membersAdded"))


def left(activity: Payload, bot: str) -> bool:
    """Return True if an update of a conversation says that the bot itself was taken out of it."""
    return bot in _ids(activity.get("membersRemoved"))


def accounts(activity: Payload) -> list[str]:
    """Return the Entra object ids of the members that an update of a conversation names."""
    named = [each for name in ("membersAdded", "membersRemoved") for each in _list(activity.get(name))]
    return [account.lower() for each in named if (account := _text(_map(each).get("aadObjectId")))]


def channel_of(activity: Payload) -> str:
    """Return the channel that an update is about, which is not always the conversation it comes in."""
    return _text(_map(_map(activity.get("channelData")).get("channel")).get("id"))


def event_type(activity: Payload) -> str:
    """Return Teams' name of an update of a conversation, such as channelDeleted."""
    return _text(_map(activity.get("channelData")).get("eventType"))


def text_of(found: Payload, name: str) -> str:
    """Return a text of an activity; empty where there is none."""
    return _text(found.get(name))


def _ids(given: Any) -> list[str]:
    return [_text(_map(each).get("id")) for each in _list(given)]


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 < value < 100_000 else 1
    text = _text(value)
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 6 and int(text) else 1


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
