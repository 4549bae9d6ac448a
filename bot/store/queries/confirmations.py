"""What named persons said of doubts, as lists and the freezing of episodes read it, and how loads bear on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, exists, or_, select, update

from bot.rules.episodes.age import Said
from bot.rules.episodes.confirmations import Ruling
from bot.rules.episodes.source_records import SaidEnd
from bot.store.loading.staging import touched
from bot.store.retention.delete import chunks
from bot.store.schema.records import child, episode, interview, occurrence, ruling


class OfChild(NamedTuple):
    """What holds of one child when its episodes are frozen."""

    age: Said = ""
    ends: tuple[SaidEnd, ...] = ()


NOTHING = OfChild()
HOLDS = and_(ruling.c.undone_at.is_(None), ruling.c.overtaken_at.is_(None))


def of_touched(connection: Connection, first: int, last: int) -> Mapping[int, OfChild]:
    """Of the touched children whose numbers lie between these two; few have any."""
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
    return {number: OfChild(_age(rows), _ends(rows)) for number, rows in found.items()}


def _age(rows: Sequence[Row[Any]]) -> Said:
    """The newest that was said of the birth dates there are now: of another date nobody has said anything."""
    said = [row for row in rows if row.kind == "age"]
    if not said or not marks(said[-1]) <= set(said[-1].born.split()):
        return ""
    return cast(Said, said[-1].value)


def marks(row: Any) -> set[str]:
    return {mark for mark in (row.birth_date_mark, row.police_birth_date_mark) if mark}


def _ends(rows: Sequence[Row[Any]]) -> tuple[SaidEnd, ...]:
    return tuple(
        SaidEnd(row.occurrence_ref, row.episode_ref, row.at, row.said_at, row.value)
        for row in rows
        if row.kind == "end"
    )


def follow_the_records(connection: Connection) -> None:
    """An end goes with the record it was said of, to whose child that now is."""
    for table, name in ((occurrence, "occurrence_ref"), (interview, "episode_ref")):
        same = table.c[name] == ruling.c[name]
        to_child = select(table.c.child_id).where(same).scalar_subquery()
        moved = exists().where(same, table.c.child_id != ruling.c.child_id, table.c.child_id.in_(_touched()))
        alone = () if table is occurrence else (ruling.c.occurrence_ref.is_(None),)
        connection.execute(update(ruling).where(ruling.c.kind == "end", moved, *alone).values(child_id=to_child))


def _touched() -> Select[int]:
    return select(touched.c.child_id)


def overtake(
    connection: Connection, table: Table, refs: Sequence[str], source: str, taken_at: datetime, now: datetime
) -> None:
    """The export has these records again: an end that was said of them counts no more, whatever follows."""
    name = next(iter(table.primary_key.columns)).name
    for some in chunks(refs):
        where = (ruling.c.kind == "end", HOLDS, ruling.c[name].in_(some))
        connection.execute(
            update(ruling).where(*where).values(overtaken_at=now, overtaken_by=source, file_taken_at=taken_at)
        )


def of_child(connection: Connection, number: int) -> tuple[Ruling, ...]:
    """Everything that was said of one child, what was taken back too; oldest first."""
    return _read(connection, ruling.c.child_id == number)


def news(connection: Connection, areas: Sequence[str], since: datetime, until: datetime) -> tuple[Ruling, ...]:
    """What was said, taken back or overtaken in [since, until), of children in these areas; oldest first."""
    moments = (ruling.c[name] for name in ("said_at", "undone_at", "overtaken_at"))
    within = or_(*(and_(at >= since, at < until) for at in moments))
    return tuple(r for r in _read(connection, within) if r.area in areas)


def _read(connection: Connection, *where: ColumnElement[bool]) -> tuple[Ruling, ...]:
    query = select(ruling, child.c.ref).join(child, child.c.id == ruling.c.child_id).where(*where)
    rows = connection.execute(query.order_by(ruling.c.id)).all()
    theirs = _episodes(connection, {row.child_id for row in rows})
    return tuple(_ruling(row, theirs[row.child_id]) for row in rows)


def _episodes(connection: Connection, children: set[int]) -> dict[int, list[Row[Any]]]:
    """Of each child, oldest first: an end is in its episode's area, an age in that of the newest."""
    columns = (episode.c.id, episode.c.child_id, episode.c.area, episode.c.occurrence_ref, episode.c.episode_ref)
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    query: Select[Any] = select(*columns).where(episode.c.child_id.in_(children))
    for row in connection.execute(query.order_by(episode.c.start_at, episode.c.id)):
        found[row.child_id].append(row)
    return found


def _ruling(row: Row[Any], theirs: Sequence[Row[Any]]) -> Ruling:
    refs = ("occurrence_ref", "episode_ref")
    own = [x for x in theirs if any(getattr(row, name) and getattr(x, name) == getattr(row, name) for name in refs)]
    of = (own or list(theirs))[-1:]
    return Ruling(
        id=row.id,
        child_id=row.child_id,
        kind=row.kind,
        ref=row.ref,
        area=of[0].area if of else "",
        value=row.value,
        by=row.by,
        agency=row.agency,
        said_at=row.said_at,
        at=row.at,
        episode_id=own[-1].id if own else None,
        source=row.overtaken_by or "",
        undone_at=row.undone_at,
        undone_by=row.undone_by or "",
        overtaken_at=row.overtaken_at,
        file_taken_at=row.file_taken_at,
    )


def holders(connection: Connection, episodes: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Of which of these episodes the newest export of which source has a record, or may have one."""
    query = (
        select(
            episode.c.id,
            (episode.c.occurrence_ref.is_not(None) & occurrence.c.absent_at.is_(None)).label("police"),
            (episode.c.episode_ref.is_not(None) & interview.c.absent_at.is_(None)).label("interviews"),
        )
        .outerjoin(occurrence, occurrence.c.occurrence_ref == episode.c.occurrence_ref)
        .outerjoin(interview, interview.c.episode_ref == episode.c.episode_ref)
        .where(episode.c.id.in_(episodes))
    )
    sources = ("police", "interviews")
    return {row.id: tuple(s for s in sources if getattr(row, s)) for row in connection.execute(query)}


def doubted(code: str) -> ColumnElement[bool]:
    """Whether the doubt is one of the words that stand on the episode."""
    return (" " + episode.c.doubts + " ").contains(f" {code} ")
