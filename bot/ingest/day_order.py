"""Whether the days of a file make sense as they are read: day first, or month first where the partnership says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

_SLASHES = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
#: A day may lie so far behind the time the export was taken before it lies in the time to come.
AHEAD = timedelta(days=1)


class DayOrder:
    """Counts the rows whose days make sense in one order only. Once one shows that the file is read rightly (`right`),
    no others need be looked at.

    A day above 12 shows it; so does a day in the time to come, if it is none in the other order.
    """

    def __init__(self, taken: date, *, month_first: bool = False) -> None:
        self._limit = taken + AHEAD
        self._month_first = month_first
        self.right = False
        self._wrong = 0
        self._rows = 0

    def seen(self, cells: Iterable[str]) -> None:
        """The cells of a row's dates and times."""
        found = [self._says(cell) for cell in cells if "/" in cell]
        self.right = True in found
        self._wrong += False in found
        self._rows += bool(found)

    def _says(self, cell: str) -> bool | None:
        """Whether the cell makes sense only as the file is read (True), only the other way (False), or either way."""
        parts = _SLASHES.match(cell)
        if not parts:
            return None
        first, second, year = int(parts[1]), int(parts[2]), int(parts[3])
        as_read, other = (self._sound(year, second, first), self._sound(year, first, second))
        if self._month_first:
            as_read, other = other, as_read
        return None if as_read == other else as_read

    def _sound(self, year: int, month: int, day: int) -> bool:
        try:
            return date(year, month, day) <= self._limit
        except ValueError:
            return False

    @property
    def wrong(self) -> bool:
        """Nothing shows that the order is right, and more than a slip of the pen that it is not."""
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
