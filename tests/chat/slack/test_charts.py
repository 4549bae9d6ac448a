"""Charts that Slack draws itself, and those that it cannot draw whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.rendering import NO_CHART, Block, Surface, drawn, pages
from bot.conversation.reply import Chart, Reply, Series
from tests.support.slack import acceptance
from tests.support.slack.payload_limits import texts
from tests.support.slack.replies import ANY

LABELS = ("2016-Q3", "2016-Q4", "2017-Q1")
CHART = Chart(
    title="Trend of the north",
    kind="line",
    categories=LABELS,
    series=(Series("Episodes", (3.0, 4.0, 5.0)), Series("Children", (2.0, 2.0, 0.0))),
    alt="Line chart: Episodes rose from 3 to 5.",
)
TREND = Reply("Trend", 0, ("Lead.",), charts=(CHART,))


def charts(page: list[Block]) -> list[Block]:
    return [block for block in page if block["type"] == "data_visualization"]


def test_numbers_and_names_of_every_line_are_slack_s_to_draw_and_its_words_are_not_printed() -> None:
    (page,) = pages(TREND)
    (block,) = charts(page)
    assert acceptance.problems(page) == []
    assert block["title"] == "Trend of the north"
    assert block["chart"]["axis_config"] == {"categories": list(LABELS)}
    assert [(s["name"], [p["value"] for p in s["data"]]) for s in block["chart"]["series"]] == [
        ("Episodes", [3.0, 4.0, 5.0]),
        ("Children", [2.0, 2.0, 0.0]),
    ]
    assert not {CHART.alt, NO_CHART} & set(texts(page))


@pytest.mark.parametrize(
    "other",
    [
        replace(CHART, series=(Series("Episodes", (3.0, None, 5.0)),)),
        replace(CHART, series=()),
        replace(CHART, series=(*CHART.series, CHART.series[0])),
        replace(CHART, series=tuple(Series(f"Line {n}", (1.0, 2.0, 3.0)) for n in range(7))),
        replace(CHART, series=(Series("A name of more than twenty characters", (1.0, 2.0, 3.0)),)),
        replace(CHART, categories=("a", "b", "\u200b")),
        replace(CHART, categories=tuple(f"{n}" for n in range(21)), series=(Series("E", (1.0,) * 21),)),
    ],
    ids=["gap", "nothing", "alike", "seven", "long", "invisible", "points"],
)
def test_a_chart_that_slack_cannot_draw_whole_is_a_table_and_a_sentence(other: Chart) -> None:
    reply = replace(TREND, charts=(other,))
    (page,) = pages(reply)
    assert (drawn(reply), charts(page)) == ((), [])
    assert NO_CHART in " ".join(texts(page))
    assert CHART.alt not in " ".join(texts(page))


@pytest.mark.parametrize("surface", ["home", "modal"])
def test_where_slack_draws_nothing_a_sentence_says_so(surface: Surface) -> None:
    (page,) = pages(TREND, surface)
    assert charts(page) == []
    assert NO_CHART in " ".join(texts(page))
    assert CHART.alt not in " ".join(texts(page))


def test_it_stands_on_the_first_page_of_many() -> None:
    found = pages(replace(TREND, text=("word " * 400,) * 40))
    assert len(found) > 1
    assert [len(charts(page)) for page in found] == [1, *[0] * (len(found) - 1)]
    assert all(acceptance.problems(page) == [] for page in found)


@given(
    ANY,
    st.lists(ANY, max_size=4),
    st.lists(st.tuples(ANY, st.lists(st.one_of(st.none(), st.integers(0, 10**6)), max_size=4)), max_size=3),
    st.integers(0, 3),
)
def test_any_chart_is_one_that_slack_takes(
    title: str, labels: list[str], lines: list[tuple[str, list[int | None]]], many: int
) -> None:
    series = tuple(Series(name, (*values, *[None] * 4)[: len(labels)]) for name, values in lines)
    chart = Chart(title, "bar", tuple(labels), series, alt="In words.", unit=title)
    for page in pages(replace(TREND, charts=(chart,) * many)):
        assert acceptance.problems(page) == []
