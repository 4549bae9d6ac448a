"""The part of a period that is known: since the records began, over, reached by the export, and not in a gap.

A rate divides by these days alone. A month without a record between months with many is a gap: its file was not
loaded, or was cut short, so that its number is not known and never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.catalogue import _, date_words
from bot.rules.model import Period
from bot.rules.time.clock import Span, by_month, local_day, say_date, say_days, whole_months

#: Where months have 10 records on average, one has none by chance once in 22,000 months (e to the power of -10): less
#: than once in 1,800 years of one county. Below this an empty month may be true, and is shown as 0.
MANY = 10
#: The first month looked at where no day is chosen on which the records begin.
EARLIEST = date(1990, 1, 1)
DAY = timedelta(days=1)
Records = Callable[[Span], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Known:
    """The part of a period that is known on a day.

    `span` has its days that are known and over, None where there are none. `gaps` are the whole months, overlapping the
    period, that have no record although the months around them have many. `reached` is the last day that is over and
    in the police export whole, None where none was loaded.
    """

    period: Period
    span: Span | None
    gaps: tuple[Span, ...]
    begins: date | None
    reached: date | None
    today: date

    @property
    def days(self) -> int:
        """Count the days that a rate may divide by."""
        return 0 if self.span is None else _days(self.span) - sum(_days(_inside(gap, self.span)) for gap in self.gaps)

    @property
    def all_gap(self) -> bool:
        """Return True where nothing but gaps is known of the period: then no number of it is known."""
        return self.span is not None and bool(self.gaps) and self.days == 0

    @property
    def unreached(self) -> bool:
        """Return True where the export was taken before the period's first day: no number of it is known either."""
        return self.reached is not None and self.reached < self.period.first - DAY

    @property
    def limits(self) -> tuple[str, ...]:
        """Say what is not known of the period, or not over: 'known only from 1 Jul 2016', 'not over: 4 of 184 days'."""
        found = []
        if self.begins is not None and self.period.first < self.begins:
            found.append(_("known only from {begins}", begins=say_date(self.begins)))
        yesterday = self.today - DAY
        if self.period.last > yesterday:
            over = max(0, (yesterday - self.period.first).days + 1)
            found.append(_("not over: {over} of {days}", over=over, days=say_days(self.period.days)))
        if self.reached is not None and self.reached < min(self.period.last, yesterday):
            found.append(_("known only to {reached}", reached=say_date(self.reached)))
        return (*found, *([self.without_record] if self.gaps else []))

    @property
    def without_record(self) -> str:
        """'no record in Mar 2017 (not known whether none)'."""
        return _(
            "no record in {runs} (not known whether none)", runs=", ".join(_say_run(run) for run in _runs(self.gaps))
        )


def known_part(
    period: Period, now: datetime, begins: date | None, taken_at: datetime | None, records: Records
) -> Known:
    """Return what is known of a period.

    `begins` is the first day of the records, `taken_at` the time of the police export; `records` counts the county's
    records that begin in each month of some whole months.
    """
    today = local_day(now)
    reached = None if taken_at is None else local_day(min(now, taken_at)) - DAY
    span: Span | None = None
    gaps: tuple[Span, ...] = ()
    if reached is not None:
        first, last = max(period.first, begins or period.first), min(period.last, reached)
        span = Span(first, last) if first <= last else None
        gaps = _gaps(period, begins or EARLIEST, reached, records)
    return Known(period, span, gaps, begins, reached, today)


def _gaps(period: Period, begins: date, reached: date, records: Records) -> tuple[Span, ...]:
    """Return the whole known months overlapping a period that have no record although their neighbours have many.

    The neighbours are the nearest whole known months before and after that have one. A gap at either end of the records
    has one neighbour: a county that had many children missing has not had none since.
    """
    known = [m for m in by_month(begins, reached) if whole_months(*m)]
    counted: dict[Span, int] = {}

    def count(month: Span) -> int:
        if month not in counted:  # a year is read at once
            year = [m for m in known if m.first.year == month.first.year]
            counted.update(zip(year, records(Span(year[0].first, year[-1].last)), strict=True))
        return counted[month]

    def many_beside(n: int) -> bool:
        sides = (reversed(known[:n]), known[n + 1 :])
        beside = [nearest for side in sides if (nearest := next(filter(None, map(count, side)), 0))]
        return bool(beside) and sum(beside) >= MANY * len(beside)

    inside = [n for n, month in enumerate(known) if month.first <= period.last and month.last >= period.first]
    return tuple(known[n] for n in inside if not count(known[n]) and many_beside(n))


def _days(span: Span) -> int:
    return max(0, (span.last - span.first).days + 1)


def _inside(gap: Span, span: Span) -> Span:
    return Span(max(gap.first, span.first), min(gap.last, span.last))


def _runs(gaps: Sequence[Span]) -> Iterator[Span]:
    """Join months that follow one another."""
    run: Span | None = None
    for gap in gaps:
        if run is not None and run.last + DAY == gap.first:
            run = Span(run.first, gap.last)
            continue
        if run is not None:
            yield run
        run = gap
    if run is not None:
        yield run


def _say_run(run: Span) -> str:
    ends = date_words(run.last, "%b %Y")
    return (
        ends
        if whole_months(*run) == 1
        else _("{run_first} to {ends}", run_first=date_words(run.first, "%b %Y"), ends=ends)
    )
