"""A reply as Slack's blocks: an answer in pages, a post in one, several replies in App Home.

Slack refuses a whole message for one block too many, so everything is measured before it is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple
from unicodedata import east_asian_width

from bot.chat.escape import JOINER, clean, cut, slack
from bot.conversation.inbound import Answer
from bot.conversation.reply import Button, Chart, Reply, Row, Table
from bot.rules.catalogue import _, n_

# The action ids: each is one of these words, alone or with a colon and a number, because ids of one message must
# differ. Each has a listener.

#: Runs the command behind the handle in its value.
PRESS: Final = "press"
#: The same, after a form was filled in where the command asks for one.
FORM: Final = "form"
#: An overflow menu: the chosen option's value is "press HANDLE" or "form HANDLE".
CHOOSE: Final = "choose"
#: Another page of the same answer: "more:2" is the second; its value is the handle of the command.
MORE: Final = "more"
#: Says who would read the answer in this channel; SHARE_NOW then posts it there.
SHARE: Final = "share"
SHARE_NOW: Final = "share_now"
#: Takes a private answer away at once.
HIDE: Final = "hide"
#: Shows App Home anew.
REFRESH: Final = "refresh"

ACTION_IDS: Final = (PRESS, FORM, CHOOSE, MORE, SHARE, SHARE_NOW, HIDE, REFRESH)

Block = dict[str, Any]

# The limits of Slack: characters, or elements of a block.
HEADER: Final = 150
TEXT: Final = 3000
CONTEXT: Final = 10
ELEMENTS: Final = 25
#: Of a table: rows beside the names of the columns, columns, and characters of all cells less some.
ROWS: Final = 99
COLUMNS: Final = 20
CELLS: Final = 9_000
#: Of a chart: characters of its title and of its labels, series, points of each, and charts of a message.
CHART_TITLE: Final = 50
CHART_LABEL: Final = 20
SERIES: Final = 6
POINTS: Final = 20
CHARTS: Final = 2
LABEL: Final = 75
VALUE: Final = 2000
OPTIONS: Final = 5
OPTION_VALUE: Final = 150

Surface = Literal["message", "modal", "home"]


class Budget(NamedTuple):
    """The limits of a page, in blocks and characters."""

    blocks: int
    characters: int

    def less(self, blocks: int, characters: int) -> Budget:
        return Budget(self.blocks - blocks, self.characters - characters)


#: Slack takes 50 blocks in a message: the rest is for buttons under an answer. A modal has the same look.
BUDGETS: Final[dict[Surface, Budget]] = {
    "message": Budget(45, 12_000),
    "modal": Budget(45, 12_000),
    "home": Budget(60, 24_000),
}
#: Least blocks of a reply in App Home: title, a line, buttons and the number of lines left out.
_LEAST = 12


def pages(reply: Reply, surface: Surface = "message") -> tuple[list[Block], ...]:
    """Return the whole reply, at least one page, each with the title, the buttons of no line and the footer."""
    laid = _lay_out(reply, BUDGETS[surface], tables=surface == "message")
    return tuple(numbered(laid.page(n)) for n in range(1, max(1, len(laid.pages)) + 1))


def message(
    answer: Answer,
    page: int = 1,
    *,
    hide: bool = True,
    share_now: bool = False,
    extras: Sequence[Block] = (),
    surface: Surface = "message",
) -> list[Block]:
    """Return one page of a private answer, with the buttons that turn the page, share the answer and hide it.

    `hide` is False where the place cannot take it away again (only level 2 has the button). `share_now` is True for the
    question before sharing. `extras` are at most three blocks more.
    """
    laid = _lay_out(answer.reply, BUDGETS[surface], tables=surface == "message")
    last = max(1, len(laid.pages))
    page = min(max(1, page), last)
    blocks = laid.page(page)
    if not answer.again and laid.left_after(page):
        blocks += _more(laid.left_after(page), _("ask me in private"))
    elements = []
    if answer.again and page > 1:
        elements.append(button(_("Previous"), f"{MORE}:{page - 1}", answer.again))
    if answer.again and page < last:
        elements.append(
            button(_("Next page ({page} of {last})", page=page + 1, last=last), f"{MORE}:{page + 1}", answer.again)
        )
    if answer.share:
        label, word = (_("Share now"), SHARE_NOW) if share_now else (_("Share to this channel"), SHARE)
        elements.append(button(label, word, answer.share))
    if hide and answer.reply.level == 2:
        elements.append(button(_("Hide now"), HIDE))
    return numbered([*blocks, *([actions(elements)] if elements else []), *extras])


def post(reply: Reply) -> list[Block]:
    """Return a post: one page, and the number of lines left out."""
    return numbered(_first(reply, BUDGETS["message"], tables=True))


def plain_post(words: str) -> list[Block]:
    """Return a post of words alone, in the one block that Slack takes if it takes any."""
    text = "\n".join(quiet(clean(line)) for line in words.splitlines())
    return [{"type": "section", "text": {"type": "plain_text", "text": cut(text, TEXT), "emoji": False}}]


def home(replies: Sequence[Reply], updated: str) -> dict[str, Any]:
    """Return App Home: a share of its blocks for each reply, and the number of lines left out of each."""
    blocks = [actions([button(_("Refresh"), REFRESH)]), context([_("Updated {mrkdwn}", mrkdwn=mrkdwn(updated))])]
    budget = BUDGETS["home"].less(3, 0)
    for i, reply in enumerate(replies):
        room = budget.blocks - len(blocks)
        if room < _LEAST:
            blocks += _more(len(replies) - i, _("ask me for them"))
            break
        share = max(_LEAST, room // (len(replies) - i))
        blocks += [{"type": "divider"}, *_first(reply, Budget(share - 2, 12_000))]
    return {"type": "home", "blocks": numbered(blocks)}


def _first(reply: Reply, budget: Budget, *, tables: bool = False) -> list[Block]:
    """Return the first page, and the number of lines left out."""
    laid = _lay_out(reply, budget, tables=tables)
    left = laid.left_after(1)
    return [*laid.page(1), *(_more(left, n_("ask me for it", "ask me for them", left)) if left else [])]


def _more(left: int, how: str) -> list[Block]:
    return [context([n_("… and {n} more line: {how}", "… and {n} more lines: {how}", left, how=how)])]


#: A footer that is longer comes once, at the end.
_FOOTER = 1200


@dataclass(frozen=True, slots=True)
class _Layout:
    """The pages before they are made, and the parts of every page: title, footer, buttons of no line."""

    title: str
    pages: list[Page]
    footer: list[Piece] = field(default_factory=list)
    rows: list[Places] = field(default_factory=list)
    left_out: int = 0
    charts: Sequence[Chart] = ()

    def page(self, number: int) -> list[Block]:
        """Return the blocks of page `number`, from 1; ids not yet numbered."""
        header = {"type": "header", "text": plain(self.title, HEADER, _("Answer"))}
        blocks = [header] if clean(self.title) else []
        blocks += groups(self.pages[number - 1]) if self.pages else []
        if number == 1:
            blocks += [_chart(each) for each in self.charts]
        if self.rows:
            blocks += [_buttons(row) for row in self.rows]
        if self.left_out:
            blocks.append(
                context([_("… and {left_out} more buttons: type help for what you can ask", left_out=self.left_out)])
            )
        if self.footer:
            blocks += _group(self.footer)
        return blocks or [section(_("Nothing to show."))]

    def left_after(self, number: int) -> int:
        """Return the number of lines on the pages that follow."""
        return sum(page.lines for page in self.pages[number:])


def _lay_out(reply: Reply, budget: Budget, *, tables: bool) -> _Layout:
    """Pack a reply into pages, less the room for the parts of every page.

    Only messages take Slack's own `tables`, and its charts, which stand on the first page.
    """
    footer = [piece._replace(style="small") for piece in lines(reply.footer)]
    size = sum(bound(p.text) for p in footer)
    everywhere = footer if size <= _FOOTER else []
    buttons = reply.buttons
    shown = buttons[:MOST_BUTTONS]
    rows: list[Places] = [tuple((b,) for b in shown[i : i + IN_A_ROW]) for i in range(0, len(shown), IN_A_ROW)]
    labels = sum(min(len(b.label), LABEL) for b in shown)
    charts = drawn(reply) if tables else ()
    inside = budget.less(3 + len(rows) + len(charts), 250 + size * bool(everywhere) + labels)
    body = [*pieces(reply, tables=tables), *([] if everywhere else footer)]
    return _Layout(reply.title, list(pack(body, inside)), everywhere, rows, len(buttons) - len(shown), charts)


def groups(page: Page) -> list[Block]:
    """Return a page's pieces as blocks; ids not yet numbered."""
    return [block for group in page.groups for block in _group(group)]


