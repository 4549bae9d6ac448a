"""Steps in chat ("ours") laid over the imported record of an interview, and the differences between the two.

Ours fills gaps of the record and never replaces it. Where only one of the two has the interview as over, it is open:
the safer mistake, and the difference is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.rules.interviews.state import NOT_POSSIBLE, NOT_REQUIRED, closed_at, not_possible
from bot.rules.interviews.step_labels import plain, step_label
from bot.rules.interviews.steps import CHANGED_MIND, InterviewStep, WorkState
from bot.rules.model import Interview, Response
from bot.rules.time.clock import at_midnight, local_day, say, say_day

#: Two times of one event that are no further apart are the same: people round, and type a little later.
SAME = timedelta(hours=1)

_ANSWERS = ("accepted", "booked", "declined", "not_possible")
_RESPONSES: dict[str, Response] = {
    "accepted": "accepted",
    "booked": "accepted",  # a booking was agreed to
    "declined": "declined",
    "not_possible": "no_response",
}


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """The steps that count: after a reopening only later ones, and the offer from before."""

    offered: InterviewStep | None = None
    answer: InterviewStep | None = None
    held: InterviewStep | None = None
    recorded: InterviewStep | None = None
    carer: InterviewStep | None = None
    opened: InterviewStep | None = None
    merged: InterviewStep | None = None

    @property
    def closing(self) -> tuple[InterviewStep, ...]:
        """Steps that the record should have too, in their usual order."""
        found = (self.offered, self.answer, self.carer, self.held, self.recorded)
        return tuple(s for s in found if s is not None)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A difference between a step in chat (`ours`) and the record (`theirs`)."""

    field: str
    ours: str
    theirs: str
    step: InterviewStep


def ours(standing: WorkState) -> OwnRecord:
    """Return the steps that count.

    A `reopened`, or an `accepted` because the child has changed their mind, opens a closed interview again.
    """
    opened = next(
        (
            s
            for s in reversed(standing.steps)
            if s.kind == "reopened" or (s.kind == "accepted" and s.detail == CHANGED_MIND)
        ),
        None,
    )
    since = [s for s in standing.steps if opened is None or s.id >= opened.id]
    return OwnRecord(
        offered=next((s for s in standing.steps if s.kind == "offered"), None),
        answer=_last(since, *_ANSWERS),
        held=_last(since, "held"),
        recorded=_last(since, "recorded"),
        carer=_last(since, "carer_contacted"),
        opened=opened,
        merged=_last(since, "merged"),
    )


def _last(steps: Sequence[InterviewStep], *kinds: str) -> InterviewStep | None:
    return next((s for s in reversed(steps) if s.kind in kinds), None)


def effective(interview: Interview, standing: WorkState) -> Interview:
    """Return the interview to show: the record, filled in with the steps in chat where the record is empty."""
    if not standing.steps:
        return interview
    found, i = ours(standing), interview
    if _is_open_again(i, found.opened):  # the record without the end that was reopened
        kept = i.outcome_reason if i.outcome_reason in NOT_REQUIRED else None
        i = replace(i, response=None, held_at=None, recorded_at=None, outcome_reason=kept)
    held_at, recorded_at = i.held_at or _at(found.held), i.recorded_at
    if i.held_at is None and held_at is not None and recorded_at is not None and recorded_at < held_at:
        recorded_at = None  # recorded before this talk, so of another one
    response, reason = _answer(i, found)
    return replace(
        i,
        offered_at=i.offered_at or _at(found.offered),
        response=response,
        held_at=held_at,
        recorded_at=recorded_at or _at(found.recorded),
        outcome_reason=reason,
    )


def _at(step: InterviewStep | None) -> datetime | None:
    return step.at if step else None


def _is_open_again(i: Interview, opened: InterviewStep | None) -> bool:
    """Return True where the record's end was reopened in chat; an end recorded since counts."""
    if opened is None or not (i.held_at or closed_at(i, required=True)):
        return False
    return not any(at is not None and at > opened.at for at in (i.held_at, i.recorded_at))


