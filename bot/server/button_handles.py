"""The button handles of one answer: an opaque token in place of each command (store/changes/button_handles.py).

They are made once the reply is known, and kept in the transaction that records it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.conversation.command import Request
from bot.conversation.inbound import Answer
from bot.conversation.reply import Button, Reply
from bot.rules.effects import Issue
from bot.store.changes import button_handles

ASK, FILL, SHARE = "ask", "fill", "share"
#: A form may stay open over a long telephone call.
FORM_LASTS = timedelta(hours=24)
#: Lines from which an answer may take more than one page.
LONG = 40


@dataclass(frozen=True, slots=True)
class ButtonHandles:
    """The tokens of one answer's buttons, then those of `extras`: the answer's own handles (again, form, share).

    `issued` is kept with the answer's record. `extras` is name -> (purpose, command).
    """

    tokens: Sequence[str] = ()
    extras: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    issued: tuple[Issue, ...] = ()

    def answer(self, reply: Reply, verb: str, draft: Callable[[str], Mapping[str, str]]) -> Answer:
        """Return the answer as it leaves, with `draft` of the form's meaning.

        A reply other than the recorded one loses its buttons and form.
        """
        count = len(reply.buttons)
        if len(self.tokens) != count + len(self.extras):
            return Answer(replace(reply, buttons=(), form=None), verb)
        named = dict(zip(self.extras, self.tokens[count:], strict=True))
        typed = draft(self.extras["form"][1]) if "form" in self.extras else {}
        return Answer(with_handles(reply, self.tokens[:count]), verb, draft=typed, **named)


def made_for(request: Request, reply: Reply, *, shareable: bool) -> ButtonHandles:
    """Make the handles of a reply, valid for the person who asked; none for a person who is not listed.

    `shareable` says that the reply may be offered to the channel that it was asked in.
    """
    actor = request.actor
    if actor is None:
        return ButtonHandles()
    extras: dict[str, tuple[str, str]] = {}
    lines = len(reply.text) + sum(len(s.lines) for s in reply.sections) + sum(len(t.rows) for t in reply.tables)
    if lines > LONG or len(reply.buttons) > LONG:
        extras["again"] = (ASK, request.text)
    if reply.form is not None:
        extras["form"] = (FILL, f"{reply.form.kind}\n{reply.form.command}")
    if shareable:
        extras["share"] = (SHARE, request.text)
    tokens, kept = button_handles.made([*((ASK, b.command) for b in reply.buttons), *extras.values()])
    lasts = FORM_LASTS if reply.form is not None else button_handles.LASTS
    return ButtonHandles(tokens, extras, (Issue(actor.id, kept, request.now + lasts),) if kept else ())


def of_channel(destination: str) -> str:
    """Return the owner of a channel's handles, which each of its readers may press; no person's id begins so."""
    return f"#{destination}"[:64]


def with_handles(reply: Reply, tokens: Sequence[str]) -> Reply:
    """Return the reply with each button's command replaced by its handle."""
    buttons = zip(reply.buttons, tokens, strict=True)
    return replace(reply, buttons=tuple(Button(b.label, token, b.line, b.form) for b, token in buttons))
