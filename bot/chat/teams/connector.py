"""Calls to Teams: to its connector with the bot's token, and to Microsoft Graph where consent of a team allows it.

Each method is one call (a list is a call a page), and none is tried again by itself: a second post would double it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

#: Most pages of one list: enough for any channel this bot may post to.
_MOST_PAGES = 20
_PAGE = "200"
_WORD = re.compile("[A-Za-z0-9_.]{1,60}", re.ASCII)


class Failed(Exception):
    """A failed call. `code` is Teams' own word, or the name of the connection's fault.

    `later` is the seconds until the next try; `known` is False where the call may have been carried out.
    """

    def __init__(self, code: str, *, later: float | None = None, known: bool = True) -> None:
        super().__init__(code)
        self.code = code if _WORD.fullmatch(code) else "no_sense"
        self.later = later
        self.known = known

    @property
    def passes(self) -> bool:
        """True if another try may succeed: Teams was busy, or did not answer."""
        return self.later is not None or not self.known

    @property
    def answered(self) -> bool:
        """True if Teams answered no; False where it could not be reached, or not in time."""
        return self.later is not None or self.known


def code_in(body: object) -> str:
    """Return the code in a refusal's body, and no words of it; empty where there is none.

    Where a person has blocked the bot it is in a text that is JSON again.
    """
    error = body.get("error") if isinstance(body, dict) else None
    given = error if isinstance(error, dict) else body if isinstance(body, dict) else {}
    message = given.get("message")
    if isinstance(message, str) and message.startswith("{"):
        try:
            inner = json.loads(message)
        except ValueError:
            inner = {}
        code = inner.get("subCode") if isinstance(inner, dict) else None
        if isinstance(code, str) and _WORD.fullmatch(code):
            return code
    code = given.get("code")
    return code if isinstance(code, str) and _WORD.fullmatch(code) else ""


class Transport(Protocol):
    """The way out by the SDK: one request with the bot's token, within its time-out; Failed where it fails."""

    def call(
        self,
        method: str,
        service_url: str,
        path: str,
        body: dict[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send one request to the connector, or to Microsoft Graph where the URL is Graph's."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a conversation. `account` is the Entra object id and `tenant` the tenant id, both in lower case.

    `role` is Teams' word: "user", "owner", "guest", "anonymous"; each field is empty where Teams does not say.
    """

    id: str
    account: str
    tenant: str
    role: str


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A message as Graph reads it back: its id, the app that sent it, and its cards as text."""

    id: str
    app: str
    cards: str


@dataclass(frozen=True)
class Connector:
    """The calls. `bot` is our own account in conversations ("28:" and the client id), `graph` Graph's address."""

    transport: Transport
    bot: str
    graph: str

    def send(self, service_url: str, conversation: str, activity: Mapping[str, Any]) -> str:
        """Post an activity and return its id."""
        return _id(self.transport.call("POST", service_url, f"{_at(conversation)}/activities", dict(activity)))

    def send_privately(
        self, service_url: str, conversation: str, activity: Mapping[str, Any], recipient_id: str
    ) -> str:
        """Post an activity that one member of the conversation alone sees (a targeted message), and return its id."""
        body = {**activity, "recipient": {"id": recipient_id, "isTargeted": True}}
        path = f"{_at(conversation)}/activities"
        return _id(self.transport.call("POST", service_url, path, body, {"isTargetedActivity": "true"}))

    def update(self, service_url: str, conversation: str, activity_id: str, activity: Mapping[str, Any]) -> None:
        """Replace a message."""
        path = f"{_at(conversation)}/activities/{quote(activity_id, safe='')}"
        self.transport.call("PUT", service_url, path, {**activity, "id": activity_id})

    def delete(self, service_url: str, conversation: str, activity_id: str, *, privately: bool = False) -> None:
        """Delete a message; `privately` is for one that one member alone sees."""
        path = f"{_at(conversation)}/activities/{quote(activity_id, safe='')}"
        self.transport.call("DELETE", service_url, path, None, {"isTargetedActivity": "true"} if privately else None)

    def members(self, service_url: str, conversation: str, most: int) -> list[Member]:
        """Return the members of a conversation or a team, ourselves left out; those of the first pages beyond `most`.

        Raise Failed where the list does not end, so that no list is cut unseen.
        """
        found: list[Member] = []
        path, token = f"{_at(conversation)}/pagedMembers", ""
        for _ in range(_MOST_PAGES):
            params = {"pageSize": _PAGE} | ({"continuationToken": token} if token else {})
            page = self.transport.call("GET", service_url, path, None, params)
            given = page.get("members")
            if not isinstance(given, list):
                raise Failed("no_members")
            found += [_member(each) for each in given if not (isinstance(each, dict) and each.get("id") == self.bot)]
            token = page.get("continuationToken") or ""
            if not token or len(found) > most:
                return found
        raise Failed("too_many_pages")

    def member(self, service_url: str, conversation: str, account_id: str) -> Member:
        """Return one member, by Teams' id or the Entra object id."""
        path = f"{_at(conversation)}/members/{quote(account_id, safe=':')}"
        return _member(self.transport.call("GET", service_url, path))

    def open_private(self, service_url: str, tenant: str, account: str) -> str:
        """Open the personal conversation with an account and return its id; Teams returns the one that exists."""
        body = {
            "isGroup": False,
            "bot": {"id": self.bot},
            "members": [{"id": account}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        return _id(self.transport.call("POST", service_url, "/v3/conversations", body))

    def team(self, service_url: str, team_id: str) -> dict[str, Any]:
        """Return the details of a team; `aadGroupId` is its id in Graph."""
        return self.transport.call("GET", service_url, f"/v3/teams/{quote(team_id, safe=':')}")

    def channel_types(self, service_url: str, team_id: str) -> dict[str, str]:
        """Return the channels of a team by id, with their type: "standard", "private" or "shared"; "" for none."""
        found = self.transport.call("GET", service_url, f"/v3/teams/{quote(team_id, safe=':@')}/conversations")
        given = found.get("conversations")
        each = [c for c in (given if isinstance(given, list) else []) if isinstance(c, dict)]
        return {str(c.get("id") or ""): str(c.get("type") or "").lower() for c in each if c.get("id")}

    def visibility(self, group: str) -> str:
        """Return whether all of the organisation may join a team: "public", "private"; by TeamSettings.Read.Group."""
        found = self.transport.call(
            "GET", self.graph, f"/teams/{quote(group, safe='')}", None, {"$select": "visibility"}
        )
        return str(found.get("visibility") or "").lower()

    def messages(self, group: str, channel: str, since: datetime, thread: str | None = None) -> Iterator[ReadBack]:
        """Yield the messages of a channel changed since then, or the replies of a thread, but for deleted ones.

        By consent of the team (ChannelMessage.Read.Group). Raise Failed where the list does not end.
        """
        path = f"/teams/{quote(group, safe='')}/channels/{quote(channel, safe=':@')}/messages"
        params: Mapping[str, str] | None = {"$top": "50"}
        if thread is None:
            path = f"{path}/delta"
            params = {
                "$top": "50",
                "$filter": f"lastModifiedDateTime gt {since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}",
            }
        else:
            path = f"{path}/{quote(thread, safe='')}/replies"
        for _ in range(_MOST_PAGES):
            page = self.transport.call("GET", self.graph, path, None, params)
            given, following = page.get("value"), page.get("@odata.nextLink")
            if not isinstance(given, list):
                raise Failed("no_messages")
            yield from (
                _read_back(each) for each in given if isinstance(each, dict) and not each.get("deletedDateTime")
            )
            if not following:
                return
            if not isinstance(following, str) or not following.startswith(f"{self.graph}/"):
                raise Failed("no_sense")
            path, params = following.removeprefix(self.graph), None
        raise Failed("too_many_pages")


def threaded(conversation: str, root: str) -> str:
    """Return the id of a thread in a channel."""
    return f"{conversation.partition(';')[0]};messageid={root}"


def _at(conversation: str) -> str:
    return f"/v3/conversations/{quote(conversation, safe=':@;=')}"


def _id(answer: Mapping[str, Any]) -> str:
    """Return the id in an answer. Without one the outcome is open: it may have been carried out."""
    found = answer.get("id")
    if not isinstance(found, str) or not found:
        raise Failed("no_number", known=False)
    return found


def _read_back(given: dict[str, Any]) -> ReadBack:
    sender = given.get("from") or {}
    app = sender.get("application") if isinstance(sender, dict) else None
    attachments = [each for each in given.get("attachments") or () if isinstance(each, dict)]
    cards = "\n".join(str(each.get("content") or "") for each in attachments)
    return ReadBack(str(given.get("id") or ""), str(app.get("id") or "") if isinstance(app, dict) else "", cards)


def _member(given: object) -> Member:
    """Return a member as Teams shows it. A guest's name of login has #EXT# in it, also where the role says "user"."""
    of = given if isinstance(given, dict) else {}
    words = {name: value for name, value in of.items() if isinstance(value, str)}
    account, login = words.get("aadObjectId") or words.get("objectId") or "", words.get("userPrincipalName", "")
    role = words.get("userRole", "").lower() or ("user" if login else "")
    if "#ext#" in login.lower():
        role = "guest"
    return Member(words.get("id", ""), account.lower(), words.get("tenantId", "").lower(), role)
