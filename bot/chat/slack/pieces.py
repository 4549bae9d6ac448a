"""A reply as pieces in the order of reading: lines with their buttons, sections, facts, tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.chat.slack.blocks import FIELD, HEADER, LABEL, OPTION_VALUE, OPTIONS, bound, clean, cut, split
from bot.chat.slack.paging import FULL, Piece, Row
from bot.chat.slack.tables import table
from bot.conversation.reply import Button, Fact, Reply, Section

#: Places for buttons in one row: more would be wrapped.
PLACES: Final = 5
#: Slack takes that many in all.
MOST_BUTTONS: Final = 25

_UNDER = 200
#: "press " or "form " stands before the handle.
_MENU_VALUE = OPTION_VALUE - 6


def pieces(reply: Reply) -> Iterator[Piece]:
    """Yield the pieces of a reply, without the parts of every page (title, footer, buttons of no line)."""
    if len(clean(reply.title)) > HEADER:
        yield from titled(reply.title)
    yield from _text(reply)
    for chart in reply.charts:
        yield from lines([chart.alt])
    for each in reply.sections:
        yield from _section(each)
    yield from _facts(reply)
    for each_table in reply.tables:
        yield from table(each_table)


def titled(title: str) -> Iterator[Piece]:
    """In bold; "line" pieces without a text are titles."""
    for part in split(clean(title), FULL - 10):
        yield Piece("line", bold=part, lines=0)


def lines(texts: Iterable[str], under: str = "", row: Sequence[Row] = ()) -> Iterator[Piece]:
    """Each text as a line, in parts where it is longer than a block; `row` stands under the last of them."""
    for text in map(clean, texts):
        parts = [text] if text and bound(text) <= FULL else list(split(text, FULL))
        for i, part in enumerate(parts, 1):
            whole = i == len(parts)
            yield Piece("line", part, lines=int(whole), row=row[0] if whole and row else (), under=under)
    for more in row[1:]:
        yield Piece("buttons", lines=0, row=more)


def small(texts: Iterable[str]) -> Iterator[Piece]:
    for piece in lines(texts):
        yield piece._replace(style="small")


def _text(reply: Reply) -> Iterator[Piece]:
    beside: dict[int, list[Button]] = {}
    for button in reply.buttons:
        if button.line is not None:
            beside.setdefault(button.line, []).append(button)
    for i, text in enumerate(reply.text):
        buttons = beside.get(i, [])
        yield from lines([text if clean(text) or not buttons else "–"], row=rows_under_line(buttons))


def rows_under_line(buttons: Sequence[Button]) -> list[Row]:
    """The first as a button, the others in a menu; one other, or one with a long handle, is a button of its own."""
    menu = [b for b in buttons[1:] if len(b.command) <= _MENU_VALUE]
    if len(menu) > 1:
        alone = [*buttons[:1], *(b for b in buttons[1:] if len(b.command) > _MENU_VALUE)]
        menus = [tuple(menu[i : i + OPTIONS]) for i in range(0, len(menu), OPTIONS)]
    else:
        alone, menus = list(buttons), []
    places = [*((b,) for b in alone), *menus]
    return [tuple(places[i : i + PLACES]) for i in range(0, len(places), PLACES)]


def below(reply: Reply) -> list[Button]:
    """The buttons of no line, or of a line that is not there."""
    return [b for b in reply.buttons if b.line is None or not 0 <= b.line < len(reply.text)]


def rows_below(buttons: Sequence[Button]) -> list[Row]:
    """Rows of buttons, as many as Slack takes."""
    shown = buttons[:MOST_BUTTONS]
    return [tuple((b,) for b in shown[i : i + PLACES]) for i in range(0, len(shown), PLACES)]


def _section(section: Section) -> Iterator[Piece]:
    title = clean(section.title)
    yield from titled(title)
    yield from lines(section.lines, under=cut(title, _UNDER))
    if section.hidden and not any(line.lstrip().startswith("…") for line in section.lines[-1:]):
        more = f": {section.more}" if section.more else ""
        yield from lines([f"… and {section.hidden} more{more}"])


def _facts(reply: Reply) -> Iterator[Piece]:
    """Every fact that is not a row of a table of the same reply."""
    said = {clean(str(row[0])) for each in reply.tables for row in each.rows if row} if reply.facts else set()
    for fact in reply.facts:
        label, value = clean(fact.label), clean(_value(fact)) or "–"
        if label and label in said:
            continue
        if bound(label) + bound(value) + 5 <= FIELD:
            yield Piece("field", value, bold=label)
        else:
            yield from lines([f"{label}: {value}"])


def _value(fact: Fact) -> str:
    note = f" · {fact.note}" if clean(fact.note) else ""
    if fact.value is None:
        return f"n/a{note}"
    counts = "" if fact.denominator is None else f" ({fact.numerator}/{fact.denominator})"
    return f"{fact.value}{fact.unit}{counts}{note}"


def label_length(buttons: Iterable[Button]) -> int:
    return sum(min(len(b.label), LABEL) for b in buttons)
