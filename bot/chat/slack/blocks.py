"""Slack's blocks, each within Slack's own limits: a text too long is cut at a word, and none is ever empty."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.chat.escape import JOINER, slack

Block = dict[str, Any]

HEADER: Final = 150
TEXT: Final = 3000
FIELD: Final = 2000
FIELDS: Final = 10
CONTEXT: Final = 10
ELEMENTS: Final = 25
LABEL: Final = 75
VALUE: Final = 2000
OPTIONS: Final = 5
OPTION_VALUE: Final = 150

#: What nobody sees: controls, what turns the direction round, zero widths, tags, halves of characters.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
#: What joins or varies a character (an emoji, a Persian letter), and alone is nothing.
_NOTHING_ALONE = re.compile("[\u034f\u115f\u1160\u180b-\u180f\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0\\s]*")
_MENTION = re.compile("<(?=[!@#])")
_IN_ENTITY = re.compile(r"&[a-z]{0,3}$")


def clean(text: str) -> str:
    """One line of what can be seen; "" where there is nothing to see."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = " ".join(_HIDDEN.sub("", " ".join(text.split())).split())  # what is taken out may stand between spaces
    return "" if _NOTHING_ALONE.fullmatch(text) else text


def cut(text: str, most: int) -> str:
    """At most so many characters: what is too long ends at a word, or in one, with "…"."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    space = kept.rfind(" ")
    kept = kept[:space] if space > most // 2 else _IN_ENTITY.sub("", kept)
    return f"{kept.rstrip()}…"


def split(text: str, most: int) -> Iterator[str]:
    """The whole text in parts that still fit when they are escaped, divided between words where there are any."""
    start = 0
    while start < len(text):
        end = min(len(text), start + most)
        while bound(text[start:end]) > most and end - start > 1:
            end = start + (end - start) // 2
        if end < len(text):
            space = text.rfind(" ", start, end)
            end = space + 1 if space > start + (end - start) // 2 else end
        if part := clean(text[start:end]):
            yield part
        start = end


def bound(text: str) -> int:
    """No fewer characters than `mrkdwn` makes of it: to measure without escaping what may never be shown."""
    many = text.count
    longer = 4 * many("&") + 3 * (many("<") + many(">")) + 2 * many(":") + many(".") + many("@") + many("\uff20")
    return len(text) + longer + 1


def mrkdwn(text: str) -> str:
    """For a text with formatting: nothing of it is live."""
    return slack(clean(text))


def plain(text: str, most: int, instead: str) -> Block:
    """A text that Slack does not format; `instead` where there is nothing to see."""
    return {"type": "plain_text", "text": cut(quiet(clean(text)), most) or instead, "emoji": False}


def quiet(text: str) -> str:
    """Slack reads no mention in an unformatted text; nor shall anything that it is copied into."""
    return _MENTION.sub("<" + JOINER, text)


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER, "Answer")}


def section(escaped: str) -> Block:
    """`escaped` went through `mrkdwn`, and may have formatting of ours."""
    return {"type": "section", "text": _formatted(escaped, TEXT)}


def fields(escaped: Sequence[str]) -> Block:
    return {"type": "section", "fields": [_formatted(each, FIELD) for each in escaped[:FIELDS]]}


def context(escaped: Sequence[str]) -> Block:
    return {"type": "context", "elements": [_formatted(each, TEXT) for each in escaped[:CONTEXT]]}


def preformatted(lines: Sequence[str]) -> Block:
    """Columns as they stand: rich text is never parsed, so nothing in it can end it."""
    text = {"type": "text", "text": quiet("\n".join(lines)) or " "}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [text]}]}


def divider() -> Block:
    return {"type": "divider"}


def actions(elements: Sequence[Block]) -> Block:
    return {"type": "actions", "elements": list(elements[:ELEMENTS])}


def button(label: str, action_id: str, value: str = "") -> Block:
    """Plain in style: what it does stands on it in words."""
    made = {"type": "button", "action_id": action_id, "text": plain(label, LABEL, "Open")}
    return made | ({"value": value[:VALUE]} if value else {})


def overflow(action_id: str, options: Sequence[tuple[str, str]]) -> Block:
    """A menu of (label, value), two to five of them."""
    return {"type": "overflow", "action_id": action_id, "options": [option(*each) for each in options[:OPTIONS]]}


def option(label: str, value: str) -> Block:
    return {"text": plain(label, LABEL, "Open"), "value": value[:OPTION_VALUE]}


def numbered(blocks: Sequence[Block]) -> list[Block]:
    """The same with a number after each action id that has none, so that no two of a message are alike."""
    seen: dict[str, int] = {}
    for each in (e for block in blocks if block["type"] == "actions" for e in block["elements"]):
        word = each["action_id"]
        n = seen[word] = seen.get(word, -1) + 1
        if ":" not in word:
            each["action_id"] = f"{word}:{n}"
    return list(blocks)


def _formatted(escaped: str, most: int) -> Block:
    """Verbatim: Slack is not to look for links and names by itself."""
    return {"type": "mrkdwn", "text": cut(escaped, most) or "–", "verbatim": True}
