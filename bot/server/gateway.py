"""Where every chat platform hands in what people ask, press and fill in: looked up, asked of the desk, sealed.

Nothing that a button, a form or a page carries says what it means: each holds a handle (button_handles), and
whoever presses is authorised anew, with the roles of that moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from bot.app import App, find_commands
from bot.conversation.child_lookup import found_in_message
from bot.conversation.command import PRIVATE, Command, Place, Repeated, Request
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.form import Kind
from bot.conversation.form_answers import as_command
from bot.conversation.inbound import Answer, Caller
from bot.conversation.refusals import refusal
from bot.conversation.reply import Reply
from bot.messages.share_notice import shared_with
from bot.messages.welcome import first_run
from bot.rules.access.channel_privacy import Destination, level_of, may_read
from bot.rules.access.permissions import Grant, Refusal
from bot.rules.effects import Issue
from bot.rules.partnership.channels import Channel
from bot.rules.partnership.partnership import Person
from bot.rules.partnership.roles import NEEDS_LEVEL
from bot.rules.text.area_names import references_in
from bot.rules.time.clock import local_day
from bot.server.button_handles import ASK, FILL, SHARE, Sealing, of_channel, with_handles
from bot.server.form_drafts import Drafts
from bot.store.changes import button_handles, seen_events
from bot.store.database import reading, writing
from bot.store.people_list import Account

#: Who is listed is read anew this often; who asks is looked up each time.
LISTED_SECONDS = 5.0
#: How often what is over is removed.
SWEEP_SECONDS = 60.0
#: References in one message of which each gets a button.
MOST_FOUND = 10
PRESSED_BEFORE = Reply(
    "Not shared again",
    0,
    ("This was pressed before. Look at the channel: if it does not stand there, type the command and share it again.",),
    status="failed",
)


@dataclass
class Gateway:
    """One platform's counter. `account` is how the platform's people are known, `describe` who reads a place now.

    `answered` hears the command's name, the reply's status and the seconds it took.
    """

    app: App
    account: Account
    platform: str
    describe: Callable[[str], Destination]
    now: Callable[[], datetime]
    answered: Callable[[str, str, float], None] = lambda verb, outcome, seconds: None
    commands: tuple[Command, ...] = field(default_factory=find_commands)
    _listed: tuple[float, Dispatcher] | None = None
    _drafts: Drafts = field(default_factory=Drafts)
    _swept: float = -1e9

    def ask(self, caller: Caller, text: str, *, aloud: bool = False, forms: bool = False) -> Answer | None:
        """See `bot.conversation.inbound.Front`."""
        person = self._who(caller)
        request = self._request(caller, person, text, self._aloud(caller) if aloud else PRIVATE, forms)
        return self._answer(caller, request)

    def press(self, caller: Caller, handle: str, *, forms: bool = False) -> Answer | None:
        """A handle is the presser's own, or stands in a message to this channel."""
        person = self._who(caller)
        command = self._behind(caller, person, handle, ASK)
        request = self._request(caller, person, command or "", PRIVATE, forms)
        return self._stale(request) if command is None else self._answer(caller, request)

    def fill(self, caller: Caller, handle: str, values: Mapping[str, str]) -> Answer | None:
        """Whoever was shown the form, with the roles of now."""
        person = self._who(caller)
        asked = self._behind(caller, person, handle, FILL)
        if asked is None:
            return self._stale(self._request(caller, person, "", PRIVATE))
        kind, _, command = asked.partition("\n")
        text = as_command(cast(Kind, kind), command, values, self.now())
        try:
            answer = self._answer(caller, self._request(caller, person, text, PRIVATE))
        except Exception:
            self._drafts.keep((caller.account, asked), values)
            raise
        if answer is not None and (answer.reply.status == "failed" or answer.reply == self._unrecorded):
            self._drafts.keep((caller.account, asked), values)
        elif answer is not None and answer.reply.status == "ok":
            self._drafts.of((caller.account, asked))  # saved now: it is not to come back
        return answer

    def before_sharing(self, caller: Caller, handle: str) -> Answer | None:
        """Who reads there at this moment; the command is answered for them only when it is shared."""
        person = self._who(caller)
        command = self._behind(caller, person, handle, SHARE)
        channel = self._channel(caller.channel)
        request = self._request(caller, person, command or "", PRIVATE)
        first = self._counter().decide(request, "help")
        if command is None or channel is None or person is None or caller.channel is None or isinstance(first, Refusal):
            return self._stale(request)  # whoever is not to be answered is told that alone, and recorded
        destination = self.describe(caller.channel)
        reply = shared_with(destination, channel, self.app.partnership)
        return self._noted(caller, request, reply, "before sharing")

    def share(self, caller: Caller, handle: str) -> Answer | None:
        """What the channel may see, answered for it; a handle of the person who shares, used where it is shown.

        The handle is good for one press: who clicks twice shares once.
        """
        person = self._who(caller)
        command = self._behind(caller, person, handle, SHARE)
        request = self._request(caller, person, command or "", self._aloud(caller))
        if command is None or person is None or self._channel(caller.channel) is None:
            return self._stale(request)
        answer = self._answer(caller, replace(request, once=f"share:{handle}"))
        if answer is None:
            return Answer(PRESSED_BEFORE.noting(self.app.notice))
        if answer.reply.status != "ok":
            return answer
        footer = (*answer.reply.footer, f"Shared by {person.id}.")
        return replace(answer, reply=replace(answer.reply, footer=footer, buttons=()))

    def look_up(self, caller: Caller, words: str) -> Answer | None:
        """A slip in a reference is never put right, so what is no reference is not found."""
        person = self._who(caller)
        refs = references_in(words, self.app.partnership.reference_prefix)[:MOST_FOUND]
        if len(refs) == 1:
            return self._answer(caller, self._request(caller, person, f"child {refs[0]}", PRIVATE, forms=True))
        request = self._request(caller, person, "help", PRIVATE)
        first = self._counter().decide(request, "help")
        if isinstance(first, Refusal):
            return self._answer(caller, request)  # whoever is not to be answered is told that alone, and recorded
        return self._noted(caller, request, found_in_message(refs), "look up")

    def joined(self, caller: Caller) -> Answer | None:
        """Only a listed person is told anything of a channel, and only an administrator what to write in the file."""
        person = self._who(caller)
        request = self._request(caller, person, "help", PRIVATE)
        if person is None or caller.channel is None or isinstance(self._counter().decide(request, "help"), Refusal):
            return None
        is_admin = isinstance(self._counter().decide(request, "admin"), Grant)
        destination, channel = self.describe(caller.channel), self._channel(caller.channel)
        listing = self._counter().partnership
        reply = first_run(destination, channel, caller.channel, self.platform, listing, self.now(), is_admin=is_admin)
        return self._noted(replace(caller, channel=None), request, reply, "invited")

    def is_sensitive(self, text: str) -> bool:
        """See `bot.conversation.inbound.Front`."""
        command, _ = self._counter().find(text)
        return command is not None and any(NEEDS_LEVEL[action] == 2 for action in command.actions)

    def for_post(self, reply: Reply, destination: str) -> Reply:
        """What is posted unasked, with handles for whoever reads it: one person, or all who press in the channel."""
        if not reply.buttons:
            return reply
        person = self.app.person(destination, self.account)
        owner = person.id if person else of_channel(destination)
        sealed = self._seal(owner, [(ASK, b.command) for b in reply.buttons], button_handles.LASTS_POSTED)
        return with_handles(reply, sealed)

    def listed_level(self, destination: str) -> int | None:
        """The level the partnership gave a channel of this platform; None where it is not listed."""
        channel = self._channel(destination)
        return None if channel is None else channel.level

    def entitled(self, accounts: Iterable[str], destination: str = "") -> dict[str, bool]:
        """Of each account whether it is of somebody who is answered; of a channel's, who may see all its lists."""
        channel, listing, today = self._channel(destination), self._counter().partnership, local_day(self.now())
        people = {each: self.app.person(each, self.account) for each in accounts}
        return {a: p is not None and may_read(p, channel, listing, today) for a, p in people.items()}

    def _who(self, caller: Caller) -> Person | None:
        return self.app.person(caller.account, self.account)

    def _request(self, caller: Caller, person: Person | None, text: str, place: Place, forms: bool = False) -> Request:
        account = f"{self.platform}:{caller.account}"
        return Request(person, place, text, self.now(), account, caller.standing, forms=forms, once=caller.event)

    def _aloud(self, caller: Caller) -> Place:
        """The caller's channel as it is now; no place at all where others than the partnership read."""
        channel = self._channel(caller.channel)
        if channel is None or caller.channel is None:
            return Place("unlisted", None)
        destination = self.describe(caller.channel)
        level = level_of(destination) if destination.is_shared is False else None
        return Place(channel.id, level, channel.areas)

    def _channel(self, destination: str | None) -> Channel | None:
        found = (c for c in self.app.partnership.channels if c.platform == self.platform)
        return next((c for c in found if c.destination == destination), None)

    def _answer(self, caller: Caller, request: Request) -> Answer | None:
        desk, began = self._counter(), time.monotonic()
        command, _ = desk.find(request.text)
        verb = command.name if command else "not understood"
        sealing = self._sealing(caller, request)
        self._sweep()
        try:
            reply = desk.answer(replace(request, issue=sealing))
        except Repeated:
            return None
        self.answered(verb, reply.status, time.monotonic() - began)
        return sealing.answer(reply, verb)

    @property
    def _unrecorded(self) -> Reply:
        return refusal("not_recorded").noting(self.app.notice)

    def _stale(self, request: Request) -> Answer | None:
        try:
            return Answer(self._counter().refuse(request, "handle", "press"), "press")
        except Repeated:
            return None

    def _noted(self, caller: Caller, request: Request, reply: Reply, verb: str) -> Answer | None:
        """An answer that no command gave, recorded like any other."""
        sealing = self._sealing(caller, request)
        try:
            said = self._counter().noted(replace(request, issue=sealing), reply, verb)
        except Repeated:
            return None
        return sealing.answer(said, verb)

    def _sealing(self, caller: Caller, request: Request) -> Sealing:
        def shareable(reply: Reply) -> bool:
            return request.place == PRIVATE and self._may_be_shared(caller, reply)

        return Sealing(request, shareable, lambda form: self._drafts.of((caller.account, form)))

    def _may_be_shared(self, caller: Caller, reply: Reply) -> bool:
        """Whether the channel it was asked in is one that may have such things; who reads there is asked later."""
        channel = self._channel(caller.channel)
        return channel is not None and reply.status == "ok" and reply.form is None and reply.level <= channel.level

    def _seal(
        self, owner: str, wanted: Sequence[tuple[str, str]], lasts: timedelta = button_handles.LASTS
    ) -> list[str]:
        tokens, issued = button_handles.made(wanted)
        with writing(self.app.database) as connection:
            button_handles.keep(connection, Issue(owner, issued, self.now() + lasts))
        return tokens

    def _sweep(self) -> None:
        """What can be used no more is forgotten, now and then."""
        if time.monotonic() - self._swept < SWEEP_SECONDS:
            return
        self._swept = time.monotonic()
        with writing(self.app.database) as connection:
            button_handles.sweep(connection, self.now())
            seen_events.sweep(connection, self.now())

    def _behind(self, caller: Caller, person: Person | None, handle: str, purpose: str) -> str | None:
        """The command of a handle that is this person's, or stands in this channel for everybody."""
        owners = [person.id] if person else []
        owners += [of_channel(caller.channel)] if person and caller.channel else []
        now = self.now()
        with reading(self.app.database) as connection:
            found = (button_handles.redeem(connection, handle, owner, purpose, now) for owner in owners)
            return next((command for command in found if command is not None), None)

    def _counter(self) -> Dispatcher:
        """The desk, with those listed a few seconds ago (who asks is looked up anew each time)."""
        now = time.monotonic()
        if self._listed is None or now - self._listed[0] > LISTED_SECONDS:
            self._listed = now, self.app.desk_of(self.app.as_listed(), self.commands)
        return self._listed[1]
