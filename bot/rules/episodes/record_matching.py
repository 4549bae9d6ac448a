"""Which police record and which council record are one episode: by shared reference, else the same minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bot.rules.episodes.source_records import CouncilRecord, PoliceRecord
from bot.rules.time.clock import to_london


class Pair(NamedTuple):
    """One episode: a police record, a council record, or both."""

    police: PoliceRecord | None
    council: CouncilRecord | None


class Known(NamedTuple):
    """An episode as it is stored: which records it stood for until now."""

    id: int
    occurrence_ref: str | None
    episode_ref: str | None


def pair(police: Sequence[PoliceRecord], council: Sequence[CouncilRecord]) -> list[Pair]:
    """The episodes of ONE child, in order of start. What does not match stays alone; nothing is guessed."""
    partner = _by_reference(police, council)
    free = [p for p in police if p.occurrence_ref not in partner]
    partner |= _by_minute(free, council)
    taken = {c.episode_ref for c in partner.values()}
    pairs = [Pair(p, partner.get(p.occurrence_ref)) for p in police]
    pairs += [Pair(None, c) for c in council if c.episode_ref not in taken]
    return sorted(pairs, key=_order)


def _by_reference(police: Sequence[PoliceRecord], council: Sequence[CouncilRecord]) -> dict[str, CouncilRecord]:
    ours = {p.occurrence_ref for p in police}
    return {c.occurrence_ref: c for c in council if c.occurrence_ref in ours and c.occurrence_ref}


def _by_minute(police: Sequence[PoliceRecord], council: Sequence[CouncilRecord]) -> dict[str, CouncilRecord]:
    """The same start to the minute, where exactly one record of each agency has it.

    A council record that names an occurrence is not asked: it said which one it means.
    """
    starts = Counter(_minute(p.start_at) for p in police if p.start_known)
    unnamed = [c for c in council if c.occurrence_ref is None and c.kind == "missing" and c.start_known]
    times = Counter(_minute(c.start_at) for c in unnamed)
    only = {_minute(c.start_at): c for c in unnamed if times[_minute(c.start_at)] == 1 and _timed(c.start_at)}
    return {
        p.occurrence_ref: only[_minute(p.start_at)]
        for p in police
        if p.start_known and _minute(p.start_at) in only and starts[_minute(p.start_at)] == 1
    }


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _timed(instant: datetime) -> bool:
    """Midnight stands for "that day, no time given": too little to say that two records are one."""
    local = to_london(instant)
    return (local.hour, local.minute) != (0, 0)


def _order(pair: Pair) -> tuple[datetime, str, str]:
    start = pair.police.start_at if pair.police else pair.council.start_at if pair.council else None
    if start is None:
        raise ValueError("a pair of nothing")
    return (
        start,
        pair.police.occurrence_ref if pair.police else "",
        pair.council.episode_ref if pair.council else "",
    )


def keep_numbers(pairs: Sequence[Pair], known: Sequence[Known]) -> tuple[list[int | None], list[int]]:
    """The stored number of each pair (None: a new episode), and the numbers that no pair needs any more.

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
