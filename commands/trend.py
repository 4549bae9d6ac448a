"""trend: episodes, children and return interviews over the last quarters or half-years, as a table and a line each;
months beside their usual range, with the events that people noted on them.

Where small numbers are hidden, periods are given as they were released with their half-year. Over several periods
nothing is printed that is not on the sheet of one of them: no sum, no mean and no change, so that a trend tells no more
than as many questions. The usual range of months is worked out from what is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from bot.conversation import arguments, child_lookup
from bot.conversation.command import Ask, Command, NotKnown, Refused, Unclear
from bot.conversation.reply import Button, Cell, Chart, Reply, Series, Table
from bot.messages import figures_in_brief as brief
from bot.messages import months, released_figures
from bot.messages.released_figures import Counted, count
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.disclosure import released
from bot.rules.disclosure.released_periods import HALF, QUARTER, newest_released
from bot.rules.disclosure.rounding import Count
from bot.rules.effects import NoteMonth
from bot.rules.figures import NOT_KNOWN, course, is_incomplete
from bot.rules.model import Period
from bot.rules.partnership.partnership import Area
from bot.rules.partnership.roles import Role
from bot.rules.spikes import EVENT_WORDS, EVENTS, judge
from bot.rules.spikes import MONTHS as BASELINE
from bot.rules.time.clock import add_months, last_units, local_day, say_date, whole_months
from bot.rules.time.period import FIRST_YEAR, half_year_of, in_words, period_of, previous

MOST = 8
QUARTERS, HALVES, MONTHS = "quarters", "halves", "months"
NAMES = {QUARTERS: _("quarters"), HALVES: _("half-years"), MONTHS: _("months")}
WORDS = {
    **dict.fromkeys(("quarters", "quarter", "quarterly"), QUARTERS),
    **dict.fromkeys(("halves", "half", "half-years", "half-yearly", "halfyears"), HALVES),
    **dict.fromkeys(("months", "month", "monthly"), MONTHS),
}
#: Months shown where no number is asked for, and the most.
MONTHS_SHOWN, MOST_MONTHS = 24, 36
NOTE, FORGET = "note", "forget"
HOW_TO_NOTE = _(
    "To note an event on a month: trend months note 2016-10 EVENT, and an area where it is of one. Events: {events}.",
    events=", ".join(EVENTS),
)
INTERVIEWS_DUE = _(
    "Interviews due: needed after an ended missing episode that began in the period, "
    "and their 72 hours are over; held in 72 h: of those due, counted as of now."
)
MEASURES = (_("Episodes"), _("Children"), _("Interviews due"), _("Held in 72 h"))


def run(ask: Ask) -> Reply:
    """Show complete periods that are known from their first day: half of one would look like a fall (R14)."""
    view, words = brief.view_of(ask.words, "measures", "counted")
    if _asks_for_months(words):
        return _months(ask, view, [w for w in words if WORDS.get(w.casefold()) != MONTHS])
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


def _asks_for_months(words: Sequence[str]) -> bool:
    """Return True where months are named, or a number of them alone: 'trend 24'."""
    units = {WORDS.get(w.casefold()) for w in words} - {None}
    return MONTHS in units or (not units and any(_is_number(w) for w in words))


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= 3


def _months(ask: Ask, view: brief.View, words: list[str]) -> Reply:
    """Show the last complete months beside their usual range, or note an event on one."""
    if words and words[0].casefold() in (NOTE, FORGET):
        return _note(ask, words[0].casefold(), words[1:])
    if {WORDS.get(w.casefold()) for w in words} & {QUARTERS, HALVES}:
        raise Unclear(_("Ask for months, quarters or halves, one of them."), "trend months", "trend quarters")
    numbers = [int(w) for w in words if _is_number(w)]
    wanted = arguments.read(ask, [w for w in words if not _is_number(w) and w.casefold() not in ("last", "past")])
    area = arguments.area_word(wanted)
    if len(numbers) > 1 or not all(1 <= n <= MOST_MONTHS for n in numbers) or wanted.periods or wanted.partial:
        sentence = _("Months take one number, up to {most}: the last complete ones are shown.", most=MOST_MONTHS)
        raise Unclear(sentence, f"trend months {area}".strip())
    scope = ask.scope("counts", wanted.area)
    private = released_figures.is_private(ask, scope)
    wanted_months = numbers[0] if numbers else MONTHS_SHOWN
    halves: list[Period] = []
    if private:
        first, last, notes = _days_of_months(ask, wanted_months)
    else:
        halves, notes = _halves_of_months(ask)
        first, last = halves[0].first, halves[-1].last
    scope, figures = released_figures.asked_for(ask, wanted, *halves)
    counted = figures.months(scope, first, last)
    unknown_days = {g.first for g in arguments.known(ask, period_of(first, last)).gaps}
    judged = judge([(m.first_day, None if m.first_day in unknown_days else m.episodes) for m in counted])
    said = months.notes_of(ask, scope)
    found = [
        months.MonthRow(m, j, tuple(n for n in said if n.first_day == m.first_day), m.first_day not in unknown_days)
        for m, j in list(zip(counted, judged, strict=True))[-wanted_months:]
    ]
    whole = period_of(found[0].of.first_day, last)
    title = brief.title(ask, scope, whole, _("by month"))
    again = " ".join(filter(None, ("trend", MONTHS, str(len(found)) if numbers else "", area)))
    if view == "counted":
        how = brief.how_counted(ask, scope, whole, *halves, of=title)
        of_printed = () if private else (months.OF_PRINTED,)
        return replace(how, text=(months.USUAL, months.LIMIT, *of_printed, *how.text))
    unknown = arguments.known(ask, whole)
    gap = _("{label}: {gap}; the lines have a gap.", label=in_words(whole), gap=unknown.without_record)
    flagged = [m for m in found if m.judged.above]
    may_note = _role_to_note(ask) is not None
    every = view == "measures" or ask.request.export
    ranges = months.USUAL if private else f"{months.USUAL} {months.OF_PRINTED}"
    return Reply(
        title=title,
        level=0,
        text=(
            *brief.of_sources(ask, scope, whole),
            months.lead(found),
            _(
                "Missing episodes and children of {how_many}, by start, oldest first.",
                how_many=_how_many(len(found), MONTHS),
            ),
            *([gap] if unknown.gaps else []),
            *notes,
        ),
        sections=() if ask.request.export else months.noted(found, ask),
        tables=(months.in_full(found, ask) if every else months.in_brief(found),),
        charts=(months.chart(title, found),),
        buttons=(
            *(
                Button(_("{month} in detail", month=m.label), f"stats {m.label} {area}".strip())
                for m in flagged[-1:]
                if private
            ),
            *(
                Button(_("Note an event on {month}", month=m.label), f"trend months note {m.label} {area}".strip())
                for m in (flagged or found)[-1:]
                if may_note
            ),
            *brief.more(again, measures=view != "measures"),
        ),
        footer=(ranges, *(released_figures.footer if every else brief.footer)(ask, scope, whole, *halves)),
    )


def _days_of_months(ask: Ask, wanted: int) -> tuple[date, date, tuple[str, ...]]:
    """Return the first and the last day that are counted, and notes of months that are left out.

    The months of two baselines are counted beyond those that are shown: some months may not be known.
    """
    until, notes = arguments.data_until(ask), []
    newest = last = period_of(*last_units("m", 1, local_day(ask.now)))
    while is_incomplete(last, ask.now, until):
        last = period_of(*last_units("m", 1, last.first))
    if last != newest:
        notes.append(
            _("The police records do not reach the end of {newest}: the trend ends before it.", newest=in_words(newest))
        )
    earliest = add_months(last.first, 1 - wanted - 2 * BASELINE)
    begins = ask.partnership.history_start
    if begins is None:
        county = Scope(tuple(a.id for a in ask.partnership.areas))
        begins = next((m.first_day for m in ask.facts.months(county, earliest, last.last) if m.episodes), None)
        since = _("There are no earlier records")
    else:
        since = _("The records begin on {begins}", begins=say_date(begins))
    # A month that is known in part is left out.
    first = add_months(begins.replace(day=1), int(begins.day > 1)) if begins else last.last
    if first > last.first:
        raise NotKnown(
            " ".join((*notes, f"{since}.", _("No complete one of the {names} is known yet.", names=NAMES[MONTHS])))
        )
    if first > add_months(last.first, 1 - wanted):
        notes.append(_("{since}: earlier {names} are left out.", since=since, names=NAMES[MONTHS]))
    return max(first, earliest), last.last, tuple(notes)


def _halves_of_months(ask: Ask) -> tuple[list[Period], tuple[str, ...]]:
    """Return the newest half-years that follow one another, whose months may be shown beyond one person, and notes."""
    halves, notes = _periods(ask, HALVES, private=False)
    apart = [n for n, (one, two) in enumerate(pairwise(halves), 1) if two.first - one.last != timedelta(days=1)]
    return halves[max(apart, default=0) :], notes


def _role_to_note(ask: Ask) -> Role | None:
    """Return the role by which this person may note events: one that sees counts of every area."""
    grant = ask.grant("counts")
    return next((r.role for r in grant.role_grants if r.reach == "all"), None)


def _note(ask: Ask, verb: str, words: list[str]) -> Reply:
    """Note an event on a month, or take it back: a word of the list, for other words might say something of a child."""
    role = _role_to_note(ask)
    if role is None:
        raise Refused("role")
    event, rest = _event_in(words)
    wanted = arguments.read(ask, rest)
    scope = ask.scope("counts", wanted.area)
    period = wanted.periods[0] if wanted.periods else None
    if period is None or whole_months(period.first, period.last) != 1 or period.first > local_day(ask.now):
        raise Unclear(_("Name one month that has begun, such as 2016-10."))
    area = scope.areas[0] if isinstance(wanted.area, Area) else ""
    if not event:
        return _which_event(ask, verb, period, area)
    same = [n for n in ask.facts.month_notes() if (n.first_day, n.event, n.area) == (period.first, event, area)]
    undo = verb == FORGET
    of = _("{event}, {month}", event=EVENT_WORDS[event], month=in_words(period))
    where = arguments.scope_name(ask, scope)
    show = Button(_("Months"), f"trend months {area}".strip())
    if undo == (not same):
        was = _("Nothing to take back: {of} ({where}).", of=of, where=where) if undo else None
        return Reply(
            _("Event of a month"), 0, (was or _("Noted already: {of} ({where}).", of=of, where=where),), buttons=(show,)
        )
    who = child_lookup.who(ask).id
    ask.log.action = f"trend {verb}"
    ask.log.effects.append(NoteMonth(period.first, event, area, role, who, ask.now, undo=undo))
    if undo:
        return Reply(_("Event of a month"), 0, (_("Taken back: {of} ({where}).", of=of, where=where),), buttons=(show,))
    back = Button(_("Take it back"), f"trend months forget {period.label} {event} {area}".strip())
    said = _("Noted: {of} ({where}). It is shown beside the month and explains nothing.", of=of, where=where)
    return Reply(_("Event of a month"), 0, (said,), buttons=(show, back))


def _which_event(ask: Ask, verb: str, period: Period, area: str) -> Reply:
    """Ask which event by a button for each: of the list to note one, of those noted to take one back."""
    noted = {n.event for n in ask.facts.month_notes() if (n.first_day, n.area) == (period.first, area)}
    choice = [event for event in EVENTS if (event in noted) == (verb == FORGET)]
    begun = " ".join(("trend", MONTHS, verb, period.label))
    return Reply(
        title=_("Which event of {month}?", month=in_words(period)),
        level=0,
        text=(HOW_TO_NOTE if choice else _("Nothing is noted there."),),
        buttons=tuple(Button(EVENT_WORDS[event].capitalize(), f"{begun} {event} {area}".strip()) for event in choice),
        status="unclear" if choice else "ok",
    )


def _event_in(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return the event that is named, with dashes or as words, and the words left over."""
    plain = [w.casefold().rstrip(",.;") for w in words]
    for event in EVENTS:
        for named in ([event], event.split("-")):
            for at in range(len(plain) - len(named) + 1):
                if plain[at : at + len(named)] == named:
                    return event, [*words[:at], *words[at + len(named) :]]
    return "", list(words)


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
    usage="trend [AREA] [quarters|halves|months [N]] [measures|counted] | months note|forget YYYY-MM EVENT [AREA]",
    examples=("trend north", "trend all halves", "trend months"),
    actions=("counts",),
    run=run,
    words={
        **brief.WORDS,
        "trends": "",
        "is it getting better": "",
        "is it getting worse": "",
        **{spelt: unit for spelt, unit in WORDS.items()},
        **dict.fromkeys(("by quarter", "per quarter", "each quarter", "by quarters"), QUARTERS),
        **dict.fromkeys(("by month", "per month", "each month", "by months", "month by month"), MONTHS),
        **dict.fromkeys(("by half year", "by half years", "by halves", "per half year"), HALVES),
    },
)
