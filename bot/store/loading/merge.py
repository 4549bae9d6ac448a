"""Steps shared by the three merges: contradictions between rows, cells to clear, rows of an older file."""

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
    """A cell of a staged row that contradicts another row or a stored one: codes only, no other value.

    The row is kept without the cell.
    """

    line: int
    column: str
    value: str
    reason: str
    advice: str


Tell = Callable[[Contradiction], None]


@dataclass(frozen=True)
class Merging:
    """One load under way, inside its one transaction.

    `only_gaps`: the export is older than the newest loaded one, so that only records which are not stored are added.
    """

    connection: Connection
    references: References
    tell: Tell
    now: datetime
    taken_at: datetime
    first: bool  # nothing of this source was ever loaded
    only_gaps: bool = False


def touch(connection: Connection, children: Select[int]) -> None:
    """Mark these children as changed."""
    # SQLite would take ON CONFLICT for a join's ON, were there no WHERE.
    statement = upsert(connection, touched).from_select(["child_id"], children.distinct().where(true()))
    connection.execute(statement.on_conflict_do_nothing())


def let_go(m: Merging, staged: Table, query: Select[Any], column: str, reason: str, advice: str) -> int:
    """Clear one cell in the rows of `query` (line, value, other) and return their number; `{other}` in the reason is
    filled in.
    """
    found = m.connection.execute(query).all()
    for line, value, other in found:
        m.tell(Contradiction(line, column, value, reason.format(other=other), advice))
    if found:
        lines = query.with_only_columns(staged.c.line)
        m.connection.execute(update(staged).where(staged.c.line.in_(lines)).values({column: None}))
    return len(found)


def first_line(staged: Table, key: str) -> ColumnElement[bool]:
    """Match only the first staged row of each key: one key, one change."""
    other = staged.alias("other")
    return ~exists().where(other.c[key] == staged.c[key], other.c.line < staged.c.line)


def settle_contradictions(
    m: Merging, staged: Table, key: str, name: str, *safer: ColumnElement[Any], own: Collection[str] = ()
) -> None:
    """Choose one of several rows with the same key and other values, and report the others.

    The safer row by the order of `safer` holds (a child still missing, an interview still due), then the first in the
    file. `own` are columns that each row keeps: any row of a record may name the child.
    """
    twice = (
        select(staged.c[key]).group_by(staged.c[key]).having(func.min(staged.c.payload) != func.max(staged.c.payload))
    )
    rows = select(staged.c.line, staged.c[key], staged.c.payload).where(staged.c[key].in_(twice))
    holds: dict[str, tuple[int, str]] = {}
    for line, value, payload in m.connection.execute(rows.order_by(staged.c[key], *safer, staged.c.line)).all():
        held, mark = holds.setdefault(value, (line, payload))
        if payload != mark:
            reason = f"stands again with other values than on line {held}, which holds"
            m.tell(Contradiction(line, name, "" if value.startswith(OWN_KEY) else value, reason, ADVICE))
            one = staged.alias("one")
            values = {
                c.name: select(one.c[c.name]).where(one.c.line == held).scalar_subquery()
                for c in staged.c
                if c.name not in _OF_A_ROW and c.name not in own
            }
            m.connection.execute(update(staged).where(staged.c.line == line).values(values))


def part_siblings(m: Merging, staged: Table, key: str, who: str, *times: str) -> None:
    """Give later rows a key of their own where one reference is given to several children.

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


def name_children(m: Merging, staged: Table, key: str, who: str, **forgotten: None) -> None:
    """Give a row without a child the child of another row of the same record.

    `forgotten` are columns that were sealed without a reference and do not open beside one.
    """
    other = staged.alias("other")
    named = select(func.min(other.c[who])).where(other.c[key] == staged.c[key]).correlate(staged).scalar_subquery()
    m.connection.execute(
        update(staged).where(staged.c[who].is_(None), named.is_not(None)).values({who: named} | forgotten)
    )


def keep_gaps(m: Merging, staged: Table, stored: ColumnElement[bool]) -> int:
    """Drop the rows of an older export that are stored already, whatever a newer export could not read or voided."""
    return m.connection.execute(delete(staged).where(stored)).rowcount if m.only_gaps else 0


def verdicts(connection: Connection, staged: Table) -> dict[str, int]:
    """Count the rows by verdict."""
    rows = connection.execute(select(staged.c.verdict, func.count()).group_by(staged.c.verdict))
    return {str(verdict): count for verdict, count in rows}
