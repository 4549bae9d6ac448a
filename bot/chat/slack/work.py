"""What is done with each thing that came in, after it was acknowledged: asked of the bot, and said where it may stand.

All of it is synchronous and runs in a thread; what goes wrong is logged under a code, and whoever waits is told it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.chat.slack import actions, blocks, forms, incoming, rendering
from bot.chat.slack.accounts import Accounts
from bot.chat.slack.channels import Channels
from bot.chat.slack.identity import Identity
from bot.chat.slack.incoming import Command, Filled, Pressed, Source
from bot.chat.slack.pictures import Pictures
from bot.chat.slack.saying import STILL, Saying
from bot.chat.slack.web import Api, Failed
from bot.front import Answer, Caller, Front, NotFilled
from bot.logs import log, unexpected
from bot.reply import Reply
from bot.rules.clock import to_london

SHARED = Reply("Shared", 0, ("It stands in the channel.",))
NOT_SURE = Reply(
    "Not known",
    0,
    ("Slack did not say whether it took it. Look at the channel before you share it again.",),
    status="failed",
)
NOT_TAKEN = Reply(
    "Not shown", 0, ("Slack did not take the answer. Close this and ask again, or type the command.",), status="failed"
)
TOO_LATE = Reply("Please press again", 0, ("Slack gave me too little time to open a form.",), status="failed")


@dataclass
class Wait:
    """Whether somebody was told that it takes longer: then the answer takes that message's place."""

    said: bool = False


