"""The gateway by which every chat platform hands in commands, presses and forms (`bot.conversation.inbound`).

Buttons, forms and pages carry an opaque handle (button_handles), never the command. A person who presses is
authorised anew, with the roles of that moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from bot.app import App, find_commands
from bot.conversation.child_lookup import found_in_message
from bot.conversation.command import PRIVATE, Command, Place, Repeated, Request
from bot.conversation.dispatcher import Dispatched, Dispatcher
from bot.conversation.form_answers import as_command
from bot.conversation.inbound import Answer, Caller
from bot.conversation.refusals import refusal
from bot.conversation.reply import Kind, Reply, ReportFile
from bot.messages.channel_notices import first_run, shared_with
from bot.messages.report_status import file_command
from bot.rules.access.channel_privacy import Destination, level_of, may_read
from bot.rules.access.permissions import Grant, Refusal
from bot.rules.catalogue import _
from bot.rules.effects import Issue
from bot.rules.partnership.partnership import Channel, Person
from bot.rules.partnership.roles import NEEDS_LEVEL
from bot.rules.text.area_names import references_in
from bot.rules.time.clock import local_day
from bot.store.changes import button_handles, record
from bot.store.database import reading, writing
from bot.store.delivery import ledger
from bot.store.people_list import Account

ASK, FILL, SHARE, FILE = "ask", "fill", "share", "file"
#: A form may stay open over a long telephone call.
FORM_LASTS = timedelta(hours=24)
#: More lines or buttons than this may take more than one page.
LONG = 40
#: A draft is kept for a day, and at most so many are kept.
DRAFT_SECONDS = 24 * 3600.0
MOST_DRAFTS = 500
#: Seconds after which the people list is read anew; the person who asks is looked up each time.
LISTED_SECONDS = 5.0
#: Seconds after which expired handles and events are removed again.
SWEEP_SECONDS = 60.0
#: References in one message that get a button.
MOST_FOUND = 10
PRESSED_BEFORE = Reply(
    _("Not shared again"),
    0,
    (
        _(
            "This was pressed before. Look at the channel: if it does not stand there, type "
            "the command and share it again."
        ),
    ),
    status="failed",
)


@dataclass
class Drafts:
    """Drafts in memory, because the database may have failed; no draft is ever written to a disk."""

    clock: Callable[[], float] = time.monotonic
    _kept: dict[Hashable, tuple[float, dict[str, str]]] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, key: Hashable, values: Mapping[str, str]) -> None:
        """Keep a draft; beyond 500 the oldest goes."""
        with self._one:
            self._kept.pop(key, None)
            if len(self._kept) >= MOST_DRAFTS:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = self.clock(), dict(values)

    def of(self, key: Hashable) -> dict[str, str]:
        """Return a draft and forget it; empty where there is none."""
        with self._one:
            since, values = self._kept.pop(key, (0.0, {}))
        return values if self.clock() - since < DRAFT_SECONDS else {}


@dataclass
class Gateway:
    """One platform's inbound port. `account` is the column of its accounts.

    `describe` asks the platform who reads a place now, and is set where both are joined (bot.server.platforms).
    `answered` is called with the command's name, the reply's status and the seconds it took.
    """

    app: App
    account: Account
    platform: str
    describe: Callable[[str], Destination] = field(init=False)
    now: Callable[[], datetime]
    answered: Callable[[str, str, float], None] = lambda verb, outcome, seconds: None
    commands: tuple[Command, ...] = field(default_factory=find_commands)
    _listed: tuple[float, Dispatcher] | None = None
    _drafts: Drafts = field(default_factory=Drafts)
    _swept: float = -1e9

    def ask(self, caller: Caller, text: str, *, aloud: bool = False) -> Answer | None:
        """See `bot.conversation.inbound.Inbound`."""
        person = self._person(caller)
        request = self._request(caller, person, text, self._aloud(caller) if aloud else PRIVATE)
        return self._answer(caller, replace(request, lacking=not aloud))

    def press(self, caller: Caller, handle: str, *, forms: bool = False) -> Answer | None:
        """Answer a handle that is the presser's own, or in a message to this channel."""
        person = self._person(caller)
        command = self._behind(caller, person, handle, ASK)
        request = self._request(caller, person, command or "", PRIVATE, forms)
        return self._stale(request) if command is None else self._answer(caller, request)

    def fill(self, caller: Caller, handle: str, values: Mapping[str, str]) -> Answer | None:
        """Accept the form of the person who was shown it, with the roles of now."""
        person = self._person(caller)
        meaning = self._behind(caller, person, handle, FILL)
        if meaning is None:
            return self._stale(self._request(caller, person, "", PRIVATE))
        kind, _, command = meaning.partition("\n")
        text = as_command(cast(Kind, kind), command, values, self.now())
        try:
            answer = self._answer(caller, self._request(caller, person, text, PRIVATE))
        except Exception:
            self._drafts.keep((caller.account, meaning), values)
            raise
        unrecorded = refusal("not_recorded").noting(self.app.notice)
        if answer is not None and (answer.reply.status == "failed" or answer.reply == unrecorded):
            self._drafts.keep((caller.account, meaning), values)
        elif answer is not None and answer.reply.status == "ok":
            self._drafts.of((caller.account, meaning))  # saved now, so the draft goes
        return answer

    def before_sharing(self, caller: Caller, handle: str) -> Answer | None:
        """Say who reads there at this moment; the command is answered for them only when it is shared."""
        person = self._person(caller)
        command = self._behind(caller, person, handle, SHARE)
        channel = self._channel(caller.channel)
        request = self._request(caller, person, command or "", PRIVATE)
        first = self._dispatcher().decide(request, "help")
        if command is None or channel is None or person is None or caller.channel is None or isinstance(first, Refusal):
            return self._stale(request)
        destination = self.describe(caller.channel)
        reply = shared_with(destination, channel, self.app.partnership)
        return self._recorded(
            caller, request, self._dispatcher().release(request, reply, "before sharing"), "before sharing"
        )

    def share(self, caller: Caller, handle: str) -> Answer | None:
        """Answer the command for the channel, with a handle of the person who shares, used in that channel.

        The handle is good for one press: a double click shares once.
        """
        person = self._person(caller)
        command = self._behind(caller, person, handle, SHARE)
        request = self._request(caller, person, command or "", self._aloud(caller))
        if command is None or person is None or self._channel(caller.channel) is None:
            return self._stale(request)
        answer = self._answer(caller, replace(request, once=f"share:{handle}"))
        if answer is None:
            return Answer(PRESSED_BEFORE.noting(self.app.notice))
        if answer.reply.status != "ok":
            return answer
        footer = (*answer.reply.footer, _("Shared by {person}.", person=person.id))
        return replace(answer, reply=replace(answer.reply, footer=footer, buttons=()))

    def offer(self, account: str, file: ReportFile, forms: Sequence[str]) -> dict[str, str]:
        """See `bot.conversation.inbound.Inbound`. Behind a handle is a command, never what it was allowed to show."""
        person = self.app.person(account, self.account)
        if person is None:
            return {}
        with self.app.facts() as facts:
            command = file_command(file, facts.reports())
        asked = "published" if file.published else "exact"
        meant, now = [f"{form} {asked} {command}" for form in forms], self.now()
        with writing(self.app.database) as connection:
            lasts = button_handles.LASTS_OFFERED
            handles = button_handles.issue_all(connection, person.id, FILE, meant, now, lasts)
        return dict(zip(forms, handles, strict=True))

    def hand_over(self, caller: Caller, handle: str) -> tuple[Reply, str] | None:
        """Answer the command with the roles of now; what was asked for as published stays so."""
        person = self._person(caller)
        meaning = self._used_up(person, handle)
        if meaning is None:
            self._stale(self._request(caller, person, "", PRIVATE))
            return None
        form, asked, command = meaning.split(" ", 2)
        answer = self._answer(caller, self._request(caller, person, command, PRIVATE))
        if answer is None:
            return None
        reply = answer.reply.without_buttons()
        if reply.file is not None and asked == "published":
            reply = replace(reply, file=replace(reply.file, published=True))
        return reply, form

    def decline(self, caller: Caller, handle: str) -> bool:
        """See `bot.conversation.inbound.Inbound`."""
        return self._used_up(self._person(caller), handle) is not None

    def look_up(self, caller: Caller, words: str) -> Answer | None:
        """Look up the references in a message. A slip in one is never put right, so it is not found."""
        person = self._person(caller)
        refs = references_in(words, self.app.partnership.reference_prefix)[:MOST_FOUND]
        if len(refs) == 1:
            return self._answer(caller, self._request(caller, person, f"child {refs[0]}", PRIVATE, forms=True))
        request = self._request(caller, person, "help", PRIVATE)
        first = self._dispatcher().decide(request, "help")
        if isinstance(first, Refusal):
            return self._answer(caller, request)  # refused, and recorded as refused
        return self._recorded(
            caller, request, self._dispatcher().release(request, found_in_message(refs), "look up"), "look up"
        )

    def joined(self, caller: Caller) -> Answer | None:
        """Introduce the channel to a listed person, and to an administrator its lines of the partnership file."""
        person = self._person(caller)
        request = self._request(caller, person, "help", PRIVATE)
        dispatcher = self._dispatcher()
        if person is None or caller.channel is None or isinstance(dispatcher.decide(request, "help"), Refusal):
            return None
        is_admin = isinstance(dispatcher.decide(request, "admin"), Grant)
        destination, channel = self.describe(caller.channel), self._channel(caller.channel)
        listed = dispatcher.partnership
        reply = first_run(destination, channel, caller.channel, self.platform, listed, self.now(), is_admin=is_admin)
        dispatched = dispatcher.release(request, reply, "invited")
        return self._recorded(replace(caller, channel=None), request, dispatched, "invited")

    def takes_posts(self) -> None:
        """See `bot.conversation.inbound.Inbound`."""
        with writing(self.app.database) as connection:
            ledger.cause_gone(connection, self.platform, self.now())

    def is_sensitive(self, text: str) -> bool:
        """See `bot.conversation.inbound.Inbound`."""
        meant = self._dispatcher().meant(text, self.now())
        return any(NEEDS_LEVEL[action] == 2 for command in meant for action in command.actions)

    def for_post(self, reply: Reply, destination: str) -> Reply:
        """Put handles into a post's buttons, valid for its readers: one person, or all who press in the channel."""
        if not reply.pressable:
            return reply
        person = self.app.person(destination, self.account)
        owner = person.id if person else of_channel(destination)
        now, commands = self.now(), [b.command for b in reply.pressable]
        with writing(self.app.database) as connection:
            tokens = button_handles.issue_all(connection, owner, ASK, commands, now, button_handles.LASTS_POSTED)
        return reply.with_commands(tokens)

    def listed_level(self, destination: str) -> int | None:
        """Return the level the partnership gave a channel of this platform; None where it is not listed."""
        channel = self._channel(destination)
        return None if channel is None else channel.level

    def tenants(self, destination: str) -> tuple[str, ...]:
        """Return the further tenants that a channel may have members of."""
        channel = self._channel(destination)
        return () if channel is None else channel.tenants

    def entitled(self, accounts: Iterable[str], destination: str = "") -> dict[str, bool]:
        """Return for each account: is it a listed person's, and in a channel one who may see all its lists."""
        channel, listing, today = self._channel(destination), self._dispatcher().partnership, local_day(self.now())
        people = {each: self.app.person(each, self.account) for each in accounts}
        return {a: p is not None and may_read(p, channel, listing, today) for a, p in people.items()}

    def _person(self, caller: Caller) -> Person | None:
        return self.app.person(caller.account, self.account)

    def _request(self, caller: Caller, person: Person | None, text: str, place: Place, forms: bool = False) -> Request:
        account = f"{self.platform}:{caller.account}"
        return Request(person, place, text, self.now(), account, caller.standing, forms=forms, once=caller.event)

    def _aloud(self, caller: Caller) -> Place:
        """Return the caller's channel as it is now; a place without a level where outsiders read too."""
        channel = self._channel(caller.channel)
        if channel is None or caller.channel is None:
            return Place("unlisted", None)
        destination = self.describe(caller.channel)
        level = level_of(destination) if destination.is_shared is False else None
        return Place(channel.id, level, channel.areas)

    def _channel(self, destination: str | None) -> Channel | None:
        found = (c for c in self.app.partnership.channels if c.platform == self.platform)
        return next((c for c in found if c.address == destination), None)

    def _answer(self, caller: Caller, request: Request) -> Answer | None:
        """Dispatch a request, record the answer and measure its time; None where its event was answered before."""
        dispatcher, began = self._dispatcher(), time.monotonic()
        meant = dispatcher.meant(request.text, request.now)
        verb = meant[0].name if len(meant) == 1 else "not understood"
        if time.monotonic() - self._swept >= SWEEP_SECONDS:
            self._swept = time.monotonic()
            with writing(self.app.database) as connection:
                button_handles.sweep(connection, self.now())
                record.forget_events(connection, self.now())
        answer = self._recorded(caller, request, dispatcher.dispatch(request), verb)
        if answer is not None:
            self.answered(verb, answer.reply.status, time.monotonic() - began)
        return answer

    def _stale(self, request: Request) -> Answer | None:
        """Refuse a handle that is no longer valid, and record that."""
        try:
            refused = self._dispatcher().refuse(request, "handle", "press")
            return Answer(self.app.recorder.record(refused), "press")
        except Repeated:
            return None

    def _recorded(self, caller: Caller, request: Request, dispatched: Dispatched, verb: str) -> Answer | None:
        """Record an answer together with the handles of its buttons; None where its event was answered before.

        The handles are for the person who asked; a person who is not listed gets none.
        """
        reply, channel, actor = dispatched.reply, self._channel(caller.channel), request.actor
        lines = len(reply.text) + sum(len(s.lines) for s in reply.sections) + sum(len(t.rows) for t in reply.tables)
        # Handles of the answer itself: name -> (purpose, command).
        extras: dict[str, tuple[str, str]] = {}
        # A table may have a page of its own.
        if max(lines, len(reply.pressable)) > LONG or len(reply.tables) > 1:
            extras["again"] = (ASK, request.text)
        if reply.form is not None:
            extras["form"] = (FILL, f"{reply.form.kind}\n{reply.form.command}")
        elif request.place == PRIVATE and channel is not None and reply.status == "ok" and reply.level <= channel.level:
            # Only to a channel that may have such replies; its readers are looked up when it is shared.
            extras["share"] = (SHARE, request.text)
        tokens: Sequence[str] = ()
        issued: tuple[Issue, ...] = ()
        if actor is None:
            extras = {}
        else:
            tokens, kept = button_handles.made([*((ASK, b.command) for b in reply.pressable), *extras.values()])
            lasts = FORM_LASTS if reply.form is not None else button_handles.LASTS
            issued = (Issue(actor.id, kept, request.now + lasts),) if kept else ()
        try:
            reply = self.app.recorder.record(dispatched, issued)
        except Repeated:
            return None
        if reply.file is not None and reply.status == "ok" and (reply.file.draft or reply.file.number is not None):
            self.app.making.begin(reply.file)  # on every platform: a draft's document is kept, whoever is handed it
        count = len(reply.pressable)
        if len(tokens) != count + len(extras):  # another reply than the recorded one loses its buttons and form
            return Answer(reply.without_buttons(), verb)
        named = dict(zip(extras, tokens[count:], strict=True))
        typed = self._drafts.of((caller.account, extras["form"][1])) if "form" in extras else {}
        return Answer(reply.with_commands(tokens[:count]), verb, draft=typed, **named)

    def _used_up(self, person: Person | None, handle: str) -> str | None:
        """Return what is behind the handle of a person's file, which is then no longer valid; None where it is none."""
        if person is None:
            return None
        with writing(self.app.database) as connection:
            return button_handles.take(connection, handle, person.id, FILE, self.now())

    def _behind(self, caller: Caller, person: Person | None, handle: str, purpose: str) -> str | None:
        """Return the command of a handle that is this person's, or this channel's; None where it is not valid."""
        owners = [person.id] if person else []
        owners += [of_channel(caller.channel)] if person and caller.channel else []
        now = self.now()
        with reading(self.app.database) as connection:
            found = (button_handles.redeem(connection, handle, owner, purpose, now) for owner in owners)
            return next((command for command in found if command is not None), None)

    def _dispatcher(self) -> Dispatcher:
        """Return the dispatcher with the people list of a few seconds ago."""
        now = time.monotonic()
        if self._listed is None or now - self._listed[0] > LISTED_SECONDS:
            self._listed = now, Dispatcher(self.app.as_listed(), self.commands, self.app.facts)
        return self._listed[1]


def of_channel(destination: str) -> str:
    """Return the owner of a channel's handles, which each of its readers may press; no person's id begins so."""
    return f"#{destination}"[:64]
