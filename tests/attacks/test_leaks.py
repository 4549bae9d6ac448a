"""Every command, role, place, format and digest over worlds of canaries: none of them is in any byte that leaves.

1,800 answers in the normal run. Before a release: `BOT_LEAKS=20000 ./deploy/dev test tests/attacks/test_leaks.py`.
`BOT_LEAKS_SEED` begins with other dice than 0.
"""

from __future__ import annotations

import io
import itertools
import logging
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Connection

from bot.chat.terminal import FORMATS, post
from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply
from bot.jobs.digest import preview
from bot.messages.release import sheets_of
from bot.rules.disclosure.released import ReleasedSheet
from bot.rules.model import Period
from bot.rules.partnership.partnership import Person
from bot.rules.partnership.roles import RIGHTS
from bot.store.database import reading
from bot.store.queries.facts import StoredFacts
from tests.support.asking import COMMANDS, COUNTS, REFERENCES, UNLISTED, Conversation
from tests.support.canaries import FREE_TEXT, NAMES, PARTNERSHIP, TAKEN, World, load, world
from tests.support.factories import NOW, somebody
from tests.support.memory_trail import MemoryTrail

ANSWERS = int(os.environ.get("BOT_LEAKS", "1500"))
SEED = int(os.environ.get("BOT_LEAKS_SEED", "0"))
PLACES = (PRIVATE, REFERENCES, COUNTS, UNLISTED)
CODES = {"allocated_worker": "WRK700003", "independent_reviewing_officer": "IRO700003"}
#: What is typed besides every command's own examples; {ref} is a child of the world.
TYPED = (
    *("child {ref}", "child {ref}", 'child {ref} because "' + FREE_TEXT + '"', f"child {NAMES[0]}", "child NOM700003"),
    *(
        f"open {NAMES[1]}",
        f"{NAMES[2]} {{ref}}",
        "today north",
        "open",
        "interviews",
        "interviews hosted",
        "interviews 2017-H1",
        "sources",
    ),
    *("sources police-only", "sources council-only", "sources birth-date", "bands 2017-H1", "cohort lac 2017-H1"),
)


def texts(ref: str) -> dict[str, list[str]]:
    """What is asked of each command: its name, its examples, and what people slip in."""
    found = {c.name: [e.replace("OX-7QK4", ref) for e in (c.name, *c.examples)] for c in COMMANDS.values()}
    for text in (t.format(ref=ref) for t in TYPED):
        found.setdefault(text.split()[0], []).append(text)
    return found


def people() -> list[Person | None]:
    """Somebody of every role, who has a case and areas; and somebody nobody knows."""
    return [None, *(somebody(role, "north", "south", code=CODES.get(role, "")) for role in RIGHTS)]


class RememberedFacts(StoredFacts):
    """What was really stored, and what the questions released, which this test keeps in memory."""

    def __init__(self, connection: Connection, trail: MemoryTrail) -> None:
        super().__init__(connection, PARTNERSHIP)
        self.memory = trail

    def released_periods(self) -> tuple[Period, ...]:
        return tuple(self.memory.released)

    def released_sheet(self, period: Period) -> ReleasedSheet | None:
        found = (sheets_of(release).get(period) for release in reversed(self.memory.releases))
        return next((sheet for sheet in found if sheet is not None), None)


@contextmanager
def desk(of: World) -> Iterator[tuple[Conversation, StoredFacts]]:
    """The commands on what was really stored, on one connection."""
    with reading(of.bot.engine) as connection:
        trail = MemoryTrail()
        facts = RememberedFacts(connection, trail)

        @contextmanager
        def opened() -> Iterator[StoredFacts]:
            yield facts

        yield Conversation(PARTNERSHIP, tuple(COMMANDS.values()), opened, trail.record), facts


def shown(reply: Reply, colour: bool = True) -> str:
    """Every byte of every form in which a reply leaves; in colour too, which is slow to draw."""
    plain = "\n".join((repr(reply), *(form(reply) for form in FORMATS.values())))
    if not colour:
        return plain
    out = io.StringIO()
    post(reply, Console(file=out, width=120, force_terminal=True, color_system="truecolor", highlight=False))
    return plain + out.getvalue()


def level(place: Place) -> int:
    return place.level or 0


def questions(of: World, dice: random.Random) -> Iterator[tuple[str, Person | None, Place]]:
    """Every command x person x place once, each time in other words; and every child by everybody in private."""
    for who, place in itertools.product(people(), PLACES):
        for choices in texts(dice.choice(of.references)).values():
            yield dice.choice(choices), who, place
    for who, ref in itertools.product(people(), of.references):
        yield f"child {ref}", who, PRIVATE
        yield f'child {ref} because "{FREE_TEXT}"', who, PRIVATE


