"""What can be pressed beside one line of a list of return interviews, in words so short that the line says the rest."""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation.reply import Button
from bot.messages.interview_status import command
from bot.rules.interviews.open_interviews import OpenInterview


def of_line(i: OpenInterview, me: str, line: int) -> tuple[Button, ...]:
    """Always of this interview, by its number: the child may have another.

    Without a version: a list is read for hours, and pressing two of its buttons is not being second.
    """
    return tuple(Button(label, command(i, typed), line, form) for label, typed, form in _next(i, me))


def _next(i: OpenInterview, me: str) -> Iterator[tuple[str, str, bool]]:
    yield "Record", "", True
    if i.standing.asked == me:
        yield "Take it over", "accept", False
    elif i.unowned:
        yield "Take it", "take", False
    if i.undone and i.standing.on_it != me:
        yield "I'm on it", "on it", False
    yield "Snooze", "snooze", True
    yield "Why", "why", False
    if not i.unowned and i.standing.asked != me:
        yield "Hand over", "hand to", True
