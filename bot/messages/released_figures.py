"""Figures as they may be read where they are asked for: true in private, released ones everywhere else.

Beyond one authorised person a command is handed what was printed on the period's released sheet. A hidden count is None
there, so nothing later can print it. The periods, the ten children and the areas are fixed, so that two questions never
differ by one child (reliability.md A11).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from bot.conversation import arguments
from bot.conversation.command import Ask, Unclear
from bot.conversation.reply import Cell, Fact, Table
from bot.messages.half_year_table import (
    ALL_LATE,
    CENSUS,
    COHORTS,
    COUNTY,
    EVERY_REPORTER,
    HOSTED,
    IN_WORKING_DAYS,
    LATE_REASONS,
    MISSING_FROM,
    ONCE,
    REPORTED_BY,
    TOP,
    WORKING_DAYS_OVER,
    age_groups,
    ages,
    in_band,
    late_by,
    missing_from,
    reported_by,
)
from bot.messages.release import DELAY, HELD, RECORDED, NotReleased, delays, first_release, sheets_of
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _, n_
from bot.rules.disclosure import released as disclosure
from bot.rules.disclosure.released import (
    HIDDEN,
    INTERVIEW_SHARES,
    AnyChange,
    AnyFrequency,
    AnyRate,
    AnyTally,
    ReleasedChange,
    ReleasedFrequency,
    ReleasedRate,
    ReleasedSheet,
    ReleasedTally,
    kpi_rates,
    note,
    released_rate_change,
)
from bot.rules.disclosure.released_periods import MONTH, halves_of, parts_of
from bot.rules.disclosure.rounding import Count
from bot.rules.disclosure.sheet import percent_of
from bot.rules.effects import Effect
from bot.rules.episodes import doubts
from bot.rules.figures import (
    Active,
    Change,
    InterviewTally,
    Kpi,
    Month,
    PeopleInterviewed,
    Rate,
    bands,
    is_incomplete,
    median_hours,
    per_day,
    private_kpis,
    rate_change,
    signed,
    split,
    top_share,
)
from bot.rules.model import Period
from bot.rules.time.clock import local_day, say_date, whole_months
from bot.rules.time.period import period_of, previous


class ReleasedRow(NamedTuple):
    """One row of a table of children and episodes; None is not shown."""

    name: str
    children: Count
    episodes: Count


class TopRow(NamedTuple):
    """The share of the children with most episodes, and of how many children."""

    share: AnyRate
    children: int


class ReporterRow(NamedTuple):
    """The episodes of one reporter, or of all, and the median hours from last seen to reported."""

    reporter: str
    episodes: Count
    median: Decimal | None


class StatisticsFacts(Protocol):
    """The figures that a statistics command may read."""

    def frequency(self, scope: Scope, period: Period, cohort: str | None = None) -> AnyFrequency: ...
    def bands(self, scope: Scope, period: Period) -> Sequence[ReleasedRow]: ...
    def ages(self, scope: Scope, period: Period) -> Sequence[ReleasedRow]: ...
    def areas(self, scope: Scope, period: Period, cohort: str | None = None) -> Sequence[ReleasedRow]: ...
    def active(self, scope: Scope, period: Period) -> Active | None: ...
    def no_episode(self, scope: Scope, period: Period) -> Count: ...
    def shares(self, scope: Scope, period: Period, cohort: str) -> tuple[AnyRate, AnyRate]: ...
    def percent(self, scope: Scope, period: Period, part: str, whole: str) -> Count: ...
    def first_ever(self, scope: Scope, period: Period) -> Count: ...
    def both(self, scope: Scope, period: Period, cohort: str) -> Count: ...
    def entered_care(self, scope: Scope, period: Period) -> AnyFrequency | None: ...
    def tallies(self, scope: Scope, period: Period) -> Sequence[tuple[str, str, AnyTally]]: ...
    def tally(self, scope: Scope, period: Period) -> AnyTally: ...
    def known(self, period: Period, source: Literal["children", "interviews"]) -> bool: ...
    def due(self, scope: Scope, period: Period) -> Sequence[tuple[str, InterviewTally]]: ...
    def people(self, scope: Scope, period: Period) -> PeopleInterviewed | None: ...
    def medians(self, scope: Scope, period: Period) -> tuple[Decimal | None, Decimal | None]: ...
    def private_kpis(self, scope: Scope, period: Period) -> tuple[Kpi, ...]: ...
    def reporters(self, scope: Scope, period: Period) -> Sequence[ReporterRow]: ...
    def settings(self, scope: Scope, period: Period) -> Sequence[ReleasedRow]: ...
    def hosted(self, scope: Scope, period: Period) -> tuple[Count, Count] | None: ...
    def late(self, scope: Scope, period: Period) -> Mapping[str, Count] | None: ...
    def in_working_days(self, scope: Scope, period: Period) -> tuple[Count, Count] | None: ...
    def top(self, scope: Scope, period: Period, k: int) -> TopRow: ...
    def months(self, scope: Scope, first: date, last: date) -> Sequence[Month]: ...
    def census(self, period: Period) -> Mapping[str, Count] | None: ...


def is_private(ask: Ask, scope: Scope | None = None) -> bool:
    """Return True where one person alone reads the answer, and their role sees true counts (and may export them)."""
    return arguments.for_one_person(ask, scope.areas if scope else ())


def asked_for(
    ask: Ask, wanted: arguments.Arguments, *periods: Period, months: bool = False
) -> tuple[Scope, StatisticsFacts]:
    """The scope that was granted, and the figures as they may be read here.

    Of months, which a command asks for by `months`, children and episodes alone are released.
    """
    scope = ask.scope("counts", wanted.area)
    if is_private(ask, scope):
        return scope, TrueFigures(ask)
    _must_be_fixed(ask, wanted, periods, months)
    _must_be_on_the_sheet(ask, scope)
    return scope, ReleasedFigures(ask)


def footer(ask: Ask, scope: Scope, period: Period, *others: Period) -> tuple[str, ...]:
    """Return the counting rules and the omissions; the counts by basis of area are for one person alone.

    What is left out is said of each period whose figures are shown.
    """
    if is_private(ask, scope):
        return (*left_out(ask, scope, period, *others), *arguments.footer(ask, scope, period))
    chosen = ask.partnership.disclosure
    return (
        *left_out(ask, scope, period, *others),
        *arguments.counted_by(ask, period),
        *released_when(ask, period, *others),
        note(chosen.threshold, chosen.base),
    )


def released_when(ask: Ask, *periods: Period) -> tuple[str, ...]:
    """Write 'Released on 5 Jul 2017; records loaded later are not in these figures.'"""
    sheets = [sheet for p in periods if (sheet := arguments.released(ask, p))]
    each = dict.fromkeys((sheet.issue, say_date(local_day(sheet.at))) for sheet in sheets)
    said = [
        _("on {day}", day=day) if issue == 1 else _("as issue {issue} on {day}", issue=issue, day=day)
        for issue, day in each
    ]
    when = _(" and ").join(said)
    return (_("Released {when}; records loaded later are not in these figures.", when=when),) if said else ()


def left_out(ask: Ask, scope: Scope, *periods: Period) -> tuple[str, ...]:
    """'Left out: 2 episodes, age in doubt; 1, since when not known.' Beyond one person no number: they are few."""
    private, found = is_private(ask, scope), []
    for period in periods:
        counts = ask.facts.left_out(scope, period)
        reasons = [(counts[code], word) for code, word in doubts.WORDS.items() if counts.get(code)]
        if not reasons:
            continue
        said = _("some episodes ({reasons})", reasons=", ".join((word for _, word in reasons)))
        if private:
            (n, why), *rest = reasons
            said = "; ".join(
                (
                    _("{episodes}, {why}", episodes=counted(n, "{n} episode", "{n} episodes"), why=why),
                    *(f"{n}, {why}" for n, why in rest),
                )
            )
        found.append(
            _("Left out{of}: {said}.", of=_(" of {period}", period=period.label) if len(periods) > 1 else "", said=said)
        )
    return tuple(found)


def _must_be_on_the_sheet(ask: Ask, scope: Scope) -> None:
    """One area, or the whole county, and no other sum of areas."""
    if len(scope.areas) in (1, len(ask.partnership.areas)):
        return
    again = [" ".join((_command(ask), *ask.words, area)) for area in scope.areas[:3]]
    raise Unclear(
        _(
            "Here I give figures of one area at a time. Name the area{or_in_private}.",
            or_in_private=or_in_private(ask),
        ),
        *again,
    )


def _must_be_fixed(ask: Ask, wanted: arguments.Arguments, periods: Sequence[Period], months: bool) -> None:
    """Half-years that are over, and what is worked out with them: any other two periods could differ by one child."""
    shown, begins = ask.facts.released_periods(), ask.partnership.year_begins
    fit = not wanted.partial
    for p in periods:
        halves = halves_of(p, shown, begins)
        whole = months or whole_months(p.first, p.last) != MONTH
        begun = all(not arguments.before_records(ask, half) for half in halves)
        fit = fit and whole and bool(halves) and begun and not any(_incomplete(ask, half) for half in halves)
    if not fit or any(arguments.not_released(ask, p) for p in periods):
        _refuse(ask, wanted, periods)


def _refuse(ask: Ask, wanted: arguments.Arguments, periods: Sequence[Period]) -> None:
    newest = arguments.last_half_year(ask)
    usual = (previous(newest) if arguments.not_released(ask, newest) else newest).label
    words = (_command(ask), *_cohort(ask), usual, arguments.area_word(wanted))
    offers = (
        [" ".join(w for w in words if w)] if len(periods) == 1 and (_command(ask) != "cohort" or _cohort(ask)) else []
    )
    why = next(filter(None, (arguments.not_released(ask, p) for p in periods)), "")
    fixed = _(
        "Here I give figures of whole half-years that are over, such as {usual}, of their quarters and of "
        "years{or_in_private}.",
        usual=usual,
        or_in_private=or_in_private(ask),
    )
    raise Unclear(" ".join(filter(None, (fixed, why))), *offers, title=_("Not shown here"))


def or_in_private(ask: Ask) -> str:
    """Offer a private answer, unless the place is private already: the role gets suppressed figures everywhere."""
    return "" if ask.request.place.level == 2 else _(", or ask me in private")


def _command(ask: Ask) -> str:
    command, _ = ask.desk.find(ask.request.text)
    return command.name if command else ""


def _cohort(ask: Ask) -> list[str]:
    """The cohort named, where it is one by that word alone."""
    return [w for w in ask.words[:1] if w in COHORTS]


def _listed(ask: Ask, rows: Sequence[ReleasedRow]) -> Sequence[ReleasedRow]:
    """Every band of the partnership; what else is said of an age only where it is said of somebody."""
    bands = {b.label for b in ask.partnership.age_bands}
    return [row for row in rows if row.name in bands or row.children != 0]


def _incomplete(ask: Ask, period: Period) -> bool:
    return is_incomplete(period, ask.now, arguments.data_until(ask))


@dataclass(frozen=True)
class TrueFigures:
    """Every count as it is, for one authorised person."""

    ask: Ask

    def frequency(self, scope: Scope, period: Period, cohort: str | None = None) -> AnyFrequency:
        return self.ask.facts.frequency(scope, period, cohort)

    def shares(self, scope: Scope, period: Period, cohort: str) -> tuple[AnyRate, AnyRate]:
        """The shares of a cohort in all children and in all episodes."""
        of, every = (self.ask.facts.frequency(scope, period, c) for c in (cohort, None))
        return Rate(of.children, every.children), Rate(of.episodes, every.episodes)

    def percent(self, scope: Scope, period: Period, part: str, whole: str) -> Count:
        """None: true percentages are worked out of true counts."""
        return None

    def bands(self, scope: Scope, period: Period) -> Sequence[ReleasedRow]:
        rows = bands(self.ask.facts.frequency(scope, period), self.ask.partnership.frequency_bands)
        return [ReleasedRow(r.band.label, r.children, r.episodes) for r in rows]

    def ages(self, scope: Scope, period: Period) -> Sequence[ReleasedRow]:
        counts = ages(self.ask.facts, self.ask.partnership, scope, period)
        return _listed(self.ask, [ReleasedRow(group, *n) for group, n in counts.items()])

    def areas(self, scope: Scope, period: Period, cohort: str | None = None) -> Sequence[ReleasedRow]:
        """Of everybody, checked against the county (R15)."""
        facts, ours = self.ask.facts, self.ask.partnership
        counts = facts.by_area(scope, period, cohort)
        if cohort is None:
            whole, several = facts.frequency(scope, period), facts.in_several_areas(scope, period)
            rows = split(ours, counts, whole.children, whole.episodes, several)
            return [ReleasedRow(r.name, r.children, r.episodes) for r in rows]
        return [ReleasedRow(ours.area(a).short, *counts.get(a, (0, 0))) for a in scope.areas]

    def active(self, scope: Scope, period: Period) -> Active | None:
        return self.ask.facts.active(scope, period)

    def no_episode(self, scope: Scope, period: Period) -> Count:
        return self.ask.facts.reports_without_episode(scope, period)

    def first_ever(self, scope: Scope, period: Period) -> Count:
        return self.ask.facts.first_ever(scope, period)

    def both(self, scope: Scope, period: Period, cohort: str) -> Count:
        return self.ask.facts.in_cohort_and_not(scope, period, cohort)

    def entered_care(self, scope: Scope, period: Period) -> AnyFrequency | None:
        return self.ask.facts.frequency(scope, period, "entered-care")

    def tallies(self, scope: Scope, period: Period) -> Sequence[tuple[str, str, AnyTally]]:
        """Of the areas that have any: id, name, tally."""
        found = self.ask.facts.tallies(scope, period, self.ask.now)
        return [(a, self.ask.partnership.area(a).short, found[a]) for a in scope.areas if a in found]

    def tally(self, scope: Scope, period: Period) -> AnyTally:
        return sum(self.ask.facts.tallies(scope, period, self.ask.now).values(), InterviewTally())

    def known(self, period: Period, source: Literal["children", "interviews"]) -> bool:
        """Return True where this export was ever loaded."""
        return arguments.source(self.ask, source).taken_at is not None

    def due(self, scope: Scope, period: Period) -> Sequence[tuple[str, InterviewTally]]:
        """Of the areas that have any: name, tally of the interviews due in the period."""
        found = self.ask.facts.due_tallies(scope, period, self.ask.now)
        return [(self.ask.partnership.area(a).short, found[a]) for a in scope.areas if a in found]

    def people(self, scope: Scope, period: Period) -> PeopleInterviewed | None:
        return self.ask.facts.people_interviewed(scope, period, self.ask.now)

    def medians(self, scope: Scope, period: Period) -> tuple[Decimal | None, Decimal | None]:
        held, recorded = self.ask.facts.interview_spans(scope, period, self.ask.now)
        return median_hours(list(held)), median_hours(list(recorded))

    def private_kpis(self, scope: Scope, period: Period) -> tuple[Kpi, ...]:
        owed = self.ask.facts.owed_interviews(scope, period, self.ask.now)
        return private_kpis(owed, self.ask.partnership.calendar().holidays, self.ask.now)

    def reporters(self, scope: Scope, period: Period) -> Sequence[ReporterRow]:
        counts = sum(self.ask.facts.reporters(scope, period).values(), Counter[str]())
        counts[EVERY_REPORTER] = counts.total()
        found = delays(self.ask.facts, scope, period)
        return [ReporterRow(r, counts[r], median_hours(each)) for r, each in found.items()]

    def settings(self, scope: Scope, period: Period) -> Sequence[ReleasedRow]:
        counts = self.ask.facts.settings(scope, period)
        return [ReleasedRow(code, *counts.get(code, (0, 0))) for code in MISSING_FROM]

    def hosted(self, scope: Scope, period: Period) -> tuple[Count, Count] | None:
        return self.ask.facts.hosted(scope, period)

    def late(self, scope: Scope, period: Period) -> Mapping[str, Count] | None:
        counts = self.ask.facts.late_reasons(scope, period, self.ask.now)
        return {**counts, ALL_LATE: sum(counts.values())}

    def in_working_days(self, scope: Scope, period: Period) -> tuple[Count, Count] | None:
        return self.ask.facts.in_working_days(scope, period, self.ask.now)

    def top(self, scope: Scope, period: Period, k: int) -> TopRow:
        share = top_share(self.ask.facts.frequency(scope, period), k)
        return TopRow(share.rate, share.children)

    def months(self, scope: Scope, first: date, last: date) -> Sequence[Month]:
        return self.ask.facts.months(scope, first, last)

    def census(self, period: Period) -> Mapping[str, Count] | None:
        """None: of one day the facts answer any question."""
        return None


class ReleasedFigures:
    """The released sheet of a period: the same for every question and every reader."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    @property
    def releases(self) -> tuple[Effect, ...]:
        """Return the releases that these figures made, which count once they are recorded with the answer."""
        return tuple(self._ask.log.effects)

    def _sheet(self, period: Period) -> ReleasedSheet:
        """Read the sheet; the first question about a half-year releases it, with the answer."""
        ask = self._ask
        if (found := arguments.released(ask, period)) is not None:
            return found
        for half in halves_of(period, ask.facts.released_periods(), ask.partnership.year_begins):
            if arguments.released(ask, half) is None:
                by = ask.request.actor.id if ask.request.actor else ""
                made = {p: sheet for p, sheet in ask.sheets.items() if sheet is not None}
                try:
                    release = first_release(ask.facts, ask.partnership, half, ask.now, by, made)
                except NotReleased as fault:
                    sentence = " ".join(filter(None, (str(fault), or_in_private(ask) and _("Ask me in private."))))
                    raise Unclear(sentence, title=_("Not shown here")) from None
                ask.log.effects.append(release)
                ask.sheets.update(sheets_of(release))
        if (made_now := arguments.released(ask, period)) is None:
            raise ValueError(f"{period.label} may not be shown beyond one person")
        return made_now

    def _count(self, scope: Scope, period: Period, measure: str) -> Count:
        return self._of(self._name(scope), period, measure)

    def _of(self, name: str, period: Period, measure: str) -> Count:
        return self._sheet(period).get((name, measure))

    def _rate(self, scope: Scope, period: Period, part: str, whole: str) -> ReleasedRate:
        counts = self._count(scope, period, part), self._count(scope, period, whole)
        return ReleasedRate(*counts, self.percent(scope, period, part, whole))

    def percent(self, scope: Scope, period: Period, part: str, whole: str) -> Count:
        return self._count(scope, period, percent_of(part, whole))

    def _if_counted(self, scope: Scope, period: Period, measures: Sequence[str]) -> tuple[Count, ...] | None:
        """Return the counts of measures that every sheet has or none; None where it has none."""
        sheet, name = self._sheet(period), self._name(scope)
        if (name, measures[0]) not in sheet:
            return None
        return tuple(sheet[name, measure] for measure in measures)

    def _median(self, name: str, period: Period, measure: str) -> Decimal | None:
        tenths = self._of(name, period, measure)
        return None if tenths is None else Decimal(tenths).scaleb(-1)

    def _name(self, scope: Scope) -> str:
        return scope.areas[0] if len(scope.areas) == 1 else COUNTY

    def frequency(self, scope: Scope, period: Period, cohort: str | None = None) -> AnyFrequency:
        """Of a cohort children and episodes only."""
        if cohort:
            children, episodes = (self._count(scope, period, f"{cohort}: {m}") for m in ("children", "episodes"))
            return ReleasedFrequency(children, episodes, None, None, None, None)
        measures = ("children", "episodes", ONCE, "repeat", "repeat episodes", "episodes by repeat")
        return ReleasedFrequency(*(self._count(scope, period, measure) for measure in measures))

    def shares(self, scope: Scope, period: Period, cohort: str) -> tuple[AnyRate, AnyRate]:
        children, episodes = (self._rate(scope, period, f"{cohort}: {m}", m) for m in ("children", "episodes"))
        return children, episodes

    def bands(self, scope: Scope, period: Period) -> Sequence[ReleasedRow]:
        chosen = self._ask.partnership.frequency_bands
        return [ReleasedRow(b.label, self._count(scope, period, in_band(b)), None) for b in chosen]

    def ages(self, scope: Scope, period: Period) -> Sequence[ReleasedRow]:
        groups = age_groups(self._ask.partnership)
        return _listed(self._ask, [ReleasedRow(g, self._count(scope, period, f"age {g}"), None) for g in groups])

    def areas(self, scope: Scope, period: Period, cohort: str | None = None) -> Sequence[ReleasedRow]:
        of = f"{cohort}: " if cohort else ""
        return [
            ReleasedRow(
                self._ask.partnership.area(a).short,
                self._of(a, period, f"{of}children"),
                self._of(a, period, f"{of}episodes"),
            )
            for a in scope.areas
        ]

    def active(self, scope: Scope, period: Period) -> Active | None:
        """Never: less the children of the period it is those few who were missing at its first midnight."""
        return None

    def no_episode(self, scope: Scope, period: Period) -> Count:
        """Never: they are few, and on no sheet."""
        return None

    def first_ever(self, scope: Scope, period: Period) -> Count:
        return self._count(scope, period, "first_ever")

    def both(self, scope: Scope, period: Period, cohort: str) -> Count:
        """Never: so few children are both that even a larger number tells of them."""
        return None

    def entered_care(self, scope: Scope, period: Period) -> AnyFrequency | None:
        """Never: they are few, and the sheet has no counts that would hide them."""
        return None

    def tallies(self, scope: Scope, period: Period) -> Sequence[tuple[str, str, AnyTally]]:
        any_ended = [a for a in scope.areas if self._of(a, period, "interviews: episodes") != 0]
        return [(a, self._ask.partnership.area(a).short, self._tally(a, period)) for a in any_ended]

    def tally(self, scope: Scope, period: Period) -> AnyTally:
        return self._tally(self._name(scope), period)

    def known(self, period: Period, source: Literal["children", "interviews"]) -> bool:
        """Return True where this export was loaded when the figures were released."""
        measure = {"children": "lac: episodes", "interviews": "interviews: episodes"}[source]
        return (COUNTY, measure) in self._sheet(period)

    def due(self, scope: Scope, period: Period) -> Sequence[tuple[str, InterviewTally]]:
        """Never: less the period's own interviews it is those few that crossed its first or last three days."""
        return ()

    def people(self, scope: Scope, period: Period) -> PeopleInterviewed | None:
        """Never: children beside episodes would be counts of their own on the sheet, and hide others for it."""
        return None

    def _tally(self, name: str, period: Period) -> ReleasedTally:
        names = [f.name for f in fields(ReleasedTally) if f.name != "percents"]
        percents = {
            (part, whole): self._of(name, period, percent_of(f"interviews: {part}", f"interviews: {whole}"))
            for part, whole in INTERVIEW_SHARES
        }
        return ReleasedTally(percents, *(self._of(name, period, f"interviews: {measure}") for measure in names))

    def months(self, scope: Scope, first: date, last: date) -> Sequence[Month]:
        """Children and episodes alone: ages would be counts of their own on the sheet, and hide others for it."""
        name = self._name(scope)
        return [
            Month(m.first, self._of(name, m, "episodes"), self._of(name, m, "children"), {})
            for m in parts_of(period_of(first, last), MONTH)
        ]

    def medians(self, scope: Scope, period: Period) -> tuple[Decimal | None, Decimal | None]:
        """As they were released: of enough interviews that no single one is told by the middle."""
        name = self._name(scope)
        return self._median(name, period, HELD), self._median(name, period, RECORDED)

    def private_kpis(self, scope: Scope, period: Period) -> tuple[Kpi, ...]:
        """Never: late interviews by their reason are few, and the sheet has no counts that would hide them."""
        return ()

    def reporters(self, scope: Scope, period: Period) -> Sequence[ReporterRow]:
        """As they were released: a median of enough reports that no single one is told by the middle."""
        name = self._name(scope)
        return [
            ReporterRow(
                r,
                self._of(name, period, reported_by(r)),
                self._median(name, period, DELAY + r),
            )
            for r in (*REPORTED_BY, EVERY_REPORTER)
        ]

    def settings(self, scope: Scope, period: Period) -> Sequence[ReleasedRow]:
        """Episodes alone; none on a sheet that was released before it had them."""
        found = self._if_counted(scope, period, [missing_from(code) for code in MISSING_FROM])
        return [ReleasedRow(code, None, n) for code, n in zip(MISSING_FROM, found or (), strict=False)]

    def hosted(self, scope: Scope, period: Period) -> tuple[Count, Count] | None:
        """Children and episodes, of the county alone; None on a sheet that was released before it had them."""
        found = self._if_counted(scope, period, [f"{HOSTED}: children", f"{HOSTED}: episodes"])
        return None if found is None else (found[0], found[1])

    def late(self, scope: Scope, period: Period) -> Mapping[str, Count] | None:
        """Interviews by reason, of the county alone; None on a sheet that was released before it had them."""
        reasons = (*LATE_REASONS, ALL_LATE)
        found = self._if_counted(scope, period, [late_by(reason) for reason in reasons])
        return None if found is None else dict(zip(reasons, found, strict=True))

    def in_working_days(self, scope: Scope, period: Period) -> tuple[Count, Count] | None:
        """Held and over, of the county alone; None on a sheet that was released before it had them."""
        found = self._if_counted(scope, period, [IN_WORKING_DAYS, WORKING_DAYS_OVER])
        return None if found is None else (found[0], found[1])

    def top(self, scope: Scope, period: Period, k: int) -> TopRow:
        return TopRow(self._rate(scope, period, "top", "episodes"), TOP)

    def census(self, period: Period) -> Mapping[str, Count] | None:
        """The county's children looked after on the last day of a half-year, by kind of placement."""
        sheet = self._sheet(period)
        return {m.removeprefix(CENSUS): n for (name, m), n in sheet.items() if name == COUNTY and m.startswith(CENSUS)}


