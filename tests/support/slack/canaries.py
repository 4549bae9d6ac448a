"""Invented children with canaries in Slack, and an independent oracle of who may read which of them.

It uses none of the bot's rules: tests/attacks/test_access_machine.py writes down who may see which child.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.conversation.reply import Chart
from bot.rules.partnership.roles import Role
from bot.store.database import reading
from bot.store.schema import records
from tests.attacks.test_access_machine import CHILDREN as FEW
from tests.attacks.test_access_machine import GLASS, MAY, Known, child_rows, interview_rows, police_rows
from tests.support import exports
from tests.support.factories import NOW, hours
from tests.support.slack.scene import ACCOUNTS, COUNTS, COUNTY, NORTH, STRANGER, UNLISTED, Scene, living, workspace
from tests.support.slack.workspace import Channel, Person

SOMEBODY_ELSE = "D0TWOOFUS"
#: Copies of a southern child who is back: enough for a list of interviews of more than one page.
MORE = tuple(replace(next(k for k in FEW if k.key == "D"), key=f"D{n:03}") for n in range(130))
CHILDREN = (*FEW, *MORE)
#: Typed or exported in the place of a code: names, remarks on a child, a postcode in a refused row.
JUNK = ("Wilhelmina", "Zebedee", "Quillfeather", "canary lock", "OX99 7ZZ", "semi_independent", "semi independent")
#: Person -> role, areas, worker code, as in the practice partnership. All others may read nothing of a child.
WHO: dict[str, tuple[Role, tuple[str, ...], str]] = {
    "lead": ("strategic_lead", (), ""),
    "police-lead": ("strategic_lead", (), ""),
    "police": ("missing_person_coordinator", (), ""),
    "north-manager": ("team_manager", ("north",), ""),
    "north-worker": ("allocated_worker", ("north",), "W-N01"),
    "south-worker": ("allocated_worker", ("south",), "W-S01"),
    "disability-worker": ("allocated_worker", ("disability",), "W-D01"),
    "coordinator": ("interview_coordinator", (), ""),
    "analyst": ("analyst", (), ""),
    "admin": ("system_admin", (), ""),
}
#: Channel -> its areas; channels of counts and unlisted ones have none.
AREAS_OF = {NORTH: ("north",), COUNTY: ("north", "south", "central", "disability")}
_CASE_CODES = ("worker", "iro", "placing")
_AGE = re.compile(r"\d+ years old")


def rows() -> dict[str, list[exports.Row]]:
    """Return the machine's children, each with a placement, and rows that are refused for their cells."""
    refused = exports.child(child_id="CSE-X77", police_ref="NOM-X77", provider=JUNK[4])
    named = exports.police(occurrence_ref="OCC-X1", police_ref="NOM-X77", reporter=f"{JUNK[0]} {JUNK[4]}")
    worker = exports.interview(episode_id="EP-X1", child_id="CSE-X77", worker=f"{JUNK[2]} {JUNK[4]}")
    return {
        "children": [*({**row, "placement": "semi_independent"} for row in _with_more(child_rows())), refused],
        "police": [*_with_more(police_rows()), named],
        "interviews": [*_with_more(interview_rows()), worker],
    }


def _with_more(few: list[exports.Row]) -> list[exports.Row]:
    one = next(row for row in few if any("-D" in cell for cell in row.values()))
    keys = ("NOM-D", "CSE-D", "OCC-D", "EP-D")
    return [*few, *({c: _renamed(v, k.key) if v.startswith(keys) else v for c, v in one.items()} for k in MORE)]


def _renamed(code: str, key: str) -> str:
    """'NOM-D77' -> 'NOM-D00177'."""
    before, _, after = code.partition("-D")
    return f"{before}-{key}{after}"


