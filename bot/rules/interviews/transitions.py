"""Which step may follow how an interview stands, by the record and by what was said in chat; and why one may not.

The machine of domain.md §9.4 with edge cases 11-15 of §10.2. What may follow is judged at the moment it is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.effects import RecordStep
from bot.rules.interviews.open_interviews import CLOSED, OpenInterview, merged_into
from bot.rules.interviews.reconciliation import ours
from bot.rules.interviews.state import StateName
from bot.rules.interviews.step_labels import DETAILS, kind_words
from bot.rules.interviews.steps import OF_INTERVIEW, OF_STRATEGY, Kind, WorkState
from bot.rules.time.clock import say, say_hours

#: What may still be said when an interview is over. A no may become a yes; anything else is opened again first.
AFTER: dict[StateName, frozenset[str]] = {
    "recorded": frozenset({"reopened"}),
    "not possible": frozenset({"reopened"}),
    "declined": frozenset({"accepted", "offered", "attempt", "declined", "carer_contacted", "reopened"}),
}
#: Steps whose detail has to be one of a list.
NEEDS_DETAIL = ("attempt", "declined", "not_possible", "reopened", "snoozed")


@dataclass(frozen=True, slots=True)
class StepAttempt:
    """What is asked: whether this step may follow. `missing`: the child was missing when it happened.

    `among` are all interviews of the child, as they stand.
    """

    step: RecordStep
    i: OpenInterview
    missing: bool = False
    among: Sequence[OpenInterview] = ()


def why_not(m: StepAttempt) -> str | None:
    """One plain sentence; None where the step may follow."""
    checks = (_owed, _listed_detail, _time, _over, _CHECKS.get(m.step.kind, _nothing_more))
    return next((fault for check in checks if (fault := check(m))), None)


def _nothing_more(m: StepAttempt) -> str | None:
    return None


def _owed(m: StepAttempt) -> str | None:
    if m.i.state.name == "pending" or m.i.episode.interview.clock_start_at is None:
        return "The child is not back, as far as is recorded: there is no return interview to speak of yet."
    if m.i.state.name == "not required":
        return "No return interview by this council is required for this episode."
    return None


def _listed_detail(m: StepAttempt) -> str | None:
    allowed, detail = DETAILS.get(m.step.kind, ()), m.step.detail
    needed = m.step.kind in NEEDS_DETAIL and not detail
    return "That needs a word of the list." if needed or (detail and detail not in allowed) else None


def _time(m: StepAttempt) -> str | None:
    """What happened lies between the return and now; what is booked is still to come."""
    step, back = m.step, m.i.episode.interview.clock_start_at
    if step.at > step.said_at:
        return f"{say(step.at)} is still to come. Say when it happened."
    if step.kind in OF_INTERVIEW and back is not None and step.at < back:
        return f"{say(step.at)} is before the child's return ({say(back)})."
    if step.kind == "booked" and (step.until_at is None or step.until_at <= step.said_at):
        return "A booking is for a time that is still to come."
    return None


def _over(m: StepAttempt) -> str | None:
    name = m.i.state.name
    if name not in CLOSED or m.step.kind in AFTER[name]:
        return None
    if name == "declined":
        if m.step.kind not in OF_INTERVIEW:
            return "It was declined: nothing more is to be done, unless the child accepts after all."
        return "It was declined. Say accepted first, if the child has changed their mind."
    said = "It is recorded" if name == "recorded" else "It was not possible"
    return f"{said}: say reopen, with a reason, to change that."


def _not_held(m: StepAttempt) -> str | None:
    held = m.i.episode.interview.held_at
    return f"It was held already, {say(held)}." if held else None


def _offered(m: StepAttempt) -> str | None:
    if m.i.episode.interview.offered_at is None:
        return "Nobody has said that it was offered: an offer comes first."
    return None


def _accepted(m: StepAttempt) -> str | None:
    if (fault := _not_held(m) or _offered(m)) is not None:
        return fault
    answer = ours(m.i.standing).answer
    withdrawn = answer is not None and answer.kind in ("declined", "not_possible")
    if m.i.episode.interview.response == "accepted" and not withdrawn:
        return "It is accepted already."
    return None


def _booked(m: StepAttempt) -> str | None:
    return _not_held(m) or _offered(m)


def _held(m: StepAttempt) -> str | None:
    if m.missing:
        return "The child was missing then: an interview is held when the child is back."
    return _not_held(m)


def _recorded(m: StepAttempt) -> str | None:
    held = m.i.episode.interview.held_at
    if held is None:
        return "Nobody has said that it was held: held comes first."
    return f"It was held only {say(held)}." if m.step.at < held else None


def _declined(m: StepAttempt) -> str | None:
    """A parent's no on the child's behalf leaves the child's own answer open (edge case 15)."""
    if (fault := _not_held(m) or _offered(m)) is not None:
        return fault
    answer = ours(m.i.standing).answer
    by_parent = answer is not None and answer.detail == "parent"
    if _is_declined(m.i) and not (by_parent and m.step.detail == "child"):
        return "It is declined already."
    return None