def counted(n: Count, one: str, many: str) -> str:
    """'1 child', '2 children', '0 episodes', 'c episodes': a number with its word."""
    return n_(one, many, 2 if n is None else n, n=disclosure.count_label(n))


def children(n: Count) -> str:
    return counted(n, "{n} child", "{n} children")


def number(value: Decimal | None) -> float | None:
    """A rounded decimal as a plain number; it prints as it was rounded."""
    if value is None:
        return None
    return float(value) if value.as_tuple().exponent else int(value)


def percent(rate: AnyRate) -> Cell:
    """The percentage alone, for a column of them."""
    return HIDDEN if rate.numerator is None or rate.denominator is None else number(rate.percent)


def per_child(f: AnyFrequency) -> Cell:
    return HIDDEN if f.children is None or f.episodes is None else number(f.per_child)


def count_fact(label: str, value: Count) -> Fact:
    return Fact(label, disclosure.cell(value))


def rate_fact(label: str, rate: AnyRate, note: str = "") -> Fact:
    value = percent(rate)
    return Fact(label, value, rate.numerator, rate.denominator, "" if value == HIDDEN else "%", note)


def change_between(old: Count, new: Count, released: bool) -> AnyChange:
    """Return the change; a released one, which several people read, has conditions of its own."""
    if released or old is None or new is None:
        return ReleasedChange(old, new)
    return Change(old, new)


