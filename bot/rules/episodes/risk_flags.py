"""Facts of an episode to show at a moment: its end, the child's age, flags, list order, doubts, repeat rules.

Never a risk score (R24).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from bot.rules.catalogue import _
from bot.rules.episodes import doubts
from bot.rules.figures import currently_met
from bot.rules.model import FOREVER, Episode, Interview
from bot.rules.partnership.partnership import Band, RepeatRule
from bot.rules.time.clock import age_on, say_near, turns_18_at

AS_ADULT = "turned_18"
#: A child looked after so soon after the end of an absence entered care after it (edge case 24).
SOON_AFTER = timedelta(days=7)
ADULT = 18


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
        # The council knew of a return before the birthday, so an interview is due from then.
        return End(None, max(start_at, back), None, None, stored.interview, True)
    known = Interview(worker=stored.interview.worker, outcome_reason=stored.interview.outcome_reason)
    return End(None, start_at, None, None, known, True)


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
        return Age(youngest if sure else None, youngest, FOREVER if older else turns_18_at(max(born)))
    child = youngest if youngest < ADULT else None
    if said == "adult":
        return Age(youngest=child, adult=True)
    return Age(youngest=child, doubt=said != "child")


#: The age that calls go by of a child who is said to be under 13.
UNDER_13 = 12


def under_13(age: int | None) -> bool:
    """Return True for an age known to be below 13: a duty manager is told at once."""
    return age is not None and age <= UNDER_13


def age_band(age: int | None, bands: tuple[Band, ...]) -> str:
    """Return the band of an age in years at the start; 'age not known' without a birth date, or where they differ."""
    if age is None:
        return _("age not known")
    return next((b.label for b in bands if b.holds(age)), f"{bands[-1].label}+")


#: Order of the police grades in lists; ungraded is above high until it is graded (edge case 28).
GRADE_ORDER = {None: 0, "high": 1, "medium": 2, "low": 3, "very_low": 4}
GRADE_WORDS = {
    None: _("no grade yet"),
    "high": _("HIGH"),
    "medium": _("medium"),
    "low": _("low"),
    "very_low": _("very low"),
}


def grade_at(episode: Episode, now: datetime) -> str | None:
    """Return the latest police grade recorded by `now`; None while ungraded."""
    if episode.graded_at is not None and episode.graded_at > now:
        return None
    return episode.grade


def feared_grade(episode: Episode, now: datetime) -> str | None:
    """Return the grade for calls: where the newest cannot be read, the one before holds."""
    return grade_at(episode, now) or (episode.grade_before if grade_at(episode, now) is None else None)


def in_list_order(episodes: Sequence[Episode], now: datetime) -> list[Episode]:
    """Sort unidentified first, then ungraded, by grade, longest missing; records absent from the newest file last."""
    first = {doubts.IDENTITY, doubts.START}
    return sorted(
        episodes,
        key=lambda x: (
            2 if doubts.ABSENT in x.doubts else 0 if x.doubts & first else 1,
            GRADE_ORDER[grade_at(x, now)],
            x.start_at,
            x.id,
        ),
    )


def second_records(episodes: Sequence[Episode]) -> frozenset[int]:
    """Return those of the episodes open at one time that have an earlier record of the same child."""
    first: dict[int, int] = {}
    for x in sorted(episodes, key=lambda x: (x.start_at, x.id)):
        first.setdefault(x.child_id, x.id)
    return frozenset(x.id for x in episodes if first[x.child_id] != x.id)


def children(episodes: Iterable[Episode]) -> int:
    """Count the children of the episodes: two open records of one child are one child."""
    return len({x.child_id for x in episodes})


#: Reasons for an end that is no return to home or placement.
FOUND_ELSEWHERE = frozenset({"hospital", "arrested", "located_elsewhere"})


def council_return(episode: Episode, now: datetime) -> datetime | None:
    """Return the council's recorded return of a child with a police log still open at `now`."""
    back = episode.returned_at or episode.interview.clock_start_at
    if not episode.open_at(now) or episode.end_at is not None or back is None or back > now:
        return None
    return None if episode.returned_at is None and back == episode.said_back_at else back


def said_return(episode: Episode, now: datetime) -> datetime | None:
    """Return the return that was said in chat of a child who is listed still, because no file of the police has it."""
    return episode.said_back_at if episode.open_at(now) else None


def rests_on_found(episode: Episode) -> bool:
    """Return True where the 72 hours count from being found, until a return is recorded."""
    clock = episode.interview.clock_start_at
    if clock is None or episode.returned_at is not None:
        return False
    return episode.found_at == clock if episode.found_at else episode.end_reason in FOUND_ELSEWHERE


def category(episode: Episode) -> str:
    """Return the child's category in the trade's words: hosted, UASC, looked-after, or from home."""
    if episode.hosted:
        return _("hosted")
    if episode.uasc:
        return _("UASC")
    return _("looked-after") if episode.lac else _("home")


DAY = timedelta(hours=24)


def flags(episode: Episode, now: datetime) -> tuple[str, ...]:
    """List facts a duty manager must not miss, each from a recorded value or the clock."""
    known = doubts.START not in episode.doubts
    length = min(now, episode.until_at) - episode.start_at if known else timedelta()
    found = {
        _("under 13"): episode.under_13,
        _("child protection plan"): episode.cp,
        _("hosted: placing authority leads"): episode.hosted,
        _("UASC"): episode.uasc,
        _("over 72 h"): length > 3 * DAY,
        _("over 24 h"): DAY < length <= 3 * DAY,
    }
    return tuple(name for name, true in found.items() if true)


def doubt_words(x: Episode, now: datetime) -> tuple[str, ...]:
    """Write 'not identified', 'before: HIGH, Sat 22:20', 'not in the file of 07:41': the most pressing first."""
    words = doubts.WORDS
    if x.grade_before and x.graded_before_at:
        words = words | {
            doubts.GRADE: _(
                "before: {grade_words}, {graded_before_at}",
                grade_words=GRADE_WORDS[x.grade_before],
                graded_before_at=say_near(x.graded_before_at, now),
            )
        }
    if x.absent_at:
        words = words | {doubts.ABSENT: _("not in the file of {absent_at}", absent_at=say_near(x.absent_at, now))}
    return tuple(text for code, text in words.items() if code in x.doubts)


def person_doubts(x: Episode) -> tuple[str, ...]:
    """Write the doubts about the child's identity, age and authority: they concern an interview too."""
    about = (doubts.IDENTITY, doubts.AGE, doubts.AUTHORITY)
    return tuple(doubts.WORDS[code] for code in about if code in x.doubts)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A repeat rule met now, with the starts that meet it as evidence. A count, not a risk grade."""

    rule: RepeatRule
    starts: tuple[datetime, ...]


def triggers(starts: Sequence[datetime], rules: Sequence[RepeatRule], now: datetime) -> tuple[Trigger, ...]:
    """Return the repeat rules a child meets at a moment (R12): of a child missing now, at the start of the absence."""
    met = ((rule, currently_met(starts, rule, now)) for rule in rules)
    return tuple(Trigger(rule, found) for rule, found in met if found)