def _group(group: Sequence[Piece]) -> list[Block]:
    """Return the block of a group, and the buttons under it."""
    style = group[0].style
    made: list[Block]
    if style == "buttons":
        made = []
    elif style == "code":
        # Columns as they stand: rich text is never parsed, so nothing in it can end it.
        text = {"type": "text", "text": quiet("\n".join((group[0].head, *(p.text for p in group)))) or " "}
        made = [{"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [text]}]}]
    elif style == "row":
        made = [_table(group)]
    elif style == "small":
        made = [context(["\n".join(mrkdwn(p.text) for p in group)])]
    else:
        texts = []
        for place, p in enumerate(group):
            mark = f"{mrkdwn(p.mark)} " if p.mark else ""
            parts = [f"{mark}*{mrkdwn(p.bold)}*"] if p.bold or is_title(p) else []
            parts += [mrkdwn(p.text)] if p.text else []
            above = "\n" if place and is_title(p) else ""  # an empty line before a title that is not the first
            texts.append(above + " · ".join(parts))
        made = [section("\n".join(texts))]
        if beside := group[-1].beside:
            made[0]["accessory"] = _button(beside, group[-1].bold)
    return [*made, *([_buttons(group[-1].row)] if group[-1].row else [])]


def drawn(reply: Reply) -> Sequence[Chart]:
    """Return the charts of a reply that Slack draws: few enough of them, each whole, with labels that fit.

    A line with a gap, where a number is not known, is a picture and its words instead: Slack draws no gaps.
    """
    if len(reply.charts) > CHARTS:
        return ()
    return tuple(chart for chart in reply.charts if _is_drawn(chart))


def _is_drawn(chart: Chart) -> bool:
    names = [clean(s.name) for s in chart.series]
    labels = [clean(c) for c in chart.categories]
    fit = all(0 < len(label) <= CHART_LABEL for label in (*names, *labels))
    alike = len(set(names)) < len(names) or len(set(labels)) < len(labels)
    whole = all(value is not None for s in chart.series for value in s.values)
    return fit and not alike and whole and 1 <= len(names) <= SERIES and 1 <= len(labels) <= POINTS


def _chart(of: Chart) -> Block:
    """Return Slack's own chart; slack_sdk has no model of it."""
    labels = [quiet(clean(category)) for category in of.categories]
    series = [
        {
            "name": quiet(clean(s.name)),
            "data": [{"label": label, "value": v} for label, v in zip(labels, s.values, strict=True)],
        }
        for s in of.series
    ]
    axes = {"categories": labels} | ({"y_label": cut(quiet(clean(of.unit)), CHART_TITLE)} if clean(of.unit) else {})
    return {
        "type": "data_visualization",
        "title": cut(quiet(clean(of.title)), CHART_TITLE) or _("Chart"),
        "chart": {"type": of.kind, "series": series, "axis_config": axes},
    }


def _table(rows: Sequence[Piece]) -> Block:
    """Return Slack's own table, its names and the first cell of each row in bold, numbers on the right."""
    names = rows[0].columns
    cells = [[_bold(p.cells[0]), *({"type": "raw_text", "text": quiet(c)} for c in p.cells[1:])] for p in rows]
    align = [{"align": "right" if right else "left", "is_wrapped": True} for _, right in names]
    return {"type": "table", "rows": [[_bold(name) for name, _ in names], *cells], "column_settings": align}


def _bold(text: str) -> Block:
    """Return a cell of a table in bold."""
    words = {"type": "text", "text": quiet(text), "style": {"bold": True}}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [words]}]}


