"""Matching of children: two records that are one child, two children mistaken for one; references for new children."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    SelectBase,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union,
    update,
)

from bot.rules.text.area_names import new_reference
from bot.store.bulk import add_rows, chunks
from bot.store.database import upsert
from bot.store.loading.staging import dropped, fresh, joined, released, touch, touched
from bot.store.loading.working_copy import stored
from bot.store.queries.children import SAID, Erasures, reference_length, said_key
from bot.store.schema.records import (
    child,
    child_alias,
    child_period,
    child_placement,
    episode,
    interview,
    occurrence,
    ruling,
)

CHUNK = 2000


class References:
    """Make random references that no child has or had."""

    def __init__(self, prefix: str, choose: Callable[[str], str], erasures: Erasures | None = None) -> None:
        self.prefix = prefix
        self.choose = choose
        self._erasures = erasures
        self._added = 0

    def add_children(self, connection: Connection, column: str, keys: Select[str]) -> None:
        """Add a child for every key (a police or council reference) that has none yet."""
        unknown = keys.where(~exists().where(child.c[column] == keys.selected_columns[0])).distinct()
        unknown = unknown.order_by(keys.selected_columns[0])
        # A reference that is taken already is not inserted; its key comes again with another one.
        while found := connection.execute(unknown).scalars().all():
            for some in chunks(found, CHUNK):
                self._add(connection, column, some)

    def _add(self, connection: Connection, column: str, keys: Sequence[str]) -> None:
        before = connection.execute(select(func.count()).select_from(stored(child))).scalar_one()
        length = reference_length(before + self._added + len(keys))
        made = {new_reference(self.prefix, length, self.choose): key for key in keys}
        old: set[str] = set()
        for table in (child_alias, stored(child_alias), stored(child)):
            old |= set(connection.execute(select(table.c.ref).where(table.c.ref.in_(made))).scalars())
        if self._erasures:
            old |= self._erasures.which(connection, "ref", made)
        new = [(ref, key) for ref, key in made.items() if ref not in old]
        self._added += len(new)
        add_rows(connection, fresh, ["ref", "key"], new)
        rows = upsert(connection, child).from_select(["ref", column], select(fresh).where(true()))
        connection.execute(rows.on_conflict_do_nothing(index_elements=["ref"]))
        connection.execute(delete(fresh))


def find_said(connection: Connection, staged: Table, record: str, who: str, unnamed: str) -> None:
    """Give a child who was said in chat the records that have its number of the police, and never another's.

    The child of such a record is that child, under the reference it was given. Where that child is known already, the
    two are to be joined (`joined`): the known one's reference stays, and the other goes on answering. `unnamed` begins
    the key of a child whom the record does not name.
    """
    said = {row.nameless: row.id for row in connection.execute(select(child).where(child.c.nameless.startswith(SAID)))}
    if not said:
        return
    names = (staged.c.occurrence_ref, func.min(staged.c[who]), func.min(staged.c[record]))
    rows = select(*names).where(staged.c.occurrence_ref.is_not(None)).group_by(staged.c.occurrence_ref)
    for number, named, key in connection.execute(rows.order_by(staged.c.occurrence_ref)).all():
        ours = said.get(said_key(connection, number))
        if ours is None:
            continue
        facts = {who: named, "nameless": None} if named else {"nameless": f"{unnamed}{key}"}
        theirs = child.c[who] == named if named else child.c.nameless == facts["nameless"]
        known = connection.execute(select(child.c.id).where(theirs)).scalar()
        if known is None:
            connection.execute(update(child).where(child.c.id == ours).values(facts))
        else:
            connection.execute(insert(joined).values(drop_id=ours, keep_id=known))


def join_children(connection: Connection, linked_by: str | None) -> None:
    """Carry out the pairs in `joined`: one row stays, and the other's reference becomes its alias.

    `linked_by` names the proof that they are one; None where one of the two was named by no record.
    """
    touch(connection, select(joined.c.keep_id))
    # A birth date sealed while no record named the child opens beside no reference; the named one brings its own.
    other = child.alias("other")
    pairs = or_(
        and_(joined.c.drop_id == child.c.id, joined.c.keep_id == other.c.id),
        and_(joined.c.keep_id == child.c.id, joined.c.drop_id == other.c.id),
    )
    named = exists().where(pairs, other.c.police_ref.is_not(None))
    both = union(select(joined.c.drop_id), select(joined.c.keep_id))
    connection.execute(
        update(child)
        .where(child.c.id.in_(both), child.c.police_ref.is_(None), child.c.police_birth_date.is_not(None), named)
        .values(police_birth_date=None, police_birth_date_mark=None)
    )
    for table in (occurrence, interview, episode, child_period, child_placement, child_alias, ruling):
        keep = select(joined.c.keep_id).where(joined.c.drop_id == table.c.child_id).scalar_subquery()
        gone = table.c.child_id.in_(select(joined.c.drop_id))
        connection.execute(update(table).values(child_id=keep).where(gone))
    # Each has facts of one agency only, so nothing is overwritten.
    names = [c.name for c in dropped.c if c.name not in {"drop_id", "keep_id", "ref", "nameless"}]
    old = select(joined.c.drop_id, joined.c.keep_id, child.c.ref, *(child.c[name] for name in names))
    old = old.join(child, child.c.id == joined.c.drop_id)
    connection.execute(insert(dropped).from_select(["drop_id", "keep_id", "ref", *names], old))
    connection.execute(delete(child).where(child.c.id.in_(select(joined.c.drop_id))))
    merged = {name: func.coalesce(child.c[name], _first_dropped(name)) for name in names}
    kept = child.c.id.in_(select(dropped.c.keep_id))
    proof = {"linked_by": linked_by} if linked_by else {}
    is_named = or_(child.c.police_ref.is_not(None), child.c.council_ref.is_not(None))
    connection.execute(update(child).where(kept).values(**(merged | proof)))
    connection.execute(update(child).where(kept, is_named).values(nameless=None))
    aliases = select(dropped.c.ref, dropped.c.keep_id)
    connection.execute(insert(child_alias).from_select(["ref", "child_id"], aliases))
    connection.execute(delete(dropped))
    connection.execute(delete(touched).where(touched.c.child_id.in_(select(joined.c.drop_id))))
    connection.execute(delete(joined))


def _first_dropped(name: str) -> ScalarSelect[Any]:
    """Select a fact of the first dropped row of a child that has it."""
    rows = select(dropped.c[name]).where(dropped.c.keep_id == child.c.id, dropped.c[name].is_not(None))
    return rows.order_by(dropped.c.drop_id).limit(1).scalar_subquery()


def join_by_interview(connection: Connection) -> None:
    """Join a council's child and a police child where an interview names the police occurrence.

    Only where neither is known to the other agency yet: children known to both are never joined. Of several candidates
    the smallest references go first.
    """
    while True:
        # Pairs of rows to join, each row at most once: for each the smallest partner, if that is mutual.
        changed = select(touched.c.child_id)
        found = union(
            _candidates().where(interview.c.child_id.in_(changed)),
            _candidates().where(occurrence.c.child_id.in_(changed)),
        ).subquery()
        best = select(
            found,
            func.min(found.c.council_ref).over(partition_by=found.c.police_ref).label("best_council"),
            func.min(found.c.police_ref).over(partition_by=found.c.council_ref).label("best_police"),
        ).subquery()
        older, newer = in_order(best.c.police_child, best.c.council_child)
        connection.execute(
            insert(joined).from_select(
                ["drop_id", "keep_id"],
                select(newer, older).where(
                    best.c.council_ref == best.c.best_council, best.c.police_ref == best.c.best_police
                ),
            )
        )
        if not connection.execute(select(func.count()).select_from(joined)).scalar_one():
            return
        join_children(connection, "interview")


def _candidates() -> Select[Any]:
    theirs, ours = child.alias("theirs"), child.alias("ours")
    return (
        select(
            theirs.c.id.label("police_child"),
            ours.c.id.label("council_child"),
            func.coalesce(theirs.c.police_ref, theirs.c.nameless).label("police_ref"),
            func.coalesce(ours.c.council_ref, ours.c.nameless).label("council_ref"),
        )
        .select_from(interview)
        .join(occurrence, occurrence.c.occurrence_ref == interview.c.occurrence_ref)
        .join(theirs, theirs.c.id == occurrence.c.child_id)
        .join(ours, ours.c.id == interview.c.child_id)
        # Not "IS NULL": SQLite takes that for one row of a unique column, and would begin with all of them.
        .where(func.coalesce(theirs.c.council_ref, "") == "", func.coalesce(ours.c.police_ref, "") == "")
        .where(theirs.c.id != ours.c.id)
    )


def in_order(a: ColumnElement[int], b: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return case((a < b, a), else_=b), case((a < b, b), else_=a)


def release(connection: Connection, references: References, mistaken: SelectBase) -> None:
    """Take the police key and records away from children that turned out not to be theirs.

    They get a row of their own until an export says whose they are.
    """
    key, facts = "police_ref", ["police_birth_date", "police_birth_date_mark", "police_birth_unread", "police_sex"]
    theirs = select(child.c.id, child.c[key], *(child.c[f] for f in facts)).where(child.c.id.in_(mistaken))
    connection.execute(insert(released).from_select(["child_id", key, *facts], theirs))
    connection.execute(
        update(child)
        .where(child.c.id.in_(select(released.c.child_id)))
        .values(dict.fromkeys([key, *facts, "linked_by"]))
    )
    references.add_children(connection, key, select(released.c.police_ref))
    connection.execute(
        update(child)
        .where(child.c.police_ref == released.c.police_ref)
        .values({name: released.c[name] for name in facts})
    )
    alone = child.alias("alone")
    new_row = (
        select(alone.c.id)
        .join(released, released.c.police_ref == alone.c.police_ref)
        .where(released.c.child_id == occurrence.c.child_id)
    )
    moved = occurrence.c.child_id.in_(select(released.c.child_id))
    connection.execute(update(occurrence).values(child_id=new_row.scalar_subquery()).where(moved))
    touch(connection, select(released.c.child_id))
    touch(connection, select(child.c.id).where(child.c.police_ref.in_(select(released.c.police_ref))))
    connection.execute(delete(released))


def rename(connection: Connection, table: Table, old: str, new: str, *others: Table) -> None:
    """Give a stored record its agency's reference, here and in every table that names it.

    Where a record with that reference is stored already, the two are one: the one without a reference is deleted.
    """
    key = next(iter(table.primary_key.columns))
    stored = connection.execute(select(key).where(key == new)).first() is not None
    if not stored:
        values = [literal(new, key.type) if c is key else c for c in table.c]
        connection.execute(insert(table).from_select([c.name for c in table.c], select(*values).where(key == old)))
    for other in others:
        for column in (c for c in other.c if c.name.endswith(key.name)):  # a ruling names the records of two absences
            if stored and not column.nullable:
                connection.execute(delete(other).where(column == old))
            else:
                connection.execute(update(other).where(column == old).values({column.name: None if stored else new}))
    touch(connection, select(table.c.child_id).where(key == old))
    connection.execute(delete(table).where(key == old))
