"""Sections about children in care: the population on a day, providers, hosted children, and where they were missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from bot.messages.half_year_table import NOT_KNOWN, missing_from, share_of_others
from bot.messages.released_figures import children
from bot.reports.document import Block, Cell, DataTable, Paragraph, Percent, ReportSection, Warning, cell_text
from bot.reports.half_year.children import count_text, episodes, ever_out, out_of_county
from bot.reports.half_year.given import Given
from bot.rules.disclosure.released import cell
from bot.rules.disclosure.rounding import Count
from bot.rules.figures import half_up
from bot.rules.model import SETTING_NOT_KNOWN, LookedAfter, Period
from bot.rules.time.clock import say_date

PLACEMENTS = {
    "own_foster": "Foster care of the authority",
    "kinship": "Kinship care",
    "ifa": "Independent fostering agency",
    "residential": "Residential",
    "adoptive": "Adoptive placement",
    "with_parents": "With parents",
    "independent_living": "Independent living",
    "semi_independent": "Semi-independent",
    "other": "Other placement",
    None: "Placement not known",
}
SETTING_NAMES = {
    "home": "Home",
    "care": "Care",
    "school": "School",
    "hospital": "Hospital",
    "other": "Elsewhere",
    SETTING_NOT_KNOWN: "Not recorded",
}


def looked_after(given: Given) -> ReportSection:
    """The children looked after on the last day of the period, by placement, beside the last day of the one before."""
    heading = f"Looked-after children on {given.last_day}"
    if not given.was_loaded("children"):
        said = "The council's children file was never loaded: the looked-after population is not known."
        return ReportSection("looked_after", heading, (Warning(said),))
    if given.published:
        return ReportSection("looked_after", heading, _released_census(given))
    day, before = given.period.last, given.before.last if given.before else None
    now = given.facts.looked_after(day)
    then = None if before is None else given.facts.looked_after(before)
    columns = ("Children", say_date(day), *(() if before is None else (say_date(before), "Change")))
    others, uasc = _count(now, _not_uasc), _count(now, lambda g: g.uasc)
    said = _population(given, others, uasc)
    who = {"Not UASC": _not_uasc, "UASC": lambda g: g.uasc, "All looked-after children": lambda g: True}
    rows = tuple(_compared(given, label, now, then, wanted) for label, wanted in who.items())
    blocks: list[Block] = [
        Paragraph(said),
        DataTable("looked_after", "Looked-after children", columns, rows, _NOT_HOSTED),
        _placements(given, now, then, day, before),
        _missing_of(given, now, day),
    ]
    return ReportSection("looked_after", heading, (*blocks, given.room("looked_after")))


def _population(given: Given, others: Count, uasc: Count) -> str:
    return f"{children(others)} were looked after on {given.last_day} who are not UASC, and {children(uasc)} who are."


def _released_census(given: Given) -> tuple[Block, ...]:
    """The same tables of the released sheet, which has the last day of each half-year."""
    now = given.figures.census(given.period) or {}
    then = (given.figures.census(given.before) or {}) if given.before is not None else {}
    if not now:
        return (given.not_on_the_sheet("the looked-after population"),)
    later = () if given.before is None else (say_date(given.before.last), "Change")
    columns = ("Children", given.last_day, *later)
    who = {"others": "Not UASC", "uasc": "UASC", "all": "All looked-after children"}
    rows = tuple(given.compared(label, now.get(code), then.get(code)) for code, label in who.items())
    placed: list[tuple[Cell, ...]] = []
    for code, label in _placements_with_homes():
        name = NOT_KNOWN if code is None else code
        row = given.compared(label, now.get(name), then.get(name))
        if not any(n is None or n for n in row[1 : 2 if given.before is None else 3]):
            continue
        share = given.share(now.get(name), now.get("others"), now.get(share_of_others(name)))
        placed.append((*row[:2], share, *row[2:]))
    shares = ("Placement", given.last_day, "Share", *later)
    said = _population(given, now.get("others"), now.get("uasc"))
    return (
        Paragraph(said),
        DataTable("looked_after", "Looked-after children", columns, rows, given.with_parts(_NOT_HOSTED)),
        DataTable("placements", _PLACEMENTS, shares, tuple(placed), given.with_parts(_PARTS)),
        given.not_on_the_sheet("looked-after children who were missing, as a share of those looked after"),
        given.room("looked_after"),
    )


def _placements_with_homes() -> Iterator[tuple[str | None, str]]:
    """Give each placement with its name, and the homes by owner behind all residential ones."""
    for code, label in PLACEMENTS.items():
        yield code, label
        if code == "residential":
            yield from _HOMES.items()


_NOT_HOSTED = "Hosted children are not among them."
_PLACEMENTS = "Placements of looked-after children who are not UASC"
_PARTS = "Rows “Residential: ...” are parts of the row “Residential”."
_HOMES = {
    "residential, own": "Residential: homes of the authority",
    "residential, private": "Residential: private homes",
}

Wanted = Callable[[LookedAfter], bool]


def _not_uasc(group: LookedAfter) -> bool:
    return not group.uasc


def _count(groups: Sequence[LookedAfter], wanted: Wanted) -> int:
    return sum(group.children for group in groups if wanted(group))


def _compared(
    given: Given, label: str, now: Sequence[LookedAfter], then: Sequence[LookedAfter] | None, wanted: Wanted
) -> tuple[Cell, ...]:
    new = _count(now, wanted)
    if then is None:
        return label, new
    old = _count(then, wanted)
    return label, new, old, given.change(old, new)


def _placements(
    given: Given, now: Sequence[LookedAfter], then: Sequence[LookedAfter] | None, day: date, before: date | None
) -> DataTable:
    """Count and share by placement of the children who are not UASC, with the residential homes by owner."""
    whole = _count(now, _not_uasc)
    rows: list[tuple[Cell, ...]] = []
    for code, name in PLACEMENTS.items():
        wanted = _placed(code)
        if _count(now, wanted) or (then and _count(then, wanted)):
            rows.append(_with_share(given, name, now, then, wanted, whole))
        if code == "residential":
            for owner, label in _HOMES.items():
                codes = _codes(given, owner.removeprefix("residential, "))
                rows.append(_with_share(given, label, now, then, _placed(code, codes), whole))
    later = () if before is None else (say_date(before), "Change")
    return DataTable(
        "placements",
        _PLACEMENTS,
        ("Placement", say_date(day), "Share", *later),
        tuple(rows),
        _PARTS,
    )


def _placed(code: str | None, providers: frozenset[str] | None = None) -> Wanted:
    def wanted(group: LookedAfter) -> bool:
        here = providers is None or group.provider in providers
        return not group.uasc and here and group.placement == code

    return wanted


def _with_share(
    given: Given,
    label: str,
    now: Sequence[LookedAfter],
    then: Sequence[LookedAfter] | None,
    wanted: Wanted,
    whole: int,
) -> tuple[Cell, ...]:
    name, new, *rest = _compared(given, label, now, then, wanted)
    return name, new, given.share(_count(now, wanted), whole), *rest


def _codes(given: Given, ownership: str) -> frozenset[str]:
    homes = [p for p in given.partnership.providers if p.kind == "residential" and p.ownership == ownership]
    return frozenset(code for home in homes for code in home.codes)


def _missing_of(given: Given, now: Sequence[LookedAfter], day: date) -> Paragraph:
    """Relate the looked-after children who were missing to those looked after on the day, and say so."""
    missing = given.figures.frequency(given.county, given.period, "lac").children
    whole = _count(now, lambda g: True)
    share = cell_text(given.share(missing, whole))
    return Paragraph(
        f"{children(missing)} had an episode while looked after. Beside the {whole:,} looked after on {say_date(day)} "
        f"that is {share}; children who came or left during the period are in one count and not in the other."
    )


# -- providers --


def providers(given: Given) -> ReportSection:
    homes = [p for p in given.partnership.providers if p.kind == "residential"]
    heading = "Residential homes by area"
    if not homes:
        return ReportSection("providers", heading, (Paragraph("The partnership file lists no residential home."),))
    placed: Counter[str] = Counter()
    if not given.published:
        for group in given.facts.looked_after(given.period.last):
            if group.placement == "residential" and group.provider:
                placed[group.provider] += group.children
    total = sum(len(home.codes) for home in homes)
    rows: list[tuple[Cell, ...]] = []
    for area in given.partnership.areas:
        here = [home for home in homes if home.area == area.id]
        if here:
            own, private = (sum(len(h.codes) for h in here if h.ownership == owner) for owner in ("own", "private"))
            row: tuple[Cell, ...] = (area.short, own, private, own + private, _of_homes(given, own + private, total))
            rows.append(row if given.published else (*row, sum(placed[code] for h in here for code in h.codes)))
    rows.sort(key=lambda row: -int(str(row[3])))
    most, *_others = rows
    living = () if given.published else (f"Our children in them, {given.last_day}",)
    columns = ("Area", "Of the authority", "Private", "All homes", "Share of homes", *living)
    said = f"{most[3]} of {total} homes ({cell_text(most[4])}) are in the area {most[0]}."
    table = DataTable("providers", heading, columns, tuple(rows), "By the list of homes in the partnership file.")
    left_out = given.only_exact("children living in homes by area")
    return ReportSection("providers", heading, (Paragraph(said), table, *left_out, given.room("providers")))


def _of_homes(given: Given, part: int, total: int) -> Cell:
    """Return a share of homes, which are no children: none is hidden. Whole percent in the published form, as all."""
    return Percent(half_up(100 * part, total, 0 if given.published else 1)) if total else None


# -- where from --


def settings(given: Given) -> ReportSection:
    """Count by setting. One without an episode is said: it is not left out in silence."""
    heading = "Missing from home, care and school"
    found = given.figures.settings(given.county, given.period)
    if not found:
        return ReportSection("settings", heading, (given.not_on_the_sheet("home, care and school"),))
    rows_before = () if given.before is None else given.figures.settings(given.county, given.before)
    before = {row.name: row.episodes for row in rows_before}
    whole = given.now_counted.episodes
    rows: list[tuple[Cell, ...]] = []
    for code, n_children, n in found:
        of_children = () if given.published else (cell(n_children),)
        share = given.share(n, whole, given.percent(missing_from(code), "episodes"))
        row: tuple[Cell, ...] = (SETTING_NAMES[code], *of_children, cell(n), share)
        if before:
            row = (*row, cell(before[code]), given.change(before[code], n))
        rows.append(row)
    later = (f"Episodes, {given.before.label}", "Change") if given.before is not None and before else ()
    said = ", ".join(f"{SETTING_NAMES[row.name].lower()} {count_text(row.episodes)}" for row in found)
    columns = ("Missing from", *(() if given.published else ("Children",)), "Episodes", "Share of episodes", *later)
    note = "By the police record."
    if not given.published:
        note += " A child missing from two settings is counted in each."
    none_from_school = any(row.name == "school" and row.episodes == 0 for row in found)
    blocks: tuple[Block, ...] = (
        Paragraph(f"Episodes by where the child was missing from: {said}."),
        DataTable("settings", heading, columns, tuple(rows), note),
        *([Paragraph("School: 0 recorded as the setting.")] if none_from_school else []),
        *given.only_exact("children by setting"),
        given.room("settings"),
    )
    return ReportSection("settings", heading, blocks)


def hosted(given: Given) -> ReportSection:
    heading = "Hosted children, and children placed out of county"
    if not given.was_loaded("children"):
        never = "The council's children file was never loaded: it is not known which children are hosted."
        return ReportSection("hosted", heading, (Warning(never),))
    rows: list[tuple[Cell, ...]] = []
    said: list[str] = []
    left_out: list[Paragraph] = []
    for who, place, counted, ever in _ELSEWHERE:
        now = counted(given, given.period)
        if now is None:
            left_out.append(given.not_on_the_sheet(f"{who.lower()} children"))
            continue
        earlier = counted(given, given.before) if given.before else None
        then = earlier or (None, None)
        of = f"{who}: {place}" if place else who
        if not given.is_in_records((*now, *(earlier or ())), ever):
            nowhere = _NOT_ON_SHEETS if given.published else _NOT_IN_RECORDS
            said.append(f"{who}: {nowhere}, so the number is not known.")
            later = () if given.before is None else ("not known", None)
            rows += [(f"{of}: {what}", "not known", *later) for what in ("children", "episodes")]
            continue
        rows.append(given.compared(f"{of}: children", now[0], then[0]))
        rows.append(given.compared(f"{of}: episodes", now[1], then[1]))
        said.append(f"{who}: {children(now[0])} with {episodes(now[1])}.")
    note = "Hosted children are in the county's figures; their return interviews are owed by the placing authority."
    table = DataTable("hosted", heading, given.compared_columns, tuple(rows), note)
    return ReportSection("hosted", heading, (Paragraph(" ".join(said)), table, *left_out, given.room("hosted")))


_NOT_IN_RECORDS = "not in the records. No episode in them has it"
_NOT_ON_SHEETS = "none on the released sheets. It may be that no record says it"
Pair = tuple[Count, Count]


def _hosted(given: Given, period: Period) -> Pair | None:
    return given.figures.hosted(given.county, period)


def _out(given: Given, period: Period) -> Pair:
    """Return the children and episodes of the area of children placed out of county."""
    counted = given.figures.frequency(out_of_county(given), period)
    return counted.children, counted.episodes


#: Who, where, their counts, and whether any record has one: where none has, the exports may not say it of any child.
_ELSEWHERE: tuple[tuple[str, str, Callable[[Given, Period], Pair | None], Callable[[Given], bool]], ...] = (
    ("Hosted", "of another authority, here", _hosted, lambda given: given.facts.ever_hosted(given.county)),
    ("Placed out of county", "", _out, ever_out),
)
