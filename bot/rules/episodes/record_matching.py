"""Match police and council records into episodes: by shared reference, else by the same minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bot.rules.episodes.source_records import CouncilRecord, PoliceRecord
from bot.rules.time.clock import at_midnight


class Pair(NamedTuple):
    """One episode: a police record, a council record, or both."""

    police: PoliceRecord | None
    council: CouncilRecord | None


class KnownRecord(NamedTuple):
    """A stored episode, with the references of its records."""

    id: int
    occurrence_ref: str | None
    episode_ref: str | None


def pair(police: Sequence[PoliceRecord], council: Sequence[CouncilRecord]) -> list[Pair]:
    """Match the records of ONE child, in order of start. A record without a match stays alone; none is guessed."""
    if not council:
        return sorted((Pair(p, None) for p in police), key=_order)
    # By shared reference: the council's record names the police's occurrence.
    occurrences = {p.occurrence_ref for p in police}
    partner = {c.occurrence_ref: c for c in council if c.occurrence_ref in occurrences and c.occurrence_ref}
    # By the same start to the minute, where exactly one record of each agency has it. A council record that names an
    # occurrence belongs to that one. One that begins at midnight stands for a day without a time, too little to make
    # two records one.
    free = [p for p in police if p.occurrence_ref not in partner and p.start_known]
    starts = Counter(_minute(p.start_at) for p in free)
    unnamed = [c for c in council if c.occurrence_ref is None and c.kind == "missing" and c.start_known]
    times = Counter(_minute(c.start_at) for c in unnamed)
    only = {minute: c for c in unnamed if times[minute := _minute(c.start_at)] == 1 and not at_midnight(minute)}
    for p in free:
        minute = _minute(p.start_at)
        if minute in only and starts[minute] == 1:
            partner[p.occurrence_ref] = only[minute]
    taken = {c.episode_ref for c in partner.values()}
    pairs = [Pair(p, partner.get(p.occurrence_ref)) for p in police]
    pairs += [Pair(None, c) for c in council if c.episode_ref not in taken]
    return sorted(pairs, key=_order)


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _order(pair: Pair) -> tuple[datetime, str, str]:
    start = pair.police.start_at if pair.police else pair.council.start_at if pair.council else None
    if start is None:
        raise ValueError("a pair of nothing")
    return (
        start,
        pair.police.occurrence_ref if pair.police else "",
        pair.council.episode_ref if pair.council else "",
    )


def keep_numbers(pairs: Sequence[Pair], known: Sequence[KnownRecord]) -> tuple[list[int | None], list[int]]:
    """Return the stored number of each pair (None: a new episode), and the numbers that no pair needs any more.

    An episode keeps its number when the other agency's record arrives, and follows the police
    record when two that were separate turn out to be one.
    """
    by_occurrence = {k.occurrence_ref: k.id for k in known if k.occurrence_ref}
    by_episode = {k.episode_ref: k.id for k in known if k.episode_ref}
    numbers = [by_occurrence.get(p.police.occurrence_ref) if p.police else None for p in pairs]
    used = {n for n in numbers if n}
    for at, (_, council) in enumerate(pairs):
        number = by_episode.get(council.episode_ref) if council and not numbers[at] else None
        if number and number not in used:
            numbers[at] = number
            used.add(number)
    return numbers, [k.id for k in known if k.id not in used]
