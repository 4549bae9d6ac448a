"""Release of a half-year's figures: worked out with its family once, kept, and read from then on.

The first question beyond one person releases them with its answer. A later issue is made on purpose only, knows what
the earlier ones printed, and needs a change of enough children: the difference of two issues would tell of a few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.messages.half_year_table import (
    CENSUS,
    COUNTY,
    EVERY_REPORTER,
    ONCE,
    REPORTED_BY,
    in_band,
    reported_by,
    sheet_of,
)
from bot.messages.suppression import NotSafe, printed_counts
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.disclosure.released import ReleasedSheet
from bot.rules.disclosure.released_periods import HALF, family_of, parts_of, year_of, years_with
from bot.rules.disclosure.rounding import STEP, Count, round_count
from bot.rules.disclosure.sheet import Cell, Key, Sheet
from bot.rules.effects import Figure, Release
from bot.rules.figures import LOW_BASE, median_hours
from bot.rules.model import Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.facts import Facts
from bot.rules.time.period import period_of

#: Days, scope and measure of a figure.
Place = tuple[date, date, str, str]
#: Measures of medians, kept as they are printed, in tenths of an hour.
HELD, RECORDED, DELAY = "median: held", "median: recorded", "median: delay "
TENTHS = 10
#: Measure of the children who were interviewed: kept beside the figures, and never printed.
INTERVIEWED = "children interviewed"
#: A measure of each source that a sheet may lack. One that a newer version of the bot counts is no reason to release.
_OF_SOURCES = ("lac: episodes", "interviews: episodes", f"{CENSUS}all")


class NotReleased(Exception):
    """Figures that are not released again, with the reason."""


class ReleasedAgain(NamedTuple):
    """A later issue, and pairs of figures that it prints in another way than the issue before."""

    release: Release
    changed: tuple[tuple[Figure, Figure], ...]


def sheets_of(release: Release) -> dict[Period, ReleasedSheet]:
    """Return the printed figures of each period of a release."""
    found: dict[tuple[date, date], dict[tuple[str, str], Count]] = {}
    for f in release.figures:
        found.setdefault((f.first, f.last), {})[f.scope, f.measure] = f.printed
    return {period_of(*days): ReleasedSheet(printed, release.issue, release.at) for days, printed in found.items()}


def first_release(
    facts: Facts,
    partnership: Partnership,
    half: Period,
    now: datetime,
    by: str,
    made: Mapping[Period, ReleasedSheet] | None = None,
) -> Release:
    """Work out the figures of a half-year that was never released. `made` are released by the same answer.

    NotReleased where there are so few children that rounding and hiding protect no small count.
    """
    chosen, year = partnership.disclosure, year_of(half, partnership.year_begins)
    if year is not None:
        other = _other_half(year, half)
        given = _printed(facts, other, made or {})
        # A year that began in another month may have been released with the other half-year.
        overlaps = any(facts.released_sheet(y) for y in years_with(other) if y != year)
        if given and not overlaps:
            sheet = sheet_of(facts, partnership, half, now, year)
            try:
                given = {k: n for k, n in given.items() if k in sheet.cells}
                printed = printed_counts(sheet, facts.chance, chosen.threshold, chosen.base, given)
            except NotSafe:
                pass  # the half-year is released without the year
            else:
                figures = _figures(facts, partnership, family_of(half, year), now, sheet, printed)
                return Release(half.first, half.last, 1, by, now, figures)
    sheet = sheet_of(facts, partnership, half, now)
    try:
        printed = printed_counts(sheet, facts.chance, chosen.threshold, chosen.base)
    except NotSafe:
        raise NotReleased(
            _(
                "{half} has so few children that a small number could be worked out of any figures of it.",
                half=half.label,
            )
        ) from None
    return Release(
        half.first, half.last, 1, by, now, _figures(facts, partnership, family_of(half), now, sheet, printed)
    )


def release_again(
    facts: Facts,
    partnership: Partnership,
    half: Period,
    now: datetime,
    by: str,
    issues: Sequence[Mapping[Place, Figure]],
) -> ReleasedAgain:
    """Work out a later issue: an unchanged count prints as it did, and what was hidden to protect another stays so.

    What was printed is hidden only where it has become small. Where too little changed, only what the issue before
    lacks is added, and NotReleased is raised where it lacks nothing.
    """
    newest, chosen = issues[-1], partnership.disclosure
    year = year_of(half, partnership.year_begins)
    given = _printed(facts, _other_half(year, half), {}) if year else {}
    family = family_of(half, year) if year and given else family_of(half)
    sheet = sheet_of(facts, partnership, half, now, year if given else None)
    given = {k: n for k, n in given.items() if k in sheet.cells}
    enough, kept = _enough_changed(facts, partnership, half, now, sheet, newest), set[Key]()
    for cell in sheet.printed:
        label, scope, measure = cell.key
        places = [(p.first, p.last, scope, measure) for p in family if p.label == label]
        old = [issue[place] for issue in issues for place in places if place in issue]
        if not enough:
            given.update((cell.key, f.printed) for f in old[-1:])
        elif _hidden_by_place(cell, old, chosen.threshold):
            given[cell.key] = None
        elif old and old[-1].counted == cell.value and all(k in given for k in sheet.percents.get(cell.key, ())):
            given[cell.key] = old[-1].printed
        elif any(f.printed is not None for f in old):
            kept.add(cell.key)
    came = {c.key[2] for c in sheet.printed if c.key[2] in _OF_SOURCES} - {measure for *_, measure in newest}
    if not enough and not came:
        raise NotReleased(
            _(
                "Not enough changed: a new issue needs at least {least} children with another number of episodes than "
                "before, or as many more who were interviewed. The difference between two issues would tell of fewer.",
                least=chosen.threshold + 1,
            )
        )
    try:
        printed = printed_counts(sheet, facts.chance, chosen.threshold, chosen.base, given, kept)
    except NotSafe:
        raise NotReleased(_("With the issue before, a small count could be worked out from this one.")) from None
    figures = _figures(facts, partnership, family, now, sheet, printed)
    changed = tuple((newest[f[:4]], f) for f in figures if f[:4] in newest and newest[f[:4]].printed != f.printed)
    return ReleasedAgain(Release(half.first, half.last, len(issues) + 1, by, now, figures), changed)


def _hidden_by_place(cell: Cell, old: Sequence[Figure], threshold: int) -> bool:
    """Return True for a figure that an issue before hid though it is not small."""
    small = cell.kind != "percent"
    return any(f.printed is None and not (small and round_count(f.counted, threshold) is None) for f in old)


def changed_children(old: Mapping[str, int], new: Mapping[str, int]) -> int:
    """Return the least number of children whose number of episodes changed, by the children in each band."""
    more = sum(max(0, n - old.get(band, 0)) for band, n in new.items())
    fewer = sum(max(0, old.get(band, 0) - n) for band, n in new.items())
    return max(more, fewer)


def delays(facts: Facts, scope: Scope, period: Period) -> dict[str, list[timedelta]]:
    """Every reporter's delays, then all. A report before the child was last seen has a wrong time, and no delay."""
    found = facts.report_delays(scope, period)
    each = {r: [d for d in found.get(r, ()) if d >= timedelta()] for r in REPORTED_BY}
    return {**each, EVERY_REPORTER: [d for those in each.values() for d in those]}


