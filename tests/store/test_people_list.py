"""Changes of people on both databases: with their row of the record, alone, and one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select

from bot.rules.access.permissions import Change, Enter, GiveRole, Link, Switch, TakeRole, Unlock
from bot.rules.audit.chain import after
from bot.rules.partnership.partnership import HeldRole, Person
from bot.store import people_list
from bot.store.audit_chain import append
from bot.store.database import migrate, open_database, reading, writing
from bot.store.people_list import Changing, Made, trying
from bot.store.queries.audit_trail import StoredTrail
from bot.store.schema import access
from tests.support.factories import NOW, partnership

KEY = bytes(32)
ADMIN = Person("adm-1", "council", "system_admin")
OTHER = Person("adm-2", "police", "system_admin")
WORKER = Person("w-1", "council", "allocated_worker", ("north",), worker_code="W-1", expires=date(2017, 9, 1))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    migrate(engine)
    with writing(engine) as connection:
        people_list.take_over(connection, (ADMIN, OTHER, WORKER))
    yield engine
    engine.dispose()


def make(engine: Engine, change: Change, by: str | None = "adm-1", action: str = "people", at: datetime = NOW) -> Made:
    with writing(engine) as connection:
        return Changing(connection, KEY, partnership(), by, at).make(change, action)


def found(engine: Engine, person_id: str) -> Person | None:
    with reading(engine) as connection:
        return people_list.find(connection, "id", person_id)


def recorded(engine: Engine) -> list[tuple[str, str, str, str]]:
    row = access.audit
    with reading(engine) as connection:
        query = select(row.c.who, row.c.subject, row.c.outcome, row.c.reason).order_by(row.c.seq)
        return [tuple(r) for r in connection.execute(query)]


def test_each_change_is_stored_as_it_was_decided(engine: Engine) -> None:
    changes: tuple[Change, ...] = (
        Enter("w-2", "police", "duty_inspector", worker_code="W-2"),
        GiveRole("w-2", "analyst", (), date(2017, 12, 1)),
        GiveRole("w-2", "analyst", ("north",), date(2017, 12, 2)),
        Link("w-2", "U2", "29:2"),
        TakeRole("w-2", "duty_inspector"),
        Switch("w-2", False),
        Switch("w-2", True),
        Link("w-2", ""),
        TakeRole("w-2"),
    )
    for minute, change in enumerate(changes):
        made = make(engine, change, at=NOW + timedelta(minutes=minute))
        assert (made.outcome, made.after) == ("done", found(engine, "w-2")), change
    assert [row[:3] for row in recorded(engine)] == [("adm-1", "w-2", "done")] * len(changes)


def test_an_account_of_teams_is_found_however_its_id_was_written(engine: Engine) -> None:
    make(engine, Link("w-1", "", "0F8FAD5B-D9CB-469F-A165-70867728950E"))
    with reading(engine) as connection:
        person = people_list.find(connection, "teams_id", "0f8fad5b-d9cb-469f-a165-70867728950e")
    assert person is not None
    assert person.id == "w-1"


def test_a_role_that_stays_keeps_who_granted_it_and_when(engine: Engine) -> None:
    make(engine, GiveRole("w-1", "analyst"), at=NOW + timedelta(days=1))
    held = access.role_held
    with reading(engine) as connection:
        query = select(held.c.role, held.c.granted_by).where(held.c.person_id == "w-1")
        by = {role: granted for role, granted in connection.execute(query)}
    assert by == {"allocated_worker": "partnership file", "analyst": "adm-1"}


def test_what_changes_nothing_is_not_recorded(engine: Engine) -> None:
    assert make(engine, Switch("w-1", True)).outcome == "unchanged"
    assert make(engine, Unlock("w-1")).outcome == "unchanged"
    assert recorded(engine) == []


def test_a_refused_attempt_changes_nothing_and_is_recorded(engine: Engine) -> None:
    assert make(engine, GiveRole("adm-1", "strategic_lead")).outcome == "refused"
    assert make(engine, GiveRole("w-1", "strategic_lead"), by="w-1").outcome == "refused"
    assert make(engine, Enter("Jane Smith", "council"), by=None).outcome == "refused"
    assert make(engine, GiveRole("Jane Smith", "analyst"), by="Jane Smith").outcome == "refused"
    assert (found(engine, "adm-1"), found(engine, "w-1"), found(engine, "Jane Smith")) == (ADMIN, WORKER, None)
    assert recorded(engine) == [
        ("adm-1", "adm-1", "own_roles", "role strategic_lead"),
        ("w-1", "w-1", "not_administrator", "role strategic_lead"),
        ("terminal", "", "not_administrator", ""),
        ("terminal", "", "not_administrator", "role analyst"),
    ]


def test_a_change_and_its_row_are_one(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("bot.store.audit_chain.append", full)
    with pytest.raises(OSError, match="disk full"):
        make(engine, Switch("w-1", False))
    assert found(engine, "w-1") == WORKER
    monkeypatch.undo()
    assert append.__module__ == "bot.store.audit_chain"
    assert make(engine, Switch("w-1", False)).outcome == "done"


def test_rows_stand_in_the_chain(engine: Engine) -> None:
    for change in (Link("w-1", "U1"), Link("w-1", "U2"), TakeRole("adm-1")):
        make(engine, change)
    with reading(engine) as connection:
        entries = StoredTrail(connection).own("adm-1", NOW)
        rows = connection.execute(select(access.audit.c.seq, access.audit.c.mac).order_by(access.audit.c.seq)).all()
    last = None
    for entry, row in zip(reversed(entries), rows, strict=True):
        last = after(KEY, last, entry)[0], after(KEY, last, entry).mac
        assert last == (row.seq, row.mac)


def test_a_lock_is_taken_away(engine: Engine) -> None:
    lock = {"person_id": "w-1", "locked_at": NOW, "until_at": NOW + timedelta(hours=1)}
    with writing(engine) as connection:
        connection.execute(insert(access.look_up_lock).values(**lock))
    assert make(engine, Unlock("w-1"), by="w-1").outcome == "refused"
    assert make(engine, Unlock("w-1"), action="people unlock").outcome == "done"
    with reading(engine) as connection:
        assert StoredTrail(connection).locked_until("w-1", NOW) is None
    assert recorded(engine)[-1] == ("adm-1", "w-1", "done", "")


def test_a_try_leaves_nothing_behind(engine: Engine) -> None:
    with trying(engine) as connection:
        changing = Changing(connection, KEY, partnership(), "adm-1", NOW)
        assert changing.make(Switch("w-1", False), "people").outcome == "done"
        assert changing.make(Switch("w-1", False), "people").outcome == "unchanged", "each sees the one before"
    assert (found(engine, "w-1"), recorded(engine)) == (WORKER, [])


def test_of_two_who_take_each_others_role_at_once_one_stays(engine: Engine) -> None:
    """Read, then write: without waiting for one another both would be gone, and nobody could let them in again."""
    ready, results = threading.Barrier(2), {}

    def take(by: str, whom: str) -> None:
        ready.wait()
        results[by] = make(engine, TakeRole(whom), by=by).outcome

    for _ in range(5):
        threads = [threading.Thread(target=take, args=pair) for pair in (("adm-1", "adm-2"), ("adm-2", "adm-1"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results.values()) == ["done", "refused"]
        winner = next(by for by, outcome in results.items() if outcome == "done")
        loser = "adm-2" if winner == "adm-1" else "adm-1"
        assert make(engine, GiveRole(loser, "system_admin"), by=winner).outcome == "done"


def test_roles_are_held_as_they_were_given(engine: Engine) -> None:
    given = (HeldRole("team_manager", ("north", "south"), date(2018, 1, 1)), HeldRole("analyst", (), date(2017, 8, 1)))
    for held in given:
        make(engine, GiveRole("w-1", held.role, held.areas, held.expires))
    assert {*(getattr(found(engine, "w-1"), "roles", ()))} == {*WORKER.roles, *given}