def _answer(i: Interview, found: OwnRecord) -> tuple[Response | None, str | None]:
    """Return response and reason. A record of "no response" without an end still waits for the answer."""
    response, reason = i.response, i.outcome_reason
    unanswered = response is None or (response == "no_response" and not not_possible(i))
    if found.answer and unanswered and reason not in NOT_REQUIRED:
        response = _RESPONSES[found.answer.kind]
        if found.answer.kind == "not_possible":
            reason = found.answer.detail
        elif reason in NOT_POSSIBLE:
            reason = None
    if response == "declined" and found.carer and reason is None:
        reason = "carer_contacted"
    return response, reason


def together(mine: Interview, other: Interview) -> Interview:
    """Merge two interviews of one talk for two absences: the other's outcome is this one's too (edge case 11).

    Each keeps its own due time, so one time of being held is tested against both.
    """
    begun = mine.clock_start_at
    if mine.held_at or (other.held_at and begun and other.held_at < begun):
        return mine
    answered = mine.response not in (None, "no_response") or not_possible(mine)
    return replace(
        mine,
        offered_at=mine.offered_at or other.offered_at,
        response=mine.response if answered else other.response or mine.response,
        held_at=other.held_at,
        recorded_at=other.recorded_at if other.held_at else mine.recorded_at or other.recorded_at,
        outcome_reason=mine.outcome_reason or other.outcome_reason,
    )


def lacking(interview: Interview, standing: WorkState) -> tuple[InterviewStep, ...]:
    """Return the steps in chat that the record lacks, in their usual order."""
    found = ours(standing)
    has: dict[str, bool] = {
        "offered": interview.offered_at is not None,
        "held": interview.held_at is not None,
        "recorded": interview.recorded_at is not None and interview.held_at is not None,
        "carer_contacted": interview.outcome_reason is not None,
    }
    answered = interview.response is not None and (interview.response != "no_response" or not_possible(interview))
    return tuple(s for s in found.closing if not has.get(s.kind, answered))


def differences(interview: Interview, standing: WorkState) -> tuple[Discrepancy, ...]:
    """Return the differences in times, answer and end, where the record and the steps in chat both have one."""
    found, i = ours(standing), interview
    differing: list[Discrepancy | None] = []
    for name, step, theirs in (
        ("offered", found.offered, i.offered_at),
        ("held", found.held, i.held_at),
        ("recorded", found.recorded, i.recorded_at if i.held_at else None),
    ):
        if step and theirs and not _same(step.at, theirs, i.counts_until):
            text = say_day(theirs) if at_midnight(theirs) else say(theirs)
            differing.append(Discrepancy(name, say(step.at), text, step))
    differing.append(_answers(i, found))
    if found.opened and _is_open_again(i, found.opened):  # open again in chat, over in the record
        over = f"held {say(i.held_at)}" if i.held_at else _their_answer(i)
        differing.append(Discrepancy("end", step_label(found.opened), over, found.opened))
    return tuple(d for d in differing if d)


def _same(mine: datetime, theirs: datetime, limit: datetime | None) -> bool:
    """Compare two times: a day without a time is the same all day, a time in time never the same as a late one."""
    if at_midnight(theirs):
        return local_day(mine) == local_day(theirs)
    return abs(mine - theirs) <= SAME and (limit is None or (mine <= limit) == (theirs <= limit))


def _answers(i: Interview, found: OwnRecord) -> Discrepancy | None:
    step, theirs = found.answer or found.held, i.response
    if step is None or theirs is None or _is_open_again(i, found.opened):
        return None
    mine = _RESPONSES.get(step.kind, "accepted")
    if theirs == "no_response":
        reasons = mine == theirs and i.outcome_reason in NOT_POSSIBLE and i.outcome_reason != step.detail
        differ = reasons or (mine != theirs and not_possible(i))
    else:
        differ = mine != theirs
    return Discrepancy("answer", step_label(step), _their_answer(i), step) if differ else None


def _their_answer(i: Interview) -> str:
    if not_possible(i):
        return f"not possible because {plain(i.outcome_reason or '')}"
    return plain(i.response or "")