@cache
def loaded() -> tuple[Path, dict[str, str]]:
    """Return a folder with their database, and each child's reference by its key; made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="leaks-"))
    with living(folder, f"sqlite:///{folder / 'bot.sqlite'}") as bot:
        for source, each in rows().items():
            done = bot.app.load(source, exports.write(folder / f"{source}.csv", each), NOW - hours(1))
            assert done.accepted in (len(each), len(each) - 1), source
        with reading(bot.app.database) as connection:
            found = connection.execute(select(records.child.c.council_ref, records.child.c.ref)).all()
    return folder, {council[4:-2]: ref for council, ref in found if council and council[4] != "X"}


def drawn(chart: Chart) -> bytes:
    """Return all the texts of a chart in the place of its picture."""
    return repr(chart).encode()


@contextmanager
def canaries() -> Iterator[tuple[Scene, dict[str, str]]]:
    """Yield the bot with these children, in a workspace with one conversation between other people."""
    template, refs = loaded()
    with tempfile.TemporaryDirectory(prefix="leaks-") as name:
        folder = Path(name)
        shutil.copytree(template, folder, dirs_exist_ok=True)
        made = workspace()
        made.put(Channel(SOMEBODY_ELSE, user="U0SOMEBODY", members=["U0SOMEBODY"], with_bot=False))
        with living(folder, f"sqlite:///{folder / 'bot.sqlite'}", made, draw=drawn) as bot:
            yield bot, refs


def is_answered(account: Person) -> bool:
    """Tell if an account gets answers: only members of our own organisation do."""
    return not (account.deleted or account.is_restricted or account.is_ultra_restricted or account.is_stranger)


@dataclass
class Oracle:
    """The children that each place may show now. `glass` holds looks outside an area: person, child and end."""

    bot: Scene
    refs: Mapping[str, str]
    glass: dict[tuple[str, str], datetime] = field(default_factory=dict)
    #: People called about a child, because a rule of the partnership names them.
    called: set[tuple[str, str]] = field(default_factory=set)

    def lists(self, who: str) -> set[str]:
        return self._reached(who, 0)

    def details(self, who: str) -> set[str]:
        broken = {key for (person, key), until in self.glass.items() if person == who and self.bot.now < until}
        return self._reached(who, 1) | broken

    def of_person(self, who: str) -> set[str]:
        """Return the children that a person may read of in private."""
        return self.lists(who) | self.details(who) | {key for person, key in self.called if person == who}

    def in_channel(self, channel: str) -> set[str]:
        """Return the children that every reader of a channel may see, none who died."""
        there = self.bot.workspace.channels.get(channel)
        areas = AREAS_OF.get(channel, ())
        if there is None or not areas or there.is_ext_shared or not there.is_private:
            return set()
        readers = [m for m in there.members if m != self.bot.workspace.bot_user]
        allowed = [self.lists(self.name(m)) for m in readers]
        return {k.key for k in CHILDREN if k.area in areas and not k.died and all(k.key in each for each in allowed)}

    def name(self, account: str) -> str:
        return next((name for name, each in ACCOUNTS.items() if each == account), account)

    def break_glass(self, who: str, key: str) -> None:
        """Note a look after a reason in private that was answered."""
        role = WHO[who][0] if who in WHO else "analyst"
        if role in GLASS and known(key).missing:
            self.glass[who, key] = self.bot.now + hours(0.5)

    def _reached(self, who: str, what: int) -> set[str]:
        if who not in WHO or not is_answered(self.bot.person(who)):
            return set()
        role, areas, code = WHO[who]
        how = MAY[role][what]
        return {k.key for k in CHILDREN if _reaches(how, areas, code, k)}


def _reaches(how: str, areas: tuple[str, ...], code: str, k: Known) -> bool:
    if how == "areas":
        return k.area in areas
    return k.worker == code != "" if how == "own" else how == "all"


def known(key: str) -> Known:
    return next(k for k in CHILDREN if k.key == key)


def written(node: Any) -> str:
    """Return all text of a payload without hidden characters."""
    text = node if isinstance(node, str) else json.dumps(node, ensure_ascii=False, default=str)
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def keys_in(text: str, refs: Mapping[str, str]) -> set[str]:
    """Return the children whose reference is in a text, however it is written."""
    bare = re.sub(r"[^A-Z0-9]", "", text.upper())
    return {key for key, ref in refs.items() if ref.replace("-", "") in bare}


def secrets_in(text: str, details: set[str]) -> list[str]:
    """Return secrets in a text: those of all children, and worker and age of children without `details`."""
    found = [word for word in JUNK if word.casefold() in text.casefold()]
    found += [s for k in CHILDREN for s in k.secrets if s in text]
    codes = {getattr(k, name) for k in CHILDREN for name in _CASE_CODES} - {""}
    shown = {getattr(known(key), name) for key in details for name in _CASE_CODES}
    found += [code for code in sorted(codes - shown) if re.search(rf"\b{code}\b", text)]
    return found + ([] if details else _AGE.findall(text))


EVERYBODY = (*ACCOUNTS, STRANGER)
CHANNELS = (NORTH, COUNTY, COUNTS, UNLISTED, SOMEBODY_ELSE)
