"""Figures by area: a row for each, and no table whose sums cannot be (domain.md R15: Σ areas = total)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.figures import FigureError, split
from tests.support.factories import partnership

OURS = partnership()
AREAS = [a.id for a in OURS.areas]


def test_every_area_has_a_row_and_an_empty_one_too() -> None:
    rows = split(OURS, {"north": (3, 5), "south": (2, 2)}, 5, 7, 0)
    assert [r.area for r in rows] == AREAS
    assert {r.area: (r.children, r.episodes) for r in rows if r.episodes} == {"north": (3, 5), "south": (2, 2)}
    assert [r.name for r in rows] == [a.short for a in OURS.areas]


def test_an_area_that_the_file_does_not_have_is_refused() -> None:
    with pytest.raises(FigureError, match="1 areas of the records are not in the partnership file"):
        split(OURS, {"north": (3, 5), "nowhere": (1, 1)}, 4, 6, 0)


@pytest.mark.parametrize("episodes", [6, 8])
def test_episodes_that_do_not_add_up_are_refused(episodes: int) -> None:
    with pytest.raises(FigureError, match=f"the areas hold 7 episodes, the county {episodes}"):
        split(OURS, {"north": (3, 5), "south": (2, 2)}, 5, episodes, 0)


@pytest.mark.parametrize(
    ("children", "in_several", "fine"),
    [
        (5, 0, True),
        (4, 1, True),  # one child in both areas
        (3, 2, True),
        (3, 1, True),  # one child in three areas or more
        (4, 0, False),
        (5, 1, False),
        (4, 2, False),
        (6, 0, False),
    ],
)
def test_children_counted_again_are_those_in_several_areas(children: int, in_several: int, fine: bool) -> None:
    counts = {"north": (3, 5), "south": (2, 2)}
    if fine:
        assert split(OURS, counts, children, 7, in_several)
        return
    again = 5 - children
    with pytest.raises(FigureError, match=f"count {again} children again, but {in_several} are in several areas"):
        split(OURS, counts, children, 7, in_several)


def test_one_child_is_counted_again_at_most_once_for_each_other_area() -> None:
    everywhere = {area: (1, 1) for area in AREAS}
    assert split(OURS, everywhere, 1, len(AREAS), 1)
    with pytest.raises(FigureError):
        split(OURS, everywhere | {"north": (2, 2)}, 1, len(AREAS) + 1, 1)


@given(st.lists(st.sets(st.sampled_from(AREAS), min_size=1), max_size=20))
def test_the_plain_count_of_children_in_their_areas_is_never_refused(children: list[set[str]]) -> None:
    counts = {a: (n, n) for a in AREAS if (n := sum(a in areas for areas in children))}
    several = sum(len(areas) > 1 for areas in children)
    rows = split(OURS, counts, len(children), sum(map(len, children)), several)
    assert sum(r.episodes for r in rows) == sum(map(len, children))
