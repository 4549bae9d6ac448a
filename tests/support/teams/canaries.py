"""Invented children with canaries in Teams, the oracle of who may read which of them, and a walk that is checked by it.

The children and the oracle's rules are those of tests/support/slack/canaries.py, which use none of the bot's rules.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from bot.conversation.outbound import PREVIEW
from bot.store.database import reading
from bot.store.schema import records
from tests.attacks.test_access_machine import MAY
from tests.support import exports
from tests.support.factories import NOW, hours
from tests.support.slack import canaries as children
from tests.support.slack.canaries import Oracle, keys_in, known, rows, secrets_in, written
from tests.support.teams import activities
from tests.support.teams.scene import ACCOUNTS, COUNTS, COUNTY, GROUP, NORTH, STRANGER, UNLISTED, Scene, living
from tests.support.teams.tenancy import STRANGE_TENANT, Sent, personal_of

EVERYBODY = (*ACCOUNTS, STRANGER)
PLACES = (NORTH, COUNTY, COUNTS, UNLISTED, GROUP)
AREAS_OF = {NORTH: ("north",), COUNTY: ("north", "south", "central", "disability")}
HANDLE = re.compile(r"[0-9a-f]{32}")
#: The names that a button's data, and no other, have.
NAMES = {"action", "handle", "page", "verb", "again", "msteams"}
REASON = "police ask who works with them now"


@cache
def loaded() -> tuple[Path, dict[str, str]]:
    """Return a folder with their database, and each child's reference by its key; made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="leaks-"))
    with living(folder, f"sqlite:///{folder / 'bot.sqlite'}") as bot:
        for source, each in rows().items():
            bot.app.load(source, exports.write(folder / f"{source}.csv", each), NOW - hours(1))
        with reading(bot.app.database) as connection:
            found = connection.execute(select(records.child.c.council_ref, records.child.c.ref)).all()
    return folder, {council[4:-2]: ref for council, ref in found if council and council[4] != "X"}


@contextmanager
def canaries() -> Iterator[tuple[Scene, dict[str, str]]]:
    """Yield the bot with these children; one listed person is a guest, one of a tenant that is not answered."""
    template, refs = loaded()
    with tempfile.TemporaryDirectory(prefix="leaks-") as name:
        folder = Path(name)
        shutil.copytree(template, folder, dirs_exist_ok=True)
        with living(folder, f"sqlite:///{folder / 'bot.sqlite'}") as bot:
            bot.person("disability-worker").role = "guest"
            bot.person("police-lead").tenant = STRANGE_TENANT
            yield bot, refs


@dataclass
class TeamsOracle(Oracle):
    """The children that each place in Teams may show now."""

    def in_channel(self, channel: str) -> set[str]:
        there, areas = self.bot.tenancy.conversations[channel], AREAS_OF.get(channel, ())  # type: ignore[attr-defined]
        allowed = [self.lists(self.name(member)) for member in there.members]
        known_there = (k for k in children.CHILDREN if k.area in areas and not k.died)
        return {k.key for k in known_there if all(k.key in each for each in allowed)}

    def name(self, account: str) -> str:
        return next((name for name, each in ACCOUNTS.items() if each == account), account)

    def is_answered(self, who: str) -> bool:
        person: Any = self.bot.person(who)
        return bool(person.role == "user" and person.tenant != STRANGE_TENANT)

    def _reached(self, who: str, what: int) -> set[str]:
        if who not in children.WHO or not self.is_answered(who):
            return set()
        role, areas, code = children.WHO[who]
        how = MAY[role][what]
        return {k.key for k in children.CHILDREN if children._reaches(how, areas, code, k)}


