"""Months with more episodes than usual, and the events that people note on a month.

A month is compared with the median of the 12 complete months before it. The first 12 months of the records have no 12
before them, and are compared with the median of those 12. Two limits are known (domain.md section 11): the median plus
3 x 1.4826 x MAD, and a Poisson count of p < 0.01 against the median. Measured on 200 invented counties without a spike
(tests/rules/figures/test_spikes.py), the first flags up to 9 % of months where they are small, the second up to 12 %
where a few children are missing again and again. A month is flagged above both, the second at p < 0.001.

Flagged months stay in later baselines: a median of 12 is not moved by a few of them, and a rise that lasts becomes the
usual number instead of being flagged for ever. Nothing here says why a month is high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import exp, floor, lgamma, log
from statistics import median
from typing import Final, Literal, get_args

from bot.rules.catalogue import _
from bot.rules.partnership.roles import Role

#: Complete months of a baseline.
MONTHS: Final = 12
#: Scales the median absolute deviation to the standard deviation of a normal distribution.
MAD_SCALE: Final = 1.4826
DEVIATIONS: Final = 3
#: A month as high or higher than one flagged comes by chance once in a thousand, if the children were independent.
CHANCE: Final = 0.001
#: The least mean of the Poisson limit: where most months have no episode, a median of 0 would flag any single one.
LEAST_MEAN: Final = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One month beside its usual range.

    `episodes` is None where the number is not known (or not shown), `usual` and `limit` where 12 months to compare with
    are not known. `limit` is the highest number that is still in the usual range. `of_first_year`: compared with the
    first 12 months of the records, of which it is one.
    """

    first_day: date
    episodes: int | None
    usual: float | None = None
    limit: int | None = None
    of_first_year: bool = False

    @property
    def above(self) -> bool:
        """Return True for a month above the usual range; never for one below it."""
        return self.episodes is not None and self.limit is not None and self.episodes > self.limit


def judge(months: Sequence[tuple[date, int | None]]) -> tuple[Judged, ...]:
    """Judge complete months in order, from the first of the records; None where a month's number is not known.

    A baseline has the 12 newest known months before the month: an unknown one is passed over, never counted as 0.
    """
    known = [n for _, n in months if n is not None]
    found: list[Judged] = []
    before = 0
    for first_day, n in months:
        if n is None:
            found.append(Judged(first_day, None))
            continue
        since = max(0, before - MONTHS)
        baseline = known[since : since + MONTHS]
        if len(baseline) < MONTHS:
            found.append(Judged(first_day, n))
        else:
            found.append(Judged(first_day, n, median(baseline), limit(baseline), before < MONTHS))
        before += 1
    return tuple(found)


def limit(baseline: Sequence[int]) -> int:
    """Return the highest count that is in the usual range of these months: the higher one of the two limits."""
    usual = median(baseline)
    spread = MAD_SCALE * median(abs(n - usual) for n in baseline)
    return max(floor(usual + DEVIATIONS * spread), poisson_limit(usual))


def poisson_limit(usual: float, chance: float = CHANCE) -> int:
    """Return the highest count that a Poisson variable with this mean reaches or exceeds with at least the chance."""
    mean = max(usual, LEAST_MEAN)

    def probability(n: int) -> float:
        return exp(n * log(mean) - mean - lgamma(n + 1))

    highest = n = floor(mean)
    above = 0.0  # the probability of more than `highest`
    while (one := probability(n := n + 1)) > chance / 1e9:
        above += one
    while above >= chance:
        highest += 1
        above -= probability(highest)
    return highest


Event = Literal[
    "school-holidays",
    "exam-period",
    "new-recording-rule",
    "police-operation",
    "home-opened",
    "home-closed",
    "data-gap",
    "severe-weather",
    "public-event",
]
EVENTS: Final[tuple[Event, ...]] = get_args(Event)
EVENT_WORDS: Final[dict[str, str]] = {
    "school-holidays": _("school holidays"),
    "exam-period": _("exam period"),
    "new-recording-rule": _("new rule of recording"),
    "police-operation": _("police operation"),
    "home-opened": _("home opened"),
    "home-closed": _("home closed"),
    "data-gap": _("gap in the data"),
    "severe-weather": _("severe weather"),
    "public-event": _("public event"),
}


@dataclass(frozen=True, slots=True)
class MonthNote:
    """An event that a person noted on a month: of one area, or ("") of the whole county. It explains nothing."""

    first_day: date
    event: str
    area: str
    role: Role
    said_at: datetime
