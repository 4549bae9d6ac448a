"""Every reference one child goes by: our own, those it was merged from, and the two agencies' keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import CompoundSelect, Connection, Select, select, union, union_all

from bot.rules.audit.erasure import Kind
from bot.store.schema.access import legal_hold
from bot.store.schema.records import child, child_alias, interview, occurrence


class KnownAs(NamedTuple):
    """A child and its references: `ref` is the present one, `refs` are all that ever were its own."""

    id: int
    ref: str
    refs: tuple[str, ...]
    police_ref: str | None
    council_ref: str | None


def find(connection: Connection, ref: str) -> KnownAs | None:
    """The child behind a reference, or behind one it was merged from."""
    columns = (child.c.id, child.c.ref, child.c.police_ref, child.c.council_ref)
    row = connection.execute(select(*columns).where(child.c.id.in_(ids_behind(ref)))).first()
    if row is None:
        return None
    earlier = select(child_alias.c.ref).where(child_alias.c.child_id == row.id).order_by(child_alias.c.ref)
    refs = (row.ref, *connection.execute(earlier).scalars())
    return KnownAs(row.id, row.ref, refs, row.police_ref, row.council_ref)


def ids_behind(ref: str) -> CompoundSelect[int]:
    """Select the number of the child behind a reference, its own or one it was merged from."""
    own = select(child.c.id).where(child.c.ref == ref)
    return union_all(own, select(child_alias.c.child_id).where(child_alias.c.ref == ref))


def agency_references(connection: Connection, known: KnownAs) -> list[tuple[Kind, str]]:
    """The agencies' keys of the child and of its records."""
    occurrences = select(occurrence.c.occurrence_ref).where(occurrence.c.child_id == known.id)
    episodes = select(interview.c.episode_ref).where(interview.c.child_id == known.id)
    found: list[tuple[Kind, str | None]] = [("police_ref", known.police_ref), ("council_ref", known.council_ref)]
    found += [("occurrence_ref", each) for each in connection.execute(occurrences).scalars()]
    found += [("episode_ref", each) for each in connection.execute(episodes).scalars()]
    return [(kind, reference) for kind, reference in found if reference]


def held_children() -> Select[int]:
    """Select the numbers of children under legal hold, by any of their references."""
    own = select(child.c.id).join(legal_hold, legal_hold.c.ref == child.c.ref)
    alias = select(child_alias.c.child_id).join(legal_hold, legal_hold.c.ref == child_alias.c.ref)
    return select(union(own, alias).subquery().c.id)


def references_of(connection: Connection, children: Iterable[int]) -> list[str]:
    """Our own references of these children, old ones too."""
    ids = list(children)
    own = select(child.c.ref).where(child.c.id.in_(ids))
    alias = select(child_alias.c.ref).where(child_alias.c.child_id.in_(ids))
    return list(connection.execute(union(own, alias)).scalars())
