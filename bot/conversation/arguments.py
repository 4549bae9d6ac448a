"""Parse a command's arguments (area, period, options); a word left over is unclear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.conversation.command import Ask, NotKnown, Unclear
from bot.conversation.refusals import no_names
from bot.conversation.reply import Button
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _, date_words
from bot.rules.disclosure.released import ReleasedSheet
from bot.rules.disclosure.released_periods import (
    HALF,
    halves_of,
    may_be_released,
    newest_released,
    overlapping,
    records_when_released,
)
from bot.rules.figures import is_incomplete
from bot.rules.model import Freshness, Period
from bot.rules.partnership.partnership import Area
from bot.rules.text import area_names
from bot.rules.text.small_words import SMALL, bare, like_a_name, say_places
from bot.rules.time import freshness
from bot.rules.time.clock import Span, by_month, interview_due, local_day, say, say_date, say_days, whole_months, window
from bot.rules.time.known import Known, known_part
from bot.rules.time.period import BETWEEN, EXAMPLES, PeriodError, SeveralReadings, find_periods, half_year_of, previous

NO_CHANGE = _("so no change is shown. Add the word partial to see it all the same.")
PARTIAL = ("partial", "--partial")


@dataclass(frozen=True, slots=True)
class Arguments:
    """Parsed arguments. `area` None means every area the person may ask for, ALL the county; `periods` as written."""

    area: Area | area_names.Whole | None
    periods: tuple[Period, ...]
    partial: bool
    areas: tuple[Area | area_names.Whole, ...] = ()

    def period(self, ask: Ask) -> Period:
        """Return the period named, or the last complete half-year; NotKnown where no record can lie in it."""
        period = self.periods[0] if self.periods else last_half_year(ask)
        must_be_known(ask, period)
        must_have_records(ask, period)
        return period


@dataclass(frozen=True, slots=True)
class Beside:
    """The period before, None where it is not known. `notes` give the reason for showing no change."""

    earlier: Period | None
    comparable: bool
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        return _(", with {earlier}", earlier=self.earlier.label) if self.earlier else ""

    @property
    def shown(self) -> tuple[Period, ...]:
        """The period before, where it is shown."""
        return (self.earlier,) if self.earlier else ()

    @property
    def base(self) -> Period | None:
        """The period a change may be read against."""
        return self.earlier if self.comparable else None


def read(
    ask: Ask, tokens: Sequence[str] | None = None, *, most_periods: int = 1, several_areas: bool = False
) -> Arguments:
    """Parse area and periods from the command's words; Unclear has the fault and the nearest question."""
    given = [t.rstrip("?!") for t in (ask.words if tokens is None else tokens)]
    partial = any(t.casefold() in PARTIAL for t in given)
    plain = [t for t in given if t.casefold() not in PARTIAL]
    periods, rest = periods_in(ask, plain)
    areas, left = _areas(ask, rest)
    if left:
        # Areas by name, because an unknown area lists the areas; never the words themselves: they may be a name.
        names = ", ".join(a.id for a in ask.partnership.areas)
        sentence = _(
            "I don't know that area or period{places}. Areas: {names}, all. ", places=_places(ask, left), names=names
        )
        offers = _put_right(ask, left)
        raise Unclear(
            _(
                "{sentence}Periods: for example {examples}.{no_names}",
                sentence=sentence,
                examples=EXAMPLES,
                no_names="" if offers else _no_names(ask, left),
            ),
            *offers,
        )
    if len(areas) > 1 and (not several_areas or area_names.ALL in areas):
        raise Unclear(_("You named more than one area. Name one, or all."))
    if len(periods) > most_periods:
        if not most_periods:
            raise Unclear(_("This command takes no period: it speaks of now."), *_without_period(ask, areas))
        raise Unclear(
            _("You named {n} periods; this command takes {most_periods}.", n=len(periods), most_periods=most_periods)
        )
    return Arguments(areas[0] if areas else None, tuple(periods), partial, tuple(areas))