def _buttons(row: Places) -> Block:
    """Return a row of buttons: a place with several of them is an overflow menu."""
    elements = []
    for place in row:
        if len(place) == 1:
            elements.append(_button(place[0]))
        else:
            options = [option(b.label, f"{_action(b)} {b.command}") for b in place[:OPTIONS]]
            elements.append({"type": "overflow", "action_id": CHOOSE, "options": options})
    return actions(elements)


def _button(of: Button, about: str = "") -> Block:
    """Return a button; read aloud it says what it is `about`, for a row's says only what it does."""
    style = {"style": "primary"} if of.primary else {}
    aloud = {"accessibility_label": cut(quiet(f"{clean(of.label)}, {about}"), LABEL)} if about else {}
    return button(of.label, _action(of), of.command) | style | aloud


def _action(of: Button) -> str:
    return FORM if of.form else PRESS


#: Places for buttons in one row: more would be wrapped.
IN_A_ROW: Final = 5
#: Buttons of a page in all, beside those of its lines.
MOST_BUTTONS: Final = 25

_UNDER = 200
#: "press " or "form " comes before the handle.
_MENU_VALUE = OPTION_VALUE - 6


def pieces(reply: Reply, *, tables: bool = False) -> Iterator[Piece]:
    """Yield the pieces of a reply, without the parts of every page (title, footer, buttons of no line).

    Slack takes one table in a message, where it takes `tables` at all: the largest of the reply. Another one that is
    too wide for a telephone has a page of its own.
    """
    if len(clean(reply.title)) > HEADER:
        yield from titled(reply.title)
    yield from lines(reply.text)
    yield from lines(NO_CHART for chart in reply.charts[:1] if not (tables and chart in drawn(reply)))
    for part in reply.sections:
        yield from titled(part.title)
        yield from lines(part.lines, under=cut(clean(part.title), _UNDER))
        if part.hidden and not any(line.lstrip().startswith("…") for line in part.lines[-1:]):
            more = f": {part.more}" if part.more else ""
            yield from lines([_("… and {hidden} more{more}", hidden=part.hidden, more=more)])
    largest = max(filter(_is_native, reply.tables), key=lambda t: len(t.rows), default=None) if tables else None
    for each in reply.tables:
        wide = tables and _is_native(each) and not _is_narrow(_widths(list(map(clean, each.columns)), _cells(each)))
        yield from table(each, native=each is largest or wide)