def least_for_median(partnership: Partnership) -> int:
    """Return the fewest episodes of which a median is given beyond one person: as for a percentage, and 10 at least."""
    return max(LOW_BASE, partnership.disclosure.base)


def _other_half(year: Period, half: Period) -> Period:
    (other,) = (h for h in parts_of(year, HALF) if h != half)
    return other


def _printed(facts: Facts, half: Period, made: Mapping[Period, ReleasedSheet]) -> dict[Key, Count]:
    """Return the printed figures of another half-year's family; none where it was not released."""
    sheets = {p: made.get(p) or facts.released_sheet(p) for p in family_of(half)}
    if sheets[half] is None:  # its months may be of another year's half-years
        return {}
    return {(p.label, *key): n for p, sheet in sheets.items() if sheet for key, n in sheet.items()}


def _enough_changed(
    facts: Facts, partnership: Partnership, half: Period, now: datetime, sheet: Sheet, newest: Mapping[Place, Figure]
) -> bool:
    """Return True where so many children changed, or were interviewed since, that the difference tells of none."""
    place = half.first, half.last, COUNTY
    bands = [in_band(b) for b in partnership.frequency_bands]
    old = {band: newest[*place, band].counted for band in bands}
    new = {band: sheet.cells[half.label, COUNTY, band].value for band in bands}
    changed, before = changed_children(old, new), newest.get((*place, INTERVIEWED))
    more = 0 if before is None or changed else _interviewed(facts, partnership, half, now) - before.counted
    return max(changed, more) > partnership.disclosure.threshold


def _interviewed(facts: Facts, partnership: Partnership, half: Period, now: datetime) -> int:
    return facts.people_interviewed(Scope(tuple(a.id for a in partnership.areas)), half, now).interviewed


def _figures(
    facts: Facts,
    partnership: Partnership,
    family: Sequence[Period],
    now: datetime,
    sheet: Sheet,
    printed: Mapping[Key, Count],
) -> tuple[Figure, ...]:
    """Return the figures of a family to keep: the sheet's counts, and the medians beside them."""
    found = []
    for p in family:
        here = [c for c in sheet.printed if c.key[0] == p.label]
        found += [Figure(p.first, p.last, c.key[1], c.key[2], c.value, printed[c.key]) for c in here]
        if (p.label, COUNTY, ONCE) in sheet.cells:  # a whole sheet, not a month
            areas = tuple(a.id for a in partnership.areas)
            for name, scope in (*((a, Scope((a,))) for a in areas), (COUNTY, Scope(areas))):
                shown = {c.key[2]: n for c in here if c.key[1] == name and (n := printed[c.key]) is not None}
                medians = _medians(facts, partnership, scope, p, now, shown)
                found += [Figure(p.first, p.last, name, measure, n, n) for measure, n in medians]
    half = family[0]
    if (half.label, COUNTY, "interviews: held") in sheet.cells:
        n = _interviewed(facts, partnership, half, now)
        found.append(Figure(half.first, half.last, COUNTY, INTERVIEWED, n, None))
    return tuple(found)


def _medians(
    facts: Facts, partnership: Partnership, scope: Scope, period: Period, now: datetime, shown: Mapping[str, int]
) -> Iterator[tuple[str, int]]:
    """Yield medians of so many interviews or reports that no single one is told by the middle.

    Whether there is one depends on the printed count: that of the exact one would tell on which side of it this is.
    """
    base = partnership.disclosure.base
    spans = facts.interview_spans(scope, period, now) if shown.get("interviews: held", 0) >= base + STEP else ()
    for measure, those in zip((HELD, RECORDED), spans, strict=False):
        if len(those) >= base:
            yield measure, _tenths(those)
    least = least_for_median(partnership)
    for reporter, those in delays(facts, scope, period).items():
        if shown.get(reported_by(reporter), 0) >= least + STEP and len(those) >= least:
            yield DELAY + reporter, _tenths(those)


def _tenths(spans: Sequence[timedelta]) -> int:
    return int((median_hours(list(spans)) or 0) * TENTHS)
