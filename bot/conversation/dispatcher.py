"""The desk: finds the command, asks whether it is permitted, runs it, records the answer, suggests when unclear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from typing import cast

from bot.conversation import pending_notices
from bot.conversation.command import Ask, Command, Log, NotKnown, NotRecorded, Refused, Request, Unclear
from bot.conversation.privacy_guard import STOPPED, release
from bot.conversation.refusals import NOTHING_LOADED, refusal
from bot.conversation.reply import Button, Reply
from bot.rules.access import permissions
from bot.rules.access.permissions import Grant, Reason, Refusal
from bot.rules.audit.chain import Entry
from bot.rules.effects import Effect, LockLookUps, NotifyRole, Overtaken, SeenEvent, SeeNotices
from bot.rules.figures.rates import FigureError
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.roles import Action
from bot.rules.queries.facts import AboveLevel, Facts, at_level
from bot.rules.text import area_names as words
from bot.rules.time import clock

#: How the record names what became of a reply.
OUTCOMES = {"ok": "answered", "refused": "refused", "unclear": "unclear", "failed": "failed"}

#: What is carried out even where the answer is a refusal: too many of those lock somebody's look-ups.
OF_REFUSALS = (LockLookUps, NotifyRole)

MAX_TEXT = 500  # longer than any command; keeps hostile text cheap


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Answers every request, on every platform, in the same way. Never raises for what somebody typed."""

    partnership: Partnership
    commands: tuple[Command, ...]
    open_facts: Callable[[], AbstractContextManager[Facts]]
    record: Callable[[Entry, Sequence[Effect]], None]
    #: A line in every reply: that it is practice. Empty in a real partnership.
    notice: str = ""

    def answer(self, request: Request) -> Reply:
        """The reply to one request, after it was recorded; refusals and misunderstandings are replies too.

        Repeated where the event by which it came in was seen to before.
        """
        return self._answered(request).noting(self.notice)

    def _answered(self, request: Request) -> Reply:
        command, rest = self.find(request.text)
        log = Log(action=command.name if command else "not understood")
        try:
            reply, outcome = self._released(request, *self._considered(command, rest, request, log))
        except Exception:  # a mistake of the program: no answer leaves, but somebody asked
            with suppress(NotRecorded):
                self.record(self._entry(request, log, STOPPED, "fault"), _once(request))
            raise
        if outcome.startswith("stopped"):  # nobody was told what stood in it
            log.deeds = [d for d in log.deeds if not isinstance(d, SeeNotices)]
        try:
            self.record(
                self._entry(request, log, reply, outcome), (*_once(request), *log.deeds, *_issued(request, reply))
            )
        except Overtaken as first:
            return self._overtaken(request, log, Reply("Not done", 0, (str(first),), status="refused"))
        except NotRecorded:
            return refusal("not_recorded")
        return reply

    def refuse(self, request: Request, reason: Reason, action: str) -> Reply:
        """Where there is no command to run: recorded like any answer. Who is not to be answered is told that alone."""
        first = self.decide(request, "help")
        told = first.reason if isinstance(first, Refusal) else reason
        try:
            self.record(self._entry(request, Log(action=action), refusal(told), told), _once(request))
        except NotRecorded:
            told = "not_recorded"
        return refusal(told).noting(self.notice)

    def noted(self, request: Request, reply: Reply, action: str) -> Reply:
        """A reply that no command gave, looked at and recorded like any other; Repeated as in `answer`."""
        log = Log(action=action)
        reply, outcome = self._released(request, reply, OUTCOMES[reply.status])
        try:
            self.record(self._entry(request, log, reply, outcome), (*_once(request), *_issued(request, reply)))
        except NotRecorded:
            reply = refusal("not_recorded")
        return reply.noting(self.notice)

    def _overtaken(self, request: Request, log: Log, reply: Reply) -> Reply:
        """Nothing was changed, for somebody was first; that this was said is recorded too."""
        try:
            self.record(self._entry(request, log, reply, "overtaken"), _once(request))
        except NotRecorded:
            return refusal("not_recorded")
        return reply

    def _released(self, request: Request, reply: Reply, outcome: str) -> tuple[Reply, str]:
        """The last look: what should not leave here does not, and the record says why."""
        last = release(reply, request.place.level, self.partnership)
        return last.reply, f"stopped: {last.fault}" if last.fault else outcome

    def _considered(
        self, command: Command | None, rest: tuple[str, ...], request: Request, log: Log
    ) -> tuple[Reply, str]:
        """The reply, and the outcome as the record names it."""
        decision = self._first_grant(request, command.actions if command else ("help",))
        if isinstance(decision, Refusal):
            return refusal(decision.reason), decision.reason
        if command is None:
            return self._unknown(request, rest), "unclear"
        try:
            reply = self._run(command, rest, request, log)
        except AboveLevel:
            return STOPPED, "stopped: facts"
        except Refused as no:
            log.deeds = [d for d in log.deeds if isinstance(d, OF_REFUSALS)]
            words = refusal(no.reason, no.areas, no.detail)
            return replace(words, buttons=no.buttons, form=no.form), no.reason
        return reply, OUTCOMES[reply.status]

    def _entry(self, request: Request, log: Log, reply: Reply, outcome: str) -> Entry:
        """Who asked what where, without the words: a name may be among them."""
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
        """The command whose name or alias is the first word, and the words after it."""
        spoken = tuple(text[:MAX_TEXT].split())
        if spoken and _bare(spoken[0]) == "missing":  # "/missing stats" where the platform took "/missing" already
            spoken = spoken[1:]
        command = self._named(_bare(spoken[0])) if spoken else self._named("help")
        return command, spoken[1:] if command else spoken

    def runnable(self, request: Request) -> tuple[Command, ...]:
        """The commands this person can run in this place."""
        granted = (c for c in self.commands if isinstance(self._first_grant(request, c.actions), Grant))
        return tuple(c for c in granted if c.fits(self, request))

    def _first_grant(self, request: Request, actions: Sequence[Action]) -> Grant | Refusal:
        decisions = [self.decide(request, action) for action in actions]
        return next((d for d in decisions if isinstance(d, Grant)), decisions[0])

    def _named(self, name: str) -> Command | None:
        return next((c for c in self.commands if name == c.name or name in c.aliases), None)

    def _run(self, command: Command, rest: tuple[str, ...], request: Request, log: Log) -> Reply:
        with self.open_facts() as facts:
            if command.of_children and not any(f.taken_at for f in facts.freshness(request.now)):
                return NOTHING_LOADED
            try:
                here = cast(Facts, at_level(facts, request.place.level))
                ask = Ask(rest, request, self.partnership, here, self, log)
                return self._with_notices(ask, command.run(ask))
            except NotKnown as gap:
                return Reply(gap.title, 0, (gap.sentence,), status="failed")
            except FigureError as fault:
                text = (f"The figures do not add up, so I show none: {fault}.", "Tell your administrator.")
                return Reply("Not shown", 0, text, status="failed")
            except Unclear as fault:
                lines = (fault.sentence, *_offers(fault.suggestions), f"Usage: {command.usage}")
                return Reply(fault.title, 0, lines, buttons=_buttons(fault.suggestions), status="unclear")

    def _with_notices(self, ask: Ask, reply: Reply) -> Reply:
        """Beside an answer in private, what this person has to be told; a refusal keeps its words."""
        actor, place = ask.request.actor, ask.request.place
        if actor is None or place.level != 2 or reply.status != "ok" or ask.request.export:
            return reply
        found = pending_notices.readable(ask.facts.trail.notices(actor.id), ask.may)
        if not found:
            return reply
        shown = found[: pending_notices.MOST]
        ask.log.deeds.append(SeeNotices(tuple(n.id for n in shown), ask.now))
        return pending_notices.on_top(reply, shown, len(found) - len(shown), ask.now)

    def _unknown(self, request: Request, spoken: Sequence[str]) -> Reply:
        """A word that is no command: offer the nearest one. What was typed is not repeated: it may be a name."""
        names = [c.name for c in self.runnable(request)]
        near = words.suggest(spoken[0], names)
        offers: tuple[str, ...]
        lines: tuple[str, ...]
        if near is None:
            offers, lines = (), (f"Commands you can run here: {', '.join(names)}.",)
        else:
            offers = (" ".join((near, *self._safe_rest(spoken[1:]))),)
            lines = _offers(offers)
        text = ("I don't know that command.", *lines)
        return Reply("Not understood", 0, text, buttons=_buttons(offers), status="unclear")

    def _safe_rest(self, rest: Sequence[str]) -> list[str]:
        """The words that may be said back: areas, put right where they were misspelt."""
        known = sorted({w for a in self.partnership.areas for w in (a.id, *a.aliases) if " " not in w})
        near = [words.suggest(word, known) for word in rest]
        return [word for word in near if word is not None]


def _once(request: Request) -> tuple[SeenEvent, ...]:
    return (SeenEvent(request.once, request.now),) if request.once else ()


def _issued(request: Request, reply: Reply) -> Sequence[Effect]:
    return request.issue(reply) if request.issue else ()


def _bare(word: str) -> str:
    """The word without what people put around it; '?' where nothing is left, for that is what they ask."""
    return word.casefold().strip("/.,:;!?\"'@") or "?"


def _offers(suggestions: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"Did you mean: {s}" for s in suggestions)


def _buttons(suggestions: Sequence[str]) -> tuple[Button, ...]:
    return tuple(Button(f"Run: {s}"[:75], s) for s in suggestions)
