"""Words shared by the three merges: upsert, rejecting staged rows, and marking what each row changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, exists, func, select, true

from bot.store.database import upsert
from bot.store.references import References
from bot.store.staging import touched


class Rejection(NamedTuple):
    """A staged row that contradicts another row or what is stored: codes only, no other value."""

    line: int
    column: str
    value: str
    reason: str
    advice: str


Reject = Callable[[Rejection], None]


@dataclass(frozen=True)
class Merging:
    """One load being carried out, inside its one transaction."""

    connection: Connection
    references: References
    reject: Reject
    now: datetime
    first: bool  # nothing of this source was ever loaded


def touch(connection: Connection, children: Select[int]) -> None:
    """Remember that something changed for these children."""
    # SQLite would take ON CONFLICT for a join's ON, were there no WHERE.
    statement = upsert(connection, touched).from_select(["child_id"], children.distinct().where(true()))
    connection.execute(statement.on_conflict_do_nothing())


def reject_rows(
    connection: Connection, staged: Table, query: Select[Any], reject: Reject, column: str, reason: str, advice: str
) -> int:
    """Take the rows of `query` (line, value, other) out of the load; `{other}` in the reason is filled in."""
    count = 0
    for line, value, other in connection.execute(query):
        reject(Rejection(line, column, value, reason.format(other=other), advice))
        count += 1
    if count:
        lines = query.with_only_columns(staged.c.line)
        connection.execute(delete(staged).where(staged.c.line.in_(lines)))
    return count


def first_line(staged: Table, key: str) -> ColumnElement[bool]:
    """Only the first staged row of each key: one key, one change."""
    other = staged.alias("other")
    return ~exists().where(other.c[key] == staged.c[key], other.c.line < staged.c.line)


def reject_contradictions(connection: Connection, staged: Table, key: str, name: str, reject: Reject) -> None:
    """The same key again with other values: the later row is rejected, the first one stands."""
    first = staged.alias("first")
    smallest = (
        select(staged.c[key], func.min(staged.c.line).label("line"))
        .group_by(staged.c[key])
        .having(func.count() > 1)
        .subquery()
    )
    query = (
        select(staged.c.line, staged.c[key], first.c.line)
        .join(smallest, smallest.c[key] == staged.c[key])
        .join(first, first.c.line == smallest.c.line)
        .where(staged.c.payload != first.c.payload)
    )
    reject_rows(
        connection,
        staged,
        query,
        reject,
        name,
        "stands again with other values than on line {other}",
        "keep the row that is right and remove the other",
    )


def verdicts(connection: Connection, staged: Table) -> dict[str, int]:
    """How many rows add, change or repeat something."""
    rows = connection.execute(select(staged.c.verdict, func.count()).group_by(staged.c.verdict))
    return {str(verdict): count for verdict, count in rows}
