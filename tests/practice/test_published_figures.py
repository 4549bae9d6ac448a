"""The practice data reproduces every published figure of 2016-17, counted by an independent reading."""

import os
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from bot.practice import write_exports
from tests.support.practice_reading import Episode, Exports, Row, holds

HALVES = ("H2-2016", "H1-2017")
EARLIER, LATER = date(2016, 11, 30), date(2017, 5, 31)


def children(episodes: list[Episode]) -> set[str]:
    return {e.child for e in episodes}


def change(old: int, new: int) -> Decimal:
    return (Decimal(new - old) * 100 / old).quantize(Decimal("0.1"), ROUND_HALF_UP)


@pytest.mark.parametrize(("half", "expected"), [("H2-2016", (240, 721)), ("H1-2017", (256, 603))])
def test_county(exports: Exports, half: str, expected: tuple[int, int]) -> None:
    episodes = exports.of(half)
    assert (len(children(episodes)), len(episodes)) == expected


@pytest.mark.parametrize(
    ("half", "expected"),
    [("H2-2016", [135, 68, 24, 4, 2, 7]), ("H1-2017", [157, 68, 23, 4, 2, 2])],
)
def test_bands(exports: Exports, half: str, expected: list[int]) -> None:
    counts = Counter(e.child for e in exports.of(half)).values()
    bands = [(1, 1), (2, 4), (5, 9), (10, 14), (15, 19), (20, 999)]
    assert [sum(low <= n <= high for n in counts) for low, high in bands] == expected


@pytest.mark.parametrize(
    ("half", "area", "expected"),
    [
        ("H2-2016", "north", (81, 195)),
        ("H2-2016", "south", (55, 148)),
        ("H2-2016", "central", (99, 373)),
        ("H2-2016", "disability", (5, 5)),
        ("H1-2017", "north", (82, 188)),
        ("H1-2017", "south", (70, 159)),
        ("H1-2017", "central", (104, 254)),
        ("H1-2017", "disability", (2, 2)),
    ],
)
def test_areas(exports: Exports, half: str, area: str, expected: tuple[int, int]) -> None:
    episodes = [e for e in exports.of(half) if e.area == area]
    assert (len(children(episodes)), len(episodes)) == expected


def test_children_in_two_areas(exports: Exports) -> None:
    def where(half: str) -> Counter[tuple[tuple[str, int], ...]]:
        areas: dict[str, Counter[str]] = {}
        for e in exports.of(half):
            areas.setdefault(e.child, Counter())[e.area] += 1
        return Counter(tuple(sorted(c.items())) for c in areas.values() if len(c) > 1)

    assert not where("H2-2016")
    assert where("H1-2017") == {
        (("central", 1), ("north", 2)): 1,
        (("disability", 1), ("south", 1)): 1,
    }


@pytest.mark.parametrize(("half", "expected"), [("H2-2016", (11, 29)), ("H1-2017", (14, 41))])
def test_unaccompanied_children(exports: Exports, half: str, expected: tuple[int, int]) -> None:
    episodes = [e for e in exports.of(half) if e.uasc]
    assert (len(children(episodes)), len(episodes)) == expected
    assert all(e.lac for e in episodes)
    assert {e.uasc for e in exports.of(half) if e.child in children(episodes)} == {True}


@pytest.mark.parametrize(("half", "expected"), [("H2-2016", 75), ("H1-2017", 83)])
def test_looked_after_children(exports: Exports, half: str, expected: int) -> None:
    assert len({e.child for e in exports.of(half) if e.lac}) == expected


