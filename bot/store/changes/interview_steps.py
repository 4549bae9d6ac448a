"""Steps of an interview recorded in chat: rows are only ever added, each after the version that its author saw."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from bot.rules.effects import Overtaken, RecordStep
from bot.rules.interviews.steps import who_was_first
from bot.store.queries.interview_steps import step_of
from bot.store.schema.delivery import step
from bot.store.schema.records import episode

#: Of an episode that was put together with another since it was read.
GONE = "This record has changed meanwhile. Please ask again."


def take(connection: Connection, deed: RecordStep) -> None:
    """Add a step if no step was added since the author's version; Overtaken names the person who was first, and the
    time.

    Called where writers wait for one another (behind the audit row), so that comparing and adding are one.
    """
    newest = select(func.max(step.c.id)).where(step.c.episode_id == deed.episode_id)
    seen = connection.execute(newest).scalar_one() or 0
    if seen != deed.version:
        first = connection.execute(select(step).where(step.c.id == seen)).first()
        raise Overtaken(who_was_first(step_of(first), deed.by) if first else GONE)
    keys = connection.execute(
        select(episode.c.occurrence_ref, episode.c.episode_ref).where(episode.c.id == deed.episode_id)
    ).first()
    if keys is None:
        raise Overtaken(GONE)
    said = {name: getattr(deed, name) for name in ("kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")}
    connection.execute(
        insert(step).values(
            episode_id=deed.episode_id, occurrence_ref=keys.occurrence_ref, episode_ref=keys.episode_ref, **said
        )
    )
