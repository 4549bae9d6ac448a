"""Steps and absences in the tables, on both databases: compare-and-set, opened again, not as recorded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from sqlalchemy import Engine

from bot.rules.access.permissions import Away, Scope
from bot.rules.audit.chain import Entry
from bot.rules.effects import NotifyPerson, Overtaken, RecordAbsence, RecordStep
from bot.rules.interviews.state import View
from bot.rules.interviews.steps import CHANGED_MIND, InterviewKind, InterviewStep, Kind
from bot.rules.queries.digest_content import DIFFERENCES, gather, open_interviews
from bot.store.changes.record import record, record_absence
from bot.store.database import migrate, open_database, reading, writing
from bot.store.people_list import take_over
from bot.store.queries.chat_records import StoredChatRecords
from bot.store.queries.facts import StoredFacts
from tests.support.factories import NOW, hours, partnership, person
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import _interview_open
from tests.support.world import AREAS, World, world

KEY = b"k" * 32
SCOPES = (Scope(AREAS), Scope(("north", "south")))
DETAILS = {"attempt": "no_answer", "declined": "child", "not_possible": "in_custody", "reopened": "other"}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    migrate(engine)
    with writing(engine) as connection:
        take_over(connection, partnership().people)
    yield engine
    engine.dispose()


def take(of: int, version: int, kind: Kind = "offered", by: str = "w-1", **more: Any) -> RecordStep:
    return RecordStep(of, version, kind, NOW, NOW, by, **more)


def say(engine: Engine, *effects: Any) -> None:
    record(engine, KEY, Entry(NOW, "w-1", "council", "", "interview", "answered"), effects)


def said(engine: Engine, of: int = 1) -> tuple[InterviewStep, ...]:
    with reading(engine) as connection:
        return StoredChatRecords(connection).steps([of]).get(of, ())


@pytest.fixture
def stored(engine: Engine) -> World:
    found = world(1)
    with writing(engine) as connection:
        found.store(connection)
    return found


def test_a_step_is_kept_as_it_was_said(engine: Engine, stored: World) -> None:
    until = NOW + hours(2)
    say(engine, take(1, 0, "booked", until_at=until, to="w-2", detail="other"))
    (first,) = said(engine)
    assert first == InterviewStep(first.id, 1, "booked", NOW, NOW, "w-1", "w-2", until, "other", None)
    say(engine, take(1, first.id, "undone", undoes=first.id))
    assert [s.undoes for s in said(engine)] == [None, first.id]


def test_who_comes_second_learns_who_was_first(engine: Engine, stored: World) -> None:
    say(engine, take(1, 0, "declined", detail="child"))
    with pytest.raises(Overtaken, match="w-1 was first: declined by the child, said Wed 5 Jul 08:00"):
        say(engine, take(1, 0, "held", by="w-2"), NotifyPerson("w-2", "hand_over", "never told", NOW))
    assert len(said(engine)) == 1
    with reading(engine) as connection:
        assert StoredFacts(connection, partnership()).trail.notices("w-2") == []
    say(engine, take(2, 0, "held", by="w-2"))  # another interview's version is another matter


def test_of_an_episode_that_is_gone_nothing_is_said(engine: Engine, stored: World) -> None:
    for version in (0, 7):
        with pytest.raises(Overtaken, match="has changed meanwhile"):
            say(engine, take(99_999, version))


def test_of_many_at_once_one_is_recorded(engine: Engine, stored: World) -> None:
    def one(n: int) -> bool:
        try:
            say(engine, take(1, 0, "held", by=f"w-{n}"))
        except Overtaken:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(one, range(8))) == 1
    assert len(said(engine)) == 1


def test_one_person_is_told(engine: Engine, stored: World) -> None:
    say(engine, NotifyPerson("coordinator", "hand_over", "take it over", NOW))
    with reading(engine) as connection:
        (notice,) = StoredFacts(connection, partnership()).trail.notices("coordinator")
    assert (notice.kind, notice.text, notice.ref) == ("hand_over", "take it over", None)


# -- the same as in memory --


def with_steps(seed: int) -> World:
    """A world in which much was said, in any order: sense is for the rules, here it is the reading that counts."""
    found, dice = world(seed, children=150), random.Random(seed)
    owed = [x for x in found.facts.episodes if _interview_open(x, NOW, NOW - hours(24 * 900))]
    kinds: list[Kind] = [*get_args(InterviewKind), "on_it", "snoozed", "took_over", "undone"]
    siblings = {x.child_id: [o for o in owed if o.child_id == x.child_id] or [x] for x in found.facts.episodes}
    for number in range(1, 600):
        x = dice.choice(dice.choice((owed, found.facts.episodes)))
        kind = dice.choice(kinds)
        at = NOW - hours(dice.choice([0, 1, 5, 100, 24 * 27, 24 * 29]))
        mine = [s.id for s in found.facts.work.said if s.episode_id == x.id]
        if kind == "undone" and not mine:
            continue
        held = x.interview.held_at if kind == "held" and not dice.randrange(3) else None
        found.facts.work.said.append(
            InterviewStep(
                number,
                x.id,
                kind,
                held or at,
                at,
                dice.choice(("w-1", "w-2")),
                to=str(dice.choice(dice.choice((siblings[x.child_id], found.facts.episodes))).id) * (kind == "merged"),
                until_at=NOW + hours(dice.choice((-3, 30))) if kind in ("on_it", "snoozed", "booked") else None,
                detail=DETAILS.get(kind) or (dice.choice(("", CHANGED_MIND)) if kind == "accepted" else ""),
                undoes=mine[-1] if kind == "undone" else None,
            )
        )
    names = ("id", "episode_id", "kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")
    found.rows["step"] = [{n: getattr(s, n) for n in names} for s in found.facts.work.said]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_store_reads_as_the_rules_do(engine: Engine, seed: int) -> None:
    found = with_steps(seed)
    with writing(engine) as connection:
        found.store(connection)
    numbers = [x.id for x in found.facts.episodes]
    worker = replace(person("north-worker"), id="w-1")
    with reading(engine) as connection:
        facts, twin = StoredFacts(connection, partnership()), found.facts
        assert facts.work.steps(numbers) == twin.work.steps(numbers)
        assert list(facts.episodes_of(numbers[:9], NOW)) == list(twin.episodes_of(numbers[:9], NOW))
        for scope in SCOPES:
            for since in (None, NOW - hours(24 * 14)):
                assert list(facts.interviews_open(scope, NOW, since)) == list(twin.interviews_open(scope, NOW, since))
            assert open_interviews(facts, scope, NOW) == open_interviews(twin, scope, NOW)
            for now, view, first in product((NOW, NOW - timedelta(microseconds=1)), get_args(View), (0, 7)):
                asked = (scope, now, view, worker, first, 9)
                assert facts.interview_page(*asked) == twin.interview_page(*asked)
            window = (NOW - hours(24), NOW)
            theirs, ours = (gather(f, partnership(), scope, window, NOW) for f in (facts, twin))
            assert (theirs.interviews, theirs.declined) == (ours.interviews, ours.declined)
            assert theirs.elsewhere == ours.elsewhere
            for kind in DIFFERENCES:
                assert list(facts.differences(scope, kind, NOW)) == list(twin.differences(scope, kind, NOW))
        counted = {g.kind: g.count for g in facts.source_report(NOW).gaps if g.kind in DIFFERENCES}
        assert counted == {g.kind: g.count for g in twin.source_report(NOW).gaps if g.kind in DIFFERENCES}
        few = counted.pop("handed-over")
        assert min(few * 4, *counted.values()) > 9, "a world in which nothing differs would prove nothing"


def test_opened_again_is_listed_though_the_record_is_over(engine: Engine) -> None:
    found = world(2)
    county, long_ago = Scope(AREAS), NOW - hours(24 * 600)
    owed = found.facts.interviews_open(county, NOW, long_ago)
    died = found.facts.died([x.child_id for x in owed])
    over = [x for x in owed if x.interview.recorded_at and x.interview.recorded_at < NOW - hours(24 * 20)]
    closed = next(x for x in over if x.interview.held_at and x.child_id not in died)
    with writing(engine) as connection:
        found.store(connection)

    def listed() -> bool:
        with reading(engine) as connection:
            facts = StoredFacts(connection, partnership())
            return any(i.episode.id == closed.id for i in open_interviews(facts, county, NOW))

    assert not listed()
    say(engine, take(closed.id, 0, "reopened", detail="wrong_child"))
    assert listed()
    version = said(engine, closed.id)[-1].id
    say(engine, take(closed.id, version, "undone", undoes=version))
    assert not listed()


def test_what_was_said_lately_is_found_by_when_it_was_said(sqlite_url: str) -> None:
    """Not by reading all that was ever said."""
    engine = open_database(sqlite_url)
    migrate(engine)
    with reading(engine) as connection:
        query = "SELECT episode_id FROM step WHERE said_at > '2017' AND kind IN ('reopened', 'accepted')"
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert any("ix_step_said_at" in line for *_, line in plan), plan
    engine.dispose()


# -- away --


def test_absences_are_as_in_memory(engine: Engine) -> None:
    first = date(2017, 7, 5)
    dice, twin = random.Random(4), MemoryWork()
    for n in range(60):
        start = first + timedelta(days=dice.randrange(20))
        last = start + timedelta(days=dice.choice([0, 3, 9, -1]))
        person, cover = dice.choice(("w-1", "w-2")), dice.choice(("", "w-3"))
        effect = RecordAbsence(person, start, last, cover, "w-9", NOW + hours(n))
        twin.carry_out(effect)
        with writing(engine) as connection:
            record_absence(connection, effect)
        with reading(engine) as connection:
            stored = StoredChatRecords(connection)
            for day in (first + timedelta(days=d) for d in range(0, 30, 3)):
                assert dict(stored.away(day)) == dict(twin.away(day))
                assert list(stored.absences(day)) == list(twin.absences(day))


def test_of_absences_that_overlap_the_last_said_counts(engine: Engine) -> None:
    days = [date(2017, 7, n) for n in range(3, 9)]
    with writing(engine) as connection:
        record_absence(connection, RecordAbsence("w-1", days[0], days[5], "w-2", "w-1", NOW))
        record_absence(connection, RecordAbsence("w-1", days[2], days[3], "w-3", "w-1", NOW + hours(1)))
    with reading(engine) as connection:
        stored = StoredChatRecords(connection)
        assert stored.away(days[2])["w-1"] == Away("w-1", days[2], days[3], "w-3")
        assert stored.away(days[4])["w-1"].cover == "w-2"