@dataclass(frozen=True)
class Work:
    """The bot behind its counter (`front`), and the ways to Slack."""

    front: Front
    api: Api
    identity: Identity
    accounts: Accounts
    channels: Channels
    saying: Saying
    pictures: Pictures
    now: Callable[[], datetime]
    homes: set[str] = field(default_factory=set)

    # ---- asked ------------------------------------------------------------------------------------

    def command(self, came: Command, wait: Wait) -> None:
        """A slash command: answered to whoever typed it, alone."""
        with self._telling(lambda reply: self.saying.beside(came.response_url, rendering.message(Answer(reply)))):
            caller = self._caller(came.source, came.channel, came.event, anew=self.front.is_sensitive(came.text))
            answer = self.front.ask(caller, came.text, forms=False)
            if answer is not None:
                url, account = came.response_url, came.source.account
                self.saying.answer(answer, account, came.channel, url, replaces=wait.said)
                self.pictures.privately(answer.reply, account, came.channel, url)

    def still(self, came: Command, wait: Wait) -> None:
        """Said once, where an answer takes longer than anybody waits without a word."""
        wait.said = self.saying.beside(came.response_url, rendering.message(Answer(STILL)))

    def mention(self, body: incoming.Payload) -> None:
        """The bot was addressed in a channel: answered there, under the message, with what may be said there."""
        event, source = incoming.event(body), incoming.source(body)
        channel, words = incoming.text_of(event, "channel"), _after_mention(incoming.text_of(event, "text"))
        thread = incoming.text_of(event, "thread_ts") or incoming.text_of(event, "ts")
        with self._telling(None):
            caller = self._caller(source, channel, incoming.event_name(body), anew=self.front.is_sensitive(words))
            answer = self.front.ask(caller, words, aloud=True)
            if answer is not None:
                self.saying.post(channel, rendering.post(answer.reply), thread)
                self.pictures.aloud(answer.reply, channel, thread)

    def message(self, body: incoming.Payload) -> None:
        """Words in the private conversation are a command, with or without the slash."""
        event, source = incoming.event(body), incoming.source(body)
        channel = incoming.text_of(event, "channel")
        if incoming.text_of(event, "subtype") or incoming.text_of(event, "bot_id") or not source.account:
            return
        with self._telling(lambda reply: self.saying.post(channel, rendering.message(Answer(reply)))):
            words = incoming.text_of(event, "text")
            caller = self._caller(source, None, incoming.event_name(body), anew=self.front.is_sensitive(words))
            answer = self.front.ask(caller, words)
            if answer is not None and self.channels.private(source.account) == channel:
                self.saying.privately(answer, source.account)
                self.pictures.privately(answer.reply, source.account)

    # ---- App Home -----------------------------------------------------------------------------------

    def home(self, source: Source, event: str) -> None:
        """One's own work, made anew whenever it is opened."""
        with self._telling(None):
            answer = self.front.ask(self._caller(source, None, event), "home")
            if answer is None:
                return
            updated = f"{to_london(self.now()):%H:%M}"
            self.api.call("views.publish", {"user_id": source.account, "view": rendering.home([answer.reply], updated)})

    # ---- pressed ------------------------------------------------------------------------------------

    def pressed(self, p: Pressed) -> None:
        """Whoever presses is looked up anew, whatever was so when the button was shown."""
        handlers: dict[str, Callable[[Pressed], None]] = {
            actions.PRESS: self._press,
            actions.FORM: self._form,
            actions.MORE: self._more,
            actions.SHARE: self._before_sharing,
            actions.SHARE_NOW: self._share,
            actions.HIDE: self._hide,
            actions.REFRESH: lambda p: self.home(p.source, p.event),
        }
        handler = handlers.get(p.action)
        if handler is None:
            log("a button without a meaning was pressed")
            return
        with self._telling(lambda reply: self._tell(p, reply)):
            handler(p)

    def _press(self, p: Pressed) -> None:
        if p.surface == "home":
            self._in_modal(p, forms=False)
            return
        answer = self.front.press(self._presser(p), p.handle)
        if answer is None:
            return
        if p.surface == "modal":
            self._show(p.view, answer)
        else:
            self.saying.answer(answer, p.source.account, p.channel, p.response_url)
        self.pictures.privately(answer.reply, p.source.account, p.channel, p.response_url)

    def _form(self, p: Pressed) -> None:
        self._in_modal(p, forms=True)

    def _in_modal(self, p: Pressed, *, forms: bool) -> None:
        """Opened at once, for what opens it lasts three seconds; filled when it is known what stands in it."""
        view = p.view if p.surface == "modal" else self._open(p)
        if not view:
            return
        with self._telling(lambda reply: self._show(view, Answer(reply))):
            answer = self.front.press(self._presser(p), p.handle, forms=forms)
            self._show(view, answer or Answer(Reply("Done already", 0, ("This was pressed before.",))))

    def _open(self, p: Pressed) -> str:
        try:
            view = self.api.call("views.open", {"trigger_id": p.trigger, "view": forms.loading("One moment")})
            return str(view["view"]["id"])
        except (Failed, KeyError) as fault:
            log("a form was not opened", outcome=getattr(fault, "code", "no id"))
            self._tell(p, TOO_LATE)
            return ""

    def _show(self, view: str, answer: Answer) -> None:
        """Where the view was closed in between, nobody waits for it; what Slack will not show is said to be so."""
        form = answer.reply.form
        body = (
            forms.said(answer, answer.reply.title)
            if form is None
            else forms.view(form, answer.form, values=dict(answer.draft))
        )
        try:
            self.api.call("views.update", {"view_id": view, "view": body})
        except Failed as fault:
            if fault.code == "not_found":
                return
            log("a view was not changed", outcome=fault.code)
            with suppress(Failed):
                self.api.call("views.update", {"view_id": view, "view": forms.said(NOT_TAKEN, "Not shown")})

    def _more(self, p: Pressed) -> None:
        answer = self.front.press(self._presser(p), p.handle)
        if answer is None:
            return
        if p.surface == "modal":
            self._show(p.view, answer)
        else:
            self.saying.answer(answer, p.source.account, p.channel, p.response_url, page=p.number, replaces=True)

    def _before_sharing(self, p: Pressed) -> None:
        answer = self.front.before_sharing(self._presser(p), p.handle)
        if answer is not None:
            cancel = [blocks.actions([blocks.button("Cancel", actions.HIDE)])]
            shown = rendering.message(answer, hide=False, share_now=True, extras=cancel)
            self.saying.beside(p.response_url, shown)

    def _share(self, p: Pressed) -> None:
        answer = self.front.share(self._presser(p), p.handle)
        if answer is None:
            return
        if answer.reply.status != "ok":
            self.saying.beside(p.response_url, rendering.message(Answer(answer.reply)), replaces=True)
            return
        try:
            self.saying.post(p.channel, rendering.post(answer.reply))
            said = SHARED
            self.pictures.aloud(answer.reply, p.channel)
        except Failed as fault:
            text = f"Slack did not take it ({fault.code})."
            said = Reply("Not shared", 0, (text,), status="failed") if fault.known else NOT_SURE
        self.saying.beside(p.response_url, rendering.message(Answer(said)), replaces=True)

    def _hide(self, p: Pressed) -> None:
        """Of a message in the private conversation, the bot's own."""
        if p.response_url and self.saying.away(p.response_url):
            return
        if not p.is_ephemeral and p.channel and p.message:
            self.api.call("chat.delete", {"channel": p.channel, "ts": p.message})

    # ---- forms and shortcuts --------------------------------------------------------------------------

    def filled(self, f: Filled) -> dict[str, Any]:
        """What Slack is told in its acknowledgement: what to put right (what was typed stays), or what came of it."""
        values = forms.filled(f.state)
        try:
            answer = self.front.fill(self._caller(f.source, None, f.event, anew=True), f.handle, values)
        except NotFilled as fault:
            return forms.errors(fault.faults, f.state)
        except Exception as fault:
            return forms.errors({"": f"{unexpected(fault)} What you typed is still here."}, f.state)
        if answer is None:
            return {"response_action": "clear"}
        if answer.reply.status != "ok" and values:  # nothing was done: what was typed can be put right
            return forms.errors({"": " ".join(answer.reply.text[:2])}, f.state)
        return {"response_action": "update", "view": forms.said(answer, answer.reply.title)}

    def late(self, f: Filled, done: dict[str, Any]) -> None:
        """The same, where the acknowledgement could not wait: the view that says "saving" is changed."""
        body = done.get("view") or forms.said(_words_of(done), "Not saved")
        with suppress(Failed):  # it was closed: what was saved is saved
            self.api.call("views.update", {"view_id": f.view, "view": body})

    def look_up(self, body: incoming.Payload) -> None:
        """The shortcut on a message: the child whose reference stands in it."""
        p = incoming.pressed(body)
        view = self._open(p)
        if not view:
            return
        with self._telling(lambda reply: self._show(view, Answer(reply))):
            caller = self._presser(p)
            answer = self.front.look_up(caller, incoming.words(body))
            if answer is not None:
                self._show(view, answer)

    # ---- channels and accounts --------------------------------------------------------------------------

    def joined(self, body: incoming.Payload) -> None:
        """Somebody came into a channel. If it is the bot, whoever invited it is told what will be posted there."""
        event = incoming.event(body)
        channel, who = incoming.text_of(event, "channel"), incoming.text_of(event, "user")
        self.channels.forget(channel)
        with self._telling(None):
            if who != self.identity.me().user:
                return
            inviter = incoming.text_of(event, "inviter")
            if not inviter:
                return
            source = Source(inviter, incoming.source(body).team)
            answer = self.front.joined(self._caller(source, channel, incoming.event_name(body), anew=True))
            if answer is not None:
                self.saying.privately(answer, inviter)

    def changed(self, body: incoming.Payload) -> None:
        """An account or a channel is another than it was: what was remembered of it counts no more."""
        account, channel = incoming.source(body).account, incoming.text_of(incoming.event(body), "channel")
        self.accounts.forget(account)
        if channel:
            self.channels.forget(channel)
        else:
            self.channels.forget_all()

    # ---- who, and what went wrong -------------------------------------------------------------------------

    def _caller(self, source: Source, channel: str | None, event: str, *, anew: bool = False) -> Caller:
        standing = self.accounts.standing(source.account, anew=anew)
        return Caller(source.account, standing, event, channel or None)

    def _presser(self, p: Pressed) -> Caller:
        return self._caller(p.source, p.channel, p.event, anew=True)

    def _tell(self, p: Pressed, reply: Reply) -> None:
        """Where it was pressed; from App Home in private."""
        if p.surface == "modal":
            self._show(p.view, Answer(reply))
        elif p.response_url:
            self.saying.beside(p.response_url, rendering.message(Answer(reply)))
        else:
            with suppress(Failed, KeyError):
                self.saying.privately(Answer(reply), p.source.account)

    def _telling(self, tell: Callable[[Reply], Any] | None) -> _Telling:
        return _Telling(tell)


@dataclass
class _Telling:
    """A fault is logged under a code that whoever waits is told; nothing of it leaves this thread."""

    tell: Callable[[Reply], Any] | None

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> bool:
        if not isinstance(fault, Exception):
            return False
        sentence = unexpected(fault)
        if self.tell is not None:
            with suppress(Exception):
                self.tell(Reply("Not answered", 0, (sentence,), status="failed"))
        return True


def _after_mention(text: str) -> str:
    """'<@U0BOT> stats north' -> 'stats north'."""
    before, mark, after = text.partition(">")
    return (after if mark and "<@" in before else text).strip()


def _words_of(done: dict[str, Any]) -> Reply:
    lines = tuple(str(each) for each in (done.get("errors") or {}).values())
    return Reply("Not saved" if lines else "Saved", 0, lines or ("It was saved.",), status="failed" if lines else "ok")
