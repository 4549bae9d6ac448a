"""What a reply says, and what each platform sends of it, read back from Slack's blocks, Teams' cards and HTML.

Each platform has one reader. It is strict: a block, element or attribute that it does not know is a failure, for it may
hide a part of a reply. `differences` compares a reply with what was read, item by item and in order.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

from bot.chat.escape import JOINER, clean
from bot.conversation.reply import Chart, Form, Reply, Row, Table

#: Characters that an escape puts in place of others, and those others.
_STANDING_IN = str.maketrans({"\u2217": "*", "\u223c": "~", "\u02cb": "`", "ˍ": "_", "\uff20": "@"})
NO_CHART = "The chart is not drawn here: every number is in the table."


class Strange(Exception):
    """Something was sent that the reader does not know."""


@dataclass(frozen=True)
class Title:
    text: str


@dataclass(frozen=True)
class Line:
    """A line: its mark, what is in bold, and the rest. A heading is all bold."""

    text: str = ""
    bold: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Cells:
    """A row of a table, under the names of its columns."""

    names: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """A row of a table that was sent as text in columns."""

    names: str
    cells: str


@dataclass(frozen=True)
class Press:
    """A button. `primary` is None where it is in a menu, which tells no weight."""

    label: str
    handle: str
    form: bool = False
    primary: bool | None = False


@dataclass(frozen=True)
class Turn:
    """A button of the platform's own, such as the next page: its verb, its handle and the page."""

    verb: str
    handle: str = ""
    page: int = 0


@dataclass(frozen=True)
class Drawn:
    """A chart: its numbers where the platform draws it, the words of a picture where it shows one."""

    title: str = ""
    kind: str = ""
    series: tuple[tuple[str, tuple[tuple[str, float | None], ...]], ...] = ()
    alt: str = ""


Item = Title | Line | Cells | Columns | Press | Turn | Drawn


@dataclass(frozen=True)
class Asked:
    """A field of a form, as it is shown."""

    id: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()
    required: bool = True
    hint: str = ""
    value: str = ""


@dataclass(frozen=True)
class Sheet:
    """A form, as it is shown."""

    title: str
    text: tuple[Item, ...]
    fields: tuple[Asked, ...]
    submit: str
    handle: str


def plain(text: object) -> str:
    """Return a text without what an escape added: both sides of a comparison go through this."""
    return " ".join(clean(str(text).replace(JOINER, "")).translate(_STANDING_IN).split())


def _only(node: Mapping[str, Any], *known: str) -> None:
    if strange := sorted(set(node) - set(known)):
        raise Strange(f"{node.get('type', 'a part')} has {', '.join(strange)}")


# ---- what a reply says


def said(reply: Reply) -> tuple[list[Item | _TableRow], list[Item | _TableRow]]:
    """Return what every platform has to show of a reply, without its charts: the body, and what follows it."""
    body: list[Item | _TableRow] = [Title(plain(reply.title))] if plain(reply.title) else []
    body += _lines(reply.text)
    for section in reply.sections:
        body += _heading(section.title)
        body += _lines(section.lines)
        if section.hidden and not any(line.lstrip().startswith("…") for line in section.lines[-1:]):
            more = f": {section.more}" if section.more else ""
            body.append(Line(plain(f"… and {section.hidden} more{more}")))
    for table in reply.tables:
        body += _table(table)
    after: list[Item | _TableRow] = [_press(b) for b in reply.buttons]
    return body, [*after, *_lines(reply.footer)]


@dataclass(frozen=True)
class _TableRow:
    """A row of a table, which a platform may show in cells, in columns or in words."""

    names: tuple[str, ...]
    cells: tuple[str, ...]

    def is_shown_by(self, item: Item) -> bool:
        if isinstance(item, Cells):
            return item == Cells(tuple(n or "–" for n in self.names), tuple(c or "–" for c in self.cells))
        if isinstance(item, Columns):
            shown = Columns(" ".join(filter(None, self.names)), " ".join(filter(None, self.cells)) or "–")
            return item == shown
        rest = [plain(f"{n} {c}") for n, c in zip(self.names[1:], self.cells[1:], strict=True) if c]
        first = self.cells[0] or "–"
        return item == (Line(" · ".join(rest), first) if rest else Line(first))


def words_of(item: Item | _TableRow) -> list[str]:
    """Return the words of an item, in the pieces that stand together on any screen."""
    if isinstance(item, Line):
        return list(filter(None, (f"{item.mark} {item.bold}".strip(), item.text)))
    if isinstance(item, Cells | _TableRow):
        return list(filter(None, item.cells))
    return list(filter(None, (getattr(item, "text", "") or getattr(item, "label", ""),)))


