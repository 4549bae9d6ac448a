"""Shorter forms of a message that a platform refused as too long, or whose form it did not take.

What comes first stays, so children stay before anything else. A form says how many lines are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeGuard

from bot.conversation.outbound import Message, Outcome, PostRefused
from bot.conversation.reply import Button, Reply
from bot.rules.catalogue import _, n_
from bot.rules.delivery.refused import OF_ITS_FORM

#: Lines and characters of a shorter form, below the limits of every platform.
LINES, CHARACTERS = 40, 2_400


@dataclass(frozen=True, slots=True)
class MessageForm:
    """One form of a message. `kept` is the number of the reply's lines in it; None where it is whole."""

    message: Message
    kept: int | None = None


def forms(message: Message, whole: str) -> Iterator[MessageForm]:
    """Yield a message as it is, then shorter with its buttons, then in plain words; `whole` is the command for all."""
    yield MessageForm(message)
    lines = _lines(message.reply)
    kept = _fitting(lines, message.reply)
    button = Button(_("All of it"), whole)
    yield MessageForm(replace(message, reply=_shorter(message.reply, lines, kept, whole, button)), kept)
    words = [str(line) for line in lines]
    yield MessageForm(replace(message, reply=_shorter(message.reply, words, kept, whole), plain=True), kept)


def in_some_form(message: Message, whole: str, send: Callable[[Message], Outcome]) -> Outcome:
    """Send a message in the first form that the platform takes; return the last outcome."""
    for form in forms(message, whole):
        outcome = send(form.message)
        if not needs_another_form(outcome):
            break
    return outcome


def needs_another_form(outcome: Outcome) -> TypeGuard[PostRefused]:
    """Return True where the platform refused the form of a message, not the message."""
    return isinstance(outcome, PostRefused) and outcome.cause in OF_ITS_FORM


def as_words(reply: Reply) -> str:
    """Return a plain reply as one text."""
    return "\n".join(line for line in (reply.title, *reply.text, *reply.footer) if line)


def _lines(reply: Reply) -> list[str]:
    """Return the lines in the order of reading; a row of a table is a line."""
    lines = list(reply.text)
    for section in reply.sections:
        lines += [
            *([section.title] if section.title else []),
            *section.lines,
            *([section.more] if section.more else []),
        ]
    for table in reply.tables:
        lines += [" · ".join("–" if cell is None else str(cell) for cell in row) for row in table.rows]
    return lines


def _fitting(lines: list[str], reply: Reply) -> int:
    room, kept = CHARACTERS - len(reply.title) - sum(map(len, reply.footer)), 0
    for line in lines[:LINES]:
        room -= len(line) + 1
        if room < 0:
            break
        kept += 1
    return kept


def _shorter(reply: Reply, lines: list[str], kept: int, whole: str, *buttons: Button) -> Reply:
    left = len(lines) - kept + sum(section.hidden for section in reply.sections)
    if left:
        says = n_(
            "Shortened, because chat did not take all of it: {n} line is not here. Ask for: {whole}",
            "Shortened, because chat did not take all of it: {n} lines are not here. Ask for: {whole}",
            left,
            whole=whole,
        )
    else:
        says = _("Shortened, because chat did not take it otherwise: each line is here. Ask for: {whole}", whole=whole)
    return Reply(reply.title, reply.level, (*lines[:kept], says), footer=reply.footer, buttons=buttons)
