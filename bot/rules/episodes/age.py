"""Age of a child for figures, and for lists and calls: the two differ where birth dates are in doubt.

A typing error in a birth date must not take a missing child out of a list (edge case 22 as amended): lists, calls and
reminders go by the younger age, and an apparent adult stays listed until the agencies agree or a person confirms it.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from bot.rules.model import FOREVER, Interview
from bot.rules.time.clock import age_on, turns_18_at

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


ADULT = 18
Said = Literal["", "adult", "child"]


class Age(NamedTuple):
    """Ages in completed years at the start of an episode.

    Figures and age bands go by `known`, None where it is not known; calls go by `youngest`. `doubt`: a birth date
    makes the person an adult then, and it is not confirmed. `adult`: a person has confirmed it.
    """

    known: int | None = None
    youngest: int | None = None
    turns_18: datetime = FOREVER
    doubt: bool = False
    adult: bool = False


#: The age without a known birth date.
NOT_KNOWN = Age()


def age(births: tuple[date, ...], day: date, *, unread: bool = False, older: bool = False, said: Said = "") -> Age:
    """Work out the age from the agencies' birth dates, on the local day on which the episode began.

    `unread`: an agency's newest birth date could not be read, so that an older one holds for calls alone. `older`:
    this is so for each of them, and the 18th birthday of an older date ends no absence. `said`: the word by which a
    named person confirmed the age.
    """
    born = births if len(births) == 1 and births[0] <= day else [birth for birth in births if birth <= day]
    if not born:
        return Age(adult=True) if said == "adult" else NOT_KNOWN
    ages = [age_on(birth, day) for birth in born]
    youngest = min(ages)
    if max(ages) < ADULT:
        sure = len(ages) == 1 and not unread
        return Age(youngest if sure else None, youngest, FOREVER if older else _turns_18(max(born)))
    child = youngest if youngest < ADULT else None
    if said == "adult":
        return Age(youngest=child, adult=True)
    return Age(youngest=child, doubt=said != "child")


@lru_cache(maxsize=20_000)
def _turns_18(born: date) -> datetime:
    return turns_18_at(born)
