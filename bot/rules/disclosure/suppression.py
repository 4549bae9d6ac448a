"""Suppression of a sheet: hide the small counts, then as many more as keep them from being worked out.

A hidden count is safe when an alternative table can be built that prints the same and differs there.
Until one is found a further count is hidden. It is chosen by its place in the sheet and never by its
size: "the smallest of those left" would tell its value to a reader who knows this program.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.rules.disclosure.alternative_table import NumberedTable, Pin, find
from bot.rules.disclosure.linked_table import Key, Sheet

THRESHOLD = 5
PATIENCE = 10  # after hiding so many counts for one, all printed counts of the next pin are hidden at once


def is_small(value: int, threshold: int = THRESHOLD) -> bool:
    """Return True for 1 to the threshold. Zero tells of no child, and is always printed."""
    return 1 <= value <= threshold


def hidden_cells(sheet: Sheet, threshold: int = THRESHOLD, given: Collection[Key] = ()) -> frozenset[Key]:
    """Return the counts that must not be printed; `given` are hidden whatever their size."""
    small = [c for c in sheet.cells.values() if c.sensitive and is_small(c.value, threshold)]
    first = [c.key for c in sheet.printed if is_small(c.value, threshold) or c.key in given]
    hiding = _Hiding(NumberedTable(sheet, first), set())
    hiding.protect([*first, *(c.key for c in small if c.kind != "printed")])
    return frozenset(hiding.table.hidden)


@dataclass
class _Hiding:
    table: NumberedTable
    safe: set[Key]

    def protect(self, targets: Iterable[Key]) -> None:
        """Hide further counts until each target is safe.

        It ends: with every count hidden, twice every count is an alternative that prints the same.
        """
        waiting = list(targets)
        for target in waiting:  # grows while it is read
            tried = 0
            while target not in self.safe:
                further = self._hide_for(target, at_once=tried >= PATIENCE)
                if not further:
                    break
                waiting += further
                tried += 1

    def _hide_for(self, target: Key, at_once: bool) -> list[Key]:
        """Hide counts for the target and return them; none once it is safe, or all is hidden."""
        own = self.table.cells[self.table.at[target]].block
        for block in (own, "") if own and not at_once else ("",):
            alternative, pins = find(self.table, target, block)
            if alternative:
                self.safe |= alternative
                return []
            further = self._printed_nearby(pins, target, block)
            if further:
                chosen = further if at_once else further[:1]
                for key in chosen:
                    self.table.hide(key)
                return chosen
        return []

    def _printed_nearby(self, pins: list[Pin], target: Key, block: str) -> list[Key]:
        """Return the printed counts of the relations that pin the target soonest, or further off; least worth first."""
        for near in self.table.nearest(target, pins):
            printed = {c.key: c for c in near if self.table.may_hide(c, block)}
            if printed:
                return sorted(printed, key=lambda k: (printed[k].worth, k))
        return []
