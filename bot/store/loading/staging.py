"""Stage the rows of one file in temporary tables, which only this connection sees, until all are checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Engine,
    Integer,
    MetaData,
    RootTransaction,
    Select,
    String,
    Table,
    func,
    insert,
    literal_column,
    select,
    true,
)

from bot.store.bulk import add_rows, as_text
from bot.store.database import upsert
from bot.store.encryption import OWNERS, seal_of
from bot.store.schema.metadata import Instant
from bot.store.schema.records import child

#: Beginning of a key of our own; no code of another system begins so.
OWN_KEY = "~"
#: Spelled out, so that SQLite uses the index of such keys.
OWN_LIKE: ColumnElement[str] = literal_column(f"'{OWN_KEY}%'")


def own_key(*parts: str | datetime | None) -> str:
    """Make a key for a record whose reference could not be read: the same for the same child and time."""
    parts_text = "\x1f".join(part.isoformat() if isinstance(part, datetime) else part or "" for part in parts)
    return OWN_KEY + hashlib.blake2b(parts_text.encode(), digest_size=12).hexdigest()


#: The police's grade in a row: none, a grade, one that could not be read, or one whose time could not.
GradeRead = Literal["none", "read", "unread", "untimed"]


class StagedOccurrence(NamedTuple):
    """One checked row of the police export."""

    occurrence_ref: str
    police_ref: str | None
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
    unread: str
    # The last six are a grade, and no part of the record: a row for each grade is one occurrence still.
    grade: str | None
    graded_at: datetime | None
    grade_untimed: bool
    legacy_absent: bool
    grade_read: GradeRead
    grade_known: bool


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
    unread: str
    # The days of the placement, where the export has them: a row for each placement is one child still.
    placement_from: date | None
    placement_to: date | None


class StagedInterview(NamedTuple):
    """One checked row of the interviews export."""

    episode_ref: str
    occurrence_ref: str | None
    council_ref: str | None
    kind: str
    started_at: datetime | None
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
    unread: str


StagedRow = StagedOccurrence | StagedChild | StagedInterview

#: Of SQLite, for one load: its indexes grow at random places, and the default is 2 MB.
CACHE_KIB = 32_000

#: A load waits for another load, however long that takes; people in chat do not wait so long.
PATIENCE_MILLISECONDS = 300_000

GRADE_FIELDS = 6
PLACEMENT_FIELDS = 2

_metadata = MetaData()
_TEMPORARY = ["TEMPORARY"]


def _columns(row: type[NamedTuple]) -> list[Column[Any]]:
    columns: list[Column[Any]] = []
    for field in (*row._fields, *_marked(row._fields)):
        kind: Any = Boolean if field.endswith(("_only", "_absent", "_untimed", "_known")) else String
        if field.endswith("_at"):
            kind = Instant
        elif field.endswith(("_from", "_to")) and field != "missing_from":
            kind = Date
        columns.append(Column(field, kind))
    return [Column("line", Integer, primary_key=True, autoincrement=False), *columns, Column("payload", String)]


def _read(name: str, row: type[NamedTuple]) -> Table:
    return Table(f"read_{name}", _metadata, *_columns(row), prefixes=_TEMPORARY)


def _staged(name: str, row: type[NamedTuple]) -> Table:
    return Table(
        f"staged_{name}",
        _metadata,
        *_columns(row),
        Column("child_id", Integer),  # found when all rows are here
        Column("verdict", String),  # added | changed | unchanged, see load.py
        prefixes=_TEMPORARY,
    )


def _marked(fields: Sequence[str]) -> list[str]:
    return ["birth_date_mark"] if "birth_date" in fields else []


#: Every row of the file, as it was read.
READ = {
    "police": _read("police", StagedOccurrence),
    "children": _read("children", StagedChild),
    "interviews": _read("interviews", StagedInterview),
}

#: Rows that are merged: all but those that are stored already, just so.
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

#: References made for new children, each with the agency's key of the child.
fresh = Table("fresh", _metadata, Column("ref", String), Column("key", String), prefixes=_TEMPORARY)

#: Children whose stored records the load is worked out on (working_copy.py).
copied = Table(
    "copied", _metadata, Column("child_id", Integer, primary_key=True, autoincrement=False), prefixes=_TEMPORARY
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

#: Facts of the rows that are dropped: several may turn out to be one child.
dropped = Table(
    "dropped",
    _metadata,
    Column("drop_id", Integer, primary_key=True, autoincrement=False),
    Column("keep_id", Integer, index=True),
    *(Column(c.name, c.type) for c in child.c if c.name not in {"id", "linked_by"}),
    prefixes=_TEMPORARY,
)

#: Children whose police key turned out to be another child's, and the police's facts under that key.
released = Table(
    "released",
    _metadata,
    Column("child_id", Integer, primary_key=True, autoincrement=False),
    Column("police_ref", String),
    Column("police_birth_date", String),
    Column("police_birth_date_mark", String),
    Column("police_birth_unread", Boolean),
    Column("police_sex", String),
    prefixes=_TEMPORARY,
)

#: Column of `child` for each source's birth date, which is sealed for that column.
_BORN = {"police": "police_birth_date", "children": "birth_date"}

TABLES = {"police": police, "children": children, "interviews": interviews}
KEYS = {"police": "occurrence_ref", "children": "council_ref", "interviews": "episode_ref"}


class Staging:
    """The temporary tables of one load, on the connection that will also carry the load out."""

    def __init__(self, connection: Connection, source: str) -> None:
        self.connection = connection
        self.source = source
        self._seal = seal_of(connection)
        self._table = READ[source]
        self._others = [TABLES[source], fresh, copied, touched, joined, dropped, released]
        with connection.begin():
            _metadata.create_all(connection, [self._table, found_with, *self._others], checkfirst=False)

    def add(self, rows: Sequence[tuple[int, StagedRow]]) -> None:
        """Stage rows, each with the number of its line in the file."""
        fields = rows[0][1]._fields
        texts = as_text(self._table, fields, (row for _, row in rows))
        ready = texts if self.connection.dialect.name == "sqlite" else [row for _, row in rows]
        marked = []
        for (line, row), values, text in zip(rows, ready, texts, strict=True):
            if isinstance(row, StagedInterview):
                sealed = values
            else:  # no table holds a readable birth date, not even a temporary table
                column, place = _BORN[self.source], fields.index("birth_date")
                owner, born = getattr(row, OWNERS[column]) or "", row.birth_date
                birth_date = born and self._seal.seal(column, owner, born)
                mark = born and self._seal.mark(born)
                sealed = (*values[:place], birth_date, *values[place + 1 :], mark)
            marked.append((line, *sealed, self._seal.mark_of_row(payload(_record(row, text)))))
        with self.connection.begin():
            add_rows(self.connection, self._table, ["line", *fields, *_marked(fields), "payload"], marked)
            if self.source == "police":
                company: list[tuple[int, str]] = []
                for line, row in rows:
                    if isinstance(row, StagedOccurrence) and row.found_with:
                        company.extend((line, reference) for reference in row.found_with.split(";"))
                add_rows(self.connection, found_with, ["line", "police_ref"], company)

    def finish(self) -> None:
        """Index the rows by their key, which is quicker when all are here, and have PostgreSQL analyse them."""
        name, key = self._table.name, KEYS[self.source]
        with self.connection.begin():
            self.connection.exec_driver_sql(f"CREATE INDEX ix_{name}_{key} ON {name} ({key})")
            self._analyse(self._table, found_with)

    def stage(self, rows: ColumnElement[bool]) -> int:
        """Stage the rows that match; return the number of the others."""
        table, wanted = TABLES[self.source], select(self._table).where(rows)
        names = [c.name for c in self._table.c]
        self.connection.execute(insert(table).from_select(names, wanted))
        for column in ("occurrence_ref", "police_ref", "council_ref", "episode_ref"):
            if column in table.c:
                self.connection.exec_driver_sql(f"CREATE INDEX ix_{table.name}_{column} ON {table.name} ({column})")
        self._analyse(table)
        read, staged = (
            self.connection.execute(select(func.count()).select_from(t)).scalar_one() for t in (self._table, table)
        )
        return read - staged

    def empty(self) -> None:
        """Begin anew with the rows as they were read."""
        _metadata.drop_all(self.connection, self._others, checkfirst=False)
        _metadata.create_all(self.connection, self._others, checkfirst=False)

    def snapshot(self) -> RootTransaction:
        """Begin to read one state of the records; only temporary tables may be written."""
        self.connection.execution_options(begin="DEFERRED")
        begun = self.connection.begin()
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return begun

    def writing(self) -> RootTransaction:
        """Begin to write; on SQLite all other writers wait."""
        self.connection.execution_options(begin="IMMEDIATE")
        return self.connection.begin()

    def _analyse(self, *tables: Table) -> None:
        if self.connection.dialect.name == "postgresql":
            for table in tables:
                self.connection.exec_driver_sql(f"ANALYZE {table.name}")


@contextmanager
def staging(engine: Engine, source: str) -> Iterator[Staging]:
    """Yield the staging of one load. No other process waits: on SQLite too, only temporary tables are written."""
    with engine.connect() as connection:
        connection.detach()  # not back to the pool, but closed: the temporary tables go with it
        connection.execution_options(begin="DEFERRED")
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}")
            connection.rollback()  # asking began a transaction
        yield Staging(connection, source)


def _record(row: StagedRow, text: Sequence[Any]) -> Sequence[Any]:
    """Return the values of the record alone: a grade and a dated placement are records of their own beside it."""
    if isinstance(row, StagedOccurrence):
        return text[:-GRADE_FIELDS]
    if not isinstance(row, StagedChild):
        return text
    if row.placement_from is None:
        return text[:-PLACEMENT_FIELDS]
    dated = {StagedChild._fields.index(name) for name in ("placement", "provider")}
    return [None if n in dated else value for n, value in enumerate(text[:-PLACEMENT_FIELDS])]


def touch(connection: Connection, children: Select[int]) -> None:
    """Mark these children as changed."""
    # SQLite would take ON CONFLICT for a join's ON, were there no WHERE.
    statement = upsert(connection, touched).from_select(["child_id"], children.distinct().where(true()))
    connection.execute(statement.on_conflict_do_nothing())


def payload(values: Sequence[Any]) -> str:
    """Return a short digest of a row's stored values: an equal digest means that nothing changed."""
    return hashlib.blake2b("\x1f".join(map(str, values)).encode(), digest_size=15).hexdigest()
