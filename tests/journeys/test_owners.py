"""One rule says who owns an interview: reminders, lists, home and digest agree on every interview of random worlds."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import update

from bot.conversation.command import PRIVATE, Request
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.reply import Reply, Row
from bot.jobs import reminders
from bot.messages.reminder import whose
from bot.rules.access.permissions import Scope
from bot.rules.effects import RecordStep
from bot.rules.reminders.due import OpenCase, Staff, due
from bot.store.database import reading, writing
from bot.store.people_list import everybody
from bot.store.queries.facts import StoredFacts
from bot.store.schema.access import person as people
from tests.support.asking import COMMANDS, section, table, value
from tests.support.factories import at, partnership, person
from tests.support.job_scene import Scene, scene
from tests.support.world import AREAS, stored_rows, world

MORNING = at("Wed 5 Jul 2017 08:30")


@pytest.fixture
def bot(database_url: str) -> Iterator[Scene]:
    with scene(database_url) as found:
        yield found


@contextmanager
def facts(bot: Scene) -> Iterator[StoredFacts]:
    with reading(bot.database) as connection:
        yield StoredFacts(connection, partnership().with_people(everybody(connection)))


def ask(bot: Scene, text: str, *, export: bool = False) -> Reply:
    with facts(bot) as found:
        ours = Dispatcher(found.partnership, tuple(COMMANDS.values()), lambda: facts(bot))
        asked = Request(person("coordinator"), PRIVATE, text, bot.now, export=export)
        return ours.dispatch(asked).reply


@pytest.mark.parametrize("seed", range(3))
def test_every_place_says_the_same_of_every_interview(bot: Scene, seed: int) -> None:
    dice, found = random.Random(seed), world(seed, children=400, episodes=400)
    found.rows["source_load"] = stored_rows((), MORNING)["source_load"]
    with writing(bot.database) as connection:
        found.store(connection)
        connection.execute(update(people).where(people.c.id == "south-worker").values(active=False))
    bot.now = MORNING
    takers = dict.fromkeys(dice.sample([x.id for x in found.facts.episodes], 120), "")
    for number in takers:
        takers[number] = dice.choice(("north-worker", "south-worker", "gone-1"))
        bot.say(RecordStep(number, 0, "took_over", MORNING, MORNING, takers[number]))

    with facts(bot) as stored:
        rows = stored.interview_page(Scope(AREAS), MORNING, "open", None, 0, 1000).rows
    # By hand: of the workers of these worlds only W-N01 is listed and active.
    workers = {x.id: x.interview.worker for x in found.facts.episodes}
    owned = {n for n in workers if (takers[n] == "north-worker" if n in takers else workers[n] == "W-N01")}
    unowned = {i.episode.id for i in rows if i.undone and i.episode.id not in owned}
    shapes = {(n in takers, bool(workers[n])) for n in unowned}
    assert shapes == {(True, True), (True, False), (False, True), (False, False)}, "every way to have no owner"

    assert {i.episode.id for i in rows if i.unowned} == unowned
    assert value(ask(bot, "interviews", export=True), "Interviews with no owner") == len(unowned)
    assert f" {len(unowned)} with no owner" in ask(bot, "interviews").text[0]
    listed = table(ask(bot, "interviews", export=True), "Return interviews").rows
    assert [str(row[6]).startswith("nobody") for row in listed] == [i.episode.id not in owned for i in rows]
    assert section(ask(bot, "home"), "My team") == (
        f"Whole county · {len(unowned)} with no owner · {sum(i.overdue for i in rows)} overdue · of {len(rows)} open",
    )
    assert any(f" · {len(unowned)} no owner · " in line for line in ask(bot, "today").text)

    bot.tick(reminders.JOB)
    told: dict[int, str] = {}
    for kept in bot.chat.messages:
        for row in (line for line in kept.message.reply.text if isinstance(line, Row)):
            for b in row.buttons:
                if named := re.search(r"#(\d+)", b.command):
                    told[int(named[1])] = row
    told = {n: line for n, line in told.items() if "the placing authority" not in line}  # theirs has no owner here
    assert len(told) > 5, "a message shows but the first of many"
    unowned_words = ("no owner", "nobody owns it")
    assert {n for n, line in told.items() if any(w in line for w in unowned_words)} == told.keys() - owned
    with facts(bot) as stored:
        staff = Staff(stored.partnership, {}, ("offline",), MORNING)
        nudges = [n for i in rows for n in due(OpenCase(i, i.standing), staff, MORNING).nudges]
        said = ((n.interview.episode.id, whose(n, stored.partnership)) for n in nudges)
        words = {(number, any(w in who for w in unowned_words)) for number, who in said}
    assert len(words) > 10
    assert words == {(n, n not in owned) for n, _ in words}
