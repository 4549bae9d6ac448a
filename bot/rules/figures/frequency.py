"""Frequency of going missing: bands, repeats, concentration and repeat rules (R8-R12)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from bot.rules.figures.rates import FigureError, Rate, half_up
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import Band, Partnership, RepeatRule
from bot.rules.time import freshness


@dataclass(frozen=True, slots=True)
class Headline:
    """The digest at level 0. It has no episode, no child and no reference to give."""

    since: datetime
    until: datetime
    now: datetime
    missing: int
    reported: int
    returned: int
    overdue: int
    due_soon: int
    sources: tuple[Freshness, ...]

    def usable(self, source: str) -> bool:
        """Return True for a source recent enough to be read; too old is never zero."""
        return all(freshness.usable(s, self.now) for s in self.sources if s.source == source)


@dataclass(frozen=True, slots=True)
class AreaCount:
    """Children and episodes of one area; a child is counted once in every area it had an episode in."""

    area: str
    name: str
    children: int
    episodes: int


def split(
    partnership: Partnership, counts: Mapping[str, tuple[int, int]], children: int, episodes: int, in_several: int
) -> tuple[AreaCount, ...]:
    """Return a row for every area of the partnership, empty ones too, checked against the county's own counts.

    `counts` is area -> (children, episodes), `in_several` the children counted in more than one area.
    FigureError where episodes do not add up, or where children could not: the areas' children less
    the county's must be explained by the children in several areas.
    """
    rows = tuple(AreaCount(a.id, a.name, *counts.get(a.id, (0, 0))) for a in partnership.areas)
    unlisted = set(counts) - {a.id for a in partnership.areas}
    if unlisted:
        raise FigureError(f"{len(unlisted)} areas of the records are not in the partnership file")
    if sum(r.episodes for r in rows) != episodes:
        raise FigureError(f"the areas hold {sum(r.episodes for r in rows)} episodes, the county {episodes}")
    counted_again = sum(r.children for r in rows) - children
    if not in_several <= counted_again <= in_several * (len(rows) - 1):
        raise FigureError(f"the areas count {counted_again} children again, but {in_several} are in several areas")
    return rows


@dataclass(frozen=True, slots=True)
class Frequency:
    """Children by their number of episodes, within ONE scope and period (R9).

    `counts` pairs a number of episodes with the number of children who had just so many, in rising
    order. Frequencies of two areas must not be added: a child may be in both.
    """

    counts: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        numbers = [episodes for episodes, _ in self.counts]
        if numbers != sorted(set(numbers)):
            raise FigureError("a frequency lists each number of episodes once, in rising order")
        if any(episodes < 1 or children < 1 for episodes, children in self.counts):
            raise FigureError("a frequency counts children with at least one episode")

    @classmethod
    def of(cls, children_by_episodes: Mapping[int, int]) -> Frequency:
        """Make it from number of episodes -> number of children; numbers without a child are left out."""
        return cls(tuple(sorted((e, c) for e, c in children_by_episodes.items() if c)))

    @classmethod
    def per_child_counts(cls, episodes_of_each_child: Iterable[int]) -> Frequency:
        """Make it from the number of episodes of each child."""
        return cls.of(Counter(episodes_of_each_child))

    @property
    def children(self) -> int:
        """Distinct children with an episode (R8)."""
        return sum(children for _, children in self.counts)

    @property
    def episodes(self) -> int:
        return sum(episodes * children for episodes, children in self.counts)

    @property
    def once_only(self) -> int:
        """Children with one episode in the period: not the same as missing for the first time ever (R11)."""
        return sum(children for episodes, children in self.counts if episodes == 1)

    @property
    def repeat_children(self) -> int:
        """Children with two or more episodes in the period (R10)."""
        return self.children - self.once_only

    @property
    def repeat_episodes(self) -> int:
        """Episodes after a child's first in the period (R10)."""
        return self.episodes - self.children

    @property
    def episodes_by_repeat_children(self) -> int:
        """All episodes of the children with two or more (R10)."""
        return self.episodes - self.once_only

    @property
    def per_child(self) -> Decimal | None:
        """Episodes per child, two decimals, half up; None without children."""
        return half_up(self.episodes, self.children, 2) if self.children else None


