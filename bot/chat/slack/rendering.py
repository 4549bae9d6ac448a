"""A reply as Slack's blocks: an answer in pages, a post in one, several replies in App Home.

Slack refuses a whole message for one block too many, so everything is measured before it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.chat.slack import action_ids
from bot.chat.slack.blocks import (
    Block,
    actions,
    bound,
    button,
    clean,
    context,
    divider,
    fields,
    header,
    mrkdwn,
    numbered,
    overflow,
    preformatted,
    section,
)
from bot.chat.slack.paging import Budget, Page, Piece, Row, is_title, pack
from bot.chat.slack.pieces import below, label_length, pieces, rows_below, small
from bot.conversation.inbound import Answer
from bot.conversation.reply import Reply

Surface = Literal["message", "modal", "home"]

#: Of 50 blocks in a message: the rest is for what the platform adds. A modal has the same look.
BUDGETS: Final[dict[Surface, Budget]] = {
    "message": Budget(45, 12_000),
    "modal": Budget(45, 12_000),
    "home": Budget(60, 24_000),
}
#: A footer that is longer comes once, at the end.
_FOOTER = 1200
#: What a reply has at least in App Home: title, a line, buttons and the rest in words.
_LEAST = 12


@dataclass(frozen=True, slots=True)
class _Layout:
    """The pages before they are made, and what stands on each of them."""

    title: str
    pages: list[Page]
    footer: list[Piece] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    left_out: int = 0

    def page(self, number: int) -> list[Block]:
        """Page `number` of all, from 1; ids not yet numbered."""
        blocks = [header(self.title)] if clean(self.title) else []
        blocks += groups(self.pages[number - 1]) if self.pages else []
        if self.rows:
            blocks += [_buttons(row) for row in self.rows]
        if self.left_out:
            blocks.append(context([f"… and {self.left_out} more buttons: type help for what you can ask"]))
        if self.footer:
            blocks += _group(self.footer)
        return blocks or [section("Nothing to show.")]

    def left_after(self, number: int) -> int:
        """Return the number of lines on the pages that follow."""
        return sum(page.lines for page in self.pages[number:])


def _lay_out(reply: Reply, budget: Budget) -> _Layout:
    footer, buttons = list(small(reply.footer)), below(reply)
    size = sum(bound(p.text) for p in footer)
    everywhere = footer if size <= _FOOTER else []
    rows = rows_below(buttons)
    shown = sum(len(row) for row in rows)
    inside = budget.less(3 + len(rows), 250 + size * bool(everywhere) + label_length(buttons[:shown]))
    body = [*pieces(reply), *([] if everywhere else footer)]
    return _Layout(reply.title, list(pack(body, inside)), everywhere, rows, len(buttons) - shown)


def groups(page: Page) -> list[Block]:
    """Return a page's pieces as blocks; ids not yet numbered."""
    return [block for group in page.groups for block in _group(group)]


def _group(group: Sequence[Piece]) -> list[Block]:
    """One block, and its buttons under it."""
    style = group[0].style
    if style == "buttons":
        made = []
    elif style == "field":
        bold = (f"*{mrkdwn(p.bold)}*\n" if p.bold else "" for p in group)
        made = [fields([b + mrkdwn(p.text) for b, p in zip(bold, group, strict=True)])]
    elif style == "code":
        made = [preformatted([group[0].head, *(p.text for p in group)])]
    elif style == "small":
        made = [context(["\n".join(mrkdwn(p.text) for p in group)])]
    else:
        made = [section("\n".join(_line(p, i) for i, p in enumerate(group)))]
    return [*made, *([_buttons(group[-1].row)] if group[-1].row else [])]


def _line(piece: Piece, place: int) -> str:
    """A title that is not the first has an empty line before it."""
    if is_title(piece):
        return "\n" * bool(place) + f"*{mrkdwn(piece.bold)}*"
    parts = ([f"*{mrkdwn(piece.bold)}*"] if piece.bold else []) + ([mrkdwn(piece.text)] if piece.text else [])
    return " · ".join(parts)


def _buttons(row: Row) -> Block:
    """A place with one button is that button; with several it is an overflow menu."""
    elements = []
    for place in row:
        words = [action_ids.FORM if b.form else action_ids.PRESS for b in place]
        if len(place) == 1:
            elements.append(button(place[0].label, words[0], place[0].command))
        else:
            options = [(b.label, f"{word} {b.command}") for b, word in zip(place, words, strict=True)]
            elements.append(overflow(action_ids.CHOOSE, options))
    return actions(elements)


def pages(reply: Reply, surface: Surface = "message") -> tuple[list[Block], ...]:
    """Return the whole reply, at least one page, each with the title, the buttons of no line and the footer."""
    laid = _lay_out(reply, BUDGETS[surface])
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
    """One page of a private answer, and what can be done with it: turn the page, share it, hide it.

    `hide` is whether a place can take it away again (asked for at level 2 only); `share_now` that this is the
    question before sharing; `extras` are at most three blocks more.
    """
    laid = _lay_out(answer.reply, BUDGETS[surface])
    last = max(1, len(laid.pages))
    page = min(max(1, page), last)
    blocks = laid.page(page)
    if not answer.again and laid.left_after(page):
        blocks += _more(laid.left_after(page), "ask me in private")
    elements = _turn(page, last, answer.again) if answer.again else []
    if answer.share:
        said, word = ("Share now", action_ids.SHARE_NOW) if share_now else ("Share to this channel", action_ids.SHARE)
        elements.append(button(said, word, answer.share))
    if hide and answer.reply.level == 2:
        elements.append(button("Hide now", action_ids.HIDE))
    return numbered([*blocks, *([actions(elements)] if elements else []), *extras])


def _turn(page: int, last: int, again: str) -> list[Block]:
    before = [button("Previous", f"{action_ids.MORE}:{page - 1}", again)] if page > 1 else []
    after = [button(f"Next page ({page + 1} of {last})", f"{action_ids.MORE}:{page + 1}", again)] if page < last else []
    return [*before, *after]


def _more(left: int, how: str) -> list[Block]:
    return [context([f"… and {left} more {'line' if left == 1 else 'lines'}: {how}"])]


def post(reply: Reply) -> list[Block]:
    """Return a post: one page, and the number of lines left out."""
    return numbered(_first(reply, BUDGETS["message"]))


def _first(reply: Reply, budget: Budget) -> list[Block]:
    laid = _lay_out(reply, budget)
    left = laid.left_after(1)
    return [*laid.page(1), *(_more(left, "ask me for " + ("it" if left == 1 else "them")) if left else [])]


def home(replies: Sequence[Reply], updated: str) -> dict[str, Any]:
    """App Home: a share of it for each reply, and how much of each is left out."""
    blocks = [actions([button("Refresh", action_ids.REFRESH)]), context([f"Updated {mrkdwn(updated)}"])]
    budget = BUDGETS["home"].less(3, 0)
    for i, reply in enumerate(replies):
        room = budget.blocks - len(blocks)
        if room < _LEAST:
            blocks += _more(len(replies) - i, "ask me for them")
            break
        share = max(_LEAST, room // (len(replies) - i))
        blocks += [divider(), *_first(reply, Budget(share - 2, 12_000))]
    return {"type": "home", "blocks": numbered(blocks)}
