"""The trail in its table: gap-free whoever writes, refused to be changed, cut with a record, and read as it stands."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from bot.rules.audit.chain import Entry, Head
from bot.store import audit_chain
from bot.store.database import migrate, open_database, reading, rebuilding, writing
from bot.store.migrations import run
from bot.store.schema import triggers
from bot.store.schema.access import audit as table
from tests.support.factories import NOW

KEY = b"k" * 32


def entry(n: int, at: datetime | None = None) -> Entry:
    moment = at or NOW + timedelta(minutes=n)
    return Entry(moment, f"person-{n}", "council", "team_manager", "child", "answered", f"OX-{n:04}", 2, "private")


def write(engine: Engine, count: int, since: int = 0) -> None:
    with writing(engine) as connection:
        for n in range(since, since + count):
            audit_chain.append(connection, KEY, entry(n))


def faults(engine: Engine, *heads: Head, since: datetime | None = None) -> list[str]:
    with reading(engine) as connection:
        return [f.text for f in audit_chain.verdict(connection, KEY, [*heads], since).faults]


def rows(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def head(engine: Engine) -> Head:
    with reading(engine) as connection:
        found = audit_chain.head(connection, KEY, NOW)
    assert found is not None
    return found


def test_what_was_appended_is_verified_from_the_table(engine: Engine) -> None:
    write(engine, 30)
    with reading(engine) as connection:
        verdict = audit_chain.verdict(connection, KEY, [])
        found = list(audit_chain.entries(connection, NOW + timedelta(minutes=10), NOW + timedelta(minutes=12)))
    assert (verdict.faults, verdict.rows) == ((), 30)
    assert found == [(11, entry(10)), (12, entry(11))]


def test_an_empty_trail_has_no_fault_and_no_head(engine: Engine) -> None:
    assert faults(engine) == []
    assert faults(engine, since=NOW) == []
    with reading(engine) as connection:
        assert audit_chain.head(connection, KEY, NOW) is None


def test_a_part_since_a_day(engine: Engine) -> None:
    write(engine, 30)
    kept = head(engine)
    write(engine, 5, since=30)
    for since in (NOW - timedelta(days=1), NOW + timedelta(minutes=20), NOW + timedelta(days=1)):
        assert faults(engine, kept, since=since) == []


GUARDED = (
    "UPDATE audit SET reason = 'none' WHERE seq = 3",
    "UPDATE audit SET seq = 900 WHERE seq = 10",
    "UPDATE audit SET mac = mac",
    "DELETE FROM audit WHERE seq = 3",
    "DELETE FROM audit WHERE seq = 10",
    "DELETE FROM audit",
    "UPDATE audit_cut SET seq = 9",
    "DELETE FROM audit_cut",
    "INSERT INTO audit_cut SELECT 2, mac, at, mac FROM audit WHERE seq = 3",
    "INSERT INTO audit_cut SELECT 99, mac, at, mac FROM audit WHERE seq = 10",
)
COLUMNS = "at, who, agency, role, action, subject, level, place, reason, outcome, prev, mac"
INSERTS = tuple(
    f"INSERT INTO audit (seq, {COLUMNS}) SELECT {seq}, {COLUMNS} FROM audit WHERE seq = 9"  # noqa: S608
    for seq in (0, -1, 1, 4, 9, 10, 13, 1000)
)
OF_SQLITE = (
    *(i.replace("INSERT", f"INSERT OR {how}") for i in INSERTS for how in ("REPLACE", "IGNORE", "FAIL", "ROLLBACK")),
    *(i.replace("INSERT", "REPLACE") for i in INSERTS),
    "UPDATE OR REPLACE audit SET seq = 4 WHERE seq = 5",
    *(f"{i} ON CONFLICT (seq) DO UPDATE SET reason = 'none'" for i in INSERTS),
    "REPLACE INTO audit_cut SELECT 2, mac, at, mac FROM audit WHERE seq = 5",
)
OF_POSTGRESQL = (
    "TRUNCATE audit",
    "TRUNCATE audit_cut",
    "TRUNCATE audit, audit_cut CASCADE",
    *(f"{i} ON CONFLICT (seq) DO UPDATE SET reason = 'none'" for i in INSERTS),
    "CREATE TEMPORARY TABLE audit_cut AS SELECT 99 AS seq; DELETE FROM public.audit",
    "CREATE TEMPORARY TABLE audit AS SELECT 12 AS seq; "  # noqa: S608 - our own names
    f"INSERT INTO public.audit (seq, {COLUMNS}) SELECT 13, {COLUMNS} FROM public.audit WHERE seq = 9",
)


def guarded(engine: Engine) -> Iterator[str]:
    yield from (*GUARDED, *INSERTS, *(OF_SQLITE if engine.dialect.name == "sqlite" else OF_POSTGRESQL))


def ten_rows_and_a_cut(engine: Engine) -> Head:
    """Rows 3 to 10, and the 11th that says so."""
    write(engine, 10)
    with writing(engine) as connection:
        assert audit_chain.cut(connection, KEY, NOW + timedelta(minutes=2), NOW) == 2
    return head(engine)


def refused(engine: Engine, statement: str) -> bool:
    try:
        with writing(engine) as connection:
            for part in statement.split(";"):
                connection.execute(text(part))
    except DBAPIError as fault:
        return "only ever added" in str(fault.orig)
    return False


def test_rows_are_only_ever_added(engine: Engine) -> None:
    """By the owner of the tables too: nobody changes a row by mistake."""
    before = ten_rows_and_a_cut(engine)
    untouched = [s for s in guarded(engine) if not refused(engine, s)]
    assert untouched == []
    assert head(engine) == before
    assert faults(engine, before) == []


def test_replace_is_refused_with_and_without_recursive_triggers(sqlite_url: str) -> None:
    """REPLACE removes the old row first, and asks the DELETE trigger only if recursive_triggers is on."""
    engine = open_database(sqlite_url)
    migrate(engine)
    before = ten_rows_and_a_cut(engine)
    for recursive in ("ON", "OFF"):
        bare = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
        bare.execute(f"PRAGMA recursive_triggers = {recursive}")
        for statement in (*INSERTS, *OF_SQLITE):
            with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
                bare.execute(statement)
        bare.close()
    assert faults(engine, before) == []
    engine.dispose()


def test_a_guard_that_is_gone_is_told_of(engine: Engine) -> None:
    with reading(engine) as connection:
        assert triggers.missing(connection) == []
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER audit_never_changed"))
            connection.execute(text("DROP TRIGGER audit_never_removed"))
            connection.execute(text("CREATE TRIGGER audit_never_removed BEFORE DELETE ON audit BEGIN SELECT 1; END"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_guarded"))
            connection.execute(text("DROP TRIGGER audit_never_emptied ON audit"))
    with reading(engine) as connection:
        assert len(triggers.missing(connection)) == 2


def test_a_guard_whose_function_does_nothing_is_told_of(postgresql_url: str) -> None:
    engine = open_database(postgresql_url)
    migrate(engine)
    harmless = "CREATE OR REPLACE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$"
    with writing(engine) as connection:
        connection.execute(text(harmless))
        assert len(triggers.missing(connection)) == 4
    engine.dispose()


def test_guards_go_with_their_tables(engine: Engine) -> None:
    write(engine, 3)
    for _ in range(2):
        with rebuilding(engine) as connection:
            run.downgrade(connection, "0001")
        migrate(engine)
    write(engine, 3)
    assert faults(engine) == []


def test_what_is_cut_leaves_a_record_and_a_chain_that_is_verified(engine: Engine) -> None:
    write(engine, 10)
    kept = head(engine)
    with writing(engine) as connection:
        assert audit_chain.cut(connection, KEY, NOW + timedelta(minutes=4), NOW) == 4
        assert audit_chain.cut(connection, KEY, NOW + timedelta(minutes=4), NOW) == 0
    assert rows(engine) == 7  # and the row that says so
    assert faults(engine, kept, head(engine)) == []
    with writing(engine) as connection:
        assert audit_chain.cut(connection, KEY, NOW + timedelta(minutes=7), NOW) == 3
    write(engine, 2, since=10)
    assert faults(engine, kept, head(engine)) == []


def test_a_row_that_stays_keeps_those_after_it(engine: Engine) -> None:
    """A clock that was put back leaves older times behind newer ones: the chain is cut at one place all the same."""
    with writing(engine) as connection:
        for minutes in (1, 9, 2, 3):
            audit_chain.append(connection, KEY, entry(minutes))
        assert audit_chain.cut(connection, KEY, NOW + timedelta(minutes=5), NOW) == 1
    assert faults(engine) == []


def test_everything_may_be_cut(engine: Engine) -> None:
    write(engine, 10)
    with writing(engine) as connection:
        assert audit_chain.cut(connection, KEY, NOW + timedelta(days=1), NOW) == 10
    assert rows(engine) == 1
    write(engine, 3)
    assert faults(engine, head(engine)) == []
    assert head(engine).seq == 14


def test_a_cut_that_fails_leaves_everything(engine: Engine) -> None:
    write(engine, 10)
    with engine.connect() as connection:
        begun = connection.begin()
        assert audit_chain.cut(connection, KEY, NOW + timedelta(minutes=4), NOW) == 4
        begun.rollback()
    assert rows(engine) == 10
    assert faults(engine) == []


def test_eight_threads_leave_no_gap(engine: Engine) -> None:
    problems: list[BaseException] = []

    def add() -> None:
        try:
            for n in range(15):
                with writing(engine) as connection:
                    audit_chain.append(connection, KEY, entry(n))
                if n % 5 == 0:
                    roll_back(engine)
        except BaseException as fault:
            problems.append(fault)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert rows(engine) == 120
    assert faults(engine) == []


def roll_back(engine: Engine) -> None:
    """A row that was never committed: its number is the next one's."""
    with engine.connect() as connection:
        begun = connection.begin()
        audit_chain.append(connection, KEY, entry(99))
        begun.rollback()