def change_fact(label: str, old: Count, new: Count, released: bool = False) -> Fact:
    """The change in percent of the old count; numerator is the difference, denominator the old count (R13)."""
    change = change_between(old, new, released)
    if change.difference is None:
        return Fact(label, HIDDEN)
    note = _("low base") if change.low_base else _("from 0") if change.percent is None else ""
    return Fact(label, number(change.percent), change.difference, old, "%", note)


def frequency_facts(now: AnyFrequency, then: AnyFrequency | None, earlier: str) -> list[Fact]:
    """Children, episodes and the measures of repeating, each named so that no two can be confused (R10)."""
    released = isinstance(now, ReleasedFrequency)
    found = [count_fact(_("Children"), now.children), count_fact(_("Episodes"), now.episodes)]
    if then is not None:
        found.insert(
            1, change_fact(_("Children, change on {earlier}", earlier=earlier), then.children, now.children, released)
        )
        found.append(
            change_fact(_("Episodes, change on {earlier}", earlier=earlier), then.episodes, now.episodes, released)
        )
    return [
        *found,
        Fact(_("Episodes per child"), per_child(now), now.episodes, now.children),
        count_fact(_("Children with one episode"), now.once_only),
        count_fact(_("Children with two or more episodes"), now.repeat_children),
        count_fact(_("Repeat episodes (episodes less children)"), now.repeat_episodes),
        count_fact(_("Episodes by children with two or more"), now.episodes_by_repeat_children),
    ]


