"""Delete episodes and children from every table, in the order of the tables' dependencies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Table, delete, or_, select

from bot.store.bulk import chunks
from bot.store.delivery import posted_digests
from bot.store.schema.delivery import escalation, nudge, step
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

#: Values in one statement; SQLite takes some 32,000.


class Gone(NamedTuple):
    """An episode to delete, with the references of its records."""

    id: int
    child_id: int
    occurrence_ref: str | None
    episode_ref: str | None


def remove_episodes(connection: Connection, gone: Sequence[Gone]) -> None:
    """Delete episodes with both agencies' records, their steps in chat, reminders, escalations and digest lines."""
    posted_digests.take_out(connection, [g.id for g in gone])
    for some in chunks(gone):
        for table in (step, nudge, escalation):
            connection.execute(delete(table).where(table.c.episode_id.in_([g.id for g in some])))
    remove_new_episodes(connection, gone)


def remove_new_episodes(connection: Connection, gone: Sequence[Gone]) -> None:
    """Delete episodes that nothing was said of yet, with both agencies' records."""
    for some in chunks(gone):
        said = select(episode.c.saying).where(episode.c.id.in_([g.id for g in some]), episode.c.saying.is_not(None))
        sayings = connection.execute(said).scalars().all()
        connection.execute(delete(ruling).where(or_(ruling.c.id.in_(sayings), ruling.c.saying.in_(sayings))))
        connection.execute(delete(episode).where(episode.c.id.in_([g.id for g in some])))
        occurrences = _reports(connection, occurrence, [g.occurrence_ref for g in some])
        connection.execute(delete(ruling).where(ruling.c.other_occurrence_ref.in_(occurrences)))
        for table in (ruling, grade, found_with, occurrence):
            connection.execute(delete(table).where(table.c.occurrence_ref.in_(occurrences)))
        episodes = _reports(connection, interview, [g.episode_ref for g in some])
        connection.execute(delete(ruling).where(ruling.c.other_episode_ref.in_(episodes)))
        for table in (ruling, interview):
            connection.execute(delete(table).where(table.c.episode_ref.in_(episodes)))


def _reports(connection: Connection, table: Table, firsts: Sequence[str | None]) -> list[str]:
    """Return the references of an agency's reports of these absences, the further ones too."""
    key, known = next(iter(table.primary_key.columns)), [ref for ref in firsts if ref]
    return [*known, *connection.execute(select(key).where(table.c.one_with.in_(known))).scalars()]


def remove_children(connection: Connection, ids: Sequence[int]) -> None:
    """Delete children without episodes, with their periods, placements, aliases and confirmations."""
    for some in chunks(ids):
        for table in (child_period, child_placement, child_alias, ruling):
            connection.execute(delete(table).where(table.c.child_id.in_(some)))
        connection.execute(delete(child).where(child.c.id.in_(some)))
