"""Pieces of the rule book that do not hold yet, and why; a piece that begins to hold has to be taken out."""

from __future__ import annotations

#: By case: each piece that does not hold, with a word of why; in the order of the case.
NOT_YET: dict[str, dict[str, str]] = {}

#: Measures of the simulated days (`tests/bench/ninety_days.py`) that are not 0 yet.
OF_THE_DAYS: dict[str, str] = {}
