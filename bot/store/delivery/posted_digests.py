"""Digests as they were posted, kept for as long as they are posted: a record is not composed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update

from bot.rules.delivery.delivery import Delivery
from bot.rules.delivery.posted_digest import Posted, PostedLine
from bot.store.bulk import chunks
from bot.store.delivery import ledger
from bot.store.schema.delivery import delivery, digest_item
from bot.store.schema.records import child, child_alias, episode

#: Sections of the rows that are no lines of a child.
_TEXT, _FOOTER, _BESIDE = "text", "footer", "beside"
#: The section of the text of a post at the level of counts.
_COUNTS = "counts"


def keep(connection: Connection, delivery_id: int, posted: Posted | None) -> None:
    """Keep a digest in place of what was kept of it before; lines that had to be taken out keep their place."""
    connection.execute(delete(digest_item).where(digest_item.c.delivery_id == delivery_id))
    if posted is None:
        return
    words = ((_TEXT if posted.level else _COUNTS, posted.text), (_FOOTER, posted.footer), (_BESIDE, posted.beside))
    plain = [PostedLine(section, 0, "", said) for section, lines in words for said in lines]
    rows = [
        {
            "delivery_id": delivery_id,
            "position": n,
            "section": x.section,
            "episode_id": x.number,
            "child_ref": x.child_ref,
            "words": x.words,
            "removed_at": x.removed_at,
        }
        for n, x in enumerate((*plain, *posted.lines))
    ]
    if rows:
        connection.execute(insert(digest_item), rows)


def read(connection: Connection, delivery_id: int) -> Posted | None:
    """Return a digest as it was last shown; None where it is not known (posted by an older version)."""
    query = select(digest_item).where(digest_item.c.delivery_id == delivery_id).order_by(digest_item.c.position)
    found = [
        PostedLine(row.section, row.episode_id, row.child_ref, row.words, row.removed_at)
        for row in connection.execute(query)
    ]
    if not found:
        return None
    plain = (_TEXT, _COUNTS, _FOOTER, _BESIDE)
    text, counts, footer, beside = (tuple(x.words for x in found if x.section == s) for s in plain)
    lines = tuple(x for x in found if x.section not in plain)
    return Posted(text or counts, footer, lines, beside, 0 if counts else 1)


def take_out(connection: Connection, episodes: Sequence[int]) -> None:
    """Take every line of these episodes out of what is kept: nothing tells any more whose they were."""
    for some in chunks(episodes):
        _empty(connection, digest_item.c.episode_id.in_(some))


def take_out_child(connection: Connection, refs: Sequence[str]) -> None:
    """Take every line of a child out of what is kept, also those about no episode."""
    _empty(connection, digest_item.c.child_ref.in_(refs))


def corrected(connection: Connection, areas: Mapping[str, Sequence[str]]) -> Sequence[tuple[int, int]]:
    """Return lines whose record is void, of another child, or in an area that its channel (`areas`) does not show.

    A line is a delivery and a position.
    """
    same_child = exists().where(child_alias.c.ref == digest_item.c.child_ref, child_alias.c.child_id == child.c.id)
    other_child = and_(child.c.ref != digest_item.c.child_ref, ~same_child)
    moved = [and_(delivery.c.audience == name, episode.c.area.not_in(theirs)) for name, theirs in areas.items()]
    untrue = or_(episode.c.id.is_(None), episode.c.kind == "void", other_child, *moved)
    query = (
        select(digest_item.c.delivery_id, digest_item.c.position)
        .join(delivery, delivery.c.id == digest_item.c.delivery_id)
        .outerjoin(episode, episode.c.id == digest_item.c.episode_id)
        .outerjoin(child, child.c.id == episode.c.child_id)
        .where(digest_item.c.episode_id > 0, delivery.c.state == "sent", untrue)
    )
    return [(row.delivery_id, row.position) for row in connection.execute(query)]


def take_out_corrected(connection: Connection, areas: Mapping[str, Sequence[str]]) -> None:
    """Take those lines out of what is kept."""
    for number, position in corrected(connection, areas):
        _empty(connection, digest_item.c.delivery_id == number, digest_item.c.position == position)


def _empty(connection: Connection, *where: object) -> None:
    values = {"episode_id": -1, "child_ref": "", "words": "", "removed_at": None}
    connection.execute(update(digest_item).where(*where).values(values))  # type: ignore[arg-type]


_STILL_POSTED = (
    delivery.c.state == "sent",
    delivery.c.message_id.is_not(None),
    delivery.c.reason != ledger.TAKEN_AWAY,
)


def to_correct(connection: Connection) -> Sequence[Delivery]:
    """Return the posts that still show a line that was taken out of what is kept of them."""
    waits = select(digest_item.c.delivery_id).where(digest_item.c.episode_id < 0, digest_item.c.removed_at.is_(None))
    return ledger.find(connection, delivery.c.id.in_(waits), *_STILL_POSTED)


def with_references(connection: Connection) -> Sequence[Delivery]:
    """Return the posts above the level of counts that are still posted."""
    counts = select(digest_item.c.delivery_id).where(digest_item.c.section == _COUNTS)
    known = select(digest_item.c.delivery_id).where(digest_item.c.delivery_id.not_in(counts))
    return ledger.find(connection, delivery.c.id.in_(known), *_STILL_POSTED)


def forget(connection: Connection, until: datetime) -> None:
    """Forget the digests due before then: they are not posted any more."""
    old = select(delivery.c.id).where(delivery.c.due_at < until)
    connection.execute(delete(digest_item).where(digest_item.c.delivery_id.in_(old)))
