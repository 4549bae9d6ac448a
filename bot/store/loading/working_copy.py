"""The stored records that a load may change, copied into temporary tables of the same names.

A load is worked out on the copies, while others go on writing; under the write lock only the difference is carried
over. While the copies are there, a table's plain name is its copy, on both databases; `stored` is the table itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    Index,
    Insert,
    MetaData,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    true,
    tuple_,
    union,
    update,
)

from bot.store.database import upsert
from bot.store.loading.staging import children, copied, interviews, police, touched
from bot.store.queries.children import SAID
from bot.store.schema.records import (
    child,
    child_alias,
    child_period,
    child_placement,
    episode,
    found_with,
    grade,
    interview,
    occurrence,
    ruling,
)

#: Every table that a load may change, each after those that it refers to.
COPIED = (child, child_alias, child_period, child_placement, occurrence, interview, grade, found_with, ruling, episode)
#: Tables that name an occurrence, and no child.
_OF_OCCURRENCE = (grade, found_with)
#: Tables in which a load makes new numbers.
_NUMBERED = (child, episode)
#: References that only one record has: two records may swap theirs in one load.
_UNIQUE = {
    child: ("police_ref", "council_ref", "nameless"),
    episode: ("occurrence_ref", "episode_ref"),
}
_INDEXED = {
    child_alias: ("child_id",),
    occurrence: ("child_id",),
    interview: ("child_id", "occurrence_ref"),
    ruling: ("child_id",),
    episode: ("child_id",),
}

_itself = MetaData(schema="stored")
_STORED = {table: table.to_metadata(_itself, referred_schema_fn=lambda *_: "stored") for table in COPIED}
_temporary = MetaData()
_TEMPORARY = ["TEMPORARY"]


def stored(table: Table) -> Table:
    """Return the table itself, whether there is a copy of it or not."""
    return _STORED[table]


def _define_copy(table: Table) -> None:
    columns = [
        Column(
            c.name,
            c.type,
            primary_key=c.primary_key,
            unique=c.unique and table is not episode,
            nullable=c.nullable,
            server_default=getattr(c.server_default, "arg", None),
            autoincrement=False,
        )
        for c in table.c
    ]
    numbered = table in _NUMBERED  # SQLite's own numbers could otherwise be those of records that are not copied
    columns[0].autoincrement = numbered
    made = Table(table.name, _temporary, *columns, prefixes=_TEMPORARY, sqlite_autoincrement=numbered)
    for name in _INDEXED.get(table, ()):
        Index(f"ix_copy_{table.name}_{name}", made.c[name])
    if table is child:  # the only unique reference without a constraint of its column
        Index("uq_copy_child_nameless", made.c.nameless, unique=True)


for _table in COPIED:
    _define_copy(_table)

#: Keys of stored records that the load removes.
_GONE = {
    table: Table(
        f"gone_{table.name}", _temporary, *(Column(c.name, c.type) for c in table.primary_key), prefixes=_TEMPORARY
    )
    for table in COPIED
}


def name_the_tables(connection: Connection) -> None:
    """Have `stored` tables found on this connection."""
    schema = "main"
    if connection.dialect.name == "postgresql":
        schema = connection.execute(text("SELECT current_schema()")).scalar_one()
        connection.rollback()
    connection.execution_options(schema_translate_map={"stored": schema})


def choose_children(connection: Connection, source: str, marked: Iterable[Select[int]]) -> None:
    """Note the children whose records the staged rows may change, and those linked with them by a record.

    `marked` are children of records that the file lacks, or has again.
    """
    for wanted in (*marked, *_SEEDS[source]()):
        _add(connection, _of(wanted))
    # New numbers go on from the highest, so that comes along.
    for newest in (select(func.max(child.c.id)), select(episode.c.child_id).order_by(episode.c.id.desc()).limit(1)):
        number = connection.execute(newest).scalar()
        if number is not None:
            _add(connection, _of(select(child.c.id).where(child.c.id == number)))
    count = select(func.count()).select_from(copied)
    before, now = -1, connection.execute(count).scalar_one()
    while now != before:
        for linked in _LINKED:
            _add(connection, linked)
        before, now = now, connection.execute(count).scalar_one()


def _of(wanted: Select[int]) -> Select[int]:
    """Return the rows of a query in a form that both databases insert with ON CONFLICT."""
    return select(wanted.subquery().c[0]).where(true())


def _add(connection: Connection, rows: Select[int]) -> None:
    connection.execute(upsert(connection, copied).from_select(["child_id"], rows).on_conflict_do_nothing())


#: The children who were said in chat to be missing, and whom no export has yet: there are few.
_SAID_IN_CHAT = (
    select(child.c.id)
    .join(ruling, ruling.c.child_id == child.c.id)
    .where(ruling.c.kind == "missing", child.c.nameless.startswith(SAID))
)


def _of_police() -> Iterator[Select[int]]:
    names = select(police.c.police_ref).where(police.c.police_ref.is_not(None))
    yield select(child.c.id).where(child.c.police_ref.in_(names))
    refs = select(police.c.occurrence_ref)
    yield select(child.c.id).where(child.c.nameless.in_(select("police:" + police.c.occurrence_ref)))
    yield _SAID_IN_CHAT
    yield select(occurrence.c.child_id).where(occurrence.c.occurrence_ref.in_(refs))
    yield select(interview.c.child_id).where(interview.c.occurrence_ref.in_(refs))


def _of_children() -> Iterator[Select[int]]:
    yield select(child.c.id).where(child.c.council_ref.in_(select(children.c.council_ref)))
    names = select(children.c.police_ref).where(children.c.police_ref.is_not(None))
    yield select(child.c.id).where(child.c.police_ref.in_(names))


def _of_interviews() -> Iterator[Select[int]]:
    names = select(interviews.c.council_ref).where(interviews.c.council_ref.is_not(None))
    yield select(child.c.id).where(child.c.council_ref.in_(names))
    yield select(child.c.id).where(child.c.nameless.in_(select("council:" + interviews.c.episode_ref)))
    yield _SAID_IN_CHAT
    refs = select(interviews.c.occurrence_ref).where(interviews.c.occurrence_ref.is_not(None))
    yield select(interview.c.child_id).where(interview.c.episode_ref.in_(select(interviews.c.episode_ref)))
    yield select(interview.c.child_id).where(interview.c.occurrence_ref.in_(refs))
    yield select(occurrence.c.child_id).where(occurrence.c.occurrence_ref.in_(refs))


_SEEDS = {"police": _of_police, "children": _of_children, "interviews": _of_interviews}


def _linked() -> Iterator[Select[int]]:
    """Select children that a record links with a copied one: a load may find them to be one child."""
    both = (
        (interview, occurrence, interview.c.occurrence_ref == occurrence.c.occurrence_ref),
        (episode, occurrence, episode.c.occurrence_ref == occurrence.c.occurrence_ref),
        (episode, interview, episode.c.episode_ref == interview.c.episode_ref),
        (ruling, occurrence, ruling.c.occurrence_ref == occurrence.c.occurrence_ref),
        (ruling, interview, ruling.c.episode_ref == interview.c.episode_ref),
    )
    for one, other, same in both:
        for here, there in ((one, other), (other, one)):
            if there is ruling:
                continue  # its records have no index of their own; a confirmation is found by its child
            known = here.c.child_id.in_(select(copied.c.child_id))
            yield (
                select(there.c.child_id)
                .select_from(here.join(there, same))
                .where(known, here.c.child_id != there.c.child_id)
            )


_LINKED = [_of(wanted) for wanted in _linked()]


def copy(connection: Connection) -> None:
    """Copy the records of the chosen children. From here on, plain names are the copies."""
    _temporary.create_all(connection, checkfirst=False)
    if connection.dialect.name == "postgresql":
        for table in _NUMBERED:
            named = connection.schema_for_object(stored(table))
            quoted = connection.dialect.identifier_preparer.quote(named or "")
            sequence = f"pg_get_serial_sequence('{quoted}.{table.name}', 'id')"
            connection.execute(text(f"ALTER TABLE pg_temp.{table.name} ALTER id SET DEFAULT nextval({sequence})"))
    for table in COPIED:
        connection.execute(_copying(table))
    analyse(connection)


# Building these statements takes longer than running them on a small export, so each is built once.


@cache
def _copying(table: Table) -> Insert:
    itself = stored(table).alias("itself")
    rows = select(itself).where(_is_copied(table, itself))
    return insert(table).from_select([c.name for c in table.c], rows)


@cache
def _noting_gone(table: Table) -> Insert:
    itself, gone = stored(table).alias("itself"), _GONE[table]
    same = _same_key(table, itself, table)
    lost = select(*(itself.c[c.name] for c in gone.c)).where(_is_copied(table, itself), ~exists().where(same))
    return insert(gone).from_select([c.name for c in gone.c], lost)


@cache
def _forgetting_unchanged(table: Table) -> Delete:
    itself = stored(table).alias("itself")
    equal = (table.c[c.name].is_not_distinct_from(itself.c[c.name]) for c in table.c if not c.primary_key)
    return delete(table).where(exists().where(_same_key(table, itself, table), *equal))


@cache
def _removing(table: Table) -> Delete:
    itself, gone = stored(table), _GONE[table]
    return delete(itself).where(tuple_(*itself.primary_key).in_(select(*gone.c)))


def analyse(connection: Connection) -> None:
    """Have PostgreSQL know how large the copies have become: it does not look at temporary tables by itself."""
    if connection.dialect.name == "postgresql":
        for table in (*COPIED, touched):
            connection.exec_driver_sql(f"ANALYZE pg_temp.{table.name}")


def _is_copied(table: Table, itself: FromClause) -> ColumnElement[bool]:
    """Match the stored rows that have been copied."""
    chosen = select(copied.c.child_id)
    if table in _OF_OCCURRENCE:
        owner = stored(occurrence).alias("owner")
        return itself.c.occurrence_ref.in_(select(owner.c.occurrence_ref).where(owner.c.child_id.in_(chosen)))
    return itself.c.id.in_(chosen) if table is child else itself.c.child_id.in_(chosen)


def keep_the_difference(connection: Connection) -> None:
    """Note what the load removes, and leave in the copies only the records that it adds or changes."""
    for table in COPIED:
        connection.execute(_noting_gone(table))
    for table in COPIED:
        connection.execute(_forgetting_unchanged(table))


def carry_over(connection: Connection) -> None:
    """Write the difference into the tables themselves. Only this needs the write lock."""
    for table, names in _UNIQUE.items():
        itself, gone = stored(table), _GONE[table]
        key = next(iter(itself.primary_key))
        own = next(iter(table.primary_key))
        moved = union(select(own), select(gone.c[own.name]))
        held = or_(*(itself.c[name].is_not(None) for name in names))
        connection.execute(update(itself).where(key.in_(moved), held).values(dict.fromkeys(names)))
    records = (child, occurrence, interview)
    of_records = [table for table in COPIED if table not in records]
    for table in records:
        _put(connection, table)
    for table in of_records:
        connection.execute(_removing(table))
    for table in of_records:
        _put(connection, table)
    for table in reversed(records):
        connection.execute(_removing(table))


def _put(connection: Connection, table: Table) -> None:
    made = connection.dialect.name, table
    if made not in _puts:
        names = [c.name for c in table.c]
        statement = upsert(connection, stored(table)).from_select(names, select(table).where(true()))
        keys = [c.name for c in table.primary_key]
        values = {name: statement.excluded[name] for name in names if name not in keys}
        if values:
            _puts[made] = statement.on_conflict_do_update(index_elements=keys, set_=values)
        else:
            _puts[made] = statement.on_conflict_do_nothing()
    connection.execute(_puts[made])


#: The statements of `_put`, by dialect and table.
_puts: dict[tuple[str, Table], Insert] = {}


def _same_key(table: Table, one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(*(one.c[c.name] == other.c[c.name] for c in table.primary_key))


def drop(connection: Connection) -> None:
    """Drop the copies: plain names are the tables themselves again."""
    _temporary.drop_all(connection, checkfirst=False)
