"""Sections that count children and episodes: both, bands, first or again, cohorts, areas, concentration."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.reply import Chart, Series
from bot.messages.half_year_table import TOP
from bot.messages.released_figures import ReleasedRow, children, counted
from bot.reports.document import Block, Cell, DataTable, Paragraph, Picture, ReportSection, Warning, cell_text
from bot.reports.half_year.given import Given, day_before, in_brackets, share_cell
from bot.rules.access.permissions import Scope
from bot.rules.disclosure.released import HIDDEN, LEAST_FOR_RATIO, AnyFrequency, cell
from bot.rules.disclosure.rounding import Count
from bot.rules.figures import Followed
from bot.rules.model import Period
from bot.rules.partnership.partnership import Area
from bot.rules.time.clock import add_months, say_date

COHORTS = {
    "lac": "Looked-after children",
    "not-lac": "Children not looked after",
    "uasc": "Unaccompanied asylum-seeking children (UASC)",
    "cp": "Children on a child protection plan",
}


#: Months of records before the earlier period, below which "first ever" is not compared.
YOUNG = 12


def episodes(n: Count) -> str:
    return counted(n, "{n} episode", "{n} episodes")


def both(given: Given) -> ReportSection:
    now, then = given.now_counted, given.before_counted
    rows = (
        given.compared("Children", now.children, then.children if then else None),
        given.compared("Episodes", now.episodes, then.episodes if then else None),
        _row(given, "Episodes for each child", _per_child(given, now), _per_child(given, then)),
        _per_day(given),
    )
    left_out = given.facts.left_out(given.county, given.period)
    blocks: list[Block] = [
        *_moved(given),
        DataTable("children", "Children and episodes", given.compared_columns, rows, _COUNTED),
        *_active(given),
    ]
    if left_out:
        few = "Some episodes" if given.published else episodes(sum(left_out.values()))
        blocks.append(Paragraph(f"Left out of every figure, because the start, age or person is in doubt: {few}."))
    return ReportSection("children", "Children and episodes", (*blocks, given.room("children")))


def _active(given: Given) -> list[Block]:
    active = given.figures.active(given.county, given.period)
    if active is None:
        return [given.not_on_the_sheet("children and episodes at any time in the period, with those from before it")]
    return [
        Paragraph(
            f"{children(active.children)} had an episode that ran in the period ({episodes(active.episodes)}), "
            "with those that began before it. Such counts of two periods do not add up."
        )
    ]


def _moved(given: Given) -> list[Block]:
    """Say how each count moved: figures, never a cause. The summary has said the counts."""
    now, then = given.now_counted, given.before_counted
    if then is None or given.before is None:
        return []
    moved = moved_from("Children", then.children, now.children), moved_from("episodes", then.episodes, now.episodes)
    return [Paragraph(f"{' and '.join(moved)}, {given.before.label} to {given.period.label}.")]


def moved_from(what: str, old: Count, new: Count) -> str:
    """Write 'Children rose from 240 to 256'; a number that is not shown has no direction."""
    if old is None or new is None:
        return f"{what} went from {count_text(old)} to {count_text(new)}"
    if old == new:
        return f"{what} stayed at {new:,}"
    return f"{what} {'rose' if new > old else 'fell'} from {old:,} to {new:,}"


_COUNTED = (
    "A child is counted once, an episode where it began in the period (London time). Away from placement without "
    "authorisation is not counted."
)


def _row(given: Given, label: str, now: Cell, then: Cell, change: Cell = None) -> tuple[Cell, ...]:
    return (label, now) if given.before is None else (label, now, then, change)


def _per_child(given: Given, of: AnyFrequency | None) -> Cell:
    """Return the episodes of each child. Rounded counts of few children would give a ratio of their rounding."""
    if of is None:
        return None
    if of.children is None or of.episodes is None:
        return HIDDEN
    if given.published and 0 < of.children < LEAST_FOR_RATIO:
        return "not shown"
    return "n/a" if of.per_child is None else of.per_child


def _per_day(given: Given) -> tuple[Cell, ...]:
    now, then = given.now_counted.episodes, given.before_counted.episodes if given.before_counted else None
    before = None if given.before is None else given.per_day(given.before, then)
    return _row(given, "Episodes a day", given.per_day(given.period, now), before, given.per_day_change(then, now))


# -- how often --


def by_band(given: Given) -> ReportSection:
    now = given.figures.bands(given.county, given.period)
    then = [] if given.before is None else given.figures.bands(given.county, given.before)
    more = given.now_counted.repeat_children
    table = DataTable(
        "bands",
        "Children by their number of episodes",
        ("Episodes", *given.compared_columns[1:]),
        _beside(given, now, then),
        "Each child is in one band, by the episodes that began in the period.",
    )
    names = tuple(row.name for row in now)
    numbers = [row.children for row in now], [row.children for row in then]
    chart = bars(given, "bands", "Children by their number of episodes", names, *numbers)
    said = f"{children(given.now_counted.once_only)} had one episode, {children(more)} had two or more."
    heading = "How often children were missing"
    return ReportSection("bands", heading, (Paragraph(said), chart, table, given.room("bands")))


def _beside(given: Given, now: Sequence[ReleasedRow], then: Sequence[ReleasedRow]) -> tuple[tuple[Cell, ...], ...]:
    old = {row.name: row.children for row in then}
    return tuple(given.compared(row.name, row.children, old.get(row.name)) for row in now)


def bars(
    given: Given, name: str, title: str, rows: tuple[str, ...], now: Sequence[Count], then: Sequence[Count]
) -> Picture:
    """Draw both periods beside each other, the earlier first; the words have every number."""
    drawn = [(given.period.label, now)]
    if given.before is not None:
        drawn.insert(0, (given.before.label, then))
    alt = " ".join(
        f"{label}. {'; '.join(f'{row}: {count_text(n)}' for row, n in zip(rows, numbers, strict=True))}."
        for label, numbers in drawn
    )
    series = tuple(Series(label, tuple(numbers)) for label, numbers in drawn)
    return Picture(name, Chart(title, "bar", rows, series, alt))


def count_text(n: Count) -> str:
    return HIDDEN if n is None else f"{n:,}"


def first_or_again(given: Given) -> ReportSection:
    """Three measures that are easily confused, each by its own name (R10, R11)."""
    now, then = given.now_counted, given.before_counted
    first = given.figures.first_ever(given.county, given.period)
    first_before = None if given.before is None else given.figures.first_ever(given.county, given.before)
    begins = given.partnership.history_start
    since = "" if begins is None else f" (since {say_date(begins)})"
    young = _records_too_young(given)
    new = NOT_KNOWN if _begin_within(given, given.period) else cell(first)
    old = NOT_KNOWN if given.before and _begin_within(given, given.before) else cell(first_before)
    change = None if young else given.change(first_before, first)
    rows = (
        _row(given, f"Not seen earlier in the records{since}", new, old, change),
        given.compared("Once only: one episode in the period", now.once_only, then.once_only if then else None),
        given.compared(
            "Repeat: two or more in the period", now.repeat_children, then.repeat_children if then else None
        ),
        given.compared(
            "Repeat episodes: after a child's first in the period",
            now.repeat_episodes,
            then.repeat_episodes if then else None,
        ),
        given.compared(
            "Episodes of the children with two or more",
            now.episodes_by_repeat_children,
            then.episodes_by_repeat_children if then else None,
        ),
    )
    said = f"{children(now.once_only)} had one episode in the period, whether or not they had others earlier."
    if new != NOT_KNOWN:
        earlier = f"{children(first)} had no earlier episode in the records up to {day_before(given.period)}."
        said = f"{earlier} {said}"
    table = DataTable("first", "Not seen earlier, once only and repeat", given.compared_columns, rows)
    heading = "Not seen earlier, once only, repeat"
    return ReportSection("first", heading, (*young, Paragraph(said), table, given.room("first")))


NOT_KNOWN = "not known"


def _begin_within(given: Given, period: Period) -> bool:
    """Return True where no record is older than the period: every child of it would seem to be new."""
    begins = given.partnership.history_start
    return begins is not None and period.first <= begins


def _records_too_young(given: Given) -> tuple[Warning, ...]:
    """Warn where the records began so late that a child missing before them seems to be missing for the first time."""
    begins, earliest = given.partnership.history_start, given.before or given.period
    if begins is None or add_months(earliest.first.replace(day=1), -YOUNG) >= begins:
        return ()
    said = f"The records begin on {say_date(begins)}: of children missing before that the records have nothing, so that"
    return (Warning(f"{said} “not seen earlier” is too high. No change of it is shown."),)


# -- cohorts --


def by_cohort(given: Given) -> ReportSection:
    """Shares of children are of all children, shares of episodes of all episodes, and never mixed."""
    all_now = given.now_counted
    rows: list[tuple[Cell, ...]] = []
    shares: list[tuple[Cell, ...]] = []
    said = []
    for cohort, label in COHORTS.items():
        of = given.figures.frequency(given.county, given.period, cohort)
        of_children, of_episodes = map(share_cell, given.figures.shares(given.county, given.period, cohort))
        shares.append((label, of_children, of_episodes, _per_child(given, of)))
        if cohort in ("lac", "uasc"):
            said.append(_of_all(label, of, all_now, of_children, of_episodes))
        then = given.figures.frequency(given.county, given.before, cohort) if given.before is not None else None
        counts = given.compared(label, of.children, then.children if then else None)
        rows.append((*counts, *given.compared("", of.episodes, then.episodes if then else None)[1:]))
    said += _per_uasc_child(given)
    columns = ("Cohort", "Share of all children", "Share of all episodes", "Episodes per child")
    blocks: list[Block] = [
        Paragraph(" ".join(said)),
        Paragraph(_FEW_RELEASED if given.published else _FEW),
        DataTable("cohorts", "Children and episodes by cohort", _both_columns(given, "Cohort"), tuple(rows)),
        DataTable("cohort_shares", f"Cohorts in {given.period.label}", columns, tuple(shares), _both_line(given)),
        *given.only_exact("children missing both while looked after and while not"),
    ]
    return ReportSection("cohorts", "Looked-after and unaccompanied children", (*blocks, given.room("cohorts")))


_FEW = (
    "UASC, and children on a child protection plan, are a few children: one more or less changes their percentages by "
    "several points."
)
_FEW_RELEASED = (
    "UASC, and children on a child protection plan, are too few to be compared: a change of so small a rounded number "
    "would be one of the rounding."
)


def _both_columns(given: Given, first: str) -> tuple[str, ...]:
    """Name the columns of children, then of episodes: this period, the one before, the change."""
    periods = [given.period.label] if given.before is None else [given.period.label, given.before.label, "change"]
    return (first, *(f"{what}, {of}" for what in ("Children", "Episodes") for of in periods))


def _per_uasc_child(given: Given) -> list[str]:
    periods = [period for period in (given.period, given.before) if period is not None]
    ratios = [(p, _per_child(given, given.figures.frequency(given.county, p, "uasc"))) for p in periods]
    if all(isinstance(n, str) for _, n in ratios):
        return []
    return [f"Episodes for each UASC child: {', '.join(f'{cell_text(n)} in {p.label}' for p, n in ratios)}."]


_AT_THE_START = "By the child's status at the start of each episode."


_UASC_ARE_LOOKED_AFTER = (
    "Unaccompanied children are looked-after children too, so the rows add up to more than all children."
)


def _of_all(label: str, of: AnyFrequency, whole: AnyFrequency, children_share: Cell, episodes_share: Cell) -> str:
    name = label.partition(" (")[0]
    return (
        f"{name}: {count_text(of.children)} of {children(whole.children)}{in_brackets(children_share)}, with "
        f"{count_text(of.episodes)} of {episodes(whole.episodes)}{in_brackets(episodes_share)}."
    )


def _both_line(given: Given) -> str:
    n = given.figures.both(given.county, given.period, "lac")
    said = f"{_AT_THE_START} {_UASC_ARE_LOOKED_AFTER}"
    if n is None:
        return said
    return f"{said} {children(n)} had episodes both while looked after and while not."


# -- areas --


def by_area(given: Given) -> ReportSection:
    now = given.figures.areas(given.county, given.period)
    then = {} if given.before is None else {r.name: r for r in given.figures.areas(given.county, given.before)}
    none = ReleasedRow("", None, None)
    out = _out_of_county(given)
    rows = []
    for row in now:
        old = then.get(row.name, none)
        if row.name == out.short and not given.is_in_records((*row[1:], *then.get(row.name, ())[1:]), ever_out):
            rows.append((row.name, *(("not known",) if given.before is None else ("not known", "not known", None)) * 2))
            continue
        counts = given.compared(row.name, row.children, old.children)
        rows.append((*counts, *given.compared("", row.episodes, old.episodes)[1:]))
    columns = _both_columns(given, "Area")
    table = DataTable("areas", "Children and episodes by area", columns, tuple(rows), _overlap(given))
    shown = [row for row in now if row.episodes != 0]
    said = "; ".join(f"{row.name}: {_in_words(row)}" for row in shown)
    lead = Paragraph(f"{said}." if said else "No episode in any area.")
    left_out = given.only_exact("the number of children counted in more than one area")
    return ReportSection("areas", "Areas", (lead, table, *left_out, given.room("areas")))


def _out_of_county(given: Given) -> Area:
    return next(area for area in given.partnership.areas if area.kind == "out_of_county")


def out_of_county(given: Given) -> Scope:
    return Scope((_out_of_county(given).id,))


def ever_out(given: Given) -> bool:
    return given.facts.ever_in(out_of_county(given))


def _in_words(row: ReleasedRow) -> str:
    if row.children is None and row.episodes is None:
        return "small numbers, not shown"
    return f"{children(row.children)}, {episodes(row.episodes)}"


def _overlap(given: Given) -> str:
    deciding = {
        "team": "the team responsible at the start of the episode",
        "district": "the police district of the episode",
    }
    team = f"An area is {deciding[given.partnership.attribution]}; a team for the whole county has a row of its own."
    if given.published:
        return f"{team} A child with episodes in two areas is counted in each, so rows may add up to more."
    several = given.facts.in_several_areas(given.county, given.period)
    verb = "is" if several == 1 else "are"
    return f"{team} In {given.period.label}, {children(several)} {verb} counted in more than one area."


# -- concentration --


def concentration(given: Given) -> ReportSection:
    """The share of the children with most episodes, and what the same children had before or after."""
    top = given.figures.top(given.county, given.period, TOP)
    said = f"In {given.period.label} {_top_in_words(given, given.period)}."
    if given.before is not None:
        said += f" In {given.before.label} {_top_in_words(given, given.before)}."
    blocks: list[Block] = [Paragraph(said)]
    if given.published:
        counts = cell(top.children), cell(top.share.numerator), cell(top.share.denominator)
        rows: tuple[tuple[Cell, ...], ...] = ((WHOLE, *counts, share_cell(top.share)),)
        blocks += [
            DataTable(
                "concentration",
                f"Children with most episodes, {given.period.label}",
                _TOP_COLUMNS,
                rows,
                given.with_parts(),
            ),
            given.not_on_the_sheet(
                f"what the same {TOP} children did in the other half-year, because two sums of the same few children "
                "would tell of one to a reader who knows the others"
            ),
            given.not_on_the_sheet("concentration by area"),
        ]
        return ReportSection("concentration", "Concentration", (*blocks, given.room("concentration")))
    blocks += _followed(given)
    return ReportSection("concentration", "Concentration", (*blocks, given.room("concentration")))


def _top_in_words(given: Given, period: Period) -> str:
    top = given.figures.top(given.county, period, TOP)
    most, share = f"the {children(top.children)} with most episodes", top.share
    return f"{most} had {count_text(share.numerator)} of {episodes(share.denominator)}{in_brackets(share_cell(share))}"


WHOLE = "Whole county"
_TOP_COLUMNS = ("Scope", "Children", "Their episodes", "All episodes", "Share")


_FEWER_LATER = "Children chosen for a high count usually have fewer later: this says nothing of why."


def _followed(given: Given) -> list[Block]:
    """Of the whole county and each area: this period's top children, and the earlier one's top children now."""
    now_rows: list[tuple[Cell, ...]] = []
    later_rows: list[tuple[str, int, int, int, int]] = []
    totals = {row.name: row.episodes for row in given.figures.areas(given.county, given.period)}
    for name, now, before in _scopes(given):
        whole = totals.get(name, given.now_counted.episodes)
        if _has_a_row(name, now):
            now_rows.append((name, now.children, now.episodes, cell(whole), given.share(now.episodes, whole)))
        if before is not None and _has_a_row(name, before):
            later_rows.append((name, before.children, before.episodes, before.then, before.fewer))
    note = f"Areas with at least {TOP} children have a row. The children of an area need not be among the county's."
    title = f"Children with most episodes, {given.period.label}"
    blocks: list[Block] = [DataTable("concentration", title, _TOP_COLUMNS, tuple(now_rows), note)]
    if given.before is None:
        return blocks
    label, earlier = given.period.label, given.before.label
    columns = ("Scope", "Children", f"Episodes in {earlier}", f"The same children, {label}", "Of them with fewer")
    if later_rows:
        _, n, had, has, fewer = later_rows[0]
        blocks.append(
            Paragraph(
                f"The {children(n)} with most episodes in {earlier} had {episodes(had)} then and {episodes(has)} in "
                f"{label}: {'all' if fewer == n else fewer} of these {n} had fewer. {_FEWER_LATER}"
            )
        )
    title = f"The children with most episodes in {earlier}, followed into {label}"
    return [*blocks, DataTable("followed", title, columns, tuple(later_rows))]


def _has_a_row(name: str, top: Followed) -> bool:
    """Leave out an area with fewer children than that: all of them would be its children with most episodes."""
    return name == WHOLE or top.children == TOP


def _scopes(given: Given) -> list[tuple[str, Followed, Followed | None]]:
    facts, county, period, before = given.facts, given.county, given.period, given.before
    now = facts.followed_by_area(county, period, TOP, period)
    later = {} if before is None else facts.followed_by_area(county, before, TOP, period)
    whole = facts.followed(county, before, TOP, period) if before else None
    found = [(WHOLE, facts.followed(county, period, TOP, period), whole)]
    for area in given.partnership.areas:
        if area.id in now or area.id in later:
            found.append((area.short, now.get(area.id, Followed()), later.get(area.id)))
    return found