def compared(
    label: str, new: Count, old: Count, comparable: bool = True, *, released: bool = False
) -> tuple[Cell, ...]:
    """A table row: measure, count, earlier count, change (left empty where it must not be read)."""
    change = change_between(old, new, released).text if comparable else ""
    return (label, disclosure.cell(new), disclosure.cell(old), change)


def per_day_row(now: Counted, then: Counted, *, released: bool = False) -> tuple[Cell, ...]:
    """Episodes per known day of each period: what can be compared when the days differ (R14)."""
    old, old_days, new, new_days = then.in_known_days, then.known_days, now.in_known_days, now.known_days
    if not (old_days and new_days):
        change = ""
    elif released or new is None or old is None:
        change = released_rate_change(old, old_days, new, new_days)
    else:
        change = signed(rate_change(old, old_days, new, new_days))
    return (_("Episodes per day"), per_day_cell(now), per_day_cell(then), change)


def per_day_cell(of: Counted) -> Cell:
    if not of.known_days:
        return "n/a"
    return HIDDEN if of.in_known_days is None else number(per_day(of.in_known_days, of.known_days))


def not_due(*periods: tuple[Period, AnyTally | None]) -> tuple[str, ...]:
    """'2 return interviews not due yet: ...' of each period, "some" where the sheet hides how many; else nothing."""
    found = []
    for period, tally in periods:
        n = 0 if tally is None else tally.not_due
        if n != 0:
            who = (
                _("some return interviews")
                if n is None
                else counted(n, "{n} return interview", "{n} return interviews")
            )
            found.append(_("{who}{of}", who=who, of=_(" of {period}", period=period.label) if len(periods) > 1 else ""))
    if not found:
        return ()
    who = _(" and ").join(found)
    return (
        _(
            "{who} not due yet: the 72 hours still run, and shares within 72 h leave them out.",
            who=who[0].upper() + who[1:],
        ),
    )


