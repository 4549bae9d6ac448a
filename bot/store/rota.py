"""Rotas in the database: shifts taken over from a file, and covers said in chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, text

from bot.rules.access.rotas import Rota, may_hold
from bot.rules.catalogue import _
from bot.rules.effects import CoverShift, Overtaken
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.rota import Shift, replaced, spans
from bot.store.schema.access import person, rota_shift


def shifts(connection: Connection, *where: ColumnElement[bool]) -> tuple[Shift, ...]:
    """Return the shifts and covers that fit, covers in the order in which they were said."""
    return tuple(
        Shift(r.role, r.person_id, r.begins_at, r.ends_at, r.instead_of)
        for r in connection.execute(select(rota_shift).where(*where).order_by(rota_shift.c.id))
    )


def take_over(connection: Connection, new: Sequence[Shift], by: str, at: datetime) -> int:
    """Put a file's shifts in the place of those of the same role and agency; return how many are added or gone.

    From the file's first moment of a role to its last, the file is its rota. What was said in chat stays, a cover of a
    gap too. What does not change is not written, so that a file taken over twice changes nothing.
    """
    _take_turn(connection)
    agencies = {r.id: r.agency for r in connection.execute(select(person.c.id, person.c.agency))}
    before: dict[Rota, list[Shift]] = {}
    for s in shifts(connection, rota_shift.c.of_file):
        if s.person in agencies:
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
            connection.execute(delete(rota_shift).where(*same, *times, rota_shift.c.of_file))
        for added in sorted(after - was, key=lambda s: (s.begins, s.ends, s.person)):
            _add(connection, added, by, at, of_file=True)
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
            raise Overtaken(
                _(
                    "The rota has changed: {instead_of} does not hold all of it. Ask for on-call again.",
                    instead_of=s.instead_of,
                )
            )
        new, by = now.person(s.person), now.person(effect.by)
        if new is None or by is None or new.agency != by.agency or not may_hold(now, new, s.begins, s.ends):
            raise Overtaken(_("{person} can no longer be called then. Ask for on-call again.", person=s.person))
    for s in effect.covers:
        _add(connection, s, effect.by, effect.at, of_file=False)


def _add(connection: Connection, s: Shift, by: str, at: datetime, *, of_file: bool) -> None:
    connection.execute(
        insert(rota_shift).values(
            role=s.role,
            person_id=s.person,
            begins_at=s.begins,
            ends_at=s.ends,
            instead_of=s.instead_of,
            said_by=by,
            said_at=at,
            of_file=of_file,
        )
    )


def _take_turn(connection: Connection) -> None:
    """Let writers of a rota wait for one another; SQLite's immediate transaction does that already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('bot.rota'))"))
