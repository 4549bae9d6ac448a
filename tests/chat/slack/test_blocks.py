"""The few blocks: cut at a word, never empty, nothing live, and measured before they are escaped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.rendering import (
    actions,
    bound,
    button,
    clean,
    context,
    cut,
    mrkdwn,
    numbered,
    section,
    split,
)
from tests.support.slack.payload_limits import check_blocks
from tests.support.slack.replies import ANY, HOSTILE


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
