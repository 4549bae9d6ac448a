"""Check that the days of a file make sense as read: day first, or month first if the partnership file says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

_SLASHES = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
#: A day lies in the future when it is later than this after the time the export was taken.
AHEAD = timedelta(days=1)


class DayOrder:
    """Counts the rows whose days make sense in one order only.

    A day above 12 shows the order; so does a day in the future, if it is not one in the other order. Once a row shows
    that the file is read rightly (`right`), no other row need be looked at.
    """

    def __init__(self, taken: date, *, month_first: bool = False) -> None:
        self._limit = taken + AHEAD
        self._month_first = month_first
        self.right = False
        self._wrong = 0
        self._rows = 0

    def add(self, cells: Iterable[str]) -> None:
        """Count one row by the cells of its dates and times."""
        slashed = [cell for cell in cells if "/" in cell]
        only_as_read = []  # for each cell that makes sense in one order only: True if that is the order of the file
        for cell in slashed:
            if parts := _SLASHES.match(cell):
                first, second, year = int(parts[1]), int(parts[2]), int(parts[3])
                day_first, month_first = self._sound(year, second, first), self._sound(year, first, second)
                if day_first != month_first:
                    only_as_read.append(month_first if self._month_first else day_first)
        self.right = True in only_as_read
        self._wrong += False in only_as_read
        self._rows += bool(slashed)

    def _sound(self, year: int, month: int, day: int) -> bool:
        try:
            return date(year, month, day) <= self._limit
        except ValueError:
            return False

    @property
    def wrong(self) -> bool:
        """True if no row shows that the order is right, and more than a slip of the pen shows that it is not."""
        return not self.right and self._wrong > 0 and (self._wrong > 1 or self._wrong == self._rows)

    def fault(self, source: str) -> str:
        read, other = ("month first", "day first") if self._month_first else ("day first", "month first")
        forms = ("dd/mm", "mm/dd") if self._month_first else ("mm/dd", "dd/mm")
        return (
            f"the days of this file only make sense {other} ({forms[0]}), and it was read {read} ({forms[1]}). "
            f"Export it with days as {forms[1]} or 2017-05-31; or, where the system always writes {forms[0]}, say "
            f'day_order = "{other.replace(" ", "-")}" under [sources.{source}] in the partnership file. '
            "Nothing was changed."
        )