def titled(title: str) -> Iterator[Piece]:
    """Yield a title in bold, in parts; "line" pieces without a text are titles."""
    for part in split(clean(title), FULL - 10):
        yield Piece("line", bold=part, lines=0)


def lines(of: Iterable[str], under: str = "") -> Iterator[Piece]:
    """Yield each line, in parts where it is longer than a block."""
    for line in of:
        if isinstance(line, Row):
            yield from _row(line, under)
            continue
        parts = _parts(line)
        for i, part in enumerate(parts, 1):
            yield Piece("line", part, lines=int(i == len(parts)), under=under)


def _parts(text: str) -> Sequence[str]:
    text = clean(text)
    return [text] if text and bound(text) <= FULL else list(split(text, FULL))


def _row(of: Row, under: str) -> Iterator[Piece]:
    """Yield a row with its buttons: one is beside it, several are under it."""
    subject, words = clean(of.subject) or "–", [clean(word) for word in of.words]
    if bound(subject) > _BOLD:
        subject, words = "", [subject, *words]
    parts = _parts(" · ".join(filter(None, words))) or [""]
    beside = of.buttons[0] if len(of.buttons) == 1 else None
    first, *more = _places(of.buttons) if len(of.buttons) > 1 else [()]
    for i, part in enumerate(parts, 1):
        last = i == len(parts)
        piece = Piece("line", part, subject if i == 1 else "", int(last), under=under, mark=of.mark if i == 1 else "")
        yield piece._replace(row=first, beside=beside) if last else piece
    for row in more:
        yield Piece("buttons", lines=0, row=row)


