"""What the store reads back of people's asking is what was recorded, on both databases, whoever writes beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.rules.audit.chain import Entry
from bot.rules.effects import (
    Alarm,
    Effect,
    LockLookUps,
    NotifyRole,
    OpenBreakGlass,
    Overtaken,
    ReviewBreakGlass,
    SeeNotices,
)
from bot.rules.partnership.partnership import Person
from bot.rules.queries.facts import Notice
from bot.store import people_list
from bot.store.changes import record
from bot.store.database import Database, migrate, open_database, reading, writing
from bot.store.queries.audit_trail import StoredTrail
from bot.store.schema.records import child
from tests.support.factories import NOW, hours, partnership, person, reference, somebody
from tests.support.memory_trail import MemoryTrail

KEY = bytes(32)
REF = reference(2)
LISTED = (
    *(person(name) for name in ("lead", "admin", "north-worker")),
    replace(somebody("strategic_lead", "north"), agency="police"),
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Database]:
    engine = open_database(database_url)
    migrate(engine)
    with writing(engine) as connection:
        for each in LISTED:
            people_list.add(connection, each)
            for held in each.roles:
                people_list.hold(connection, each.id, held, "test", NOW)
    yield engine
    engine.dispose()


def entry(at: datetime = NOW, who: str = "north-worker", outcome: str = "answered", subject: str = REF) -> Entry:
    return Entry(at, who, "council", "allocated_worker", "child", outcome, subject)


def glass(at: datetime = NOW, who: str = "north-worker", ref: str = REF, most: int = 3) -> OpenBreakGlass:
    return OpenBreakGlass(who, ref, "south", "why not", at, at + hours(0.5), most)


def lead_hears(area: str = "north") -> NotifyRole:
    return NotifyRole("strategic_lead", "break_glass", "look", NOW, REF, area)


def history() -> list[tuple[Entry, Sequence[Effect]]]:
    """An invented day: looks, misses, a lock, reviews, an alarm, notices."""
    return [
        (entry(NOW - hours(5)), [glass(NOW - hours(5)), lead_hears()]),
        (entry(NOW - hours(4), outcome="not_found"), []),
        (entry(NOW - hours(3)), [glass(NOW - hours(3), ref=reference(3)), lead_hears("south")]),
        (entry(NOW - hours(2), "lead", "done", REF), [ReviewBreakGlass(1, "lead", "justified", NOW - hours(2))]),
        (
            entry(NOW - hours(1), "bot", "done", REF),
            [Alarm(2, NOW - hours(1)), NotifyRole("system_admin", "alarm", "!", NOW)],
        ),
        (entry(NOW - hours(0.2), "south-worker", "not_found"), []),
        (entry(NOW - hours(0.1), "south-worker", "not_found"), [LockLookUps("south-worker", NOW, NOW + hours(1))]),
        (entry(NOW, "south-worker", "locked", ""), []),
        (entry(NOW), [glass(NOW)]),
        (entry(NOW, "lead", "answered", ""), [SeeNotices((1,), NOW)]),
    ]


def without_numbers(found: Sequence[Notice]) -> list[tuple[str, str | None]]:
    return [(n.kind, n.ref) for n in found]


def test_the_store_reads_what_memory_reads(engine: Database) -> None:
    memory = MemoryTrail(people=LISTED)
    for each, effects in history():
        memory.record(each, effects)
        record.record(engine, KEY, each, effects)
    with reading(engine) as connection:
        stored = StoredTrail(connection)
        for since in (NOW - hours(24), NOW - hours(3), NOW - hours(0.15), NOW, NOW + hours(1)):
            assert list(stored.about(REF, since)) == list(memory.about(REF, since))
            assert list(stored.opened_between(since, NOW)) == list(memory.opened_between(since, NOW))
            assert list(stored.tallies(since, NOW + hours(9))) == list(memory.tallies(since, NOW + hours(9)))
            for who in ("north-worker", "south-worker", "lead", "nobody"):
                assert list(stored.own(who, since)) == list(memory.own(who, since))
                assert stored.misses(who, since) == memory.misses(who, since)
                assert stored.refused(who, "locked", since) == memory.refused(who, "locked", since)
                assert stored.opened_since(who, since) == memory.opened_since(who, since)
        for who in ("north-worker", "south-worker"):
            for now in (NOW - hours(5), NOW, NOW + hours(0.4), NOW + hours(2)):
                assert stored.locked_until(who, now) == memory.locked_until(who, now)
                assert stored.opened(who, REF, now) == memory.opened(who, REF, now)
                assert list(stored.all_opened(who, now)) == list(memory.all_opened(who, now))
        assert list(stored.waiting()) == list(memory.waiting())
        assert [stored.glass(n) for n in range(5)] == [memory.glass(n) for n in range(5)]
        assert list(stored.listed()) == list(memory.listed())
        for each_person in LISTED:
            assert without_numbers(stored.notices(each_person.id)) == without_numbers(memory.notices(each_person.id))


def test_an_area_without_a_lead_in_an_agency_is_told_to_administrators_without_a_reference(engine: Database) -> None:
    record.record(engine, KEY, entry(), [lead_hears("south")])
    with reading(engine) as connection:
        (notice,) = StoredTrail(connection).notices("admin")
    assert (notice.kind, notice.ref) == ("vacant", None)
    assert notice.text == "Nobody of police holds the role strategic lead, so nobody there was told (break glass)."


def test_what_changes_nothing_records_nothing(engine: Database) -> None:
    record.record(engine, KEY, entry(), [glass(), ReviewBreakGlass(1, "lead", "justified", NOW)])
    for effect in (ReviewBreakGlass(1, "other", "not_justified", NOW), Alarm(1, NOW)):
        with pytest.raises(Overtaken):
            record.record(engine, KEY, entry(), [NotifyRole("system_admin", "other", "x", NOW), effect])
    with reading(engine) as connection:
        stored = StoredTrail(connection)
        assert len(stored.about(REF, NOW)) == 1
        assert not stored.notices("admin")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_of_many_at_once_no_more_than_may_be_are_opened(database: str, request: pytest.FixtureRequest) -> None:
    """Each was asked while none was open yet; only where they are written can they be counted."""
    engine = open_database(str(request.getfixturevalue(f"{database}_url")))
    migrate(engine)

    def opened(n: int) -> bool:
        try:
            record.record(engine, KEY, entry(), [glass(NOW + timedelta(seconds=n), ref=reference(n))])
        except Overtaken:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(opened, range(8))) == 3
    with reading(engine) as connection:
        assert len(StoredTrail(connection).waiting()) == 3
    engine.dispose()


def test_a_lock_that_was_lifted_forgets_the_misses_before_it(engine: Database) -> None:
    """Also where it is lifted by a clock years away from the one it was set by (a practice partnership)."""
    at = [NOW - timedelta(seconds=n) for n in range(10, 0, -1)]
    for moment in at[:-1]:
        record.record(engine, KEY, entry(moment, outcome="not_found"), [])
    lock = LockLookUps("north-worker", at[-1], NOW + hours(1))
    record.record(engine, KEY, entry(at[-1], outcome="not_found"), [lock])
    with writing(engine) as connection:
        assert StoredTrail(connection).locked_until("north-worker", NOW)
        assert people_list.unlock(connection, "north-worker")
        assert not people_list.unlock(connection, "north-worker"), "nothing is locked any more"
        assert StoredTrail(connection).locked_until("north-worker", NOW) is None
        assert StoredTrail(connection).misses("north-worker", NOW - hours(1)) == 0
    record.record(engine, KEY, entry(NOW, outcome="not_found"), [])
    with reading(engine) as connection:
        assert StoredTrail(connection).misses("north-worker", NOW - hours(1)) == 1


def test_the_child_that_stands_in_is_the_same_for_the_same_words(engine: Database) -> None:
    with reading(engine) as connection:
        assert StoredTrail(connection).stand_in("OX-7QK4") is None
    with writing(engine) as connection:
        connection.execute(child.insert(), [{"id": n, "ref": reference(n)} for n in (1, 2, 5, 9)])
    refs = {reference(n) for n in (1, 2, 5, 9)}
    with reading(engine) as connection:
        stored = StoredTrail(connection)
        found = [stored.stand_in(reference(n)) for n in range(1000, 1100)]
        assert found == [stored.stand_in(reference(n)) for n in range(1000, 1100)]
    assert set(found) == refs


def test_people_are_read_as_they_are_now(engine: Database) -> None:
    with reading(engine) as connection:
        listed: Sequence[Person] = StoredTrail(connection).listed()
    assert {p.id for p in listed} == {p.id for p in LISTED}
    assert partnership().person("lead") in listed
