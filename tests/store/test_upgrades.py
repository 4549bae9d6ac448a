"""Upgrading from every earlier migration keeps what is stored, on both databases.

The practice county is brought back to an earlier migration and up again, so its rows have true references, sealed birth
dates and a trail; every table that it leaves empty gets an invented row first.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from bot.store.database import REVISION, open_database, reading, rebuilding, version, writing
from bot.store.encryption import OWNERS, Seal
from bot.store.migrations import run
from bot.store.schema.records import metadata
from tests.support.installation import KEYS, Installation

EARLIER = [f"{number:04}" for number in range(int(REVISION) - 1, 0, -1)]
#: Each of them with BOT_UPGRADES=1; else the first, from which an upgrade goes through all.
TRIED = EARLIER if os.environ.get("BOT_UPGRADES") else EARLIER[-1:]
#: From here on birth dates are sealed, and marks of whole rows are keyed; before, both are written anew.
SEALED = "0003"
MARKS = ("payload",)
#: An invented row of it would be a fault, rightly: its seal is made with the key.
SEALED_ROWS = ("audit_cut",)

#: The tables that each migration leaves on SQLite, as a hash. A migration gets its line when it is merged.
LEFT = {
    "0001": "86a10b4deeee",
    "0002": "41803c56ce9c",
    "0003": "bd996680aacd",
    "0004": "7d5a58420252",
    "0005": "7d5a58420252",
    "0006": "60d105a84163",
    "0007": "39c032b63593",
    "0008": "8a7be5cbac77",
    "0009": "7ff01c59b689",
    "0010": "e08b3802544f",
    "0011": "60b07e496fb6",
    "0012": "82399eae501c",
    "0013": "cc3b3e36fc7f",
    "0014": "0a801800e451",
    "0015": "6132960d684b",
    "0016": "a8e9d23b3fb3",
    "0017": "bc7ba83e63e0",
    "0018": "1bb2b4d60483",
    "0019": "9a12f9355f90",
    "0020": "7a8751c2cb24",
    "0021": "ec22e3d06e39",
    "0022": "e862e5c2b22a",
    "0023": "efa8e12dee5b",
    "0024": "2be212ee14bc",
    "0025": "b79dab7f9e3d",
    "0026": "ba566a93c4b8",
    "0027": "c5057afd5e99",
    "0028": "0f1521df46ae",
    "0029": "926dabad3ad9",
    "0030": "c7492f01416a",
}

Row = dict[str, Any]


@dataclass
class Stored:
    """The rows of a table, by primary key."""

    columns: list[str]
    rows: dict[tuple[Any, ...], Row]


@pytest.fixture
def full(installation: Installation) -> Installation:
    """The practice county after a tick, with a row in every table."""
    installation.load_practice()
    installation.done("serve", "--once")
    with opened(installation) as engine, writing(engine) as connection:
        _fill(connection)
    return installation


@contextmanager
def opened(installation: Installation) -> Iterator[Engine]:
    engine = open_database(installation.url, Seal(lambda: bytes.fromhex(KEYS["BOT_DATA_KEY"])))
    try:
        yield engine
    finally:
        engine.dispose()


def _fill(connection: Connection) -> None:
    """Put a row into each empty table: invented values, and references to rows that are there."""
    for table in [each for each in metadata.sorted_tables if each.name not in SEALED_ROWS]:
        if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0:
            connection.execute(table.insert().values({c.name: _invented(connection, c) for c in table.columns}))


def _invented(connection: Connection, column: sa.Column[Any]) -> Any:
    for key in column.foreign_keys:
        return connection.execute(sa.select(key.column).limit(1)).scalar_one()
    kind = column.type.impl_instance if isinstance(column.type, sa.TypeDecorator) else column.type
    by_kind = {
        sa.Boolean: False,
        sa.Integer: 1,
        sa.Float: 1.5,
        sa.DateTime: datetime(2017, 7, 5, 7, 0, tzinfo=UTC),
        sa.Date: date(2017, 7, 5),
        sa.LargeBinary: b"invented",
        sa.String: "invented"[: getattr(kind, "length", None) or 8],
    }
    return next(value for each, value in by_kind.items() if isinstance(kind, each))


def stored(engine: Engine) -> dict[str, Stored]:
    """Read every table as it is at this migration."""
    found = {}
    with reading(engine) as connection:
        there = sa.MetaData()
        there.reflect(connection)
        for table in there.sorted_tables:
            if table.name != "alembic_version":
                key = [c.name for c in table.primary_key.columns]
                rows = [dict(row._mapping) for row in connection.execute(sa.select(table))]
                columns = [c.name for c in table.columns]
                found[table.name] = Stored(columns, {tuple(row[name] for name in key): row for row in rows})
    return found


def changes(before: dict[str, Stored], after: dict[str, Stored], left_out: Sequence[str]) -> list[str]:
    """Name each table, column and row of before that is not there any more, or has another value."""
    found = [f"table {name}" for name in before if name not in after]
    for name, was in before.items():
        now = after.get(name, was)
        found += [f"column {name}.{column}" for column in was.columns if column not in now.columns]
        for key, row in was.rows.items():
            same = now.rows.get(key)
            if same is None:
                found.append(f"row {key} of {name}")
            else:
                compared = [c for c in was.columns if c in now.columns and c not in left_out]
                found += [f"{name}.{c} of {key}" for c in compared if row[c] != same[c]]
    return found


def birth_dates(found: dict[str, Stored], column: str) -> list[str]:
    """Return the dates of birth of a column as days, opened where they are sealed."""
    seal = Seal(lambda: bytes.fromhex(KEYS["BOT_DATA_KEY"]))
    rows = [row for row in found["child"].rows.values() if row[column]]
    return sorted(
        str(row[column]) if len(str(row[column])) == 10 else str(seal.open(column, row[OWNERS[column]], row[column]))
        for row in rows
    )


def test_an_upgrade_keeps_every_row_and_the_bot_goes_on(full: Installation) -> None:
    """Bring the tables back to each migration, newest first, and up again with the verb."""
    with opened(full) as engine:
        every_table = {table.name for table in metadata.sorted_tables} - set(SEALED_ROWS)
        assert {name for name, table in stored(engine).items() if table.rows} >= every_table
    for revision in TRIED:
        with opened(full) as engine:
            with rebuilding(engine) as connection:
                run.downgrade(connection, revision)
            assert version(engine) == revision
            before = stored(engine)
        assert sum(len(table.rows) for table in before.values()) > 5_000
        for heads in full.folder.rglob("audit-heads"):  # on the way down the database lost the number that they name
            shutil.rmtree(heads)
        full.done("migrate")
        with opened(full) as engine:
            assert version(engine) == REVISION
            after = stored(engine)
        left_out = (*MARKS, *OWNERS) if revision < SEALED else ()
        assert changes(before, after, left_out) == [], revision
        for column in OWNERS:
            assert birth_dates(before, column) == birth_dates(after, column), revision
        for words in (("serve", "--once"), ("audit", "verify"), ("ask", "open", "--as", "lead")):
            assert full.run(*words).code == 0, (revision, words)


def test_a_migration_leaves_what_it_left_when_it_was_merged(tmp_path: Path) -> None:
    """A migration is never changed afterwards: databases that went through it before would lack the change."""
    engine = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}", Seal(lambda: bytes.fromhex(KEYS["BOT_DATA_KEY"])))
    left = {}
    for revision in LEFT:
        with rebuilding(engine) as connection:
            run.upgrade(connection, revision)
            lines = connection.exec_driver_sql(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
            )
            words = " ".join(" ".join(lines.scalars()).replace('"', "").split())
            left[revision] = hashlib.sha256(words.encode()).hexdigest()[:12]
    engine.dispose()
    assert left == LEFT


def test_a_row_that_is_lost_or_changed_is_found() -> None:
    was = {"child": Stored(["id", "ref"], {(1,): {"id": 1, "ref": "OX-2"}, (2,): {"id": 2, "ref": "OX-3"}})}
    now = {"child": Stored(["id"], {(1,): {"id": 1}})}
    other = {"child": Stored(["id", "ref"], {(1,): {"id": 1, "ref": "OX-9"}, (2,): {"id": 2, "ref": "OX-3"}})}
    assert changes(was, now, ()) == ["column child.ref", "row (2,) of child"]
    assert changes(was, other, ()) == ["child.ref of (1,)"]
    assert changes(was, {}, ()) == ["table child"]
    assert changes(was, was, ()) == []