class BandCount(NamedTuple):
    """One row of the band table."""

    band: Band
    children: int
    episodes: int


class TopShare(NamedTuple):
    """The episodes of the children with most, out of all; `children` is the number of those children."""

    rate: Rate
    children: int


def bands(frequency: Frequency, bands: tuple[Band, ...]) -> tuple[BandCount, ...]:
    """Count children and episodes by number of episodes in the period (R9).

    FigureError where the bands overlap or leave a gap, so that a column would not add up to its total.
    """
    rows = []
    for band in bands:
        inside = [(episodes, children) for episodes, children in frequency.counts if band.holds(episodes)]
        rows.append(BandCount(band, sum(c for _, c in inside), sum(e * c for e, c in inside)))
    for what, in_bands, in_all in (
        ("children", sum(r.children for r in rows), frequency.children),
        ("episodes", sum(r.episodes for r in rows), frequency.episodes),
    ):
        if in_bands != in_all:
            raise FigureError(f"the bands hold {in_bands} {what}, but there are {in_all}")
    return tuple(rows)


def top_share(frequency: Frequency, k: int) -> TopShare:
    """Return the share of all episodes that the `k` children with most episodes had (concentration).

    Fewer than `k` children are all taken. FigureError where `k` is less than 1.
    """
    if k < 1:
        raise FigureError(f"the share of the top children needs at least one child, not {k}")
    left, episodes = k, 0
    for each, children in reversed(frequency.counts):
        taken = min(left, children)
        left, episodes = left - taken, episodes + taken * each
    return TopShare(Rate(episodes, frequency.episodes), k - left)


@dataclass(frozen=True, slots=True)
class RuleFired:
    """A repeat rule that fired at the start of an episode; `starts` in its window are the evidence (R12)."""

    rule: RepeatRule
    fired_at: datetime
    starts: tuple[datetime, ...]


def repeat_triggers(starts: Sequence[datetime], rule: RepeatRule, now: datetime) -> tuple[RuleFired, ...]:
    """Return every crossing of the rule by a child's episode starts, up to `now`, oldest first (R12).

    The window is (start - days x 24 h, start], in elapsed hours. The rule fires once a crossing and
    fires again only after the count in its moving window has been below `rule.episodes` in between.
    The child's own and hosted episodes belong in `starts` together.
    """
    ordered = _until(starts, now)
    crossings = []
    for start in dict.fromkeys(ordered):
        inside = _inside(ordered, rule, start)
        # The count in the last moment before this start: the lowest since the start before. A start exactly
        # `days` old still counts in that moment; it leaves as the new one comes.
        before = bisect_left(ordered, start) - bisect_left(ordered, start - timedelta(days=rule.days))
        if before < rule.episodes <= len(inside):
            crossings.append(RuleFired(rule, start, inside))
    return tuple(crossings)


def currently_met(starts: Sequence[datetime], rule: RepeatRule, now: datetime) -> tuple[datetime, ...]:
    """Return the starts inside (now - days x 24 h, now] where they are enough for the rule, else none."""
    inside = _inside(_until(starts, now), rule, now.astimezone(UTC))
    return inside if len(inside) >= rule.episodes else ()


def _until(starts: Sequence[datetime], now: datetime) -> list[datetime]:
    """Sort the starts in UTC: arithmetic on local times would be an hour wrong over a clock change."""
    return sorted(s.astimezone(UTC) for s in starts if s <= now)


def _inside(ordered: list[datetime], rule: RepeatRule, at: datetime) -> tuple[datetime, ...]:
    opens = at - timedelta(days=rule.days)
    return tuple(ordered[bisect_right(ordered, opens) : bisect_right(ordered, at)])
