"""Find a child whose age is to be confirmed, whose absence is to be ended that no file holds any more, or two of whose
absences may be one.

"No such child" and "not theirs" are one refusal, and break-glass opens nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.conversation import child_lookup
from bot.conversation.command import Ask, CommandDesk, Refused, Request
from bot.conversation.reply import Reply
from bot.rules.access.permissions import Grant, Refusal
from bot.rules.catalogue import _
from bot.rules.episodes.confirmations import Kind, Ruling, may_say, may_say_of, newest
from bot.rules.model import CaseRelation
from bot.rules.partnership.partnership import Person
from bot.rules.partnership.roles import GIVES_REASON
from bot.rules.queries.facts import ChildFacts
from bot.rules.text import reasons

_VERSION = re.compile(r"v(\d{1,9})", re.ASCII)
_NUMBER = re.compile(r"#(\d{1,9})", re.ASCII)

CHAT_ONLY = _("Chat is not the record: whoever keeps it has to enter it there too.")


class DoubtArguments(NamedTuple):
    """The arguments of such a command. `version` is the newest ruling the person saw, `numbers` are the episodes'."""

    ref: str
    words: tuple[str, ...]
    because: str
    version: int | None
    numbers: tuple[int, ...]

    @property
    def number(self) -> int | None:
        return self.numbers[0] if self.numbers else None


def heard(ask: Ask) -> DoubtArguments:
    """Parse the arguments. A reason is checked before any of the child's records is read."""
    text, because = said_with_reason(ask)
    tokens = text.split()
    two = " ".join(tokens[:2])
    spaced = len(tokens) > 1 and child_lookup.is_reference(ask, two) and not child_lookup.is_reference(ask, tokens[0])
    ref = child_lookup.reference(ask, two if spaced else " ".join(tokens[:1]))
    rest = tokens[2 if spaced else 1 :]
    version = next((m for t in rest if (m := _VERSION.fullmatch(t))), None)
    numbers = tuple(int(m[1]) for t in rest if (m := _NUMBER.fullmatch(t)))
    words = tuple(t for t in rest if not (_VERSION.fullmatch(t) or _NUMBER.fullmatch(t)))
    return DoubtArguments(ref, words, because, version and int(version[1]), numbers)


def said_with_reason(ask: Ask) -> tuple[str, str]:
    """Split the words and the reason after "because"; Refused for a reason with personal details, or too short."""
    text, because = reasons.split(" ".join(ask.words))
    if because is None:
        return text, ""
    shortest = ask.partnership.break_glass.shortest_reason
    if reasons.unfit(because, shortest, ask.partnership.reference_prefix):
        raise Refused("reason_unfit", detail=str(shortest))
    return text, because


class _Grants(NamedTuple):
    child: Grant | Refusal
    update: Grant | Refusal
    acknowledge: Grant | Refusal


def _grants(desk: CommandDesk, request: Request) -> _Grants:
    return _Grants(*(desk.decide(request, action) for action in ("child", "interview_update", "acknowledge")))


def fits(desk: CommandDesk, request: Request) -> bool:
    """Return True where the person may confirm an age or an end of any child in this place."""
    person = request.actor
    return person is not None and request.place.level == 2 and may_say(person, *_grants(desk, request))


def find(ask: Ask, spoken: DoubtArguments) -> ChildFacts:
    """Return the child, in private and for roles that reach it; a lead gives a reason for each look."""
    person, grants = allowed(ask)
    ask.log.subject, ask.log.reason = spoken.ref, spoken.because
    child = ask.facts.child(spoken.ref, ask.now)
    if child and may_say_of(person, *grants, child.relation):
        # A reason is needed where the only role that reaches the child gives one for each look.
        own = grants.child
        if spoken.because or not (
            isinstance(own, Grant) and own.covers(child.relation) and own.gives_reason(child.relation)
        ):
            return child
    if isinstance(grants.child, Grant) and not spoken.because and not GIVES_REASON.isdisjoint(grants.child.roles):
        child_lookup.even(ask, child)
        raise Refused("reason_needed")
    raise child_lookup.missed(ask, child)


def allowed(ask: Ask) -> tuple[Person, _Grants]:
    """Return the person and their grants; Refused outside private places, for other roles, and while locked."""
    if ask.request.place.level != 2:
        raise Refused("place_level")
    person, grants = child_lookup.who(ask), _grants(ask.desk, ask.request)
    if not may_say(person, *grants):
        raise Refused("role")
    child_lookup.not_locked(ask)
    return person, grants


def areas_of_new(ask: Ask) -> tuple[str, ...]:
    """Return the areas of which this person may say a child whom no export has: those their roles reach whole."""
    person, grants = child_lookup.who(ask), _grants(ask.desk, ask.request)
    found = (a.id for a in ask.partnership.areas)
    return tuple(a for a in found if may_say_of(person, *grants, CaseRelation(areas=frozenset({a}))))


def may(ask: Ask, child: ChildFacts) -> bool:
    """Return True where the person's own roles may confirm an age or an end of this child, in private."""
    who, grants = child_lookup.who(ask), _grants(ask.desk, ask.request)
    return ask.request.place.level == 2 and may_say_of(who, *grants, child.relation)


def version(rulings: Sequence[Ruling], kind: Kind) -> int:
    """Return the number of the newest ruling of a kind, taken back or not, for the optimistic check."""
    return max((r.id for r in rulings if r.kind == kind), default=0)


def standing(child: ChildFacts, kind: Kind) -> Ruling | None:
    """Return the newest ruling that holds, which can be taken back."""
    found = newest(child.rulings, kind)
    return found if found and found.holds else None


def not_recorded(why: str) -> Reply:
    return Reply(_("Not recorded"), 0, (why,), status="refused")