def _lines(of: Iterable[str]) -> Iterator[Item]:
    for line in of:
        if isinstance(line, Row):
            words = " · ".join(filter(None, map(plain, line.words)))
            yield Line(words, plain(line.subject) or "–", plain(line.mark))
            yield from map(_press, line.buttons)
        elif plain(line):
            yield Line(plain(line))


def _heading(title: str) -> list[Item]:
    return [Line(bold=plain(title))] if plain(title) else []


def _press(button: Any) -> Press:
    return Press(plain(button.label), button.command, button.form, button.primary)


def _table(of: Table) -> Iterator[Item | _TableRow]:
    if not of.rows:
        return
    yield from _heading(of.title)
    names = tuple(map(plain, of.columns))
    for row in of.rows:
        yield _TableRow(names, tuple("" if cell is None else plain(cell) for cell in row))
    yield from _lines([of.note])


def charts(reply: Reply) -> list[Drawn]:
    return [_as_drawn(chart) for chart in reply.charts]


def _as_drawn(chart: Chart) -> Drawn:
    labels = list(map(plain, chart.categories))
    series = tuple((plain(s.name), tuple(zip(labels, s.values, strict=True))) for s in chart.series)
    return Drawn(plain(chart.title), chart.kind, series, plain(chart.alt))


def sheet(form: Form, handle: str, values: Mapping[str, str] | None = None) -> Sheet:
    """Return what every platform has to show of a form."""
    given = values or {}
    fields = []
    for each in form.fields:
        options = tuple((o.value, plain(o.label) or o.value) for o in each.options if o.value)
        kind = each.kind if each.kind != "choice" or options else "words"
        value = given.get(each.id, each.initial)
        if options and value not in dict(options):
            value = ""
        fields.append(Asked(each.id, plain(each.label), kind, options, each.required, plain(each.hint), plain(value)))
    return Sheet(plain(form.title), tuple(_lines(form.text)), tuple(fields), plain(form.submit), handle)


# ---- the comparison


def apart(wanted: Sheet, shown: Sheet) -> str:
    """Return the first thing in which a form is shown otherwise than wanted."""
    if wanted.fields != shown.fields and len(wanted.fields) == len(shown.fields):
        return next(f"{w} and {s}" for w, s in zip(wanted.fields, shown.fields, strict=True) if w != s)
    names = ("title", "text", "fields", "submit", "handle")
    pairs = ((getattr(wanted, name), getattr(shown, name)) for name in names)
    return next((f"{w} and {s}" for w, s in pairs if w != s), "")


def differences(reply: Reply, pages: Sequence[Sequence[Item]]) -> list[str]:
    """Return what of a reply is missing from the pages of it that were sent, and what is there beside it."""
    faults: list[str] = []
    body, after = said(reply)
    found = [item for page in _without_turns(pages) for item in page if isinstance(item, Drawn)]
    faults += _charts_lost(reply, found, any(Line(NO_CHART) in page for page in pages))
    text: list[list[Item]] = [
        [item for item in page if not isinstance(item, Drawn) and item != Line(NO_CHART)]
        for page in _without_turns(pages)
    ]
    whole: list[Item] = []
    for number, page in enumerate(text, 1):
        rest, lost = _without_frame(page, reply, after, number, len(text))
        faults += lost
        whole += rest
    faults += compare(body, whole)
    return faults


def compare(wanted: Sequence[Item | _TableRow], found: Sequence[Item]) -> list[str]:
    """Compare item by item. A line that was sent in parts is put together first."""
    waiting = list(found)
    for want in wanted:
        if not waiting:
            return [f"lost: {want}"]
        got = waiting.pop(0)
        while isinstance(want, Line) and isinstance(got, Line) and got != want and waiting:
            joined = _joined(got, waiting[0])
            if joined is None or not f"{want.text} ".startswith(f"{joined.text} ") or joined.bold != want.bold:
                break
            got = joined
            waiting.pop(0)
        if not _is_shown(want, got):
            return [f"lost: {want}; in its place: {got}"]
    return [f"nobody said: {item}" for item in waiting[:3]]


def _joined(line: Line, following: Item) -> Line | None:
    """Return a line with the part of it that follows; None for what begins a line of its own."""
    if not isinstance(following, Line) or following.bold or following.mark:
        return None
    return Line(f"{line.text} {following.text}".strip(), line.bold, line.mark)