def dates_only(ask: Ask, scope: Scope, *periods: tuple[Period, AnyTally | None]) -> tuple[str, ...]:
    """'Dates only ...: 3 of 22 required return interviews.' (R19). Beyond one person no number, as in `left_out`."""
    private, found = is_private(ask, scope), []
    for period, tally in periods:
        n = ask.facts.dates_only(scope, period, ask.now) if tally is not None else 0
        if n and tally is not None:
            who = _("some return interviews")
            if private:
                who = _(
                    "{n} of {interviews}",
                    n=n,
                    interviews=counted(
                        tally.required, "{n} required return interview", "{n} required return interviews"
                    ),
                )
            found.append(_("{who}{of}", who=who, of=_(" of {period}", period=period.label) if len(periods) > 1 else ""))
    if not found:
        return ()
    return (
        _(
            "Dates only, time of return not recorded: {found}. In time until the end of day + 3.",
            found=_(" and ").join(found),
        ),
    )


def kpi_facts(tally: AnyTally, more: Sequence[Kpi] = ()) -> list[Fact]:
    """The interview figures, each with numerator and denominator and what they count; `more` are K11 and K12."""
    rates = [*disclosure.kpi_rates(tally), *((k, k.rate) for k in more)]
    return [rate_fact(_("Interviews: {label}", label=k.label), rate, f"{k.id}: {k.formula}") for k, rate in rates]


