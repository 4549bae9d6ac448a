"""Opening and migrating: the same tables on both databases, in one step or none."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import OperationalError

from bot.store import database
from bot.store.database import DatabaseError, is_migrated, migrate, open_database, reading, writing
from bot.store.migrations import run
from bot.store.schema.records import metadata
from tests.support.installation import server_of


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def test_migrating_makes_exactly_the_tables_of_the_program(engine: Engine) -> None:
    assert not is_migrated(engine)
    migrate(engine)
    assert is_migrated(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_new_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "bot.sqlite"
    for mode in (0o600, 0o640):  # new, and then as somebody has changed it
        engine = open_database(f"sqlite:///{file}")
        migrate(engine)
        beside = [stat.S_IMODE(f.stat().st_mode) for f in file.parent.iterdir()]
        engine.dispose()
        assert len(beside) > 1  # the write-ahead log holds the same facts
        assert set(beside) == {mode}
        file.chmod(0o640)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    migrate(engine)
    assert is_migrated(engine)


def test_every_migration_can_be_taken_back(engine: Engine) -> None:
    migrate(engine)
    with writing(engine) as connection:
        run.downgrade(connection, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(engine)
    assert is_migrated(engine)


def test_a_migration_that_fails_leaves_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run.upgrade

    def upgrade_then_fail(connection: object) -> None:
        whole(connection)  # type: ignore[arg-type]
        raise RuntimeError("the power went")

    monkeypatch.setattr(run, "upgrade", upgrade_then_fail)
    with pytest.raises(RuntimeError, match="the power went"):
        migrate(engine)
    assert inspect(engine).get_table_names() == []


def test_replicas_that_start_together_migrate_once(database_url: str) -> None:
    engines = [open_database(database_url) for _ in range(4)]
    faults: list[BaseException] = []

    def start(engine: Engine) -> None:
        try:
            migrate(engine)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=start, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(is_migrated(engine) for engine in engines)
    for engine in engines:
        engine.dispose()


def test_the_revision_in_the_program_is_the_newest_in_the_folder() -> None:
    scripts = ScriptDirectory(str(Path(database.__file__).parent / "migrations"))
    assert scripts.get_current_head() == database.REVISION


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new' / 'deeper' / 'bot.sqlite'}")
    migrate(engine)
    engine.dispose()
    assert (tmp_path / "new" / "deeper" / "bot.sqlite").exists()


def test_sqlite_waits_syncs_and_checks_keys(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    with reading(engine) as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "busy_timeout": 60_000, "foreign_keys": 1, "synchronous": 2}


def test_plain_postgresql_addresses_mean_psycopg() -> None:
    assert open_database("postgresql://somewhere/bot").dialect.driver == "psycopg"
    assert open_database("postgres://somewhere/bot").dialect.driver == "psycopg"


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_postgresql_database_that_cannot_keep_every_text_is_refused_in_one_sentence(
    postgresql_server: str, encoding: str
) -> None:
    name = f"of_{encoding.lower()}"
    with psycopg.connect(server_of(postgresql_server), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0".encode())
        try:
            engine = open_database(postgresql_server.replace("/postgres?", f"/{name}?"))
            for _ in range(2):  # the second connection too
                with pytest.raises(
                    DatabaseError, match=f"encoded in {encoding}, and the bot needs UTF8. Create another"
                ):
                    migrate(engine)
            engine.dispose()
        finally:
            server.execute(f"DROP DATABASE {name}".encode())


def test_two_writers_never_lose_an_update(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add() -> None:
        for _ in range(20):
            with writing(engine) as connection:
                lock = " FOR UPDATE" if engine.dialect.name == "postgresql" else ""
                n = connection.execute(text(f"SELECT n FROM counter{lock}")).scalar_one()  # noqa: S608
                connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar() == 80


def test_a_reader_is_not_kept_waiting_and_sees_one_moment(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE fact (n INTEGER)"))
        connection.execute(text("INSERT INTO fact VALUES (1)"))
    with reading(engine) as reader:
        assert reader.execute(text("SELECT n FROM fact")).scalar() == 1
        with writing(engine) as writer:
            writer.execute(text("UPDATE fact SET n = 2"))
        assert reader.execute(text("SELECT n FROM fact")).scalar() == 1
    with reading(engine) as reader:
        assert reader.execute(text("SELECT n FROM fact")).scalar() == 2


def test_a_read_may_not_turn_into_a_write_behind_another_writer(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE fact (n INTEGER)"))
    with reading(engine) as reader:
        reader.execute(text("SELECT n FROM fact")).all()
        with writing(engine) as writer:
            writer.execute(text("INSERT INTO fact VALUES (1)"))
        with pytest.raises(OperationalError, match="locked") as fault:
            reader.execute(text("INSERT INTO fact VALUES (2)"))
        assert isinstance(fault.value.orig, sqlite3.OperationalError)
    engine.dispose()
