"""Confirmations in chat while a file is loaded: which hold, which follow their records, which are overtaken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, exists, select, update

from bot.rules.episodes.risk_flags import Said
from bot.rules.episodes.source_records import ConfirmedEnd
from bot.store.bulk import chunks
from bot.store.loading.staging import touched
from bot.store.queries.children import HOLDS, OfChild, marks
from bot.store.schema.records import child, interview, occurrence, ruling


def of_touched(connection: Connection, first: int, last: int) -> Mapping[int, OfChild]:
    """The rulings that hold, by touched child, of children with numbers from `first` to `last`; few have any.

    An age is the newest, and holds only while the birth dates are those it was given for.
    """
    query = (
        select(ruling, child.c.birth_date_mark, child.c.police_birth_date_mark)
        .join(child, child.c.id == ruling.c.child_id)
        .join(touched, touched.c.child_id == ruling.c.child_id)
        .where(ruling.c.child_id.between(first, last), HOLDS)
        .order_by(ruling.c.id)
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.child_id].append(row)
    holding: dict[int, OfChild] = {}
    for number, rows in found.items():
        ages = [row for row in rows if row.kind == "age"]
        age = ages[-1].value if ages and marks(ages[-1]) <= set(ages[-1].born.split()) else ""
        ends = [
            ConfirmedEnd(row.occurrence_ref, row.episode_ref, row.at, row.said_at, row.value)
            for row in rows
            if row.kind == "end"
        ]
        holding[number] = OfChild(cast(Said, age), tuple(ends))
    return holding


def follow_the_records(connection: Connection) -> None:
    """Move an end with the record it was said of, to the child that the record now names."""
    for table, name in ((occurrence, "occurrence_ref"), (interview, "episode_ref")):
        same = table.c[name] == ruling.c[name]
        to_child = select(table.c.child_id).where(same).scalar_subquery()
        of_touched = table.c.child_id.in_(select(touched.c.child_id))
        moved = exists().where(same, table.c.child_id != ruling.c.child_id, of_touched)
        alone = () if table is occurrence else (ruling.c.occurrence_ref.is_(None),)
        connection.execute(update(ruling).where(ruling.c.kind == "end", moved, *alone).values(child_id=to_child))


def overtake(
    connection: Connection, table: Table, refs: Sequence[str], source: str, taken_at: datetime, now: datetime
) -> None:
    """Overtake the ends said of these records: the export has the records again, and the ends count no more."""
    name = next(iter(table.primary_key.columns)).name
    for some in chunks(refs):
        where = (ruling.c.kind == "end", HOLDS, ruling.c[name].in_(some))
        connection.execute(
            update(ruling).where(*where).values(overtaken_at=now, overtaken_by=source, file_taken_at=taken_at)
        )
