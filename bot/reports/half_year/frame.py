"""The first and the last pages: front matter, summary, changes since the last signed report, method, recommendation."""

from __future__ import annotations

from bot.reports.document import Block, Cell, DataTable, Paragraph, ReportSection
from bot.reports.half_year.children import in_words
from bot.reports.half_year.given import Given, days, warnings
from bot.rules.catalogue import date_words
from bot.rules.disclosure.released import LOW_BASE as RELEASED_LOW_BASE
from bot.rules.disclosure.released import note
from bot.rules.figures import LOW_BASE
from bot.rules.model import Freshness, Period
from bot.rules.time import freshness
from bot.rules.time.clock import say, whole_months


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
    issue = "" if snapshot.sheet_issue is None else f", issue {snapshot.sheet_issue}"
    figures = f"Released sheet{issue}" if given.published else "Exact figures, not for publication"
    rows = [
        ("Addressed to", given.partnership.report_to or "The partnership"),
        ("From", given.partnership.name),
        ("Period", f"{given.period.label}: {days(given.period)}"),
        ("Compared with", f"{given.before.label}: {days(given.before)}" if given.before else "Nothing"),
        ("Status", _status(given)),
        ("Figures", figures),
    ]
    rows += [(f"Source: {f.name}", _source(freshness.say(f, given.now), f.name)) for f in _sources(given)]
    rows += [("Rules", f"Version {snapshot.rule_version}"), ("Snapshot", f"{snapshot.shown}, {say(given.now)}")]
    return tuple(rows)


def _status(given: Given) -> str:
    """Say how a reader learns it: a document is kept as it was drafted, and cannot say that it was signed since."""
    if not given.published:
        return "Working copy: exact figures are never signed"
    return f"Signed if the command “reports” lists snapshot {given.snapshot.shown} as signed, else a draft"


def _sources(given: Given) -> tuple[Freshness, ...]:
    return given.facts.freshness(given.now)


def _source(said: str, name: str) -> str:
    """Drop the name, which the label has already."""
    return said.removeprefix(f"{name}: ")


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
    disclosure = given.partnership.disclosure
    hidden = [Paragraph(note(disclosure.threshold, disclosure.base))] if given.published else []
    blocks: tuple[Block, ...] = (*warnings(given), *hidden, Paragraph(in_words(given)), table, given.room("summary"))
    return ReportSection("summary", "Summary", blocks)


def _interviews(given: Given) -> list[tuple[Cell, ...]]:
    periods = [given.period, *([given.before] if given.before else [])]
    tallies = [given.figures.tally(given.county, period) for period in periods]
    rows: list[tuple[Cell, ...]] = []
    for label, part, whole in (
        ("Interviews completed, of ended episodes", "held", "episodes"),
        ("Recorded within 72 h, of completed", "recorded_in_time", "held"),
        ("Held within 72 h, of due", "held_in_time", "due"),
    ):
        shares = [given.share(getattr(t, part), getattr(t, whole)) for t in tallies]
        rows.append((label, *shares, *([None] if given.before else [])))
    return rows


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


def method(given: Given) -> ReportSection:
    fewer = RELEASED_LOW_BASE if given.published else LOW_BASE
    low = f"A change on fewer than {fewer}, of which the percentage says little."
    blocks = (
        Paragraph("Every count is made by rules from the agencies' exports that the first page names; none is typed."),
        DataTable("glossary", "Words", ("Word", "Meaning"), (*GLOSSARY, ("Low base", low))),
    )
    return ReportSection("method", "Method and words", blocks)


GLOSSARY: tuple[tuple[Cell, ...], ...] = (
    ("Episode", "One continuous time missing. Two reports of one absence are one episode."),
    ("First ever", "No earlier episode in the records, which begin on a day that the table names."),
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


def recommendation(given: Given) -> ReportSection:
    body = given.partnership.report_to or "The partnership"
    return ReportSection("recommendation", "Recommendation", (Paragraph(f"{body} is asked to note this report."),))
