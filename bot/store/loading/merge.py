"""Steps shared by the three merges: contradictions between rows, records without a reference, records to store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from bot.store.database import upsert
from bot.store.loading.child_matching import References, rename
from bot.store.loading.staging import OWN_KEY, own_key
from bot.store.schema.records import child, interview


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


def not_shared(read: Table, column: str) -> ColumnElement[bool]:
    """Match the rows of the file whose reference no other row has; those without one match."""
    shared = _twice(read.alias("one"), column)
    return or_(read.c[column].is_(None), read.c[column].not_in(shared))


def stands_alone(read: Table, key: str, who: str) -> ColumnElement[bool]:
    """Match the rows of the file that no other row may be one with: of their key, or of their child without a key."""
    one = read.alias("one")
    unsure = or_(one.c[key].startswith(OWN_KEY), one.c[key].in_(_twice(read.alias("two"), key)))
    unsure_of = select(one.c[who]).where(unsure, one.c[who].is_not(None))
    return and_(~read.c[key].startswith(OWN_KEY), not_shared(read, key), read.c[who].not_in(unsure_of))


def _twice(rows: FromClause, column: str) -> Select[str]:
    """Select the references that stand in several rows."""
    named = rows.c[column].is_not(None)
    return select(rows.c[column]).where(named).group_by(rows.c[column]).having(func.count() > 1)


def let_go_of_shared(
    m: Merging, staged: Table, key: str, column: str, held: Select[Any], reason: str, advice: str, of_one: str = ""
) -> None:
    """Clear a reference (`column`) of the later record where two records name it, in the file or against the store.

    `held` selects the staged rows whose reference a stored record has: line, reference and that record. `{other}` in
    the reason is the other record. Rows of the file with the same `of_one` may share a reference. A record may hand its
    reference on within the file: repeat until nothing changes.
    """
    first = staged.alias("first")
    within = (
        select(staged.c.line, staged.c[column], func.min(first.c[key]))
        .join(first, and_(first.c[column] == staged.c[column], first.c.line < staged.c.line))
        .where(first.c[key] != staged.c[key])
        .group_by(staged.c.line, staged.c[column])
    )
    if of_one:
        one, other = first.c[of_one], staged.c[of_one]
        within = within.where(or_(one.is_(None), other.is_(None), one != other))
    while _let_go(m, staged, within, column, f"{reason} in this file", advice) or _let_go(
        m, staged, held, column, f"{reason}, loaded earlier", advice
    ):
        pass


def _let_go(m: Merging, staged: Table, query: Select[Any], column: str, reason: str, advice: str) -> int:
    """Clear one cell in the rows of `query` (line, value, other) and return their number."""
    found = m.connection.execute(query).all()
    for line, value, other in found:
        m.tell(Contradiction(line, column, value, reason.format(other=other), advice))
    if found:
        lines = query.with_only_columns(staged.c.line)
        m.connection.execute(update(staged).where(staged.c.line.in_(lines)).values({column: None}))
    return len(found)


def recognise(
    m: Merging,
    staged: Table,
    table: Table,
    who: str,
    *times: str,
    unnamed: ColumnElement[bool],
    named_in: Sequence[Table],
) -> None:
    """Match a record without a reference to the record of the same child with the same start, if there is one.

    A row that names no child is matched with none: a record stored from it stays for as long as the file has the row.
    `unnamed` matches the stored records without a reference; `named_in` are the tables that name a stored record.
    """
    key = next(iter(table.primary_key.columns))
    mine, without = staged.c[key.name], staged.c[key.name].startswith(OWN_KEY)
    of_child = and_(child.c[who] == staged.c[who], child.c.id == table.c.child_id)
    same = select(func.min(key)).where(
        of_child, _start(table, times) == _start(staged, times), ~key.startswith(OWN_KEY)
    )
    named = staged.alias("named")
    beside = select(func.min(named.c[key.name])).where(
        named.c[who] == staged.c[who],
        _start(named, times) == _start(staged, times),
        ~named.c[key.name].startswith(OWN_KEY),
    )
    known = func.coalesce(*(each.correlate(staged).scalar_subquery() for each in (same, beside)))
    m.connection.execute(update(staged).where(without, known.is_not(None)).values({key.name: known}))
    pairs = (
        select(key, mine)
        .join(child, child.c.id == table.c.child_id)
        .join(staged, and_(staged.c[who] == child.c[who], _start(staged, times) == _start(table, times)))
        .where(unnamed, ~without, ~exists().where(named.c[key.name] == key))
    )
    for old, new in sorted(m.connection.execute(pairs).all()):
        if key is interview.c.episode_ref:  # one interview has an occurrence: the old row gives it up to the new one
            m.connection.execute(update(interview).where(key == old).values(occurrence_ref=None))
        rename(m.connection, table, old, new, *named_in)


def _start(rows: FromClause, times: Sequence[str]) -> ColumnElement[Any]:
    """Return the first known of a record's times."""
    columns = [rows.c[time] for time in times]
    return func.coalesce(*columns) if len(columns) > 1 else columns[0]


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
    for line, value, named, held, *at in m.connection.execute(query).all():
        reason = f"is the reference of another child on line {held}"
        m.tell(Contradiction(line, key, value, reason, "give each child a record of its own"))
        own = own_key(named, next((t for t in at if t is not None), None))
        m.connection.execute(update(staged).where(staged.c.line == line).values({key: own}))


ADVICE = "keep the row that is right and remove the other"
#: Columns that a row keeps where another row of the same record holds: it may be a grade of its own.
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


def find_nameless(m: Merging, staged: Table, key: ColumnElement[str], unnamed: ColumnElement[bool]) -> None:
    """Give rows without any child's reference a child of their own: kept, and matched with no other."""
    rest = and_(unnamed, staged.c.child_id.is_(None))
    m.references.add_children(m.connection, "nameless", select(key).where(rest))
    own = select(child.c.id).where(child.c.nameless == key).scalar_subquery()
    m.connection.execute(update(staged).where(rest).values(child_id=own))


def keep_gaps(m: Merging, staged: Table, stored: ColumnElement[bool]) -> int:
    """Drop the rows of an older export that are stored already, whatever a newer export could not read or voided."""
    return m.connection.execute(delete(staged).where(stored)).rowcount if m.only_gaps else 0


def store_records(
    m: Merging,
    staged: Table,
    table: Table,
    facts: Sequence[str],
    *times: str,
    own: Sequence[str],
    rows: ColumnElement[bool],
) -> None:
    """Add the new records, and change those whose facts or `own` columns are others than stored.

    `rows` matches the staged rows to store, one of each record.
    """
    key = next(iter(table.primary_key.columns))
    # When this became known here; what the first load brings was known outside long before.
    now = literal(m.now, table.c.entered_at.type)
    taken = literal(m.taken_at, table.c.first_taken_at.type)
    known = func.coalesce(*(staged.c[time] for time in times), taken)
    entered = case((known < now, known), else_=now) if m.first else now
    values = select(staged.c[key.name], entered, taken, *(staged.c[name] for name in (*own, *facts))).where(rows)
    names = [key.name, "entered_at", "first_taken_at", *own, *facts]
    statement = upsert(m.connection, table).from_select(names, values)
    differs = (table.c[name].is_distinct_from(statement.excluded[name]) for name in own)
    m.connection.execute(
        statement.on_conflict_do_update(
            index_elements=[key.name],
            set_={name: statement.excluded[name] for name in (*own, *facts)},
            where=or_(table.c.payload != statement.excluded.payload, *differs),
        )
    )