@dataclass
class Walk:
    """People ask and press; all that leaves is checked. `seen` counts the steps, `met` the places a child was shown."""

    bot: Scene
    refs: Mapping[str, str]
    dice: Random
    seen: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.oracle = TeamsOracle(self.bot, self.refs)  # type: ignore[arg-type]

    def ask(self, who: str, how: str, place: str | None, text: str) -> list[Sent]:
        """Type a text in the personal chat (place None), behind a mention, or after a slash."""
        make = {"words": activities.message, "mention": activities.mention, "slash": activities.slash}[how]
        self.seen[f"{how} {place}"] += 1
        glass = next((key for key, ref in self.refs.items() if ref in text and "because" in text), "")
        echo = set() if text.split()[:1] == ["child"] else keys_in(text, self.refs)
        activity = make(self.bot.tenancy, self.bot.person(who), self.bot.there(place, who), text)
        return self._step(who, activity, glass if how != "mention" or place is not None else "", echo)[0]

    def press(self, who: str, message: Sent, action: Mapping[str, Any], *, old: bool = False) -> list[Sent]:
        """Press a button; `old` is a client that knows no invoke. A form that opens is filled in."""
        self.seen[f"press {action['data']['action']}"] += 1
        make = activities.execute if action["type"] == "Action.Execute" else activities.fetch
        given = (activities.submit if old else make)(self.bot.tenancy, self.bot.person(who), message, action)
        sent, answer = self._step(who, given, "", set())
        card = ((answer or {}).get("task", {}).get("value") or {}) if isinstance(answer, dict) else {}
        if isinstance(card, dict) and "card" in card:
            self._fill(who, message.conversation, card["card"]["content"])
        return sent

    def _fill(self, who: str, place: str, card: Mapping[str, Any]) -> None:
        saves = [a for a in activities.actions(dict(card)) if a["data"].get("action") == "fill"]
        if not saves:
            return
        self.seen["fill"] += 1
        values = {e["id"]: self._answer(e) for e in card["body"] if str(e.get("type", "")).startswith("Input.")}
        glass = next((key for key, ref in self.refs.items() if ref in written(card["body"])), "")
        there = self.bot.tenancy.conversations[place]
        activity = activities.dialog(self.bot.tenancy, self.bot.person(who), there, saves[0], **values)
        self._step(who, activity, glass, set())

    def _answer(self, field: Mapping[str, Any]) -> str:
        if field["type"] == "Input.ChoiceSet":
            return str(self.dice.choice(field["choices"])["value"])
        words = self.dice.choice([REASON, "Wilhelmina was seen near the canal", "north-manager"])
        return {"Input.Date": f"{self.bot.now:%Y-%m-%d}", "Input.Time": "07:30"}.get(field["type"], words)

    def _step(self, who: str, activity: Mapping[str, Any], glass: str, echo: set[str]) -> tuple[list[Sent], Any]:
        before, edits = len(self.bot.tenancy.sent), {id(s): s.edited for s in self.bot.tenancy.sent}
        status, answer = self.bot.send(activity)
        assert status == 200
        if glass and self.oracle.is_answered(who) and known(glass).missing:
            self.oracle.break_glass(who, glass)
        sent = self.bot.tenancy.sent[before:]
        echo = echo if self.oracle.of_person(who) else set()
        for each in (*sent, *(s for s in self.bot.tenancy.sent[:before] if s.edited > edits[id(s)])):
            self._left(each, echo)
        self._read_by("what is shown", written(_without_typed(answer)), who, echo)
        refused = [c for c in self.bot.tenancy.calls if c.status in (400, 413)]
        assert refused == []
        return sent, answer

    def _left(self, sent: Sent, echo: set[str]) -> None:
        text = written(sent.body)
        assert sent.body["summary"] == PREVIEW, sent.body["summary"]
        self._hidden(sent)
        reader = sent.to or next((a for a in self.bot.tenancy.people if personal_of(a) == sent.conversation), "")
        if reader:
            self._read_by(sent.conversation, text, self.oracle.name(reader), echo)
            if sent.to and keys_in(text, self.refs):
                assert self.oracle.in_channel(sent.conversation), f"a reference in {sent.conversation}"
            return
        shown, allowed = keys_in(text, self.refs), self.oracle.in_channel(sent.conversation)
        assert shown <= allowed, f"{sorted(shown - allowed)} in {sent.conversation}"
        assert secrets_in(text, set()) == [], sent.conversation
        self.met[f"in {sent.conversation}" if shown else "nobody"] += 1

    def _read_by(self, what: str, text: str, who: str, echo: set[str]) -> None:
        shown, allowed = keys_in(text, self.refs), self.oracle.of_person(who) | echo
        assert shown <= allowed, f"{what}: {sorted(shown - allowed)} seen by {who}"
        assert secrets_in(text, self.oracle.details(who)) == [], f"{what} to {who}"
        self.met[f"{who} sees" if shown else "nobody"] += 1

    def _hidden(self, sent: Sent) -> None:
        """Check that a button's data hold a handle, and nothing of what it does."""
        for action in activities.actions(sent.card):
            data = action["data"]
            assert data.keys() <= NAMES, data
            handles = [data[name] for name in ("handle", "again") if name in data]
            assert all(HANDLE.fullmatch(each) for each in handles), data


def _without_typed(node: Any) -> Any:
    """Return what a dialog shows without its author's own words, which stay in its fields."""
    if isinstance(node, list):
        return [_without_typed(each) for each in node]
    if not isinstance(node, dict):
        return node
    own = "value" if node.get("type") == "Input.Text" else ""
    return {name: _without_typed(value) for name, value in node.items() if name != own}


def buttons(sent: Sequence[Sent]) -> list[tuple[Sent, dict[str, Any]]]:
    return [(s, a) for s in sent if not s.deleted for a in activities.actions(s.card)]
