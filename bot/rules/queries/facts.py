"""Facts for commands and jobs, one protocol a privacy level: the store answers from SQL, tests from memory.

Level 0 is counts, level 1 lists by reference, level 2 one child. The protocol of a level is the list of names that a
place of that level may read; `at_level` gives no others.

A new figure takes three pieces: its line in `Counts` below, its query in `bot/store/queries/figures.py`, and its
plain loop in `tests/support/memory_facts.py`, which `tests/store/queries/test_facts.py` compares with the query. A new
list goes into `Lists`, `bot/store/queries/episodes.py` and the same loops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol, cast, overload

from bot.rules.access.permissions import Away, Scope
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import Delivery
from bot.rules.disclosure.released import ReleasedSheet
from bot.rules.effects import Verdict
from bot.rules.episodes.confirmations import Ruling
from bot.rules.episodes.found_with import FoundWith, Unreported
from bot.rules.episodes.regrades import Regrade
from bot.rules.escalations.calls import Raised
from bot.rules.escalations.drill import DrillCall
from bot.rules.figures import (
    Active,
    Followed,
    Frequency,
    Headline,
    InterviewTally,
    Month,
    OwedInterview,
    PeopleInterviewed,
)
from bot.rules.interviews.state import InterviewPage, View
from bot.rules.interviews.steps import InterviewStep
from bot.rules.model import CaseRelation, Episode, Freshness, GradeRecord, LookedAfter, Period
from bot.rules.partnership.partnership import Person
from bot.rules.reminders.due import SentReminder
from bot.rules.reports.signing import Report
from bot.rules.spikes import MonthNote


@dataclass(frozen=True, slots=True)
class ChildFacts:
    """One child as looked up by reference, with every episode (oldest first) and the police grades (level 2).

    `ages` is in completed years at the start of each episode, by its id, where a birth date is known. `rulings` are
    the decisions of named persons on doubts, oldest first. `holders` names, by open episode, the sources whose newest
    export has a record of it, or may have one. `voided` had been listed and are void now. `adults` are the child's
    episodes as a confirmed adult, which no list has. `moved_from` names the placing authority before the one of now, by
    episode, where it was not ours.
    """

    ref: str
    relation: CaseRelation
    birth_known: bool
    episodes: tuple[Episode, ...]
    grades: Mapping[int, tuple[GradeRecord, ...]]
    ages: Mapping[int, int]
    rulings: tuple[Ruling, ...] = ()
    holders: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    adults: tuple[Episode, ...] = ()
    voided: tuple[Episode, ...] = ()
    moved_from: Mapping[int, str] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """One kind of difference between the records: its number of episodes, and the advice to people."""

    kind: str
    what: str
    count: int
    advice: str


@dataclass(frozen=True, slots=True)
class SourceReport:
    """The age of the sources, their cells that could not be read, and the differences between them."""

    freshness: tuple[Freshness, ...]
    gaps: tuple[Gap, ...]


class Counts(Protocol):
    """Level 0: figures, the age of the sources and the messages sent; nothing with a reference.

    A Scope comes from a Grant only.
    """

    def frequency(self, scope: Scope, period: Period, cohort: str | None = None) -> Frequency: ...
    def active(self, scope: Scope, period: Period) -> Active: ...
    def first_ever(self, scope: Scope, period: Period) -> int: ...
    def by_area(self, scope: Scope, period: Period, cohort: str | None = None) -> Mapping[str, tuple[int, int]]: ...
    def in_several_areas(self, scope: Scope, period: Period) -> int: ...
    def by_age(
        self, scope: Scope, period: Period, cohort: str | None = None
    ) -> Mapping[int | None, tuple[int, int]]: ...
    def area_bases(self, scope: Scope, period: Period) -> Mapping[str, int]: ...
    def in_cohort_and_not(self, scope: Scope, period: Period, cohort: str) -> int: ...
    def tallies(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, InterviewTally]: ...
    def due_tallies(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, InterviewTally]: ...
    def people_interviewed(self, scope: Scope, period: Period, now: datetime) -> PeopleInterviewed: ...
    def reports_without_episode(self, scope: Scope, period: Period) -> int: ...
    def records_by_month(self, scope: Scope, period: Period) -> Sequence[int]: ...
    def months(self, scope: Scope, first: date, last: date) -> Sequence[Month]: ...
    def top_children(self, scope: Scope, period: Period, k: int, then: Period) -> Sequence[tuple[int, int]]: ...
    def interview_spans(
        self, scope: Scope, period: Period, now: datetime
    ) -> tuple[Sequence[timedelta], Sequence[timedelta]]: ...
    def owed_interviews(self, scope: Scope, period: Period, now: datetime) -> Sequence[OwedInterview]: ...
    def dates_only(self, scope: Scope, period: Period, now: datetime) -> int: ...
    def reporters(self, scope: Scope, period: Period) -> Mapping[str, Counter[str]]: ...
    def report_delays(self, scope: Scope, period: Period) -> Mapping[str, Sequence[timedelta]]: ...
    def left_out(self, scope: Scope, period: Period) -> Mapping[str, int]: ...
    def looked_after(self, day: date) -> Sequence[LookedAfter]: ...
    def settings(self, scope: Scope, period: Period) -> Mapping[str, tuple[int, int]]: ...
    def hosted(self, scope: Scope, period: Period) -> tuple[int, int]: ...
    def ever_hosted(self, scope: Scope) -> bool: ...
    def ever_in(self, scope: Scope) -> bool: ...
    def late_reasons(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, int]: ...
    def in_working_days(self, scope: Scope, period: Period, now: datetime) -> tuple[int, int]: ...
    def interview_waits(
        self, scope: Scope, period: Period, now: datetime
    ) -> tuple[Counter[timedelta], Counter[timedelta]]: ...
    def reporting_delays(self, scope: Scope, period: Period) -> Mapping[str, Counter[timedelta]]: ...
    def followed(self, scope: Scope, period: Period, k: int, then: Period) -> Followed: ...
    def followed_by_area(self, scope: Scope, period: Period, k: int, then: Period) -> Mapping[str, Followed]: ...
    def headline(self, scope: Scope, window: tuple[datetime, datetime], now: datetime) -> Headline: ...
    def freshness(self, now: datetime) -> tuple[Freshness, ...]: ...
    def source_report(self, now: datetime) -> SourceReport: ...
    def deliveries(self, since: datetime, until: datetime) -> Sequence[Delivery]: ...
    def delivery(self, number: int) -> Delivery | None: ...
    def released_periods(self) -> Sequence[Period]: ...
    def reports(self) -> Sequence[Report]:
        """The drafted and signed reports, oldest first; nothing of what is in them."""

    def month_notes(self) -> Sequence[MonthNote]: ...
    def released_sheet(self, period: Period) -> ReleasedSheet | None: ...
    def shown_until(self) -> date | None: ...
    def chance(self, *place: str | int) -> float:
        """The chance of a printed count, from 0 to 1: always the same here, and known to nobody who lacks the key."""


class ChatRecords(Protocol):
    """Records made in chat and by the bot, to read. Episodes are named by their number, never by a reference."""

    def steps(self, episodes: Sequence[int]) -> Mapping[int, tuple[InterviewStep, ...]]:
        """Interview steps taken in chat by episode, oldest first; episodes without a step are left out."""

    def merged_with(self, episodes: Sequence[int]) -> Sequence[int]:
        """Every episode of these children that a merge of interviews names, or was said of, in force or not."""

    def away(self, day: date) -> Mapping[str, Away]:
        """The absences of a day, by person."""

    def absences(self, since: date) -> Sequence[Away]:
        """Every absence that is not over on a day, those to come too, by its first day."""

    def escalations(self, episodes: Sequence[int]) -> Sequence[Raised]:
        """Every escalation raised for these episodes, oldest first."""

    def open_escalations(self) -> Sequence[Raised]:
        """Escalations neither acknowledged nor closed, oldest first."""

    def unclosed_escalations(self) -> Sequence[Raised]:
        """Escalations not closed, acknowledged or not, oldest first."""

    def escalation(self, number: int) -> Raised | None:
        """One escalation by its number."""

    def decisions(self, since: datetime) -> Sequence[Raised]:
        """Escalations that ask for a strategy decision, oldest first: due since then, and any that was not answered."""

    def drills(self) -> Sequence[DrillCall]:
        """The test calls of every monthly drill, the newest first."""

    def notified(self, episodes: Sequence[int], now: datetime, but: int | None = None) -> Sequence[SentReminder]:
        """Steps of the ladder that are in a message that was sent or is on its way, other than in delivery `but`."""

    def nudged(self, episode: int) -> Sequence[tuple[str, str, datetime]]:
        """Step of the ladder, person told and time of each message that was sent, oldest first."""


class Lists(Counts, Protocol):
    """Level 1: episodes by reference, with age bands."""

    def open_episodes(self, scope: Scope, now: datetime) -> Sequence[Episode]: ...
    def reported(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]: ...
    def late_entries(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]: ...
    def held(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]: ...
    def ended(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]: ...
    def grown_up(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]: ...
    def voided(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        """The episodes that had been listed and became void in [since, until)."""

    def interviews_open(self, scope: Scope, now: datetime, since: datetime | None = None) -> Sequence[Episode]: ...
    def interviews_elsewhere(self, scope: Scope, now: datetime) -> Sequence[Episode]: ...
    def interview_page(
        self, scope: Scope, now: datetime, view: View, person: Person | None, first: int, count: int
    ) -> InterviewPage: ...
    def record_times_given(self, now: datetime) -> bool: ...
    def numbered(self, scope: Scope, numbers: Sequence[int], now: datetime) -> Sequence[Episode]: ...
    def episodes_of(self, numbers: Sequence[int], now: datetime) -> Sequence[Episode]: ...
    def missing_now(self, children: Sequence[int], now: datetime) -> set[int]: ...
    def died(self, children: Sequence[int]) -> set[int]: ...
    def told_late(self, episodes: Sequence[int], now: datetime) -> Mapping[int, datetime]: ...
    def starts(self, children: Sequence[int], since: datetime, now: datetime) -> Mapping[int, tuple[datetime, ...]]: ...
    def differences(
        self, scope: Scope, kind: str, now: datetime, *, posted: bool = False
    ) -> Sequence[tuple[str, str, datetime]]: ...
    def regrades(
        self, numbers: Sequence[int], since: datetime, until: datetime
    ) -> Mapping[int, tuple[Regrade, ...]]: ...
    def rulings(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Ruling]: ...
    def found_with(
        self, scope: Scope, children: Sequence[int], now: datetime, since: datetime | None = None
    ) -> Sequence[FoundWith]: ...
    def found_unreported(self, scope: Scope, now: datetime, since: datetime | None = None) -> Sequence[Unreported]: ...
    def people(self) -> Sequence[Person]:
        """The people who are listed now, by id: who of them owns an interview decides `Owners`."""

    @property
    def work(self) -> ChatRecords: ...


@dataclass(frozen=True, slots=True)
class Glass:
    """One break-glass look: the person, the child, the reason, its end, and a lead's review."""

    id: int
    person: str
    ref: str
    area: str
    reason: str
    since: datetime
    until: datetime
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    verdict: Verdict | None = None
    alarmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that waits until its person uses the bot again."""

    id: int
    kind: str
    text: str
    at: datetime
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of rows of the audit trail with one action, outcome, role and agency."""

    action: str
    outcome: str
    role: str
    agency: str
    count: int


