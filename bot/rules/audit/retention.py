"""Retention: records that are over and may go, and those that must stay (reliability.md §3.3)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from bot.rules.time.clock import birthday, day_start, local_day

#: Statuses of a case on which the council does not work any more.
NOT_WORKED_WITH = frozenset({None, "not_open", "care_leaver"})


class EndedEpisode(NamedTuple):
    """The facts that decide on an episode: its end, its interview, and the child's age at its start."""

    start_at: datetime
    ended_at: datetime
    interview_until_at: datetime
    age: int | None


class CaseStatus(NamedTuple):
    """The facts that decide on a child without episodes: the council's record of the case."""

    listed: bool  # the children file has, or had, a row
    current: bool  # looked after, UASC or on a plan, at some time since the cut
    status: str | None
    birth: date | None


def cut_day(now: datetime, months: int) -> date:
    """Return the London day before which an ended episode is over: so many calendar months back."""
    return months_before(local_day(now), months)


def months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def years_before(now: datetime, years: int) -> datetime:
    """Return 00:00 London time, so many years ago."""
    return day_start(months_before(local_day(now), 12 * years))


def is_over(spent: EndedEpisode, cut: date, now: datetime) -> bool:
    """Return True for an episode that ended before the cut, and for which no return interview is due.

    Each episode goes by itself, also where the child has newer ones: only then are all episodes kept that began on or
    after the cut, of every child, and figures are whole from that day on. An interview that never took place keeps its
    episode until the child is an adult, when it cannot be held any more.
    """
    if spent.ended_at >= day_start(cut):
        return False
    return spent.interview_until_at <= now or grown_up(spent.start_at, spent.age, cut)


def grown_up(start_at: datetime, age: int | None, cut: date) -> bool:
    """Return True if the child was certainly 18 before the cut; False where no birth date was known.

    The age is in completed years at the start.
    """
    return age is not None and birthday(local_day(start_at), 18 - age) <= cut


def case_is_over(case: CaseStatus, cut: date) -> bool:
    """Return False for a child without episodes with whom the council works, or has worked since the cut.

    Children looked after on a day, and links between the agencies' keys, are counted from these.
    """
    if case.current:
        return False
    adult = case.birth is not None and birthday(case.birth, 18) <= cut
    return not case.listed or adult or case.status in NOT_WORKED_WITH


def history_start(chosen: date | None, cut: date | None) -> date | None:
    """Return the day from which periods are known: the partnership's day, or the day of the cut where that is later."""
    known = [day for day in (chosen, cut) if day is not None]
    return max(known, default=None)


@dataclass(frozen=True, slots=True)
class ErasureState:
    """The facts that decide on the erasure of a child."""

    held: bool
    missing: bool
    interview_open: bool
    look_to_review: bool


def why_not_erased(child: ErasureState) -> Sequence[str]:
    """Return every reason for which a child's records must stay, each with the next step. No role overrides them."""
    reasons = {
        "it is under legal hold: two strategic leads must lift it first": child.held,
        "the child is missing: the records are needed to find it": child.missing,
        "a return interview is still owed: record in the case system how it ended, and load that": (
            child.interview_open
        ),
        "a look from outside the area has not been reviewed: review it first": child.look_to_review,
    }
    return [reason for reason, holds in reasons.items() if holds]


def say_cut(cut: date) -> str:
    """Format the day of a cut, such as '4 Jul 2015'."""
    return f"{cut.day} {cut:%b %Y}"
