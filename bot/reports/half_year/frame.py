"""The first and the last pages: front matter, summary, changes since the last signed report, method, recommendation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.messages.released_figures import children
from bot.reports.document import Block, Cell, DataTable, Paragraph, Percent, ReadingNote, ReportSection
from bot.reports.half_year.children import count_text, episodes
from bot.reports.half_year.given import Given, days, in_brackets, interview_share, warnings
from bot.rules.catalogue import date_words
from bot.rules.disclosure.released import LOW_BASE as RELEASED_LOW_BASE
from bot.rules.disclosure.released import note
from bot.rules.disclosure.rounding import STEP, most_hidden
from bot.rules.figures import LOW_BASE
from bot.rules.model import Freshness, Period
from bot.rules.time import freshness
from bot.rules.time.clock import local_day, say, say_date, say_near, whole_months


def title(given: Given) -> str:
    return f"Children missing from home, care and school: {_in_months(given.period)}"


def _in_months(period: Period) -> str:
    """Write 'January to June 2017' of whole months, else the days."""
    first, last = period.first, period.last
    if not whole_months(first, last):
        return days(period)
    begins = date_words(first, "%B" if first.year == last.year else "%B %Y")
    ends = date_words(last, "%B %Y")
    return ends if (first.year, first.month) == (last.year, last.month) else f"{begins} to {ends}"


def running(given: Given) -> str:
    kind = "Published figures" if given.published else "Exact figures, not for publication"
    return f"{given.partnership.name}, {given.period.label}. {kind}"


def front(given: Given) -> tuple[tuple[str, str], ...]:
    snapshot = given.snapshot
    figures = _released(given) if given.published else "Exact, not for publication"
    rows = [
        ("Addressed to", given.partnership.report_to or "The partnership"),
        ("From", given.partnership.name),
        ("Period", f"{given.period.label}: {days(given.period)}"),
        ("Compared with", f"{given.before.label}: {days(given.before)}" if given.before else "Nothing"),
        ("Status", _status(given)),
        ("Figures", figures),
    ]
    rows += [(f"Source: {f.name}", _source(f, given.now)) for f in _sources(given)]
    rows += [
        ("Counted by", f"Rules of counting, version {snapshot.rule_version}"),
        ("Records as of", f"{say(given.now)}, named snapshot {snapshot.shown}"),
    ]
    return tuple(rows)


def _status(given: Given) -> str:
    """Say what is true before and after signing: a document is kept as it was drafted, to the byte."""
    if not given.published:
        return "Working copy: exact figures are never signed"
    return "A draft, unless its signature page is with it: see Signatures"


def _released(given: Given) -> str:
    sheet = given.facts.released_sheet(given.period)
    at = given.now if sheet is None else sheet.at  # the first issue is released with the report
    return f"Rounded to {STEP}, released on {say_date(local_day(at))} (issue {given.snapshot.sheet_issue or 1})"


def _sources(given: Given) -> tuple[Freshness, ...]:
    return given.facts.freshness(given.now)


def _source(source: Freshness, now: datetime) -> str:
    """Say when an export was taken, with its year, and how it is: a printed report is read years later."""
    said = freshness.say(source, now).removeprefix(f"{source.name}: ").replace(", ok", ", up to date when counted")
    return said if source.taken_at is None else said.replace(say_near(source.taken_at, now), say(source.taken_at), 1)


def summary(given: Given) -> ReportSection:
    now, then = given.now_counted, given.before_counted
    rows = [
        given.compared("Children", now.children, then.children if then else None),
        given.compared("Episodes", now.episodes, then.episodes if then else None),
        given.compared("Children with one episode", now.once_only, then.once_only if then else None),
        given.compared("Children with two or more", now.repeat_children, then.repeat_children if then else None),
    ]
    for cohort, label in (("lac", "Looked-after children"), ("uasc", "UASC")):
        of = given.figures.frequency(given.county, given.period, cohort).children
        old = given.figures.frequency(given.county, given.before, cohort).children if given.before else None
        rows.append(given.compared(f"Of the children: {label}", of, old))
    if given.was_loaded("interviews"):
        rows += _interviews(given)
    table = DataTable("summary", "Main figures", given.compared_columns, tuple(rows))
    blocks: tuple[Block, ...] = (*_findings(given), table, *warnings(given), _how_to_read(given), given.room("summary"))
    return ReportSection("summary", "Summary", blocks)


def _how_to_read(given: Given) -> ReadingNote:
    """Explain once, for every table, what is printed in the place of a number."""
    if not given.published:
        return ReadingNote(
            "In every table: “low base” marks a change from a number under "
            f"{LOW_BASE}, where one child more or less is a change of {100 // LOW_BASE}% or more."
        )
    disclosure = given.partnership.disclosure
    few = f"“Low base”: no change is given, because the earlier number is under {RELEASED_LOW_BASE}."
    return ReadingNote(f"In every table: {note(disclosure.threshold, disclosure.base)} {few}")


def _findings(given: Given) -> list[Paragraph]:
    """The main figures of both periods in a sentence each: figures, never a cause."""
    return [
        Paragraph(said)
        for said in (
            _in_both(given, "", lambda period: _children_and_episodes(given, period)),
            _in_both(given, "Children with two or more episodes: ", lambda period: _repeat(given, period)),
            _areas(given),
            _held_in_time(given),
            _in_both(given, "Unaccompanied children (UASC): ", lambda period: _uasc(given, period)),
        )
        if said
    ]


def _in_both(given: Given, lead: str, say_of: Callable[[Period], str]) -> str:
    periods = [period for period in (given.period, given.before) if period is not None]
    return f"{lead}{'; '.join(f'{say_of(period)} in {period.label}' for period in periods)}."


def _children_and_episodes(given: Given, period: Period) -> str:
    of = given.figures.frequency(given.county, period)
    return f"{children(of.children)} had {episodes(of.episodes)}"


def _repeat(given: Given, period: Period) -> str:
    of = given.figures.frequency(given.county, period)
    return f"{count_text(of.repeat_children)} of {children(of.children)}"


def _uasc(given: Given, period: Period) -> str:
    of = given.figures.frequency(given.county, period, "uasc")
    return f"{children(of.children)} with {episodes(of.episodes)}"


def _areas(given: Given) -> str:
    """Name the areas whose episodes changed most; a hidden one may be among them, and is said to be left out."""
    if given.before is None or not given.comparable:
        return ""
    now = given.figures.areas(given.county, given.period)
    then = {row.name: row.episodes for row in given.figures.areas(given.county, given.before)}
    moved: list[tuple[int, str]] = []
    for row in now:
        old = then.get(row.name)
        if row.episodes is not None and old is not None and row.episodes != old:
            verb = "rose" if row.episodes > old else "fell"
            moved.append((-abs(row.episodes - old), f"in {row.name} they {verb} from {old:,} to {row.episodes:,}"))
    moved.sort()
    if not moved:
        return ""
    hidden = ", of the areas shown" if any(n is None for n in (*then.values(), *(row.episodes for row in now))) else ""
    most = "; ".join(words for _, words in moved[:MOST_AREAS])
    return f"Largest changes of episodes by area{hidden}, {given.before.label} to {given.period.label}: {most}."


def _held_in_time(given: Given) -> str:
    if not given.was_loaded("interviews"):
        return ""

    def said(period: Period) -> str:
        t = given.figures.tally(given.county, period)
        share = in_brackets(interview_share(t, "held_in_time", "due"))
        return f"{count_text(t.held_in_time)} of {count_text(t.due)} due{share}"

    return _in_both(given, "Return interviews held within 72 hours: ", said)


#: Areas that the summary names.
MOST_AREAS = 2


def _interviews(given: Given) -> list[tuple[Cell, ...]]:
    periods = [given.period, *([given.before] if given.before else [])]
    tallies = [given.figures.tally(given.county, period) for period in periods]
    rows: list[tuple[Cell, ...]] = []
    for label, part, whole in (
        ("Interviews held within 72 h, of due", "held_in_time", "due"),
        ("Interviews completed, of ended episodes", "held", "episodes"),
        ("Interviews recorded within 72 h, of completed", "recorded_in_time", "held"),
    ):
        shares = [interview_share(t, part, whole) for t in tallies]
        rows.append((label, *shares, *([_points(given, *shares)] if given.before else [])))
    return rows


def _points(given: Given, new: Cell, old: Cell) -> Cell:
    """Return the change of a percentage, of the numbers as they are shown."""
    if not given.comparable or not (isinstance(new, Percent) and isinstance(old, Percent)):
        return None
    difference = new.value - old.value
    return f"{difference:+} point{'' if abs(difference) == 1 else 's'}" if difference else f"{difference} points"


def changes(given: Given) -> ReportSection:
    heading = "Changed since the last report"
    if given.earlier_issue is None:
        first = Paragraph(f"No report of {given.period.label} was signed before this one.")
        return ReportSection("changes", heading, (first,))
    table = given.earlier_issue
    if not table.rows:
        return ReportSection("changes", heading, (Paragraph("Every figure is printed as in the last signed report."),))
    figures = "1 figure is" if len(table.rows) == 1 else f"{len(table.rows)} figures are"
    said = f"{figures} printed otherwise than in the last signed report."
    return ReportSection("changes", heading, (Paragraph(said), table))


def method(given: Given, left_out: Sequence[str]) -> ReportSection:
    """The source of the counts, the figures that a published report leaves out, and the words."""
    blocks: list[Block] = [
        Paragraph("Every count is made by rules from the agencies' exports that the first page names; none is typed.")
    ]
    if left_out:
        blocks.append(
            Paragraph(
                "Left out of the published report, which has figures of the released sheets alone: "
                f"{'; '.join(left_out)}."
            )
        )
    blocks.append(DataTable("glossary", "Words", ("Word", "Meaning"), (*GLOSSARY, *_marks(given))))
    return ReportSection("method", "Method and words", tuple(blocks))


GLOSSARY: tuple[tuple[Cell, ...], ...] = (
    ("Episode", "One continuous time missing. Two reports of one absence are one episode."),
    ("Not seen earlier", "No earlier episode in the records, which begin on the day that the table names."),
    ("Once only", "One episode in the period; there may be others before it."),
    ("Repeat", "Two or more episodes in the period."),
    ("Looked-after child", "Looked after by this authority at the start of the episode."),
    ("UASC", "Unaccompanied asylum-seeking child."),
    ("Hosted child", "Looked after by another authority and placed here."),
    ("Away from placement", "A looked-after child whose whereabouts are known: in no figure of this report."),
    ("Return interview", "The independent return interview that is offered after every missing episode."),
    ("Within 72 hours", "72 elapsed hours from the child's return, nights and weekends included."),
    ("Change", "(new - old) / old, in percent, rounded half up."),
    ("Rate a day", "Episodes divided by the days of the period."),
)


def _marks(given: Given) -> tuple[tuple[Cell, ...], ...]:
    """Explain what is printed beside or in the place of a number, and the words of the first page."""
    records = (
        "Snapshot",
        "A name for the records and rules that a report is made from: two reports of the same snapshot say the same.",
    )
    if not given.published:
        low = f"Beside a change from a number under {LOW_BASE}: one child more or less is {100 // LOW_BASE}% or more."
        return (("Low base", low), records)
    most = most_hidden(given.partnership.disclosure.threshold)
    return (
        ("c", f"A count from 1 to {most}, or one that would give such a count away: not printed. It is never 0."),
        ("Low base", f"In the place of a change from a number under {RELEASED_LOW_BASE}: too small to be compared."),
        (
            "Not shown",
            "In the place of a percentage, median or ratio of too few, or of one that would give a small count away.",
        ),
        records,
    )


def introduction(given: Given) -> ReportSection:
    return ReportSection("introduction", "Introduction", (given.room("introduction"),))


def conclusion(given: Given) -> ReportSection:
    return ReportSection("conclusion", "Conclusion", (given.room("conclusion"),))


def finance(given: Given) -> ReportSection:
    return ReportSection("finance", "Financial and staff implications", (given.room("finance"),))


def equalities(given: Given) -> ReportSection:
    return ReportSection("equalities", "Equalities implications", (given.room("equalities"),))


def background(given: Given) -> ReportSection:
    return ReportSection("background", "Background papers", (given.room("background"),))


def recommendation(given: Given) -> ReportSection:
    body = given.partnership.report_to or "The partnership"
    return ReportSection("recommendation", "Recommendation", (Paragraph(f"{body} is asked to note this report."),))


def signatures(given: Given) -> ReportSection:
    """Say where the signatures are: the document stays as it was drafted. Exact figures are never signed."""
    if not given.published:
        return ReportSection("signatures", "Signatures", ())
    said = (
        f"This is snapshot {given.snapshot.shown}. Its signature page is a file of its own: it says who drafted and "
        "checked the report and who signed it for each agency, with role and day, and names the signed files by their "
        "SHA-256. Without that page, or with one on which a signature is not there yet, this is a draft."
    )
    return ReportSection("signatures", "Signatures", (Paragraph(said),))
