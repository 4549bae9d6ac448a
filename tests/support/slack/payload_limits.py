"""Slack's limits of payloads, by three libraries that know them and by our own rules that none of them has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import blockkit
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView
from slackblocks import _limits as registry
from slackblocks._surfaces import validate_surface_blocks

from bot.chat.escape import clean
from bot.chat.slack.rendering import Block
from tests.support.slack import acceptance

Surface = Literal["message", "modal", "home"]
MOST = {"context": registry.CONTEXT_ELEMENTS_MAX_ITEMS, "actions": registry.ACTIONS_ELEMENTS_MAX_ITEMS}
LIVE = re.compile("<[!@#]")


def check_blocks(blocks: Sequence[Block], surface: Surface = "message") -> None:
    most = registry.MESSAGE_BLOCKS_MAX_ITEMS if surface == "message" else registry.VIEW_BLOCKS_MAX_ITEMS
    assert 1 <= len(blocks) <= most
    _by_sdk(blocks)
    _by_registry(blocks, surface)
    for block in blocks:
        if block["type"] == "table":
            assert acceptance.problems([block], surface) == []
        else:
            _by_blockkit(block).build()
    assert sum(block["type"] == "table" for block in blocks) <= 1
    _by_our_rules(blocks)


def check_view(view: dict[str, Any]) -> None:
    check_blocks(view["blocks"], view["type"])
    SdkView(**view).to_dict()
    for name in ("title", "submit", "close"):
        assert len(view.get(name, {"text": "x"})["text"]) <= registry.VIEW_TITLE_MAX_LENGTH
    assert len(view.get("private_metadata", "")) <= registry.VIEW_PRIVATE_METADATA_MAX_LENGTH
    inputs = any(b["type"] == "input" for b in view["blocks"])
    assert "submit" in view or not inputs
    if view["type"] == "modal":
        assert view["title"]["text"]


def texts(blocks: Any) -> Iterator[str]:
    """Return every visible text, in order."""
    if isinstance(blocks, list):
        for each in blocks:
            yield from texts(each)
    elif isinstance(blocks, dict):
        for name, each in blocks.items():
            if name == "text" and isinstance(each, str):
                yield each
            else:
                yield from texts(each)


def objects(of: Any) -> Iterator[dict[str, Any]]:
    if isinstance(of, dict):
        yield of
    for each in of.values() if isinstance(of, dict) else of if isinstance(of, list) else ():
        yield from objects(each)


def _by_sdk(blocks: Sequence[Block]) -> None:
    parsed = SdkBlock.parse_all(list(blocks))
    assert len(parsed) == len(blocks)
    for block in parsed:
        block.to_dict()
        block.validate_json()


def _by_registry(blocks: Sequence[Block], surface: Surface) -> None:
    validate_surface_blocks(list(blocks), surface)
    assert len(blocks) > 0
    for block in blocks:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= registry.HEADER_TEXT_MAX_LENGTH
        if block["type"] == "section":
            assert ("text" in block) != ("fields" in block)
            assert len(block.get("fields", [])) <= registry.SECTION_FIELDS_MAX_ITEMS
            assert all(len(f["text"]) <= registry.SECTION_FIELDS_ITEM_MAX_LENGTH for f in block.get("fields", []))
        if block["type"] in MOST:
            assert 1 <= len(block["elements"]) <= MOST[block["type"]]
    for each in objects(list(blocks)):
        if each.get("type") == "overflow":
            assert 2 <= len(each["options"]) <= registry.OVERFLOW_OPTIONS_MAX_ITEMS
        if each.get("type") == "button":
            assert len(each["text"]["text"]) <= registry.BUTTON_TEXT_MAX_LENGTH
            assert 1 <= len(each.get("value", "x")) <= registry.BUTTON_VALUE_MAX_LENGTH


def _by_our_rules(blocks: Sequence[Block]) -> None:
    """Check that no text is empty, none is live markup, no two ids are alike, and the whole is not too long."""
    for each in objects(list(blocks)):
        if each.get("type") in ("mrkdwn", "plain_text"):
            assert clean(each["text"])
            assert 1 <= len(each["text"]) <= registry.TEXT_MAX_LENGTH
            assert each.get("emoji") is not True
        for option in each.get("options", ()):
            assert 1 <= len(option["value"]) <= registry.OPTION_VALUE_MAX_LENGTH
            assert len(option["text"]["text"]) <= registry.OPTION_TEXT_MAX_LENGTH
    said = list(texts(list(blocks)))
    assert not any(LIVE.search(text) for text in said)
    for name in ("action_id", "block_id"):
        inputs = [b for b in blocks if b["type"] == "input"]
        ids = [o[name] for o in objects([b for b in blocks if b["type"] != "input"]) if name in o]
        ids += [b[name] for b in inputs if name in b]
        assert len(ids) == len(set(ids))
        assert all(1 <= len(i) <= 255 for i in ids)


def _text(of: Block) -> Any:
    return blockkit.Text(of["text"], type=of["type"])


def _options(of: Block) -> list[Any]:
    return [blockkit.Option(text=_text(o["text"]), value=o["value"]) for o in of["options"]]


def _element(of: Block) -> Any:
    kind, id = of["type"], of["action_id"]
    if kind == "button":
        return blockkit.Button(text=_text(of["text"]), action_id=id, value=of.get("value"))
    if kind == "overflow":
        return blockkit.Overflow(action_id=id, options=_options(of))
    if kind == "radio_buttons":
        return blockkit.RadioButtons(action_id=id, options=_options(of))
    if kind == "static_select":
        groups = of.get("option_groups")
        if groups is None:
            return blockkit.StaticSelect(action_id=id, options=_options(of))
        made = [blockkit.OptionGroup(label=_text(g["label"]), options=_options(g)) for g in groups]
        return blockkit.StaticSelect(action_id=id, option_groups=made)
    if kind == "datepicker":
        return blockkit.DatePicker(action_id=id, initial_date=of.get("initial_date"))
    if kind == "timepicker":
        return blockkit.TimePicker(action_id=id, initial_time=of.get("initial_time"))
    assert kind == "plain_text_input"
    return blockkit.PlainTextInput(
        action_id=id,
        initial_value=of.get("initial_value"),
        multiline=of["multiline"],
        max_length=of["max_length"],
    )


def _by_blockkit(block: Block) -> Any:
    kind = block["type"]
    if kind == "header":
        return blockkit.Header(_text(block["text"]))
    if kind == "section" and "fields" in block:
        return blockkit.Section(fields=[_text(f) for f in block["fields"]])
    if kind == "section":
        return blockkit.Section(_text(block["text"]))
    if kind == "context":
        return blockkit.Context([_text(e) for e in block["elements"]])
    if kind == "actions":
        return blockkit.Actions([_element(e) for e in block["elements"]])
    if kind == "rich_text":
        inner: list[Any] = [[blockkit.RichTextEl(t["text"]) for t in e["elements"]] for e in block["elements"]]
        return blockkit.RichText([blockkit.RichTextPreformatted(e) for e in inner])
    if kind == "input":
        hint = _text(block["hint"]) if "hint" in block else None
        return blockkit.Input(
            label=_text(block["label"]),
            element=_element(block["element"]),
            hint=hint,
            optional=block["optional"],
            block_id=block["block_id"],
        )
    assert kind == "divider"
    return blockkit.Divider()
