"""trend: episodes, children and return interviews over the last quarters or half-years, as a table and a line each.

Where small numbers are hidden, periods are given as they were released with their half-year. Over several periods
nothing is printed that is not on the sheet of one of them: no sum, no mean and no change, so that a trend tells no more
than as many questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, NotKnown, Unclear
from bot.conversation.reply import Button, Cell, Chart, Reply, Series, Table
from bot.messages import figures_in_brief as brief
from bot.messages import released_figures
from bot.messages.released_figures import Counted, count
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.disclosure import released
from bot.rules.disclosure.released_periods import HALF, QUARTER, newest_released
from bot.rules.disclosure.rounding import Count
from bot.rules.figures import NOT_KNOWN, course, is_incomplete
from bot.rules.model import Period
from bot.rules.time.clock import last_units, local_day, say_date
from bot.rules.time.period import FIRST_YEAR, half_year_of, period_of, previous

MOST = 8
QUARTERS, HALVES = "quarters", "halves"
NAMES = {QUARTERS: _("quarters"), HALVES: _("half-years")}
WORDS = {
    **dict.fromkeys(("quarters", "quarter", "quarterly"), QUARTERS),
    **dict.fromkeys(("halves", "half", "half-years", "half-yearly", "halfyears"), HALVES),
}
INTERVIEWS_DUE = _(
    "Interviews due: needed after an ended missing episode that began in the period, "
    "and their 72 hours are over; held in 72 h: of those due, counted as of now."
)
MEASURES = (_("Episodes"), _("Children"), _("Interviews due"), _("Held in 72 h"))


def run(ask: Ask) -> Reply:
    """Show complete periods that are known from their first day: half of one would look like a fall (R14)."""
    view, words = brief.view_of(ask.words, "measures", "counted")
    unit, wanted = _read(ask, words)
    scope = ask.scope("counts", wanted.area)
    private = released_figures.is_private(ask, scope)
    unit = unit or (QUARTERS if private else HALVES)
    periods, notes = _periods(ask, unit, private)
    scope, figures = released_figures.asked_for(ask, wanted, *periods)
    found = [count(ask, figures, scope, p) for p in periods]
    whole = period_of(periods[0].first, periods[-1].last)
    title = brief.title(ask, scope, whole)
    if view == "counted":
        how = brief.how_counted(ask, scope, whole, of=title)
        return replace(how, text=(INTERVIEWS_DUE, *how.text))
    counted = MEASURES[: len(_counts(found[0]))]
    share = (_("% held in 72 h"),) if len(counted) == len(MEASURES) else ()
    # A period with a month that has no record, between months with many: its fall would not be one.
    unknown = {p.label: arguments.known(ask, p).without_record for p in periods if arguments.known(ask, p).gaps}
    rows: list[tuple[Cell, ...]] = []
    for c in found:
        if c.period.label in unknown:
            rows.append((c.period.label, *(NOT_KNOWN for _ in (*counted, *share))))
            continue
        kpis = released.kpi_rates(c.interviews) if c.interviews else ()
        k6 = [released_figures.percent(rate) for k, rate in kpis if k.id == "K6"]
        rows.append((c.period.label, *map(released.cell, _counts(c)), *k6))
    area = arguments.area_word(wanted)
    last = periods[-1]
    if unit == QUARTERS and (half := half_year_of(last.last, ask.partnership.year_begins)) != last:
        last = half if half.last == last.last else previous(half)
    labels = tuple(c.period.label for c in found)
    drawn = [tuple(None for _ in counted) if c.period.label in unknown else _counts(c) for c in found]
    columns = list(zip(*drawn, strict=True))
    series = tuple(Series(name, values) for name, values in zip(MEASURES, columns, strict=False))
    courses = " ".join(course(s.name, labels, s.values, unknown) for s in series)
    alt = _(
        "Line chart, {title}, {periods}. {courses}",
        title=title,
        periods=released_figures.counted(len(labels), "{n} period", "{n} periods"),
        courses=courses,
    )
    again = f"trend {unit} {area}".strip()
    notes = (
        *(_("{label}: {gap}; the lines have a gap.", label=label, gap=gap) for label, gap in unknown.items()),
        *released_figures.not_due(*((c.period, c.interviews) for c in found)),
        *released_figures.dates_only(ask, scope, *((c.period, c.interviews) for c in found)),
        *notes,
        *arguments.never_loaded(ask, "interviews", _("Return interviews")),
    )
    reply = Reply(
        title=title,
        level=0,
        charts=(Chart(title, "line", labels, series, alt, not_known=tuple(unknown)),),
        buttons=(
            Button(_("{last} in detail", last=last.label), f"stats {last.label} {area}".strip()),
            Button(_("Interviews"), f"interviews {last.label} {area}".strip()),
            *brief.more(again, measures=view != "measures"),
        ),
    )
    if view == "measures" or ask.request.export:
        return replace(
            reply,
            text=(f"{labels[-1]}: {NOT_KNOWN}." if labels[-1] in unknown else _lead(found[-1]), *notes),
            tables=(Table(_("Period by period"), (_("Period"), *counted, *share), tuple(rows)),),
            footer=(INTERVIEWS_DUE, *released_figures.footer(ask, scope, whole, *periods)),
        )
    return replace(
        reply,
        text=(
            *brief.of_sources(ask, scope, whole),
            _(
                "Episodes{interviews} of {how_many}, oldest first.",
                interviews=_(" and return interviews") if share else "",
                how_many=_how_many(len(found), unit),
            ),
            *_most_and_fewest(found, unknown),
            *notes,
        ),
        tables=(_in_brief(found, unknown),),
        footer=brief.footer(ask, scope, whole, *periods),
    )


def _how_many(n: int, unit: str) -> str:
    """Write 'the last 4 quarters', or 'the last quarter'."""
    return (
        _("the last {n} {names}", n=n, names=NAMES[unit])
        if n > 1
        else _("the last {names}", names=NAMES[unit].removesuffix("s"))
    )


def _most_and_fewest(found: list[Counted], unknown: Mapping[str, str]) -> tuple[str, ...]:
    """Name the periods with most and with fewest episodes, of those whose number is shown."""
    numbers = {c.period.label: c.frequency.episodes for c in found if c.period.label not in unknown}
    shown = {label: n for label, n in numbers.items() if n is not None}
    if len(shown) < 2:
        return ()
    ends = [_(" and ").join(label for label, n in shown.items() if n == end(shown.values())) for end in (max, min)]
    of = "" if len(shown) == len(found) else _(", of those shown")
    if ends[0] == ends[1]:
        return (_("As many episodes in each{of}.", of=of),)
    return (_("Most episodes in {ends}, fewest in {ends2}{of}.", ends=ends[0], ends2=ends[1], of=of),)


def _in_brief(found: list[Counted], unknown: Mapping[str, str]) -> Table:
    """Build the table of two columns beside the periods, with every number of the chart."""
    rows: list[tuple[Cell, ...]] = []
    for c in found:
        f, share = c.frequency, []
        if c.interviews is not None:
            share = [next(rate.text for k, rate in released.kpi_rates(c.interviews) if k.id == "K6")]
        cells = [
            _(
                "{episodes} of {children}",
                episodes=released.count_label(f.episodes),
                children=released_figures.children(f.children),
            ),
            *share,
        ]
        rows.append((c.period.label, *(NOT_KNOWN if c.period.label in unknown else cell for cell in cells)))
    interviews = (_("Held in 72 h, of due"),) if all(c.interviews is not None for c in found) else ()
    return Table("", (_("Period"), _("Episodes"), *interviews), tuple(rows))


def _read(ask: Ask, words: Sequence[str]) -> tuple[str | None, arguments.Arguments]:
    """Parse quarters or half-years, where named, and the area."""
    units = {WORDS[w.casefold()] for w in words if w.casefold() in WORDS}
    if len(units) > 1:
        raise Unclear(_("Ask for quarters or for halves, not both."), "trend quarters", "trend halves")
    wanted = arguments.read(ask, [w for w in words if w.casefold() not in WORDS])
    if wanted.periods or wanted.partial:
        sentence = _(
            "A trend takes no period: it shows the last {most} quarters or half-years that are complete.", most=MOST
        )
        raise Unclear(sentence, *(f"trend {unit} {arguments.area_word(wanted)}".strip() for unit in (QUARTERS, HALVES)))
    return next(iter(units), None), wanted


def _periods(ask: Ask, unit: str, private: bool) -> tuple[list[Period], tuple[str, ...]]:
    """Return the last complete periods, oldest first, and notes of those left out; NotKnown where none is known."""
    until = arguments.data_until(ask)
    newest = last = _before(ask, local_day(ask.now), unit, private)
    while last is not None and is_incomplete(last, ask.now, until):
        last = _before(ask, last.first, unit, private)
    found: list[Period] = []
    while last is not None and len(found) < MOST:
        found.insert(0, last)
        last = _before(ask, last.first, unit, private)
    begins = ask.partnership.history_start
    if begins is not None:
        known = [p for p in found if not arguments.known_in_part(ask, p)]
    else:
        # The records begin with the county's first episode.
        county = Scope(tuple(a.id for a in ask.partnership.areas))
        known = found[:]
        while known and ask.facts.frequency(county, known[0]).episodes == 0:
            known.pop(0)
    notes = _changes_of_year(known)
    if newest and found[-1:] != [newest]:
        notes.append(
            _("The police records do not reach the end of {newest}: the trend ends before it.", newest=newest.label)
        )
    if len(known) < len(found):
        since = (
            _("The records begin on {begins}", begins=say_date(begins)) if begins else _("There are no earlier records")
        )
        notes.append(_("{since}: earlier {names} are left out.", since=since, names=NAMES[unit]))
    if not known:
        raise NotKnown(" ".join((*notes, _("No complete one of the {names} is known yet.", names=NAMES[unit]))))
    return known, tuple(notes)


def _before(ask: Ask, day: date, unit: str, private: bool) -> Period | None:
    """Return the newest period that is over on this day, of those that are shown here."""
    begins = ask.partnership.year_begins
    if not private:
        shown, months = ask.facts.released_periods(), QUARTER if unit == QUARTERS else HALF
        yesterday = local_day(ask.now) - timedelta(days=1)
        found = newest_released(day - timedelta(days=1), shown, begins, months, yesterday)
        while found is not None and arguments.not_released(ask, found):
            found = newest_released(found.first - timedelta(days=1), shown, begins, months, yesterday)
        return found
    period = period_of(*last_units("h" if unit == HALVES else "q", 1, day, begins))
    return period if period.first.year > FIRST_YEAR else None


def _changes_of_year(periods: list[Period]) -> list[str]:
    return [
        _(
            "The year changed between {one} and {two}: the days between are in no half-year, so not shown.",
            one=one.label,
            two=two.label,
        )
        for one, two in pairwise(periods)
        if two.first - one.last != timedelta(days=1)
    ]


def _lead(last: Counted) -> str:
    f = last.frequency
    episodes, children = (
        released_figures.counted(f.episodes, "{n} missing episode", "{n} missing episodes"),
        released_figures.children(f.children),
    )
    absences = _("{period}: {episodes} of {children}", period=last.period.label, episodes=episodes, children=children)
    if last.interviews is None:
        return f"{absences}."
    held, due = released.count_label(last.interviews.held_in_time), last.interviews.due
    return _(
        "{absences}; {held} of {interviews} due held in 72 h.",
        absences=absences,
        held=held,
        interviews=released_figures.counted(due, "{n} interview", "{n} interviews"),
    )


def _counts(of: Counted) -> tuple[Count, ...]:
    """Return the counts in the order of MEASURES, without interviews if they were never loaded."""
    ours = of.frequency.episodes, of.frequency.children
    return ours if of.interviews is None else (*ours, of.interviews.due, of.interviews.held_in_time)


COMMAND = Command(
    name="trend",
    summary=_("Episodes, children and return interviews over the last periods"),
    usage="trend [AREA] [quarters|halves] [measures|counted]",
    examples=("trend north", "trend all halves"),
    actions=("counts",),
    run=run,
    words={
        **brief.WORDS,
        "trends": "",
        "is it getting better": "",
        "is it getting worse": "",
        **{spelt: unit for spelt, unit in WORDS.items()},
        **dict.fromkeys(("by quarter", "per quarter", "each quarter", "by quarters"), QUARTERS),
        **dict.fromkeys(("by half year", "by half years", "by halves", "per half year"), HALVES),
    },
)
