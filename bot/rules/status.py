"""What is to be said of an episode at a moment: flags, order, repeat rules met. Never a risk score (R24)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.frequency import currently_met
from bot.rules.model import Episode
from bot.rules.partnership import Band, RepeatRule

#: Order of the police grades in lists; ungraded stands above high until somebody grades it (edge case 28).
GRADE_ORDER = {None: 0, "high": 1, "medium": 2, "low": 3, "very_low": 4}
GRADE_WORDS = {None: "UNGRADED", "high": "HIGH", "medium": "medium", "low": "low", "very_low": "very low"}
DAY = timedelta(hours=24)
ADULT = 18


@dataclass(frozen=True, slots=True)
class Trigger:
    """A repeat rule met now, with the starts that meet it as evidence. A count, not a risk grade."""

    rule: RepeatRule
    starts: tuple[datetime, ...]


def grade_at(episode: Episode, now: datetime) -> str | None:
    """The latest police grade recorded by `now`; None while ungraded."""
    if episode.graded_at is not None and episode.graded_at > now:
        return None
    return episode.grade


def in_list_order(episodes: Sequence[Episode], now: datetime) -> list[Episode]:
    """Ungraded first, then by grade, then longest missing first."""
    return sorted(episodes, key=lambda x: (GRADE_ORDER[grade_at(x, now)], x.start_at, x.id))


def children(episodes: Iterable[Episode]) -> int:
    """How many children the episodes are of: two open records of one child are one child."""
    return len({x.child_id for x in episodes})


def council_return(episode: Episode, now: datetime) -> datetime | None:
    """The return that the council has recorded of a child whose police log is still open at `now`."""
    back = episode.returned_at or episode.interview.clock_start_at
    if not episode.open_at(now) or episode.end_at is not None or back is None or back > now:
        return None
    return back


def second_records(episodes: Sequence[Episode]) -> frozenset[int]:
    """Of episodes open at one time, those of a child whose other record began before."""
    first: dict[int, int] = {}
    for x in sorted(episodes, key=lambda x: (x.start_at, x.id)):
        first.setdefault(x.child_id, x.id)
    return frozenset(x.id for x in episodes if first[x.child_id] != x.id)


def age_band(age: int | None, bands: tuple[Band, ...]) -> str:
    """The age band of an age in years at the start; 'age not known' where no birth date was given.

    Nobody here is an adult or not born: then a birth date was put wrong, or put right, and somebody must look.
    """
    if age is None:
        return "age not known"
    if age >= ADULT:
        return "18 or over: check the birth date"
    if age < 0:
        return "not born then: check the birth date"
    return next((b.label for b in bands if b.holds(age)), f"{bands[-1].label}+")


def under_13(age: int | None) -> bool:
    """Whether the age is known to be below 13: then a duty manager is told at once."""
    return age is not None and age < 13


def category(episode: Episode) -> str:
    """Whose child, in the trade's words: hosted, UASC, looked-after, or from home."""
    if episode.hosted:
        return "hosted"
    if episode.uasc:
        return "UASC"
    return "looked-after" if episode.lac else "home"


def flags(episode: Episode, now: datetime) -> tuple[str, ...]:
    """Facts a duty manager must not miss, each from a recorded value or the clock."""
    length = min(now, episode.until_at) - episode.start_at
    found = {
        "under 13": episode.under_13,
        "child protection plan": episode.cp,
        "hosted: placing authority leads": episode.hosted,
        "UASC": episode.uasc,
        "over 72 h": length > 3 * DAY,
        "over 24 h": DAY < length <= 3 * DAY,
    }
    return tuple(name for name, true in found.items() if true)


def triggers(starts: Sequence[datetime], rules: Sequence[RepeatRule], now: datetime) -> tuple[Trigger, ...]:
    """The repeat rules a child meets now (R12)."""
    met = ((rule, currently_met(starts, rule, now)) for rule in rules)
    return tuple(Trigger(rule, found) for rule, found in met if found)
