"""The figures of return interviews, K1-K10 (domain.md section 11), from the states of `rules/interviews/state.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from bot.rules.figures.rates import Rate, half_up
from bot.rules.interviews.state import ended, happened, not_possible, required
from bot.rules.model import Episode, Interview


@dataclass(frozen=True, slots=True)
class InterviewTally:
    """Counts of episodes by the outcome of their interview. Tallies of areas add up.

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
    """One interview figure with both its counts, and its formula in words."""

    id: str
    label: str
    rate: Rate
    formula: str


def kpis(t: InterviewTally) -> tuple[Kpi, ...]:
    """Return K1-K9 of domain.md section 11, in order. K10 is `median_hours`."""
    return (
        Kpi("K1", "Offered", Rate(t.offered, t.required), "offered / required"),
        Kpi("K2", "Offered within 72 h", Rate(t.offered_in_time, t.required), "offered within 72 h / required"),
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
    """Return the middle length in hours, one decimal, half up (K10); None where there are none."""
    if not spans:
        return None
    ordered = sorted(spans)
    middle = ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
    return half_up(middle // timedelta(microseconds=1), 2 * 3_600_000_000, 1)


def tally(episodes: Iterable[Episode], now: datetime) -> InterviewTally:
    """Count the facts known at `now`: the plain reference that the store's counting must equal.

    Episodes that are not missing, or not ended yet, count nowhere. An event after `now` has not happened yet.
    """
    total = InterviewTally()
    for episode in episodes:
        if episode.kind != "missing" or not ended(episode, now):
            continue
        i, needed = episode.interview, required(episode, now)
        offered, held = happened(i.offered_at, now), happened(i.held_at, now)
        recorded_in_time = held and _in_time(i, i.recorded_at, now)
        # Not held, and rightly so: declined with the carer contacted, or not possible for its reason (K9).
        if i.response == "declined":
            settled = offered and i.outcome_reason == "carer_contacted"
        else:
            settled = not_possible(i) and (i.offered_at is None or i.offered_at <= now)
        total += InterviewTally(
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
            resolved=int(needed and (held or settled)),
        )
    return total


def _in_time(interview: Interview, at: datetime | None, now: datetime) -> bool:
    """Exactly 72:00:00 is in time (R18)."""
    limit = interview.counts_until
    return at is not None and at <= now and limit is not None and at <= limit
