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
_QUOTE = re.compile(r"^(?=[ \t]{0,8}>)", re.MULTILINE)
_BLOCK = re.compile(r"^(?=[ \t]{0,8}(?:[-+#>|=]|\d{1,9}[.)](?!\d)))", re.MULTILINE)
_ENTITY = re.compile(r"&(?=[#A-Za-z])", re.ASCII)
_BRACKET = re.compile(r"(?<=\])(?=[(\[:])|(?<=!)(?=\[)")
_BACKSLASH = re.compile(r"\\(?=\S)")

_FORMULA = ("=", "+", "-", "@", "\t", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width
_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?%?", re.ASCII)
_UNSEEN = " \n\v\f\xa0\u200b\u2060\ufeff"


def slack(text: str) -> str:
    """Escape for mrkdwn: no mention, link, emoji or formatting. Only & < > are escaped: O'Brien stays O'Brien."""
    plain = _QUOTE.sub(JOINER, _dead(text))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams(text: str) -> str:
    """Escape for Markdown and the text of Adaptive Cards: no mention, link, image, list, heading or HTML."""
    plain = _BACKSLASH.sub("\\\\" + JOINER, _dead(text))
    plain = _BRACKET.sub(JOINER, _ENTITY.sub("&" + JOINER, plain))
    return _BLOCK.sub(JOINER, plain.replace("<", "<" + JOINER))


def _dead(text: str) -> str:
    """Remove hidden characters, and break every link, mention, emoji and formatting mark."""
    plain = _UNDERSCORE.sub("ˍ", _HIDDEN.sub("", text).translate(_MARKS))
    for live, instead in _LIVE:
        plain = live.sub(instead, plain)
    return plain


def spreadsheet(cell: Cell) -> Cell:
    """Escape for CSV: a text that a spreadsheet would take for a formula gets an apostrophe; numbers and percents stay.

    A workbook needs no apostrophe where its cells are written as text.
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r", " ")  # a carriage return is not quoted, and would begin a new row
    runs = text.lstrip(_UNSEEN).startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if runs else text
