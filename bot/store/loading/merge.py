"""Words shared by the three merges: which of two rows holds, what a row has to let go, what an older file may add."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, exists, func, select, true, update

from bot.store.database import upsert
from bot.store.loading.references import References
from bot.store.loading.staging import OWN_KEY, own_key, touched


class Contradiction(NamedTuple):
    """A cell of a staged row that contradicts another row or what is stored: codes only, no other value.

    The row is kept without it.
    """

    line: int
    column: str
    value: str
    reason: str
    advice: str


Tell = Callable[[Contradiction], None]


@dataclass(frozen=True)
class Merging:
    """One load being carried out, inside its one transaction.

    `only_gaps`: the export is older than what is loaded, so that only records which are not stored are added.
    """

    connection: Connection
    references: References
    tell: Tell
    now: datetime
    taken_at: datetime
    first: bool  # nothing of this source was ever loaded
    only_gaps: bool = False


def touch(connection: Connection, children: Select[int]) -> None:
    """Remember that something changed for these children."""
    # SQLite would take ON CONFLICT for a join's ON, were there no WHERE.
    statement = upsert(connection, touched).from_select(["child_id"], children.distinct().where(true()))
    connection.execute(statement.on_conflict_do_nothing())


def let_go(m: Merging, staged: Table, query: Select[Any], column: str, reason: str, advice: str) -> int:
    """Take one cell out of the rows of `query` (line, value, other); `{other}` in the reason is filled in."""
    found = m.connection.execute(query).all()
    for line, value, other in found:
        m.tell(Contradiction(line, column, value, reason.format(other=other), advice))
    if found:
        lines = query.with_only_columns(staged.c.line)
        m.connection.execute(update(staged).where(staged.c.line.in_(lines)).values({column: None}))
    return len(found)


def first_line(staged: Table, key: str) -> ColumnElement[bool]:
    """Only the first staged row of each key: one key, one change."""
    other = staged.alias("other")
    return ~exists().where(other.c[key] == staged.c[key], other.c.line < staged.c.line)


def settle_contradictions(
    m: Merging, staged: Table, key: str, name: str, *safer: ColumnElement[Any], own: Collection[str] = ()
) -> None:
    """The same key again with other values: one row holds for all, the others are told.

    Which one: the safer by the order of `safer` (the row that leaves a child missing, an interview due), then the
    first in the file. `own` are columns that each row keeps: who the child is, says any row of the record.
    """
    twice = (
        select(staged.c[key]).group_by(staged.c[key]).having(func.min(staged.c.payload) != func.max(staged.c.payload))
    )
    rows = select(staged.c.line, staged.c[key], staged.c.payload).where(staged.c[key].in_(twice))
    holds: dict[str, tuple[int, str]] = {}
    for line, value, payload in m.connection.execute(rows.order_by(staged.c[key], *safer, staged.c.line)).all():
        held, mark = holds.setdefault(value, (line, payload))
        if payload != mark:
            _tell_twice(m, line, name, value, held)
            _copy(m.connection, staged, held, line, own)


def _tell_twice(m: Merging, line: int, name: str, value: str, held: int) -> None:
    reason = f"stands again with other values than on line {held}, which holds"
    m.tell(Contradiction(line, name, "" if value.startswith(OWN_KEY) else value, reason, ADVICE))


def part_siblings(m: Merging, staged: Table, key: str, who: str, *times: str) -> None:
    """One record is of one child: of rows that give its reference to several, the later stand for themselves.

    Two children who went missing together may have been given one reference: neither may hide the other.
    """
    first = staged.alias("first")
    smallest = (
        select(staged.c[key], func.min(staged.c.line).label("line"))
        .where(staged.c[who].is_not(None))
        .group_by(staged.c[key])
        .having(func.min(staged.c[who]) != func.max(staged.c[who]))
        .subquery()
    )
    query = (
        select(staged.c.line, staged.c[key], staged.c[who], first.c.line.label("held"), *(staged.c[t] for t in times))
        .join(smallest, smallest.c[key] == staged.c[key])
        .join(first, first.c.line == smallest.c.line)
        .where(staged.c[who].is_not(None), staged.c[who] != first.c[who])
    )
    for line, value, child, held, *at in m.connection.execute(query).all():
        reason = f"is the reference of another child on line {held}"
        m.tell(Contradiction(line, key, value, reason, "give each child a record of its own"))
        own = own_key(child, next((t for t in at if t is not None), None))
        m.connection.execute(update(staged).where(staged.c.line == line).values({key: own}))


ADVICE = "keep the row that is right and remove the other"
#: What a row keeps for itself where another row of the same record holds: it may be a grade of its own.
_OF_A_ROW = {"line", "verdict", "grade", "graded_at", "grade_untimed", "legacy_absent", "grade_read", "grade_known"}


def _copy(connection: Connection, staged: Table, held: int, line: int, own: Collection[str]) -> None:
    one = staged.alias("one")
    values = {
        c.name: select(one.c[c.name]).where(one.c.line == held).scalar_subquery()
        for c in staged.c
        if c.name not in _OF_A_ROW and c.name not in own
    }
    connection.execute(update(staged).where(staged.c.line == line).values(values))


def name_children(m: Merging, staged: Table, key: str, who: str, **forgotten: None) -> None:
    """A row that names no child is of the child whom another row of the same record names.

    `forgotten` is what was sealed for nobody, and opens beside no name.
    """
    other = staged.alias("other")
    named = select(func.min(other.c[who])).where(other.c[key] == staged.c[key]).correlate(staged).scalar_subquery()
    m.connection.execute(
        update(staged).where(staged.c[who].is_(None), named.is_not(None)).values({who: named} | forgotten)
    )


def keep_gaps(m: Merging, staged: Table, stored: ColumnElement[bool]) -> int:
    """Of an older export only what is not stored is added, whatever a newer one could not read or voided."""
    return m.connection.execute(delete(staged).where(stored)).rowcount if m.only_gaps else 0


def verdicts(connection: Connection, staged: Table) -> dict[str, int]:
    """How many rows add, change or repeat something."""
    rows = connection.execute(select(staged.c.verdict, func.count()).group_by(staged.c.verdict))
    return {str(verdict): count for verdict, count in rows}
