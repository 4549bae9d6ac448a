"""A reply of any size becomes what Slack accepts, with nothing live in it and nothing lost in silence."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.escape import JOINER, clean, cut, slack
from bot.chat.slack import rendering
from bot.chat.slack.rendering import (
    Block,
    actions,
    bound,
    button,
    context,
    home,
    message,
    mrkdwn,
    numbered,
    pages,
    post,
    section,
    split,
)
from bot.conversation.inbound import Answer
from bot.conversation.reply import Button, Fact, Reply, Section, Table
from tests.support.slack.payload_limits import Surface, check_blocks, check_view, objects, texts
from tests.support.slack.replies import (
    ANY,
    CHILD,
    DIGEST,
    HOSTILE,
    KINDS,
    REFUSAL,
    REMINDER,
    REPLIES,
    SIZES,
    STATS,
    sized,
)


@given(ANY)
def test_every_block_takes_every_text(text: str) -> None:
    blocks = [
        section(mrkdwn(text)),
        context([mrkdwn(text)] * 30),
        actions([button(text, "press", text), *(button(text, "press") for _ in range(40))]),
    ]
    check_blocks(numbered(blocks))


@given(ANY)
def test_a_text_is_never_longer_than_measured(text: str) -> None:
    assert len(mrkdwn(text)) <= bound(clean(text))


@pytest.mark.parametrize("text", [*HOSTILE, "word " * 3000, "x" * 9000, "a:b.cd@e " * 1000])
def test_a_long_text_is_divided_and_nothing_is_lost(text: str) -> None:
    parts = list(split(clean(text), 2900))
    assert "".join("".join(parts).split()) == "".join(clean(text).split())
    assert all(bound(part) <= 2900 for part in parts)


def test_a_text_is_cut_at_a_word() -> None:
    assert cut("one two three", 13) == "one two three"
    assert cut("one two three", 10) == "one two…"
    assert cut("x" * 20, 5) == "xxxx…"
    assert cut("xxxx&amp;xxxx", 8) == "xxxx…", "half an escaped character would be read as it stands"


@given(st.text(alphabet="\u200b\u200d\u2060\ufe0f \n\u202e\x00\ud800"))
def test_what_nobody_sees_is_nothing(text: str) -> None:
    assert clean(text) == ""


def test_ids_are_numbered_for_the_whole_message() -> None:
    rows = [
        actions([button("a", "press"), button("b", "form")]),
        actions([button("c", "press"), button("d", "more:2")]),
    ]
    assert [e["action_id"] for row in numbered(rows) for e in row["elements"]] == [
        *("press:0", "form:0", "press:1", "more:2")
    ]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_item_stands_on_a_page_once_and_every_page_fits(kind: str, n: int) -> None:
    found = pages(sized(kind, n))
    for page in found if n < 1000 else (*found[:3], *found[-3:]):
        check_blocks(page)
    assert all(len(page) <= 45 for page in found)
    assert all(sum(map(len, texts(page))) <= 12_000 for page in found)
    said = " ".join(chain.from_iterable(texts(page) for page in found))
    there = [word for word in said.replace("*", " ").split() if word.startswith("OX")]
    if kind == "sections" or (kind == "footer" and n < 100):
        assert set(there) == {f"OX{i:05}" for i in range(n)}, "a title, and a short footer, may stand on several pages"
    elif kind == "rows' buttons":
        assert sorted(there) == [f"OX{i:05}" for i in range(n)]
    else:
        assert there == [f"OX{i:05}" for i in range(n)]


@pytest.mark.parametrize("n", SIZES)
def test_buttons_of_no_line_stand_on_every_page_and_too_many_are_counted(n: int) -> None:
    reply = Reply("T", 0, ("word " * 100,) * 50, buttons=tuple(Button(f"B{i}", f"h{i}") for i in range(n)))
    for page in pages(reply):
        check_blocks(page)
        assert sum(o.get("type") == "button" for o in objects(page)) == min(n, 25)
        assert any(f"{n - 25} more buttons" in text for text in texts(page)) == (n > 25)
        assert all(len(b["elements"]) <= 5 for b in page if b["type"] == "actions")


@pytest.mark.parametrize("n", SIZES)
def test_what_a_post_leaves_out_is_counted(n: int) -> None:
    shown = post(sized("text", n))
    check_blocks(shown)
    there = sum(text.count("OX") for text in texts(shown))
    left = f"… and {n - there} more lines: ask me for them"
    assert (left in list(texts(shown))) == (there < n)


def test_an_answer_that_cannot_be_asked_for_again_says_how_much_is_left() -> None:
    shown = message(Answer(sized("text", 5000)))
    there = sum(text.count("OX") for text in texts(shown))
    assert f"… and {5000 - there} more lines: ask me in private" in list(texts(shown))
    assert not any(
        e["action_id"].startswith(rendering.MORE) for b in shown for e in b.get("elements", ()) if "action_id" in e
    )


def pressed(blocks: list[Block]) -> dict[str, Any]:
    return {o["action_id"]: o.get("value") for o in objects(blocks) if "action_id" in o}


def test_pages_are_turned_with_the_handle_of_the_command() -> None:
    answer = Answer(sized("text", 5000), again="again-1")
    last = len(pages(answer.reply))
    assert pressed(message(answer, 1)) == {"more:2": "again-1", "hide:0": None}
    assert pressed(message(answer, 2)) == {"more:1": "again-1", "more:3": "again-1", "hide:0": None}
    assert message(answer, 10**9) == message(answer, last)
    assert message(answer, -5) == message(answer, 0) == message(answer, 1)
    assert f"Next page (2 of {last})" in list(texts(message(answer)))


def test_sharing_is_asked_about_first_and_hiding_is_for_what_is_about_one_child() -> None:
    assert pressed(message(Answer(REFUSAL, share="s"))) == {"share:0": "s"}
    assert pressed(message(Answer(REFUSAL, share="s"), share_now=True)) == {"share_now:0": "s"}
    assert "hide:0" in pressed(message(Answer(CHILD)))
    assert "hide:0" not in pressed(message(Answer(CHILD), hide=False))


def test_a_lines_buttons_stand_under_it_the_first_to_press_the_others_in_a_menu() -> None:
    first, second = pages(REMINDER)[0][1:3]
    assert "\n⚠ *OX-TES2* · due" in first["text"]["text"]
    assert [e["type"] for e in second["elements"]] == ["button", "overflow"]
    assert [o["value"] for o in second["elements"][1]["options"]] == ["form h2", "form h3", "press h4"]
    under_second = pages(REMINDER)[0][4]
    assert [e["type"] for e in under_second["elements"]] == ["button", "button"], "one other needs no menu"


def test_each_table_too_wide_for_a_telephone_is_slack_s_own_on_a_page_of_its_own() -> None:
    two = replace(sized("wide", 2), tables=(*sized("wide", 2).tables, *sized("rows", 2000).tables))
    for page in pages(two)[1:]:
        (table,) = [b for b in page if b["type"] == "table"]
        assert list(texts(table["rows"][0])) == ["Ref", "N"]
        assert [settings["align"] for settings in table["column_settings"]] == ["left", "right"]
        assert all(cell[0]["type"] == "rich_text" for cell in table["rows"])
        assert len(table["rows"]) <= 100
    (first,) = [b for b in pages(two)[0] if b["type"] == "table"]
    assert list(texts(first["rows"][0])) == ["Ref", "W"]
    assert not any("· W word" in text for page in pages(two) for text in texts(page)), "no name of a column in a row"


def test_a_narrow_table_beside_the_largest_is_on_the_same_page_in_columns() -> None:
    small = Table("Small", ("Ref", "N"), (("OX-TES1", 1),))
    (page,) = pages(replace(sized("rows", 3), tables=(*sized("rows", 3).tables, small)))
    assert [b["type"] for b in page if b["type"] in ("table", "rich_text")] == ["table", "rich_text"]


@pytest.mark.parametrize("surface", ["home", "modal"])
def test_where_slack_takes_no_table_columns_are_aligned_and_wide_rows_are_lines(surface: Surface) -> None:
    for page in pages(sized("rows", 2000), surface):
        codes = [b["elements"][0]["elements"][0]["text"] for b in page if b["type"] == "rich_text"]
        assert codes
        assert all(code.splitlines()[0].split() == ["Ref", "N"] for code in codes)
        assert len({len(line) for code in codes for line in code.splitlines()}) == 1, "the numbers end where they end"
    assert any("*OX-TES2* · What stands in the way of it words" in text for text in texts(pages(STATS, surface)[0]))


def test_a_section_that_goes_on_says_so() -> None:
    second = pages(sized("section", 5000))[1]
    assert second[1]["text"]["text"].startswith("*S* · continued\n")


def test_figures_for_files_are_not_said() -> None:
    assert STATS.facts
    said = " ".join(text for page in pages(STATS) for text in texts(page))
    assert [f for f in STATS.facts if f.note and f.note in said] == []


def test_what_a_cap_left_out_is_said_once() -> None:
    assert sum("… and" in text for text in texts(pages(DIGEST)[0])) == 1
    alone = Reply("T", 0, sections=(Section("S", ("a",), 3, "interviews"),))
    assert "*S*\na\n… and 3 more: interviews" in list(texts(pages(alone)[0]))


@settings(deadline=None)
@given(REPLIES, st.sampled_from(("message", "modal", "home")))
def test_any_reply_fits_everywhere(reply: Reply, surface: Surface) -> None:
    for page in pages(reply, surface):
        check_blocks(page, surface)
        assert sum(map(len, texts(page))) <= (24_000 if surface == "home" else 12_000)
    check_blocks(message(Answer(reply, again="a", share="s"), 2))
    check_blocks(post(reply))
    found = home([reply, REMINDER, reply, CHILD], "08:31")
    check_view(found)
    assert len(found["blocks"]) <= 60


@settings(deadline=None)
@given(st.lists(ANY, max_size=20))
def test_every_line_is_read_as_it_was_written(lines: list[str]) -> None:
    said = "".join(text for page in pages(Reply("", 0, tuple(lines))) for text in texts(page))
    for line in lines:
        if len(line) < 1000:
            assert slack(clean(line)) in said


def test_many_replies_fit_at_home_and_the_rest_is_counted() -> None:
    found = home([REMINDER] * 40, "08:31")
    check_view(found)
    assert len(found["blocks"]) <= 60
    assert any("more lines: ask me for them" in text for text in texts(found["blocks"]))
    assert pressed(found["blocks"])["refresh:0"] is None


def test_nothing_live_is_left_anywhere() -> None:
    live = "<!channel> <@U1> <#C1> ```*x*```"
    reply = Reply(live, 2, (live,), (Fact(live, live),), (Section(live, (live,)),), (Table(live, (live,), ((live,),)),))
    for page in pages(reply):
        assert not any(mark in json.dumps(page, ensure_ascii=False) for mark in ("<!", "<@", "<#"))
        assert any(JOINER in text for text in texts(page))
