"""What can be pressed in an answer, sealed: each holds a handle that says nothing (store/changes/button_handles.py).

The handles are made when the reply is known, and kept in the transaction that records it.
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
#: A form may stand open over a long telephone call.
FORM_LASTS = timedelta(hours=24)
#: Lines from which an answer may take more than one page.
LONG = 40

Draft = Mapping[str, str]


@dataclass
class Sealing:
    """The handles of one answer. `shareable` says whether a reply may be offered to the channel it was asked in,
    `draft` what was typed before into a form that could not be saved, by the form's meaning."""

    request: Request
    shareable: Callable[[Reply], bool]
    draft: Callable[[str], Draft]
    tokens: list[str] = field(default_factory=list)
    extras: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __call__(self, reply: Reply) -> Sequence[Issue]:
        """What is to be kept of them; nothing for somebody who is not listed."""
        actor = self.request.actor
        if actor is None:
            return ()
        self.extras = self._beside(reply)
        wanted = [*((ASK, b.command) for b in reply.buttons), *self.extras.values()]
        self.tokens, issued = button_handles.made(wanted)
        lasts = FORM_LASTS if reply.form is not None else button_handles.LASTS
        return (Issue(actor.id, issued, self.request.now + lasts),) if issued else ()

    def _beside(self, reply: Reply) -> dict[str, tuple[str, str]]:
        """Handles beside those of the buttons: the rest of a long answer, its form, and sharing it."""
        extras: dict[str, tuple[str, str]] = {}
        if _is_long(reply):
            extras["again"] = (ASK, self.request.text)
        if reply.form is not None:
            extras["form"] = (FILL, f"{reply.form.kind}\n{reply.form.command}")
        if self.shareable(reply):
            extras["share"] = (SHARE, self.request.text)
        return extras

    def answer(self, reply: Reply, verb: str) -> Answer:
        """The reply as it leaves. A reply other than the one that was recorded has nothing that can be pressed."""
        count = len(reply.buttons)
        if len(self.tokens) != count + len(self.extras):
            return Answer(replace(reply, buttons=(), form=None), verb)
        named = dict(zip(self.extras, self.tokens[count:], strict=True))
        draft = self.draft(self.extras["form"][1]) if "form" in self.extras else {}
        return Answer(with_handles(reply, self.tokens[:count]), verb, draft=draft, **named)


def of_channel(destination: str) -> str:
    """Whose a handle is that anybody may press where it stands; no person's id begins so."""
    return f"#{destination}"[:64]


def with_handles(reply: Reply, tokens: Sequence[str]) -> Reply:
    """The same reply, each button's command replaced by its handle."""
    buttons = zip(reply.buttons, tokens, strict=True)
    return replace(reply, buttons=tuple(Button(b.label, token, b.line, b.form) for b, token in buttons))


def _is_long(reply: Reply) -> bool:
    lines = len(reply.text) + sum(len(s.lines) for s in reply.sections) + sum(len(t.rows) for t in reply.tables)
    return lines > LONG or len(reply.buttons) > LONG
