"""Return interviews: who needs one, how it stands at a moment, and the figures K1-K10 (R18-R20)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from bot.rules.figures import Rate, half_up
from bot.rules.model import Episode, Interview

#: Outcome reasons with which no return interview is expected of this council.
NOT_REQUIRED = frozenset({"turned_18", "died", "error", "placing_la_responsible"})
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
    """How an interview stands at one moment: derived on reading, never stored.

    `hours_left` is the time until the last instant that is in time, negative when it has passed; None where
    nothing more is expected, or where the return is not known. `needs_offer` says that nobody has
    offered it yet and somebody could: not while the child is missing again.
    """

    name: StateName
    hours_left: timedelta | None = None
    needs_offer: bool = False


@dataclass(frozen=True, slots=True)
class InterviewTally:
    """Counts of episodes by what became of their interview. Tallies of areas add up.

    E is the ended missing episodes, R those of E that need an interview by this council (R20).
    In time is on or before `counts_until`: clock start + 72 h to the second, or the end of day + 3
    where only the date of the return is known (R18, R19).
    """

    episodes: int = 0  # E
    required: int = 0  # R
    offered: int = 0  # in R
    offered_in_time: int = 0  # in R
    accepted: int = 0  # in R and offered
    declined: int = 0  # in R and offered
    held: int = 0  # in E: the 2017 report's "completed"
    held_required: int = 0  # in R
    held_in_time: int = 0  # in R
    recorded_in_time: int = 0  # in E and held
    recorded_in_time_required: int = 0  # in R and held
    resolved: int = 0  # in R: held, declined with the carer contacted, or not possible with a reason

    def __add__(self, other: InterviewTally) -> InterviewTally:
        return InterviewTally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


class Kpi(NamedTuple):
    """One interview figure with both its counts, and in words how it was counted."""

    id: str
    label: str
    rate: Rate
    formula: str


def kpis(t: InterviewTally) -> tuple[Kpi, ...]:
    """K1-K9 of domain.md section 11, in order. K10 is `median_hours`."""
    return (
        Kpi("K1", "Offered", Rate(t.offered, t.required), "offered / required"),
        Kpi(
            "K2", "Offered within 72 h", Rate(t.offered_in_time, t.required), "offered within 72 h / required"
        ),
        Kpi("K3", "Accepted (of offered)", Rate(t.accepted, t.offered), "accepted / offered"),
        Kpi("K4", "Declined (of offered)", Rate(t.declined, t.offered), "declined / offered"),
        Kpi("K5", "Completed", Rate(t.held, t.episodes), "held / ended missing episodes"),
        Kpi("K6", "Held within 72 h", Rate(t.held_in_time, t.required), "held within 72 h / required"),
        Kpi(
            "K7",
            "Recorded within 72 h (of completed)",
            Rate(t.recorded_in_time, t.held),
            "held and recorded within 72 h / held",
        ),
        Kpi(
            "K8",
            "Recorded within 72 h (of required)",
            Rate(t.recorded_in_time_required, t.required),
            "held and recorded within 72 h / required",
        ),
        Kpi(
            "K9",
            "Resolved",
            Rate(t.resolved, t.required),
            "held, declined with carer contacted, or not possible with a reason / required",
        ),
    )


def median_hours(spans: list[timedelta]) -> Decimal | None:
    """The middle length in hours, one decimal, half up (K10); None where there are none."""
    if not spans:
        return None
    ordered = sorted(spans)
    middle = ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
    return half_up(middle // timedelta(microseconds=1), 2 * 3_600_000_000, 1)


def tally(episodes: Iterable[Episode], now: datetime) -> InterviewTally:
    """Count what is known at `now`: the plain reference that the store's counting must equal.

    Episodes that are not missing, or not ended yet, count nowhere. What happened after `now` counts
    as not having happened yet.
    """
    total = InterviewTally()
    for episode in episodes:
        if episode.kind == "missing" and ended(episode, now):
            total += _one(episode, now)
    return total


def _one(episode: Episode, now: datetime) -> InterviewTally:
    i, needed = episode.interview, required(episode, now)
    offered, held = _happened(i.offered_at, now), _happened(i.held_at, now)
    recorded_in_time = held and _in_time(i, i.recorded_at, now)
    return InterviewTally(
        episodes=1,
        required=int(needed),
        offered=int(needed and offered),
        offered_in_time=int(needed and _in_time(i, i.offered_at, now)),
        accepted=int(needed and offered and i.response == "accepted"),
        declined=int(needed and offered and i.response == "declined"),
        held=int(held),
        held_required=int(needed and held),
        held_in_time=int(needed and _in_time(i, i.held_at, now)),
        recorded_in_time=int(recorded_in_time),
        recorded_in_time_required=int(needed and recorded_in_time),
        resolved=int(needed and (held or _settled(i, now))),
    )


def _happened(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def _in_time(interview: Interview, at: datetime | None, now: datetime) -> bool:
    """Exactly 72:00:00 is in time (R18)."""
    limit = interview.counts_until
    return at is not None and at <= now and limit is not None and at <= limit


def _settled(interview: Interview, now: datetime) -> bool:
    """Not held, and rightly so: declined with the carer contacted, or not possible with a reason (K9)."""
    if interview.response == "declined":
        return _happened(interview.offered_at, now) and interview.outcome_reason == "carer_contacted"
    if interview.response == "no_response" and interview.outcome_reason:
        return interview.offered_at is None or interview.offered_at <= now
    return False


def ended(episode: Episode, now: datetime) -> bool:
    """Ended by return, by being found, or by the 18th birthday (R1, R2)."""
    return episode.until_at <= now


def required(episode: Episode, now: datetime) -> bool:
    """Whether at `now` the episode needs a return interview by this council (R20)."""
    return ended(episode, now) and interview_required(
        kind=episode.kind,
        end_at=episode.end_at,
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
    """Whether an episode that ends so needs a return interview by this council (R20).

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
    """From when nothing more is expected of anybody; None while something is.

    An interview that was held closes when it is recorded, whatever the response says. Nothing is
    expected where none is required: from the clock start, which is None before the return.
    """
    i = interview
    if not required or i.outcome_reason in NOT_REQUIRED:
        return i.clock_start_at
    if i.held_at is None and (i.response == "declined" or _not_possible(i)):
        return i.recorded_at or i.offered_at or i.clock_start_at
    return i.recorded_at


