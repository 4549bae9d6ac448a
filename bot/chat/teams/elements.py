"""The elements of Adaptive Card 1.5 that the bot sends, in Microsoft's words and with nothing live in them.

Texts go into TextRuns, which know no Markdown. A heading has to be a TextBlock, which does, and is escaped for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from bot.chat.escape import clean, teams, teams_run

Card = dict[str, Any]
Element = dict[str, Any]
Data = Mapping[str, object]

#: The type of an attachment that is a card.
KIND: Final = "application/vnd.microsoft.card.adaptive"


def size(of: object) -> int:
    """Return the bytes of a part in the JSON that is sent, and of the comma after it."""
    return len(json.dumps(of, ensure_ascii=False).encode()) + 2


def card(body: Sequence[Element], fallback: str) -> Card:
    """Return a card. `fallback` is shown alone by a client that is too old for it."""
    made = {"type": "AdaptiveCard", "version": "1.5", "body": list(body), "fallbackText": fallback}
    return made | {"msteams": {"width": "full"}}


def heading(text: str, *, large: bool = False) -> Element:
    """Return a title, which a screen reader finds as one."""
    look = {"style": "heading", "size": "Large" if large else "Medium", "weight": "Bolder", "wrap": True}
    return {"type": "TextBlock", "text": teams(clean(text)), **look}


def line(*runs: Element) -> Element:
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": list(runs)}


def run(text: str) -> Element:
    """Return a text that is shown as it is."""
    return {"type": "TextRun", "text": teams_run(text)}


def bold(text: str) -> Element:
    return run(text) | {"weight": "Bolder"}


def small(text: str) -> Element:
    """Return a small line."""
    return line(run(clean(text) or "–") | {"size": "Small", "isSubtle": True})


def fault(text: str) -> Element:
    """Return a fault in words, with its mark: the colour is not all that tells it."""
    return line(bold(f"⚠ {text}") | {"color": "Attention"})


def spaced(of: Element) -> Element:
    """Return an element with more room above it."""
    return of | {"spacing": "Medium"}


def apart(of: Element) -> Element:
    """Return an element with a line above it."""
    return spaced(of) | {"separator": True}


def beside(said: Element, buttons: Sequence[Element]) -> Element:
    """Return buttons at the right of a line."""
    look = {"type": "Column", "verticalContentAlignment": "Center"}
    columns = [look | {"width": "stretch", "items": [said]}, look | {"width": "auto", "items": [action_set(buttons)]}]
    return {"type": "ColumnSet", "spacing": "Small", "columns": columns}


def action_set(buttons: Sequence[Element]) -> Element:
    return {"type": "ActionSet", "actions": list(buttons)}


def execute(title: str, data: Data) -> Element:
    """Return a button that Teams answers in place. A client that knows no Execute sends the same data as a message."""
    verb = data["action"]
    instead = submit(title, {**data, "verb": verb})
    return {"type": "Action.Execute", "title": title, "verb": verb, "data": dict(data), "fallback": instead}


def submit(title: str, data: Data) -> Element:
    """Return a button that is sent as a message, or handed in by a dialog."""
    return {"type": "Action.Submit", "title": title, "data": dict(data)}


def opening(title: str, data: Data) -> Element:
    """Return a button that opens a dialog: Teams opens one for a Submit alone."""
    return submit(title, {**data, "msteams": {"type": "task/fetch"}})


def alone(button: Element) -> Element:
    """Return a button that neither sends nor waits for the inputs of its card."""
    made = button | {"associatedInputs": "none"}
    if "fallback" in button:
        made["fallback"] = button["fallback"] | {"associatedInputs": "none"}
    return made


def first(button: Element) -> Element:
    """Return a button as the step that most readers need next."""
    return button | {"style": "positive"}


def in_menu(button: Element) -> Element:
    """Return a button in the menu "…" at the end of its row."""
    return button | {"mode": "secondary"}


class TableHead(NamedTuple):
    """The columns of a table: their names, their weights, and whether each holds numbers alone."""

    names: tuple[str, ...]
    weights: tuple[int, ...]
    right: tuple[bool, ...]


def table(head: TableHead, rows: list[Element]) -> Element:
    """Return a table, its names and the first cell of each row in bold, numbers on the right."""
    columns = [
        {"width": weight} | ({"horizontalCellContentAlignment": "Right"} if right else {})
        for weight, right in zip(head.weights, head.right, strict=True)
    ]
    names = {"type": "TableRow", "cells": [_cell(bold(name or "–")) for name in head.names]}
    return {"type": "Table", "firstRowAsHeaders": True, "columns": columns, "rows": [names, *rows]}


def table_row(cells: Sequence[str]) -> Element:
    return {"type": "TableRow", "cells": [_cell(run(c or "–") if i else bold(c or "–")) for i, c in enumerate(cells)]}


def _cell(text: Element) -> Element:
    return {"type": "TableCell", "items": [{"type": "RichTextBlock", "inlines": [text]}]}


def chart(
    kind: str, title: str, unit: str, labels: Sequence[str], series: Mapping[str, Sequence[object]], instead: Element
) -> Element:
    """Return a chart of Teams; a client without charts shows `instead`."""
    axis = [teams_run(label) for label in labels]
    values = {teams_run(name): [{"x": x, "y": y} for x, y in zip(axis, ys, strict=True)] for name, ys in series.items()}
    grouped = [{"legend": name, "values": points} for name, points in values.items()]
    # The colours that Teams takes by itself are shades of one: lines in them cannot be told apart.
    made: Element = {"title": title, "colorSet": "categorical"} | ({"yAxisTitle": unit} if unit else {})
    if kind == "line":
        made |= {"type": "Chart.Line", "data": grouped}
    elif len(grouped) == 1:
        made |= {"type": "Chart.VerticalBar", "data": grouped[0]["values"]}
    else:
        made |= {"type": "Chart.VerticalBar.Grouped", "data": grouped}
    return made | {"fallback": instead}


def text_input(value: str, longest: int, *, tall: bool) -> Element:
    return _valued({"type": "Input.Text", "isMultiline": tall, "maxLength": longest}, value)


def date_input(value: str) -> Element:
    return _valued({"type": "Input.Date"}, value)


def time_input(value: str) -> Element:
    return _valued({"type": "Input.Time"}, value)


def choice_input(value: str, hint: str) -> Element:
    """Return a choice whose options are still to come; `hint` is in its place while nothing is chosen."""
    look = {"wrap": True, "style": "compact", "placeholder": hint}
    return _valued({"type": "Input.ChoiceSet", **look, "choices": []}, value)


def is_choice(made: Element) -> bool:
    return "choices" in made


def is_words(of: Element) -> bool:
    """Return True for a field that takes words."""
    return bool(of["type"] == "Input.Text")


def _valued(made: Element, value: str) -> Element:
    return made | {"spacing": "Medium"} | ({"value": value} if value else {})
