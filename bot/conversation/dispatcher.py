"""Find a request's command, decide if it is permitted, run it, and return the reply with its effects.

`Dispatcher` records nothing; `Recorder` records its answer with the effects before the reply leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import cast, get_args

from bot.conversation.command import Ask, Command, Log, NotKnown, NotRecorded, Refused, Request, Unclear
from bot.conversation.plain_questions import QuestionReader, Reading
from bot.conversation.privacy_guard import STOPPED, release
from bot.conversation.refusals import NOTHING_LOADED, no_names, not_known, refusal
from bot.conversation.reply import Button, Reply, Row, Section
from bot.rules.access import permissions
from bot.rules.access.permissions import Grant, Reason, Refusal
from bot.rules.audit.chain import Entry
from bot.rules.catalogue import _
from bot.rules.effects import NEEDED_FOR, Effect, Issue, LockLookUps, NotifyRole, Overtaken, SeenEvent, SeeNotices
from bot.rules.figures import FigureError
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.roles import Action, Role
from bot.rules.queries.facts import AboveLevel, Facts, Notice, at_level
from bot.rules.text.area_names import references_in
from bot.rules.text.small_words import like_a_name
from bot.rules.time import clock
from bot.rules.time.clock import say_close

#: Unread notices above one answer.
MOST = 5
#: Kinds of notices that wait for the reader to see to something.
TO_ACT_ON = frozenset({"alarm", "vacant", "locked", "break_glass", "quota", "unreviewed"})
#: Answers to a notice about a return interview, by its kind: label and step.
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "hand_over": {_("Accept"): "accept", _("Refuse"): "refuse"},
    "asked": {_("Take it"): "take"},
}
_SEE = re.compile(r"(.+) See: ([a-z-]+(?: \d+)?)\.", re.ASCII | re.DOTALL)

#: A reply's status -> its outcome in the audit trail.
OUTCOMES = {"ok": "answered", "refused": "refused", "unclear": "unclear", "failed": "failed"}

#: Effects that a refusal has too: too many refusals lock a person's look-ups.
EFFECTS_OF_REFUSALS = (LockLookUps, NotifyRole)

MAX_TEXT = 500  # longer than any command; keeps hostile text cheap


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A reply, its row of the audit trail and its effects, none of them recorded yet.

    `fault` is the exception of a command that failed by a mistake of the program: it is raised again once the row is
    recorded, and no reply leaves.
    """

    reply: Reply
    entry: Entry
    effects: tuple[Effect, ...]
    fault: Exception | None = None


