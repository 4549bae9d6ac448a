"""procrastinate's tables: in a schema of their own, kept in step with the package, and nothing of them on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, inspect, text

from bot.store.database import migrate, open_database, reading, rebuilding, writing
from bot.store.migrations import run
from bot.store.schema import procrastinate


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Engine]:
    engine = open_database(postgresql_url)
    yield engine
    engine.dispose()


def made(store: Engine) -> set[tuple[str, str]]:
    """Every column and function that stands in the schema."""
    what = (
        "SELECT table_name, column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = :s"
        " UNION SELECT 'function', p.oid::regprocedure::text || md5(prosrc) FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = :s"
        " UNION SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = :s"
    )
    with reading(store) as connection:
        return {(a, b) for a, b in connection.execute(text(what), {"s": procrastinate.SCHEMA})}


def test_they_stand_apart_from_ours(store: Engine) -> None:
    migrate(store)
    apart = set(inspect(store).get_table_names("procrastinate"))
    assert apart == {f"procrastinate_{name}" for name in ("jobs", "events", "workers", "periodic_defers")}
    assert not apart & set(inspect(store).get_table_names())
    with reading(store) as connection:
        assert connection.execute(text("SHOW search_path")).scalar_one() == '"$user", public'


def test_sqlite_has_none(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    migrate(engine)
    assert [t for t in inspect(engine).get_table_names() if "procrastinate" in t] == []
    engine.dispose()


def test_every_change_that_the_package_brings_is_known() -> None:
    """An upgrade of procrastinate that brings a file needs a migration of ours: see 0005_engine.py."""
    assert procrastinate.files()[-1].name == procrastinate.KNOWN


def test_tables_of_an_older_package_are_brought_up_to_date(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made by the package's first files, noted as such, and changed by its later ones: the same as made at once."""
    migrate(store)
    at_once = made(store)
    every = procrastinate.files()
    early = [f for f in every if f.name < "03.04"]
    with rebuilding(store) as connection:
        run.downgrade(connection, "0004")
        connection.execute(text(f"CREATE SCHEMA {procrastinate.SCHEMA}"))
        monkeypatch.setattr(procrastinate, "files", lambda: early)
        procrastinate._note(connection)
        with procrastinate._inside(connection):
            for file in early:
                procrastinate._run(connection, file)
    assert made(store) != at_once
    monkeypatch.setattr(procrastinate, "files", lambda: every)
    with writing(store) as connection:
        procrastinate.upgrade(connection)
    assert made(store) == at_once
    with writing(store) as connection:
        procrastinate.upgrade(connection)  # nothing is left to run
