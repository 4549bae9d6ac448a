"""Who is who: two records that are one child, and two children mistaken for one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    SelectBase,
    Table,
    case,
    delete,
    func,
    insert,
    select,
    union,
    update,
)

from bot.store.merge import touch
from bot.store.references import References
from bot.store.staging import dropped, joined, released, touched
from bot.store.tables import child, child_alias, child_period, episode, interview, occurrence


def join_children(connection: Connection, linked_by: str) -> None:
    """Carry out what `joined` says: the older row stays, the other's reference goes on answering."""
    touch(connection, select(joined.c.keep_id))
    for table in (occurrence, interview, episode, child_period, child_alias):
        _move(connection, table)
    _join_facts(connection, linked_by)
    connection.execute(delete(touched).where(touched.c.child_id.in_(select(joined.c.drop_id))))
    connection.execute(delete(joined))


def _move(connection: Connection, table: Table) -> None:
    keep = select(joined.c.keep_id).where(joined.c.drop_id == table.c.child_id).scalar_subquery()
    gone = table.c.child_id.in_(select(joined.c.drop_id))
    connection.execute(update(table).values(child_id=keep).where(gone))


def _join_facts(connection: Connection, linked_by: str) -> None:
    """Each of the two has facts of one agency only, so nothing is overwritten."""
    names = [c.name for c in dropped.c if c.name not in {"keep_id", "ref"}]
    old = select(joined.c.keep_id, child.c.ref, *(child.c[name] for name in names))
    old = old.join(child, child.c.id == joined.c.drop_id)
    connection.execute(insert(dropped).from_select(["keep_id", "ref", *names], old))
    connection.execute(delete(child).where(child.c.id.in_(select(joined.c.drop_id))))
    both = {name: func.coalesce(child.c[name], dropped.c[name]) for name in names}
    kept = child.c.id.in_(select(dropped.c.keep_id))
    same = child.c.id == dropped.c.keep_id
    connection.execute(update(child).where(kept, same).values(**both, linked_by=linked_by))
    aliases = select(dropped.c.ref, dropped.c.keep_id)
    connection.execute(insert(child_alias).from_select(["ref", "child_id"], aliases))
    connection.execute(delete(dropped))


def join_by_interview(connection: Connection) -> None:
    """An interview that names an occurrence shows that its child and the police's are one.

    Only where neither is known to the other agency yet: what two agencies say about two children is
    never put together. Where several would do, the smallest references go first.
    """
    while True:
        connection.execute(insert(joined).from_select(["drop_id", "keep_id"], _same_by_interview()))
        if not connection.execute(select(func.count()).select_from(joined)).scalar_one():
            return
        join_children(connection, "interview")


def _same_by_interview() -> Select[int, int]:
    """Pairs of rows to join, each row at most once: for each the smallest partner, if that is mutual."""
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
    return select(newer, older).where(
        best.c.council_ref == best.c.best_council, best.c.police_ref == best.c.best_police
    )


def _candidates() -> Select[Any]:
    theirs, ours = child.alias("theirs"), child.alias("ours")
    return (
        select(
            theirs.c.id.label("police_child"),
            ours.c.id.label("council_child"),
            theirs.c.police_ref,
            ours.c.council_ref,
        )
        .select_from(interview)
        .join(occurrence, occurrence.c.occurrence_ref == interview.c.occurrence_ref)
        .join(theirs, theirs.c.id == occurrence.c.child_id)
        .join(ours, ours.c.id == interview.c.child_id)
        # Not "IS NULL": SQLite takes that for one row of a unique column, and would begin with all of them.
        .where(func.coalesce(theirs.c.council_ref, "") == "", func.coalesce(ours.c.police_ref, "") == "")
    )


def in_order(a: ColumnElement[int], b: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return case((a < b, a), else_=b), case((a < b, b), else_=a)


def release(connection: Connection, references: References, mistaken: SelectBase) -> None:
    """Take the police's key and records away from children that turned out not to be theirs.

    They get a row of their own until somebody says whose they are.
    """
    key, facts = "police_ref", ["police_birth_date", "police_birth_date_mark", "police_sex"]
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
