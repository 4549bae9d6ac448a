"""Rows of one file wait here, in temporary tables that only this connection sees, until all are checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, Connection, Date, Engine, Index, Integer, MetaData, String, Table, insert

from bot.store.tables import Instant, child


class StagedOccurrence(NamedTuple):
    """One checked row of the police export."""

    occurrence_ref: str
    police_ref: str
    birth_date: date | None
    sex: str | None
    last_seen_at: datetime | None
    reported_at: datetime | None
    found_at: datetime | None
    found_date_only: bool
    returned_at: datetime | None
    returned_date_only: bool
    missing_from: str | None
    district: str | None
    reporter: str | None
    prevention_interview_at: datetime | None
    end_reason: str | None
    found_with: str
    # The grade is not part of the record: a row for each grade is one occurrence still.
    grade: str | None
    graded_at: datetime | None
    grade_untimed: bool
    legacy_absent: bool


class StagedChild(NamedTuple):
    """One checked row of the children export."""

    council_ref: str
    police_ref: str | None
    birth_date: date | None
    sex: str | None
    team: str | None
    case_status: str | None
    placement: str | None
    provider: str | None
    placing_authority: str | None
    lead_worker: str | None
    iro: str | None
    lac_from: date | None
    lac_to: date | None
    uasc_from: date | None
    uasc_to: date | None
    cp_from: date | None
    cp_to: date | None


class StagedInterview(NamedTuple):
    """One checked row of the interviews export."""

    episode_ref: str
    occurrence_ref: str | None
    council_ref: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    ended_date_only: bool
    team: str | None
    returned_at: datetime | None
    returned_date_only: bool
    offered_at: datetime | None
    response: str | None
    held_at: datetime | None
    recorded_at: datetime | None
    interviewer_role: str | None
    independent: str | None
    worker: str | None
    outcome_reason: str | None


StagedRow = StagedOccurrence | StagedChild | StagedInterview

_metadata = MetaData()
_TEMPORARY = ["TEMPORARY"]


def _type(name: str) -> Any:
    if name.endswith("_at"):
        return Instant
    if name == "birth_date" or (name.endswith(("_from", "_to")) and name != "missing_from"):
        return Date
    return Boolean if name.endswith(("_only", "_absent", "_untimed")) else String


def _staged(name: str, row: type[NamedTuple]) -> Table:
    columns = [Column(field, _type(field)) for field in row._fields]
    return Table(
        f"staged_{name}",
        _metadata,
        Column("line", Integer, primary_key=True, autoincrement=False),
        *columns,
        Column("payload", String),
        Column("verdict", String),  # added | changed | unchanged, see loading.py
        prefixes=_TEMPORARY,
    )


police = _staged("police", StagedOccurrence)
children = _staged("children", StagedChild)
interviews = _staged("interviews", StagedInterview)
found_with = Table(
    "staged_found_with",
    _metadata,
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("police_ref", String, primary_key=True),
    prefixes=_TEMPORARY,
)

#: Children of whom anything changed: their episodes are frozen anew.
touched = Table(
    "touched", _metadata, Column("child_id", Integer, primary_key=True, autoincrement=False), prefixes=_TEMPORARY
)

#: Two rows that are one child: `drop_id` becomes an alias of `keep_id`.
joined = Table(
    "joined",
    _metadata,
    Column("drop_id", Integer, primary_key=True, autoincrement=False),
    Column("keep_id", Integer),
    prefixes=_TEMPORARY,
)

#: What was known of the rows that are dropped.
dropped = Table(
    "dropped",
    _metadata,
    Column("keep_id", Integer, primary_key=True, autoincrement=False),
    *(Column(c.name, c.type) for c in child.c if c.name not in {"id", "linked_by"}),
    prefixes=_TEMPORARY,
)

#: Children whose police key turned out to be another child's, and what the police said under that key.
released = Table(
    "released",
    _metadata,
    Column("child_id", Integer, primary_key=True, autoincrement=False),
    Column("police_ref", String),
    Column("police_birth_date", Date),
    Column("police_sex", String),
    prefixes=_TEMPORARY,
)

TABLES = {"police": police, "children": children, "interviews": interviews}
KEYS = {"police": "occurrence_ref", "children": "council_ref", "interviews": "episode_ref"}
for _table in TABLES.values():
    for _name in ("occurrence_ref", "police_ref", "council_ref", "episode_ref"):
        if _name in _table.c:
            Index(f"ix_{_table.name}_{_name}", _table.c[_name])


class Staging:
    """The temporary tables of one load, on the connection that will also carry the load out."""

    def __init__(self, connection: Connection, source: str) -> None:
        self.connection = connection
        self.source = source
        with connection.begin():
            _metadata.create_all(
                connection, [TABLES[source], found_with, touched, joined, dropped, released], checkfirst=False
            )

    def add(self, rows: Sequence[tuple[int, StagedRow]]) -> None:
        """Rows, each with the number of its line in the file."""
        with self.connection.begin():
            self.connection.execute(insert(TABLES[self.source]), [_values(line, row) for line, row in rows])
            company = [
                {"line": line, "police_ref": ref}
                for line, row in rows
                if isinstance(row, StagedOccurrence) and row.found_with
                for ref in row.found_with.split(";")
            ]
            if company:
                self.connection.execute(insert(found_with), company)


@contextmanager
def staging(engine: Engine, source: str) -> Iterator[Staging]:
    """Nobody waits for a file that is being staged: on SQLite too, only temporary tables are written."""
    with engine.connect() as connection:
        connection.detach()  # not back to the pool, but closed: the temporary tables go with it
        connection.execution_options(begin="DEFERRED")
        yield Staging(connection, source)


def _values(line: int, row: StagedRow) -> dict[str, Any]:
    values = row._asdict()
    values["line"] = line
    values["payload"] = payload(row)
    return values


def payload(row: StagedRow) -> str:
    """A short mark of what is stored of a row: the same mark, nothing to do."""
    facts = row[:-4] if isinstance(row, StagedOccurrence) else row  # a grade is a record of its own
    return hashlib.blake2b("\x1f".join(map(str, facts)).encode(), digest_size=15).hexdigest()


def measure(connection: Connection, source: str) -> None:
    """PostgreSQL knows nothing of a temporary table's size until it is told to look."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {TABLES[source].name}")
