"""The judges refuse what Slack refuses, whichever of them knows it, and accept the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.slack.acceptance import Surface, metadata_problems, problems, view_problems

Blocks = list[dict[str, Any]]


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def mrkdwn(words: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": words}


def section(**given: Any) -> dict[str, Any]:
    return {"type": "section", **given}


def actions(*elements: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **given}


def button(words: str = "Done", **given: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(words), **given}


def option(words: str = "Tomorrow", value: str = "1") -> dict[str, Any]:
    return {"text": plain(words), "value": value}


def menu(kind: str, *options: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"type": kind, "options": list(options), **given}


def asked(element: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain("What was agreed"), "element": element, **given}


def table(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "table", "rows": list(rows)}


def cell(words: str = "North") -> dict[str, Any]:
    return {"type": "raw_text", "text": words}


def modal(*blocks: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("A talk"), "submit": plain("Save"), "blocks": list(blocks), **given}


TEXT = section(text=mrkdwn("Nothing is owed."))
WRITTEN = {"type": "plain_text_input", "action_id": "written", "multiline": True, "max_length": 500}
CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("It is kept."), "confirm": plain("Yes"), "deny": plain("No")}
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}
EMPTY_RICH = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}],
}

GOOD: dict[str, tuple[Blocks, Surface]] = {
    "as long as may be": ([section(text=mrkdwn("x" * 3000))], "message"),
    "50 blocks": ([TEXT] * 50, "message"),
    "100 blocks of a home": ([TEXT] * 100, "home"),
    "10 fields": ([section(fields=[mrkdwn("x" * 2000)] * 10)], "message"),
    "header": ([{"type": "header", "text": plain("x" * 150)}], "message"),
    "context": ([{"type": "context", "elements": [mrkdwn("x")] * 10}], "message"),
    "buttons": ([actions(*(button(action_id=f"a{n}", value="v" * 2000) for n in range(25)))], "message"),
    "danger and confirm": ([actions(button(style="danger", confirm=CONFIRM))], "home"),
    "link": ([actions(button(url="https://example.invalid/help"))], "message"),
    "overflow of one": ([section(text=mrkdwn("x"), accessory=menu("overflow", option()))], "message"),
    "menu": ([actions(menu("static_select", *[option()] * 100, placeholder=plain("When")))], "message"),
    "groups": (
        [actions({"type": "static_select", "option_groups": [{"label": plain("North"), "options": [option()]}]})],
        "modal",
    ),
    "chosen at first": ([asked(menu("radio_buttons", option(), initial_option=option()))], "modal"),
    "written": ([asked(WRITTEN, optional=True, hint=plain("A few words"))], "modal"),
    "day": ([asked({"type": "datepicker", "initial_date": "2026-11-30"})], "modal"),
    "time": ([asked({"type": "timepicker", "initial_time": "09:30"})], "modal"),
    "picture": ([{"type": "image", "slack_file": {"id": "F000000001"}, "alt_text": "Chart of weeks"}], "message"),
    "rich text": ([RICH], "message"),
    "table": ([table(*[[cell(), cell()]] * 100)], "message"),
    "table with rich text": ([table([cell(), RICH])], "message"),
    "markdown": ([{"type": "markdown", "text": "**x**"}], "message"),
    "divider": ([{"type": "divider", "block_id": "x" * 255}], "message"),
}

BAD: dict[str, tuple[Any, Surface]] = {
    "no list": ({"type": "divider"}, "message"),
    "no objects": (["divider"], "message"),
    "51 blocks": ([TEXT] * 51, "message"),
    "101 blocks of a modal": ([TEXT] * 101, "modal"),
    "101 blocks of a home": ([TEXT] * 101, "home"),
    "unknown type": ([{"type": "banner"}], "message"),
    "no type": ([{"text": plain("x")}], "message"),
    "unknown key": ([section(text=mrkdwn("x"), colour="red")], "message"),
    "empty section": ([section()], "message"),
    "empty text": ([section(text=mrkdwn(""))], "message"),
    "long text": ([section(text=mrkdwn("x" * 3001))], "message"),
    "text is a string": ([section(text="x")], "message"),
    "text of no type": ([section(text={"text": "x"})], "message"),
    "text of another type": ([section(text={"type": "markdown", "text": "x"})], "message"),
    "emoji in mrkdwn": ([section(text=mrkdwn("x") | {"emoji": True})], "message"),
    "no fields": ([section(fields=[])], "message"),
    "11 fields": ([section(fields=[mrkdwn("x")] * 11)], "message"),
    "long field": ([section(fields=[mrkdwn("x" * 2001)])], "message"),
    "empty field": ([section(fields=[mrkdwn("")])], "message"),
    "accessory that is an input": ([section(text=mrkdwn("x"), accessory=WRITTEN)], "message"),
    "long header": ([{"type": "header", "text": plain("x" * 151)}], "message"),
    "empty header": ([{"type": "header", "text": plain("")}], "message"),
    "mrkdwn header": ([{"type": "header", "text": mrkdwn("x")}], "message"),
    "empty context": ([{"type": "context", "elements": []}], "message"),
    "11 in context": ([{"type": "context", "elements": [mrkdwn("x")] * 11}], "message"),
    "button in context": ([{"type": "context", "elements": [button()]}], "message"),
    "no elements": ([actions()], "message"),
    "26 elements": ([actions(*(button(action_id=f"a{n}") for n in range(26)))], "message"),
    "input in actions": ([actions(WRITTEN)], "message"),
    "two of one block_id": ([{"type": "divider", "block_id": "a"}] * 2, "message"),
    "two of one action_id": ([actions(button(action_id="a")), actions(button(action_id="a"))], "message"),
    "long block_id": ([{"type": "divider", "block_id": "x" * 256}], "message"),
    "long action_id": ([actions(button(action_id="x" * 256))], "message"),
    "empty action_id": ([actions(button(action_id=""))], "message"),
    "long button": ([actions(button("x" * 76))], "message"),
    "empty button": ([actions(button(""))], "message"),
    "mrkdwn button": ([actions({"type": "button", "text": mrkdwn("x")})], "message"),
    "long value": ([actions(button(value="x" * 2001))], "message"),
    "value is a number": ([actions(button(value=7))], "message"),
    "unknown style": ([actions(button(style="warning"))], "message"),
    "no address": ([actions(button(url="javascript:x"))], "message"),
    "long confirm": ([actions(button(confirm=CONFIRM | {"title": plain("x" * 101)}))], "message"),
    "confirm without deny": ([actions(button(confirm={k: v for k, v in CONFIRM.items() if k != "deny"}))], "message"),
    "overflow of none": ([actions(menu("overflow"))], "message"),
    "overflow of six": ([actions(menu("overflow", *[option()] * 6))], "message"),
    "menu of none": ([actions(menu("static_select"))], "message"),
    "menu of 101": ([actions(menu("static_select", *[option()] * 101))], "message"),
    "menu of nothing": ([actions({"type": "static_select"})], "message"),
    "long option": ([actions(menu("overflow", option("x" * 76)))], "message"),
    "empty option": ([actions(menu("overflow", option("")))], "message"),
    "long option value": ([actions(menu("overflow", option(value="x" * 151)))], "message"),
    "empty option value": ([actions(menu("overflow", option(value="")))], "message"),
    "long placeholder": ([actions(menu("static_select", option(), placeholder=plain("x" * 151)))], "message"),
    "none of the options": ([actions(menu("static_select", option(), initial_option=option("Never")))], "message"),
    "eleven radio buttons": ([actions(menu("radio_buttons", *[option()] * 11))], "message"),
    "input in a message": ([asked(WRITTEN)], "message"),
    "input in a home": ([asked(WRITTEN)], "home"),
    "button as input": ([asked(button())], "modal"),
    "input without label": ([{"type": "input", "element": WRITTEN}], "modal"),
    "lengths the wrong way round": ([asked(WRITTEN | {"min_length": 600})], "modal"),
    "first words too long": ([asked(WRITTEN | {"initial_value": "x" * 501})], "modal"),
    "no day": ([asked({"type": "datepicker", "initial_date": "31/11/2026"})], "modal"),
    "no time": ([asked({"type": "timepicker", "initial_time": "9.30"})], "modal"),
    "two with focus": ([asked(WRITTEN | {"action_id": n, "focus_on_load": True}) for n in ("a", "b")], "modal"),
    "picture without words": (
        [{"type": "image", "image_url": "https://example.invalid/a.png", "alt_text": ""}],
        "message",
    ),
    "picture from nowhere": ([{"type": "image", "alt_text": "x"}], "message"),
    "table in a modal": ([table([cell()])], "modal"),
    "two tables": ([table([cell()]), table([cell()])], "message"),
    "101 rows": ([table(*[[cell()]] * 101)], "message"),
    "21 columns": ([table([cell()] * 21)], "message"),
    "rows of two lengths": ([table([cell()], [cell(), cell()])], "message"),
    "empty cell": ([table([cell("")])], "message"),
    "large table": ([table(*[[cell("x" * 101)]] * 100)], "message"),
    "empty rich text": ([EMPTY_RICH], "message"),
    "rich text of nothing": ([{"type": "rich_text", "elements": []}], "message"),
    "long markdown": ([{"type": "markdown", "text": "x" * 12_001}], "message"),
    "long markdown together": ([{"type": "markdown", "text": "x" * 6_001}] * 2, "message"),
    "markdown in a modal": ([{"type": "markdown", "text": "x"}], "modal"),
    "alert in a message": ([{"type": "alert", "text": mrkdwn("x"), "level": "info"}], "message"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_slack_takes(name: str) -> None:
    assert problems(*GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_what_slack_refuses(name: str) -> None:
    assert problems(*BAD[name]) != []


GOOD_VIEWS = {
    "modal": modal(TEXT),
    "modal that asks": modal(asked(WRITTEN), close=plain("Cancel"), private_metadata="x" * 3000, callback_id="talk"),
    "modal that tells": {"type": "modal", "title": plain("x" * 24), "blocks": [TEXT], "notify_on_close": True},
    "home": {"type": "home", "blocks": [TEXT, actions(button())]},
}
BAD_VIEWS: dict[str, Any] = {
    "no view": "modal",
    "another type": modal(TEXT, type="page"),
    "no title": {"type": "modal", "blocks": [TEXT]},
    "long title": modal(TEXT, title=plain("x" * 25)),
    "empty title": modal(TEXT, title=plain("")),
    "mrkdwn title": modal(TEXT, title=mrkdwn("x")),
    "long submit": modal(TEXT, submit=plain("x" * 25)),
    "long close": modal(TEXT, close=plain("x" * 25)),
    "long private_metadata": modal(TEXT, private_metadata="x" * 3001),
    "private_metadata is no string": modal(TEXT, private_metadata={"handle": "x"}),
    "long callback_id": modal(TEXT, callback_id="x" * 256),
    "no blocks": modal(),
    "bad block": modal(section(text=mrkdwn(""))),
    "inputs without submit": {"type": "modal", "title": plain("A talk"), "blocks": [asked(WRITTEN)]},
    "home with a title": {"type": "home", "title": plain("x"), "blocks": [TEXT]},
    "home that asks": {"type": "home", "blocks": [asked(WRITTEN)]},
    "too large": modal(*[section(text=mrkdwn("x" * 3000))] * 90),
}


@pytest.mark.parametrize("name", GOOD_VIEWS)
def test_views_that_slack_takes(name: str) -> None:
    assert view_problems(GOOD_VIEWS[name]) == []


@pytest.mark.parametrize("name", BAD_VIEWS)
def test_views_that_slack_refuses(name: str) -> None:
    assert view_problems(BAD_VIEWS[name]) != []


@pytest.mark.parametrize(
    ("metadata", "taken"),
    [
        ({"event_type": "outbox", "event_payload": {"id": "7"}}, True),
        ({"event_type": "outbox"}, False),
        ({"event_type": "outbox", "event_payload": "7"}, False),
        ({"event_type": "outbox", "event_payload": {"id": "x" * 9000}}, False),
        ("outbox", False),
    ],
)
def test_metadata(metadata: Any, taken: bool) -> None:
    assert (metadata_problems(metadata) == []) is taken