@dataclass(frozen=True)
class Dispatcher:
    """Answer every request, on every platform, in the same way. No text that people type raises an exception."""

    partnership: Partnership
    commands: tuple[Command, ...]
    open_facts: Callable[[], AbstractContextManager[Facts]]

    def dispatch(self, request: Request) -> Dispatched:
        """Return the reply to a request with its effects; refusals and misunderstandings are replies too."""
        command, rest = self.find(request.text)
        reading = self._read(request.text, request.now, self._may_run(request))
        said = ""
        if reading.own_area and reading.ways:
            command = None
        elif len(reading.ways) == 1 and (command is None or reading.exchanged):
            (way,) = reading.ways
            command, rest, said = way.command, way.words, way.said if reading.exchanged else ""
            request = replace(request, text=" ".join((command.name, *rest)))
        log = Log(action=command.name if command else "not understood")
        try:
            reply, outcome = self._permitted(command, rest, request, log, reading)
            reply, outcome = self._released(request, self._saying(reply, said), outcome)
        except Exception as fault:  # a mistake of the program: no reply leaves, but the request is recorded
            return Dispatched(STOPPED, self._entry(request, log, STOPPED, "fault"), _seen(request), fault)
        effects = log.effects
        if outcome.startswith("stopped"):  # the notices in it reached nobody, so they stay unread
            effects = [e for e in effects if not isinstance(e, SeeNotices)]
        return Dispatched(reply, self._entry(request, log, reply, outcome), (*_seen(request), *effects))

    def refuse(self, request: Request, reason: Reason, action: str) -> Dispatched:
        """Refuse a request without a command. A person who may ask nothing is given that reason instead."""
        first = self.decide(request, "help")
        given = first.reason if isinstance(first, Refusal) else reason
        reply = refusal(given)
        return Dispatched(reply, self._entry(request, Log(action=action), reply, given), _seen(request))

    def release(self, request: Request, reply: Reply, action: str) -> Dispatched:
        """Pass a reply that no command gave through the privacy guard, with its row of the audit trail."""
        log = Log(action=action)
        reply, outcome = self._released(request, reply, OUTCOMES[reply.status])
        return Dispatched(reply, self._entry(request, log, reply, outcome), _seen(request))

    def _released(self, request: Request, reply: Reply, outcome: str) -> tuple[Reply, str]:
        """Return the reply that may leave here, and the outcome for the audit trail: the guard's fault, if any."""
        last = release(reply, request.place.level, self.partnership)
        return last.reply, f"stopped: {last.fault}" if last.fault else outcome

    def _permitted(
        self, command: Command | None, rest: tuple[str, ...], request: Request, log: Log, reading: Reading
    ) -> tuple[Reply, str]:
        """Run the command if it is permitted; return the reply and its outcome for the audit trail."""
        decision = self._first_grant(request, command.actions if command else ("help",))
        if isinstance(decision, Refusal):
            actions = command.actions if command else ()
            return refusal(decision.reason, detail=_who_may(actions, self.partnership)), decision.reason
        if command is None:
            return self._unknown(request, rest, reading), "unclear"
        try:
            reply = self._run(command, rest, request, log)
        except AboveLevel:
            return STOPPED, "stopped: facts"
        except Refused as no:
            log.effects = [d for d in log.effects if isinstance(d, EFFECTS_OF_REFUSALS)]
            return replace(refusal(no.reason, no.areas, no.detail), buttons=no.buttons, form=no.form), no.reason
        return reply, OUTCOMES[reply.status]

    def _entry(self, request: Request, log: Log, reply: Reply, outcome: str) -> Entry:
        """Return the row of the audit trail, without the words that were typed: a name may be among them."""
        actor = request.actor
        today = clock.local_day(request.now)
        return Entry(
            at=request.now,
            who=(actor.id if actor else request.account or "unlisted")[:64],
            agency=actor.agency if actor else "",
            role=",".join(h.role for h in permissions.roles_today(actor, today)) if actor else "",
            action=f"{log.action} as a file" if request.export else log.action,
            outcome=outcome,
            subject=log.subject,
            level=reply.level if outcome == "answered" else None,
            place=request.place.name,
            reason=log.reason,
        )

    def decide(self, request: Request, action: Action) -> Grant | Refusal:
        today = clock.local_day(request.now)
        who, standing, level = request.actor, request.standing, request.place.level
        return permissions.decide(who, standing, action, level, self.partnership, today)

    def find(self, text: str) -> tuple[Command | None, tuple[str, ...]]:
        """Return the command whose name or alias is the first word, and the words after it.

        Without a command, every word is returned. An empty text means help.
        """
        tokens = _tokens(text)
        name = _bare(tokens[0]) if tokens else "help"
        command = next((c for c in self.commands if name == c.name or name in c.aliases), None)
        return command, tokens[1:] if command else tokens

    def meant(self, text: str, now: datetime) -> tuple[Command, ...]:
        """Return every command that the text may mean, whoever asks."""
        command, _ = self.find(text)
        reading = self._read(text, now, lambda command: True)
        found = [way.command for way in reading.ways] if command is None or reading.exchanged else [command]
        return tuple(found)

    @cached_property
    def _reader(self) -> QuestionReader:
        return QuestionReader(self.commands, self.partnership)

    def _read(self, text: str, now: datetime, may: Callable[[Command], bool]) -> Reading:
        """Read a question in people's own words; of several ways those that this person can go here."""
        tokens, whole = _tokens(text), tuple(text[:MAX_TEXT].split())
        if whole != tokens and self.find(text)[0] is None:  # "missing now" is a question as it stands
            found = self._reader.read(whole, now, may)
            if found.ways:
                return found
        return self._reader.read(tokens, now, may) if tokens else Reading()

    def _may_run(self, request: Request) -> Callable[[Command], bool]:
        names: list[str] = []

        def may(command: Command) -> bool:
            if not names:
                names.extend(c.name for c in self.runnable(request))
            return command.name in names

        return may

    def runnable(self, request: Request) -> tuple[Command, ...]:
        """Return the commands that this person can run in this place."""
        granted = (c for c in self.commands if isinstance(self._first_grant(request, c.actions), Grant))
        return tuple(c for c in granted if c.fits(self, request))

    def _first_grant(self, request: Request, actions: Sequence[Action]) -> Grant | Refusal:
        decisions = [self.decide(request, action) for action in actions]
        return next((d for d in decisions if isinstance(d, Grant)), decisions[0])

    def _run(self, command: Command, rest: tuple[str, ...], request: Request, log: Log) -> Reply:
        with self.open_facts() as facts:
            if command.of_children and not any(f.taken_at for f in facts.freshness(request.now)):
                return NOTHING_LOADED
            try:
                here = cast(Facts, at_level(facts, request.place.level))
                ask = Ask(rest, request, self.partnership, here, self, log)
                return self._with_notices(ask, self._narrowed(ask, command.run(ask)))
            except NotKnown as gap:
                return Reply(gap.title, 0, (gap.sentence,), status="failed")
            except FigureError as fault:
                text = (
                    _("The figures do not add up, so I show none: {fault}.", fault=fault),
                    _("Tell your administrator."),
                )
                return Reply(_("The figures do not add up"), 0, text, status="failed")
            except Unclear as fault:
                if fault.form is not None and request.has_forms:
                    again = Button(_("Fill in the form"), fault.begun, form=True)
                    title = _("Nothing recorded yet") if fault.title == "Not understood" else fault.title
                    asked = Reply(title, 2, (fault.sentence,), status="unclear")
                    return replace(asked, buttons=(again,), form=fault.form)
                lines = (fault.sentence, *_offers(fault.suggestions), _("Usage: {usage}", usage=command.usage))
                return Reply(fault.title, fault.level, lines, buttons=_buttons(fault.suggestions), status="unclear")

    def _narrowed(self, ask: Ask, reply: Reply) -> Reply:
        """Say below an answer in a channel which of its areas the answer leaves out, and because of whom."""
        areas = ask.log.narrowed
        if not areas or reply.status != "ok" or ask.request.actor is None:
            return reply
        named = ", ".join(self.partnership.area(a).short for a in areas)
        why = _(
            "Not all of this channel's areas: {actor} may ask for {named} alone.",
            actor=ask.request.actor.id,
            named=named,
        )
        return replace(reply, footer=(*reply.footer, why))

    def _with_notices(self, ask: Ask, reply: Reply) -> Reply:
        """Put this person's unread notices above an answer in private; a refusal keeps its words."""
        actor, place = ask.request.actor, ask.request.place
        if actor is None or place.level != 2 or reply.status != "ok" or ask.request.export:
            return reply
        unread = readable_notices(ask.facts.trail.notices(actor.id), ask.may)
        if not unread:
            return reply
        # A question that a row of the answer asks too, with the same buttons, is not asked twice.
        asked = {line.subject for line in reply.text if isinstance(line, Row) and line.buttons}
        again = [n for n in unread if n.kind in ANSWERS and n.ref in asked]
        unread = [n for n in unread if n not in again]
        listed, hidden = unread[:MOST], max(0, len(unread) - MOST)
        ask.log.effects.append(SeeNotices(tuple(n.id for n in (*again, *listed)), ask.now))
        if not listed:
            return reply
        more = (_("… and {hidden} more, with your next answers", hidden=hidden),) if hidden else ()
        section = Section(_("For you"), (*(notice_row(n, ask.now) for n in listed), *more), hidden)
        return replace(reply, level=2, sections=(section, *reply.sections))

    def _saying(self, reply: Reply, said: str) -> Reply:
        """Return an answer with how its question was read, where words were left out or exchanged."""
        of_a_child = bool(references_in(said, self.partnership.reference_prefix))
        if not said or reply.status not in ("ok", "failed") or (of_a_child and reply.level == 0):
            return reply
        return replace(reply, text=(_("I read this as: {said}.", said=said), *reply.text))

    def _offering(self, title: str, sentence: str, offers: Sequence[str]) -> Reply:
        """Return suggestions; one that names a child's reference has the level of references."""
        of_a_child = any(references_in(offer, self.partnership.reference_prefix) for offer in offers)
        lines = (sentence, *_offers(offers))
        return Reply(title, 1 if of_a_child else 0, lines, buttons=_buttons(offers), status="unclear")

    def _unknown(self, request: Request, tokens: Sequence[str], reading: Reading) -> Reply:
        """Offer what an unknown question may mean. Unknown words are not repeated: there may be a name among them."""
        if reading.own_area and reading.ways:
            held = request.actor.roles if request.actor else ()
            areas = ("", *(a for h in held for a in h.areas))
            offers = tuple(dict.fromkeys(f"{way.said} {area}".strip() for way in reading.ways for area in areas))[:MOST]
            return self._offering(
                _("Which area?"), _("Name the area, or leave it out for all that you may ask for."), offers
            )
        if reading.ways:
            offers = tuple(way.said for way in reading.ways[:MOST])
            return self._offering(_("Which one?"), _("That can be read in more than one way."), offers)
        near = self._reader.mended(tokens, reading.unknown, request.now, self._may_run(request))
        if near:
            return self._offering(_("Not understood"), _("I don't know that command."), (near,))
        level, prefix = request.place.level, self.partnership.reference_prefix
        lines: tuple[str, ...] = (not_known(reading.unknown) if reading.unknown else _("I don't know that command."),)
        if reading.children == 0:
            lines = (
                _(
                    "Which child? Give the reference{like}.",
                    like=_(", like {prefix}-7QK4", prefix=prefix) if level else "",
                ),
            )
        elif reading.children > 1:
            lines = (_("Ask of one child at a time."),)
        elif any(like_a_name(tokens[n - 1]) for n in reading.unknown):
            lines = (*lines, no_names(prefix, level))
        names = ", ".join(c.name for c in self.runnable(request))
        return Reply(
            _("Not understood"), 0, (*lines, _("Commands you can run here: {names}.", names=names)), status="unclear"
        )


