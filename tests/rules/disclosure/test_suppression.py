"""Suppression: which counts are hidden, told by small sheets, and that no reader works one out.

The reader here tries every table; `tests/attacks/test_suppression.py` has the one who reads whole answers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.disclosure.suppression import (
    THRESHOLD,
    Key,
    Sheet,
    SheetMaker,
    hidden_cells,
    is_small,
)

Counts = Mapping[str, int]


def key(name: str) -> Key:
    return ("county", name)


def maker(counts: Counts, blocks: Mapping[str, str] | None = None) -> SheetMaker:
    """Collect counts that are hidden rather the earlier they are named."""
    made = SheetMaker()
    for rank, (name, value) in enumerate(counts.items()):
        made.count(key(name), value, (rank,), (blocks or {}).get(name, ""))
    return made


def hidden(made: SheetMaker, threshold: int = THRESHOLD, also: Collection[str] = ()) -> set[str]:
    return {name for _, name in hidden_cells(made.sheet(), threshold, [key(n) for n in also])}


def sums_to(whole: str, counts: Counts, blocks: Mapping[str, str] | None = None) -> SheetMaker:
    made = maker(counts, blocks)
    made.parts(key(whole), *(key(name) for name in counts if name != whole))
    return made


def readings(sheet: Sheet, hidden: Collection[Key], most: int) -> dict[Key, set[int]]:
    """Return every value that each hidden count and each remainder may have for a reader, who tries all tables."""
    unknown = [c.key for c in sheet.printed if c.key in hidden]
    found: dict[Key, set[int]] = {}
    for values in product(range(1, most + 1), repeat=len(unknown)):
        known = {c.key: c.value for c in sheet.printed} | dict(zip(unknown, values, strict=True))
        for relation in sheet.relations:
            left = sum(known[k] * n for k, n in relation.terms)
            if relation.left is None and left != 0:
                break
            if relation.left is not None:
                if left < 0:
                    break
                known[relation.left] = left
        else:
            for each, value in known.items():
                found.setdefault(each, set()).add(value)
    return found


# -- small counts --


def test_small_is_one_to_five() -> None:
    """DfE suppresses 1 to 5 (domain.md section 6.4). Zero tells of no child."""
    assert THRESHOLD == 5
    assert [n for n in range(-1, 12) if is_small(n)] == [1, 2, 3, 4, 5]
    assert [n for n in range(12) if is_small(n, 9)] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_counts_that_hang_on_nothing_are_hidden_where_they_are_small() -> None:
    counts = {str(n): n for n in range(9)}
    assert hidden(maker(counts)) == {"1", "2", "3", "4", "5"}
    assert hidden(maker(counts), 2) == {"1", "2"}
    assert hidden(maker(counts), 2, also=["7"]) == {"1", "2", "7"}


# -- parts of a whole --


def test_one_more_is_hidden_where_the_others_would_tell_it() -> None:
    """Of those that could protect it the one of least worth is hidden, whatever its size."""
    assert hidden(sums_to("all", {"a": 3, "b": 90, "c": 7, "all": 100})) == {"a", "b"}
    assert hidden(sums_to("all", {"all": 100, "a": 3, "b": 90, "c": 7})) == {"a", "all"}
    assert hidden(sums_to("all", {"a": 6, "b": 90, "c": 7, "all": 103})) == set()


def test_a_printed_zero_protects_nothing_and_stays() -> None:
    assert hidden(sums_to("all", {"zero": 0, "a": 3, "b": 17, "all": 20})) == {"a", "b"}


def test_two_small_counts_protect_one_another() -> None:
    assert hidden(sums_to("all", {"a": 3, "b": 4, "c": 90, "all": 97})) == {"a", "b"}


def test_two_counts_of_one_need_a_third() -> None:
    """A hidden count is at least 1, so two that add up to 2 are both 1."""
    assert hidden(sums_to("all", {"a": 1, "b": 1, "c": 90, "d": 8, "all": 100})) == {"a", "b", "c"}
    assert hidden(sums_to("all", {"a": 1, "b": 2, "c": 90, "d": 7, "all": 100})) == {"a", "b"}


def test_parts_that_do_not_add_up_tell_nothing_of_one_another() -> None:
    assert hidden(sums_to("all", {"a": 3, "b": 90, "c": 7, "all": 101})) == {"a"}


def test_a_count_in_two_sums_is_protected_in_both() -> None:
    """A row and a column: the count, one more of each, and where those two meet."""
    made = SheetMaker()
    table = {"ax": 3, "ay": 20, "bx": 30, "by": 40, "a": 23, "b": 70, "x": 33, "y": 60, "all": 93}
    for rank, (name, value) in enumerate(table.items()):
        made.count(key(name), value, (rank,))
    for whole, *parts in (("a", "ax", "ay"), ("b", "bx", "by"), ("x", "ax", "bx"), ("y", "ay", "by")):
        made.parts(key(whole), *(key(p) for p in parts))
    made.parts(key("all"), key("a"), key("b"))
    made.parts(key("all"), key("x"), key("y"))
    assert hidden(made) == {"ax", "ay", "bx", "by"}


# -- remainders --


@pytest.mark.parametrize(
    ("part", "whole", "found"),
    [
        (20, 20, set()),  # nothing is left over
        (15, 20, {"part"}),  # five of them did not
        (19, 20, {"part"}),
        (14, 20, set()),
        (6, 12, set()),
        (4, 20, {"part"}),
        (25, 20, set()),  # not a part of it
    ],
)
def test_a_small_remainder_is_told_by_neither_count(part: int, whole: int, found: set[str]) -> None:
    made = maker({"part": part, "whole": whole})
    made.rest(key("whole"), key("part"))
    assert hidden(made) == found


def test_a_remainder_of_several_parts_is_what_all_of_them_leave() -> None:
    made = maker({"a": 9, "b": 8, "whole": 20})
    made.rest(key("whole"), key("a"), key("b"))
    assert hidden(made) == {"a"}
    assert hidden(made, 2) == set()


# -- sums --


def test_two_equal_sums_with_weights() -> None:
    made = maker({"a": 3, "b": 10, "c": 16})
    made.sums([(key("a"), 2), (key("b"), 1)], [(key("c"), 1)])
    assert hidden(made) == {"a", "b"}


def test_sums_that_are_not_equal_tell_nothing() -> None:
    for c in (15, 17):
        made = maker({"a": 3, "b": 10, "c": c})
        made.sums([(key("a"), 2), (key("b"), 1)], [(key("c"), 1)])
        assert hidden(made) == {"a"}


@pytest.mark.parametrize(
    ("episodes", "found"),
    [(19, {"children"}), (20, {"children", "episodes"}), (39, {"children", "episodes"}), (40, {"children"})],
)
def test_a_bound_tells_a_count_where_only_one_fits_below_it(episodes: int, found: set[str]) -> None:
    """One child with 20 episodes or more: of 39 episodes it can be only one child, of 40 it may be two.

    With 19 episodes the bound does not hold, so the sheet is of something else and tells nothing.
    """
    made = maker({"children": 1, "episodes": episodes})
    made.at_most([(key("children"), 20)], [(key("episodes"), 1)])
    assert hidden(made) == found


@pytest.mark.parametrize(("episodes", "found"), [(45, {"children"}), (40, {"children"})])
def test_a_count_that_can_only_be_smaller_is_hidden_by_that(episodes: int, found: set[str]) -> None:
    """Two children with 20 episodes or more of 45: it may be one, and cannot be three."""
    made = maker({"children": 2, "episodes": episodes})
    made.at_most([(key("children"), 20)], [(key("episodes"), 1)])
    assert hidden(made) == found


def test_the_distance_to_a_bound_is_no_count_of_children() -> None:
    made = maker({"children": 7, "episodes": 9})
    made.at_most([(key("children"), 1)], [(key("episodes"), 1)])
    assert hidden(made) == set()


# -- counted again --


def test_a_reader_who_guesses_the_number_counted_again_works_nothing_out() -> None:
    """North 3, south 19, county 20: with the guess that two were in both, the 3 would be 20 + 2 - 19."""
    made = maker({"north": 3, "south": 19, "county": 20})
    made.shared(key("county"), [key("north"), key("south")], sensitive=False)
    assert hidden(made) == {"north", "south"}


def test_the_number_counted_again_is_a_count_of_children_where_it_is_said_to_be() -> None:
    """North is hidden for it, and then south for north: readers may guess the number."""
    counts = {"north": 13, "south": 19, "county": 30}
    for sensitive, found in ((False, set[str]()), (True, {"north", "south"})):
        made = maker(counts)
        made.shared(key("county"), [key("north"), key("south")], sensitive=sensitive)
        assert hidden(made) == found
    made = maker(counts | {"county": 26})
    made.shared(key("county"), [key("north"), key("south")], sensitive=True)
    assert hidden(made) == set(), "six children are no small count"


# -- blocks --


def test_counts_of_a_block_protect_one_another_first() -> None:
    """An age is hidden for another age, though the total is of less worth."""
    counts = {"total": 40, "13": 3, "14": 17, "15": 20}
    assert hidden(sums_to("total", counts)) == {"13", "total"}
    assert hidden(sums_to("total", counts, {"13": "age", "14": "age", "15": "age"})) == {"13", "14"}


def test_counts_outside_the_block_are_hidden_where_the_block_cannot() -> None:
    counts = {"total": 20, "13": 3, "north": 17}
    assert hidden(sums_to("total", counts, {"13": "age"})) == {"13", "total"}


# -- any sheet --

PARTS = st.lists(st.integers(0, 9), min_size=2, max_size=3)


@given(PARTS, st.permutations(["a", "b", "c", "all"]), st.sampled_from([5, 3]), st.sampled_from(["", "age"]))
def test_no_reader_works_out_a_hidden_count(values: list[int], order: list[str], threshold: int, block: str) -> None:
    counts = dict(zip("abc", values, strict=False)) | {"all": sum(values)}
    ranked = {name: counts[name] for name in order if name in counts}
    made = sums_to("all", ranked, {name: block for name in ranked if name != "all"})
    made.rest(key("all"), key("a"))
    sheet = made.sheet()
    away = hidden_cells(sheet, threshold)
    may_be = readings(sheet, away, sum(values) + 9)
    small = {c.key for c in sheet.cells.values() if c.sensitive and is_small(c.value, threshold)}
    assert {k for k in small if k in {c.key for c in sheet.printed}} <= away
    assert not [k for k in away | small if len(may_be[k]) < 2]


@given(PARTS, st.integers(1, 3))
def test_no_more_is_hidden_than_protects(values: list[int], times: int) -> None:
    """Where nothing is small nothing is hidden; a sheet is never hidden whole for one count."""
    large = {f"{n}": 10 + v for n, v in enumerate(values)}
    made = sums_to("all", large | {"all": sum(large.values())})
    made.at_most([(key("0"), times)], [(key("all"), times)])
    assert hidden(made) == set()
    one = large | {"0": 2, "1": 10 + values[1], "all": sum(large.values()) - large["0"] + 2}
    assert len(hidden(sums_to("all", one))) == 2
