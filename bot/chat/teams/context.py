"""The context of every Teams handler: the caller, the place of the answer, and the report of a fault."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.chat.teams import dialogs, rendering
from bot.chat.teams.channels import REMEMBERED_SECONDS, Accounts, Channels
from bot.chat.teams.connector import Connector, Failed, threaded
from bot.chat.teams.conversations import Conversations
from bot.chat.teams.credentials import Connection
from bot.chat.teams.elements import Card, is_words
from bot.chat.teams.payloads import Origin, Pressed
from bot.chat.teams.report_files import ReportFiles
from bot.chat.teams.webhook import Seen
from bot.conversation.inbound import Answer, Caller, Inbound
from bot.conversation.outbound import PREVIEW
from bot.conversation.reply import Reply
from bot.logs.setup import log, unexpected
from bot.rules.access.channel_privacy import level_of
from bot.rules.access.permissions import Membership
from bot.rules.catalogue import _

NOT_DELIVERED = _(
    "Teams did not take my answer. What you asked for may have been done: see how it stands before you do it again."
)
DONE_ALREADY = _("This was pressed before.")
STILL = _("I am still working on it: the answer comes as a message.")
BELOW = _("The answer is below.")
PRIVATELY = _("I've answered you privately.")
ELSEWHERE = Reply(_("Answered in private"), 0, (PRIVATELY,))
NOT_REACHED = Reply(
    _("Not answered"),
    0,
    (
        _(
            "I could not write to you in private, and I do not answer this in a channel. Add me to your own chats "
            "(Apps, then my name), and ask me there."
        ),
    ),
    status="failed",
)
TYPED_THERE = _(
    "What you typed is in the channel, and everybody there can read it. If it names a child's reference, delete it: "
    "point at your message, then More options, Delete. Ask me in our own chat, or with a slash command."
)
TYPE_AGAIN = _("Please type your words again: I keep none of them in a message.")
#: Seconds in which the same person's second press of the same button is a double click.
DOUBLE_CLICK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer that Teams shows to a press or a form: a card, or a sentence.

    `sent` is True where the answer went out as a message already. `title` is that of a dialog.
    """

    card: Card | None = None
    text: str = ""
    title: str = ""
    sent: bool = False


@dataclass(frozen=True)
class Context:
    """The gateway (the inbound port of the bot), and the ways to Teams."""

    connection: Connection
    gateway: Inbound
    connector: Connector
    conversations: Conversations
    accounts: Accounts
    channels: Channels
    responder: Responder
    files: ReportFiles
    now: Callable[[], datetime]
    clicks: Seen = field(default_factory=lambda: Seen(DOUBLE_CLICK_SECONDS))

    def caller(self, source: Origin, *, event: str | None = None, anew: bool = False) -> Caller:
        """Return the caller with their membership in Teams: remembered for a while, or looked up `anew`.

        `event` replaces the activity's own name.
        """
        membership: Membership = "unknown"  # and then it gets no answer
        if source.tenant not in self.connection.tenants:
            membership = "elsewhere"
        elif source.account:
            with suppress(Failed):
                membership = self.accounts.learn(source.tenant, source.account, 0.0 if anew else REMEMBERED_SECONDS)
        return Caller(source.account, membership, source.event if event is None else event, source.channel)

    def presser(self, p: Pressed, event: str | None = None) -> Caller:
        """Return the caller of a press. Their account is looked up anew, because a press acts."""
        return self.caller(p.source, event=event, anew=True)


@dataclass
class FaultReport:
    """Log a fault under a code and tell the caller that code; no exception leaves this thread."""

    tell: Callable[[Reply], Any] | None
    #: The reply of the fault, for a caller who is told by an invoke's answer.
    reply: Reply | None = None

    def __enter__(self) -> FaultReport:
        return self

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> bool:
        if not isinstance(fault, Exception):
            return False
        if isinstance(fault, Failed):  # the bot did not break, and the request may have been carried out
            log("an answer was not taken", outcome=fault.code)
            sentence = NOT_DELIVERED
        else:
            sentence = unexpected(fault)
        self.reply = Reply(_("Not answered"), 0, (sentence,), status="failed")
        if self.tell is not None:
            with suppress(Exception):
                self.tell(self.reply)
        return True