def _is_shown(want: Item | _TableRow, got: Item) -> bool:
    if isinstance(want, _TableRow):
        return want.is_shown_by(got)
    if isinstance(want, Press) and isinstance(got, Press) and got.primary is None:
        return replace(want, primary=None) == got
    return want == got


def _without_turns(pages: Sequence[Sequence[Item]]) -> list[list[Item]]:
    return [[item for item in page if not isinstance(item, Turn)] for page in pages]


def _without_frame(
    page: list[Item], reply: Reply, after: Sequence[Item | _TableRow], number: int, last: int
) -> tuple[list[Item], list[str]]:
    """Take off a page what is on every page, and say what of it is lost: the title, the buttons, the footer.

    A footer too long for every page is at the end of the last. What was continued has its title again.
    """
    faults: list[str] = []
    title = Title(plain(reply.title))
    if number > 1 and title.text:
        faults += [] if page[:1] == [title] else [f"page {number} has no title"]
        page = page[1:]
    if number > 1 and page and isinstance(page[0], Line) and _is_continued(page[0]):
        page = page[1:]
    buttons = [each for each in after if isinstance(each, Press)]
    for ends in (list(after), buttons):
        if ends and len(page) >= len(ends) and not compare(ends, page[-len(ends) :]):
            page = page[: -len(ends)]
            if len(ends) == len(after) or (number < last and len(after) > len(buttons)):
                return page, faults
            break
    else:
        if buttons or (after and number == last):
            faults.append(f"page {number} of {last} ends without {list(after)}: {page[-len(after) :]}")
    return _footer_in_body(page, after, number, last, faults)


def _footer_in_body(
    page: list[Item], after: Sequence[Item | _TableRow], number: int, last: int, faults: list[str]
) -> tuple[list[Item], list[str]]:
    """Take a long footer off the last page, where it comes before the buttons."""
    footer = [each for each in after if not isinstance(each, Press)]
    if footer and number == last:
        if len(page) >= len(footer) and not compare(footer, page[-len(footer) :]):
            return page[: -len(footer)], faults
        faults.append(f"the footer is lost: {footer}")
    return page, faults


def _is_continued(line: Line) -> bool:
    return (line.text == "continued" and bool(line.bold)) or line.bold.endswith(" · continued")


def _charts_lost(reply: Reply, found: Sequence[Drawn], says_so: bool) -> list[str]:
    """Return the charts that are neither drawn with their numbers, nor shown with their words, nor said to be absent.

    A chart that is not drawn has every number in a table.
    """
    wanted = charts(reply)
    kept = [want for want in wanted if any(_is_of(got, want) for got in found)]
    strange = [f"another chart: {got}" for got in found if not any(_is_of(got, want) for want in wanted)]
    if len(kept) == len(wanted) or (says_so and not _numbers_nowhere(reply)):
        return strange
    return [*strange, *(f"lost: {want}" for want in wanted if want not in kept)]


def _is_of(got: Drawn, want: Drawn) -> bool:
    """Return True for a chart as it was wanted. Teams draws the only series of bars without its name."""
    alone = tuple(("", values) for _, values in want.series) if len(want.series) == 1 else want.series
    return got in (replace(want, alt=""), replace(want, alt="", series=alone), Drawn(alt=want.alt))


def _numbers_nowhere(reply: Reply) -> list[float]:
    cells = {word.strip("%,") for t in reply.tables for row in t.rows for cell in row for word in plain(cell).split()}
    numbers = [v for chart in reply.charts for s in chart.series for v in s.values if v is not None]
    return [n for n in numbers if not {f"{n:g}", f"{n:.1f}", f"{n:.2f}", str(n)} & cells]


# ---- Slack


def slack_page(blocks: Sequence[Mapping[str, Any]]) -> list[Item]:
    """Read the blocks of one message or modal; every action id has to differ from the others."""
    ids: list[str] = []
    found = [item for block in blocks for item in _slack_block(block, ids)]
    if len(set(ids)) < len(ids):
        raise Strange(f"action ids twice: {sorted(ids)}")
    return found


def _slack_block(block: Mapping[str, Any], ids: list[str]) -> Iterator[Item]:
    kind = block["type"]
    if kind in ("header", "section", "context", "actions"):
        yield from _slack_words(kind, block, ids)
    elif kind == "table":
        yield from _slack_table(block)
    elif kind == "rich_text":
        yield from _slack_columns(block)
    elif kind == "data_visualization":
        yield _slack_chart(block)
    elif kind != "divider":
        raise Strange(f"a block of type {kind}")


