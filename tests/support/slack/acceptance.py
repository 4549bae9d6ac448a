"""Judge if Slack would accept a payload: by slack_sdk's models, slackblocks' register and rules between blocks.

Each alone misses about half of Slack's refusals.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import slackblocks
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from slackblocks import _limits as limits
from slackblocks._surfaces import _BLOCK_TYPES_BY_SURFACE

from tests.support.slack import element_rules
from tests.support.slack.block_rules import block, walk

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: Mapping[Surface, int] = {
    "message": limits.MESSAGE_BLOCKS_MAX_ITEMS,
    "modal": limits.VIEW_BLOCKS_MAX_ITEMS,
    "home": limits.VIEW_BLOCKS_MAX_ITEMS,
}
#: slack_sdk has no models of these: slackblocks and the rules alone judge them.
UNKNOWN_TO_SDK = ("data_table", "data_visualization")
MOST_TEXT = 40_000
#: Errors of a judge that is given an unexpected shape.
NO_SHAPE = (AttributeError, LookupError, TypeError, ValueError)
LARGEST_VIEW = 250_000
LARGEST_METADATA = 8_000


def problems(blocks: Any, surface: Surface = "message") -> list[str]:
    """Return the reasons for which Slack would refuse these blocks there; empty when it accepts them."""
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        return ["blocks: must be a list of objects"]
    found = [problem for number, one in enumerate(blocks) for problem in _alone(f"blocks[{number}]", one, surface)]
    return found + list(_together(blocks, surface))


def view_problems(view: Any) -> list[str]:
    """Return the reasons for which Slack would refuse this modal or home."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["view: must be an object of type modal or home"]
    found = problems(view.get("blocks"), view["type"]) + list(_around(view))
    if not found:
        try:
            same = View(**view).to_dict() == view
        except (SlackObjectFormationError, *NO_SHAPE) as fault:
            found.append(f"view: {fault!r}")
        else:
            found += [] if same else ["view: holds what slack_sdk's View does not know"]
    return found


def metadata_problems(metadata: Any) -> list[str]:
    """Return the reasons for which Slack would refuse, or silently drop, a message's metadata."""
    if not isinstance(metadata, dict) or set(metadata) - {"event_type", "event_payload", "entities"}:
        return ["metadata: event_type and event_payload"]
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        return ["metadata: event_type and event_payload"]
    return ["metadata: too large"] if len(json.dumps(metadata)) > LARGEST_METADATA else []


def _alone(where: str, given: dict[str, Any], surface: Surface) -> Iterator[str]:
    """Have each judge check one block."""
    if str(given.get("type")) not in _BLOCK_TYPES_BY_SURFACE[surface]:
        yield f"{where}: {given.get('type')!r} does not belong in a {surface}"
        return
    if given["type"] == "input" and surface != "modal":
        yield f"{where}: inputs belong in modals"
    try:
        yield from block(where, given)
    except NO_SHAPE as fault:
        yield f"{where}: not of the shape its type has ({fault})"
        return
    yield from _slack_sdk(where, given)
    yield from _slackblocks(where, given)


def _slack_sdk(where: str, given: dict[str, Any]) -> Iterator[str]:
    if given["type"] in UNKNOWN_TO_SDK:
        return
    try:
        parsed = Block.parse(given)
        if parsed is None or _plain(parsed.to_dict()) != _plain(given):
            yield f"{where}: holds what slack_sdk does not know"
    except (SlackObjectFormationError, *NO_SHAPE) as fault:
        yield f"{where}: {fault!r}"


def _plain(given: Any) -> Any:
    return json.loads(json.dumps(given, sort_keys=True))


def _slackblocks(where: str, given: dict[str, Any]) -> Iterator[str]:
    try:
        slackblocks.Block.from_dict(given)
    except NotImplementedError:
        pass  # slack_sdk cannot parse this type yet
    except (slackblocks.InvalidUsageError, *NO_SHAPE) as fault:
        yield f"{where}: {fault!r}"


def _together(blocks: Sequence[Mapping[str, Any]], surface: Surface) -> Iterator[str]:
    """Check the rules between blocks."""
    if len(blocks) > MOST_BLOCKS[surface]:
        yield f"blocks: {len(blocks)}, must be {MOST_BLOCKS[surface]} at most"
    yield from _twice("block_id", [one.get("block_id") for one in blocks])
    inside = list(walk(list(blocks)))
    yield from _twice("action_id", [one.get("action_id") for one in inside])
    kinds = Counter(str(one.get("type")) for one in blocks)
    if kinds["table"] > 1:
        yield "blocks: one table in a message"
    if kinds["data_visualization"] > limits.MESSAGE_DATA_VISUALIZATIONS_MAX_ITEMS:
        yield "blocks: too many charts"
    if sum(len(str(one.get("text"))) for one in blocks if one.get("type") == "markdown") > 12_000:
        yield "blocks: markdown of more than 12000 characters together"
    if sum(bool(one.get("focus_on_load")) for one in inside) > 1:
        yield "blocks: only one element has the focus"


def _twice(name: str, given: Sequence[Any]) -> Iterator[str]:
    for one, times in Counter(str(g) for g in given if g is not None).items():
        if times > 1:
            yield f"{name}: {one!r} occurs {times} times"


def _around(view: Mapping[str, Any]) -> Iterator[str]:
    """Check a view's parts besides blocks."""
    if not view.get("blocks"):
        yield "view.blocks: nothing in it"
    for name in ("private_metadata", "callback_id", "external_id"):
        most: int = getattr(limits, f"VIEW_{name.upper()}_MAX_LENGTH")
        if name in view:
            yield from element_rules.string(f"view.{name}", view[name], most, 0)
    if len(json.dumps(view)) > LARGEST_VIEW:
        yield "view: too large"
    if view["type"] == "home":
        yield from (f"view.{name}: not in a home" for name in ("title", "submit", "close") if name in view)
    else:
        yield from _around_modal(view)


def _around_modal(view: Mapping[str, Any]) -> Iterator[str]:
    yield from element_rules.text("view.title", view.get("title"), limits.VIEW_TITLE_MAX_LENGTH, plain=True)
    for name in ("submit", "close"):
        if name in view:
            yield from element_rules.text(f"view.{name}", view[name], limits.VIEW_SUBMIT_MAX_LENGTH, plain=True)
    blocks = view.get("blocks")
    kinds = [one.get("type") for one in blocks if isinstance(one, dict)] if isinstance(blocks, list) else []
    if "submit" not in view and "input" in kinds:
        yield "view: inputs need a submit"