def kpi_table(title: str, tallies: Sequence[tuple[str, AnyTally]]) -> Table:
    """One row a team, the report's two figures first, then how many were in time of all required."""
    columns = (
        _("Team"),
        _("Episodes"),
        _("Completed"),
        _("% completed"),
        _("Recorded in 72 h"),
        _("% of completed"),
        _("% of due"),
    )
    rows: list[tuple[Cell, ...]] = []
    for name, t in tallies:
        share = {k.id: percent(rate) for k, rate in disclosure.kpi_rates(t)}
        episodes, held, recorded = (disclosure.cell(n) for n in (t.episodes, t.held, t.recorded_in_time))
        rows.append((name, episodes, held, share["K5"], recorded, share["K7"], share["K8"]))
    return Table(title, columns, tuple(rows))


def measures_table(title: str, tallies: Sequence[tuple[str, AnyTally]], more: Mapping[str, Sequence[Cell]]) -> Table:
    """K1-K9 for each team with both counts, then further rows such as medians (K10)."""
    by_team = [disclosure.kpi_rates(t) for _, t in tallies]
    rows = [(team[0].label, *(t[i][1].text for t in by_team)) for i, team in enumerate(by_team[0])] if by_team else []
    columns = (_("Measure"), *(name for name, _ in tallies))
    return Table(title, columns, (*rows, *((label, *cells) for label, cells in more.items())))