@dataclass(frozen=True)
class Responder:
    """Answers in Teams: in the place of the question, in private or in a channel."""

    connector: Connector
    channels: Channels

    def answer(
        self, answer: Answer, source: Origin, *, page: int = 1, again: str = "", card: Card | None = None
    ) -> None:
        """Answer one person alone, with this `card` where it is not the answer's own; raise Failed.

        In a channel that is a targeted message, which nobody else there sees. An answer that the place may not show
        goes to the personal chat, and so does one that Teams did not take there: an answer may come twice, but is not
        lost. It is never shown to the channel.
        """
        if source.place == "personal":
            self.send(source, card or private_card(answer, page, again))
            return
        if self._fits(answer.reply, source) and self.targeted(source, card or private_card(answer, page, again)):
            return
        try:
            self._personally(card or private_card(replace(answer, share=""), page, again), source.account)
            note = ELSEWHERE
        except Failed as fault:
            log("a personal chat was not reached", outcome=fault.code)
            note = NOT_REACHED
        if not self.targeted(source, rendering.message(Answer(note))):
            self.post(source, note)

    def show(self, shown: Shown, source: Origin) -> None:
        """Send what could not be shown in place as a message to one person; raise Failed."""
        if shown.sent:
            return
        card = shown.card or rendering.message(Answer(Reply("", 0, (shown.text,))))
        if source.place == "personal":
            self.send(source, card)
        elif shown.card is not None or not self.targeted(source, card):
            self._personally(card, source.account)

    def report(self, reply: Reply, source: Origin) -> None:
        """Report a fault in the place of the question, visible to the caller alone where Teams can; raise Failed."""
        card = rendering.message(Answer(reply))
        if source.place == "personal":
            self.send(source, card)
        elif not self.targeted(source, card):
            self._personally(card, source.account)

    def post(self, source: Origin, reply: Reply) -> None:
        """Answer a channel or group, in the thread of the question; raise Failed."""
        self.send(source, rendering.post(reply))

    def share(self, source: Origin, reply: Reply) -> None:
        """Post in a channel, as a message that begins a thread of its own; raise Failed."""
        self._post(source.service_url, source.conversation, rendering.post(reply))

    def send(self, source: Origin, card: Card) -> None:
        self._post(source.service_url, place_of(source), card)

    def replace(self, p: Pressed, card: Card) -> bool:
        """Replace the message that was pressed in, for the next time the chat is opened; return True if Teams did."""
        source = p.source
        try:
            self.connector.update(source.service_url, source.conversation, p.message, _content(card))
        except Failed as fault:
            log("a message was not replaced", outcome=fault.code)
            return False
        return True

    def away(self, p: Pressed) -> bool:
        """Delete the message that was pressed in; return True if Teams did.

        In a channel that is one for the presser alone, never one that others read.
        """
        source = p.source
        try:
            privately = source.place != "personal"
            self.connector.delete(source.service_url, source.conversation, p.message, privately=privately)
        except Failed as fault:
            log("an answer was not hidden", outcome=fault.code)
            return False
        return True

    def _personally(self, card: Card, account: str) -> None:
        """Post in the personal conversation with a person; raise Failed."""
        self.channels.write_privately(account, _content(card))

    def targeted(self, source: Origin, card: Card) -> bool:
        """Post for one reader of a channel or group; return True if Teams took it."""
        try:
            self.connector.send_privately(source.service_url, place_of(source), _content(card), source.sender)
        except Failed as fault:
            log("a message for one reader was not taken", outcome=fault.code)
            return False
        return True

    def _post(self, service_url: str, conversation: str, card: Card) -> None:
        self.connector.send(service_url, conversation, _content(card))

    def _fits(self, reply: Reply, source: Origin) -> bool:
        """Return True if an answer for one person may be shown in the place of the question.

        A targeted message may be seen over a shoulder: with references it stays only where every reader is entitled.
        """
        return reply.level == 0 or level_of(self.channels.describe(source.conversation)) == 1


def private_card(answer: Answer, page: int = 1, again: str = "") -> Card:
    """Return an answer for one person; a form that asks for what the words lack is in the card, ready to fill in.

    `again` is the handle of the button that opened the form.
    """
    return dialogs.below(answer, page, again=again or opener(answer.reply))


def without_words(card: Card) -> Card:
    """Return a card without what was typed into its fields: a message stays in the chat, and a dialog does not.

    What was typed may be what was refused, such as a child's name.
    """
    kept = [
        {name: value for name, value in each.items() if name != "value"} if is_words(each) else each
        for each in card["body"]
    ]
    return card | {"body": kept}


def _content(card: Card) -> dict[str, Any]:
    """Return the content of a message to one person or a channel; its notification is fixed."""
    return rendering.activity(without_words(card), PREVIEW)


def opener(reply: Reply) -> str:
    """Return the handle of the button that opens a reply's form; "" where it has none."""
    return next((b.command for b in reply.pressable if b.form), "")


def place_of(source: Origin) -> str:
    """Return the conversation of an answer: in a channel the thread of the question."""
    in_thread = source.place == "channel" and source.thread
    return threaded(source.conversation, source.thread) if in_thread else source.conversation