APPENDS = """
import sys
from datetime import UTC, datetime
from bot.rules.audit.chain import Entry
from bot.store import audit_chain
from bot.store.database import open_database, writing
engine = open_database(sys.argv[1])
for n in range(int(sys.argv[2])):
    with writing(engine) as connection:
        entry = Entry(datetime.now(UTC), str(n), "", "", "child", "done")
        audit_chain.append(connection, bytes.fromhex(sys.argv[3]), entry)
    print(n, flush=True)
"""
ROOT = Path(__file__).parent.parent.parent


def appending(url: str, count: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", APPENDS, url, str(count), KEY.hex()]
    return subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT)


def test_two_processes_leave_no_gap(engine: Engine, database_url: str) -> None:
    processes = [appending(database_url, 40) for _ in range(2)]
    for process in processes:
        process.communicate(timeout=60)
    assert [p.returncode for p in processes] == [0, 0]
    assert rows(engine) == 80
    assert faults(engine) == []


def test_a_process_that_is_killed_leaves_a_chain_that_is_verified(engine: Engine, database_url: str) -> None:
    with appending(database_url, 10_000) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 20:
                os.kill(process.pid, signal.SIGKILL)
                break
    assert rows(engine) > 20
    write(engine, 1)
    assert faults(engine) == []