def _slack_words(kind: str, block: Mapping[str, Any], ids: list[str]) -> Iterator[Item]:
    # The id of a block is the marker by which a post is found again.
    _only(block, "type", "block_id", *{"header": ("text",), "section": ("text", "accessory")}.get(kind, ("elements",)))
    if kind == "header":
        yield Title(_slack_plain(block["text"]))
    elif kind == "section":
        yield from map(_bold_line, _slack_lines(block["text"]))
        yield from _slack_element(block["accessory"], ids) if "accessory" in block else ()
    elif kind == "context":
        yield from (_bold_line(line) for each in block["elements"] for line in _slack_lines(each))
    else:
        yield from (item for each in block["elements"] for item in _slack_element(each, ids))


def _slack_plain(text: Mapping[str, Any]) -> str:
    _only(text, "type", "text", "emoji")
    if text["type"] != "plain_text" or text.get("emoji") is not False:
        raise Strange(f"not a plain text: {text}")
    return plain(text["text"])


def _slack_lines(text: Mapping[str, Any]) -> list[str]:
    _only(text, "type", "text", "verbatim")
    if text["type"] != "mrkdwn" or text.get("verbatim") is not True:
        raise Strange(f"Slack would look for links in it: {text}")
    return [line for line in html.unescape(text["text"]).split("\n") if line]


_BOLD_LINE = re.compile(r"(?:(?P<mark>\S+) )?\*(?P<bold>[^*]+)\*(?: · (?P<text>.*))?", re.DOTALL)


def _bold_line(text: str) -> Line:
    found = _BOLD_LINE.fullmatch(text)
    if found is None:
        if "*" in text:
            raise Strange(f"bold in the middle: {text!r}")
        return Line(plain(text))
    return Line(plain(found["text"] or ""), plain(found["bold"]), plain(found["mark"] or ""))


def _slack_element(element: Mapping[str, Any], ids: list[str]) -> Iterator[Item]:
    ids.append(element["action_id"])
    word, _, number = element["action_id"].partition(":")
    if element["type"] == "overflow":
        _only(element, "type", "action_id", "options")
        for option in element["options"]:
            _only(option, "text", "value")
            verb, _, handle = option["value"].partition(" ")
            yield Press(_slack_plain(option["text"]), handle, _is_form(verb), None)
        return
    _only(element, "type", "action_id", "text", "value", "style", "accessibility_label")
    label, handle = _slack_plain(element["text"]), element.get("value", "")
    if element["type"] != "button" or element.get("style", "primary") != "primary":
        raise Strange(f"an element: {element}")
    _aloud(label, element.get("accessibility_label", ""))
    if word in ("press", "form"):
        yield Press(label, handle, _is_form(word), "style" in element)
    else:
        yield Turn(word, handle, int(number) if word == "more" else 0)


def _is_form(verb: str) -> bool:
    if verb not in ("press", "form"):
        raise Strange(f"a button's verb: {verb}")
    return verb == "form"


def _aloud(label: str, said: str) -> None:
    """A label that is read aloud begins with the label that is seen."""
    if said and not plain(said).startswith(label.removesuffix("…")):
        raise Strange(f"{label!r} is read aloud as {said!r}")


def _slack_table(block: Mapping[str, Any]) -> Iterator[Item]:
    _only(block, "type", "block_id", "rows", "column_settings")
    names, *rows = [tuple(map(_slack_cell, row)) for row in block["rows"]]
    if len(block["column_settings"]) != len(names):
        raise Strange("settings of another number of columns")
    yield from (Cells(names, row) for row in rows)


def _slack_cell(cell: Mapping[str, Any]) -> str:
    if cell["type"] == "raw_text":
        _only(cell, "type", "text")
        return plain(cell["text"])
    _only(cell, "type", "elements")
    if cell["type"] != "rich_text":
        raise Strange(f"a cell of type {cell['type']}")
    words = [inner for each in cell["elements"] for inner in each["elements"]]
    for each in words:
        _only(each, "type", "text", "style")
    return plain("".join(each["text"] for each in words))


def _slack_columns(block: Mapping[str, Any]) -> Iterator[Item]:
    _only(block, "type", "block_id", "elements")
    for each in block["elements"]:
        if each["type"] != "rich_text_preformatted":
            raise Strange(f"rich text of type {each['type']}")
        head, *rows = "".join(inner["text"] for inner in each["elements"]).split("\n")
        yield from (Columns(plain(head), plain(row)) for row in rows)


