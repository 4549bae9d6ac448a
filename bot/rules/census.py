"""The children looked after on one day: with and without UASC, by placement, and the day to compare with."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from bot.rules.model import LookedAfter
from bot.rules.time.clock import add_months

#: Placements in the order of a table; None is not known. An order by size would rank hidden counts.
PLACEMENTS = (
    *("residential", "own_foster", "kinship", "ifa", "adoptive", "with_parents", "independent_living"),
    *("semi_independent", "other", None),
)


@dataclass(frozen=True, slots=True)
class Population:
    """The children whom the authority looked after on a day, in groups without a child in two of them."""

    groups: tuple[LookedAfter, ...]

    @property
    def total(self) -> int:
        return sum(g.children for g in self.groups)

    @property
    def uasc(self) -> int:
        return sum(g.children for g in self.groups if g.uasc)

    @property
    def without_uasc(self) -> int:
        return self.total - self.uasc

    def placed(self, placement: str | None, providers: Collection[str] | None = None) -> int:
        """Count the children in one kind of placement, with any provider or with one of these."""
        of_kind = (g for g in self.groups if g.placement == placement)
        return sum(g.children for g in of_kind if providers is None or g.provider in providers)


def half_a_year_before(day: date) -> date:
    """Return the same day six months before: the last of a month for the last of a month (30 November for 31 May)."""
    month = add_months(day.replace(day=1), -6)
    last = monthrange(month.year, month.month)[1]
    ends = (day + timedelta(days=1)).day == 1
    return month.replace(day=last if ends else min(day.day, last))
