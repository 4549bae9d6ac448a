"""The rules of cards find what Teams would not show: each card here is good but for one thing."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from bot.chat.teams.rendering import post
from bot.conversation.reply import Button, Chart, Reply, Series, Table
from tests.support.teams.card_rules import problems

TABLE = Table("T", ("Area", "Children"), (("North", 1), ("South", 2)))
CHART = Chart("Trend", "line", ("a", "b"), (Series("Episodes", (1.0, 2.0)),), "Words.")
GOOD = post(Reply("Title", 0, ("A line.",), tables=(TABLE,), charts=(CHART,), buttons=(Button("Open", "h"),)))


def broken(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    card = deepcopy(GOOD)
    change({each["type"]: each for each in reversed(card["body"])} | {"card": card})
    return card


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no property": lambda of: of["Table"].update(first_row_as_headers=True),
    "no element": lambda of: of["card"]["body"].append({"type": "Tabel"}),
    "Input should be": lambda of: of["TextBlock"].update(weight="Fat"),
    "ragged": lambda of: of["Table"]["rows"][1]["cells"].pop(),
    "an empty text": lambda of: of["RichTextBlock"]["inlines"].append({"type": "TextRun", "text": " "}),
    "live": lambda of: of["TextBlock"].update(text="{{DATE(2017-07-05T08:00:00Z)}}"),
    " bytes": lambda of: of["TextBlock"].update(text="x" * 28_000),
    "buttons in a row": lambda of: of["ActionSet"].update(actions=of["ActionSet"]["actions"] * 7),
    "without a meaning": lambda of: of["ActionSet"]["actions"][0]["data"].update(action="no such"),
    "without its verb": lambda of: of["ActionSet"]["actions"][0].update(verb="share"),
    "something else": lambda of: of["ActionSet"]["actions"][0]["fallback"]["data"].update(handle="other"),
    "valid list": lambda of: of["Chart.Line"]["data"][0].update(values=3),
    "data: no property": lambda of: of["Chart.Line"]["data"][0].update(name="x"),
}


def test_a_good_card_has_no_problem() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize("said", CHANGES)
def test_one_thing_that_is_wrong_is_found(said: str) -> None:
    found = problems(broken(CHANGES[said]))
    assert found
    assert any(said in each for each in found), found
