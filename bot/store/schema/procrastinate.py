"""Tables of procrastinate, made from its own SQL in a schema of its own, in our transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, text

from bot.store.database import DatabaseError

SCHEMA = "procrastinate"
#: The newest of procrastinate's files that our revisions know of; see the test.
KNOWN = "03.04.00_50_post_add_retry_failed_job_procedure.sql"


def make(connection: Connection) -> None:
    connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    with _inside(connection):
        _run(connection, _sql() / "schema.sql")
    _note(connection)


def upgrade(connection: Connection) -> None:
    """Run the SQL files that are newer than the tables, in their order."""
    had = connection.execute(text(f"SELECT obj_description('{SCHEMA}'::regnamespace)")).scalar_one()
    with _inside(connection):
        for file in files():
            if file.name > had:
                _run(connection, file)
    _note(connection)


def remove(connection: Connection) -> None:
    connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))


def files() -> list[Path]:
    """Return procrastinate's changes to its tables, ordered by name."""
    return sorted((_sql() / "migrations").glob("*.sql"))


def _note(connection: Connection) -> None:
    connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{files()[-1].name}'")


def _sql() -> Path:
    """Find procrastinate's SQL without importing it: only the engine imports it."""
    found = find_spec("procrastinate")
    if found is None or found.origin is None:
        raise DatabaseError("PostgreSQL needs the extra `postgres`: pip install 'missing-children-bot[postgres]'")
    return Path(found.origin).parent / "sql"


@contextmanager
def _inside(connection: Connection) -> Iterator[None]:
    """Resolve names without a schema in ours, until the end of the block."""
    before = connection.execute(text("SELECT current_setting('search_path')")).scalar_one()
    choose = text("SELECT set_config('search_path', :path, true)")
    connection.execute(choose, {"path": SCHEMA})
    yield
    connection.execute(choose, {"path": before})


def _run(connection: Connection, file: Path) -> None:
    """Run statements by the driver, which takes several at once where they have no parameters."""
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(file.read_text(encoding="utf-8"))
