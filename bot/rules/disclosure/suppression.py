"""Which counts of a sheet are hidden: the small ones, then as many more as keep them from being worked out.

A hidden count is safe when another whole sheet can be built that prints the same and differs there.
Until one is found a further count is hidden. Which one depends on its place in the sheet and never
on its size: "the smallest of those left" would tell somebody who knows this program what it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.rules.disclosure.alternative_table import NumberedTable, Pin, find
from bot.rules.disclosure.linked_table import Cell, Key, Sheet

THRESHOLD = 5
PATIENCE = 10  # after hiding so many counts for one, whatever stands in its way is hidden at once


def is_small(value: int, threshold: int = THRESHOLD) -> bool:
    """Zero is not small: it tells of nobody, and is always printed."""
    return 1 <= value <= threshold


def hidden_cells(sheet: Sheet, threshold: int = THRESHOLD, given: Collection[Key] = ()) -> frozenset[Key]:
    """The printed counts that must not be; `given` are hidden whatever they are."""
    first = [c.key for c in sheet.printed if is_small(c.value, threshold) or c.key in given]
    rest = [c.key for c in sheet.cells.values() if c.kind != "printed" and _told(c, threshold)]
    hiding = _Hiding(NumberedTable(sheet, first), set())
    hiding.protect([*first, *rest])
    return frozenset(hiding.board.hidden)


def _told(cell: Cell, threshold: int) -> bool:
    return cell.sensitive and is_small(cell.value, threshold)


@dataclass
class _Hiding:
    board: NumberedTable
    safe: set[Key]

    def protect(self, targets: Iterable[Key]) -> None:
        """With nothing left to hide all is multiples of itself: twice every count prints the same."""
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
        """Nothing once the target is safe, or all is hidden; else what was hidden for it."""
        own = self.board.cells[self.board.at[target]].block
        for block in (own, "") if own and not at_once else ("",):
            witness, pins = find(self.board, target, block)
            if witness:
                self.safe |= witness
                return []
            further = self._in_the_way(pins, target, block)
            if further:
                chosen = further if at_once else further[:1]
                for key in chosen:
                    self.board.hide(key)
                return chosen
        return []

    def _in_the_way(self, pins: list[Pin], target: Key, block: str) -> list[Key]:
        """What is printed in the relations that pin the target soonest, or in those further off; least worth first."""
        for near in self.board.nearest(target, pins):
            shown = {c.key: c for c in near if self.board.may_hide(c, block)}
            if shown:
                return sorted(shown, key=lambda k: (shown[k].worth, k))
        return []
