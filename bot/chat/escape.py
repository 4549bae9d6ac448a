"""Escape text from files and people for each place it is shown: it reads the same, and nothing in it is live."""

from __future__ import annotations

import re

Cell = str | int | float | None

#: Invisible, and no part of any address, mention or formatting: put into one, it is dead.
JOINER = "\u2060"

#: Formatting marks and what stands in for them. An underscore inside a word formats nothing, and codes have them.
_MARKS = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", re.ASCII)

#: Hidden characters that reorder, or end, a line: there is no honest use for them in a code.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")

_LIVE = (
    (re.compile(r"(?<=[A-Za-z]):(?=\S)", re.ASCII), JOINER + ":"),  # https:// mailto: javascript:
    (re.compile(r":(?=[a-z0-9_+'-]{1,64}:)", re.ASCII | re.IGNORECASE), ":" + JOINER),  # :emoji:
    (re.compile(r"(?<=[A-Za-z0-9])\.(?=[A-Za-z]{2})", re.ASCII), JOINER + "."),  # example.org
    (re.compile("[@\uff20](?=\\S)"), "@" + JOINER),
)
_MACRO = re.compile(r"\{(?=\{)")  # {{DATE(...)}}, which a card replaces with a date
_QUOTE = re.compile(r"^(?=[ \t]{0,8}>)", re.MULTILINE)
_BLOCK = re.compile(r"^(?=[ \t]{0,8}(?:[-+#>|=]|\d{1,9}[.)](?!\d)))", re.MULTILINE)
_ENTITY = re.compile(r"&(?=[#A-Za-z])", re.ASCII)
_BRACKET = re.compile(r"(?<=\])(?=[(\[:])|(?<=!)(?=\[)")
_BACKSLASH = re.compile(r"\\(?=\S)")

#: Invisible characters: controls, marks that turn the direction round, zero widths, tags, halves of characters.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
#: Characters that join or vary another (an emoji, a Persian letter), and alone are nothing.
_NOTHING_ALONE = re.compile("[\u034f\u115f\u1160\u180b-\u180f\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0\\s]*")
_IN_ENTITY = re.compile(r"&[a-z]{0,3}$")

_FORMULA = ("=", "+", "-", "@", "\t", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width
_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?%?", re.ASCII)
_UNSEEN = " \n\v\f\xa0\u200b\u2060\ufeff"


def slack(text: str) -> str:
    """Escape for mrkdwn: no mention, link, emoji or formatting. Only & < > are escaped: O'Brien stays O'Brien."""
    plain = _QUOTE.sub(JOINER, _dead(text))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams(text: str) -> str:
    """Escape for the Markdown of a TextBlock: no mention, link, image, list, heading, date or HTML."""
    plain = _BACKSLASH.sub("\\\\" + JOINER, _dead(text))
    plain = _BRACKET.sub(JOINER, _ENTITY.sub("&" + JOINER, plain))
    return _BLOCK.sub(JOINER, _unmarked(plain))


def teams_run(text: str) -> str:
    """Escape for a TextRun or a label of an Adaptive Card: Markdown is literal there, but dates are filled in.

    Links and mentions are broken too: a client may look for them.
    """
    return _unmarked(_unlinked(_HIDDEN.sub("", text)))


def _unmarked(plain: str) -> str:
    """Break tags such as <at> and a card's macros."""
    return _MACRO.sub("{" + JOINER, plain.replace("<", "<" + JOINER))


def _dead(text: str) -> str:
    """Remove hidden characters, and break every link, mention, emoji and formatting mark."""
    return _unlinked(_UNDERSCORE.sub("ˍ", _HIDDEN.sub("", text).translate(_MARKS)))


def _unlinked(text: str) -> str:
    """Break every link, mention and emoji."""
    for live, instead in _LIVE:
        text = live.sub(instead, text)
    return text


def clean(text: str) -> str:
    """Return the visible text in one line; "" where nothing is visible."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = " ".join(_INVISIBLE.sub("", " ".join(text.split())).split())  # a removed character may be between spaces
    return "" if _NOTHING_ALONE.fullmatch(text) else text


def cut(text: str, most: int) -> str:
    """Cut a text to `most` characters: a longer one ends at a word, or in one, with "…"."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    space = kept.rfind(" ")
    kept = kept[:space] if space > most // 2 else _IN_ENTITY.sub("", kept)
    return f"{kept.rstrip()}…"


def spreadsheet(cell: Cell) -> Cell:
    """Escape for CSV: a text that a spreadsheet would take for a formula gets an apostrophe; numbers and percents stay.

    A workbook needs no apostrophe where its cells are written as text.
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r", " ")  # a carriage return is not quoted, and would begin a new row
    runs = text.lstrip(_UNSEEN).startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if runs else text
