"""Slack's rules of texts, options, buttons, menus and inputs.

Limits are those of slackblocks' register; the rest is by Slack's documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

from slackblocks import _limits as limits

#: Blocks that may hold an element.
PICKED = ("users_select", "conversations_select", "channels_select", "datepicker", "timepicker")
CHOSEN = ("static_select", "radio_buttons", "checkboxes", *PICKED)
MANY = ("multi_static_select", "multi_users_select", "multi_conversations_select", "multi_channels_select")
WRITTEN = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input")
IN_SECTION = ("button", "overflow", "image", *CHOSEN, *MANY)
IN_ACTIONS = ("button", "overflow", "datetimepicker", *CHOSEN)
IN_INPUT = ("datetimepicker", *WRITTEN, *CHOSEN, *MANY)

Problems = Iterator[str]


def text(where: str, given: Any, most: int, *, plain: bool = False) -> Problems:
    """Check a text object of 1 to `most` characters; `plain` where Slack takes no mrkdwn."""
    if not isinstance(given, Mapping):
        yield f"{where}: a text object is missing"
        return
    kind, words = given.get("type"), given.get("text")
    if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
        yield f"{where}: {kind!r} is no text type here"
    if kind == "mrkdwn" and "emoji" in given:
        yield f"{where}: emoji belongs to plain_text"
    if kind == "plain_text" and "verbatim" in given:
        yield f"{where}: verbatim belongs to mrkdwn"
    yield from string(where, words, most)


def string(where: str, given: Any, most: int, least: int = 1) -> Problems:
    if not isinstance(given, str):
        yield f"{where}: must be a string"
    elif not least <= len(given) <= most:
        yield f"{where}: {len(given)} characters, must be {least} to {most}"


def items(where: str, given: Any, most: int) -> Problems:
    if not isinstance(given, list):
        yield f"{where}: must be a list"
    elif not 1 <= len(given) <= most:
        yield f"{where}: {len(given)} items, must be 1 to {most}"


def element(where: str, given: Any, allowed: tuple[str, ...]) -> Problems:
    """Check an element of a block that takes `allowed` ones."""
    kind = given.get("type") if isinstance(given, Mapping) else None
    if kind not in allowed:
        yield f"{where}: {kind!r} does not belong here"
        return
    if kind == "image":
        yield from image(where, given)
        return
    if "action_id" in given:
        yield from string(f"{where}.action_id", given["action_id"], limits.ACTION_ID_MAX_LENGTH)
    if "placeholder" in given:
        yield from text(f"{where}.placeholder", given["placeholder"], limits.SELECT_PLACEHOLDER_MAX_LENGTH, plain=True)
    if "confirm" in given:
        yield from confirm(f"{where}.confirm", given["confirm"])
    yield from _OF_TYPE.get(kind, _nothing_more)(where, given)


def image(where: str, given: Mapping[str, Any]) -> Problems:
    """Check an image block or element."""
    yield from string(f"{where}.alt_text", given.get("alt_text"), limits.IMAGE_ALT_TEXT_MAX_LENGTH)
    if ("image_url" in given) == ("slack_file" in given):
        yield f"{where}: one of image_url and slack_file"
    if "image_url" in given:
        yield from string(f"{where}.image_url", given["image_url"], limits.IMAGE_IMAGE_URL_MAX_LENGTH)
        yield from link(f"{where}.image_url", given["image_url"])


def link(where: str, given: Any) -> Problems:
    if not str(given).startswith(("https://", "http://")):
        yield f"{where}: no http address"


def confirm(where: str, given: Any) -> Problems:
    if not isinstance(given, Mapping):
        yield f"{where}: must be an object"
        return
    yield from text(f"{where}.title", given.get("title"), limits.CONFIRMATION_TITLE_MAX_LENGTH, plain=True)
    yield from text(f"{where}.text", given.get("text"), limits.CONFIRMATION_TEXT_MAX_LENGTH)
    yield from text(f"{where}.confirm", given.get("confirm"), limits.CONFIRMATION_CONFIRM_MAX_LENGTH, plain=True)
    yield from text(f"{where}.deny", given.get("deny"), limits.CONFIRMATION_DENY_MAX_LENGTH, plain=True)


def options(where: str, given: Any, most: int, *, plain: bool = True) -> Problems:
    yield from items(where, given, most)
    for number, one in enumerate(given if isinstance(given, list) else ()):
        here = f"{where}[{number}]"
        if not isinstance(one, Mapping):
            yield f"{here}: must be an object"
            continue
        yield from text(f"{here}.text", one.get("text"), limits.OPTION_TEXT_MAX_LENGTH, plain=plain)
        yield from string(f"{here}.value", one.get("value"), limits.OPTION_VALUE_MAX_LENGTH)
        if "description" in one:
            most_there = limits.OPTION_DESCRIPTION_MAX_LENGTH
            yield from text(f"{here}.description", one["description"], most_there, plain=plain)


def _nothing_more(where: str, given: Mapping[str, Any]) -> Problems:
    yield from ()


def _button(where: str, given: Mapping[str, Any]) -> Problems:
    yield from text(f"{where}.text", given.get("text"), limits.BUTTON_TEXT_MAX_LENGTH, plain=True)
    if "value" in given:
        yield from string(f"{where}.value", given["value"], limits.BUTTON_VALUE_MAX_LENGTH)
    if "url" in given:
        yield from string(f"{where}.url", given["url"], limits.BUTTON_URL_MAX_LENGTH)
        yield from link(f"{where}.url", given["url"])
    if given.get("style", "primary") not in ("primary", "danger"):
        yield f"{where}.style: primary, danger or none"


def _overflow(where: str, given: Mapping[str, Any]) -> Problems:
    yield from options(f"{where}.options", given.get("options"), limits.OVERFLOW_OPTIONS_MAX_ITEMS)


def _select(where: str, given: Mapping[str, Any]) -> Problems:
    if ("options" in given) == ("option_groups" in given):
        yield f"{where}: one of options and option_groups"
    known = list(given.get("options") or ())
    if "options" in given:
        yield from options(f"{where}.options", given["options"], limits.SELECT_OPTIONS_MAX_ITEMS)
    if "option_groups" in given:
        yield from items(f"{where}.option_groups", given["option_groups"], limits.SELECT_OPTION_GROUPS_MAX_ITEMS)
        for number, group in enumerate(given["option_groups"]):
            here = f"{where}.option_groups[{number}]"
            most = limits.OPTION_GROUP_LABEL_MAX_LENGTH
            yield from text(f"{here}.label", group.get("label"), most, plain=True)
            yield from options(f"{here}.options", group.get("options"), limits.OPTION_GROUP_OPTIONS_MAX_ITEMS)
            known += group.get("options") or ()
    yield from _initial(where, given, known)


def _choices(where: str, given: Mapping[str, Any]) -> Problems:
    yield from options(f"{where}.options", given.get("options"), limits.RADIO_BUTTONS_OPTIONS_MAX_ITEMS, plain=False)
    yield from _initial(where, given, given.get("options") or [])


def _initial(where: str, given: Mapping[str, Any], known: list[Any]) -> Problems:
    """Check that the initial option is, to the letter, one of the options."""
    first = [given["initial_option"]] if "initial_option" in given else given.get("initial_options", [None])
    if not first:
        yield f"{where}.initial_options: leave it out instead"
    if any(one is not None and one not in known for one in first):
        yield f"{where}: the initial option is none of the options"


def _text_input(where: str, given: Mapping[str, Any]) -> Problems:
    least, most = given.get("min_length", 0), given.get("max_length", 3000)
    if not 0 <= least <= 3000 or not 1 <= most <= 3000 or least > most:
        yield f"{where}: lengths must be 0 to 3000, and the least not above the most"
    if "initial_value" in given:
        yield from string(f"{where}.initial_value", given["initial_value"], most, least)


def _day(where: str, given: Mapping[str, Any]) -> Problems:
    try:
        date.fromisoformat(given.get("initial_date", "2026-01-01"))
    except (TypeError, ValueError):
        yield f"{where}.initial_date: no day"


def _time(where: str, given: Mapping[str, Any]) -> Problems:
    try:
        if len(given.get("initial_time", "00:00")) != len("00:00"):
            raise ValueError
        time.fromisoformat(given.get("initial_time", "00:00"))
    except (TypeError, ValueError):
        yield f"{where}.initial_time: no time"


_OF_TYPE = {
    "button": _button,
    "overflow": _overflow,
    "static_select": _select,
    "multi_static_select": _select,
    "radio_buttons": _choices,
    "checkboxes": _choices,
    "plain_text_input": _text_input,
    "datepicker": _day,
    "timepicker": _time,
}
