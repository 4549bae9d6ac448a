"""The area split: every episode in exactly one area, with the sum checked before it is shown (R15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.rules.figures.rates import FigureError
from bot.rules.partnership.partnership import Partnership


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
