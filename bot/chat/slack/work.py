"""What is done with each thing that came in, after it was acknowledged: asked of the bot, and said where it may stand.

All of it is synchronous and runs in a thread; what goes wrong is logged under a code, and whoever waits is told it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.chat.slack import actions, blocks, forms, incoming, refilled, rendering
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
    "Not shown",
    0,
    ("Slack did not take the answer. What you asked for may have been done: type the command to see how it stands.",),
    status="failed",
)
NOT_HIDDEN = Reply(
    "Not hidden",
    0,
    ("Slack did not take it away. What only you can see goes when you reload Slack; until then close it.",),
    status="failed",
)
NOT_DELIVERED = (
    "Slack did not take my answer. What you asked for may have been done: see how it stands before you do it again."
)
DONE_ALREADY = Answer(Reply("Done already", 0, ("This was pressed before.",)))
TOO_LATE = Reply("Please press again", 0, ("Slack gave me too little time to open a form.",), status="failed")


@dataclass
class Wait:
    """Whether somebody was told that it takes longer: then the answer takes that message's place. Once there is an
    answer (`over`) nobody is told so any more."""

    said: bool = False
    over: bool = False
    one: threading.Lock = field(default_factory=threading.Lock)

    def ended(self) -> bool:
        """From now on nothing more is said of waiting; whether something was."""
        with self.one:
            self.over = True
            return self.said


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

    # ---- asked ------------------------------------------------------------------------------------

    def command(self, came: Command, wait: Wait) -> None:
        """A slash command: answered to whoever typed it, alone."""
        with self._telling(lambda reply: self._told(came, wait, reply)):
            of_a_child = self.front.is_sensitive(came.text)
            caller = self._caller(came.source, came.channel, came.event, anew=of_a_child)
            answer = self.front.ask(caller, came.text, forms=of_a_child)
            said = wait.ended()
            if answer is not None:
                url, account = came.response_url, came.source.account
                self._ask_why(answer, came.trigger)
                self.saying.answer(answer, account, came.channel, url, replaces=said)
                self.pictures.privately(answer.reply, account, came.channel, url)

    def _ask_why(self, answer: Answer, trigger: str) -> None:
        """Where a look-up was refused and a reason may change that, the form for it opens by itself, above the
        refusal. Whether it does hangs on who asks and what was typed alone, never on the child."""
        form = answer.reply.form
        if form is None or answer.reply.status != "refused":
            return
        view = forms.view(form, answer.form, values=dict(answer.draft))
        with suppress(Failed):  # it took too long: the refusal says what to type
            self.api.call("views.open", {"trigger_id": trigger, "view": view})

    def _told(self, came: Command, wait: Wait, fault: Reply) -> None:
        wait.ended()
        self.saying.told(fault, came.source.account, came.response_url)

    def still(self, came: Command, wait: Wait) -> None:
        """Said once, where an answer takes longer than anybody waits without a word."""
        with wait.one:
            if not wait.over:
                wait.said = self.saying.beside(came.response_url, rendering.message(Answer(STILL)))

    def mention(self, body: incoming.Payload) -> None:
        """The bot was addressed in a channel: answered there, under the message, with what may be said there."""
        event, source = incoming.event(body), incoming.source(body)
        channel, words = incoming.text_of(event, "channel"), incoming.spoken(event)
        thread = incoming.text_of(event, "thread_ts") or incoming.text_of(event, "ts")
        if incoming.text_of(event, "bot_id") or not source.account:
            return  # two programs that answer one another never end
        with self._telling(lambda reply: self.saying.post(channel, rendering.post(reply), thread)):
            words = _after_mention(words, self.identity.me().user)
            self.channels.forget(channel)  # another replica may have heard that somebody came, or that it was shared
            caller = self._caller(source, channel, incoming.event_name(body), anew=self.front.is_sensitive(words))
            answer = self.front.ask(caller, words, aloud=True)
            if answer is not None:
                self.saying.post(channel, rendering.post(answer.reply), thread)
                self.pictures.aloud(answer.reply, channel, thread)

    def message(self, body: incoming.Payload) -> None:
        """Words in the private conversation are a command, with or without the slash."""
        event, source = incoming.event(body), incoming.source(body)
        channel = incoming.text_of(event, "channel")
        kind = incoming.text_of(event, "subtype")
        if kind not in ("", *_SAID_TOO) or incoming.text_of(event, "bot_id") or not source.account:
            return
        with self._telling(lambda reply: self.saying.privately(Answer(reply), source.account)):
            if self.channels.private(source.account) != channel:
                return
            words = incoming.spoken(event)
            caller = self._caller(source, None, incoming.event_name(body), anew=self.front.is_sensitive(words))
            answer = self.front.ask(caller, words)
            if answer is not None:
                self.saying.privately(answer, source.account)
                self.pictures.privately(answer.reply, source.account)

    # ---- App Home -----------------------------------------------------------------------------------

    def home(self, source: Source, event: str) -> None:
        """One's own work, made anew whenever it is opened."""
        with self._telling(lambda reply: self._publish(source.account, reply)):
            answer = self.front.ask(self._caller(source, None, event), "home")
            if answer is not None:
                self._publish(source.account, answer.reply)

    def _publish(self, account: str, reply: Reply) -> None:
        view = rendering.home([reply], f"{to_london(self.now()):%H:%M}")
        self.api.call("views.publish", {"user_id": account, "view": view})

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
            self._show(p.view, answer, p.source.account)
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
        with self._telling(lambda reply: self._show(view, Answer(reply), p.source.account)):
            answer = self.front.press(self._presser(p), p.handle, forms=forms)
            self._show(view, answer or DONE_ALREADY, p.source.account)

    def _open(self, p: Pressed) -> str:
        try:
            view = self.api.call("views.open", {"trigger_id": p.trigger, "view": forms.loading("One moment")})
            return str(view["view"]["id"])
        except (Failed, KeyError) as fault:
            log("a form was not opened", outcome=getattr(fault, "code", "no id"))
            self._tell(p, TOO_LATE)
            return ""

    def _show(self, view: str, answer: Answer, account: str, page: int = 1) -> None:
        """Where the view was closed in between, nobody waits for it; what Slack will not show is said to be so, there
        or in private."""
        form = answer.reply.form
        body = (
            forms.said(answer, answer.reply.title, page)
            if form is None
            else forms.view(form, answer.form, values=dict(answer.draft))
        )
        try:
            self.api.call("views.update", {"view_id": view, "view": body})
        except Failed as fault:
            if fault.code == "not_found":
                return
            log("a view was not changed", outcome=fault.code)
            try:
                self.api.call("views.update", {"view_id": view, "view": forms.said(NOT_TAKEN, "Not shown")})
            except Failed:
                with suppress(Failed, KeyError):
                    self.saying.privately(Answer(NOT_TAKEN), account)

    def _more(self, p: Pressed) -> None:
        answer = self.front.press(self._presser(p), p.handle)
        if answer is None:
            return
        if p.surface == "modal":
            self._show(p.view, answer, p.source.account, p.number)
        else:
            self.saying.answer(answer, p.source.account, p.channel, p.response_url, page=p.number, replaces=True)

    def _before_sharing(self, p: Pressed) -> None:
        self.channels.forget(p.channel)
        answer = self.front.before_sharing(self._presser(p), p.handle)
        if answer is not None:
            cancel = [blocks.actions([blocks.button("Cancel", actions.HIDE)])]
            shown = rendering.message(answer, hide=False, share_now=True, extras=cancel)
            self.saying.beside(p.response_url, shown)

    def _share(self, p: Pressed) -> None:
        """Who reads there is asked of Slack anew: another replica may have heard what changed. A refusal takes the
        question's place; beside it stands what was pressed before, for what came of that does."""
        self.channels.forget(p.channel)
        answer = self.front.share(self._presser(p), p.handle)
        if answer is None:
            return
        if answer.reply.status != "ok":
            replaces = answer.reply.status == "refused"
            self.saying.beside(p.response_url, rendering.message(Answer(answer.reply)), replaces=replaces)
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
        try:
            if p.is_ephemeral or not (p.channel and p.message):
                raise Failed("not_taken_away")
            self.api.call("chat.delete", {"channel": p.channel, "ts": p.message})
        except Failed as fault:
            log("an answer was not hidden", outcome=fault.code)
            self._tell(p, NOT_HIDDEN)

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
        """The same, where the acknowledgement could not wait: the view that says "saving" is changed. What has to be
        put right comes with what was typed."""
        faults = done.get("errors")
        body = refilled.again(f.shown, f.state, faults) if faults else done.get("view")
        try:
            self.api.call("views.update", {"view_id": f.view, "view": body or forms.said(_words_of(done), "Saved")})
        except Failed as fault:
            if fault.code == "not_found" and not faults:
                return  # it was closed: what was saved is saved
            log("a view was not changed", outcome=fault.code)
            with suppress(Failed, KeyError):
                self.saying.privately(Answer(_words_of(done)), f.source.account)

    def look_up(self, body: incoming.Payload) -> None:
        """The shortcut on a message: the child whose reference stands in it."""
        p = incoming.pressed(body)
        view = self._open(p)
        if not view:
            return
        with self._telling(lambda reply: self._show(view, Answer(reply), p.source.account)):
            caller = self._presser(p)
            self._show(view, self.front.look_up(caller, incoming.words(body)) or DONE_ALREADY, p.source.account)

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
            self._show(p.view, Answer(reply), p.source.account)
        else:
            with suppress(Failed, KeyError):
                self.saying.told(reply, p.source.account, p.response_url)

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
        if isinstance(fault, Failed):  # nothing of ours broke, and what was asked for may be done
            log("an answer was not taken", outcome=fault.code)
            sentence = NOT_DELIVERED
        else:
            sentence = unexpected(fault)
        if self.tell is not None:
            with suppress(Exception):
                self.tell(Reply("Not answered", 0, (sentence,), status="failed"))
        return True


#: Messages that somebody wrote beside a file, or in a thread and outside it; all other kinds tell of something else.
_SAID_TOO = ("file_share", "thread_broadcast")


def _after_mention(text: str, me: str) -> str:
    """'<@U0SAM> look: <@U0BOT> stats north' -> 'stats north'; the mention may bear a name after a bar."""
    return re.split(rf"<@{re.escape(me)}(?:\|[^>]*)?>", text, maxsplit=1)[-1].strip()


def _words_of(done: dict[str, Any]) -> Reply:
    """What became of a form, where no view can say it."""
    if done.get("response_action") in ("clear", "update"):
        return Reply("Saved", 0, ("Your form was seen to. Type the command to see how it stands now.",))
    lines = tuple(str(each) for each in (done.get("errors") or {}).values())
    return Reply("Not saved", 0, lines or ("It was not saved. Please fill it in again.",), status="failed")