def _slack_chart(block: Mapping[str, Any]) -> Drawn:
    _only(block, "type", "block_id", "title", "chart")
    _only(block["chart"], "type", "series", "axis_config")
    series = []
    for each in block["chart"]["series"]:
        _only(each, "name", "data")
        series.append((plain(each["name"]), tuple((plain(d["label"]), d["value"]) for d in each["data"])))
    return Drawn(plain(block["title"]), block["chart"]["type"], tuple(series))


def slack_sheet(view: Mapping[str, Any]) -> Sheet:
    """Read a form's modal."""
    _only(view, "type", "title", "close", "blocks", "callback_id", "private_metadata", "submit")
    title = _slack_plain(view["title"])
    text: list[Item] = []
    fields: list[Asked] = []
    for block in view["blocks"]:
        if block["type"] == "input":
            fields.append(_slack_field(block))
        elif fields:
            raise Strange("a text under the fields")
        else:
            text += list(_slack_block(block, []))
    whole = text[0] if text else None
    if isinstance(whole, Line) and whole.bold and not whole.text:  # the modal's own title is cut
        title = whole.bold
        text.pop(0)
    return Sheet(title, tuple(text), tuple(fields), _slack_plain(view["submit"]), view["private_metadata"])


_SLACK_KINDS = {
    "radio_buttons": "choice",
    "static_select": "choice",
    "datepicker": "date",
    "timepicker": "time",
    "plain_text_input": "words",
}


def _slack_field(block: Mapping[str, Any]) -> Asked:
    _only(block, "type", "block_id", "label", "element", "optional", "hint")
    element = block["element"]
    _only(
        element,
        *("type", "action_id", "options", "option_groups", "multiline", "max_length"),
        *("initial_option", "initial_date", "initial_time", "initial_value"),
    )
    groups = element.get("option_groups") or [{"options": element.get("options", ())}]
    options = tuple((o["value"], _slack_plain(o["text"])) for group in groups for o in group["options"])
    chosen = element.get("initial_option", {}).get("value", "")
    value = chosen or next((element[n] for n in ("initial_date", "initial_time", "initial_value") if n in element), "")
    hint = _slack_plain(block["hint"]) if "hint" in block else ""
    kind = _SLACK_KINDS[element["type"]]
    required = not block["optional"]
    return Asked(block["block_id"], _slack_plain(block["label"]), kind, options, required, hint, plain(value))


# ---- Teams


def teams_page(card: Mapping[str, Any]) -> list[Item]:
    """Read a card; `teams_sheet` reads one with a form."""
    _only(card, "type", "version", "body", "msteams", "fallbackText")
    if (card["type"], card["version"]) != ("AdaptiveCard", "1.5"):
        raise Strange("not a card of version 1.5")
    return [item for element in card["body"] for item in _teams_element(element)]


#: What an element may have beside its content; its id is the marker by which a post is found again.
_LOOK = ("type", "spacing", "separator", "id")


def _teams_element(element: Mapping[str, Any]) -> Iterator[Item]:
    kind = element["type"]
    if kind == "TextBlock":
        _only(element, *_LOOK, "text", "style", "size", "weight", "wrap")
        if element.get("style") != "heading" or element.get("wrap") is not True:
            raise Strange("a text block that is no heading, or is cut")
        large = element["size"] == "Large"
        yield Title(plain(element["text"])) if large else Line(bold=plain(element["text"]))
    elif kind == "RichTextBlock":
        _only(element, *_LOOK, "inlines")
        yield _teams_line(element["inlines"])
    elif kind == "ColumnSet":
        yield from _teams_columns(element)
    elif kind == "ActionSet":
        _only(element, *_LOOK, "actions")
        yield from map(_teams_action, element["actions"])
    elif kind == "Table":
        yield from _teams_table(element)
    elif kind.startswith("Chart."):
        yield _teams_chart(element)
    else:
        raise Strange(f"an element of type {kind}")


def _teams_line(inlines: Sequence[Mapping[str, Any]]) -> Line:
    mark, bold, text = "", "", ""
    for n, run in enumerate(inlines):
        _only(run, "type", "text", "weight", "size", "isSubtle", "color")
        if run["type"] != "TextRun":
            raise Strange(f"an inline of type {run['type']}")
        if run.get("weight") == "Bolder":
            if bold or text:
                raise Strange("bold in the middle")
            bold = run["text"]
        elif n == 0 and len(inlines) > 1:
            mark = run["text"]
        else:
            text += run["text"].removeprefix(" · ") if bold else run["text"]
    return Line(plain(text), plain(bold), plain(mark))