def _places(buttons: Sequence[Button]) -> list[Places]:
    """Return the rows of buttons of one line: the first is a button and the others are a menu.

    One other, or one with a long handle, is a button of its own.
    """
    alone = list(buttons)
    menus: list[tuple[Button, ...]] = []
    menu = [b for b in buttons[1:] if len(b.command) <= _MENU_VALUE]
    if len(menu) > 1:
        alone = [*buttons[:1], *(b for b in buttons[1:] if len(b.command) > _MENU_VALUE)]
        menus = [tuple(menu[n : n + OPTIONS]) for n in range(0, len(menu), OPTIONS)]
    places = [*((b,) for b in alone), *menus]
    return [tuple(places[n : n + IN_A_ROW]) for n in range(0, len(places), IN_A_ROW)]


#: In place of a chart that Slack does not draw: its numbers are in a table.
NO_CHART: Final = _("The chart is not drawn here: every number is in the table.")
#: Characters of a row; a wider one would be wrapped on a telephone, and its columns lost.
WIDTH: Final = 60

_GAP = "  "
_BOLD = 500
_UNDER_TABLE = 200


def _is_native(of: Table) -> bool:
    """Return True for a table that Slack's own can hold: two columns or more, each cell well below its limit."""
    longest = max((len(str(cell)) for row in of.rows for cell in row if cell is not None), default=0)
    return bool(of.rows) and 2 <= len(of.columns) <= COLUMNS and longest <= _BOLD


def table(of: Table, *, native: bool = False) -> Iterator[Piece]:
    """Yield a table's title, rows and note; nothing for a table without rows, for the reply says so in words."""
    if not of.rows:
        return
    title = cut(clean(of.title), _UNDER_TABLE)
    if title:
        yield from (Piece("line", bold=part, lines=0) for part in split(clean(of.title), FULL - 10))
    names = [clean(c) for c in of.columns]
    columns = _cells(of)
    widths = _widths(names, columns)
    if native:
        heads = tuple((name or "–", right) for name, right in zip(names, of.numeric, strict=True))
        for row in zip(*columns, strict=True):
            yield Piece("row", under=title, cells=tuple(cell or "–" for cell in row), columns=heads)
    elif names and _is_narrow(widths):
        yield from _aligned(of, names, columns, widths, title)
    else:
        for cells in zip(*columns, strict=True):
            yield from _in_words(names, cells, title)
    for part in split(clean(of.note), FULL):
        yield Piece("line", part, under=title)


def _cells(of: Table) -> list[list[str]]:
    """Return the cells of each column."""
    return [["" if row[i] is None else clean(str(row[i])) for row in of.rows] for i in range(len(of.columns))]


def _widths(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(_width, (name, *cells))) for name, cells in zip(names, columns, strict=True)]


def _is_narrow(widths: Sequence[int]) -> bool:
    return sum(widths) + len(_GAP) * (len(widths) - 1) <= WIDTH


