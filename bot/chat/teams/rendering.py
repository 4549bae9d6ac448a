"""A reply as Adaptive Cards of Microsoft Teams: an answer in pages, a post in one, the person's own work in one.

Teams refuses a whole message that has too many bytes, so each part is measured in the bytes that are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from bot.chat.escape import clean, cut, teams_run
from bot.chat.teams import elements
from bot.chat.teams.elements import KIND, Card, Element, TableHead, bold, heading, line, run, size, small
from bot.conversation.inbound import Answer
from bot.conversation.reply import Button, Chart, Reply, Row, Table
from bot.rules.catalogue import _, n_

# The verbs of buttons. Each is in the button's data as "action", beside the handle, and has a handler.

#: Runs the command behind the handle.
PRESS: Final = "press"
#: Opens a form as a dialog.
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

#: The most bytes of an activity, as UTF-8 JSON.
BYTES: Final = 28_000
#: Bytes of an activity beside its card: summary, sender, conversation, marker.
ENVELOPE: Final = 1_500
CARD: Final = BYTES - ENVELOPE
#: Bytes of a page that are left for lines, whatever else is on every page. Every piece is smaller, with the title that
#: is repeated above it.
LEAST: Final = 7_000
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
#: Columns of a table whatever its width; columns of one whose widest row has so many characters. Any other is a list
#: of lines, for a card does not scroll.
COLUMNS: Final = 3
MORE_COLUMNS: Final = 5
WIDTH: Final = 60
#: Characters of the longest label of a button beside a line.
BESIDE: Final = 18
#: Of a chart: characters of its title and labels, series, points of each, and charts of a message.
CHART_TITLE: Final = 80
CHART_LABEL: Final = 20
SERIES: Final = 6
POINTS: Final = 24
CHARTS: Final = 2


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


def plain_post(words: str) -> Card:
    """Return a post of words alone: lines, and nothing else."""
    return card([elements.line(elements.run(clean(line) or "–")) for line in words.splitlines()])


def home(replies: Sequence[Reply], updated: str) -> Card:
    """Return a person's own work: a share of the card for each reply, and the number of lines left out of each."""
    body = [*actions([button(_("Refresh"), REFRESH)]), small(_("Updated {mrkdwn}", mrkdwn=updated))]
    for i, reply in enumerate(replies):
        room = CARD - size(card(body))
        if room < 2 * LEAST:
            body.append(_more(len(replies) - i, _("ask me for them")))
            break
        first, *rest = _first(reply, max(2 * LEAST, room // (len(replies) - i)) - 200)
        body += [elements.apart(first), *rest]
    return card(body)


def card(body: Sequence[Element]) -> Card:
    """Return a card with these elements. A client that is too old shows the fallback alone, which says nothing."""
    return elements.card(body, _("This version of Teams cannot show the message. Please update Teams."))


#: The most bytes of the buttons under an answer.
_NAVIGATION: Final = 5_000


def _first(reply: Reply, budget: int) -> list[Element]:
    """Return the elements of the first page, and the number of lines left out."""
    laid = _lay_out(reply, budget)
    left = laid.left_after(1)
    return [*laid.page(1), *([_more(left, n_("ask me for it", "ask me for them", left))] if left else [])]


def _more(left: int, how: str) -> Element:
    return small(n_("… and {n} more line: {how}", "… and {n} more lines: {how}", left, how=how))


class CardPart(NamedTuple):
    """An indivisible part: one element of the body, or one row of a table, which has a `head`.

    `lines` is the number of lines of the reply that are complete with it. `under` is the title to repeat on another
    page.
    """

    element: Element
    lines: int = 1
    under: str = ""
    head: TableHead | None = None
    is_title: bool = False


@dataclass(slots=True)
class CardPage:
    """Pieces and their bytes."""

    pieces: list[CardPart] = field(default_factory=list)
    bytes: int = 0

    @property
    def lines(self) -> int:
        return sum(p.lines for p in self.pieces)


@dataclass(frozen=True, slots=True)
class _CardLayout:
    """The pages before they are made, and the elements of every page: title, footer, buttons of no line."""

    title: Sequence[Element]
    pages: Sequence[CardPage]
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
        return [*body, *self.buttons, *self.footer] or [line(run(_("Nothing to show.")))]

    def left_after(self, number: int) -> int:
        """Return the number of lines on the pages that follow."""
        return sum(page.lines for page in self.pages[number:])


def _lay_out(reply: Reply, budget: int) -> _CardLayout:
    """Pack a reply into pages, less the room for the elements of every page.

    Buttons beyond the room are counted. A footer or chart that is too large is not on every page, or not drawn.
    """
    room = budget - size(card([])) - 200  # the number of lines left out
    title = [heading(cut(clean(reply.title), TITLE), large=True)] if clean(reply.title) else []
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
        everywhere = [elements.apart(everywhere[0]), *everywhere[1:]]
    return _CardLayout(title, list(pack(body, first, room)), charts, below, everywhere)


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


def pack(pieces: Iterable[CardPart], first: int, room: int) -> Iterator[CardPage]:
    """Yield page after page, each as full as it may be: `first` bytes, then `room`. A title is never last on a page."""
    page, most = CardPage(), first
    for piece in pieces:
        if page.pieces and page.bytes + _added(page, piece) > most:
            titles = _titles(page)
            yield page
            page, most = CardPage(), room
            if piece.under and not titles and not piece.is_title:
                _put(page, CardPart(heading(_("{title} · continued", title=piece.under)), 0))
            for each in titles:
                _put(page, each)
        _put(page, piece)
    if page.pieces:
        yield page


def _titles(page: CardPage) -> list[CardPart]:
    """Take the titles at the end of a page off it, unless nothing else is on it or the next has no room for them."""
    keep = len(page.pieces)
    while keep and page.pieces[keep - 1].is_title:
        keep -= 1
    taken = page.pieces[keep:]
    if not keep or sum(size(p.element) for p in taken) > LINE:
        return []
    del page.pieces[keep:]
    return taken


def _put(page: CardPage, piece: CardPart) -> None:
    page.bytes += _added(page, piece)
    page.pieces.append(piece)


def _added(page: CardPage, piece: CardPart) -> int:
    """Return the bytes that a piece adds to a page: the first row of a table brings the table's head."""
    if piece.head is None or (page.pieces and page.pieces[-1].head is piece.head):
        return size(piece.element)
    return size(piece.element) + size(elements.table(piece.head, []))


def _elements(pieces: Sequence[CardPart]) -> list[Element]:
    """Return a page's elements: rows that follow one another under the same head are one table."""
    found: list[Element] = []
    before: TableHead | None = None
    for piece in pieces:
        if piece.head is None:
            found.append(piece.element)
        elif piece.head is before:
            found[-1]["rows"].append(piece.element)
        else:
            found.append(elements.table(piece.head, [piece.element]))
        before = piece.head
    return found


def pieces(reply: Reply, *, drawing: bool = True) -> Iterator[CardPart]:
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


def titled(title: str) -> Iterator[CardPart]:
    """Yield the title of a section."""
    for part in _parts(title, heading):
        yield CardPart(heading(part), 0, is_title=True)


def lines(of: Iterable[str], under: str = "") -> Iterator[CardPart]:
    """Yield each line, in parts where it is longer than an element may be."""
    for each in of:
        if isinstance(each, Row):
            yield from _row(each, under)
            continue
        yield from _line(each, under)


def _line(text: str, under: str, subject: str = "") -> Iterator[CardPart]:
    """Yield a line, after what comes in bold."""
    parts = _parts(text, lambda part: line(run(part))) or ([""] if subject else [])
    for i, part in enumerate(parts):
        yield CardPart(line(*_runs("", subject if not i else "", part)), int(i == len(parts) - 1), under)


def _small(of: Iterable[str]) -> Iterator[CardPart]:
    for each in of:
        parts = _parts(each, small)
        for i, part in enumerate(parts, 1):
            yield CardPart(small(part), int(i == len(parts)))


def _row(of: Row, under: str) -> Iterator[CardPart]:
    """Yield a row with its buttons: one of a short label is beside it, others are under it."""
    subject, words = clean(of.subject) or "–", [clean(word) for word in of.words]
    if size(run(subject)) > LINE // 2:
        subject, words = "", [subject, *words]
    parts = _parts(" · ".join(filter(None, words)), lambda part: line(run(part))) or [""]
    is_beside = len(of.buttons) == 1 and len(of.buttons[0].label) <= BESIDE
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        said = line(*_runs(of.mark if not i else "", subject if not i else "", part))
        if of.buttons and not is_beside and not i:
            said = elements.spaced(said)  # so that the buttons under it are nearer to it than to the next row
        element = elements.beside(said, [_button(of.buttons[0], of.subject)]) if last and is_beside else said
        yield CardPart(element, int(last), under)
    for each in [] if is_beside else _menus(of):
        yield CardPart(each, 0, under)


def _runs(mark: str, subject: str, text: str) -> list[Element]:
    """Return the runs of a line: its mark, its subject in bold, the rest."""
    made = [run(f"{clean(mark)} ")] if clean(mark) else []
    if subject:
        made.append(bold(subject))
    if text:
        made.append(run(f" · {text}" if subject else text))
    return made


def _menus(of: Row) -> list[Element]:
    """Return the buttons under a row: the first is shown and the others are in its menu; one other needs no menu."""
    made = [_button(each, of.subject) for each in of.buttons]
    sets: list[list[Element]] = []
    for each in made:
        if not sets or len(sets[-1]) == IN_A_ROW or sum(map(size, sets[-1])) + size(each) > LEAST - 2_000:
            sets.append([])
        sets[-1].append(elements.in_menu(each) if sets[-1] and len(made) > 2 else each)
    return [elements.action_set(each) for each in sets]


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


def table(of: Table) -> Iterator[CardPart]:
    """Yield a table's title, rows and note; nothing for a table without rows, for the reply says so in words."""
    if not of.rows:
        return
    yield from titled(of.title)
    under = cut(clean(of.title), TITLE)
    cells = [tuple("" if cell is None else clean(str(cell)) for cell in row) for row in of.rows]
    names = tuple(clean(name) for name in of.columns)
    longest = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(names)]
    head = TableHead(names, tuple(min(max(n, 10), 20) for n in longest), of.numeric)
    rows = [elements.table_row(row) for row in cells]
    fits = 2 <= len(names) <= (MORE_COLUMNS if sum(longest) <= WIDTH else COLUMNS)
    if fits and size(elements.table(head, [])) <= LINE and max(map(size, rows)) <= LINE:
        for each in rows:
            yield CardPart(each, 1, under, head)
    else:
        for row in cells:
            yield from _in_words(names, row, under)
    yield from lines([of.note] if clean(of.note) else [], under)


def _in_words(names: Sequence[str], cells: Sequence[str], under: str) -> Iterator[CardPart]:
    """Yield a row as '**OX-TEST** · Due Sun 10:00 · Owner nobody', without its empty cells."""
    if not cells:
        return
    first, rest = cells[0] or "–", [f"{n} {c}".strip() for n, c in zip(names[1:], cells[1:], strict=True) if c]
    if rest and size(run(first)) <= LINE // 2:
        yield from _line(" · ".join(rest), under, subject=first)
    else:
        yield from _line(" · ".join((first, *rest)), under)


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
    """Return a chart; a client without charts says that the numbers are in the table."""
    title = cut(teams_run(clean(of.title)), CHART_TITLE) or _("Chart")
    unit = cut(teams_run(clean(of.unit)), CHART_TITLE)
    series = {clean(s.name): s.values for s in of.series}
    return elements.chart(of.kind, title, unit, [clean(c) for c in of.categories], series, line(run(NO_CHART)))


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
    return [elements.action_set(row) for row in rows]


def _button(of: Button, about: str = "") -> Element:
    """Return a button; read aloud it says what it is `about`, for a row's says only what it does."""
    made = button(of.label, FORM if of.form else PRESS, of.command)
    if clean(about):
        made["tooltip"] = cut(teams_run(f"{clean(of.label)}, {clean(about)}"), LABEL)
    return elements.first(made) if of.primary else made


def button(label: str, verb: str, handle: str = "", **more: object) -> Element:
    """Return a button. Its data say what it does and carry the handle; `more` are added. A form opens as a dialog."""
    title = cut(teams_run(clean(label)), LABEL) or _("Open")
    data = {"action": verb, **({"handle": clean(handle)[:HANDLE]} if handle else {}), **more}
    return elements.alone(elements.opening(title, data) if verb == FORM else elements.execute(title, data))