def _teams_columns(element: Mapping[str, Any]) -> Iterator[Item]:
    _only(element, *_LOOK, "columns")
    for column in element["columns"]:
        _only(column, *_LOOK, "width", "verticalContentAlignment", "items")
        yield from (item for inner in column["items"] for item in _teams_element(inner))


def _teams_action(action: Mapping[str, Any]) -> Item:
    _only(action, "type", "title", "verb", "data", "fallback", "associatedInputs", "style", "tooltip", "mode")
    data, label = dict(action["data"]), plain(action["title"])
    verb, handle = data.pop("action"), data.pop("handle", "")
    if action.get("associatedInputs") != "none":
        raise Strange(f"{label!r} waits for the inputs of a form")
    _teams_way(action, verb)
    _aloud(label, action.get("tooltip", ""))
    primary: bool | None = action.get("style") == "positive"
    if action.get("mode") == "secondary":
        primary = None
    if verb in ("press", "form"):
        data.pop("msteams", None)
        _only(data)
        return Press(label, handle, verb == "form", primary)
    page = data.pop("page", 0)
    _only(data)
    return Turn(verb, handle, page)


def _teams_way(action: Mapping[str, Any], verb: str) -> None:
    """A form opens by a Submit that fetches a dialog; any other button is an Execute with the same data in a Submit."""
    if verb == "form":
        if action["type"] != "Action.Submit" or action["data"].get("msteams") != {"type": "task/fetch"}:
            raise Strange("a form that opens no dialog")
        return
    instead = action.get("fallback", {})
    same = (action.get("verb"), instead.get("type"), instead.get("data")) == (
        *(verb, "Action.Submit"),
        {**action["data"], "verb": verb},
    )
    if action["type"] != "Action.Execute" or not same or instead.get("title") != action["title"]:
        raise Strange(f"the button's fallback is another one: {action}")


def _teams_table(element: Mapping[str, Any]) -> Iterator[Item]:
    _only(element, *_LOOK, "firstRowAsHeaders", "columns", "rows")
    names, *rows = [tuple(map(_teams_cell, row["cells"])) for row in element["rows"]]
    if element.get("firstRowAsHeaders") is not True or {len(names)} != {len(r) for r in (element["columns"], *rows)}:
        raise Strange("a ragged table, or one without names")
    yield from (Cells(names, row) for row in rows)


def _teams_cell(cell: Mapping[str, Any]) -> str:
    _only(cell, "type", "items")
    if [each["type"] for each in cell["items"]] != ["RichTextBlock"]:
        raise Strange("a cell with other elements")
    return plain("".join(run["text"] for run in cell["items"][0]["inlines"]))


def _teams_chart(element: Mapping[str, Any]) -> Drawn:
    _only(element, *_LOOK, "title", "data", "fallback", "yAxisTitle", "xAxisTitle", "colorSet")
    if [item for item in _teams_element(element["fallback"])] != [Line(NO_CHART)]:
        raise Strange("a chart whose fallback does not say that the numbers are in the table")
    kind = "line" if element["type"] == "Chart.Line" else "bar"
    if element["type"] == "Chart.VerticalBar":
        return Drawn(plain(element["title"]), kind, (("", _teams_points(element["data"])),))
    series = tuple((plain(each["legend"]), _teams_points(each["values"])) for each in element["data"])
    return Drawn(plain(element["title"]), kind, series)


def _teams_points(data: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, float | None], ...]:
    for each in data:
        _only(each, "x", "y")
    return tuple((plain(each["x"]), each["y"]) for each in data)


_TEAMS_KINDS = {"Input.ChoiceSet": "choice", "Input.Date": "date", "Input.Time": "time", "Input.Text": "words"}


def teams_sheet(title: str, card: Mapping[str, Any]) -> Sheet:
    """Read a form's card, of a dialog with this title."""
    actions = card.get("actions", [])
    _only(card, "type", "version", "body", "msteams", "fallbackText", "actions")
    return _teams_form(title, card["body"], actions)


def teams_in_card(title: str, elements: Sequence[Mapping[str, Any]]) -> Sheet:
    """Read a form that is inputs in the card of an answer."""
    *body, buttons = elements
    return _teams_form(title, body, buttons["actions"])