def _who_may(actions: Sequence[Action], partnership: Partnership) -> str:
    """Return the roles that have one of these actions, in words."""
    *most, last = [r.replace("_", " ") for r in get_args(Role) if partnership.rights_of(r).keys() & set(actions)] or [
        ""
    ]
    return _("{most} or {last}", most=", ".join(most), last=last) if most else last


def _tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text without "/missing", which a platform took already or not."""
    tokens = tuple(text[:MAX_TEXT].split())
    return tokens[1:] if tokens and _bare(tokens[0]) == "missing" else tokens


def _seen(request: Request) -> tuple[SeenEvent, ...]:
    """The effect that keeps the platform's event from being answered twice, where it has one."""
    return (SeenEvent(request.once, request.now),) if request.once else ()


def _bare(word: str) -> str:
    """Strip the punctuation around a word; '?' (an alias of help) where nothing is left."""
    return word.casefold().strip("/.,:;!?\"'@") or "?"


def _offers(suggestions: Sequence[str]) -> tuple[str, ...]:
    return tuple(_("Did you mean: {s}", s=s) for s in suggestions)


def _buttons(suggestions: Sequence[str]) -> tuple[Button, ...]:
    return tuple(Button(f"Run: {s}"[:75], s) for s in suggestions)


def readable_notices(notices: Sequence[Notice], may: Callable[[Action], bool]) -> list[Notice]:
    """Return the notices whose role the person still has: a lead of last week reads none."""
    return [n for n in notices if n.kind not in NEEDED_FOR or may(NEEDED_FOR[n.kind])]


def notice_row(notice: Notice, now: datetime) -> Row:
    """Return '⚠ OX-7QK4 · ... · 08:00' with its buttons; the reference is apart from the text: erasure removes it.

    A text that ends in "See: COMMAND." has a button for it instead.
    """
    at = say_close(notice.at, now)
    text, see = (notice.text, "") if (found := _SEE.fullmatch(notice.text)) is None else (found[1], found[2])
    buttons = [Button(_("See"), see)] if see else []
    if notice.ref:
        answers = ANSWERS.get(notice.kind, {})
        buttons += [Button(label, f"interview {notice.ref} {typed}") for label, typed in answers.items()]
    mark = "⚠" if notice.kind in TO_ACT_ON else ""
    subject, words = (notice.ref, (text, at)) if notice.ref else (at, (text,))
    return Row(subject, words, mark, tuple(buttons))


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
                reply = Reply(_("Not done"), 0, (str(first),), status="refused")
                overtaken = replace(answer.entry, outcome="overtaken", level=None)
                self.write(overtaken, [e for e in answer.effects if isinstance(e, SeenEvent)])
        except NotRecorded:
            reply = refusal("not_recorded")
        if answer.fault is not None:
            raise answer.fault
        return reply.noting(self.notice)
