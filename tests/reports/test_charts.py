"""A chart as a PNG: drawn elsewhere, of the same bytes each time, with nothing in it but the title."""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from PIL import Image

from bot.conversation.reply import Chart, Series
from bot.reports.chart_process import _LOOK, MARKERS, PAGE_INCHES, ROOM, _apart, _named, draw
from bot.reports.charts import SIGNATURE, png
from bot.settings import ROOT

PERIODS = tuple(f"{year}-Q{quarter}" for year in (2015, 2016) for quarter in (1, 2, 3, 4))
CHART = Chart(
    title="North: 2015-Q1 to 2016-Q4",
    kind="line",
    categories=PERIODS,
    series=(
        Series("Episodes", (195, 180, 120, 150, 188, 199, 140, 180)),
        Series("Children", (81, 80, 60, 62, None, 90, 75, None)),
    ),
    alt="Line chart",
)
SMALL = replace(CHART, categories=PERIODS[:2], series=(Series("Episodes", (7, 9)),))


def chunks(picture: bytes) -> Iterator[tuple[str, bytes]]:
    at = len(SIGNATURE)
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        yield picture[at + 4 : at + 8].decode(), picture[at + 8 : at + 8 + length]
        at += 12 + length


def colours(picture: bytes) -> set[object]:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return {colour for _, colour in image.getcolors(1 << 24) or ()}


def test_it_is_a_picture_of_a_telephones_width_with_something_in_it() -> None:
    picture = png(CHART)
    assert picture is not None
    image = Image.open(io.BytesIO(picture))
    assert (image.format, image.size) == ("PNG", (900, 780))
    assert {(0, 114, 178), (213, 94, 0)} <= colours(picture), "a line of each"


def test_twice_the_same() -> None:
    assert png(SMALL) == png(SMALL)


def test_nothing_but_the_title_is_kept_in_it() -> None:
    found = list(chunks(draw(SMALL)))
    assert [text for kind, text in found if kind in ("tEXt", "iTXt", "zTXt", "eXIf", "tIME")] == [
        b"Title\0" + SMALL.title.encode()
    ]
    assert {kind for kind, _ in found} <= {"IHDR", "tEXt", "pHYs", "IDAT", "IEND"}


def test_a_marked_number_and_the_levels_beside_it_are_drawn() -> None:
    usual = Series("Usual", (7, 7))
    pictures = [
        draw(replace(SMALL, **more))
        for more in ({}, {"levels": (usual,)}, {"marked": SMALL.categories[1:]}, {"marked": SMALL.categories[:1]})
    ]
    assert len(set(pictures)) == 4


def test_what_is_not_shown_is_a_gap_and_no_zero() -> None:
    hidden = replace(SMALL, series=(Series("Episodes", (None, None)),))
    zero = replace(SMALL, series=(Series("Episodes", (0, 0)),))
    assert len({draw(hidden), draw(zero), draw(SMALL)}) == 3
    assert _named(hidden, hidden.series[0]) == "Episodes\nc"
    assert _named(zero, zero.series[0]) == "Episodes\n0"


def test_what_is_not_known_has_a_mark_of_its_own() -> None:
    hidden = replace(SMALL, series=(Series("Episodes", (None, None)),))
    unknown = replace(hidden, not_known=SMALL.categories[-1:])
    assert _named(unknown, unknown.series[0]) == "Episodes\n?"
    assert draw(unknown) != draw(hidden)


@pytest.mark.parametrize("kind", ["line", "bar"])
@pytest.mark.parametrize(
    "series", [(), (Series("Episodes", (None, 3)),), tuple(Series(f"S{n}", (n, n)) for n in range(7))]
)
def test_every_chart_is_draw(kind: str, series: tuple[Series, ...]) -> None:
    picture = draw(replace(SMALL, kind=kind, series=series, title="$\\frac{1}$ " * 9))  # type: ignore[arg-type]
    assert picture.startswith(SIGNATURE)


def test_lines_differ_in_more_than_colour() -> None:
    assert len(set(MARKERS)) == len(MARKERS)


@pytest.mark.parametrize("heights", [[0.0, 0.0, 0.0, 0.0], [0.9, 0.91, 0.92, 0.93], [0.1, 0.5, 0.5, 0.9], [0.4], []])
def test_names_stand_apart_and_within_the_picture(heights: list[float]) -> None:
    found = _apart(heights)
    assert all(b - a >= ROOM - 1e-9 for a, b in pairwise(found))
    assert all(-1e-9 <= each <= 1 for each in found)


# -- what goes wrong --

FAULTS = {
    "exit 3": "import sys; print('North'); sys.exit(3)",
    "no picture": "print('North')",
    "TimeoutExpired": "import time; time.sleep(60)",
    "exit -9": "import os; os.kill(os.getpid(), 9)",
}


@pytest.mark.parametrize("outcome", FAULTS)
def test_without_a_picture_there_is_a_line_in_the_log_and_no_title_in_it(
    outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        assert png(SMALL, 0.5 if outcome == "TimeoutExpired" else 20, (sys.executable, "-c", FAULTS[outcome])) is None
    said = caplog.text
    assert "a chart was not drawn" in said
    assert outcome in said
    assert "North" not in said


def test_a_program_that_is_not_there_is_no_picture_either() -> None:
    assert png(SMALL, program=(str(ROOT / "no-such-program"),)) is None


def test_the_process_that_draws_is_handed_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_SLACK_BOT_TOKEN", "xoxb-not-a-token")
    code = "import os,sys; sys.stdout.buffer.write(b'\\x89PNG\\r\\n\\x1a\\n' + repr(dict(os.environ)).encode())"
    seen = png(SMALL, program=(sys.executable, "-c", code))
    assert seen is not None
    assert b"xoxb" not in seen
    assert not re.search(rb"BOT_", seen)
    assert os.environ["BOT_SLACK_BOT_TOKEN"] == "xoxb-not-a-token"


def test_whoever_asks_for_a_picture_imports_nothing_heavy() -> None:
    code = (
        "import sys; import bot.server.platforms; from bot.reports.charts import png;"
        "from bot.conversation.reply import Chart, Series;"
        "made = png(Chart('T', 'line', ('a',), (Series('S', (1,)),), ''));"
        "print(bool(made), [m for m in ('matplotlib', 'numpy', 'PIL', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.stdout.splitlines()[-1] == "True []"


def test_a_bar_that_is_not_shown_has_one_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above its place, and not below the axis too."""
    monkeypatch.setitem(_LOOK, "svg.fonttype", "none")
    bars = replace(SMALL, kind="bar", series=(Series("Episodes", (7, None)),))
    assert re.findall(r">c\s*<", draw(bars, "svg", PAGE_INCHES).decode()) == [">c<"]


def test_months_are_named_under_the_axis_with_each_year_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_LOOK, "svg.fonttype", "none")
    months = replace(SMALL, categories=("Nov 2016", "Dec 2016", "Jan 2017"), series=(Series("Episodes", (7, 9, 8)),))
    drawn = draw(months, "svg", PAGE_INCHES).decode()
    for name in ("Nov", "Dec", "Jan", "2016", "2017"):
        assert len(re.findall(rf">{name}\s*<", drawn)) == 1, name