def _areas(ask: Ask, rest: Sequence[str]) -> tuple[list[Area | area_names.Whole], list[str]]:
    """Return the areas in the order named, each once, and the words left over; "and" or "v" between two is dropped."""
    found = {f.at: f for f in area_names.find_areas(rest, ask.partnership)}
    areas: list[Area | area_names.Whole] = []
    left: list[str] = []
    at = between = 0
    while at < len(rest):
        if f := found.get(at):
            if areas and between == 1 and bare(rest[at - 1]) in BETWEEN:
                left.pop()
            areas.append(f.area)
            at, between = at + f.length, 0
        else:
            left += [rest[at]] if bare(rest[at]) not in SMALL else []
            at, between = at + 1, between + 1
    return list(dict.fromkeys(areas)), left


def _places(ask: Ask, left: Sequence[str]) -> str:
    """Return ': the 3rd word' for the words left over, as they stand in the question."""
    typed = [t.rstrip("?!") for t in ask.request.text.split()]
    if typed and typed[0].casefold().strip("/") == "missing":
        typed = typed[1:]
    places: list[int] = []
    for word in left:
        place = next((n for n, t in enumerate(typed, 1) if t == word and n not in places), None)
        places += [place] if place else []
    return f": {say_places(sorted(places))}" if places else ""


def _no_names(ask: Ask, left: Sequence[str]) -> str:
    """Ask for the reference where a word left over may be a name."""
    if not any(like_a_name(word) for word in left):
        return ""
    return _(" For a child: {no_names}", no_names=no_names(ask.partnership.reference_prefix, ask.request.place.level))


def _without_period(ask: Ask, areas: Sequence[Area | area_names.Whole]) -> list[str]:
    """Return the question without its period, with the command's other words, where something else was asked."""
    command, _ = ask.desk.find(ask.request.text)
    if command is None:
        return []
    known = set(command.words.values()) - {""}
    options = [w.casefold() for w in ask.words if w.casefold() in known]
    return [" ".join((command.name, *options, *(a.id if isinstance(a, Area) else "all" for a in areas)))]


def periods_in(ask: Ask, tokens: Sequence[str]) -> tuple[list[Period], list[str]]:
    """Find the periods among the words, and the words left over; Unclear offers each reading of an open one."""
    try:
        return find_periods(tokens, ask.now, ask.partnership.year_begins)
    except SeveralReadings as several:
        before, after = tokens[: several.at], tokens[several.at + several.used :]
        raise Unclear(str(several), *_each_reading(ask, several, before, after)) from None


