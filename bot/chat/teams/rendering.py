"""A reply as Adaptive Cards of Microsoft Teams: an answer in pages, a post in one, the person's own work in one.

Teams refuses a whole message that has too many bytes, so each part is measured in the bytes that are sent. Texts go
into TextRuns, which know no Markdown; a heading has to be a TextBlock, which does, and is escaped for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from bot.chat.escape import clean, cut, teams, teams_run
from bot.conversation.inbound import Answer
from bot.conversation.reply import Button, Chart, Reply, Row, Table
from bot.rules.catalogue import _, n_

# The verbs of buttons. Each is in the button's data as "action", beside the handle, and has a handler.

#: Runs the command behind the handle.
PRESS: Final = "press"
#: Opens a form as a dialog. A client that draws no dialog may send it as a press: then the form comes in a card.
FORM: Final = "form"
#: Hands a filled form in.
FILL: Final = "fill"
#: Another page of the same answer, by the number "page" in the data; the handle is of the command.
MORE: Final = "more"
#: Says who would read the answer in this channel; SHARE_NOW then posts it there.
SHARE: Final = "share"
SHARE_NOW: Final = "share_now"
#: Takes a private answer away at once.
HIDE: Final = "hide"
#: Shows the person's own work anew.
REFRESH: Final = "refresh"

VERBS: Final = (PRESS, FORM, FILL, MORE, SHARE, SHARE_NOW, HIDE, REFRESH)

Card = dict[str, Any]
Element = dict[str, Any]

#: The most bytes of an activity, as UTF-8 JSON.
BYTES: Final = 28_000
#: Bytes of an activity beside its card: summary, sender, conversation, marker.
ENVELOPE: Final = 1_500
CARD: Final = BYTES - ENVELOPE
#: Bytes of a page that are left for lines, whatever else is on every page. Every piece is smaller.
LEAST: Final = 6_000
#: Bytes of one line, of a row of a table, of a footer on every page, and of a chart.
LINE: Final = 2_000
FOOTER: Final = 1_500
DRAWN: Final = 6_000
#: Characters of a title, a button and a handle.
TITLE: Final = 150
LABEL: Final = 75
HANDLE: Final = 100
#: Buttons of a page in all, beside those of its lines; buttons in one row, and their characters on a telephone.
MOST_BUTTONS: Final = 24
IN_A_ROW: Final = 6
ROW_WIDTH: Final = 40
#: Columns of a table and characters of its widest row; a wider one is a list of lines, for a card does not scroll.
COLUMNS: Final = 5
WIDTH: Final = 90
#: Of a chart: characters of its title and labels, series, points of each, and charts of a message.
CHART_TITLE: Final = 80
CHART_LABEL: Final = 20
SERIES: Final = 6
POINTS: Final = 24
CHARTS: Final = 2
KIND: Final = "application/vnd.microsoft.card.adaptive"


def activity(card: Card, summary: str) -> dict[str, Any]:
    """Return a card as a message; `summary` is the text of its notification, one of the fixed sentences."""
    made = {"type": "message", "summary": summary, "attachments": [{"contentType": KIND, "content": card}]}
    if (found := size(made)) > BYTES:
        raise ValueError(f"a message of {found} bytes; Teams takes {BYTES}")
    return made


def pages(reply: Reply) -> tuple[Card, ...]:
    """Return the whole reply, at least one page, each with the title, the buttons of no line and the footer."""
    laid = _lay_out(reply, CARD - _NAVIGATION)
    return tuple(card(laid.page(n)) for n in range(1, laid.last + 1))


def message(
    answer: Answer,
    page: int = 1,
    *,
    hide: bool = True,
    share_now: bool = False,
    extras: Sequence[Element] = (),
) -> Card:
    """Return one page of a private answer, with the buttons that turn the page, share the answer and hide it.

    `hide` is False where the place cannot take it away again (only level 2 has the button). `share_now` is True for the
    question before sharing. `extras` are elements at the end, such as the inputs of a form.
    """
    laid = _lay_out(answer.reply, CARD - _NAVIGATION - sum(map(size, extras)))
    page = min(max(1, page), laid.last)
    body = laid.page(page)
    if not answer.again and laid.left_after(page):
        body.append(_more(laid.left_after(page), _("ask me in private")))
    turning = []
    if answer.again and page > 1:
        turning.append(button(_("Previous"), MORE, answer.again, page=page - 1))
    if answer.again and page < laid.last:
        label = _("Next page ({page} of {last})", page=page + 1, last=laid.last)
        turning.append(button(label, MORE, answer.again, page=page + 1))
    if answer.share:
        label, verb = (_("Share now"), SHARE_NOW) if share_now else (_("Share to this channel"), SHARE)
        turning.append(button(label, verb, answer.share))
    if hide and answer.reply.level == 2:
        turning.append(button(_("Hide now"), HIDE))
    return card([*body, *actions(turning), *extras])


def post(reply: Reply) -> Card:
    """Return a post: one page, and the number of lines left out."""
    return card(_first(reply, CARD))


def home(replies: Sequence[Reply], updated: str) -> Card:
    """Return a person's own work: a share of the card for each reply, and the number of lines left out of each."""
    body = [*actions([button(_("Refresh"), REFRESH)]), small(_("Updated {mrkdwn}", mrkdwn=updated))]
    for i, reply in enumerate(replies):
        room = CARD - size(card(body))
        if room < 2 * LEAST:
            body.append(_more(len(replies) - i, _("ask me for them")))
            break
        first, *rest = _first(reply, max(2 * LEAST, room // (len(replies) - i)) - 200)
        body += [first | {"separator": True, "spacing": "Large"}, *rest]
    return card(body)


def card(body: Sequence[Element]) -> Card:
    """Return a card with these elements. A client that is too old shows the fallback alone, which says nothing."""
    return {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": list(body),
        "msteams": {"width": "full"},
        "fallbackText": _("This version of Teams cannot show the message. Please update Teams."),
    }


def size(of: object) -> int:
    """Return the bytes of a part in the JSON that is sent, and of the comma after it."""
    return len(json.dumps(of, ensure_ascii=False).encode()) + 2


#: The most bytes of the buttons under an answer.
_NAVIGATION: Final = 5_000


def _first(reply: Reply, budget: int) -> list[Element]:
    """Return the elements of the first page, and the number of lines left out."""
    laid = _lay_out(reply, budget)
    left = laid.left_after(1)
    return [*laid.page(1), *([_more(left, n_("ask me for it", "ask me for them", left))] if left else [])]


def _more(left: int, how: str) -> Element:
    return small(n_("… and {n} more line: {how}", "… and {n} more lines: {how}", left, how=how))


class Head(NamedTuple):
    """A table's name and columns: their names, their weights, and whether they hold numbers alone."""

    names: tuple[str, ...]
    weights: tuple[int, ...]
    right: tuple[bool, ...]


class Piece(NamedTuple):
    """An indivisible part: one element of the body, or one row of a table, which has a `head`.

    `lines` is the number of lines of the reply that are complete with it. `under` is the title to repeat on another
    page.
    """

    element: Element
    lines: int = 1
    under: str = ""
    head: Head | None = None
    is_title: bool = False


@dataclass(slots=True)
class Page:
    """Pieces and their bytes."""

    pieces: list[Piece] = field(default_factory=list)
    bytes: int = 0

    @property
    def lines(self) -> int:
        return sum(p.lines for p in self.pieces)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The pages before they are made, and the elements of every page: title, footer, buttons of no line."""

    title: Sequence[Element]
    pages: Sequence[Page]
    charts: Sequence[Element]
    buttons: Sequence[Element]
    footer: Sequence[Element]

    @property
    def last(self) -> int:
        return max(1, len(self.pages))

    def page(self, number: int) -> list[Element]:
        """Return the elements of page `number`, from 1."""
        body = [*self.title, *(_elements(self.pages[number - 1].pieces) if self.pages else [])]
        if number == 1:
            body += self.charts
        return [*body, *self.buttons, *self.footer] or [line([run(_("Nothing to show."))])]

    def left_after(self, number: int) -> int:
        """Return the number of lines on the pages that follow."""
        return sum(page.lines for page in self.pages[number:])


def _lay_out(reply: Reply, budget: int) -> _Layout:
    """Pack a reply into pages, less the room for the elements of every page.

    Buttons beyond the room are counted. A footer or chart that is too large is not on every page, or not drawn.
    """
    room = budget - size(card([])) - 200  # the number of lines left out
    title = [heading(cut(clean(reply.title), TITLE), "Large")] if clean(reply.title) else []
    room -= sum(map(size, title))
    below = _below(reply.buttons, room - LEAST)
    room -= sum(map(size, below))
    footer = [p.element for p in _small(reply.footer)]
    everywhere = footer if sum(map(size, footer)) <= min(FOOTER, room - LEAST) else []
    room -= sum(map(size, everywhere))
    charts = [_chart(each) for each in drawn(reply)]
    first = room - sum(map(size, charts))
    if first < LEAST:
        charts, first = [], room
    body = [*pieces(reply, drawing=bool(charts)), *([] if everywhere else _small(reply.footer))]
    if everywhere:
        everywhere = [everywhere[0] | {"separator": True, "spacing": "Medium"}, *everywhere[1:]]
    return _Layout(title, list(pack(body, first, room)), charts, below, everywhere)


def _below(buttons: Sequence[Button], room: int) -> list[Element]:
    """Return the buttons of no line in rows, and the number of those left out."""
    made, left = [], room - 300
    for each in buttons[:MOST_BUTTONS]:
        made.append(_button(each))
        left -= size(made[-1]) + 30  # a row's own bytes
        if left < 0:
            made.pop()
            break
    out = len(buttons) - len(made)
    if not out:
        return actions(made)
    return [*actions(made), small(_("… and {left_out} more buttons: type help for what you can ask", left_out=out))]


def pack(pieces: Iterable[Piece], first: int, room: int) -> Iterator[Page]:
    """Yield page after page, each as full as it may be: `first` bytes, then `room`. A title is never last on a page."""
    page, most = Page(), first
    for piece in pieces:
        if page.pieces and page.bytes + _added(page, piece) > most:
            titles = _titles(page)
            yield page
            page, most = Page(), room
            if piece.under and not titles and not piece.is_title:
                _put(page, Piece(heading(_("{title} · continued", title=piece.under)), 0))
            for each in titles:
                _put(page, each)
        _put(page, piece)
    if page.pieces:
        yield page


def _titles(page: Page) -> list[Piece]:
    """Take the titles at the end of a page off it, unless nothing else is on it or the next has no room for them."""
    keep = len(page.pieces)
    while keep and page.pieces[keep - 1].is_title:
        keep -= 1
    taken = page.pieces[keep:]
    if not keep or sum(size(p.element) for p in taken) > LINE:
        return []
    del page.pieces[keep:]
    return taken


def _put(page: Page, piece: Piece) -> None:
    page.bytes += _added(page, piece)
    page.pieces.append(piece)


def _added(page: Page, piece: Piece) -> int:
    """Return the bytes that a piece adds to a page: the first row of a table brings the table's head."""
    if piece.head is None or (page.pieces and page.pieces[-1].head is piece.head):
        return size(piece.element)
    return size(piece.element) + size(_table(piece.head, []))


def _elements(pieces: Sequence[Piece]) -> list[Element]:
    """Return a page's elements: rows that follow one another under the same head are one table."""
    found: list[Element] = []
    before: Head | None = None
    for piece in pieces:
        if piece.head is None:
            found.append(piece.element)
        elif piece.head is before:
            found[-1]["rows"].append(piece.element)
        else:
            found.append(_table(piece.head, [piece.element]))
        before = piece.head
    return found


def pieces(reply: Reply, *, drawing: bool = True) -> Iterator[Piece]:
    """Yield the pieces of a reply, without the elements of every page (title, footer, buttons of no line)."""
    if len(clean(reply.title)) > TITLE:
        yield from titled(reply.title)
    yield from lines(reply.text)
    if len(drawn(reply)) < len(reply.charts) or (reply.charts and not drawing):
        yield from lines([NO_CHART])
    for part in reply.sections:
        yield from titled(part.title)
        yield from lines(part.lines, under=cut(clean(part.title), TITLE))
        if part.hidden and not any(each.lstrip().startswith("…") for each in part.lines[-1:]):
            more = f": {part.more}" if part.more else ""
            yield from lines([_("… and {hidden} more{more}", hidden=part.hidden, more=more)])
    for each in reply.tables:
        yield from table(each)


def titled(title: str) -> Iterator[Piece]:
    """Yield the title of a section."""
    for part in _parts(title, heading):
        yield Piece(heading(part), 0, is_title=True)


def lines(of: Iterable[str], under: str = "") -> Iterator[Piece]:
    """Yield each line, in parts where it is longer than an element may be."""
    for each in of:
        if isinstance(each, Row):
            yield from _row(each, under)
            continue
        yield from _line(each, under)


def _line(text: str, under: str, bold: str = "") -> Iterator[Piece]:
    """Yield a line, after what comes in bold."""
    parts = _parts(text, lambda part: line([run(part)])) or ([""] if bold else [])
    for i, part in enumerate(parts):
        yield Piece(line(_runs("", bold if not i else "", part)), int(i == len(parts) - 1), under)


def _small(of: Iterable[str]) -> Iterator[Piece]:
    for each in of:
        parts = _parts(each, small)
        for i, part in enumerate(parts, 1):
            yield Piece(small(part), int(i == len(parts)))


def _row(of: Row, under: str) -> Iterator[Piece]:
    """Yield a row with its buttons: one is beside it, several are under it."""
    subject, words = clean(of.subject) or "–", [clean(word) for word in of.words]
    if size(run(subject)) > LINE // 2:
        subject, words = "", [subject, *words]
    parts = _parts(" · ".join(filter(None, words)), lambda part: line([run(part)])) or [""]
    beside = [_button(b, of.subject) for b in of.buttons] if len(of.buttons) == 1 else []
    below = _menus(of) if len(of.buttons) > 1 else []
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        said = line(_runs(of.mark if not i else "", subject if not i else "", part))
        yield Piece(_beside(said, beside) if last and beside else said, int(last), under)
    for each in below:
        yield Piece(each, 0, under)


def _runs(mark: str, bold: str, text: str) -> list[Element]:
    """Return the runs of a line: its mark, its subject in bold, the rest."""
    made = [run(f"{clean(mark)} ")] if clean(mark) else []
    if bold:
        made.append(run(bold) | {"weight": "Bolder"})
    if text:
        made.append(run(f" · {text}" if bold else text))
    return made


def _beside(said: Element, buttons: Sequence[Element]) -> Element:
    columns = [
        {"type": "Column", "width": "stretch", "verticalContentAlignment": "Center", "items": [said]},
        {"type": "Column", "width": "auto", "verticalContentAlignment": "Center", "items": actions(buttons)},
    ]
    return {"type": "ColumnSet", "spacing": "Small", "columns": columns}


def _menus(of: Row) -> list[Element]:
    """Return the buttons under a row: the first is shown and the others are in its menu; one other needs no menu."""
    made = [_button(each, of.subject) for each in of.buttons]
    sets: list[list[Element]] = []
    for i, each in enumerate(made):
        in_menu = i and len(made) > 2
        chosen = each | {"mode": "secondary"} if in_menu else each
        if not sets or len(sets[-1]) == IN_A_ROW or sum(map(size, sets[-1])) + size(chosen) > LEAST - 500:
            sets.append([])
        sets[-1].append(chosen)
    return [_action_set(each) for each in sets]


def _parts(text: str, made: Callable[[str], Element]) -> list[str]:
    """Divide a text, between words where possible, so that each part's element is not too large."""
    text = clean(text)
    if not text or size(made(text)) <= LINE:
        return [text] if text else []
    found, start = [], 0
    while start < len(text):
        end = min(len(text), start + LINE)
        while end - start > 1 and size(made(text[start:end])) > LINE:
            end = start + (end - start) // 2
        if end < len(text):
            space = text.rfind(" ", start, end)
            end = space + 1 if space > start + (end - start) // 2 else end
        if part := clean(text[start:end]):
            found.append(part)
        start = end
    return found


#: In place of a chart that is not drawn, here or by this client: its numbers are in a table.
NO_CHART: Final = _("The chart is not drawn here: every number is in the table.")


def table(of: Table) -> Iterator[Piece]:
    """Yield a table's title, rows and note; nothing for a table without rows, for the reply says so in words."""
    if not of.rows:
        return
    yield from titled(of.title)
    under = cut(clean(of.title), TITLE)
    cells = [tuple("" if cell is None else clean(str(cell)) for cell in row) for row in of.rows]
    names = tuple(clean(name) for name in of.columns)
    longest = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(names)]
    head = Head(names, tuple(min(max(n, 4), 30) for n in longest), of.numeric)
    rows = [_table_row(row) for row in cells]
    fits = 2 <= len(names) <= COLUMNS and sum(longest) <= WIDTH
    if fits and size(_table(head, [])) <= LINE and max(map(size, rows)) <= LINE:
        for each in rows:
            yield Piece(each, 1, under, head)
    else:
        for row in cells:
            yield from _in_words(names, row, under)
    yield from lines([of.note] if clean(of.note) else [], under)


def _in_words(names: Sequence[str], cells: Sequence[str], under: str) -> Iterator[Piece]:
    """Yield a row as '**OX-TEST** · Due Sun 10:00 · Owner nobody', without its empty cells."""
    if not cells:
        return
    first, rest = cells[0] or "–", [f"{n} {c}".strip() for n, c in zip(names[1:], cells[1:], strict=True) if c]
    if rest and size(run(first)) <= LINE // 2:
        yield from _line(" · ".join(rest), under, bold=first)
    else:
        yield from _line(" · ".join((first, *rest)), under)


def _table(head: Head, rows: list[Element]) -> Element:
    """Return a table, its names and the first cell of each row in bold, numbers on the right."""
    columns = [
        {"width": weight} | ({"horizontalCellContentAlignment": "Right"} if right else {})
        for weight, right in zip(head.weights, head.right, strict=True)
    ]
    names = {"type": "TableRow", "cells": [_cell(name, is_bold=True) for name in head.names]}
    return {"type": "Table", "firstRowAsHeaders": True, "columns": columns, "rows": [names, *rows]}


def _table_row(cells: Sequence[str]) -> Element:
    return {"type": "TableRow", "cells": [_cell(cell, is_bold=not i) for i, cell in enumerate(cells)]}


def _cell(text: str, *, is_bold: bool) -> Element:
    return {"type": "TableCell", "items": [{"type": "RichTextBlock", "inlines": [_bold(run(text or "–"), is_bold)]}]}


def _bold(of: Element, is_bold: bool) -> Element:
    return of | {"weight": "Bolder"} if is_bold else of


def drawn(reply: Reply) -> Sequence[Chart]:
    """Return the charts of a reply that are drawn: few enough of them, each whole, with labels that fit.

    A line with a gap, where a number is not known, is not drawn: a reader would take the gap for a number.
    """
    return tuple(chart for chart in reply.charts if _is_drawn(chart)) if len(reply.charts) <= CHARTS else ()


def _is_drawn(chart: Chart) -> bool:
    names = [clean(s.name) for s in chart.series]
    labels = [clean(c) for c in chart.categories]
    fit = all(0 < len(label) <= CHART_LABEL for label in (*names, *labels))
    alike = len(set(names)) < len(names) or len(set(labels)) < len(labels)
    whole = all(value is not None for s in chart.series for value in s.values)
    few = 1 <= len(names) <= SERIES and 1 <= len(labels) <= POINTS
    return fit and not alike and whole and few and size(_chart(chart)) <= DRAWN


def _chart(of: Chart) -> Element:
    """Return a chart of Teams; a client without charts says that the numbers are in the table."""
    labels = [teams_run(clean(category)) for category in of.categories]
    series = [
        {
            "legend": teams_run(clean(s.name)),
            "values": [{"x": label, "y": y} for label, y in zip(labels, s.values, strict=True)],
        }
        for s in of.series
    ]
    made: Element = {"title": cut(teams_run(clean(of.title)), CHART_TITLE) or _("Chart")}
    if unit := cut(teams_run(clean(of.unit)), CHART_TITLE):
        made["yAxisTitle"] = unit
    if of.kind == "line":
        made |= {"type": "Chart.Line", "data": series}
    elif len(series) == 1:
        made |= {"type": "Chart.VerticalBar", "data": series[0]["values"]}
    else:
        made |= {"type": "Chart.VerticalBar.Grouped", "data": series}
    return made | {"fallback": line([run(NO_CHART)])}


def heading(text: str, large: str = "Medium") -> Element:
    """Return a title, which a screen reader finds as one. It is the one element that reads Markdown."""
    look = {"style": "heading", "size": large, "weight": "Bolder", "wrap": True}
    return {"type": "TextBlock", "text": teams(clean(text)), **look}


def line(runs: Sequence[Element]) -> Element:
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": list(runs)}


def run(text: str) -> Element:
    """Return a text that is shown as it is."""
    return {"type": "TextRun", "text": teams_run(text)}


def small(text: str) -> Element:
    """Return a small line."""
    return line([run(clean(text) or "–") | {"size": "Small", "isSubtle": True}])


def actions(buttons: Iterable[Element]) -> list[Element]:
    """Return buttons in rows that a telephone can show."""
    rows: list[list[Element]] = []
    width = 0
    for each in buttons:
        needed = len(each["title"]) + 4
        if not rows or len(rows[-1]) == IN_A_ROW or width + needed > ROW_WIDTH:
            rows.append([])
            width = 0
        rows[-1].append(each)
        width += needed
    return [_action_set(row) for row in rows]


def _action_set(row: Sequence[Element]) -> Element:
    return {"type": "ActionSet", "spacing": "Small", "actions": list(row)}


def _button(of: Button, about: str = "") -> Element:
    """Return a button; read aloud it says what it is `about`, for a row's says only what it does."""
    made = button(of.label, FORM if of.form else PRESS, of.command)
    style = {"style": "positive"} if of.primary else {}
    aloud = {"tooltip": cut(teams_run(f"{clean(of.label)}, {clean(about)}"), LABEL)} if clean(about) else {}
    return made | style | aloud


def button(label: str, verb: str, handle: str = "", **more: object) -> Element:
    """Return a button. Its data say what it does and carry the handle.

    A form opens as a dialog, which Teams does for a Submit alone. Any other is an Execute, whose answer changes the
    card in place, with a Submit for clients that know no Execute. No button sends, or waits for, the inputs of a form
    in the card.
    """
    title = cut(teams_run(clean(label)), LABEL) or _("Open")
    data = {"action": verb, **({"handle": clean(handle)[:HANDLE]} if handle else {}), **more}
    if verb == FORM:
        return submit(title, data | {"msteams": {"type": "task/fetch"}}) | {"associatedInputs": "none"}
    made = execute(title, data)
    made["fallback"] |= {"associatedInputs": "none"}
    return made | {"associatedInputs": "none"}


def execute(title: str, data: Mapping[str, object]) -> Element:
    """Return a button that Teams answers in place; the fallback carries the verb in its data."""
    verb = data["action"]
    fallback = submit(title, {**data, "verb": verb})
    return {"type": "Action.Execute", "title": title, "verb": verb, "data": dict(data), "fallback": fallback}


def submit(title: str, data: Mapping[str, object]) -> Element:
    """Return a button that is answered by a message, or in a dialog."""
    return {"type": "Action.Submit", "title": title, "data": dict(data)}