@pytest.fixture
def service(postgresql_url: str) -> Iterator[str]:
    """The address of a service user who owns nothing, on tables that somebody else has made."""
    owner = open_database(postgresql_url)
    migrate(owner)
    bare = postgresql_url.replace("+psycopg", "")
    with psycopg.connect(bare, autocommit=True) as connection:
        connection.execute('DROP ROLE IF EXISTS "bot service"')
        connection.execute('CREATE ROLE "bot service" LOGIN')
    with writing(owner) as opened:
        triggers.apply(opened, triggers.grants(opened, "bot service"))
    owner.dispose()
    yield postgresql_url.replace("postgres@", "bot%20service@")
    with psycopg.connect(bare, autocommit=True) as connection:
        connection.execute('DROP OWNED BY "bot service"; DROP ROLE "bot service"')


DENIED = (
    "UPDATE audit SET reason = 'none'",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "DROP TABLE audit",
    "ALTER TABLE audit ADD COLUMN more text",
    "ALTER TABLE audit DISABLE TRIGGER audit_guarded",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_guarded ON audit",
    "CREATE OR REPLACE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
    "DROP FUNCTION audit_guard() CASCADE",
    "CREATE RULE away AS ON INSERT TO audit DO INSTEAD NOTHING",
    "CREATE TABLE other (n int)",
    "CREATE INDEX other ON audit (reason)",
    "ALTER TABLE audit OWNER TO CURRENT_USER",
    "SET session_replication_role = replica",
    "SET ROLE postgres",
    "INSERT INTO audit_cut SELECT seq, mac, at, mac FROM audit WHERE seq = 5",
    "UPDATE audit_cut SET seq = 1",
    "DELETE FROM audit_cut",
    "TRUNCATE audit_cut",
    "DROP TABLE child CASCADE",
    "ALTER TABLE person ADD COLUMN more text",
    "UPDATE alembic_version SET version_num = '0001'",
    "INSERT INTO audit (seq) VALUES (DEFAULT)",
)


def test_the_services_user_may_only_add(service: str) -> None:
    engine = open_database(service)
    write(engine, 10)
    before = head(engine)
    for statement in DENIED:
        denied = "permission denied|must be owner|must be able|only ever added"
        with pytest.raises(DBAPIError, match=denied), writing(engine) as connection:
            connection.exec_driver_sql(statement)
    assert [s for s in INSERTS if not refused(engine, s)] == []
    with reading(engine) as connection:
        assert triggers.unbound(connection) == ""
        assert triggers.missing(connection) == []
    with pytest.raises(DBAPIError, match="permission denied"), writing(engine) as connection:
        audit_chain.cut(connection, KEY, NOW + timedelta(days=1), NOW)
    assert faults(engine, before) == []
    engine.dispose()


def test_who_is_not_bound_by_grants_is_told_of(service: str, postgresql_url: str) -> None:
    engine = open_database(postgresql_url)
    with reading(engine) as connection:
        assert triggers.unbound(connection) == "it is a superuser"
        assert triggers.unbound(connection, "bot service") == ""
        assert triggers.unbound(connection, "nobody here") == "there is no such user"
    engine.dispose()