def _each_reading(ask: Ask, several: SeveralReadings, before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Return the question with each reading of its period; none where another word of it is not known."""
    command, _ = ask.desk.find(ask.request.text)
    known = set(command.words.values()) - {""} if command else set[str]()
    options = [w for w in ask.words if w.casefold() in known or w.casefold() in PARTIAL]
    try:
        periods, rest = find_periods((*before, *after), ask.now, ask.partnership.year_begins)
    except SeveralReadings:
        return ()
    areas, left = _areas(ask, [w for w in rest if w.casefold() not in known])
    if left or command is None:
        return ()
    named = [a.id if isinstance(a, Area) else "all" for a in areas]
    labels = [p.label for p in periods]
    return tuple(" ".join((command.name, *options, *labels, r.label, *named)) for r in several.readings)


def for_one_person(ask: Ask, areas: tuple[str, ...] = ()) -> bool:
    """Return True where one person alone reads the answer, and their role sees true counts of these areas."""
    return ask.request.place.level == 2 and ask.exact(areas)


def last_half_year(ask: Ask) -> Period:
    """Return the last half-year of the partnership's own year that is over, the default period.

    Beyond one person it is the last that may be shown there; for a time after the year changed that is of the old one.
    """
    begins, today = ask.partnership.year_begins, local_day(ask.now)
    if not for_one_person(ask):
        newest = newest_released(today - timedelta(days=1), ask.facts.released_periods(), begins)
        if newest is not None:
            return newest
    return previous(half_year_of(today, begins))


def not_released(ask: Ask, period: Period) -> str:
    """Return the reason against showing a period beyond one person; empty where it may be shown, or is of no family."""
    shown, begins = ask.facts.released_periods(), ask.partnership.year_begins
    halves = halves_of(period, shown, begins)
    if halves:
        return _lost(ask, halves) or _apart(ask, period, halves) or _interviews_run(ask, halves)
    other = overlapping(period, shown)
    if other is None or whole_months(period.first, period.last) != HALF:
        return ""
    return _(
        "{period} overlaps with {other}, which was shown before the year began in "
        "{month}; two figures that overlap may tell of one child.",
        period=period.label,
        other=other.label,
        month=month(begins),
    )


def released(ask: Ask, period: Period) -> ReleasedSheet | None:
    """Return the released figures of a period; None where it was not released."""
    if period not in ask.sheets:
        ask.sheets[period] = ask.facts.released_sheet(period)
    return ask.sheets[period]


def _lost(ask: Ask, halves: Sequence[Period]) -> str:
    """Figures that a restore has lost may have been shown, and others of the same days would differ from them."""
    until = ask.facts.shown_until()
    lost = [h for h in halves if until and h.last <= until and released(ask, h) is None]
    if not lost:
        return ""
    return _(
        "Figures of {half} may have been shown before the database was restored, and are lost. A strategic lead can "
        "release {half} again on the bot's server.",
        half=lost[0].label,
    )


def _interviews_run(ask: Ask, halves: Sequence[Period]) -> str:
    """Figures are kept as they are released, so not before the interviews of a half-year are due."""
    last = halves[-1]
    ends = window(last)[1]
    due = interview_due(ends)
    if not ends <= ask.now < due or released(ask, last) is not None:
        return ""
    return _(
        "Figures of {half} are given here from {day} on, when the 72 hours of its last interviews are over.",
        half=last.label,
        day=say(due),
    )


def _apart(ask: Ask, period: Period, halves: Sequence[Period]) -> str:
    """A year is released with the later of its half-years, and not after both."""
    if len(halves) == 1 or released(ask, period) or not all(released(ask, h) for h in halves):
        return ""
    return _("{period} was not released with its half-years.", period=period.label)


def month(number: int) -> str:
    return date_words(date(2000, number, 1), "%B")


def must_be_known(ask: Ask, period: Period, name: str = _("this period")) -> None:
    """Raise NotKnown for a period before the records begin, or one that has not begun: neither is zero."""
    begins = ask.partnership.history_start
    if begins is not None and period.last < begins:
        raise NotKnown(_("The records begin on {begins}: {name} is not known.", begins=say_date(begins), name=name))
    if period.first > local_day(ask.now):
        raise NotKnown(
            _(
                "{period} has not begun: it begins on {period_first}.",
                period=period.label,
                period_first=say_date(period.first),
            ),
            _("Not begun"),
        )


def must_have_records(ask: Ask, period: Period) -> None:
    """Raise NotKnown for a period of months without a record between months with many, or after the police export."""
    part = known(ask, period)
    if part.all_gap:
        raise NotKnown(
            _(
                "{period}: {without_record}, and the months around have many.",
                period=period.label,
                without_record=part.without_record,
            )
        )
    if part.unreached and part.reached is not None:
        raise NotKnown(
            _(
                "The police export reaches to {reached}: {period} is not known.",
                reached=say_date(part.reached),
                period=period.label,
            )
        )


def known(ask: Ask, period: Period) -> Known:
    """Return what is known of a period, and over, by the records of the whole county; where figures are released, by
    those of the release.
    """
    if period not in ask.known_parts:
        county = Scope(tuple(a.id for a in ask.partnership.areas))

        def records(months: Span) -> Sequence[int]:
            found = ask.facts.records_by_month(county, Period("", *months))
            if for_one_person(ask, county.areas):
                return found
            return records_when_released(by_month(*months), found, lambda month: released(ask, month))

        part = known_part(period, ask.now, ask.partnership.history_start, data_until(ask), records)
        ask.known_parts[period] = part
    return ask.known_parts[period]


def before_records(ask: Ask, period: Period) -> bool:
    """Return True where the period ends before the records begin."""
    begins = ask.partnership.history_start
    return begins is not None and period.last < begins


def known_in_part(ask: Ask, period: Period) -> bool:
    """Return True where the period begins before the records do."""
    begins = ask.partnership.history_start
    return begins is not None and period.first < begins


def beside(ask: Ask, wanted: Arguments, period: Period) -> Beside:
    """Return the period to compare with: none that is not known, and no change against a partial one (R14)."""
    try:
        earlier = previous(period)
    except PeriodError as fault:  # where the bot's calendar begins
        raise Unclear(str(fault)) from None
    if reason := _why_not_beside(ask, wanted, earlier):
        return Beside(None, False, (reason,))
    notes: tuple[str, ...] = ()
    if known(ask, earlier).gaps:
        notes = (
            _(
                "{earlier}: {without_record}, so no change is shown.",
                earlier=earlier.label,
                without_record=known(ask, earlier).without_record,
            ),
        )
    elif known(ask, period).gaps:
        notes = (_("Because of the months without a record no change is shown."),)
    elif not complete(ask, wanted, period):
        notes = (_("{period} is not complete, {no_change}", period=period.label, no_change=NO_CHANGE),)
    elif known_in_part(ask, earlier) and not wanted.partial:
        notes = (_("{earlier} is known only in part, {no_change}", earlier=earlier.label, no_change=NO_CHANGE),)
    return Beside(earlier, not notes, notes)


def _why_not_beside(ask: Ask, wanted: Arguments, earlier: Period) -> str:
    """Return the reason for which nothing of the period before is shown; empty where it may be."""
    begins = ask.partnership.history_start
    if begins is not None and earlier.last < begins:
        return _(
            "The records begin on {begins}: {earlier} is not known, so nothing is compared with it.",
            begins=say_date(begins),
            earlier=earlier.label,
        )
    alone = for_one_person(ask, ask.scope("counts", wanted.area).areas)
    if not alone:
        reason = not_released(ask, earlier)
        if not reason and not may_be_released(earlier, ask.facts.released_periods(), ask.partnership.year_begins):
            reason = _("{earlier} is of another year.", earlier=earlier.label)
        if reason:
            return _("{reason} So nothing is compared with it here.", reason=reason)
    if known(ask, earlier).all_gap:
        return _(
            "{earlier}: {without_record}, so nothing is compared with it.",
            earlier=earlier.label,
            without_record=known(ask, earlier).without_record,
        )
    return ""


def complete(ask: Ask, wanted: Arguments, period: Period) -> bool:
    """Return True where a change may be read from the period: an unfinished one only with `partial` (R14)."""
    return wanted.partial or not is_incomplete(period, ask.now, data_until(ask))


def never_loaded(ask: Ask, name: str, what: str) -> tuple[str, ...]:
    """'Return interviews: not known (...)' where the source was never loaded, else nothing."""
    found = source(ask, name)
    return (
        () if found.taken_at else (_("{what}: not known ({found}).", what=what, found=freshness.say(found, ask.now)),)
    )


def _put_right(ask: Ask, left: Sequence[str]) -> list[str]:
    """Return the whole question with the misspelt area put right, when just one word is in doubt."""
    if len(left) != 1:
        return []
    names = {w for a in ask.partnership.areas for w in (a.id, *a.aliases, *a.districts)}
    near = area_names.suggest(left[0], sorted(w.casefold() for w in names if " " not in w))
    if near is None or area_names.plain(near) == area_names.plain(left[0]):  # the same question is no help
        return []
    command, _ = ask.desk.find(ask.request.text)
    again = [near if token == left[0] else token for token in ask.words if bare(token) not in SMALL]
    return [" ".join((command.name if command else "", *again)).strip()]


def data_until(ask: Ask) -> datetime | None:
    """Return the time of the police export that the figures rest on; None where none was loaded."""
    return source(ask, "police").taken_at


def scope_name(ask: Ask, scope: Scope) -> str:
    """Return the scope in words: 'Whole county', 'North and South', 'Your cases', 'Your cases in North'.

    A list that was narrowed to the asker's own cases never has the name of an area alone. In a channel, where others
    read it, the cases are of the asker by id.
    """
    is_whole = set(scope.areas) == {a.id for a in ask.partnership.areas}
    named = _("Whole county") if is_whole else _joined([ask.partnership.area(a).short for a in scope.areas])
    if scope.cases_of is None:
        return named
    cases = _("Your cases") if in_private(ask) else _("Cases of {asker}", asker=_asker(ask))
    return cases if is_whole else _("{cases} in {named}", cases=cases, named=named)


def own_list_name(ask: Ask, what: str) -> str:
    """Return the title of a list of the asker's own: 'Your return interviews'; in a channel with their id."""
    return (
        _("Your {what}", what=what)
        if in_private(ask)
        else _("{what} of {asker}", what=what[0].upper() + what[1:], asker=_asker(ask))
    )


def in_private(ask: Ask) -> bool:
    """Return True outside channels, where the asker alone reads the answer."""
    return ask.request.place.level == 2


def _asker(ask: Ask) -> str:
    return ask.request.actor.id if ask.request.actor else _("nobody listed")


def _joined(names: Sequence[str]) -> str:
    return _(" and ").join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def days(period: Period) -> str:
    """'1 Jan 2017 to 30 Jun 2017 (181 days)'."""
    return _(
        "{period_first} to {period_last} ({days})",
        period_first=say_date(period.first),
        period_last=say_date(period.last),
        days=say_days(period.days),
    )


def days_known(ask: Ask, period: Period) -> str:
    """'1 Jan 2016 to 31 Dec 2016 (366 days), known only from 1 Jul 2016', for the first line of an answer."""
    return days(period) + limits(ask, period)


def limits(ask: Ask, period: Period) -> str:
    """', known only from 1 Jul 2016' or ', not over: 4 of 184 days'; nothing where all of it is known and over."""
    return "".join(f", {limit}" for limit in known(ask, period).limits)


def area_word(wanted: Arguments) -> str:
    """Return the area as it is typed."""
    if isinstance(wanted.area, Area):
        return wanted.area.id
    return "" if wanted.area is None else "all"


def look_up(ask: Ask, refs: Sequence[str]) -> tuple[Button, ...]:
    """Return buttons for the first 5 children, each once; none where this person may not look a child up."""
    shown = list(dict.fromkeys(refs))[:5] if ask.may("child") else []
    return tuple(Button(_("Look up {ref}", ref=ref), f"child {ref}") for ref in shown)


_BASIS = {
    "team": _("the team on the interview record"),
    "child_team": _("the child's team"),
    "district": _("the district missing from"),
    "said": _("what was said in chat"),
    "none": _("nothing (area not known)"),
}


def footer(ask: Ask, scope: Scope, period: Period) -> tuple[str, ...]:
    """Return the method of counting: always printed, because a figure without it cannot be checked (R15)."""
    bases = ask.facts.area_bases(scope, period)
    spread = ", ".join(_("{n} by {basis}", n=n, basis=_BASIS[b]) for b, n in sorted(bases.items(), key=lambda x: -x[1]))
    return (
        *counted_by(ask, period),
        _("Area of an episode: {spread}.", spread=spread) if spread else _("No episode in this period and area."),
        ages_of_sources(ask),
        _("True counts for authorised people: not for publication."),
    )


def counted_by(ask: Ask, period: Period) -> tuple[str, ...]:
    """Return the unit counted."""
    return (
        _(
            "Counted by episode start, {days}, London time; missing only, away from "
            "placement not counted; a child once in each scope.",
            days=days(period),
        ),
    )


def ages_of_sources(ask: Ask) -> str:
    """Return the age of every source in words."""
    return " · ".join(freshness.say(f, ask.now) for f in ask.facts.freshness(ask.now))


def source(ask: Ask, name: str) -> Freshness:
    """Return the freshness of one source."""
    return next(f for f in ask.facts.freshness(ask.now) if f.source == name)
