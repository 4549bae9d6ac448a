"""State of a return interview: required, open or closed, and its stage at a moment (R18-R20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.model import Episode, Interview

#: Outcome reasons with which no return interview is expected of this council.
NOT_REQUIRED = frozenset({"turned_18", "died", "error", "placing_la_responsible"})
#: Reasons that made the interview impossible: with no answer from the child, they close it. Any other
#: reason (told late, no capacity, missing again, ...) explains a delay of the council, and leaves it open.
NOT_POSSIBLE = frozenset({"no_contact", "in_custody", "out_of_area", "child_unwell", "other"})
#: Ends of an episode after which there is no child to interview.
NOT_REQUIRED_ENDS = frozenset({"turned_18", "died", "error_duplicate"})

StateName = Literal[
    "not required",
    "pending",
    "due",
    "overdue",
    "offered",
    "accepted",
    "declined",
    "held",
    "recorded",
    "not possible",
    "due, child missing",
]


@dataclass(frozen=True, slots=True)
class InterviewState:
    """The state of an interview at one moment: derived on reading, never stored.

    `hours_left` is the time until the last instant that is in time, negative when it has passed; None for a closed
    interview, or where the return is not known. `needs_offer`: it was not offered yet and could be; never while the
    child is missing again.
    """

    name: StateName
    hours_left: timedelta | None = None
    needs_offer: bool = False


def ended(episode: Episode, now: datetime) -> bool:
    """Return True for an episode ended by return, by being found, or by the 18th birthday (R1, R2)."""
    return episode.until_at <= now


def back(episode: Episode, now: datetime) -> bool:
    """Return True once ended, or once the council has recorded a return while the police log is open.

    The 72 hours run in both cases.
    """
    return ended(episode, now) or happened(episode.interview.clock_start_at, now)


def required(episode: Episode, now: datetime) -> bool:
    """Return True where at `now` the episode needs a return interview by this council (R20)."""
    return ended(episode, now) and _required(episode)


def _required(episode: Episode) -> bool:
    return interview_required(
        kind=episode.kind,
        end_at=episode.end_at or episode.interview.clock_start_at,
        until_at=episode.until_at,
        hosted=episode.hosted,
        end_reason=episode.end_reason,
        outcome_reason=episode.interview.outcome_reason,
    )


def interview_required(
    *,
    kind: str,
    end_at: datetime | None,
    until_at: datetime,
    hosted: bool,
    end_reason: str | None,
    outcome_reason: str | None,
) -> bool:
    """Return True where an episode that ends so needs a return interview by this council (R20).

    An episode that the 18th birthday ended before the child was found needs none: there is no child
    to interview any more. A hosted child's interview is its placing authority's.
    """
    back_as_child = end_at is not None and end_at <= until_at
    return (
        kind == "missing"
        and back_as_child
        and not hosted
        and end_reason not in NOT_REQUIRED_ENDS
        and outcome_reason not in NOT_REQUIRED
    )


def closed_at(interview: Interview, required: bool) -> datetime | None:
    """Return the time at which the interview closed; None while it is open.

    An interview that was held closes when it is recorded, whatever the response; a record of
    one that was not held closes nothing, unless it was declined or not possible. One that is not required
    is closed from the clock start, which is None before the return.
    """
    i = interview
    if not required or i.outcome_reason in NOT_REQUIRED:
        return i.clock_start_at
    if i.held_at is not None:
        return i.recorded_at
    if i.response == "declined" or not_possible(i):
        return i.recorded_at or i.offered_at or i.clock_start_at
    return None


def not_possible(interview: Interview) -> bool:
    """Return True for no response with a recorded reason that made the interview impossible."""
    return interview.response == "no_response" and interview.outcome_reason in NOT_POSSIBLE


def open_state(episode: Episode, now: datetime, missing_again: bool) -> InterviewState:
    """Return the state of the episode's interview at `now`; `missing_again`: the child is missing at `now`.

    An event after `now` has not happened yet.
    """
    i = episode.interview
    may_become_required = episode.kind == "missing" and not episode.hosted and i.outcome_reason not in NOT_REQUIRED
    if may_become_required and not back(episode, now):
        return InterviewState("pending")
    if not _required(episode):
        return InterviewState("not required")
    if not happened(closed_at(i, required=True), now):
        return _while_open(i, now, missing_again)
    if i.held_at is None and i.response == "declined":
        return InterviewState("declined")
    return InterviewState("not possible" if i.held_at is None and not_possible(i) else "recorded")


def _while_open(interview: Interview, now: datetime, missing_again: bool) -> InterviewState:
    limit = interview.counts_until or interview.due_at
    left = None if limit is None else limit - now
    if happened(interview.held_at, now):
        return InterviewState("held", left)
    if missing_again:
        # The worker cannot hold it: due, never overdue, until the child is back (edge case 12).
        return InterviewState("due, child missing", left)
    needs_offer = not happened(interview.offered_at, now)
    if left is not None and left < timedelta():
        return InterviewState("overdue", left, needs_offer)
    if needs_offer:
        return InterviewState("due", left, needs_offer)
    return InterviewState("accepted" if interview.response == "accepted" else "offered", left)


def happened(at: datetime | None, now: datetime) -> bool:
    """Return True for a recorded instant up to `now`."""
    return at is not None and at <= now
