"""Placements of one child as dated spans: stored ones, and those that a newer export tells.

Spans are half-open, sorted, and never overlap. A placement of None is not known. The newest export holds; days that it
tells nothing of keep what an earlier one told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import zip_longest
from typing import Literal, NamedTuple


class Placement(NamedTuple):
    """One placement of a child, half-open [since, until)."""

    since: date
    until: date | None
    placement: str | None
    provider: str | None

    def overlaps(self, since: date, until: date | None) -> bool:
        return (self.until is None or since < self.until) and (until is None or self.since < until)


class ToldPlacement(NamedTuple):
    """The placement in one row of an export; without `since` it is the present one."""

    line: int
    placement: str | None
    provider: str | None
    since: date | None
    until: date | None


class Care(NamedTuple):
    """The period of care in a row of an export, half-open."""

    since: date
    until: date | None


class Conflict(NamedTuple):
    """A cell that contradicts another row of the child, on line `other`."""

    line: int
    column: Literal["placement", "placement_from", "placement_to"]
    value: str
    other: int


def dated(rows: Sequence[ToldPlacement]) -> tuple[list[Placement], list[Conflict]]:
    """Return the dated placements that the rows of one child tell, and the cells that contradict others.

    Of two that begin on one day the first in the file holds. A placement ends at the latest where the next begins.
    """
    conflicts: list[Conflict] = []
    first: dict[date, ToldPlacement] = {}
    for row in sorted(rows, key=lambda row: row.line):
        if row.since is None:
            continue
        held = first.setdefault(row.since, row)
        if held._replace(line=row.line) != row:
            conflicts.append(Conflict(row.line, "placement_from", f"{row.since}", held.line))
    for row in rows if first else ():
        if row.since is None and (row.placement or row.provider):
            conflicts.append(Conflict(row.line, "placement", row.placement or "", first[min(first)].line))
    spans = []
    for day, following in zip_longest(sorted(first), sorted(first)[1:]):
        row, ends = first[day], first[day].until
        if ends and following and ends > following:
            conflicts.append(Conflict(row.line, "placement_to", f"{ends}", first[following].line))
        spans.append(Placement(day, _earlier(ends, following), row.placement, row.provider))
    return spans, conflicts


def after_export(
    stored: Iterable[Placement], rows: Sequence[ToldPlacement], care: Care | None, taken: date
) -> tuple[Placement, ...]:
    """Return the placements of a child after an export taken on a day, in order.

    `rows` are those of the child; where none is dated, the first tells the present placement. `care` is the period of
    care in them; it ends every placement within it.
    """
    spans = sorted(stored)
    told, _ = dated(rows)
    for each in told:
        spans = _with(spans, each)
    if not told and rows:
        spans = _with_present(spans, rows[0], care, taken)
    return tuple(_ended(spans, care))


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(filter(None, (one, other)), default=None)


def _with(spans: Iterable[Placement], told: Placement) -> list[Placement]:
    """Put a placement among the others: it takes the place of one that began on its day, and ends one before it.

    One that began within it goes on after it. One that ends on the day it begins was never true.
    """
    others = [s for s in spans if s.since != told.since]
    if told.until is not None and told.until <= told.since:
        return others
    found = [told]
    for span in others:
        if not span.overlaps(told.since, told.until):
            found.append(span)
        elif span.since < told.since:
            found.append(span._replace(until=told.since))
        elif told.until is not None and (span.until is None or span.until > told.until):
            found.append(span._replace(since=told.until))
    return sorted(found)


def _with_present(spans: list[Placement], row: ToldPlacement, care: Care | None, taken: date) -> list[Placement]:
    """Put the placement of the day the export was taken among the others.

    The same as before goes on. The first of a period of care has held since the period began; another one holds from
    the day the export was taken. A child in care without a placement has one that is not known.
    """
    is_known = bool(row.placement or row.provider)
    since, until = care or (None, None)
    in_this_care = [s for s in spans if since is None or s.overlaps(since, until)]
    if until is not None and until <= taken:  # it says nothing of a day in care, unless of that period nothing is known
        return spans if in_this_care or since is None else _with(spans, Placement(since, until, *row[1:3]))
    if care is None and not is_known:
        return [s for s in (_cut(span, taken) for span in spans) if s]
    last = spans[-1] if spans else None
    goes_on = last and (since is not None or last.until is None or last.until > taken)
    if last and goes_on and last in in_this_care and last[2:] == row[1:3]:
        begins = min(last.since, since) if since and len(in_this_care) == 1 else last.since
        return [*spans[:-1], last._replace(since=begins, until=until)]
    begins = since if since and not in_this_care else taken
    return _with(spans, Placement(begins, until, *row[1:3]))


def _ended(spans: Iterable[Placement], care: Care | None) -> Iterator[Placement]:
    """End placements with the period of care. One that ends on the day it begins was never true, nor its placement."""
    for span in spans:
        if care is None or care.until is None or not span.overlaps(care.since, None):
            yield span
        elif care.until <= care.since:
            if span.since != care.since:
                yield span
        elif span.since < care.until:
            yield span._replace(until=_earlier(span.until, care.until))
        else:
            yield span


def _cut(span: Placement, day: date) -> Placement | None:
    """End a placement on a day; None where it has not begun before."""
    if span.until is not None and span.until <= day:
        return span
    return span._replace(until=day) if span.since < day else None
