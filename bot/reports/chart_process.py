"""Draw charts: JSON on standard input, a PNG on standard output, or the pages' charts as JSON of base64.

Nothing else imports this module. Charts are read at the width of a telephone and by people who see no colours: each
line has its own marker, dashes and name beside it, each run of bars its own hatching. Those of a report have the width
of a page.
"""

from __future__ import annotations

import base64
import io
import json
import re
import sys
import textwrap
from collections.abc import Sequence
from itertools import cycle
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bot.conversation.reply import Chart, Series

#: 900 by 780 points of a screen.
INCHES, DPI = (4.5, 3.9), 200
#: The width of a page between its margins.
PAGE_INCHES = (6.5, 3.3)
#: Distinct with every kind of colour blindness (Okabe and Ito), and dark enough on white.
COLOURS = ("#0072B2", "#D55E00", "#007A5A", "#000000", "#AA4499")
MARKERS, HATCHES = ("o", "s", "^", "D", "v"), ("", "//", "..", "xx", "\\\\")
DASHES: Any = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
#: A marked number, and lines to compare with.
MARKED, LEVEL_COLOUR = "*", "#444444"
LEVEL_DASHES: Any = ((0, (5, 2)), (0, (1, 1.5)))
#: Labels that fit side by side below the axis.
MOST_LABELS = 9
#: The least distance between the names of two lines, as a share of the axis.
ROOM = 0.13
NOT_SHOWN = "c: small number, or one that would give it away, not shown"
NOT_KNOWN = "?: months without any record, not known whether none"
_LOOK: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9,
    "text.parse_math": False,  # a title is no formula
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "charts",  # without one its ids are random
}
_MONTH = re.compile(r"(?P<month>[A-Z][a-z]{2}) (?P<year>\d{4})")


def draw(chart: Chart, form: Literal["png", "svg"] = "png", inches: tuple[float, float] = INCHES) -> bytes:
    """Return the picture. Its title is the only metadata."""
    out = io.BytesIO()
    with matplotlib.rc_context(_LOOK):
        figure = Figure(figsize=inches, dpi=DPI, layout="constrained")
        axes = figure.add_subplot()
        figure.suptitle(textwrap.fill(chart.title, round(48 * inches[0] / INCHES[0])), fontsize=10, fontweight="bold")
        (_lines if chart.kind == "line" else _bars)(axes, chart)
        axes.set_ylim(0, _top(chart))
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        # '2017-Q2' in two lines, with a mark below where a value is not shown or not known.
        gaps = [any(s.values[n] is None for s in chart.series) for n in range(len(chart.categories))]
        marks = [_mark(chart, n) if gap else "" for n, gap in enumerate(gaps)]
        labels = _labels(chart, inches)
        if chart.kind == "line":  # a bar has its mark where its number would be
            labels = [f"{label or chr(10)}\n{mark}".rstrip() for label, mark in zip(labels, marks, strict=True)]
        small = inches != INCHES and len(labels) > MOST_LABELS
        axes.set_xticks(range(len(labels)), labels, fontsize=7 if small else 9)
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        axes.set_axisbelow(True)
        if chart.unit:
            axes.set_ylabel(chart.unit)
        words = [words for mark, words in (("c", NOT_SHOWN), ("?", NOT_KNOWN)) if mark in marks]
        if words:
            figure.supxlabel("\n".join(words), fontsize=8)
        others: dict[str, str | None] = {"Software": None} if form == "png" else {"Date": None, "Creator": None}
        figure.savefig(out, format=form, metadata={"Title": chart.title, **others})
    return out.getvalue()