def _teams_form(title: str, body: Sequence[Mapping[str, Any]], actions: Sequence[Mapping[str, Any]]) -> Sheet:
    text: list[Item] = []
    fields: list[Asked] = []
    for element in body:
        if element["type"] in _TEAMS_KINDS:
            fields.append(_teams_field(element))
            continue
        found = list(_teams_element(element))
        if not fields or (isinstance(found[0], Line) and found[0].bold.startswith("⚠")):  # what has to be put right
            text += found
        elif len(found) == 1 and isinstance(found[0], Line) and not fields[-1].hint:
            fields[-1] = replace(fields[-1], hint=found[0].text)
        else:
            raise Strange(f"under a field: {found}")
    (save,) = actions
    if save["data"]["action"] != "fill" or save["type"] not in ("Action.Submit", "Action.Execute"):
        raise Strange(f"a form that cannot be handed in: {save}")
    return Sheet(plain(title), tuple(text), tuple(fields), plain(save["title"]), save["data"]["handle"])


def _teams_field(element: Mapping[str, Any]) -> Asked:
    _only(
        element,
        *(*_LOOK, "id", "label", "isRequired", "errorMessage", "choices", "value", "wrap", "style", "placeholder"),
        *("isMultiline", "maxLength"),
    )
    required = element.get("isRequired", False)
    if required and not element.get("errorMessage"):
        raise Strange("a field that is required and does not say so")
    label = plain(element["label"]).removesuffix("" if required else " (optional)")
    options = tuple((each["value"], plain(each["title"])) for each in element.get("choices", ()))
    name = element["id"].removeprefix("field.")
    return Asked(name, label, _TEAMS_KINDS[element["type"]], options, required, "", plain(element.get("value", "")))


# ---- HTML


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    @property
    def inner(self) -> list[Node]:
        """The elements in it; a text beside them, where there should be none, is a failure."""
        texts = [each for each in self.children if isinstance(each, str) and each.strip()]
        if texts:
            raise Strange(f"a text in <{self.tag}>: {texts}")
        return [each for each in self.children if isinstance(each, Node)]

    @property
    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text for each in self.children)

    def all(self, tag: str, name: str = "") -> list[Node]:
        """Return the elements in it with a tag, and with a class."""
        found = []
        for each in self.children:
            if isinstance(each, Node):
                found += [each] if each.tag == tag and (not name or name in each.classes) else []
                found += each.all(tag, name)
        return found


_VOID = ("br", "hr", "img", "input", "link", "meta")


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].tag != tag:
            raise Strange(f"</{tag}> ends <{self.open[-1].tag}>")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree(text: str) -> Node:
    """Read a page; every element has to be closed."""
    reader = _Tree()
    reader.feed(text)
    reader.close()
    if len(reader.open) != 1:
        raise Strange(f"<{reader.open[-1].tag}> is not closed")
    return reader.open[0]


def page_message(article: Node) -> list[Item]:
    """Read a message of the practice page."""
    return [item for node in article.inner for item in _page_node(node)]


def _page_node(node: Node) -> Iterator[Item]:
    kind = (node.tag, *sorted(node.classes & {"rows", "wide", "buttons", "chart"}))
    if kind == ("p",):
        yield from _page_paragraph(node)
    elif node.tag in ("h1", "h2", "h3", "h4"):
        yield Title(plain(node.text)) if "title" in node.classes else Line(bold=plain(node.text))
    elif reader := _PAGE.get(kind):
        yield from reader(node)
    else:
        raise Strange(f"<{node.tag} class={sorted(node.classes)}>")


def _page_paragraph(node: Node) -> Iterator[Item]:
    """Read a paragraph: who said it and when is the frame of every message; a footer has a line each.

    Links to the files of a report are the page's own: Slack is handed the files, and Teams none.
    """
    if node.classes & {"by", "files"}:
        return
    lines: list[str] = [""]
    for each in node.children:
        if isinstance(each, Node) and each.tag == "br":
            lines.append("")
        elif isinstance(each, str):
            lines[-1] += each
        else:
            raise Strange(f"<{each.tag}> in a paragraph")
    yield from (Line(plain(line)) for line in lines if plain(line))


