"""Rates with both counts, percent changes, per-day rates, and warnings for comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from bot.rules.interviews.state import ended, happened, not_possible, required
from bot.rules.model import Episode, Interview, Period
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


@dataclass(frozen=True, slots=True)
class InterviewTally:
    """Counts of episodes by the outcome of their interview. Tallies of areas add up.

    E is the ended missing episodes, R those of E that need an interview by this council (R20).
    In time is on or before `counts_until`: clock start + 72 h to the second, or the end of day + 3
    where only the date of the return is known (R18, R19).
    """

    episodes: int = 0  # E
    required: int = 0  # R
    offered: int = 0  # in R
    offered_in_time: int = 0  # in R
    accepted: int = 0  # in R and offered
    declined: int = 0  # in R and offered
    held: int = 0  # in E: the 2017 report's "completed"
    held_required: int = 0  # in R
    held_in_time: int = 0  # in R
    recorded_in_time: int = 0  # in E and held
    recorded_in_time_required: int = 0  # in R and held
    resolved: int = 0  # in R: held, declined with the carer contacted, or not possible with a reason

    def __add__(self, other: InterviewTally) -> InterviewTally:
        return InterviewTally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


class Kpi(NamedTuple):
    """One interview figure with both its counts, and its formula in words."""

    id: str
    label: str
    rate: Rate
    formula: str


def kpis(t: InterviewTally) -> tuple[Kpi, ...]:
    """Return K1-K9 of domain.md section 11, in order. K10 is `median_hours`."""
    return (
        Kpi("K1", "Offered", Rate(t.offered, t.required), "offered / required"),
        Kpi("K2", "Offered within 72 h", Rate(t.offered_in_time, t.required), "offered within 72 h / required"),
        Kpi("K3", "Accepted (of offered)", Rate(t.accepted, t.offered), "accepted / offered"),
        Kpi("K4", "Declined (of offered)", Rate(t.declined, t.offered), "declined / offered"),
        Kpi("K5", "Completed", Rate(t.held, t.episodes), "held / ended missing episodes"),
        Kpi("K6", "Held within 72 h", Rate(t.held_in_time, t.required), "held within 72 h / required"),
        Kpi(
            "K7",
            "Recorded within 72 h (of completed)",
            Rate(t.recorded_in_time, t.held),
            "held and recorded within 72 h / held",
        ),
        Kpi(
            "K8",
            "Recorded within 72 h (of required)",
            Rate(t.recorded_in_time_required, t.required),
            "held and recorded within 72 h / required",
        ),
        Kpi(
            "K9",
            "Resolved",
            Rate(t.resolved, t.required),
            "held, declined with carer contacted, or not possible with a reason / required",
        ),
    )


def median_hours(spans: list[timedelta]) -> Decimal | None:
    """Return the middle length in hours, one decimal, half up (K10); None where there are none."""
    if not spans:
        return None
    ordered = sorted(spans)
    middle = ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
    return half_up(middle // timedelta(microseconds=1), 2 * 3_600_000_000, 1)


def tally(episodes: Iterable[Episode], now: datetime) -> InterviewTally:
    """Count the facts known at `now`: the plain reference that the store's counting must equal.

    Episodes that are not missing, or not ended yet, count nowhere. An event after `now` has not happened yet.
    """
    total = InterviewTally()
    for episode in episodes:
        if episode.kind != "missing" or not ended(episode, now):
            continue
        i, needed = episode.interview, required(episode, now)
        offered, held = happened(i.offered_at, now), happened(i.held_at, now)
        recorded_in_time = held and _in_time(i, i.recorded_at, now)
        # Not held, and rightly so: declined with the carer contacted, or not possible for its reason (K9).
        if i.response == "declined":
            settled = offered and i.outcome_reason == "carer_contacted"
        else:
            settled = not_possible(i) and (i.offered_at is None or i.offered_at <= now)
        total += InterviewTally(
            episodes=1,
            required=int(needed),
            offered=int(needed and offered),
            offered_in_time=int(needed and _in_time(i, i.offered_at, now)),
            accepted=int(needed and offered and i.response == "accepted"),
            declined=int(needed and offered and i.response == "declined"),
            held=int(held),
            held_required=int(needed and held),
            held_in_time=int(needed and _in_time(i, i.held_at, now)),
            recorded_in_time=int(recorded_in_time),
            recorded_in_time_required=int(needed and recorded_in_time),
            resolved=int(needed and (held or settled)),
        )
    return total


def _in_time(interview: Interview, at: datetime | None, now: datetime) -> bool:
    """Exactly 72:00:00 is in time (R18)."""
    limit = interview.counts_until
    return at is not None and at <= now and limit is not None and at <= limit


NOT_SHOWN = "not shown"


def course(name: str, labels: Sequence[str], values: Sequence[float | None]) -> str:
    """Write 'Episodes: first 4 (2016-H1), last 7 (2017-H1), highest 9 (2016-H2), lowest 4 (2016-H1).'

    None is not shown, and highest and lowest are those of the rest; of several equal ones the first. Of two values
    the first and the last are enough.
    """
    if not labels:
        return f"{name}: {NOT_SHOWN}."
    pairs = list(zip(labels, values, strict=True))
    shown = [(label, value) for label, value in pairs if value is not None]
    if not shown:
        return f"{name}: {NOT_SHOWN}."
    if len(pairs) == 1:
        return f"{name}: {_point(*pairs[0])}."
    ends = f"{name}: first {_point(*pairs[0])}, last {_point(*pairs[-1])}"
    if len(pairs) == 2:
        return f"{ends}."
    of = " shown" if len(shown) < len(pairs) else ""
    numbers = [value for _, value in shown]
    highest, lowest = (shown[numbers.index(most)] for most in (max(numbers), min(numbers)))
    if highest[1] == lowest[1]:
        return f"{ends}, never another number{of}."
    return f"{ends}, highest{of} {_point(*highest)}, lowest{of} {_point(*lowest)}."


def _point(label: str, value: float | None) -> str:
    return f"{NOT_SHOWN if value is None else f'{value:g}'} ({label})"
