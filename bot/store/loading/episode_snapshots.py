"""Pair, freeze and write the episodes of the children that a load touched; no others are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from bot.rules.episodes.record_matching import keep_numbers, pair
from bot.rules.episodes.snapshot import Freezer, FrozenEpisode
from bot.rules.partnership.partnership import Partnership
from bot.store.bulk import add_rows, change_rows
from bot.store.delivery import escalations, reminders_sent
from bot.store.loading import confirmation_moves
from bot.store.loading.source_records import KnownChildren
from bot.store.loading.staging import touched
from bot.store.schema.delivery import step
from bot.store.schema.records import episode, interview, occurrence

#: Children at a time: memory stays flat however many a file touches.
CHUNK = 500


class Changes(NamedTuple):
    """Changes to write: numbers to delete, episodes with other values than stored, and new episodes."""

    gone: list[int]
    handed_on: list[int]  # episodes whose council record is no longer theirs
    moved: list[tuple[int, FrozenEpisode]]
    new: list[FrozenEpisode]


def freeze_touched(connection: Connection, freezer: Freezer) -> None:
    # An episode goes with its police record, else with its council record, to whose child that now is.
    to_child = select(occurrence.c.child_id).where(_POLICE).scalar_subquery()
    connection.execute(update(episode).where(_elsewhere(_POLICE)).values(child_id=to_child))
    both = episode.c.occurrence_ref.is_not(None)
    connection.execute(update(episode).where(_elsewhere(_COUNCIL), both).values(episode_ref=None))
    to_child = select(interview.c.child_id).where(_COUNCIL).scalar_subquery()
    connection.execute(update(episode).where(_elsewhere(_COUNCIL)).values(child_id=to_child))
    confirmation_moves.follow_the_records(connection)
    gone = False
    for first, last in _chunks(connection):
        changes = _changes(freezer, KnownChildren(connection, first, last))
        # Numbers that go first, then references that change hands are let go, then everything is written.
        if changes.gone:
            connection.execute(delete(episode).where(episode.c.id.in_(changes.gone)))
            reminders_sent.forget(connection, changes.gone)
        if changes.handed_on:
            connection.execute(update(episode).where(episode.c.id.in_(changes.handed_on)).values(episode_ref=None))
        if changes.moved:
            change_rows(connection, episode, FrozenEpisode._fields, ((*frozen, n) for n, frozen in changes.moved))
        if changes.new:
            add_rows(connection, episode, FrozenEpisode._fields, changes.new)
        gone = gone or bool(changes.gone)
    if gone:
        _move_steps(connection)
        escalations.follow_the_records(connection)


def freeze_again(connection: Connection, partnership: Partnership, children: Sequence[int], now: datetime) -> None:
    """Freeze children's episodes outside a load, in the transaction of the change, like a load that touched these
    children.
    """
    touched.create(connection, checkfirst=False)
    connection.execute(insert(touched), [{"child_id": number} for number in children])
    freeze_touched(connection, Freezer(partnership, now))
    touched.drop(connection, checkfirst=False)


_POLICE = occurrence.c.occurrence_ref == episode.c.occurrence_ref
_COUNCIL = interview.c.episode_ref == episode.c.episode_ref


def _elsewhere(same_record: ColumnElement[bool]) -> ColumnElement[bool]:
    """Match episodes of another child than their record, where the record belongs to a touched child."""
    record = occurrence if same_record is _POLICE else interview
    return episode.c.id.in_(
        select(episode.c.id)
        .join(record, same_record)
        .where(record.c.child_id.in_(select(touched.c.child_id)), record.c.child_id != episode.c.child_id)
    )


def _chunks(connection: Connection) -> Iterator[tuple[int, int]]:
    """Ranges of child numbers, each with CHUNK touched children."""
    last = 0
    while True:
        query = select(touched.c.child_id).where(touched.c.child_id > last)
        found = connection.execute(query.order_by(touched.c.child_id).limit(CHUNK)).scalars().all()
        if not found:
            return
        last = found[-1]
        yield found[0], last


def _changes(freezer: Freezer, known: KnownChildren) -> Changes:
    changes = Changes([], [], [], [])
    for child_id, record in known.children.items():
        stored = known.episodes.get(child_id, [])
        pairs = pair(known.police.get(child_id, []), known.council.get(child_id, []))
        numbers, gone = keep_numbers(pairs, [s.known for s in stored])
        changes.gone.extend(gone)
        by_number = {s.id: s for s in stored}
        for one, number in zip(pairs, numbers, strict=True):
            old = by_number[number] if number else None
            frozen = freezer.freeze(one, record, old.before if old else None)
            if old is None:
                changes.new.append(frozen)
            elif old.frozen != frozen:
                changes.moved.append((old.id, frozen))
                if old.frozen.episode_ref not in {None, frozen.episode_ref}:
                    changes.handed_on.append(old.id)
    return changes


def _move_steps(connection: Connection) -> None:
    """Move the steps of removed episodes to the episode that has their record now, after episodes were merged or split.

    The council's record first, for the interview is its own; then the police's.
    """
    numbers = select(episode.c.id)
    for key in ("episode_ref", "occurrence_ref"):
        heir = select(episode.c.id).where(episode.c[key] == step.c[key]).scalar_subquery()
        lost = step.c.episode_id.not_in(numbers) & step.c[key].in_(
            select(episode.c[key]).where(episode.c[key].is_not(None))
        )
        connection.execute(update(step).where(lost).values(episode_id=heir))