def test_no_canary_leaves(tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    seen: Counter[str] = Counter()
    answers, seed = 0, SEED
    while answers < ANSWERS:
        folder = tmp_path / str(seed)
        folder.mkdir()
        with world(f"sqlite:///{folder / 'bot.sqlite'}", folder, seed) as found, desk(found) as (ours, _):
            answers += ask_everything(found, ours, random.Random(seed), seen)
            assert found.leaked(found.said_while_loading, 0) == [], "what loading says"
            assert found.leaked(caplog.text + "".join(capfd.readouterr()), 0) == [], "what is logged"
        seed += 1
    assert set(seen) >= {"ok 0", "ok 1", "ok 2", "refused 0", "unclear 0"}, seen
    with capfd.disabled():
        print(f"\n{answers} answers, {seed - SEED} worlds, {dict(sorted(seen.items()))}")


def ask_everything(of: World, ours: Conversation, dice: random.Random, seen: Counter[str]) -> int:
    """How many were asked; what was said before in a place of this level is searched once."""
    drawn: set[tuple[Reply, int]] = set()
    count = 0
    for text, who, place in questions(of, dice):
        reply = ours.answer(Request(who, place, text, NOW))
        assert reply.status != "ok" or reply.level <= level(place)
        if (reply, level(place)) not in drawn:
            drawn.add((reply, level(place)))
            found = of.leaked(shown(reply, colour=not len(drawn) % 5), level(place))
            assert found == [], f"{text!r} by {who and who.role} in {place.name}"
        seen[f"{reply.status} {reply.level}"] += 1
        count += 1
    return count


def test_no_canary_is_in_a_digest(tmp_path: Path) -> None:
    for seed in range(SEED, SEED + max(3, ANSWERS // 1000)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        with world(f"sqlite:///{folder / 'bot.sqlite'}", folder, seed) as found, desk(found) as (_, facts):
            for channel in PARTNERSHIP.channels:
                reply = preview(facts, PARTNERSHIP, channel, NOW).reply
                assert reply.status == "ok"
                assert found.leaked(shown(reply), channel.level) == [], channel.id


def test_what_lists_say_does_not_hang_on_the_day_of_birth(tmp_path: Path) -> None:
    """The same children, each born some days later at the same age in years: below level 2 not one byte differs.

    Of one who turned 18 while missing, too: two days before the digest, or in the night just before it.
    """
    for seed in range(SEED, SEED + max(1, ANSWERS // 5000)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        with world(f"sqlite:///{folder / 'bot.sqlite'}", folder, seed) as found:
            first = below_details(found)
            later = tuple(birth + timedelta(days=1 + n % 3) for n, birth in enumerate(found.births))
            summaries = load(found.bot, seed, later, TAKEN + timedelta(seconds=1))
            assert all(s.changed for s in summaries[:2]), "the new dates were taken over"
            assert below_details(found) == first
            assert any(r in "".join(first) for r in found.references)


def below_details(of: World) -> list[str]:
    """What everybody is told everywhere but in private about one child."""
    lead = somebody("strategic_lead")
    asked = [t for name, each in texts(of.references[0]).items() if name != "child" for t in each]
    with desk(of) as (ours, facts):
        replies = [ours.answer(Request(lead, place, text, NOW)) for text in asked for place in (REFERENCES, COUNTS)]
        replies += [preview(facts, PARTNERSHIP, channel, NOW).reply for channel in PARTNERSHIP.channels]
    return [repr(reply) for reply in replies]


def test_the_search_finds_what_is_planted(tmp_path: Path) -> None:
    with world(f"sqlite:///{tmp_path / 'bot.sqlite'}", tmp_path, SEED) as found:
        birth, ref = found.births[3], found.references[0]
        for text in (
            NAMES[2],
            f"{birth}",
            f"{birth:%d/%m/%Y}",
            f"{birth.day} {birth:%B %Y}",
            "OCC700003",
            "semi_independent",
        ):
            assert all(found.leaked(f"· {text},", level) for level in (0, 1, 2)), text
        for text in ("14 years old", "WRK700003", "LAX700001"):
            assert [bool(found.leaked(text, level)) for level in (0, 1, 2)] == [True, True, False], text
        for text in (ref, ref.lower(), "OX-7QK4"):
            assert [bool(found.leaked(text, level)) for level in (0, 1, 2)] == [True, False, False], text
        assert len(found.references) == 16
