"""Unread notices, at the top of a person's next answer in private."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation.reply import Reply, Section
from bot.rules.effects import NEEDED_FOR
from bot.rules.partnership.roles import Action
from bot.rules.queries.audit_trail import Notice
from bot.rules.time.clock import say_near

MOST = 5


def readable(notices: Sequence[Notice], may: Callable[[Action], bool]) -> list[Notice]:
    """Return the notices whose role the person still has: a lead of last week reads none."""
    return [n for n in notices if n.kind not in NEEDED_FOR or may(NEEDED_FOR[n.kind])]


def on_top(reply: Reply, shown: Sequence[Notice], hidden: int, now: datetime) -> Reply:
    """Put the notices above an answer; `hidden` counts the ones left for the next answers."""
    lines = tuple(line(n, now) for n in shown)
    more = (f"… and {hidden} more, with your next answers",) if hidden else ()
    section = Section("For you", (*lines, *more), hidden)
    return replace(reply, level=2, sections=(section, *reply.sections))


def line(notice: Notice, now: datetime) -> str:
    """Return '⚠ Wed 5 Jul 08:00 · OX-7QK4 · ...'; the reference is apart from the text, so that erasure removes it."""
    ref = [notice.ref] if notice.ref else []
    return " · ".join((f"⚠ {say_near(notice.at, now)}", *ref, notice.text))
