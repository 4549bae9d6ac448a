"""The parts of a report: two periods, their figures as they may be shown, and the cells and words made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from bot.messages.released_figures import StatisticsFacts, change_between
from bot.reports.document import Cell, DataTable, Paragraph, Percent, Warning, Words
from bot.rules.access.permissions import Scope
from bot.rules.disclosure.released import (
    HIDDEN,
    AnyFrequency,
    AnyRate,
    AnyTally,
    ReleasedRate,
    cell,
    interview_rate,
    released_rate_change,
)
from bot.rules.disclosure.released_periods import may_be_released, records_when_released
from bot.rules.disclosure.rounding import Count
from bot.rules.figures import Rate, is_incomplete, per_day, rate_change
from bot.rules.model import Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.facts import Counts
from bot.rules.reports.snapshot import Snapshot
from bot.rules.time.clock import Span, by_month, local_day, say_date, say_days
from bot.rules.time.known import Known, known_part


@dataclass(frozen=True)
class LeftOut(Paragraph):
    """Figures that the released sheet does not have: the method section lists them, and their own is silent."""


class NoFigures(Exception):
    """The period has no figures to report, and a zero would be false; the text is a sentence."""


@dataclass(frozen=True)
class Given:
    """A period, the one before, and where their figures come from.

    `figures` are the released ones where the report is `published`; then `facts` is asked how fresh the exports are and
    whether anything is in doubt, and for no count that is printed. `words` are the leads' own paragraphs by section,
    `earlier_issue` a table of the figures that the last signed report printed differently, None where there is none.
    """

    period: Period
    earlier: Period | None
    figures: StatisticsFacts
    facts: Counts
    partnership: Partnership
    snapshot: Snapshot
    published: bool
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    earlier_issue: DataTable | None = None

    @property
    def now(self) -> datetime:
        return self.snapshot.made_at

    @cached_property
    def county(self) -> Scope:
        return Scope(tuple(a.id for a in self.partnership.areas))

    @cached_property
    def data_until(self) -> datetime | None:
        """The time of the police export that the figures rest on."""
        return next((f.taken_at for f in self.facts.freshness(self.now) if f.source == "police"), None)

    def was_loaded(self, source: Literal["children", "interviews"]) -> bool:
        """Return True where this export was loaded, of released figures when they were released."""
        return self.figures.known(self.period, source)

    # -- what is known of the two periods --

    @property
    def known(self) -> Known:
        return self.known_of(self.period)

    @cached_property
    def before(self) -> Period | None:
        """The period to compare with; None where nothing of it is known."""
        return None if self.earlier is None or why_not_beside(self, self.earlier) else self.earlier

    @cached_property
    def _known_parts(self) -> dict[Period, Known]:
        return {}

    def known_of(self, period: Period) -> Known:
        if period not in self._known_parts:
            self._known_parts[period] = self._known(period)
        return self._known_parts[period]

    def _known(self, period: Period) -> Known:
        def records(months: Span) -> list[int]:
            found = list(self.facts.records_by_month(self.county, Period("", *months)))
            if not self.published:
                return found
            return records_when_released(by_month(*months), found, self.facts.released_sheet)

        return known_part(period, self.now, self.partnership.history_start, self.data_until, records)

    @cached_property
    def comparable(self) -> bool:
        """Return True where a change may be read: both periods are over and known from end to end (R14)."""
        return self.before is not None and all(self._is_whole(p) for p in (self.period, self.before))

    def _is_whole(self, period: Period) -> bool:
        known = self.known_of(period)
        return not is_incomplete(period, self.now, self.data_until) and not known.limits

    # -- counts --

    @cached_property
    def now_counted(self) -> AnyFrequency:
        return self.figures.frequency(self.county, self.period)

    @cached_property
    def before_counted(self) -> AnyFrequency | None:
        return None if self.before is None else self.figures.frequency(self.county, self.before)

    # -- cells --

    def change(self, old: Count, new: Count) -> Cell:
        """Return the change in percent of the old count; empty where it must not be read."""
        if not self.comparable:
            return None
        if old == new == 0:
            return "–"
        change = change_between(old, new, self.published)
        if change.percent is None:
            return change.text
        return Percent(change.percent, True, "low base" if change.low_base else "")

    def share(self, part: Count, whole: Count, released: Count = None) -> Cell:
        """Return the percentage of a whole; of the published report the one that was released with the counts."""
        if self.published or part is None or whole is None:
            return share_cell(ReleasedRate(part, whole, released))
        return share_cell(Rate(part, whole))

    def percent(self, part: str, whole: str) -> Count:
        """Return the released percentage of two measures of the county."""
        return self.figures.percent(self.county, self.period, part, whole)

    def per_day(self, period: Period, episodes: Count) -> Cell:
        """Return the episodes for each known day; 'n/a' where the days that are known differ from those counted."""
        days = self._known_days(period)
        if not days:
            return "n/a"
        return HIDDEN if episodes is None else per_day(episodes, days)

    def per_day_change(self, old: Count, new: Count) -> Cell:
        if self.before is None or not self.comparable:
            return None
        days_before, days_now = self._known_days(self.before), self._known_days(self.period)
        if self.published or old is None or new is None:
            return released_rate_change(old, days_before, new, days_now)
        change = rate_change(old, days_before, new, days_now)
        return "n/a (from 0)" if change is None else Percent(change, True)

    def _known_days(self, period: Period) -> int:
        known = self.known_of(period)
        return known.days if known.span == (period.first, period.last) and not known.gaps else 0

    def is_in_records(self, counts: Iterable[Count], ever: Callable[[Given], bool]) -> bool:
        """Return True where a record has what these counts of both periods count: where none has, a 0 is not known.

        The published form asks its printed counts alone, so that no later load turns "not known" into a 0.
        """
        return any(n != 0 for n in counts) or (not self.published and ever(self))

    # -- blocks --

    def compared(self, label: str, new: Count, old: Count) -> tuple[Cell, ...]:
        """Return a row: measure, count, count before, change; or the first two where nothing is compared."""
        return (label, cell(new)) if self.before is None else (label, cell(new), cell(old), self.change(old, new))

    @property
    def compared_columns(self) -> tuple[str, ...]:
        before = () if self.before is None else (self.before.label, "Change")
        return ("Measure", self.period.label, *before)

    def with_parts(self, note: str = "") -> str:
        """Return the note of a table with counts beside their whole: published, a part may seem to be more than it."""
        return f"{note} {_EACH_BY_ITSELF}".lstrip() if self.published else note

    def room(self, section: str) -> Words:
        return Words(section, self.words.get(section, ()))

    def not_on_the_sheet(self, what: str) -> LeftOut:
        return LeftOut(what)

    def only_exact(self, what: str) -> tuple[LeftOut, ...]:
        """Return what the published form leaves out; nothing of the exact form."""
        return (self.not_on_the_sheet(what),) if self.published else ()

    @property
    def last_day(self) -> str:
        return say_date(self.period.last)


_EACH_BY_ITSELF = (
    "Each count is rounded by itself, so a part may be printed as more than its whole; percentages are of the exact "
    "counts."
)


def share_cell(rate: AnyRate) -> Cell:
    """Return the percentage alone, 'c' where a count of it is hidden, 'n/a' of none, or 'not shown'."""
    if rate.percent is not None:
        return Percent(rate.percent)
    if rate.numerator is None or rate.denominator is None:
        return HIDDEN
    return "not shown" if rate.denominator else "n/a"


def in_brackets(share: Cell) -> str:
    """Write ' (12.5%)', or nothing where no percentage is shown."""
    return f" ({share.text})" if isinstance(share, Percent) else ""


def interview_share(tally: AnyTally, part: str, whole: str) -> Cell:
    """Return a percentage of a tally."""
    return share_cell(interview_rate(tally, part, whole))


def why_not_known(given: Given, period: Period) -> str:
    """Return the reason for which no number of a period is known; empty where some are."""
    begins = given.partnership.history_start
    if begins is not None and period.last < begins:
        return f"The records begin on {say_date(begins)}: {period.label} is not known."
    if period.first > local_day(given.now):
        return f"{period.label} has not begun: it begins on {say_date(period.first)}."
    if given.data_until is None:
        return f"No police export was ever loaded: {period.label} is not known."
    known = given.known_of(period)
    if known.all_gap:
        return f"{period.label}: {known.without_record}, and the months around have many."
    if known.unreached and known.reached is not None:
        return f"The police export reaches to {say_date(known.reached)}: {period.label} is not known."
    return ""


def why_not_beside(given: Given, earlier: Period) -> str:
    """Return the reason for which the period before is not shown; beyond one person it has to have a sheet too."""
    if reason := why_not_known(given, earlier):
        return reason
    shown, begins = given.facts.released_periods(), given.partnership.year_begins
    if given.published and not may_be_released(earlier, shown, begins):
        return f"{earlier.label} has no released sheet."
    restored = given.facts.shown_until() if given.published else None
    if restored and earlier.last <= restored and given.facts.released_sheet(earlier) is None:
        return f"The released sheet of {earlier.label} was lost before the database was restored."
    return ""


def warnings(given: Given) -> tuple[Warning, ...]:
    """Warn of a period that is not whole, of two that differ in length, and say when no change is shown."""
    said = []
    if given.before is None:
        reason = why_not_beside(given, given.earlier) if given.earlier else "There is no period before."
        said.append(f"{reason} Nothing is compared with it.")
    for period in (given.period, given.before):
        if period is None:
            continue
        if is_incomplete(period, given.now, given.data_until):
            said.append(
                f"{period.label} is not complete: it runs to {say_date(period.last)} and the data do not reach its "
                "end, so its counts will still rise."
            )
        if limits := given.known_of(period).limits:
            said.append(f"{period.label}: {', '.join(limits)}.")
    if given.before is not None and not given.comparable:
        said.append("Because of this no change is shown.")
    said += _unequal(given)
    return tuple(Warning(text) for text in said)


def _unequal(given: Given) -> list[str]:
    """Say that the periods differ in length, however little: the reader of per-day rates sees why."""
    if given.before is None or given.before.days == given.period.days:
        return []
    now, then = given.period, given.before
    return [
        f"The periods differ in length: {now.label} has {say_days(now.days)}, {then.label} {say_days(then.days)}. "
        "The rates per day allow for it; the counts do not."
    ]


def days(period: Period) -> str:
    return f"{say_date(period.first)} to {say_date(period.last)} ({say_days(period.days)})"


def day_before(period: Period) -> str:
    return say_date(period.first - timedelta(days=1))