#: Names of the counts of talks and children, beside the shares that count episodes.
PEOPLE = (_("Talks held"), _("Children interviewed"), _("Children offered one"), _("Children who declined"))


def people_facts(people: PeopleInterviewed | None) -> list[Fact]:
    """Talks and children; none beyond one person."""
    return [Fact(_("Interviews: {label}", label=label), n) for label, n in zip(PEOPLE, people or (), strict=False)]


def people_line(p: PeopleInterviewed | None) -> tuple[str, ...]:
    """'2 talks held with 2 children; an interview was offered to 3 children, declined by 1 child.'; else nothing."""
    if p is None:
        return ()
    talks = _(
        "{talks} held with {children}",
        talks=counted(p.talks, "{n} talk", "{n} talks"),
        children=children(p.interviewed),
    )
    return (
        _(
            "{talks}; an interview was offered to {children}, declined by {children2}.",
            talks=talks,
            children=children(p.offered),
            children2=children(p.declined),
        ),
    )


#: Names of the counts at any time in a period, beside those of what began in it.
ACTIVE = (_("Children missing at any time"), _("Episodes running at any time"))


#: Name of the count of reports whose child was never recorded as missing (edge case 30).
NO_EPISODE = _("Reports that became no episode")


def active_line(active: Active | None) -> tuple[str, ...]:
    """'12 children were missing at any time in it (14 episodes), ...'; nothing beyond one person."""
    if active is None:
        return ()
    verb = n_("was", "were", 2 if active.children is None else active.children)
    return (
        _(
            "{children} {verb} missing at any time in it ({episodes}), those from before it "
            "too: not to be added up over periods.",
            children=children(active.children),
            verb=verb,
            episodes=counted(active.episodes, "{n} episode", "{n} episodes"),
        ),
    )


def private_facts(now: Counted) -> list[Fact]:
    """The counts at any time in the period, and the reports without an episode; none beyond one person."""
    note = _("began before the period or in it; not to be added up")
    found = [Fact(label, n, note=note) for label, n in zip(ACTIVE, now.active or (), strict=False)]
    reports = [] if now.no_episode is None else [Fact(NO_EPISODE, now.no_episode, note=_("by the time of the report"))]
    return [*found, *reports]


def no_episode_line(n: Count) -> tuple[str, ...]:
    """'2 reports became no episode (not counted above).'; nothing without any, or beyond one person."""
    return (
        (_("{reports} became no episode (not counted above).", reports=counted(n, "{n} report", "{n} reports")),)
        if n
        else ()
    )


