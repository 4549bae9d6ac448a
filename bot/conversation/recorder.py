"""Record an answer with its effects, in one transaction, before it leaves: the same for every platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.conversation.command import NotRecorded
from bot.conversation.dispatcher import Dispatched
from bot.conversation.refusals import refusal
from bot.conversation.reply import Reply
from bot.rules.audit.chain import Entry
from bot.rules.effects import Effect, Issue, Overtaken, SeenEvent


@dataclass(frozen=True, slots=True)
class Recorder:
    """Record what the dispatcher returns.

    `write` carries out a row and its effects in one transaction, or raises NotRecorded, Overtaken or Repeated.
    `notice` is a line in every reply that leaves (that it is practice), empty in a real partnership.
    """

    write: Callable[[Entry, Sequence[Effect]], None]
    notice: str = ""

    def record(self, answer: Dispatched, issued: Sequence[Issue] = ()) -> Reply:
        """Return the reply that may leave; Repeated where its event was answered before.

        `issued` are the handles of the reply's buttons. Where another person was first (Overtaken) nothing is changed,
        and that reply is recorded too. A reply that cannot be recorded is refused. A fault of the command is raised
        again.
        """
        reply = answer.reply
        try:
            try:
                self.write(answer.entry, (*answer.effects, *issued))
            except Overtaken as first:
                reply = Reply("Not done", 0, (str(first),), status="refused")
                overtaken = replace(answer.entry, outcome="overtaken", level=None)
                self.write(overtaken, [e for e in answer.effects if isinstance(e, SeenEvent)])
        except NotRecorded:
            reply = refusal("not_recorded")
        if answer.fault is not None:
            raise answer.fault
        return reply.noting(self.notice)
