"""When an interview was offered, held and recorded, for each way it can go."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from bot.practice.calendar import DAY, HOUR, MINUTE, july
from bot.practice.dice import pick
from bot.practice.interviews import Diary, between, daytime, early
from bot.practice.shapes import Absence, Interview

Arrange = Callable[[Random, Absence, Diary], Interview]

CLOSING = july("4 19:00")  # the last working moment before the council's export was taken
SLACK = timedelta(minutes=30)  # "in time" and "late" stay true if a clock is a little off
FIRST_OFFER = timedelta(minutes=20)
HELD_IN_TIME = 0.4  # of the interviews recorded late
OFFERED_IN_TIME = 0.4  # of those held late
CARER_CONTACTED = 0.6
# fmt: off
LATE_REASONS = {
    "capacity": 30, "system_late": 30, "late_notification": 10, "no_contact": 10,
    "child_choice_later": 10, "out_of_area": 5, "child_unwell": 5,
}
# fmt: on
NOT_HELD_REASONS = {"no_contact": 45, "out_of_area": 25, "in_custody": 10, "child_unwell": 10, "other": 10}


def room_in_time(absence: Absence, diary: Diary) -> bool:
    """Whether the interview can be held, and recorded, within the 72 hours."""
    return bool(soon(absence, diary))


def soon(absence: Absence, diary: Diary) -> list[datetime]:
    return diary.free(absence.clock_start + HOUR, min(absence.due, CLOSING) - 2 * SLACK)


def in_time(rng: Random, absence: Absence, diary: Diary) -> Interview:
    latest = min(absence.due, CLOSING) - SLACK
    held = early(rng, soon(absence, diary))
    recorded = written(rng, held + SLACK, latest)
    return Interview(offered(rng, absence, diary, held), "accepted", held, min(recorded, latest))


def late(rng: Random, absence: Absence, diary: Diary) -> Interview:
    """Recorded at least an hour too late; often held in time all the same, which is what the law asks."""
    overdue = absence.due + HOUR
    prompt = soon(absence, diary)
    slow = diary.free(overdue, min(overdue + 12 * DAY, CLOSING - SLACK))
    held = early(rng, prompt if prompt and (rng.random() < HELD_IN_TIME or not slow) else slow)
    ready = max(held + SLACK, overdue)
    recorded = written(rng, ready, min(ready + 8 * DAY, CLOSING))
    when = offered(rng, absence, diary, held)
    return Interview(when, "accepted", held, recorded, reason=late_reason(rng, absence, diary))


def late_reason(rng: Random, absence: Absence, diary: Diary) -> str:
    if diary.missing_again(absence):
        return "child_missing_again"
    return pick(rng, LATE_REASONS) if rng.random() < 0.5 else ""


def unrecorded(rng: Random, absence: Absence, diary: Diary) -> Interview:
    held = early(rng, soon(absence, diary))
    return Interview(offered(rng, absence, diary, held), "accepted", held)


def declined(rng: Random, absence: Absence, diary: Diary) -> Interview:
    reason = "carer_contacted" if rng.random() < CARER_CONTACTED else ""
    return Interview(some_time(rng, absence, diary, absence.due + DAY), "declined", reason=reason)


def unanswered(rng: Random, absence: Absence, diary: Diary) -> Interview:
    """Offered or not, no answer came; the reason is one for which nobody could hold it, so it closes it.

    Being missing again is none: the interview waits for the child.
    """
    reason = "no_contact" if diary.missing_again(absence) else pick(rng, NOT_HELD_REASONS)
    when = some_time(rng, absence, diary, absence.due + DAY) if rng.random() < 0.6 else None
    return Interview(when, "no_response", reason=reason)


def waiting(rng: Random, absence: Absence, diary: Diary) -> Interview:
    return Interview(some_time(rng, absence, diary, CLOSING) if rng.random() < 0.5 else None)


def offered(rng: Random, absence: Absence, diary: Diary, held: datetime) -> datetime:
    """Before the meeting. When that was late, the offer may have been late too."""
    if held > absence.due and rng.random() > OFFERED_IN_TIME:
        return chosen(rng, diary, absence.due, held - SLACK)
    return some_time(rng, absence, diary, min(held, absence.due) - SLACK)


def some_time(rng: Random, absence: Absence, diary: Diary, latest: datetime) -> datetime:
    return chosen(rng, diary, absence.clock_start + FIRST_OFFER, min(latest, CLOSING))


def chosen(rng: Random, diary: Diary, after: datetime, before: datetime) -> datetime:
    """By telephone to the home at an odd hour, if no better time is left."""
    free = diary.free(after, before - timedelta(minutes=15))
    return few_minutes_after(rng, early(rng, free)) if free else between(rng, after, before)


def written(rng: Random, after: datetime, before: datetime) -> datetime:
    moments = daytime(after, before)
    return few_minutes_after(rng, early(rng, moments)) if moments else before


def few_minutes_after(rng: Random, moment: datetime) -> datetime:
    return moment + MINUTE * rng.randint(0, 14)
