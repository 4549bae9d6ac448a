"""Ask a command of facts in memory (text, person, place), and find parts of its reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from bot.app import find_commands
from bot.chat.terminal import as_csv, as_json, as_text
from bot.conversation.command import PRIVATE, Command, Place, Request
from bot.conversation.dispatcher import Dispatcher, Recorder
from bot.conversation.reply import Fact, Reply, Row, Table
from bot.rules.audit.chain import Entry
from bot.rules.effects import Effect
from bot.rules.partnership.partnership import Partnership, Person
from tests.support.factories import NOW, Recorded, partnership, person
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

COMMANDS: dict[str, Command] = {c.name: c for c in find_commands()}
#: Commands of figures; and those of them that need no word but may be given a period.
REPORTS = ("report", "reports")  # they print no figure: the file has them
COUNTED = tuple(name for name, c in COMMANDS.items() if c.actions == ("counts",) and name not in REPORTS)
BY_PERIOD = tuple(n for n in COUNTED if COMMANDS[n].usage.startswith(f"{n} [") and "[PERIOD]" in COMMANDS[n].usage)
#: Commands that list or count by area, by their usage.
BY_AREA = tuple(n for n, c in COMMANDS.items() if re.search(r"\[AREA(\]| \|| \.\.\.)", c.usage))
REFERENCES = Place("county-digest", 1)
COUNTS = Place("county-counts", 0)
UNLISTED = Place("unlisted", None)
#: A sufficient reason, as typed after a reference; leads give one for each look.
BECAUSE = 'because "seen at the station, police ask who the worker is"'
PLACES = (PRIVATE, REFERENCES, COUNTS, UNLISTED)


@dataclass(frozen=True, slots=True)
class Conversation(Dispatcher):
    """A dispatcher whose answers are recorded by `write`."""

    write: Callable[[Entry, Sequence[Effect]], None]

    def answer(self, request: Request) -> Reply:
        return Recorder(self.write).record(self.dispatch(request))


def desk(facts: MemoryFacts, ours: Partnership | None = None) -> Conversation:
    return Conversation(ours or partnership(), tuple(COMMANDS.values()), lambda: nullcontext(facts), facts.trail.record)


def ask(
    text: str,
    who: str | Person | None = "lead",
    *,
    of: MemoryFacts | Sequence[Recorded] = (),
    place: Place = PRIVATE,
    now: datetime = NOW,
    export: bool = False,
) -> Reply:
    """Return the reply to a text, by a person of the practice partnership unless another is given.

    Each call starts with an empty trail; `desk` answers one question after another.
    """
    facts = replace(of, trail=MemoryTrail()) if isinstance(of, MemoryFacts) else MemoryFacts(of)
    actor = person(who) if isinstance(who, str) else who
    return desk(facts).answer(Request(actor, place, text, now, export=export))


def ask_since(text: str, begins: date | None, found: Sequence[Recorded]) -> Reply:
    """Return the reply where the records begin on a day, or nobody said when."""
    ours = partnership().with_history(begins) if begins else replace(partnership())
    if begins is None:
        object.__setattr__(ours, "history_start", None)
    return desk(MemoryFacts(found), ours).answer(Request(person("lead"), PRIVATE, text, NOW))


def whole(text: str, who: str | Person | None = "lead", **given: Any) -> Reply:
    """Return the reply with every measure, of which chat shows a part at first."""
    return ask(f"{text} measures", who, **given)


def fact(reply: Reply, label: str) -> Fact:
    found = [f for f in reply.facts if f.label == label]
    assert len(found) == 1, [f.label for f in reply.facts]
    return found[0]


def value(reply: Reply, label: str) -> object:
    return fact(reply, label).value


def counts(reply: Reply, label: str) -> tuple[int | None, int | None]:
    """Return a rate's numerator and denominator."""
    return fact(reply, label).numerator, fact(reply, label).denominator


def table(reply: Reply, title: str) -> Table:
    found = [t for t in reply.tables if t.title == title]
    assert len(found) == 1, [t.title for t in reply.tables]
    return found[0]


def row(reply: Reply, title: str, first: object) -> tuple[object, ...]:
    """Return the cells after the first of the only row that begins with `first`."""
    found = [r[1:] for r in table(reply, title).rows if r[0] == first]
    assert len(found) == 1, [r[0] for r in table(reply, title).rows]
    return found[0]


def column(reply: Reply, title: str, name: str) -> list[object]:
    found = table(reply, title)
    return [r[found.columns.index(name)] for r in found.rows]


def section(reply: Reply, begins: str) -> tuple[str, ...]:
    """Return the lines of the only section whose title begins so."""
    found = [s.lines for s in reply.sections if s.title.startswith(begins)]
    assert len(found) == 1, [s.title for s in reply.sections]
    return found[0]


def rows(reply: Reply) -> list[Row]:
    """Return the rows of a reply's text."""
    return [line for line in reply.text if isinstance(line, Row)]


def everything(reply: Reply) -> str:
    """Return every text that any platform could show of a reply."""
    return as_text(reply) + as_json(reply) + as_csv(reply)


def offered(reply: Reply) -> list[str]:
    return [b.command for b in reply.pressable]
