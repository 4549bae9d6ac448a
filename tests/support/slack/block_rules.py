"""Slack's rules of one block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slackblocks import _limits as limits

from tests.support.slack import element_rules
from tests.support.slack.element_rules import Problems

#: Slack counts all cells of a table together.
MOST_IN_A_TABLE = 10_000
#: Its documentation and slackblocks' register differ; this satisfies both.
MOST_DATA_ROWS = 101


def block(where: str, given: Mapping[str, Any]) -> Problems:
    """Check one block's own rules; `acceptance` checks those between blocks."""
    if "block_id" in given:
        yield from element_rules.string(f"{where}.block_id", given["block_id"], limits.BLOCK_ID_MAX_LENGTH)
    yield from _OF_TYPE.get(str(given.get("type")), _nothing_more)(where, given)


def _nothing_more(where: str, given: Mapping[str, Any]) -> Problems:
    yield from ()


def _section(where: str, given: Mapping[str, Any]) -> Problems:
    if "text" not in given and "fields" not in given:
        yield f"{where}: text or fields"
    if "text" in given:
        yield from element_rules.text(f"{where}.text", given["text"], limits.SECTION_TEXT_MAX_LENGTH)
    if "fields" in given:
        yield from element_rules.items(f"{where}.fields", given["fields"], limits.SECTION_FIELDS_MAX_ITEMS)
        for number, field in enumerate(given["fields"]):
            yield from element_rules.text(f"{where}.fields[{number}]", field, limits.SECTION_FIELDS_ITEM_MAX_LENGTH)
    if "accessory" in given:
        yield from element_rules.element(f"{where}.accessory", given["accessory"], element_rules.IN_SECTION)


def _header(where: str, given: Mapping[str, Any]) -> Problems:
    yield from element_rules.text(f"{where}.text", given.get("text"), limits.HEADER_TEXT_MAX_LENGTH, plain=True)


def _context(where: str, given: Mapping[str, Any]) -> Problems:
    yield from element_rules.items(f"{where}.elements", given.get("elements"), limits.CONTEXT_ELEMENTS_MAX_ITEMS)
    for number, one in enumerate(given.get("elements") or ()):
        here = f"{where}.elements[{number}]"
        if one.get("type") == "image":
            yield from element_rules.image(here, one)
        else:
            yield from element_rules.text(here, one, limits.TEXT_MAX_LENGTH)


def _actions(where: str, given: Mapping[str, Any]) -> Problems:
    yield from element_rules.items(f"{where}.elements", given.get("elements"), limits.ACTIONS_ELEMENTS_MAX_ITEMS)
    for number, one in enumerate(given.get("elements") or ()):
        yield from element_rules.element(f"{where}.elements[{number}]", one, element_rules.IN_ACTIONS)


def _input(where: str, given: Mapping[str, Any]) -> Problems:
    yield from element_rules.text(f"{where}.label", given.get("label"), limits.INPUT_LABEL_MAX_LENGTH, plain=True)
    yield from element_rules.element(f"{where}.element", given.get("element"), element_rules.IN_INPUT)
    if "hint" in given:
        yield from element_rules.text(f"{where}.hint", given["hint"], limits.INPUT_HINT_MAX_LENGTH, plain=True)


def _image(where: str, given: Mapping[str, Any]) -> Problems:
    yield from element_rules.image(where, given)
    if "title" in given:
        yield from element_rules.text(f"{where}.title", given["title"], limits.IMAGE_TITLE_MAX_LENGTH, plain=True)


def _rich_text(where: str, given: Mapping[str, Any]) -> Problems:
    elements = given.get("elements")
    if not elements:
        yield f"{where}.elements: nothing in it"
    for one in walk(elements):
        if one.get("type") == "text" and not one.get("text"):
            yield f"{where}: a text without text"


def _table(where: str, given: Mapping[str, Any]) -> Problems:
    rows = given.get("rows")
    yield from element_rules.items(f"{where}.rows", rows, limits.TABLE_ROWS_MAX_ITEMS)
    yield from _cells(where, rows, limits.TABLE_COLUMNS_MAX_ITEMS)
    if len(given.get("column_settings", ())) > limits.TABLE_COLUMN_SETTINGS_MAX_ITEMS:
        yield f"{where}.column_settings: too many"


def _data_table(where: str, given: Mapping[str, Any]) -> Problems:
    rows = given.get("rows")
    if not isinstance(rows, list) or not limits.DATA_TABLE_ROWS_MIN_ITEMS <= len(rows) <= MOST_DATA_ROWS:
        yield f"{where}.rows: must be {limits.DATA_TABLE_ROWS_MIN_ITEMS} to {MOST_DATA_ROWS}"
    yield from _cells(where, rows, limits.DATA_TABLE_COLUMNS_MAX_ITEMS)


def _cells(where: str, rows: Any, most: int) -> Problems:
    rows = rows if isinstance(rows, list) else []
    if len({len(row) for row in rows}) > 1:
        yield f"{where}.rows: not all of one length"
    for number, row in enumerate(rows):
        yield from element_rules.items(f"{where}.rows[{number}]", row, most)
        for cell in row:
            if cell.get("type") not in ("raw_text", "raw_number", "rich_text"):
                yield f"{where}.rows[{number}]: {cell.get('type')!r} is no cell"
    written = list(walk(rows))
    if any(one.get("type") in ("raw_text", "text") and not one.get("text") for one in written):
        yield f"{where}: an empty cell"
    if sum(len(str(one.get("text", ""))) for one in written) > MOST_IN_A_TABLE:
        yield f"{where}: more than {MOST_IN_A_TABLE} characters"


def _markdown(where: str, given: Mapping[str, Any]) -> Problems:
    yield from element_rules.string(f"{where}.text", given.get("text"), limits.MARKDOWN_TEXT_MAX_LENGTH)


def walk(given: Any) -> list[Mapping[str, Any]]:
    """Return every object in a value, however deep."""
    if isinstance(given, Mapping):
        return [given, *(one for value in given.values() for one in walk(value))]
    if isinstance(given, list):
        return [one for value in given for one in walk(value)]
    return []


_OF_TYPE = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _data_table,
    "markdown": _markdown,
}
