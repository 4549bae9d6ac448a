"""Merge staged children rows into the council's facts.

The rows are certain proof of the police key of each child.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

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
from bot.rules.placements import Care, Placement, ToldPlacement, after_export, dated
from bot.rules.time.clock import local_day
from bot.store.bulk import add_rows, change_rows, chunks
from bot.store.loading.child_matching import in_order, join_children, release
from bot.store.loading.merge import (
    Contradiction,
    Merging,
    first_line,
    keep_gaps,
    let_go_of_shared,
    not_shared,
    settle_contradictions,
)
from bot.store.loading.staging import READ, joined, touch
from bot.store.loading.staging import children as staged
from bot.store.schema.records import child, child_period, child_placement

_FACTS = [
    "birth_date",
    "birth_date_mark",
    "sex",
    "team",
    "case_status",
    "placing_authority",
    "lead_worker",
    "iro",
    "payload",
]
#: A row for each placement is one child still.
_OF_A_PLACEMENT = ["placement", "provider", "placement_from", "placement_to"]
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
    ends = case(
        (read.c.placement_to < func.coalesce(read.c.lac_to, date.max), read.c.placement_to), else_=read.c.lac_to
    )
    placed = exists().where(
        child_placement.c.child_id == child.c.id,
        child_placement.c.from_date == read.c.placement_from,
        child_placement.c.placement.is_not_distinct_from(read.c.placement),
        child_placement.c.provider.is_not_distinct_from(read.c.provider),
        child_placement.c.to_date.is_not_distinct_from(ends),
    )
    same = exists().where(
        child.c.council_ref == read.c.council_ref,
        child.c.payload == read.c.payload,
        child.c.placement.is_not_distinct_from(read.c.placement),
        child.c.provider.is_not_distinct_from(read.c.provider),
        or_(read.c.police_ref.is_(None), linked),
        or_(read.c.placement_from.is_(None), placed),
    )
    return and_(not_shared(read, "council_ref"), not_shared(read, "police_ref"), same)


def merge(m: Merging) -> int:
    """Merge the rows; return the number of rows of an older export that were left as stored."""
    settle_contradictions(m, staged, "council_ref", "child_id", _hosted, own=_OF_A_PLACEMENT)
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
    _store_placements(m)
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


#: Children at a time: memory stays flat however many a file names.
CHUNK = 2000


_REASONS = {
    "placement": "has no placement_from, which line {other} of the child has: not read",
    "placement_from": "stands again with another placement than on line {other}, which holds",
    "placement_to": "is after the placement on line {other} begins",
}
_ADVICE = "correct the placement in the case system"


class _Placed(NamedTuple):
    """A child's placements before and after the file, and the newest placement that the file tells."""

    before: tuple[Placement, ...]
    after: tuple[Placement, ...]
    newest: ToldPlacement


def _store_placements(m: Merging) -> None:
    """Store the placements of each child that the file tells of, where they are others than stored."""
    for first, last, rows in _with_placements(m):
        within = child.c.council_ref.between(first, last)
        stored: dict[str, list[Placement]] = {}
        for ref, *span in m.connection.execute(_STORED.where(within)):
            stored.setdefault(ref, []).append(Placement(*span))
        found = {
            ref: _placed(m, list(of_child), tuple(stored.get(ref, ())))
            for ref, of_child in groupby(rows, attrgetter("council_ref"))
        }
        known = {
            row.council_ref: row for row in m.connection.execute(_PRESENT.where(within)) if row.council_ref in found
        }
        moved = {known[ref].id: child.after for ref, child in found.items() if child.after != child.before}
        present = [
            (new.placement, new.provider, known[ref].id)
            for ref, (_, _, new) in found.items()
            if (new.placement, new.provider) != (known[ref].placement, known[ref].provider)
        ]
        for some in chunks(list(moved)):
            m.connection.execute(delete(child_placement).where(child_placement.c.child_id.in_(some)))
        spans = [(number, *span) for number, after in moved.items() for span in after]
        add_rows(m.connection, child_placement, ["child_id", "from_date", "to_date", "placement", "provider"], spans)
        change_rows(m.connection, child, ["placement", "provider"], present)
        _note_changed(m, [*moved, *(number for *_, number in present)])


def _placed(m: Merging, rows: Sequence[Any], before: tuple[Placement, ...]) -> _Placed:
    """Work out the placements of one child from its rows, and tell of those that contradict one another."""
    told = [ToldPlacement(*row[1:6]) for row in rows]
    for line, column, value, other in dated(told)[1]:
        m.tell(Contradiction(line, column, value, _REASONS[column].format(other=other), _ADVICE))
    care = Care(rows[0].lac_from, rows[0].lac_to) if rows[0].lac_from else None
    after = after_export(before, told, care, local_day(m.taken_at))
    return _Placed(before, after, max(told, key=lambda row: row.since or date.min))


def _note_changed(m: Merging, children: Sequence[int]) -> None:
    """Count the rows of these children as changed, one for each child that is not counted already."""
    for some in chunks(children):
        refs = select(child.c.council_ref).where(child.c.id.in_(some))
        first = (staged.c.verdict == "unchanged", first_line(staged, "council_ref"))
        m.connection.execute(update(staged).where(staged.c.council_ref.in_(refs), *first).values(verdict="changed"))


_PRESENT = select(child.c.council_ref, child.c.id, child.c.placement, child.c.provider)
_span = child_placement.c
_STORED = (
    select(child.c.council_ref, _span.from_date, _span.to_date, _span.placement, _span.provider)
    .join(child, child.c.id == _span.child_id)
    .order_by(_span.from_date)
)


def _with_placements(m: Merging) -> Iterator[tuple[str, str, Sequence[Any]]]:
    """Yield the first and last reference of some children at a time, and their rows, each child's that holds first."""
    names = ("council_ref", "line", *_OF_A_PLACEMENT, "lac_from", "lac_to")
    rows = select(*(staged.c[name] for name in names))
    refs = select(staged.c.council_ref).distinct().order_by(staged.c.council_ref).limit(CHUNK)
    last = ""
    while some := m.connection.execute(refs.where(staged.c.council_ref > last)).scalars().all():
        last = some[-1]
        theirs = rows.where(staged.c.council_ref.between(some[0], last))
        found = m.connection.execute(theirs.order_by(staged.c.council_ref, _hosted, staged.c.line)).all()
        yield some[0], last, found
