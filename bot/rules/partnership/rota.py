"""Rotas: who holds a role from one moment until another. Spans are half-open, in UTC; people write London times.

A shift is of the rota itself, or (with `instead_of`) a cover: from then until then another person holds what this one
held. Covers hold one after another, in the order in which they were said, so that a swap is two covers and a cover
that is given back is a third one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from bot.rules.time.clock import day_start, from_london


@dataclass(frozen=True, slots=True)
class Shift:
    """A person holds a role from `begins` until just before `ends`."""

    role: str
    person: str
    begins: datetime
    ends: datetime
    instead_of: str = ""

    def holds(self, moment: datetime) -> bool:
        return self.begins <= moment < self.ends


class Held(NamedTuple):
    """The same people hold a role during this span; none is a gap."""

    begins: datetime
    ends: datetime
    people: tuple[str, ...]


def read_begin(text: str) -> datetime:
    """Read where a shift begins: a day is its first moment. ValueError says what is wrong with it."""
    return _read(text, later=0)


def read_end(text: str) -> datetime:
    """Read where a shift ends: a day is its last one, to the end.

    Where the next person's first day was meant, two people hold the role that day, and that is said; the other way
    round nobody would hold it.
    """
    return _read(text, later=1)


def _read(text: str, later: int) -> datetime:
    try:
        if len(text) == len("2026-12-04"):
            return day_start(date.fromisoformat(text) + timedelta(days=later))
        given = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError('write a day or a London time, such as "2026-12-04" or "2026-12-04 17:00"') from None
    return from_london(given) if given.tzinfo is None else given.astimezone(UTC)


def on_duty(shifts: Iterable[Shift], role: str, moment: datetime) -> tuple[str, ...]:
    """Return the ids of those who hold the role at this moment by the rota, covers included; none in a gap."""
    now = [s for s in shifts if s.role == role and s.holds(moment)]
    held = dict.fromkeys(s.person for s in now if not s.instead_of)
    for cover in now:
        if cover.instead_of and cover.instead_of in held:
            held = dict.fromkeys(cover.person if each == cover.instead_of else each for each in held)
    return tuple(held)


def spans(shifts: Sequence[Shift], role: str, since: datetime, until: datetime) -> list[Held]:
    """Return who holds the role from moment to moment, without a hole and in order; gaps have nobody."""
    own = [s for s in shifts if s.role == role and s.ends > since and s.begins < until]
    edges = {since, until, *(edge for s in own for edge in (s.begins, s.ends) if since < edge < until)}
    ordered = sorted(edges)
    found: list[Held] = []
    for begins, ends in pairwise(ordered):
        people = on_duty(own, role, begins)
        if found and found[-1].people == people:
            found[-1] = found[-1]._replace(ends=ends)
        else:
            found.append(Held(begins, ends, people))
    return found


def replaced(before: Sequence[Shift], new: Sequence[Shift]) -> tuple[Shift, ...]:
    """Return the rota with a file's shifts in place of those before, from the file's first moment to its last.

    `before` and `new` are of one role and agency. What lies outside these moments stays, and a shift that reaches into
    them is cut there. Covers are not of the rota itself and are not given here.
    """
    if not new:
        return tuple(before)
    first, last = min(s.begins for s in new), max(s.ends for s in new)
    kept = [part for s in before for part in _outside(s, first, last)]
    return tuple(sorted({*kept, *new}, key=lambda s: (s.begins, s.ends, s.person)))


def _outside(s: Shift, first: datetime, last: datetime) -> list[Shift]:
    before = Shift(s.role, s.person, s.begins, min(s.ends, first))
    after = Shift(s.role, s.person, max(s.begins, last), s.ends)
    return [part for part in (before, after) if part.begins < part.ends]