def _not_possible(interview: Interview) -> bool:
    return interview.response == "no_response" and bool(interview.outcome_reason)


def open_state(episode: Episode, now: datetime, missing_again: bool) -> InterviewState:
    """How the episode's interview stands at `now`; `missing_again`: the child is missing at `now`.

    What happened after `now` counts as not having happened yet.
    """
    if not ended(episode, now) and _may_become_required(episode):
        return InterviewState("pending")
    if not required(episode, now):
        return InterviewState("not required")
    i = episode.interview
    closed = closed_at(i, required=True)
    if _happened(closed, now):
        return InterviewState(_closed_name(i))
    return _open_state(i, now, missing_again)


def _may_become_required(episode: Episode) -> bool:
    return (
        episode.kind == "missing"
        and not episode.hosted
        and episode.interview.outcome_reason not in NOT_REQUIRED
    )


def _closed_name(interview: Interview) -> StateName:
    if interview.held_at is None and interview.response == "declined":
        return "declined"
    if interview.held_at is None and _not_possible(interview):
        return "not possible"
    return "recorded"


def _open_state(interview: Interview, now: datetime, missing_again: bool) -> InterviewState:
    limit = interview.counts_until or interview.due_at
    left = None if limit is None else limit - now
    if _happened(interview.held_at, now):
        return InterviewState("held", left)
    if missing_again:
        # The worker cannot hold it: due, never overdue, until the child is back (edge case 12).
        return InterviewState("due, child missing", left)
    needs_offer = not _happened(interview.offered_at, now)
    if left is not None and left < timedelta():
        return InterviewState("overdue", left, needs_offer)
    if needs_offer:
        return InterviewState("due", left, needs_offer)
    return InterviewState("accepted" if interview.response == "accepted" else "offered", left)
