"""What people press: whoever it is is looked up anew, and the button itself says nothing of what it means."""

from __future__ import annotations

from collections.abc import Callable

from bot.chat.slack import action_ids, blocks, rendering
from bot.chat.slack.canned_replies import DONE_ALREADY, NOT_HIDDEN, NOT_SURE, SHARED
from bot.chat.slack.context import Telling
from bot.chat.slack.on_message import MessageHandlers
from bot.chat.slack.payloads import Pressed
from bot.chat.slack.web_api import Failed
from bot.conversation.inbound import Answer
from bot.conversation.reply import Reply
from bot.logs.setup import log


class Pressing(MessageHandlers):
    """Buttons, pages, sharing and hiding. (Refreshing App Home is asking for it anew.)"""

    def pressed(self, p: Pressed) -> None:
        """Whoever presses is looked up anew, whatever was so when the button was shown."""
        handlers: dict[str, Callable[[Pressed], None]] = {
            action_ids.PRESS: self._press,
            action_ids.FORM: self._form,
            action_ids.MORE: self._more,
            action_ids.SHARE: self._before_sharing,
            action_ids.SHARE_NOW: self._share,
            action_ids.HIDE: self._hide,
            action_ids.REFRESH: lambda p: self.home(p.source, p.event),
        }
        handler = handlers.get(p.action)
        if handler is None:
            log("a button without a meaning was pressed")
            return
        with Telling(lambda reply: self.tell(p, reply)):
            handler(p)

    def _press(self, p: Pressed) -> None:
        if p.surface == "home":
            self._in_modal(p, forms=False)
            return
        answer = self.front.press(self.presser(p), p.handle)
        if answer is None:
            return
        if p.surface == "modal":
            self.show(p.view, answer, p.source.account)
        else:
            self.saying.answer(answer, p.source.account, p.channel, p.response_url)
        self.pictures.privately(answer.reply, p.source.account, p.channel, p.response_url)

    def _form(self, p: Pressed) -> None:
        self._in_modal(p, forms=True)

    def _in_modal(self, p: Pressed, *, forms: bool) -> None:
        """Opened at once, for what opens it lasts three seconds; filled when it is known what stands in it."""
        view = p.view if p.surface == "modal" else self.open(p)
        if not view:
            return
        with Telling(lambda reply: self.show(view, Answer(reply), p.source.account)):
            answer = self.front.press(self.presser(p), p.handle, forms=forms)
            self.show(view, answer or DONE_ALREADY, p.source.account)

    def _more(self, p: Pressed) -> None:
        answer = self.front.press(self.presser(p), p.handle)
        if answer is None:
            return
        if p.surface == "modal":
            self.show(p.view, answer, p.source.account, p.number)
        else:
            self.saying.answer(answer, p.source.account, p.channel, p.response_url, page=p.number, replaces=True)

    def _before_sharing(self, p: Pressed) -> None:
        self.channels.forget(p.channel)
        answer = self.front.before_sharing(self.presser(p), p.handle)
        if answer is not None:
            cancel = [blocks.actions([blocks.button("Cancel", action_ids.HIDE)])]
            shown = rendering.message(answer, hide=False, share_now=True, extras=cancel)
            self.saying.beside(p.response_url, shown)

    def _share(self, p: Pressed) -> None:
        """Who reads there is asked of Slack anew: another replica may have heard what changed. A refusal takes the
        question's place; beside it stands what was pressed before, for what came of that does."""
        self.channels.forget(p.channel)
        answer = self.front.share(self.presser(p), p.handle)
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
            self.tell(p, NOT_HIDDEN)