def _labels(chart: Chart, inches: tuple[float, float]) -> list[str]:
    """Return the words under the axis. Of many at a telephone's width every second or third is named, the last one too.

    At the width of a page each month has its name, with the year under the first and each January.
    """
    if inches != INCHES:
        months = [_MONTH.fullmatch(c) for c in chart.categories]
        if all(months):
            named = [(m["month"], m["year"]) for m in months if m]
            years = [""] + [year for _, year in named]
            return [f"{m}\n{year}" if year != last else m for (m, year), last in zip(named, years, strict=False)]
        room = max(6, 72 // max(1, len(chart.categories)))
        return [textwrap.fill(re.sub("^(\\d{4})-", r"\1 ", category), room) for category in chart.categories]
    labels = [textwrap.fill(category.replace("-", " "), 6) for category in chart.categories]
    every = -(-len(labels) // MOST_LABELS)
    return [label if (len(labels) - 1 - n) % every == 0 else "" for n, label in enumerate(labels)]


def _mark(chart: Chart, n: int) -> str:
    """Return the mark of a category without a number."""
    return "?" if chart.categories[n] in chart.not_known else "c"


def _top(chart: Chart) -> float:
    room = 1.2 if chart.marked else 1.08  # a marked number has its name above it
    return room * max(1.0, *(v for s in (*chart.series, *chart.levels) for v in s.values if v is not None), 0.0)


def _lines(axes: Axes, chart: Chart) -> None:
    """Draw lines with a gap where a number is not shown or not known; a lone number between two gaps is a marker.

    Later lines are finer, so that both of two lines with the same numbers are seen. Each line's marker, name and last
    number are as near to its end as there is room.
    """
    names = []
    for n, (series, colour, marker, dash) in enumerate(
        zip(chart.series, cycle(COLOURS), cycle(MARKERS), cycle(DASHES), strict=False)
    ):
        values = [float("nan") if v is None else v for v in series.values]
        size, width = max(4.0, 9 - 1.5 * n), max(1.2, 2.4 - 0.4 * n)
        look = {"color": colour, "marker": marker, "linestyle": dash, "markersize": size, "linewidth": width}
        axes.plot(values, **look, clip_on=False)
        last_shown = next((v for v in reversed(series.values) if v is not None), 0.0)
        names.append((last_shown / _top(chart), series, colour, marker))
    for level, dash in zip(chart.levels, LEVEL_DASHES, strict=False):
        values = [float("nan") if v is None else v for v in level.values]
        axes.plot(values, color=LEVEL_COLOUR, linestyle=dash, linewidth=1.2, zorder=1)
        last_shown = next((v for v in reversed(level.values) if v is not None), 0.0)
        names.append((last_shown / _top(chart), level, LEVEL_COLOUR, "_"))
    _mark_months(axes, chart)
    axes.set_xlim(-0.2, len(chart.categories) - 0.8)
    names.sort(key=lambda name: name[0])
    heights = _apart([height for height, *_ in names])
    for (_, series, colour, marker), at in zip(names, heights, strict=True):
        axes.plot([1.04], [at], transform=axes.transAxes, color=colour, marker=marker, markersize=6, clip_on=False)
        axes.text(1.08, at, _named(chart, series), transform=axes.transAxes, va="center", ha="left", linespacing=1.05)


def _mark_months(axes: Axes, chart: Chart) -> None:
    """Mark numbers of the first line with a shape of their own, and name the month and the number above each."""
    numbers = chart.series[0].values if chart.series else ()
    for n, (category, number) in enumerate(zip(chart.categories, numbers, strict=False)):
        if category in chart.marked and number is not None:
            star = axes.plot([n], [number], MARKED, color=LEVEL_COLOUR, markersize=15, zorder=5, clip_on=False)
            star[0].set_markeredgecolor("white")
            said = f"{category.partition(' ')[0]}\n{number:g}"
            axes.annotate(said, (n, number), (0, 8), textcoords="offset points", ha="center", fontsize=8, weight="bold")


def _apart(heights: Sequence[float]) -> list[float]:
    """Return the heights, in order, with room for two lines between them: pushed up, then down from the top."""
    found: list[float] = []
    for height in heights:
        found.append(max(height, found[-1] + ROOM if found else 0.0))
    ceiling = max(1.0, ROOM * (len(found) - 1))
    for n in range(len(found) - 1, -1, -1):
        found[n] = min(found[n], ceiling)
        ceiling = found[n] - ROOM
    return found


def _named(chart: Chart, series: Series) -> str:
    last = series.values[-1] if series.values else None
    return f"{textwrap.fill(series.name, 14)}\n{_mark(chart, -1) if last is None else f'{last:g}'}"


def _bars(axes: Axes, chart: Chart) -> None:
    """Draw bars, each with its number above it, or a mark where there is none."""
    width = 0.8 / max(1, len(chart.series))
    for n, (series, colour, hatch) in enumerate(zip(chart.series, cycle(COLOURS), cycle(HATCHES), strict=False)):
        left = [i - 0.4 + width * (n + 0.5) for i in range(len(series.values))]
        heights = [v or 0.0 for v in series.values]
        axes.bar(left, heights, width * 0.92, label=series.name, facecolor="white", edgecolor=colour, hatch=hatch * 2)
        for i, (x, value) in enumerate(zip(left, series.values, strict=True)):
            number = _mark(chart, i) if value is None else f"{value:g}"
            axes.annotate(number, (x, value or 0), (0, 2), textcoords="offset points", ha="center", fontsize=8)
    if len(chart.series) > 1:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False)


def _chart(given: dict[str, Any]) -> Chart:
    for name in ("categories", "not_known", "marked"):
        given[name] = tuple(given[name])
    for name in ("series", "levels"):
        given[name] = tuple(Series(s["name"], tuple(s["values"])) for s in given[name])
    return Chart(**given)


def main() -> None:
    given: dict[str, Any] = json.load(sys.stdin)
    if "charts" not in given:
        sys.stdout.buffer.write(draw(_chart(given)))
        return
    drawn = [draw(_chart(each), given["form"], PAGE_INCHES) for each in given["charts"]]
    json.dump([base64.b64encode(picture).decode() for picture in drawn], sys.stdout)


if __name__ == "__main__":
    main()
