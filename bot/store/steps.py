"""What was said in chat of an episode: rows only ever added, each after the version its speaker saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from bot.rules.clock import say
from bot.rules.deeds import Overtaken, TakeStep
from bot.rules.steps import Step
from bot.store.delivery_tables import escalation, step
from bot.store.tables import episode

_FIELDS = ("id", "episode_id", "kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")


def of(connection: Connection, episodes: Sequence[int]) -> Mapping[int, tuple[Step, ...]]:
    """The steps of these episodes, oldest first."""
    query = select(step).where(step.c.episode_id.in_(episodes)).order_by(step.c.id)
    found: dict[int, list[Step]] = {}
    for row in connection.execute(query):
        found.setdefault(row.episode_id, []).append(_step(row))
    return {number: tuple(steps) for number, steps in found.items()}


def _step(row: Row[Any]) -> Step:
    return Step(**{name: row._mapping[name] for name in _FIELDS})


def take(connection: Connection, deed: TakeStep) -> None:
    """Add the step if nobody said anything since; Overtaken says who did, and when.

    Called where writers wait for one another (behind the trail's row), so that comparing and adding are one.
    """
    newest = select(func.max(step.c.id)).where(step.c.episode_id == deed.episode_id)
    seen = connection.execute(newest).scalar_one() or 0
    if seen != deed.version:
        first = connection.execute(select(step).where(step.c.id == seen)).one()
        raise Overtaken(f"{first.by} was first: {first.kind.replace('_', ' ')}, said {say(first.said_at)}.")
    keys = connection.execute(
        select(episode.c.occurrence_ref, episode.c.episode_ref).where(episode.c.id == deed.episode_id)
    ).one()
    said = {name: getattr(deed, name) for name in ("kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")}
    connection.execute(
        insert(step).values(
            episode_id=deed.episode_id, occurrence_ref=keys.occurrence_ref, episode_ref=keys.episode_ref, **said
        )
    )


def follow_the_records(connection: Connection) -> None:
    """After episodes were put together or taken apart: what was said of a number that is gone goes with its record.

    The council's record first, for the interview is its own; then the police's.
    """
    numbers = select(episode.c.id)
    for table in (step, escalation):
        for key in ("episode_ref", "occurrence_ref"):
            heir = select(episode.c.id).where(episode.c[key] == table.c[key]).scalar_subquery()
            lost = table.c.episode_id.not_in(numbers) & table.c[key].in_(
                select(episode.c[key]).where(episode.c[key].is_not(None))
            )
            connection.execute(update(table).where(lost).values(episode_id=heir))