def _width(text: str) -> int:
    """Return the printed width: some characters take two places."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _aligned(
    of: Table, names: Sequence[str], columns: Sequence[Sequence[str]], widths: Sequence[int], title: str
) -> Iterator[Piece]:
    """Yield a piece for each row, in columns; numbers are aligned on the right."""
    aligned = [
        [" " * (width - _width(c)) + c if to_right else c + " " * (width - _width(c)) for c in (name, *cells)]
        for name, cells, width, to_right in zip(names, columns, widths, of.numeric, strict=True)
    ]
    head, *rows = (_GAP.join(cells).rstrip() for cells in zip(*aligned, strict=True))
    for row in rows:
        yield Piece("code", row or "–", under=title, head=head)


def _in_words(names: Sequence[str], cells: Sequence[str], title: str) -> Iterator[Piece]:
    """Yield a row as '*OX-TEST* · Due Sun 10:00 · Owner nobody', without its empty cells."""
    if not cells:
        return
    first, rest = cells[0] or "–", [f"{n} {c}".strip() for n, c in zip(names[1:], cells[1:], strict=True) if c]
    text = " · ".join(rest)
    if text and bound(first) <= _BOLD and bound(first) + bound(text) + 5 <= FULL:
        yield Piece("line", text, bold=first, under=title)
        return
    parts = list(split(" · ".join((first, *rest)), FULL))
    for i, part in enumerate(parts, 1):
        yield Piece("line", part, lines=int(i == len(parts)), under=title)


#: The longest text of one block; Slack takes 3,000 characters.
FULL: Final = 2900

Style = Literal["line", "code", "row", "small", "buttons"]
#: A row of buttons: each place has a button, or several in a menu.
Places = tuple[tuple[Button, ...], ...]


class Piece(NamedTuple):
    """An indivisible part: a line, a row of a table. Its text is clean, not escaped.

    `bold` comes before the text, `mark` before that, and one button may be `beside` them. `lines` is the number of
    lines of the reply that are complete with it. `row` has the buttons under it, several in one place where they
    share a menu. `under` is the title to repeat on another page, `head` the names over its columns. A "row" of Slack's
    own table has `cells` instead of a text, and `columns` with their names and whether they are aligned on the right.
    """

    style: Style
    text: str = ""
    bold: str = ""
    lines: int = 1
    row: Places = ()
    under: str = ""
    head: str = ""
    cells: tuple[str, ...] = ()
    columns: tuple[tuple[str, bool], ...] = ()
    mark: str = ""
    beside: Button | None = None


@dataclass(slots=True)
class Page:
    """Groups of pieces: each is one block, and one more where its last piece has buttons."""

    groups: list[list[Piece]] = field(default_factory=list)
    blocks: int = 0
    characters: int = 0
    room: int = 0  # characters that the last group can still take

    @property
    def lines(self) -> int:
        return sum(p.lines for g in self.groups for p in g)


def pack(pieces: Iterable[Piece], budget: Budget) -> Iterator[Page]:
    """Yield page after page, each as full as it may be. A title is never last on a page."""
    page = Page()
    for piece in pieces:
        if page.groups and not _put(page, piece, budget):
            last = _titles(page)
            yield page
            page = Page()
            if piece.under and not last and not is_title(piece):
                _put(page, Piece("line", "continued", bold=piece.under, lines=0), budget)
            for each in last:
                _put(page, each, budget)
            if not _put(page, piece, budget):
                _put(page, piece, Budget(1000, 10**6))
        elif not page.groups:
            _put(page, piece, Budget(1000, 10**6))
    if page.groups:
        yield page


def _titles(page: Page) -> list[Piece]:
    """Take the titles at the end of a page off it, unless nothing else is on it."""
    last = page.groups[-1]
    keep = len(last)
    while keep and is_title(last[keep - 1]):
        keep -= 1
    if keep == len(last) or (not keep and len(page.groups) == 1):
        return []
    taken = last[keep:]
    del last[keep:]
    if not last:
        page.groups.pop()
    return taken


def is_title(piece: Piece) -> bool:
    return piece.style == "line" and not piece.text and not piece.lines


def _put(page: Page, piece: Piece, budget: Budget) -> bool:
    """Put a piece on the page; return False where it does not fit."""
    # An upper bound of the text's length, with a line's end and the marks around it.
    if piece.style == "row":
        size = sum(map(len, piece.cells))
    elif piece.style == "code":
        size = len(piece.text) + piece.text.count("<") + 1
    else:
        size = bound(piece.text) + (bound(piece.bold) + 5 if piece.bold else 0) + 2 * len(piece.mark)
    pressable = (*(b for place in piece.row for b in place), *([piece.beside] if piece.beside else []))
    labels = sum(min(len(b.label), LABEL) for b in pressable)
    group = page.groups[-1] if page.groups else []
    joins = bool(group) and group[-1].style == piece.style != "buttons" and not group[-1].row
    joins = joins and not group[-1].beside and not piece.beside
    if joins:
        joins = size <= page.room and group[-1].head == piece.head
    if piece.style == "row":
        joins = joins and len(group) < ROWS
        if not joins and any(g[0].style == "row" for g in page.groups):
            return False  # Slack takes one table in a message
    opening = 0 if joins else len(piece.head) + sum(len(name) for name, _ in piece.columns)
    blocks = (not joins and piece.style != "buttons") + bool(piece.row)
    if page.blocks + blocks > budget.blocks or page.characters + size + opening + labels > budget.characters:
        return False
    if joins:
        group.append(piece)
        page.room -= size
    else:
        page.groups.append([piece])
        page.room = (CELLS if piece.style == "row" else FULL) - size - opening
    page.blocks += blocks
    page.characters += size + opening + labels
    return True


def section(escaped: str) -> Block:
    """Return a section; `escaped` went through `mrkdwn`, and may have formatting of ours."""
    return {"type": "section", "text": _formatted(escaped, TEXT)}


def context(escaped: Sequence[str]) -> Block:
    return {"type": "context", "elements": [_formatted(each, TEXT) for each in escaped[:CONTEXT]]}


def actions(elements: Sequence[Block]) -> Block:
    return {"type": "actions", "elements": list(elements[:ELEMENTS])}


def button(label: str, action_id: str, value: str = "") -> Block:
    """Return a button of plain style: its label says in words what it does."""
    made = {"type": "button", "action_id": action_id, "text": plain(label, LABEL, _("Open"))}
    return made | ({"value": value[:VALUE]} if value else {})


def option(label: str, value: str) -> Block:
    return {"text": plain(label, LABEL, _("Open")), "value": value[:OPTION_VALUE]}


def numbered(blocks: Sequence[Block]) -> list[Block]:
    """Add a number to each action id that has none, so that no two of a message are alike."""
    seen: dict[str, int] = {}
    rows = (block.get("elements", []) if block["type"] == "actions" else [block.get("accessory")] for block in blocks)
    for each in (e for row in rows for e in row if e):
        word = each["action_id"]
        n = seen[word] = seen.get(word, -1) + 1
        if ":" not in word:
            each["action_id"] = f"{word}:{n}"
    return list(blocks)


def _formatted(escaped: str, most: int) -> Block:
    """Return a verbatim text: Slack does not look for links and names in it."""
    return {"type": "mrkdwn", "text": cut(escaped, most) or "–", "verbatim": True}


def mrkdwn(text: str) -> str:
    """Escape a text for a formatted one: nothing in it is live."""
    return slack(clean(text))


def plain(text: str, most: int, instead: str) -> Block:
    """Return a text that Slack does not format; `instead` where nothing is visible."""
    return {"type": "plain_text", "text": cut(quiet(clean(text)), most) or instead, "emoji": False}


def quiet(text: str) -> str:
    """Break mentions: Slack reads none in an unformatted text, but the text may be copied elsewhere."""
    return _MENTION.sub("<" + JOINER, text)


_MENTION = re.compile("<(?=[!@#])")


def split(text: str, most: int) -> Iterator[str]:
    """Yield the whole text in parts that still fit when they are escaped, divided between words where possible."""
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
    """Return an upper bound of the length of `mrkdwn(text)`: most of a long reply is measured and never shown."""
    many = text.count
    longer = 4 * many("&") + 3 * (many("<") + many(">")) + 2 * many(":") + many(".") + many("@") + many("\uff20")
    return len(text) + longer + 1
