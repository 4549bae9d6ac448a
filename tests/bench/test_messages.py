"""The measures of what people read count what they say they count."""

from __future__ import annotations

from bot.chat.slack.rendering import post
from bot.conversation.reply import Button, Reply, Table
from tests.bench.messages import Shown


def test_characters_lines_buttons_and_what_is_said_again() -> None:
    long = "A sentence that is wider than a telephone of three hundred and eighty pixels."
    shown = Shown("x", post(Reply("Title", 0, (long, long), buttons=(Button("Open", "open"), Button("Help", "help")))))
    assert shown.characters == len("Title") + 2 * len(long)
    assert shown.lines == 1 + 2 * 2
    assert (shown.buttons, shown.repeated) == (2, 1)


def test_a_row_of_a_table_is_a_line() -> None:
    table = Table("Areas", ("Area", "Children"), (("North", 1), ("South", 2)))
    assert Shown("x", post(Reply("T", 0, tables=(table,)))).texts[-3:] == ["Area  Children", "North  1", "South  2"]