@pytest.mark.parametrize(
    ("half", "area", "expected"),
    [
        ("H2-2016", "central", (373, 342, 231)),
        ("H2-2016", "north", (195, 186, 101)),
        ("H2-2016", "south", (148, 142, 64)),
        ("H2-2016", "disability", (5, 4, 3)),
        ("H2-2016", "", (721, 674, 399)),
        ("H1-2017", "central", (254, 232, 145)),
        ("H1-2017", "north", (188, 171, 93)),
        ("H1-2017", "south", (159, 150, 80)),
        ("H1-2017", "disability", (2, 2, 2)),
        ("H1-2017", "", (603, 555, 320)),
    ],
)
def test_interviews(exports: Exports, half: str, area: str, expected: tuple[int, int, int]) -> None:
    episodes = [e for e in exports.of(half) if area in ("", e.area)]
    completed = [e for e in episodes if e.completed]
    assert (len(episodes), len(completed), sum(e.in_time for e in completed)) == expected
    assert not any(e.in_time for e in episodes if not e.completed)


def test_the_eleven_northern_children(exports: Exports) -> None:
    earlier, later = (Counter(e.child for e in exports.of(h) if e.area == "north") for h in HALVES)
    ranked = earlier.most_common()
    top = dict(ranked[:11])
    assert sum(top.values()) == 92
    assert ranked[10][1] > ranked[11][1]  # no tie: which eleven is certain
    assert all(later[child] < number for child, number in top.items())


def census(exports: Exports, day: date) -> list[Row]:
    ours = [row for row in exports.children if not row["placing_authority"]]
    return [row for row in ours if holds(row, "looked_after", day) and holds(row, "placement", day)]


def test_some_children_moved_between_the_census_days_and_before(exports: Exports) -> None:
    moved = [row["placement_to"] for row in exports.children if row["placement_to"] != row["looked_after_to"]]
    between = [day for day in moved if f"{EARLIER}" < day <= f"{LATER}"]
    assert (len(moved), len(between)) == (23, 14)


@pytest.mark.parametrize(("day", "expected"), [(EARLIER, (590, 61, 651)), (LATER, (625, 66, 691))])
def test_looked_after_population(exports: Exports, day: date, expected: tuple[int, int, int]) -> None:
    everyone = census(exports, day)
    uasc = sum(holds(row, "uasc", day) for row in everyone)
    assert (len(everyone) - uasc, uasc, len(everyone)) == expected
    assert all(row["placement"] for row in everyone)


def test_residential_homes(exports: Exports) -> None:
    homes = [row["provider"] for row in census(exports, LATER) if row["placement"] == "residential"]
    own = [home for home in homes if home in ("R-01", "R-02", "R-03")]
    assert (len(homes), len(own)) == (95, 10)
    assert set(homes) <= {f"R-{n:02}" for n in range(1, 30)}
    assert all(bool(row["provider"]) == (row["placement"] == "residential") for row in exports.children)


@pytest.mark.parametrize(
    ("placements", "expected"),
    [
        (["adoptive"], "33.3"),
        (["with_parents"], "25.0"),
        (["independent_living"], "21.7"),
        (["own_foster", "kinship"], "0.0"),
        (["ifa"], "12.4"),
    ],
)
def test_placement_changes(exports: Exports, placements: list[str], expected: str) -> None:
    old, new = (
        sum(row["placement"] in placements and not holds(row, "uasc", day) for row in census(exports, day))
        for day in (EARLIER, LATER)
    )
    assert change(old, new) == Decimal(expected)


def test_same_bytes_on_every_run(tmp_path: Path) -> None:
    """In this process twice, and in another with another hash seed."""
    code = "import sys, pathlib; from bot.practice import write_exports as w; w(pathlib.Path(sys.argv[1]))"
    odd = {"PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "c")]
    subprocess.run(command, check=True, env=os.environ | odd)
    for folder in ("a", "b"):
        assert set(write_exports(tmp_path / folder)) == {"police", "children", "interviews"}
    for name in ("police.csv", "children.csv", "interviews.csv"):
        assert len({(tmp_path / folder / name).read_bytes() for folder in "abc"}) == 1
    assert len(list((tmp_path / "a").iterdir())) == 3  # no drafts left behind
