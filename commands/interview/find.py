"""Find a child's return interviews for a person who may update them, in private or from a channel's list.

No such child, not theirs and (in a channel) not on the list are one refusal. Break-glass opens nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Refused
from bot.rules.access.permissions import Grant
from bot.rules.episodes.risk_flags import council_return
from bot.rules.interviews.state import NONE, OpenInterview, leads
from bot.rules.model import CaseRelation, Episode
from bot.rules.queries.digest_content import DECLINED, as_said


@dataclass(frozen=True, slots=True)
class ChildInterviews:
    """The interviews of one child, oldest first, closed ones too, as this person may see them here."""

    ref: str
    interviews: tuple[OpenInterview, ...]
    relation: CaseRelation
    grant: Grant
    missing_at: Callable[[datetime], bool]

    @property
    def leading(self) -> bool:
        """True for a person who answers for the child's area, not for the case alone."""
        return leads(self.grant, self.relation)


def interviews_of(ask: Ask, ref: str) -> ChildInterviews:
    """Return the child's interviews; refused, in the same words for each case, where none may be updated here."""
    ask.log.subject = ref
    return _in_private(ask, ref) if ask.request.place.level == 2 else _in_channel(ask, ref)


def _in_private(ask: Ask, ref: str) -> ChildInterviews:
    child_lookup.not_locked(ask)
    child, grant = ask.facts.child(ref, ask.now), ask.grant("interview_update")
    if child is None or not grant.covers(child.relation):
        raise child_lookup.missed(ask, child)
    alive = () if any(x.died for x in child.episodes) else child.episodes
    open_now = {x.child_id for x in child.episodes if x.open_at(ask.now)}

    def missing_at(at: datetime) -> bool:
        return any(x.open_at(at) and council_return(x, ask.now) is None for x in child.episodes)

    return _found(ask, child.ref, alive, open_now, child.relation, missing_at)


def _in_channel(ask: Ask, ref: str) -> ChildInterviews:
    """Find the interviews among those that the channel's list shows anyway."""
    scope = ask.scope("interview_update", None)
    listed = ask.facts.interviews_open(scope, ask.now, ask.now - DECLINED)
    mine = [x for x in listed if x.child_ref == ref]
    if not mine or ask.facts.died([mine[0].child_id]):
        raise Refused("not_found")
    child = mine[0].child_id
    workers = frozenset(x.interview.worker for x in mine if x.interview.worker)
    relation = CaseRelation(frozenset(x.area for x in mine), workers)

    def missing_at(at: datetime) -> bool:
        return bool(ask.facts.missing_now([child], at))

    return _found(ask, ref, tuple(mine), ask.facts.missing_now([child], ask.now), relation, missing_at)


def _found(
    ask: Ask,
    ref: str,
    episodes: tuple[Episode, ...],
    open_now: set[int],
    relation: CaseRelation,
    missing_at: Callable[[datetime], bool],
) -> ChildInterviews:
    known = [i for i in as_said(ask.facts, episodes, open_now, ask.now) if i.state.name not in NONE]
    return ChildInterviews(ref, tuple(known), relation, ask.grant("interview_update"), missing_at)