class Trail(Protocol):
    """The audit trail, to read, with look-ups, locks, break-glass looks and notices waiting to be shown."""

    def about(self, ref: str, since: datetime) -> Sequence[Entry]:
        """Every look at the child behind a reference, under any of its references, newest first."""

    def own(self, who: str, since: datetime) -> Sequence[Entry]:
        """Every question of a person about children, newest first."""

    def misses(self, who: str, since: datetime) -> int:
        """Count this person's answers 'no such child, or not yours' after `since` and after their last lock ended."""

    def refused(self, who: str, reason: str, since: datetime) -> int:
        """Count this person's refusals for one reason since then."""

    def locked_until(self, who: str, now: datetime) -> datetime | None:
        """The end of the lock on this person's look-ups; None where they are not locked."""

    def opened(self, who: str, ref: str, now: datetime) -> Glass | None:
        """The break-glass look that is still open to this person for this child."""

    def all_opened(self, who: str, now: datetime) -> Sequence[Glass]:
        """Every break-glass look that is still open to this person."""

    def opened_since(self, who: str, since: datetime) -> int:
        """Count this person's break-glass looks since then."""

    def opened_between(self, since: datetime, until: datetime) -> Sequence[Glass]:
        """Break-glass looks of every person in [since, until), oldest first."""

    def waiting(self) -> Sequence[Glass]:
        """Break-glass looks that no lead has reviewed, oldest first."""

    def glass(self, number: int) -> Glass | None:
        """One break-glass look by its number."""

    def notices(self, who: str) -> Sequence[Notice]:
        """Notices that this person has not seen yet, oldest first."""

    def tallies(self, since: datetime, until: datetime) -> Sequence[Tally]:
        """Count the rows in [since, until) by action, outcome, role and agency."""

    def listed(self) -> Sequence[Person]:
        """The people who are listed now, by id."""

    def stand_in(self, ref: str) -> str | None:
        """A child's reference, the same for the same `ref`, to be read where there is no child.

        Its reading takes as long as a real one: the time of an answer does not show which references exist.
        """


