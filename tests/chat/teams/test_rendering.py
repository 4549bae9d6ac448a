"""A reply becomes a card that Teams shows whole: nothing in it is live or lost, and every button has a meaning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.escape import JOINER, clean, teams_run
from bot.chat.teams import elements
from bot.chat.teams.rendering import NO_CHART, VERBS, actions, activity, button, card, home, message, pages, post
from bot.conversation.inbound import Answer
from bot.conversation.outbound import PREVIEW
from bot.conversation.reply import Button, Chart, Reply, Row, Section, Series, Table
from bot.rules.partnership.installation import NOT_REAL
from tests.support.practice_answers import practice_answers
from tests.support.slack.replies import ANY, CHILD, DIGEST, REFUSAL, REMINDER, STATS
from tests.support.teams.card_rules import buttons, check, objects, said, tables

Json = dict[str, Any]


def of_type(made: Json, kind: str) -> list[Json]:
    return [each for each in objects(made) if each.get("type") == kind]


def pressed(made: Json) -> dict[str, str]:
    """Return the action behind each button, by its title."""
    return {each["title"]: each["data"]["action"] for each in buttons(made)}


# ---- texts


@given(ANY)
def test_every_element_takes_every_text(text: str) -> None:
    text = text[:500]
    body = [elements.line(elements.run(clean(text) or "–")), elements.small(text), elements.heading(clean(text) or "–")]
    check(card([*body, *actions([button(text, verb, text) for verb in VERBS * 3])]))


@settings(deadline=None)
@given(st.lists(ANY, max_size=20))
def test_every_line_is_read_as_it_was_written(lines: list[str]) -> None:
    found = said(pages(Reply("", 0, tuple(lines))))
    for line in lines:
        if len(line) < 300:
            assert teams_run(clean(line)).replace(JOINER, "") in found


def test_nothing_live_is_left_anywhere() -> None:
    live = "<at>U</at> {{DATE(2017-07-05T08:00:00Z,SHORT)}} [x](https://example.org) **b** \u202ex"
    row = Row(live, (live,), "⚠", (Button(live, "h"), Button(live, "h"), Button(live, "h")))
    chart = Chart(live, "bar", ("a",), (Series("s", (1.0,)),), live, unit=live)
    reply = Reply(live, 2, (live, row), (), (Section(live, (live,)),), (Table(live, (live, live), ((live, live),)),))
    for page in pages(replace(reply, footer=(live,), buttons=(Button(live, "h"),), charts=(chart,))):
        check(page)
        assert "**" not in of_type(page, "TextBlock")[0]["text"], "a heading reads Markdown"
        assert of_type(page, "RichTextBlock")[0]["inlines"][0]["text"].count("**") == 2, "a line does not"


def test_titles_are_found_by_a_screen_reader_and_the_reply_s_own_is_the_largest() -> None:
    found = [(each["text"], each["size"]) for each in of_type(post(DIGEST), "TextBlock") if each["style"] == "heading"]
    assert [size for _, size in found] == ["Large", "Medium", "Medium"]
    assert found[1][0] == "To do first"


def test_a_title_that_is_too_long_is_whole_below_it() -> None:
    title = "word " * 60
    assert said(post(Reply(title, 0))).splitlines()[1] == clean(title)


def test_the_footer_is_small_and_apart() -> None:
    first, second = [each for each in of_type(post(DIGEST), "RichTextBlock") if each["inlines"][0].get("isSubtle")]
    assert first["separator"]
    assert "separator" not in second


def test_figures_for_files_are_not_said() -> None:
    assert STATS.facts
    assert [f for f in STATS.facts if f.note and f.note in said(post(STATS))] == []


def test_what_a_cap_left_out_is_said_once() -> None:
    assert said(post(DIGEST)).count("… and") == 1
    alone = Reply("T", 0, sections=(Section("S", ("a",), 3, "interviews"),))
    assert said(post(alone)).endswith("S\na\n… and 3 more: interviews")


def test_nothing_is_said_in_words() -> None:
    assert said(post(Reply("", 0))) == "Nothing to show."


# ---- rows and buttons


def test_a_row_has_its_mark_its_subject_in_bold_and_the_rest() -> None:
    runs = of_type(post(REMINDER), "RichTextBlock")[1]["inlines"]
    assert [run["text"] for run in runs][:2] == ["⚠ ", "OX-TES2"]
    assert [run.get("weight") for run in runs] == [None, "Bolder", None]
    assert runs[2]["text"].startswith(" · due Wed 5 Jul 15:30")


def test_one_button_is_beside_its_row_unless_it_is_long() -> None:
    def shown(label: str) -> list[str]:
        made = post(Reply("T", 1, (Row("OX-TES2", ("north",), "⚠", (Button(label, "h"),)),)))
        return [each["type"] for each in made["body"][1:]]

    assert shown("Take it") == ["ColumnSet"]
    assert shown("Acknowledge all of OX-TES2") == ["RichTextBlock", "ActionSet"]


def test_the_first_of_several_is_shown_and_the_others_are_in_a_menu_but_one_other_is_shown() -> None:
    first, second = of_type(post(REMINDER), "ActionSet")[:2]
    assert [(b["title"], b.get("mode")) for b in first["actions"]] == [
        *(("Take it", None), ("Record", "secondary"), ("Snooze", "secondary"), ("Why", "secondary"))
    ]
    assert [b.get("mode") for b in second["actions"]] == [None, None]


def test_more_buttons_than_a_row_takes_are_in_several_each_with_one_that_is_shown() -> None:
    row = Row("OX-TES2", buttons=tuple(Button(f"B{i}", f"h{i}") for i in range(14)))
    sets = of_type(post(Reply("T", 1, (row,))), "ActionSet")
    assert [len(each["actions"]) for each in sets] == [6, 6, 2]
    assert [[b["title"] for b in each["actions"] if "mode" not in b] for each in sets] == [["B0"], ["B6"], ["B12"]]


def test_a_row_s_button_says_aloud_what_it_is_about_and_the_next_step_is_marked() -> None:
    take, record, *_ = buttons(post(REMINDER))
    assert (take["tooltip"], take["style"]) == ("Take it, OX-TES2", "positive")
    assert "style" not in record
    assert "tooltip" not in button("Open", "press", "h")


def test_a_button_is_an_execute_with_the_same_submit_for_old_clients() -> None:
    (made,) = buttons(post(Reply("T", 0, buttons=(Button("Open", "h1"),))))
    assert (made["type"], made["verb"], made["data"]) == (
        "Action.Execute",
        "press",
        {"action": "press", "handle": "h1"},
    )
    assert made["fallback"]["type"] == "Action.Submit"
    assert made["fallback"]["data"] == {"action": "press", "handle": "h1", "verb": "press"}


def test_a_form_opens_as_a_dialog() -> None:
    (made,) = buttons(post(Reply("T", 0, buttons=(Button("Record", "h1", form=True),))))
    assert made["type"] == "Action.Submit"
    assert made["data"] == {"action": "form", "handle": "h1", "msteams": {"type": "task/fetch"}}


def test_no_button_waits_for_the_inputs_of_a_form_in_the_same_card() -> None:
    for made in buttons(message(Answer(REMINDER, again="a", share="s"))):
        assert made["associatedInputs"] == "none"
        assert made.get("fallback", made)["associatedInputs"] == "none"


@pytest.mark.parametrize("n", [0, 1, 6, 7, 24, 25, 49, 500])
def test_buttons_of_no_line_stand_on_every_page_in_short_rows_and_too_many_are_counted(n: int) -> None:
    reply = Reply("T", 0, ("word " * 100,) * 80, buttons=tuple(Button(f"B{i}", f"h{i}") for i in range(n)))
    found = pages(reply)
    assert len(found) > 1
    for page in found:
        check(page)
        shown = len(buttons(page))
        assert shown == n if n < 24 else 20 <= shown <= 24
        assert (f"… and {n - shown} more buttons" in said(page)) == (shown < n)


def test_a_row_of_buttons_fits_a_telephone() -> None:
    labels = ("By number of episodes", "Interviews", "All measures", "How it is counted", "Help")
    rows = of_type(post(Reply("T", 0, buttons=tuple(Button(each, each) for each in labels))), "ActionSet")
    assert [[b["title"] for b in row["actions"]] for row in rows] == [
        ["By number of episodes", "Interviews"],
        ["All measures", "How it is counted"],
        ["Help"],
    ]


# ---- tables


def test_a_table_has_its_names_as_headers_and_its_numbers_on_the_right() -> None:
    found = post(STATS)
    table, wide = of_type(found, "Table")
    assert table["firstRowAsHeaders"] is True
    assert [column.get("horizontalCellContentAlignment") for column in table["columns"]] == [None, "Right", "Right"]
    assert tables(found)[0] == [
        ["Measure", "2017-H1", "2016-H2"],
        *(["Children", "82", "81"], ["Episodes per child", "2.29", "2.41"], ["Repeat", "–", "114"]),
    ]
    assert all(row["cells"][0]["items"][0]["inlines"][0]["weight"] == "Bolder" for row in table["rows"])
    assert tables(found)[1][2] == ["–", "–", "0"]
    assert wide["columns"][0]["width"] < wide["columns"][1]["width"]
    assert "c: a small number that is not shown" in said(found)


def test_a_table_too_wide_for_a_telephone_is_lines_without_empty_cells() -> None:
    names = ("Child", "Due", "Owner", "Area", "State")
    narrow = Table("T", names, (("OX-TES2", "10:00", "nobody", "north", "open"),))
    assert len(of_type(post(Reply("", 1, tables=(narrow,))), "Table")) == 1
    wide = replace(narrow, rows=(("OX-TES2", "Wed 5 July 10:00, in two hours", "", "north", "not offered yet, 2nd"),))
    made = post(Reply("", 1, tables=(wide,)))
    assert of_type(made, "Table") == []
    assert said(made) == "T\nOX-TES2 · Due Wed 5 July 10:00, in two hours · Area north · State not offered yet, 2nd"
    assert of_type(made, "RichTextBlock")[0]["inlines"][0]["weight"] == "Bolder"


def test_a_table_goes_on_under_its_title_and_its_headers() -> None:
    rows = tuple((f"OX{i:04}", i) for i in range(500))
    first, second, *_ = pages(Reply("T", 1, tables=(Table("Others", ("Child", "Number"), rows),)))
    assert of_type(second, "TextBlock")[1]["text"] == "Others · continued"
    assert tables(second)[0][0] == tables(first)[0][0] == ["Child", "Number"]


def test_a_section_that_goes_on_says_so_and_no_title_is_last_on_a_page() -> None:
    sections = tuple(Section(f"S{i}", tuple(f"line {i} {n} " + "word " * 40 for n in range(9))) for i in range(40))
    found = pages(Reply("T", 0, sections=sections))
    assert len(found) > 3
    for page in found:
        assert page["body"][-1]["type"] == "RichTextBlock"
    assert any("· continued" in said(page) for page in found[1:])


# ---- charts


LABELS = ("2016-Q3", "2016-Q4", "2017-Q1")
CHART = Chart(
    "Trend of the north",
    "line",
    LABELS,
    (Series("Episodes", (3.0, 4.0, 5.0)), Series("Children", (2.0, 2.0, 0.0))),
    "Line chart: Episodes rose from 3 to 5.",
    unit="episodes",
)
TREND = Reply("Trend", 0, ("Lead.",), charts=(CHART,))


def charts(made: Json) -> list[Json]:
    return [each for each in objects(made) if str(each.get("type")).startswith("Chart.")]


def test_numbers_and_names_of_every_line_are_teams_s_to_draw() -> None:
    made = post(TREND)
    check(made)
    (chart,) = charts(made)
    assert (chart["type"], chart["title"], chart["yAxisTitle"]) == ("Chart.Line", CHART.title, "episodes")
    found = [(each["legend"], [(v["x"], v["y"]) for v in each["values"]]) for each in chart["data"]]
    assert found == [(s.name, list(zip(LABELS, s.values, strict=True))) for s in CHART.series]
    assert said(chart["fallback"]) == NO_CHART
    assert NO_CHART not in said(made)
    assert CHART.alt not in said(made)


def test_bars_of_one_series_need_no_legend() -> None:
    one, two = (post(replace(TREND, charts=(replace(CHART, kind="bar", series=CHART.series[:n]),))) for n in (1, 2))
    check(one)
    check(two)
    assert [each["type"] for made in (one, two) for each in charts(made)] == [
        *("Chart.VerticalBar", "Chart.VerticalBar.Grouped")
    ]
    assert charts(one)[0]["data"][0] == {"x": "2016-Q3", "y": 3.0}


@pytest.mark.parametrize(
    "other",
    [
        replace(CHART, series=(Series("Episodes", (3.0, None, 5.0)),)),
        replace(CHART, series=()),
        replace(CHART, series=(*CHART.series, CHART.series[0])),
        replace(CHART, series=tuple(Series(f"Line {n}", (1.0, 2.0, 3.0)) for n in range(7))),
        replace(CHART, series=(Series("A name of more than twenty characters", (1.0, 2.0, 3.0)),)),
        replace(CHART, categories=("a", "b", "\u200b")),
        replace(CHART, categories=tuple(f"{n}" for n in range(25)), series=(Series("E", (1.0,) * 25),)),
    ],
    ids=["gap", "nothing", "alike", "seven", "long", "invisible", "points"],
)
def test_a_chart_that_would_not_be_whole_is_a_table_and_a_sentence(other: Chart) -> None:
    made = post(replace(TREND, charts=(other,)))
    check(made)
    assert charts(made) == []
    assert NO_CHART in said(made)


def test_a_chart_stands_on_the_first_page_of_many() -> None:
    found = pages(replace(TREND, text=("word " * 300,) * 60))
    assert len(found) > 1
    assert [len(charts(page)) for page in found] == [1, *[0] * (len(found) - 1)]


# ---- pages, sharing, hiding


LONG = Reply("T", 2, tuple(f"OX{i:05}" for i in range(5000)))


def turns(made: Json) -> list[tuple[str, str, int]]:
    found = [each["data"] for each in buttons(made) if each["data"]["action"] == "more"]
    return [(data["action"], data["handle"], data["page"]) for data in found]


def test_pages_are_turned_with_the_handle_of_the_command() -> None:
    answer = Answer(LONG, again="again-1")
    last = len(pages(LONG))
    assert turns(message(answer, 1)) == [("more", "again-1", 2)]
    assert turns(message(answer, 2)) == [("more", "again-1", 1), ("more", "again-1", 3)]
    assert message(answer, 10**9) == message(answer, last)
    assert message(answer, -5) == message(answer, 0) == message(answer, 1)
    assert f"Next page (2 of {last})" in pressed(message(answer))


def test_an_answer_that_cannot_be_asked_for_again_says_how_much_is_left() -> None:
    shown = message(Answer(LONG))
    left = 5000 - said(shown).count("OX")
    assert f"… and {left} more lines: ask me in private" in said(shown)
    assert turns(shown) == []


def test_sharing_is_asked_about_first_and_hiding_is_for_what_is_about_one_child() -> None:
    assert pressed(message(Answer(REFUSAL, share="s"))) == {"Share to this channel": "share"}
    assert pressed(message(Answer(REFUSAL, share="s"), share_now=True)) == {"Share now": "share_now"}
    assert pressed(message(Answer(CHILD)))["Hide now"] == "hide"
    assert "Hide now" not in pressed(message(Answer(CHILD), hide=False))


def test_extras_come_last_and_have_their_room() -> None:
    cancel = actions([button("Cancel", "hide")])
    made = message(Answer(LONG, again="a", share="s"), extras=cancel * 20)
    check(made)
    assert made["body"][-20:] == cancel * 20


def test_a_message_has_a_neutral_text_and_none_that_is_too_large_is_made() -> None:
    made = activity(post(DIGEST), PREVIEW)
    assert (made["type"], made["summary"], len(made["attachments"])) == ("message", PREVIEW, 1)
    assert made["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert "OX" not in made["attachments"][0]["content"]["fallbackText"]
    with pytest.raises(ValueError, match="Teams takes 28000"):
        activity(card([elements.line(elements.run("é" * 14_000))]), PREVIEW)


def test_many_replies_fit_in_one_card_and_the_rest_is_counted() -> None:
    found = home([REMINDER] * 40, "08:31")
    check(found)
    assert "Updated 08:31" in said(found)
    assert "more lines: ask me for them" in said(found)
    assert pressed(found)["Refresh"] == "refresh"


# ---- the practice morning


def test_every_reply_of_a_morning_is_a_good_card_with_every_line_and_every_button() -> None:
    told = practice_answers()
    assert len(told) > 200
    for each in told:
        made = message(each.answer, hide=False)
        check(made)
        found, reply = said(made), each.reply
        assert found.count(NOT_REAL) == 1, each.name
        if "… and" in found and "ask me in private" in found:
            continue
        lines = [*reply.text, *(line for s in reply.sections for line in (s.title, *s.lines)), *reply.footer]
        assert [line for line in lines if clean(line) not in found] == [], each.name
        assert {b.label for b in reply.pressable} <= set(pressed(made)), each.name
        cells = {str(cell) for table in reply.tables for row in table.rows for cell in row if cell not in (None, "")}
        assert [cell for cell in cells if clean(cell) not in found] == [], each.name
