"""A form shown again with what was typed, where another view took its place before it was judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bot.chat.slack.blocks import Block, mrkdwn, section
from bot.chat.slack.modals import View, is_date

_PARTS: Final = ("title", "submit", "close", "private_metadata", "callback_id")
#: How Slack names what was filled in -> how what stands there at first.
_AT_FIRST: Final = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
}


def again(shown: Mapping[str, Any], state: object, faults: Mapping[str, str]) -> View:
    """The form as it was handed in, what is wrong with it above the fields."""
    given = shown.get("blocks")
    blocks = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    typed: Mapping[str, Any] = state if isinstance(state, dict) else {}
    kept = {name: shown[name] for name in _PARTS if shown.get(name)}
    return {
        "type": "modal",
        **kept,
        "blocks": [section(mrkdwn(" ".join(_faults(blocks, faults))))] + [_typed(b, typed) for b in blocks],
    }


def _faults(blocks: Iterable[Block], faults: Mapping[str, str]) -> Iterator[str]:
    """Not under its field, so with the field's name."""
    labels = {b.get("block_id"): (b.get("label") or {}).get("text", "") for b in blocks}
    yield "Not saved."
    for name, fault in faults.items():
        yield f"{labels[name]}: {fault}" if labels.get(name) else fault


def _typed(block: Block, state: Mapping[str, Any]) -> Block:
    """One field with what was typed into it in place of what stood there at first."""
    if block.get("type") != "input" or not isinstance(block.get("element"), dict):
        return block
    element = {name: value for name, value in block["element"].items() if name not in _AT_FIRST.values()}
    inner = state.get(block.get("block_id", ""))
    said = inner.get(element.get("action_id")) if isinstance(inner, dict) else None
    filled_in = said if isinstance(said, dict) else {}
    first = {at_first: filled_in[name] for name, at_first in _AT_FIRST.items() if filled_in.get(name)}
    if not is_date(str(first.get("initial_date", ""))):
        first.pop("initial_date", None)
    return {**block, "element": element | first}