class Facts(Lists, Protocol):
    """Level 2: one child, and the audit trail."""

    def child(self, ref: str, now: datetime) -> ChildFacts | None: ...
    def child_of_number(self, number: str, now: datetime) -> ChildFacts | None:
        """The child whose occurrence has this number of the police, by a record or by what was said in chat."""

    def new_reference(self) -> str:
        """A reference that no child has or had."""

    def placed_by(self, children: Sequence[int]) -> Mapping[int, str]:
        """The placing authorities of children of other authorities, as the children file names them."""

    @property
    def trail(self) -> Trail: ...


class AboveLevel(AttributeError):
    """A request for facts above the level of the place: a fault of the program, never an answer."""


class _Narrowed:
    """The methods of one level and nothing else: no other attribute of the facts can be reached from here."""

    __slots__ = ("_level", "_methods")

    def __init__(self, facts: Counts, level: int, names: frozenset[str]) -> None:
        self._level = level
        self._methods = {name: getattr(facts, name) for name in names}

    def __getattr__(self, name: str) -> Any:
        try:
            return self._methods[name]
        except KeyError:
            raise AboveLevel(f"{name} is not among the facts of level {self._level}") from None


def _methods(protocol: type) -> frozenset[str]:
    return frozenset(n for c in protocol.__mro__ for n in vars(c) if not n.startswith("_"))


_OF_COUNTS, _OF_LISTS = _methods(Counts), _methods(Lists)


@overload
def at_level(facts: Facts, level: Literal[0]) -> Counts: ...
@overload
def at_level(facts: Facts, level: Literal[1]) -> Lists: ...
@overload
def at_level(facts: Facts, level: Literal[2]) -> Facts: ...
@overload
def at_level(facts: Facts, level: int | None) -> Counts | Lists | Facts: ...
def at_level(facts: Facts, level: int | None) -> Counts | Lists | Facts:
    """Narrow the facts to those that a place of this level may be told; an unlisted place (None) gets counts alone."""
    if level is not None and level >= 2:
        return facts
    if level == 1:
        return cast(Lists, _Narrowed(facts, 1, _OF_LISTS))
    return cast(Counts, _Narrowed(facts, 0, _OF_COUNTS))
