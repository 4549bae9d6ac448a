"""Episodes that an 18th birthday ends: lists show that they are over, never the day (R1).

The stored end of such an episode is the birthday. In a list it would be a date of birth beside a reference.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bot.rules.model import FOREVER, Interview

AS_ADULT = "turned_18"


class End(NamedTuple):
    """The end of an episode as a list may show it."""

    end_at: datetime | None
    until_at: datetime
    found_at: datetime | None
    returned_at: datetime | None
    interview: Interview
    left_as_adult: bool = False


def seen_end(start_at: datetime, end_reason: str | None, stored: End, now: datetime) -> End:
    """Return the end without a birthday: one to come is left out, one gone by leaves only the fact that it came.

    Police forces also close a log with the reason 'turned 18': then its end is the birthday too.
    """
    end, until = stored.end_at, stored.until_at
    birthday_first = until != FOREVER and (end is None or end > until)
    if until > now and end_reason == AS_ADULT:
        return stored._replace(end_at=None, until_at=FOREVER)
    if until > now:
        return stored._replace(until_at=end or FOREVER) if birthday_first else stored
    if not birthday_first and end_reason != AS_ADULT:
        return stored
    back = stored.interview.clock_start_at
    if end_reason != AS_ADULT and end is None and back is not None and back <= until:
        # The council knew of a return before the birthday, so an interview is owed from then.
        return End(None, max(start_at, back), None, None, stored.interview, True)
    known = Interview(worker=stored.interview.worker, outcome_reason=stored.interview.outcome_reason)
    return End(None, start_at, None, None, known, True)
