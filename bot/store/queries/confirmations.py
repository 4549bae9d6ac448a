"""Rulings: decisions of named persons on doubts, for lists and for the freezing of episodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, select

from bot.rules.episodes.age import Said
from bot.rules.episodes.confirmations import Ruling
from bot.rules.episodes.source_records import ConfirmedEnd
from bot.store.schema.records import child, episode, interview, occurrence, ruling


class OfChild(NamedTuple):
    """The rulings that hold of one child when its episodes are frozen: an age, and ends of absences."""

    age: Said = ""
    ends: tuple[ConfirmedEnd, ...] = ()


NOTHING = OfChild()
HOLDS = and_(ruling.c.undone_at.is_(None), ruling.c.overtaken_at.is_(None))


def marks(row: Any) -> set[str]:
    """The marks of the birth dates that both agencies give; an age holds for these dates alone."""
    return {mark for mark in (row.birth_date_mark, row.police_birth_date_mark) if mark}


def of_child(connection: Connection, number: int) -> tuple[Ruling, ...]:
    """Every ruling on one child, those taken back too; oldest first."""
    return read(connection, ruling.c.child_id == number)


def read(connection: Connection, *where: ColumnElement[bool]) -> tuple[Ruling, ...]:
    """Rulings, oldest first: an end is in the area of its episode, an age in that of the child's newest episode."""
    query = select(ruling, child.c.ref).join(child, child.c.id == ruling.c.child_id).where(*where)
    rows = connection.execute(query.order_by(ruling.c.id)).all()
    columns = (episode.c.id, episode.c.child_id, episode.c.area, episode.c.occurrence_ref, episode.c.episode_ref)
    of_children: Select[Any] = select(*columns).where(episode.c.child_id.in_({row.child_id for row in rows}))
    episodes: dict[int, list[Row[Any]]] = defaultdict(list)
    for each in connection.execute(of_children.order_by(episode.c.start_at, episode.c.id)):
        episodes[each.child_id].append(each)
    found = []
    for row in rows:
        theirs, refs = episodes[row.child_id], ("occurrence_ref", "episode_ref")
        own = [x for x in theirs if any(getattr(row, name) and getattr(x, name) == getattr(row, name) for name in refs)]
        last = (own or theirs)[-1:]
        found.append(
            Ruling(
                id=row.id,
                child_id=row.child_id,
                kind=row.kind,
                ref=row.ref,
                area=last[0].area if last else "",
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
        )
    return tuple(found)


def holders(connection: Connection, episodes: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """By episode, the sources whose newest export has a record of it, or may have one."""
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
    """Condition: the episode has the doubt, one of the words of its column."""
    return (" " + episode.c.doubts + " ").contains(f" {code} ")
