"""Sections by time, age and record: months, ages, reporters and their delay, return interviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from bot.conversation.reply import Chart, Series
from bot.messages.half_year_table import (
    ALL_LATE,
    EVERY_REPORTER,
    IN_WORKING_DAYS,
    REPORTED_BY,
    WORKING_DAYS_OVER,
    age_groups,
    late_by,
    reported_by,
)
from bot.messages.released_figures import ReleasedRow, ReporterRow, children, counted
from bot.reports.document import Block, Cell, DataTable, Paragraph, Picture, ReportSection, Warning, cell_text
from bot.reports.half_year.children import WHOLE, count_text, episodes, moved_from
from bot.reports.half_year.given import Given, in_brackets, interview_share
from bot.rules.catalogue import date_words
from bot.rules.disclosure.released import LOW_BASE, AnyTally, cell
from bot.rules.disclosure.released_periods import may_be_released
from bot.rules.disclosure.rounding import FAR, Count
from bot.rules.figures import WORKING_DAYS, Month, course, median_hours_of
from bot.rules.model import CARER_CONTACTED, Period
from bot.rules.spikes import EVENT_WORDS, Judged, judge
from bot.rules.time.clock import add_months, by_month
from bot.rules.time.period import period_of, previous

REPORTER_NAMES = {
    "parent": "Parent",
    "carer_foster": "Foster carer",
    "carer_residential": "Residential carer",
    "school": "School",
    "social_worker": "Social worker",
    "police": "Police",
    "health": "Health",
    "other": "Other",
    "not_known": "Not recorded",
    EVERY_REPORTER: "All",
}
#: Months shown, up to the end of the period; and those before, which the first ones are compared with.
MONTHS, BEFORE = 24, 12


def ages(given: Given) -> ReportSection:
    now = given.figures.ages(given.county, given.period)
    then = {} if given.before is None else {r.name: r for r in given.figures.ages(given.county, given.before)}
    before = {row.name: then[row.name].children if row.name in then else 0 if then else None for row in now}
    rows = [given.compared(row.name, row.children, before[row.name]) for row in now]
    said = " ".join(filter(None, (_largest(given, now), _moved_most(given, now, before))))
    note = "In completed years at the child's first episode in the period."
    table = DataTable("ages", "Children by age", ("Age", *given.compared_columns[1:]), tuple(rows), note)
    return ReportSection("ages", "Age", (Paragraph(said), table, given.room("ages")))


def _largest(given: Given, rows: Sequence[ReleasedRow]) -> str:
    """Name the largest group, of those shown."""
    shown = [(row.children, row.name) for row in rows if row.children is not None]
    n, name = max(shown, default=(0, ""))
    some_hidden = len(shown) < len(rows)
    if not n:
        return "No age group is shown." if some_hidden else "No child in any age group."
    of = f"{n:,} of {count_text(given.now_counted.children)} children"
    if not given.published:
        of = f"{of} ({cell_text(given.share(n, given.now_counted.children))})"
    return f"The largest age group{' shown' if some_hidden else ''} was {name}: {of}."


def _moved_most(given: Given, rows: Sequence[ReleasedRow], before: Mapping[str, Count]) -> str:
    """Name the group whose children changed most; of rounded counts only a group and a change that are large enough."""
    if given.before is None or not given.comparable:
        return ""
    least, rounding = (LOW_BASE, 2 * FAR) if given.published else (0, 0)
    moved: list[tuple[int, str]] = []
    for row in rows:
        new, old = row.children, before[row.name]
        if new is not None and old is not None and old >= least and abs(new - old) > rounding:
            moved.append((abs(new - old), moved_from(row.name, old, new)))
    if not moved:
        return ""
    of = f" of a group of {least} or more" if given.published else ""
    _, most = max(moved)
    return f"Largest change{of}, {given.before.label} to {given.period.label}: {most}."


# -- months --


def months(given: Given) -> ReportSection:
    heading = "Month by month"
    if given.published:
        return ReportSection("months", heading, _released_months(given))
    run, unknown = _run_of_months(given)
    found = run[-MONTHS:]
    labels = tuple(month_name(month.first_day) for month in found)
    bands = _bands_in(given, found)
    rows: list[tuple[Cell, ...]] = []
    for label, month in zip(labels, found, strict=True):
        numbers: tuple[Cell, ...] = (month.episodes, month.children, *(month.ages.get(band, 0) for band in bands))
        rows.append((label, *("not known" if label in unknown else n for n in numbers)))
    columns = ("Month", "Episodes", "Children", *(f"Age {band}" if band[:1].isdigit() else band for band in bands))
    note = "Ages count children, at their first episode in the month. Children of months do not add up."
    table = DataTable("months", "Episodes, children and ages by month", columns, tuple(rows), note)
    said = f"Episodes by the month in which they began: {labels[0]} to {labels[-1]}. " if labels else "No whole month."
    judged = judge([(m.first_day, None if month_name(m.first_day) in unknown else m.episodes) for m in run])[-MONTHS:]
    said += _above_usual(judged)
    missing = [label for label in labels if label in unknown]
    gaps = [Warning(f"No record in {', '.join(missing)}: not known whether none.")] if missing else []
    numbers_of = {"Episodes": [m.episodes for m in found], "Children": [m.children for m in found]}
    picture = [_course(labels, numbers_of, unknown, judged)] if labels else []
    noted = _noted(given, [m.first_day for m in found])
    blocks: tuple[Block, ...] = (Paragraph(said), *gaps, *picture, table, *noted, given.room("months"))
    return ReportSection("months", heading, blocks)


def _above_usual(judged: Sequence[Judged]) -> str:
    """Name the months above their usual range; nothing here says why."""
    if not judged:
        return ""
    if all(j.limit is None for j in judged):
        return f"There is no usual range: it takes {BEFORE} whole months whose numbers are shown."
    above = [j for j in judged if j.above]
    if not above:
        return f"No month was above its usual range. {_usual(judged)}"
    named = [f"{month_name(j.first_day)} ({j.episodes}; usual {j.usual:g}, limit {j.limit})" for j in above]
    return f"Above the usual range: {', '.join(named)}. {_usual(judged)}"


def _usual(judged: Sequence[Judged]) -> str:
    """Say what each month was compared with: the first of the records have no 12 months before them."""
    own = [month_name(j.first_day) for j in judged if j.of_first_year]
    said = (
        []
        if len(own) == len([j for j in judged if j.limit is not None])
        else [f"Usual is the median of the {BEFORE} months before."]
    )
    if own:
        months = f"{own[0]} has" if len(own) == 1 else f"{own[0]} to {own[-1]} have"
        said.append(
            f"{months} no {BEFORE} months before in the records: usual is the median of the records' first {BEFORE} "
            f"months, {'it' if len(own) == 1 else 'themselves'} among them."
        )
    return " ".join((*said, "The limit is the highest number in the usual range."))


_OF_PRINTED = "Usual and limit are worked out from the printed numbers. A hidden month is not judged."


def _noted(given: Given, months: Sequence[date]) -> list[DataTable]:
    """List the events that people noted on these months, which explain nothing."""
    areas = {"": WHOLE, **{area.id: area.short for area in given.partnership.areas}}
    said: dict[date, list[str]] = {}
    for note in given.facts.month_notes():
        if note.first_day in months:
            event, where = EVENT_WORDS.get(note.event, note.event), areas.get(note.area, note.area)
            said.setdefault(note.first_day, []).append(f"{event} ({where})")
    rows = tuple((month_name(month), "; ".join(each)) for month, each in sorted(said.items()))
    about = "By people of the partnership, from a list of events. A note does not say that the event had an effect."
    return [DataTable("noted", "Events noted on months", ("Month", "Noted"), rows, about)] if rows else []


def month_name(first_day: date) -> str:
    """Write 'Jul 2016'."""
    return date_words(first_day, "%b %Y")


def _course(
    labels: tuple[str, ...],
    numbers_of: Mapping[str, Sequence[Count]],
    unknown: tuple[str, ...],
    judged: Sequence[Judged],
) -> Picture:
    """Draw the numbers by month beside the usual number and its limit; a month above the limit is marked."""
    series = tuple(
        Series(name, tuple(None if label in unknown else n for label, n in zip(labels, values, strict=True)))
        for name, values in numbers_of.items()
    )
    words = " ".join(course(s.name, labels, s.values, unknown) for s in series)
    above = tuple(month_name(j.first_day) for j in judged if j.above)
    usual = Series("Usual episodes", tuple(j.usual for j in judged))
    limit = Series("Upper limit", tuple(j.limit for j in judged))
    chart = Chart(
        "Episodes and children by month",
        "line",
        labels,
        series,
        f"{words} Marked: above the usual range." if above else words,
        "Number in the month",
        unknown,
        above,
        (usual, limit) if any(j.limit is not None for j in judged) else (),
    )
    return Picture("months", chart)


def _released_months(given: Given) -> tuple[Block, ...]:
    """The months of both periods that are on their sheets: children and episodes alone."""
    shown, begins = given.facts.released_periods(), given.partnership.year_begins
    first = given.before.first if given.before is not None else given.period.first
    found = [period_of(*span) for span in by_month(first, given.period.last)]
    if not all(may_be_released(month, shown, begins) for month in found):
        return (given.not_on_the_sheet("months"),)
    run = [*_released_before(given, found[0]), *found]
    gaps = given.known_of(Period("", run[0].first, run[-1].last)).gaps
    unknown = tuple(month_name(m.first) for m in run if any(gap.first <= m.first <= gap.last for gap in gaps))
    counts = {m.first: given.figures.frequency(given.county, m) for m in run}
    numbers = [(day, None if month_name(day) in unknown else f.episodes) for day, f in counts.items()]
    labels = tuple(month_name(month.first) for month in found)
    here = [counts[month.first] for month in found]
    rows: list[tuple[Cell, ...]] = []
    for label, f in zip(labels, here, strict=True):
        rows.append((label, *(("not known",) * 2 if label in unknown else (cell(f.episodes), cell(f.children)))))
    numbers_of = {"Episodes": [f.episodes for f in here], "Children": [f.children for f in here]}
    note = "Children of months do not add up."
    table = DataTable("months", "Episodes and children by month", ("Month", "Episodes", "Children"), tuple(rows), note)
    said = f"Episodes by the month in which they began: {labels[0]} to {labels[-1]}. "
    judged = judge(numbers)[-len(found) :]
    said += f"{_above_usual(judged)} {_OF_PRINTED}"
    return (
        Paragraph(said),
        _course(labels, numbers_of, unknown, judged),
        table,
        *_noted(given, [month.first for month in found]),
        given.not_on_the_sheet("ages by month"),
        given.room("months"),
    )


def _released_before(given: Given, month: Period) -> list[Period]:
    """Return the months before, oldest first, as far back as each is on a sheet: the usual range goes by them."""
    found: list[Period] = []
    while len(found) < MONTHS and given.facts.released_sheet(month := previous(month)) is not None:
        found.insert(0, month)
    return found


def _run_of_months(given: Given) -> tuple[Sequence[Month], tuple[str, ...]]:
    """Return the whole months up to the end of the period, the first known one first, and those not known."""
    after = (given.period.last + timedelta(days=1)).replace(day=1)
    first, last = add_months(after, -MONTHS - BEFORE), after - timedelta(days=1)
    begins = given.partnership.history_start
    if begins is not None and begins > first:
        first = add_months(begins.replace(day=1), int(begins.day > 1))
    if first > last:
        return (), ()
    found = given.facts.months(given.county, first, last)
    known = given.known_of(Period("", first, last))
    reached = known.reached

    def is_known(month: Month) -> bool:
        ends = add_months(month.first_day, 1) - timedelta(days=1)
        gap = any(gap.first <= month.first_day <= gap.last for gap in known.gaps)
        return not gap and reached is not None and ends <= reached

    begin = next((n for n, month in enumerate(found) if is_known(month) and month.episodes), len(found))
    found = found[begin:]
    return found, tuple(month_name(m.first_day) for m in found if not is_known(m))


def _bands_in(given: Given, found: Sequence[Month]) -> list[str]:
    """Return the bands of the partnership, and of the other groups those with a child in them."""
    ours = {band.label for band in given.partnership.age_bands}
    return [g for g in age_groups(given.partnership) if g in ours or any(m.ages.get(g) for m in found)]


# -- reporters --


def reporters(given: Given) -> ReportSection:
    heading = "Who reported, and how long after"
    rows = _reporters(given, given.period)
    before = {} if given.before is None else {r.reporter: r for r in _reporters(given, given.before)}
    whole = given.now_counted.episodes
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        share = given.share(row.episodes, whole, given.percent(reported_by(row.reporter), "episodes"))
        if row.reporter == EVERY_REPORTER:
            share = None
        line: tuple[Cell, ...] = (REPORTER_NAMES[row.reporter], cell(row.episodes), share, _hours(given, row.median))
        if given.before is not None:
            old = before[row.reporter]
            line = (*line, cell(old.episodes), given.change(old.episodes, row.episodes), _hours(given, old.median))
        cells.append(line)
    now = given.period.label
    later: tuple[str, ...] = ()
    if given.before is not None:
        later = (f"Episodes, {given.before.label}", "Change", f"Median hours, {given.before.label}")
    columns = ("Reported by", f"Episodes, {now}", "Share", f"Median hours, {now}", *later)
    median = _hours(given, rows[-1].median)
    said = f"The median time from last seen to reported was {cell_text(median)} hours."
    note = "Median hours: from last seen to reported, where the police record has both times in that order."
    table = DataTable("reporters", "Episodes by who reported them", columns, tuple(cells), given.with_parts(note))
    return ReportSection("reporters", heading, (Paragraph(said), table, given.room("reporters")))


def _reporters(given: Given, period: Period) -> Sequence[ReporterRow]:
    if given.published:
        return given.figures.reporters(given.county, period)
    found = sum(given.facts.reporters(given.county, period).values(), Counter[str]())
    delays = given.facts.reporting_delays(given.county, period)
    rows = [ReporterRow(r, found[r], median_hours_of(delays.get(r, {}))) for r in REPORTED_BY]
    every = sum(delays.values(), Counter[timedelta]())
    return [*rows, ReporterRow(EVERY_REPORTER, found.total(), median_hours_of(every))]


def _hours(given: Given, median: Decimal | None) -> Cell:
    if median is not None:
        return median
    return "not shown" if given.published else "not known"


# -- return interviews --


def interviews(given: Given) -> ReportSection:
    heading = "Return interviews"
    if not given.was_loaded("interviews"):
        said = "The council's interviews export was never loaded: return interviews are not known."
        return ReportSection("interviews", heading, (Warning(said),))
    now = _tallies(given, given.period)
    then = None if given.before is None else (given.before, _tallies(given, given.before))
    total = now[-1][1]
    blocks: list[Block] = [Paragraph(_in_words(given, total, given.period))]
    if then is not None:
        blocks.append(Paragraph(_in_words(given, then[1][-1][1], then[0])))
    if total.not_due != 0:
        few = counted(total.not_due, "{n} return interview", "{n} return interviews")
        blocks.append(Warning(f"Not due yet: {few}. Shares within 72 hours leave them out."))
    blocks += [
        _completed_table(given, now, then),
        *_dates_only(given),
    ]
    return ReportSection("interviews", heading, (*blocks, given.room("interviews")))


def interview_details(given: Given) -> ReportSection:
    """The interviews offered, the time that each took, and the reasons of late ones."""
    heading = "Return interviews: offered, waits and reasons"
    if not given.was_loaded("interviews"):
        return ReportSection("interview_details", heading, ())
    now = _tallies(given, given.period)
    then = None if given.before is None else (given.before, _tallies(given, given.before))
    blocks: list[Block] = [
        _offered_table(given, now, then),
        Paragraph(_waits(given)),
        *_people(given),
        *_late(given, now[-1][1]),
        *_in_working_days(given),
    ]
    return ReportSection("interview_details", heading, tuple(blocks))


Tallies = Sequence[tuple[str, AnyTally]]


def _by_team(given: Given, now: Tallies, then: tuple[Period, Tallies] | None) -> Iterator[tuple[str, AnyTally]]:
    """Give each team in this period, with the one before below it; the total last."""
    if then is None:
        yield from now
        return
    before = dict(then[1])
    for name in dict.fromkeys((*(n for n, _ in now[:-1]), *(n for n, _ in then[1][:-1]), now[-1][0])):
        for period, found in ((given.period, dict(now)), (then[0], before)):
            if name in found:
                yield f"{name}, {period.label}", found[name]


def _tallies(given: Given, period: Period) -> list[tuple[str, AnyTally]]:
    """Return each team that has any, then the total."""
    teams = given.figures.tallies(given.county, period)
    return [*((name, tally) for _, name, tally in teams), ("Total", given.figures.tally(given.county, period))]


def _in_words(given: Given, t: AnyTally, period: Period) -> str:
    """Say the statutory share first: held within 72 hours of those due."""
    held, completed, recorded = (
        in_brackets(interview_share(t, *of))
        for of in (("held_in_time", "due"), ("held", "episodes"), ("recorded_in_time", "held"))
    )
    of_held = f"{count_text(t.recorded_in_time)} of {count_text(t.held)}"
    return (
        f"{period.label}: {count_text(t.held_in_time)} of {count_text(t.due)} interviews due were held within 72 "
        f"hours{held}. {_offered(given, t)} {count_text(t.held)} of {count_text(t.episodes)} ended episodes have a "
        f"completed interview{completed}; {of_held} completed interviews were recorded within 72 hours{recorded}."
    )


def _offered(given: Given, t: AnyTally) -> str:
    """Say how many were not offered; of rounded counts the difference would be off, so how many were offered."""
    if t.offered is None or t.required is None:
        return "How many were offered is not shown."
    if given.published:
        share = in_brackets(interview_share(t, "offered", "required"))
        return f"Offered: {count_text(t.offered)} of {count_text(t.required)} interviews required{share}."
    missed = t.required - t.offered
    share = in_brackets(given.share(missed, t.required))
    return f"Not offered: {missed:,} of {t.required:,} interviews required{share}."


def _people(given: Given) -> list[Block]:
    """Count an interview about several episodes once."""
    p = given.figures.people(given.county, given.period)
    if p is None:
        return [given.not_on_the_sheet("interviews that were held, and the children of each, counted once")]
    held = counted(p.talks, "{n} interview", "{n} interviews")
    return [
        Paragraph(
            f"{held} held with {children(p.interviewed)}; one about several episodes is counted once here. An "
            f"interview was offered to {children(p.offered)}, and declined by {children(p.declined)}."
        )
    ]


def _completed_table(given: Given, now: Tallies, then: tuple[Period, Tallies] | None) -> DataTable:
    """The two shares of the 2017 report, and the second of episodes too: its denominator is in words."""
    rows: list[tuple[Cell, ...]] = []
    for name, t in _by_team(given, now, then):
        completed, recorded = interview_share(t, "held", "episodes"), interview_share(t, "recorded_in_time", "held")
        of_episodes = interview_share(t, "recorded_in_time", "episodes")
        rows.append((name, cell(t.episodes), cell(t.held), completed, cell(t.recorded_in_time), recorded, of_episodes))
    columns = (
        *("Team", "Ended episodes", "Completed", "Completed, of ended episodes"),
        *("Recorded within 72 h", "Recorded, of completed", "Recorded, of ended episodes"),
    )
    note = (
        "Completed: the interview was held. Recorded within 72 h: held, and in the case system within 72 h of return."
    )
    return DataTable(
        "interviews", "Return interviews completed and recorded", columns, tuple(rows), given.with_parts(note)
    )


def _offered_table(given: Given, now: Tallies, then: tuple[Period, Tallies] | None) -> DataTable:
    rows: list[tuple[Cell, ...]] = []
    for name, t in _by_team(given, now, then):
        offered, held = interview_share(t, "offered", "required"), interview_share(t, "held_in_time", "due")
        rows.append((name, cell(t.required), cell(t.offered), offered, cell(t.due), cell(t.held_in_time), held))
    columns = (
        "Team",
        "Required",
        "Offered",
        "Offered, of required",
        "Due",
        "Held within 72 h",
        "Held within 72 h, of due",
    )
    note = (
        "Required: ended episodes for which this council owes an interview. Due: those whose 72 hours were over when "
        "they were counted."
    )
    return DataTable("offered", "Return interviews offered and held", columns, tuple(rows), given.with_parts(note))


def _waits(given: Given) -> str:
    if given.published:
        held, recorded = given.figures.medians(given.county, given.period)
    else:
        waits = given.facts.interview_waits(given.county, given.period, given.now)
        held, recorded = (median_hours_of(each) for each in waits)
    to_held, to_recorded = cell_text(_hours(given, held)), cell_text(_hours(given, recorded))
    return (
        f"Median hours from the return to the interview held: {to_held}; from held to recorded: {to_recorded}, of the "
        "interviews that this council owed."
    )


def _late(given: Given, total: AnyTally) -> list[Block]:
    """Say why interviews were not held in time, by the reason in the record (K11)."""
    reasons = given.figures.late(given.county, given.period)
    if reasons is None:
        return [given.not_on_the_sheet("reasons for late interviews")]
    late = reasons.get(ALL_LATE)
    told = reasons.get(TOLD_LATE, 0)

    def share(code: str, n: Count) -> Cell:
        return given.share(n, late, given.percent(late_by(code), late_by(ALL_LATE)))

    said = f"{count_text(late)} of {count_text(total.due)} interviews due were not held within 72 hours."
    if told is not None:
        of_late = in_brackets(share(TOLD_LATE, told))
        said = f"{said[:-1]}; by the record {told:,} of them because the council was told late{of_late}."
    without = reasons.get(NO_REASON)
    if without and _is_the_largest(given, without, reasons):
        of_late, shown = in_brackets(share(NO_REASON, without)), " shown" if given.published else ""
        said += f" No reason is recorded of {without:,} of them{of_late}, more than have any one reason{shown}."
    ordered = sorted(reasons.items(), key=lambda each: (each[1] is None, -(each[1] or 0), each[0]))
    rows = tuple((_reason(code), cell(n), share(code, n)) for code, n in ordered if code != ALL_LATE and n != 0)
    columns = ("Reason in the record", "Interviews", "Share")
    title, note = "Interviews not held within 72 hours, by reason", "By the record of each interview due by now."
    return [Paragraph(said), DataTable("late", title, columns, rows, note)]


def _is_the_largest(given: Given, without: int, reasons: Mapping[str, Count]) -> bool:
    """Return True where more have no reason than any one; of rounded counts, where it is so of the exact ones too."""
    others = [n for code, n in reasons.items() if code not in (NO_REASON, ALL_LATE) and n is not None]
    return without - max(others, default=0) > (2 * FAR if given.published else 0)


def _in_working_days(given: Given) -> list[Block]:
    """Say the local measure beside the statutory one (K12)."""
    found = given.figures.in_working_days(given.county, given.period)
    if found is None:
        return [given.not_on_the_sheet(f"interviews held within {WORKING_DAYS} working days")]
    held, over = found
    share = in_brackets(given.share(held, over, given.percent(IN_WORKING_DAYS, WORKING_DAYS_OVER)))
    return [
        Paragraph(
            f"Local measure: {count_text(held)} of {count_text(over)} interviews required were held by the end of "
            f"working day {WORKING_DAYS} after the return{share}, where that day is over; Monday to Friday without "
            "bank holidays."
        )
    ]


TOLD_LATE = "late_notification"
NO_REASON = ""
LATE_REASONS = {
    TOLD_LATE: "Council told late",
    "child_missing_again": "Child missing again",
    "child_unwell": "Child unwell",
    "in_custody": "Child in custody",
    "out_of_area": "Child out of the area",
    "no_contact": "No contact with the child",
    "capacity": "No capacity",
    "child_choice_later": "Child asked for a later time",
    "system_late": "Case system late",
    "other": "Other",
    CARER_CONTACTED: "Carer contacted",
    NO_REASON: "No reason recorded",
}


def _reason(code: str) -> str:
    return LATE_REASONS.get(code, code.replace("_", " ").capitalize())


def _dates_only(given: Given) -> list[Block]:
    n = given.facts.dates_only(given.county, given.period, given.now)
    if not n:
        return []
    few = "Some returns are" if given.published else f"{episodes(n)}: the return is"
    return [Warning(f"{few} recorded by date alone. Their interviews are in time until the end of day + 3.")]
