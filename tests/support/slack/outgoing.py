"""Check everything that left for Slack on one step: its readers are entitled, and no hidden field tells anything."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zipfile import ZipFile

from bot.chat.slack import rendering
from bot.conversation.outbound import DIGEST_PREVIEW, PREVIEW
from tests.support.asking import COMMANDS
from tests.support.slack import acceptance
from tests.support.slack.canaries import AREAS_OF, Oracle, keys_in, secrets_in, written
from tests.support.slack.scene import ACCOUNTS
from tests.support.slack.workspace import Call

TEXTS = (PREVIEW, DIGEST_PREVIEW)
SAYING = ("chat.postMessage", "chat.update", "chat.postEphemeral", "response_url")
#: Values of a button, a page and a menu's option: a handle, with the word for its use.
HANDLE = re.compile(rf"(?:(?:{rendering.PRESS}|{rendering.FORM}) )?[0-9a-f]{{32}}\Z")
MARKER = re.compile(r"[0-9a-f-]{36}\Z")
NAMES = re.compile(r"\b(?:" + "|".join(sorted(set(COMMANDS) - {"help", "home", "open", "today", "away"})) + r")\b")
#: People whom the practice partnership names in `roles`: they are called, whatever else they may see.
CALLED = ("police", "police-lead", "lead", "north-manager", "coordinator")


@dataclass
class Left:
    """Data that left: `ids` are the rendered action ids, `met` counts who was shown a child and where."""

    oracle: Oracle
    ids: set[str] = field(default_factory=set)
    met: Counter[str] = field(default_factory=Counter)

    def asked(self, calls: Sequence[Call], said: str, who: str, channel: str, echoed: str) -> dict[str, Any]:
        """Check a person's step in this channel (or outside any), with its acknowledgement."""
        echo = keys_in(written(echoed), self.oracle.refs) if echoed and self.oracle.of_person(who) else set()
        for call in calls:
            place = channel if call.method == "response_url" else ""
            self._one(call, who, place, echo)
        body = dict(json.loads(said)) if said else {}
        self._shape("ack", body)
        self._read_by_person("acknowledgement", written(body), who, echo)
        return body

    def unasked(self, calls: Sequence[Call]) -> None:
        """Check a tick: without a request, only the addressee counts."""
        for call in calls:
            self._one(call, "", "", set())

    def _one(self, call: Call, who: str, place: str, echo: set[str]) -> None:
        given, text = call.arguments, written(call.arguments)
        assert not (call.error or "").startswith(("invalid", "msg_too_long", "no_text")), (call.method, call.error)
        self._shape(call.method, given)
        reader = self._reader(call, who)
        if reader:
            if call.method == "chat.postMessage" and "acknowledge" in text and reader in CALLED:
                self.oracle.called |= {(reader, key) for key in keys_in(text, self.oracle.refs)}
            self._read_by_person(call.method, text, reader, echo)
            if keys_in(text, self.oracle.refs) and place:
                self._may_stand_beside(place, reader)
            return
        where = str(given.get("channel") or given.get("channel_id") or "")
        allowed = self.oracle.in_channel(where) if call.method in SAYING else set()
        shown = keys_in(text, self.oracle.refs)
        assert shown <= allowed, f"{call.method}: {sorted(shown - allowed)} in {where}"
        assert secrets_in(text, set()) == [], call.method
        self.met[f"in {where}" if shown else "nobody"] += 1

    def _reader(self, call: Call, who: str) -> str:
        """Return the only reader; empty for a channel, and for data that only Slack reads."""
        oracle, there, given = self.oracle, self.oracle.bot.workspace, call.arguments
        if call.method == "response_url":
            assert given.get("response_type") == "ephemeral"
            return who
        if call.method == "views.open":
            return oracle.name(there.triggers[str(given["trigger_id"])].user)
        if call.method == "views.update":
            return oracle.name(there.views[str(given["view_id"])]["for_user"])
        if call.method == "views.publish":
            return oracle.name(str(given["user_id"]))
        channel = there.channels.get(str(given.get("channel") or given.get("channel_id")))
        return oracle.name(channel.user) if call.method in SAYING and channel and channel.user else ""

    def _read_by_person(self, what: str, text: str, who: str, echo: set[str]) -> None:
        shown, allowed = keys_in(text, self.oracle.refs), self.oracle.of_person(who) | echo
        assert shown <= allowed, f"{what}: {sorted(shown - allowed)} seen by {who}"
        called = {key for person, key in self.oracle.called if person == who}
        assert secrets_in(text, self.oracle.details(who) | called) == [], f"{what} to {who}"
        self.met[f"{who} sees" if shown else "nobody"] += 1

    def _may_stand_beside(self, place: str, who: str) -> None:
        """Check that an ephemeral message is in its reader's conversation, or where every reader is entitled."""
        there = self.oracle.bot.workspace.channels[place]
        if there.user is not None:
            assert there.user == ACCOUNTS[who], "in a conversation with somebody else"
            return
        assert place in AREAS_OF, f"a reference in {place}"
        assert self.oracle.in_channel(place), f"a reference in {place}, which others read"

    # ---- hidden fields -----------------------------------------------------------------------------------

    def _shape(self, method: str, given: Mapping[str, Any]) -> None:
        """Check the shape: Slack takes it, notifications are fixed, and values of buttons do not tell their meaning."""
        if method in SAYING and not given.get("delete_original"):
            assert given.get("text") in TEXTS, method
            assert acceptance.problems(given["blocks"]) == [], method
        if "view" in given:
            assert acceptance.view_problems(given["view"]) == [], method
            assert re.fullmatch(r"(?:[0-9a-f]{32})?", given["view"].get("private_metadata", "")), method
        if given.get("metadata"):
            assert given["metadata"]["event_type"] == "missing_delivery"
            assert set(given["metadata"]["event_payload"]) == {"marker"}
            assert MARKER.match(given["metadata"]["event_payload"]["marker"])
        if method == "files.getUploadURLExternal":
            assert given["filename"] in ("chart.png", "report.html", "report.xlsx", "report.docx")
        if method == "files.completeUploadExternal":
            self._files(str(given["files"]))
        for node, is_filled_in in _dicts(given):
            self._hidden(node, is_filled_in)

    def _files(self, listed: str) -> None:
        """Check that the files of reports tell of no child, to whomever they are handed."""
        for number, kept in list(self.oracle.bot.workspace.files.items()):  # others may be on their way
            if number in listed and str(kept["name"]).startswith("report."):
                text = _inside(kept["content"])
                assert not [ref for ref in self.oracle.refs.values() if ref in text], kept["name"]
                assert secrets_in(text, set()) == [], kept["name"]

    def _hidden(self, node: Mapping[str, Any], is_filled_in: bool) -> None:
        """Check hidden values; a form's options are words of its own, such as an interview's outcome."""
        for name in ("action_id", "block_id", "value", "callback_id", "external_id"):
            text = written(node.get(name) or "")
            assert not keys_in(text, self.oracle.refs), f"{name} holds a reference"
            assert is_filled_in or not NAMES.search(text), f"{name} holds a command"
        if not is_filled_in and "action_id" in node:
            self.ids.add(str(node["action_id"]))
            values = [node.get("value"), *(o["value"] for o in node.get("options", ()))]
            assert all(v is None or HANDLE.match(v) for v in values), "a value is no handle"


def _inside(content: bytes) -> str:
    """Return the texts of a file; of a workbook or document those of all its parts but pictures."""
    if not content.startswith(b"PK"):
        return content.decode("utf-8")
    with ZipFile(io.BytesIO(content)) as parts:
        return "\n".join(
            parts.read(name).decode("utf-8") for name in parts.namelist() if name.endswith((".xml", ".rels"))
        )


def _dicts(node: Any, is_filled_in: bool = False) -> Iterator[tuple[Mapping[str, Any], bool]]:
    if isinstance(node, Mapping):
        is_filled_in = is_filled_in or node.get("type") == "input"
        yield node, is_filled_in
    for each in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _dicts(each, is_filled_in)
