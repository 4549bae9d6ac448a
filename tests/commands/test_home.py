"""home: what waits for one person, how their team stands, their settings, and whether the bot is well."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.command import PRIVATE
from bot.reply import Reply
from bot.rules.partnership import Person
from bot.work import Away
from tests.asking import COUNTS, REFERENCES, ask, desk, offered, section, value
from tests.factories import NOW, delivery, episode, hours, interview, person, reference, somebody, sources
from tests.memory import MemoryFacts

MINE = [
    episode(n, NOW - hours(60 + n), NOW - hours(50 + n), interview=interview(NOW - hours(50 + n), worker="W-N01"))
    for n in range(1, 4)
]
OVERDUE = episode(5, NOW - hours(90), NOW - hours(80), interview=interview(NOW - hours(80), worker="W-N02"))
FREE = episode(6, NOW - hours(30), NOW - hours(20), interview=interview(NOW - hours(20)))
SOUTH = episode(7, NOW - hours(30), NOW - hours(20), area="south", interview=interview(NOW - hours(20)))
ALL = [*MINE, OVERDUE, FREE, SOUTH]


def home(who: str | Person = "north-worker", of: MemoryFacts | None = None) -> Reply:
    return ask("home", who, of=of or MemoryFacts(ALL))


def titles(reply: Reply) -> list[str]:
    return [s.title for s in reply.sections]
