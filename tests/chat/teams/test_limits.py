"""A reply of any size becomes cards within Teams's limit of bytes, each item once."""

from __future__ import annotations

import time
from itertools import chain

import pytest
from hypothesis import given, settings

from bot.chat.teams.rendering import BYTES, CARD, home, message, pages, post
from bot.conversation.inbound import Answer
from bot.conversation.reply import Button, Reply, Row, Section, Table
from tests.support.slack.replies import CHILD, KINDS, REMINDER, REPLIES, SIZES, sized
from tests.support.teams.card_rules import buttons, check, problems, said, weight


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_item_stands_on_a_page_once_and_every_page_fits(kind: str, n: int) -> None:
    found = pages(sized(kind, n))
    for page in found if n < 100 else (*found[:2], *found[-2:]):
        check(page)
    assert [weight(page) for page in found if weight(page) > BYTES] == []
    words = chain.from_iterable((*said(page).split(), *(b["title"] for b in buttons(page))) for page in found)
    there = [word for word in words if word.startswith("OX")]
    if kind == "sections" or (kind == "footer" and n < 100):
        assert set(there) == {f"OX{i:05}" for i in range(n)}, "a title, and a short footer, may stand on several pages"
    else:
        assert there == [f"OX{i:05}" for i in range(n)]


@pytest.mark.parametrize("n", SIZES)
def test_what_a_post_leaves_out_is_counted(n: int) -> None:
    shown = post(sized("text", n))
    check(shown)
    left = n - said(shown).count("OX")
    assert (f"… and {left} more lines: ask me for them" in said(shown)) == (left > 0)


#: Characters of two, three and four bytes; of several characters; such as JSON and Markdown escape.
ODD = ("é", "東", "🟠", "👩‍👧", '"', "\\", "<", "{{", "a@b.cd:e ", "ﷺ")


@pytest.mark.parametrize("odd", ODD)
def test_bytes_count_not_characters(odd: str) -> None:
    long = odd * (9_000 // len(odd))
    rows = tuple(Row(odd * 70, (long[:900],), "⚠", (Button(odd * 30, "h"),)) for _ in range(20))
    cells = Table(odd * 70, (odd * 9, odd * 9), ((long[:300], long[:900]),) * 20)
    sections = (Section(long, rows), Section(odd * 40, ()), Section(long, (long,) * 3))
    many = tuple(Button(odd * 40, odd * 40) for _ in range(30))
    reply = Reply(odd * 200, 2, (long, *rows), (), sections, (cells,), (long,), many)
    for page in pages(reply):
        assert problems(page, by_schema=False) == []
        assert weight(page) <= BYTES
    for made in (message(Answer(reply, again=odd * 200, share=odd * 200), 2), post(reply), home([reply] * 3, "08:31")):
        check(made)


def test_a_page_is_well_filled() -> None:
    *full, _last = pages(sized("text", 5_000))
    assert min(weight(page) for page in full) > CARD * 0.7


@settings(deadline=None)
@given(REPLIES)
def test_any_reply_fits(reply: Reply) -> None:
    for page in pages(reply):
        check(page)
    check(message(Answer(reply, again="a", share="s"), 2))
    check(post(reply))
    check(home([reply, REMINDER, reply, CHILD], "08:31"))


def test_a_page_of_a_long_answer_is_made_in_time() -> None:
    """A press has ten seconds, and a slow machine."""
    began = time.monotonic()
    message(Answer(sized("rows' buttons", 5_000), again="a"), 7)
    assert time.monotonic() - began < 5