def _page_row(node: Node) -> Iterator[Item]:
    for part in node.inner:
        if part.classes == {"buttons"}:
            yield from map(_page_press, part.inner)
            continue
        if part.classes != {"words"}:
            raise Strange(f"<{part.tag}> in a row")
        mark, bold, text = "", "", ""
        for each in part.children:
            if isinstance(each, str):
                text += each
            elif each.classes == {"mark"}:
                mark = each.text
            elif each.tag == "strong":
                bold = each.text
            else:
                raise Strange(f"<{each.tag}> in a row")
        yield Line(plain(text).removeprefix("· "), plain(bold), plain(mark))


def _page_table(node: Node) -> Iterator[Item]:
    names: tuple[str, ...] = ()
    for part in node.inner:
        if part.tag == "caption":
            yield Line(bold=plain(part.text))
        elif part.tag == "thead":
            names = tuple(plain(each.text) or "–" for each in part.all("th"))
        elif part.tag == "tbody":
            for row in part.inner:
                yield Cells(names, tuple(plain(each.text) or "–" for each in row.inner))
        else:
            raise Strange(f"<{part.tag}> in a table")


def _page_press(node: Node) -> Item:
    fields = {each.attributes["name"]: each.attributes["value"] for each in node.all("input")}
    (button,) = node.all("button")
    label, verb = plain(button.text), node.attributes["action"].rsplit("/", 1)[-1]
    if node.attributes["method"] != "post" or set(fields) - {"once", "handle", "form", "now"}:
        raise Strange(f"a button that sends {fields}")
    _aloud(label, button.attributes.get("aria-label", ""))
    if verb == "press":
        return Press(label, fields["handle"], "form" in fields, "primary" in button.classes)
    return Turn(verb, fields.get("handle", ""))


def _page_picture(node: Node) -> Iterator[Item]:
    yield Drawn(alt=plain(node.attributes["alt"]))


def _page_button(node: Node) -> Iterator[Item]:
    yield _page_press(node)


def _page_rows(node: Node) -> Iterator[Item]:
    return (item for each in node.inner for item in _page_row(each))


def _page_inner(node: Node) -> Iterator[Item]:
    return (item for each in node.inner for item in _page_node(each))


_PAGE: Mapping[tuple[str, ...], Callable[[Node], Iterator[Item]]] = {
    ("ul", "rows"): _page_rows,
    ("div", "wide"): _page_inner,
    ("div", "buttons"): _page_inner,
    ("table",): _page_table,
    ("img", "chart"): _page_picture,
    ("form",): _page_button,
}


def page_sheet(article: Node) -> Sheet:
    """Read a form of the practice page."""
    title, submit, number = "", "", ""
    text: list[Item] = []
    fields: list[Asked] = []
    for node in article.inner:
        if node.tag != "form":
            text += list(_page_node(node))
            continue
        number = node.attributes["action"].rsplit("/", 1)[-1]
        for part in node.inner:
            if part.tag == "fieldset" or part.classes == {"field"}:
                fields.append(_page_field(part))
            elif part.tag == "p":
                submit = plain(part.all("button")[0].text)
            elif part.tag != "input":
                raise Strange(f"<{part.tag}> in a form")
    whole = text[0] if text else None
    if isinstance(whole, Title):
        title = whole.text
        text.pop(0)
    return Sheet(title, tuple(text), tuple(fields), submit, number)


def _page_field(node: Node) -> Asked:
    hint = " ".join(plain(each.text) for each in node.all("p"))
    if node.tag == "fieldset":
        label, required = _page_label(node.all("legend")[0])
        radios = node.all("input")
        pairs = zip(radios, node.all("label"), strict=True)
        options = tuple((radio.attributes["value"], plain(each.text)) for radio, each in pairs)
        value = next((r.attributes["value"] for r in radios if "checked" in r.attributes), "")
        return Asked(radios[0].attributes["name"], label, "choice", options, required, hint, value)
    label, required = _page_label(node.all("label")[0])
    if found := node.all("select"):
        every = [each for each in found[0].all("option") if each.attributes["value"]]
        options = tuple((each.attributes["value"], plain(each.text)) for each in every)
        value = next((each.attributes["value"] for each in every if "selected" in each.attributes), "")
        return Asked(found[0].attributes["name"], label, "choice", options, required, hint, value)
    (box,) = (*node.all("input"), *node.all("textarea"))
    kind = box.attributes.get("type", "words")
    return Asked(
        *(box.attributes["name"], label, kind, (), required, hint),
        plain(box.attributes.get("value", box.text)),
    )


def _page_label(node: Node) -> tuple[str, bool]:
    label = plain(node.text)
    return label.removesuffix(" (optional)"), not label.endswith(" (optional)")
