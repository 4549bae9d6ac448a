"""Merge staged children rows into the council's facts.

The rows are certain proof of the police key of each child.
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union,
    update,
)

from bot.rules.model import UNREAD_AUTHORITY
from bot.store.loading.child_matching import in_order, join_children, release
from bot.store.loading.merge import Merging, first_line, keep_gaps, let_go_of_shared, not_shared, settle_contradictions
from bot.store.loading.staging import READ, joined, touch
from bot.store.loading.staging import children as staged
from bot.store.schema.records import child, child_period

_FACTS = [
    "birth_date",
    "birth_date_mark",
    "sex",
    "team",
    "case_status",
    "placement",
    "provider",
    "placing_authority",
    "lead_worker",
    "iro",
    "payload",
]
_new = staged.c.verdict != "unchanged"
read = READ["children"]
_holder = child.alias("holder")
#: Of two rows of one child, the one without another authority holds: its interviews are ours.
_hosted = case(
    (staged.c.placing_authority.is_(None), 0),
    (staged.c.placing_authority == UNREAD_AUTHORITY, 1),
    else_=2,
)


def as_stored() -> ColumnElement[bool]:
    """Match the rows that are stored just so, with the police key linked, and that no other row may be one with."""
    linked = and_(child.c.police_ref == read.c.police_ref, child.c.linked_by == "children")
    same = exists().where(
        child.c.council_ref == read.c.council_ref,
        child.c.payload == read.c.payload,
        or_(read.c.police_ref.is_(None), linked),
    )
    return and_(not_shared(read, "council_ref"), not_shared(read, "police_ref"), same)


def merge(m: Merging) -> int:
    """Merge the rows; return the number of rows of an older export that were left as stored."""
    settle_contradictions(m, staged, "council_ref", "child_id", _hosted)
    stored = exists().where(child.c.council_ref == staged.c.council_ref, child.c.payload.is_not(None))
    left = keep_gaps(m, staged, stored)
    # Police keys held by an earlier children file. A link made by an interview gives way to this file.
    moving = staged.alias("moving")
    gives_up = exists().where(
        moving.c.council_ref == _holder.c.council_ref, moving.c.police_ref != _holder.c.police_ref
    )
    held = (
        select(staged.c.line, staged.c.police_ref, _holder.c.council_ref)
        .join(_holder, _holder.c.police_ref == staged.c.police_ref)
        .where(_holder.c.police_ref.in_(select(staged.c.police_ref)))
        .where(_holder.c.council_ref != staged.c.council_ref, _holder.c.linked_by == "children", ~gives_up)
    )
    reason = "is already the police reference of child {other}"
    advice = "one police reference is one child: correct it where it is wrong"
    let_go_of_shared(m, staged, "council_ref", "police_ref", held, reason, advice)
    verdict = case(
        (~first_line(staged, "council_ref"), "unchanged"),
        (~stored, "added"),
        (stored.where(child.c.payload == staged.c.payload), "unchanged"),
        else_="changed",
    )
    m.connection.execute(update(staged).values(verdict=verdict))
    _link(m)
    named = select(staged.c.council_ref).where(_new)
    touch(m.connection, select(child.c.id).where(child.c.council_ref.in_(named)))
    _store_periods(m)
    # A birth date that could not be read leaves the older one, for calls alone (rules/episodes/age.py).
    unread = case((staged.c.unread.contains("birth_date"), true()))  # NULL where it could be read
    born = {
        name: case((unread.is_not(None), func.coalesce(staged.c[name], child.c[name])), else_=staged.c[name])
        for name in ("birth_date", "birth_date_mark")
    }
    m.connection.execute(
        update(child)
        .where(child.c.council_ref == staged.c.council_ref, _new)
        .values({name: staged.c[name] for name in _FACTS} | born | {"birth_unread": unread})
    )
    return left


def _link(m: Merging) -> None:
    """Give every staged child its row, with the police key of the file."""
    # Children with another police key than in the file, or with a key that the file gives to another child.
    other_key = and_(child.c.council_ref == staged.c.council_ref, child.c.police_ref != staged.c.police_ref)
    other_child = and_(child.c.police_ref == staged.c.police_ref, child.c.council_ref != staged.c.council_ref)
    by_council = child.c.council_ref.in_(select(staged.c.council_ref))
    by_police = child.c.police_ref.in_(select(staged.c.police_ref))
    wrongly_linked = union(
        select(child.c.id).where(by_council, exists().where(other_key)),
        select(child.c.id).where(by_police, exists().where(other_child)),
    )
    release(m.connection, m.references, wrongly_linked)
    known_to_police = exists().where(child.c.police_ref == staged.c.police_ref, child.c.council_ref.is_(None))
    m.references.add_children(m.connection, "council_ref", select(staged.c.council_ref).where(~known_to_police))
    # A child known only to the police is now known to the council too.
    has_row = exists().where(_holder.c.council_ref == staged.c.council_ref)
    m.connection.execute(
        update(child)
        .where(child.c.police_ref == staged.c.police_ref, child.c.council_ref.is_(None), ~has_row)
        .values(council_ref=staged.c.council_ref, linked_by="children")
    )
    # Join children known to each agency under its own key that the file declares one.
    ours, theirs = child.alias("ours"), child.alias("theirs")
    older, newer = in_order(ours.c.id, theirs.c.id)
    pairs = (
        select(newer, older)
        .select_from(staged)
        .join(ours, ours.c.council_ref == staged.c.council_ref)
        .join(theirs, theirs.c.police_ref == staged.c.police_ref)
        .where(ours.c.id != theirs.c.id, ours.c.police_ref.is_(None), theirs.c.council_ref.is_(None))
        .distinct()
    )
    m.connection.execute(insert(joined).from_select(["drop_id", "keep_id"], pairs))
    join_children(m.connection, "children")
    # A date sealed while the police named no child does not open beside the reference they give now.
    named_now = exists().where(child.c.council_ref == staged.c.council_ref, staged.c.police_ref.is_not(None))
    m.connection.execute(
        update(child)
        .where(child.c.police_ref.is_(None), child.c.police_birth_date.is_not(None), named_now)
        .values(police_birth_date=None, police_birth_date_mark=None)
    )
    keys = and_(child.c.council_ref == staged.c.council_ref, staged.c.police_ref.is_not(None))
    wrong = or_(child.c.police_ref.is_(None), child.c.linked_by.is_distinct_from("children"))
    m.connection.execute(update(child).where(keys, wrong).values(police_ref=staged.c.police_ref, linked_by="children"))


def _store_periods(m: Merging) -> None:
    """Replace stored periods that overlap a new one; others are history and stay."""
    named = select(child.c.id).where(child.c.council_ref.in_(select(staged.c.council_ref).where(_new)))
    for kind in ("lac", "uasc", "cp"):
        first, last = staged.c[f"{kind}_from"], staged.c[f"{kind}_to"]
        stored = child_period.c
        overlaps = and_(
            or_(last.is_(None), stored.from_date < last), or_(stored.to_date.is_(None), first < stored.to_date)
        )
        corrected = exists().where(
            child.c.id == stored.child_id,
            staged.c.council_ref == child.c.council_ref,
            _new,
            first.is_not(None),
            or_(stored.from_date == first, overlaps),
        )
        mine = stored.child_id.in_(named)
        m.connection.execute(delete(child_period).where(mine, stored.kind == kind, corrected))
        rows = (
            select(child.c.id, literal(kind), first, last)
            .join(staged, staged.c.council_ref == child.c.council_ref)
            .where(_new, first.is_not(None))
        )
        names = ["child_id", "kind", "from_date", "to_date"]
        m.connection.execute(insert(child_period).from_select(names, rows))
