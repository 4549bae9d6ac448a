"""Lines of a digest, stored so that each line can later show its outcome."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from bot.store.schema.delivery import digest_item


def keep(connection: Connection, delivery_id: int, items: Sequence[tuple[str, int]]) -> None:
    """The sections and numbers of the episodes of a message, in its order, in place of what it listed before."""
    connection.execute(delete(digest_item).where(digest_item.c.delivery_id == delivery_id))
    rows = [
        {"delivery_id": delivery_id, "section": section, "episode_id": number, "position": n}
        for n, (section, number) in enumerate(dict.fromkeys(items))
    ]
    if rows:
        connection.execute(insert(digest_item), rows)


def of(connection: Connection, delivery_id: int) -> Sequence[tuple[str, int]]:
    """Return the lines of a digest, in their order."""
    query = select(digest_item.c.section, digest_item.c.episode_id).where(digest_item.c.delivery_id == delivery_id)
    return [(r.section, r.episode_id) for r in connection.execute(query.order_by(digest_item.c.position))]