def _is_declined(i: OpenInterview) -> bool:
    answer = ours(i.standing).answer
    return i.state.name == "declined" or (answer is not None and answer.kind == "declined")


def _carer(m: StepAttempt) -> str | None:
    if not _is_declined(m.i):
        return "The carer is offered a talk when the child has declined; nobody has said that."
    contacted = ours(m.i.standing).carer or m.i.episode.interview.outcome_reason == "carer_contacted"
    return "The carer has been contacted already." if contacted else None


def _not_possible(m: StepAttempt) -> str | None:
    return _not_held(m)


def _merged(m: StepAttempt) -> str | None:
    """Into another open one of the same child; never in a circle, and never further on."""
    if (fault := _not_held(m)) is not None:
        return fault
    other = next((o for o in m.among if str(o.episode.id) == m.step.to), None)
    mine = m.i.episode
    if other is None or other.episode.id == mine.id or other.episode.child_id != mine.child_id:
        return "There is no other open interview of this child."
    if merged_into(m.i.standing):
        return "It is put together with another one already."
    if other.closed or other.episode.interview.clock_start_at is None:
        return "The other interview is not open any more."
    held, back = other.episode.interview.held_at, mine.interview.clock_start_at
    if held and back and held < back:
        return "The other one was held before this return, so it was not about it."
    if merged_into(other.standing) or any(merged_into(o.standing) == mine.id for o in m.among):
        return "One of the two is put together with another one already."
    return None


def _reopened(m: StepAttempt) -> str | None:
    if m.i.closed or m.i.episode.interview.held_at:
        return None
    return "It is open already."


def _taken_over(m: StepAttempt) -> str | None:
    return "It is yours already." if m.i.standing.owner == m.step.by else None


_CHECKS: dict[str, Callable[[StepAttempt], str | None]] = {
    "offered": _not_held,
    "attempt": _not_held,
    "accepted": _accepted,
    "booked": _booked,
    "held": _held,
    "recorded": _recorded,
    "declined": _declined,
    "carer_contacted": _carer,
    "not_possible": _not_possible,
    "merged": _merged,
    "reopened": _reopened,
    "took_over": _taken_over,
}


#: What can be said with one press, as it is typed, in the order in which it usually comes.
PRESSES: tuple[tuple[str, Kind, str], ...] = (
    ("offered", "offered", ""),
    ("accepted", "accepted", ""),
    ("held", "held", ""),
    ("recorded", "recorded", ""),
    ("carer contacted", "carer_contacted", ""),
)


def may_follow(i: OpenInterview, by: str, now: datetime, missing: bool) -> tuple[str, ...]:
    """What may be said of it now with one press."""
    steps = [
        (typed, RecordStep(i.episode.id, i.standing.version, kind, now, now, by, detail=d))
        for typed, kind, d in PRESSES
    ]
    return tuple(typed for typed, step in steps if why_not(StepAttempt(step, i, missing)) is None)


def why_not_undone(standing: WorkState, by: str, now: datetime, minutes: float) -> str | None:
    """Only the newest step, by who said it, and only for some minutes; None where it may be taken back."""
    newest = standing.newest
    if newest is None:
        return "Nothing was said that could be taken back."
    if newest.kind == "undone":
        return "The last step was taken back already."
    if newest.by != by:
        return f"The last step ({kind_words(newest.kind)}) was {newest.by}'s: only they can take it back."
    if newest.kind in OF_STRATEGY:
        return "The last step was of a strategy discussion: it is not taken back here."
    limit = timedelta(minutes=minutes)
    if now - newest.said_at > limit:
        return f"It can be taken back for {say_hours(limit)}; that is over. Say what is right instead."
    return None
