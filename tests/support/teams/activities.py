"""Activities as Teams sends them to the bot."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from tests.support.teams.tenancy import BOT, Conversation, Person, Sent, Tenancy

Activity = dict[str, Any]
_NUMBER = itertools.count(1_800_000_000_000)


def base(tenancy: Tenancy, person: Person, there: Conversation, kind: str, thread: str = "") -> Activity:
    """Return what every activity of a person in a conversation holds."""
    data: dict[str, Any] = {"tenant": {"id": there.tenant}}
    if there.kind == "channel":
        data |= {"channel": {"id": there.id}, "team": {"id": there.team, "aadGroupId": there.group}}
    conversation: dict[str, Any] = {
        "id": f"{there.id};messageid={thread}" if thread else there.id,
        "conversationType": there.kind,
        "tenantId": there.tenant,
    }
    if there.kind != "personal":
        conversation["isGroup"] = True
    return {
        "type": kind,
        "id": str(next(_NUMBER)),
        "timestamp": "2017-07-05T07:00:00.000Z",
        "channelId": "msteams",
        "serviceUrl": tenancy.service_url,
        "from": {"id": person.id, "name": person.name, "aadObjectId": person.account},
        "recipient": {"id": BOT, "name": "Missing children"},
        "conversation": conversation,
        "channelData": data,
        "locale": "en-GB",
    }


def message(tenancy: Tenancy, person: Person, there: Conversation, text: str, thread: str = "") -> Activity:
    """Return words that a person wrote, without a mention."""
    return base(tenancy, person, there, "message", thread) | {"text": text, "textFormat": "plain"}


def mention(tenancy: Tenancy, person: Person, there: Conversation, text: str, thread: str = "") -> Activity:
    """Return words behind a mention of the bot."""
    made = message(tenancy, person, there, f"<at>Missing children</at> {text}", thread)
    entity = {
        "type": "mention",
        "text": "<at>Missing children</at>",
        "mentioned": {"id": BOT, "name": "Missing children"},
    }
    return made | {"entities": [entity]}


def slash(tenancy: Tenancy, person: Person, there: Conversation, text: str) -> Activity:
    """Return a slash command in a channel, which nobody else there sees."""
    made = message(tenancy, person, there, text)
    return made | {"recipient": made["recipient"] | {"isTargeted": True}}


def execute(tenancy: Tenancy, person: Person, message: Sent, action: Mapping[str, Any], **values: Any) -> Activity:
    """Return a press of an Action.Execute; its data, and the inputs of its card, come together."""
    there = tenancy.conversations[message.conversation]
    made = base(tenancy, person, there, "invoke", message.thread)
    given = {"type": "Action.Execute", "verb": action.get("verb", ""), "data": {**action["data"], **values}}
    return made | {
        "name": "adaptiveCard/action",
        "replyToId": message.id,
        "value": {"action": given, "trigger": "manual"},
    }


def submit(tenancy: Tenancy, person: Person, message: Sent, action: Mapping[str, Any], **values: Any) -> Activity:
    """Return a press of an Action.Submit as a client without invokes sends it: a message without words."""
    there = tenancy.conversations[message.conversation]
    made = base(tenancy, person, there, "message", message.thread)
    fallback = action.get("fallback") if isinstance(action.get("fallback"), dict) else action
    return made | {"replyToId": message.id, "value": {**(fallback or action)["data"], **values}}


def fetch(tenancy: Tenancy, person: Person, message: Sent, action: Mapping[str, Any]) -> Activity:
    """Return what Teams asks when a button is to open a dialog."""
    there = tenancy.conversations[message.conversation]
    made = base(tenancy, person, there, "invoke", message.thread)
    value = {"data": dict(action["data"]), "context": {"theme": "default"}}
    return made | {"name": "task/fetch", "replyToId": message.id, "value": value}


def dialog(tenancy: Tenancy, person: Person, there: Conversation, action: Mapping[str, Any], **values: Any) -> Activity:
    """Return a dialog that was filled in."""
    made = base(tenancy, person, there, "invoke")
    value = {"data": {**action["data"], **values}, "context": {"theme": "default"}}
    return made | {"name": "task/submit", "value": value}


def consent(tenancy: Tenancy, person: Person, offer: Sent, upload_url: str, content_url: str) -> Activity:
    """Return the answer of a person who accepted the offer of a file; without an address to upload to, who declined."""
    there = tenancy.conversations[offer.conversation]
    (attachment,) = offer.body["attachments"]
    name, content = attachment["name"], attachment["content"]
    accepted = bool(upload_url)
    value: dict[str, Any] = {
        "type": "fileUpload",
        "action": "accept" if accepted else "decline",
        "context": content["acceptContext" if accepted else "declineContext"],
    }
    if accepted:
        value["uploadInfo"] = {
            "contentUrl": content_url,
            "name": name,
            "uploadUrl": upload_url,
            "uniqueId": "1150d938-8870-4044-9f2c-000000000001",
            "fileType": name.rpartition(".")[2],
        }
    made = base(tenancy, person, there, "invoke")
    return made | {"name": "fileConsent/invoke", "replyToId": offer.id, "value": value}


def installed(tenancy: Tenancy, person: Person, there: Conversation, action: str = "add") -> Activity:
    return base(tenancy, person, there, "installationUpdate") | {"action": action}


def update(tenancy: Tenancy, person: Person, there: Conversation, event: str = "", **given: Any) -> Activity:
    """Return a change of a conversation; `given` is membersAdded or membersRemoved."""
    made = base(tenancy, person, there, "conversationUpdate")
    if event:
        made["channelData"]["eventType"] = event
    return made | given


def actions(card: Any) -> list[dict[str, Any]]:
    """Return every button of a card, in its order."""
    if isinstance(card, list):
        return [each for part in card for each in actions(part)]
    if not isinstance(card, dict):
        return []
    if str(card.get("type", "")).startswith("Action."):
        return [card]
    return [each for value in card.values() if isinstance(value, dict | list) for each in actions(value)]
