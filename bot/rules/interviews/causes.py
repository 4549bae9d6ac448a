"""The cause of an interview that was not in time: the facts suggest one, a person confirms it or names another.

domain.md §10.2, edge cases 12 and 18. Chat is not the record: figures (K11) count the cause in the record alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from bot.rules.catalogue import _
from bot.rules.interviews.state import OpenInterview, not_possible
from bot.rules.time.clock import say_near

#: A council that hears of a return later than this was told late (K11).
TOLD_LATE = timedelta(hours=24)


class Cause(NamedTuple):
    """A suggested word of the list of causes, and the fact for it in words."""

    word: str
    fact: str


def is_late(i: OpenInterview, now: datetime) -> bool:
    """Return True after the 72 hours of an interview that was not held, or not recorded, within them."""
    interview = i.episode.interview
    limit = interview.counts_until
    if limit is None or now <= limit:
        return False
    done = (interview.held_at, interview.recorded_at)
    return any(at is None or at > limit for at in done)


def wants_cause(i: OpenInterview, now: datetime) -> bool:
    """Return True where the interview was not held within the 72 hours, and nobody has said why."""
    held, limit = i.episode.interview.held_at, i.episode.interview.counts_until
    answered = i.state.name in ("declined", "not possible") or not_possible(i.episode.interview)
    in_time = held is not None and limit is not None and held <= limit
    known = i.recorded.outcome_reason or i.standing.last("late")
    return is_late(i, now) and not (in_time or answered or known)


def suggested(i: OpenInterview, missing_at_limit: bool, known_at: datetime | None, now: datetime) -> Cause | None:
    """Return the cause that the facts suggest, or None.

    `missing_at_limit`: the child was missing again as the 72 hours ended. `known_at`: when the return became known
    here, where exports of a day after it had lacked it.
    """
    interview = i.episode.interview
    limit, back = interview.counts_until, interview.clock_start_at
    if limit is None or back is None or not wants_cause(i, now):
        return None
    if missing_at_limit and not i.episode.open_at(limit):
        return Cause(
            "child_missing_again",
            _("the child was missing again as the 72 hours ended, {limit}", limit=say_near(limit, now)),
        )
    if known_at is not None:
        return Cause(
            "late_notification",
            _(
                "no export had the return of {back} until {known_at}",
                back=say_near(back, now),
                known_at=say_near(known_at, now),
            ),
        )
    return None
