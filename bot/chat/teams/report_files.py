"""The files of a report: offered to one person in their own chat, and uploaded to their OneDrive once they accept.

Teams takes a bot's file in no other way, and in no channel. Nothing is kept between the offer and its answer but a
handle: the files are made anew by then, for a person who is authorised anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

from bot.chat.escape import clean, cut
from bot.chat.teams import rendering
from bot.chat.teams.channels import Channels, PostedActivity
from bot.chat.teams.connector import Failed
from bot.chat.teams.credentials import Connection
from bot.chat.teams.payloads import Consent
from bot.conversation.inbound import Caller, Inbound
from bot.conversation.outbound import PREVIEW, Begin, Progress, told_to_nobody
from bot.conversation.reply import Reply
from bot.logs.setup import log, unexpected
from bot.rules.catalogue import _

#: Teams' names of the offer of a file, of a file that is there, and of the answer to an offer.
OFFER: Final = "application/vnd.microsoft.teams.card.file.consent"
THERE: Final = "application/vnd.microsoft.teams.card.file.info"
INVOKE: Final = "fileConsent/invoke"
#: Bytes; Microsoft takes 60 MiB in one request.
LARGEST: Final = 50_000_000

OVER = _("This was answered before, or is more than an hour old. Ask for the report again.")
DECLINED = _("Not taken. Ask for the report again when you want it.")
NO_FILES = _("Teams takes no files of bots in this cloud of Microsoft's. Have the report taken from the server.")


@dataclass(frozen=True)
class ReportFiles:
    """Makes and hands over files. `begin` begins to make them, `upload` sends one; none is begun once `over` is set."""

    connection: Connection
    gateway: Inbound
    channels: Channels
    begin: Begin
    upload: Callable[[str, bytes], None]
    over: Event = field(default_factory=Event)

    def offer(self, reply: Reply, account: str) -> None:
        """Make the files of a reply, where it has any, and offer them to one person, whatever the place they asked."""
        if reply.file is None or reply.status != "ok" or self.over.is_set():
            return
        if not self.connection.takes_files:
            self._tell(account, Reply(reply.title, 0, (NO_FILES,)))
            return
        made = self.begin(reply.file, self._progress(reply, account))
        made.add_done_callback(lambda done: self._offer(done, reply, account))

    def answered(self, caller: Caller, consent: Consent) -> None:
        """Upload the file that a person accepted, or take back the offer that they declined."""
        offer = PostedActivity(consent.source.service_url, consent.source.conversation, consent.message)
        if not consent.accepted:
            if self.gateway.decline(caller, consent.handle):
                self._change(offer, Reply("", 0, (DECLINED,)))
            else:
                self._post(offer, Reply("", 0, (OVER,)))
            return
        found = self.gateway.hand_over(caller, consent.handle)
        if found is None:
            self._post(offer, Reply("", 0, (OVER,)))
            return
        reply, form = found
        if reply.file is None or reply.status != "ok":
            self._change(offer, reply)
            return
        said = _("{name} is on its way to your OneDrive. If it is not there soon, ask again.", name=_name(form))
        waiting = self._change(offer, Reply(reply.title, 0, (said,)))
        made = self.begin(reply.file, told_to_nobody)  # the person saw it before they accepted
        made.add_done_callback(lambda done: self._hand_over(done, reply, form, consent, waiting))

    def _progress(self, reply: Reply, account: str) -> Progress:
        """Return what tells how far the report is: one message in the person's chat, changed at each step."""
        posted: list[PostedActivity] = []

        def tell(done: int, of: int) -> None:
            if self.over.is_set():
                return
            said = _("{report}: {done} of {of} steps done.", report=reply.title, done=done, of=of)
            activity = _words(Reply(said, 0))
            try:
                if posted:
                    self.channels.change(posted[0], activity)
                else:
                    posted.append(self.channels.write_privately(account, activity))
            except Failed as fault:  # the files follow all the same
                log("progress was not shown", outcome=fault.code)
            except Exception as fault:
                unexpected(fault)

        return tell

    def _offer(self, done: Future[Mapping[str, bytes]], reply: Reply, account: str) -> None:
        """Offer each file in a message of its own, or say why they were not made."""
        if done.cancelled() or self.over.is_set() or reply.file is None:
            return
        try:
            if fault := done.exception():
                self._tell(account, Reply(_("The report was not made"), 0, (str(fault),), status="failed"))
                return
            sizes = {form: len(content) for form, content in done.result().items()}
            handles = self.gateway.offer(account, reply.file, [*sizes])
            for form, handle in handles.items():
                self.channels.write_privately(account, _offered(form, reply.title, sizes[form], handle))
        except Failed as fault:
            log("a report was not offered", outcome=fault.code)
        except Exception as fault:
            unexpected(fault)

    def _hand_over(
        self,
        done: Future[Mapping[str, bytes]],
        reply: Reply,
        form: str,
        consent: Consent,
        waiting: PostedActivity | None,
    ) -> None:
        """Upload a file and post it as Teams shows files, in place of the message that said it is on its way."""
        if done.cancelled() or self.over.is_set():
            return
        there = PostedActivity(consent.source.service_url, consent.source.conversation, "")
        try:
            if fault := done.exception():
                self._change(waiting or there, Reply(_("The report was not made"), 0, (str(fault),), status="failed"))
                return
            self._upload(done.result().get(form, b""), consent)
            self.channels.post(there, _put(consent, form))
            if waiting is not None:
                with suppress(Failed):
                    self.channels.take_away(waiting)
        except Failed as fault:
            log("a report was not handed over", outcome=fault.code)
            said = _("{name} was not put into your OneDrive ({code}). Ask again.", name=_name(form), code=fault.code)
            self._change(waiting or there, Reply(reply.title, 0, (said,), status="failed"))
        except Exception as fault:
            self._change(waiting or there, Reply(reply.title, 0, (unexpected(fault),), status="failed"))

    def _upload(self, content: bytes, consent: Consent) -> None:
        if not content:
            raise Failed("no_file")
        if len(content) > LARGEST:
            raise Failed("too_large")
        if not self.connection.is_file_host(consent.content_url):  # people open it
            raise Failed("not_microsofts_address")
        self.upload(consent.upload_url, content)

    def _tell(self, account: str, reply: Reply) -> None:
        try:
            self.channels.write_privately(account, _words(reply))
        except Failed as fault:
            log("a report was not offered", outcome=fault.code)

    def _change(self, message: PostedActivity, reply: Reply) -> PostedActivity | None:
        """Put words into a message, or into a new one where Teams does not change it; return the message with them."""
        if message.number:
            try:
                self.channels.change(message, _words(reply))
                return message
            except Failed as fault:
                log("a message was not replaced", outcome=fault.code)
        return self._post(message, reply)

    def _post(self, there: PostedActivity, reply: Reply) -> PostedActivity | None:
        """Post words in a conversation; return the message, None where Teams did not take it."""
        try:
            return self.channels.post(there, _words(reply))
        except Failed as fault:
            log("an answer was not taken", outcome=fault.code)
            return None


def _name(form: str) -> str:
    """Return the name of a file. It is neutral: it stands in the person's OneDrive, and in notifications."""
    return f"report.{form}"


def _words(reply: Reply) -> dict[str, Any]:
    return rendering.activity(rendering.post(reply), PREVIEW)


def _offered(form: str, title: str, size: int, handle: str) -> dict[str, Any]:
    context = {"handle": handle}
    content = {
        "description": cut(clean(title), 200),
        "sizeInBytes": size,
        "acceptContext": context,
        "declineContext": context,
    }
    attachment = {"contentType": OFFER, "name": _name(form), "content": content}
    return {"type": "message", "summary": PREVIEW, "attachments": [attachment]}


def _put(consent: Consent, form: str) -> dict[str, Any]:
    content = {"uniqueId": consent.number, "fileType": consent.kind or form}
    name = cut(clean(consent.name), 200) or _name(form)
    attachment = {"contentType": THERE, "contentUrl": consent.content_url, "name": name, "content": content}
    return {"type": "message", "summary": PREVIEW, "attachments": [attachment]}
