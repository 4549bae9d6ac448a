"""Rates with both counts, percent changes, per-day rates, and warnings for comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.rules.model import Period
from bot.rules.time.clock import window

#: R13: below this the old count is too small for its percent change to mean much.
LOW_BASE = 10
#: R14: periods with lengths that differ by more than this many percent of the longer are read per day.
LENGTH_TOLERANCE = 3


class FigureError(ValueError):
    """A figure that would be wrong, refused before it is shown."""


def half_up(numerator: int, denominator: int, places: int) -> Decimal:
    """Divide to `places` decimals, half up on the absolute value (R13).

    Whole-number arithmetic throughout: binary floats and rounding twice both turn 0.05 the wrong way.
    ZeroDivisionError where the denominator is 0.
    """
    sign = "-" if (numerator < 0) != (denominator < 0) else ""
    top, bottom = abs(numerator) * 10**places, abs(denominator)
    rounded = (2 * top + bottom) // (2 * bottom)
    return Decimal(f"{sign if rounded else ''}{rounded}e-{places}")


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a whole, always printed with both counts (domain.md section 11)."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        _refuse_negative(self.numerator, self.denominator)

    @property
    def percent(self) -> Decimal | None:
        """Percent to one decimal, half up; None with a denominator of 0."""
        return half_up(100 * self.numerator, self.denominator, 1) if self.denominator else None

    @property
    def text(self) -> str:
        """'171/188 91.0%' or '0/0 n/a'."""
        percent = "n/a" if self.percent is None else f"{self.percent}%"
        return f"{self.numerator}/{self.denominator} {percent}"


@dataclass(frozen=True, slots=True)
class Change:
    """The change from an old count to a new one (R13)."""

    old: int
    new: int

    def __post_init__(self) -> None:
        _refuse_negative(self.old, self.new)

    @property
    def difference(self) -> int:
        return self.new - self.old

    @property
    def percent(self) -> Decimal | None:
        """Percent of the old count, one decimal, half up; 0.0 from 0 to 0, None from 0 to more."""
        return _percent_change(self.old, self.new)

    @property
    def low_base(self) -> bool:
        return 0 < self.old < LOW_BASE

    @property
    def text(self) -> str:
        """'+1.2%', '0.0%' or 'n/a (from 0)'; ' (low base)' follows where the old count is under 10."""
        return signed(self.percent) + (" (low base)" if self.low_base else "")


def signed(percent: Decimal | None) -> str:
    """Write a percent change, with a sign unless it is zero; None is a change from nothing, without a percent."""
    if percent is None:
        return "n/a (from 0)"
    return f"{percent:+}%" if percent else f"{percent}%"


def per_day(count: int, days: int) -> Decimal:
    """Return the count per day of the period, two decimals, half up. FigureError for fewer than one day."""
    _refuse_no_days(days)
    return half_up(count, days, 2)


def rate_change(old: int, old_days: int, new: int, new_days: int) -> Decimal | None:
    """Return the percent change of the per-day rate, from the exact rates and not from the rounded ones (R14).

    None where the old count is 0 and the new one is not.
    """
    _refuse_no_days(min(old_days, new_days))
    return _percent_change(old * new_days, new * old_days)


def is_incomplete(period: Period, now: datetime, data_until: datetime | None) -> bool:
    """Return True for a period that is still running, or was not over in the last load (R14).

    `data_until` is the time of the export; None where that is not known.
    """
    ends = window(period)[1]
    return ends > now or (data_until is not None and ends > data_until)


def period_warnings(first: Period, second: Period, now: datetime, data_until: datetime | None) -> tuple[str, ...]:
    """Warn the reader of a comparison of periods of different lengths, or incomplete ones (R14)."""
    longer, gap = max(first.days, second.days), abs(first.days - second.days)
    sentences = []
    if 100 * gap > LENGTH_TOLERANCE * longer:
        sentences.append(
            f"The periods differ in length by {half_up(100 * gap, longer, 1)}% ({first.label}: {_days(first)}, "
            f"{second.label}: {_days(second)}): compare the per-day rates, not the counts."
        )
    for p in dict.fromkeys((first, second)):
        if is_incomplete(p, now, data_until):
            sentences.append(
                f"{p.label} is not complete: it runs to {p.last.day} {p.last:%b %Y} "
                "and the data do not reach its end, so its counts will still rise."
            )
    return tuple(sentences)


def _days(period: Period) -> str:
    return f"{period.days} day" if period.days == 1 else f"{period.days} days"


def _percent_change(old: int, new: int) -> Decimal | None:
    if old == 0:
        return Decimal("0.0") if new == 0 else None
    return half_up(100 * (new - old), old, 1)


def _refuse_negative(*counts: int) -> None:
    if min(counts) < 0:
        raise FigureError(f"a count cannot be negative: {min(counts)}")


def _refuse_no_days(days: int) -> None:
    if days < 1:
        raise FigureError(f"a per-day rate needs at least one day, not {days}")
