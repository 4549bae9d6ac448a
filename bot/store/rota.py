"""Rotas in the database: shifts taken over from a file, and covers said in chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, text

from bot.rules.access.permissions import may_be_called
from bot.rules.access.rotas import Rota
from bot.rules.effects import CoverShift, Overtaken
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.rota import Shift, replaced, spans
from bot.rules.time.clock import local_day
from bot.store.schema.access import person, rota_shift


def shifts(connection: Connection) -> tuple[Shift, ...]:
    """Return every shift and cover, covers in the order in which they were said."""
    return tuple(
        Shift(r.role, r.person_id, r.begins_at, r.ends_at, r.instead_of)
        for r in connection.execute(select(rota_shift).order_by(rota_shift.c.id))
    )


def take_over(connection: Connection, new: Sequence[Shift], by: str, at: datetime) -> int:
    """Put a file's shifts in the place of those of the same role and agency; return how many are added or gone.

    From the file's first moment of a role to its last, the file is its rota. Covers stay. What does not change is not
    written, so that a file taken over twice changes nothing.
    """
    _take_turn(connection)
    agencies = {r.id: r.agency for r in connection.execute(select(person.c.id, person.c.agency))}
    before: dict[Rota, list[Shift]] = {}
    for s in shifts(connection):
        if not s.instead_of and s.person in agencies:
            before.setdefault(Rota(s.role, agencies[s.person]), []).append(s)
    wanted: dict[Rota, list[Shift]] = {}
    for s in new:
        wanted.setdefault(Rota(s.role, agencies[s.person]), []).append(s)
    changed = 0
    for rota, theirs in wanted.items():
        was, after = set(before.get(rota, ())), set(replaced(before.get(rota, ()), theirs))
        for gone in was - after:
            same = (rota_shift.c.role == gone.role, rota_shift.c.person_id == gone.person)
            times = (rota_shift.c.begins_at == gone.begins, rota_shift.c.ends_at == gone.ends)
            connection.execute(delete(rota_shift).where(*same, *times, rota_shift.c.instead_of == ""))
        for added in sorted(after - was, key=lambda s: (s.begins, s.ends, s.person)):
            _add(connection, added, by, at)
        changed += len(was ^ after)
    return changed


def cover(connection: Connection, effect: CoverShift, partnership: Partnership) -> None:
    """Record covers, all or none. Overtaken where a shift is meanwhile another person's, or the cover cannot be called.

    The file's own shifts and the people come from the partnership, the rest of the rota from this transaction.
    """
    _take_turn(connection)
    now = partnership.with_rota(shifts(connection))
    for s in effect.covers:
        held = spans(now.shifts, s.role, s.begins, s.ends)
        if s.instead_of and any(s.instead_of not in span.people for span in held):
            raise Overtaken(f"The rota has changed: {s.instead_of} does not hold all of it. Ask for on-call again.")
        new = now.person(s.person)
        if new is None or not may_be_called(now, new, local_day(effect.at)):
            raise Overtaken(f"{s.person} can no longer be called. Ask for on-call again.")
    for s in effect.covers:
        _add(connection, s, effect.by, effect.at)


def _add(connection: Connection, s: Shift, by: str, at: datetime) -> None:
    connection.execute(
        insert(rota_shift).values(
            role=s.role,
            person_id=s.person,
            begins_at=s.begins,
            ends_at=s.ends,
            instead_of=s.instead_of,
            said_by=by,
            said_at=at,
        )
    )


def _take_turn(connection: Connection) -> None:
    """Let writers of a rota wait for one another; SQLite's immediate transaction does that already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('bot.rota'))"))