def due_line(period: Period, teams: Sequence[tuple[str, InterviewTally]]) -> tuple[str, ...]:
    """'3 interviews were due in 2017-07, ...: 2 of 3 due by now held within 72 h.'; nothing beyond one person."""
    t = sum((each for _, each in teams), InterviewTally())
    if not teams:
        return ()
    verb = n_("was", "were", 2 if t.required is None else t.required)
    return (
        _(
            "{interviews} {verb} due in {period}, whenever the absence began: {held_in_time} "
            "of {due} due by now held within 72 h.",
            interviews=counted(t.required, "{n} interview", "{n} interviews"),
            verb=verb,
            period=period.label,
            held_in_time=t.held_in_time,
            due=t.due,
        ),
    )


def due_facts(teams: Sequence[tuple[str, InterviewTally]]) -> list[Fact]:
    """The interviews due in the period by their own date, with the shares within 72 hours."""
    if not teams:
        return []
    t = sum((each for _, each in teams), InterviewTally())
    rates = [(k, rate) for k, rate in disclosure.kpi_rates(t) if k.id in _BY_DUE_DATE]
    return [
        Fact(_("Interviews due in the period, by due date"), t.required),
        *(rate_fact(_("By due date: {label}", label=k.label), rate, f"{k.id}: {k.formula}") for k, rate in rates),
    ]


#: Shares of the interviews that are due in a period.
_BY_DUE_DATE = ("K2", "K6", "K8")


def due_table(period: Period, teams: Sequence[tuple[str, InterviewTally]]) -> tuple[Table, ...]:
    """One row a team of the interviews due in the period; none beyond one person, or without any."""
    if not teams:
        return ()
    rows: list[tuple[Cell, ...]] = []
    for name, t in (*teams, (_("Total"), sum((each for _unused, each in teams), InterviewTally()))):
        shares = [rate.text for k, rate in disclosure.kpi_rates(t) if k.id in _BY_DUE_DATE]
        rows.append((name, t.required, *shares, t.required - t.held_required))
    columns = (_("Team"), _("Due"), _("Offered in 72 h"), _("Held in 72 h"), _("Recorded in 72 h"), _("Not held"))
    note = _(
        "Counted by the day on which each is due, whenever the absence began: not to be added to the figures above."
    )
    return (Table(_("Interviews due in {period}, by due date", period=period.label), columns, tuple(rows), note),)


@dataclass(frozen=True, slots=True)
class Counted:
    """One period with what was counted in it; `interviews` None where that export was never loaded.

    `in_known_days` are the episodes that began in the `known_days`, which a rate divides by; 0 days where there is no
    rate. `people`, `active` and `no_episode` are for one person alone.
    """

    period: Period
    frequency: AnyFrequency
    interviews: AnyTally | None
    people: PeopleInterviewed | None
    active: Active | None
    no_episode: Count
    in_known_days: Count
    known_days: int


def count(ask: Ask, figures: StatisticsFacts, scope: Scope, period: Period) -> Counted:
    """Children, episodes and interviews of the episodes that started in the period."""
    frequency, known = figures.frequency(scope, period), arguments.known(ask, period)
    episodes, days = frequency.episodes, known.days
    if known.span != (period.first, period.last):
        # Beyond one person no figure is of a shorter period: the two would differ by a few children.
        private = not isinstance(frequency, ReleasedFrequency)
        part = Period(period.label, *known.span) if known.span and private else None
        episodes, days = (figures.frequency(scope, part).episodes, days) if part else (None, 0)
    tally, people = None, None
    if figures.known(period, "interviews"):
        tally, people = figures.tally(scope, period), figures.people(scope, period)
    active, no_episode = figures.active(scope, period), figures.no_episode(scope, period)
    return Counted(period, frequency, tally, people, active, no_episode, episodes, days)


def comparison(now: Counted, then: Counted | None, comparable: bool = True) -> Table:
    """Every measure of two periods beside each other, the change only where it may be read; or of one alone."""
    if then is None:
        alone = comparison(now, now)
        return Table(alone.title, alone.columns[:2], tuple(row[:2] for row in alone.rows))
    a, b = now.frequency, then.frequency
    released = isinstance(a, ReleasedFrequency)
    rows: list[tuple[Cell, ...]] = [
        compared(_("Children"), a.children, b.children, released=released),
        compared(_("Episodes"), a.episodes, b.episodes, released=released),
        (_("Episodes per child"), per_child(a), per_child(b), ""),
        per_day_row(now, then, released=released),
        compared(_("Children with one episode"), a.once_only, b.once_only, released=released),
        compared(_("Children with two or more"), a.repeat_children, b.repeat_children, released=released),
        compared(_("Repeat episodes"), a.repeat_episodes, b.repeat_episodes, released=released),
    ]
    if now.active and then.active:
        rows += [compared(label, new, old) for label, new, old in zip(ACTIVE, now.active, then.active, strict=True)]
    if now.no_episode is not None and then.no_episode is not None:
        rows.append(compared(NO_EPISODE, now.no_episode, then.no_episode))
    if now.interviews is not None and then.interviews is not None:
        pairs = zip(kpi_rates(now.interviews), kpi_rates(then.interviews), strict=True)
        rows += [
            (_("Interviews: {label}", label=k.label), new.text, old.text, "") for (k, new), (_unused, old) in pairs
        ]
    columns = (_("Measure"), now.period.label, then.period.label, _("Change"))
    return Table(_("Figures"), columns, tuple(row if comparable else (*row[:3], "") for row in rows))
