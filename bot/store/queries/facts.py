"""What commands may read, on one connection: the store's side of `bot.rules.queries.facts.Facts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection

from bot.rules.access.permissions import Scope
from bot.rules.delivery.delivery import Delivery
from bot.rules.episodes.confirmations import Ruling
from bot.rules.figures.digest_counts import Headline
from bot.rules.figures.frequency import Frequency
from bot.rules.figures.interview_kpis import InterviewTally
from bot.rules.interviews.open_interviews import OpenInterview
from bot.rules.model import Episode, Freshness, LookedAfter, Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries import interview_list
from bot.rules.queries.digest_content import gather, headline
from bot.rules.queries.facts import ChildFacts, Gap, SourceReport
from bot.store.changes import interview_steps
from bot.store.delivery import ledger
from bot.store.queries import children, confirmations, episodes, figures, loads, record_differences
from bot.store.queries import looked_after as population
from bot.store.queries.audit_trail import StoredTrail
from bot.store.queries.chat_records import StoredWork


class StoredFacts:
    """Facts for one answer: one connection, one consistent view."""

    def __init__(self, connection: Connection, partnership: Partnership) -> None:
        self.connection = connection
        self._partnership = partnership
        self._lists = episodes.EpisodeLists(connection, partnership.age_bands)

    def frequency(self, scope: Scope, period: Period, cohort: str | None = None) -> Frequency:
        return figures.frequency(self.connection, scope, period, cohort)

    def first_ever(self, scope: Scope, period: Period) -> int:
        return figures.first_ever(self.connection, scope, period)

    def by_area(self, scope: Scope, period: Period, cohort: str | None = None) -> Mapping[str, tuple[int, int]]:
        return figures.by_area(self.connection, scope, period, cohort)

    def in_several_areas(self, scope: Scope, period: Period) -> int:
        return figures.in_several_areas(self.connection, scope, period)

    def by_age(self, scope: Scope, period: Period, cohort: str | None = None) -> Mapping[int | None, tuple[int, int]]:
        return figures.by_age(self.connection, scope, period, cohort)

    def area_bases(self, scope: Scope, period: Period) -> Mapping[str, int]:
        return figures.area_bases(self.connection, scope, period)

    def in_cohort_and_not(self, scope: Scope, period: Period, cohort: str) -> int:
        return figures.in_cohort_and_not(self.connection, scope, period, cohort)

    def tallies(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, InterviewTally]:
        return figures.tallies(self.connection, scope, period, now)

    def top_children(self, scope: Scope, period: Period, k: int, then: Period) -> Sequence[tuple[int, int]]:
        return figures.top_children(self.connection, scope, period, k, then)

    def left_out(self, scope: Scope, period: Period) -> Mapping[str, int]:
        return figures.left_out(self.connection, scope, period)

    def rulings(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Ruling]:
        """Nothing for who sees their own cases alone: a line is of an area."""
        return () if scope.cases_of else confirmations.news(self.connection, scope.areas, since, until)

    def headline(self, scope: Scope, window: tuple[datetime, datetime], now: datetime) -> Headline:
        return headline(gather(self, self._partnership, scope, window, now))

    def open_episodes(self, scope: Scope, now: datetime) -> Sequence[Episode]:
        return self._lists.open_episodes(scope, now)

    def reported(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        return self._lists.reported(scope, since, until)

    def late_entries(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        return self._lists.late_entries(scope, since, until)

    def held(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        return self._lists.held(scope, since, until)

    def ended(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        return self._lists.ended(scope, since, until)

    def grown_up(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        return self._lists.grown_up(scope, since, until)

    def interviews_open(self, scope: Scope, now: datetime, since: datetime | None = None) -> Sequence[Episode]:
        return self._lists.interviews_open(scope, now, since)

    def numbered(self, scope: Scope, numbers: Sequence[int], now: datetime) -> Sequence[Episode]:
        return self._lists.numbered(scope, numbers, now)

    def episodes_of(self, numbers: Sequence[int], now: datetime) -> Sequence[Episode]:
        return self._lists.of_numbers(numbers, now)

    def missing_now(self, children_ids: Sequence[int], now: datetime) -> set[int]:
        return episodes.missing_now(self.connection, children_ids, now)

    def died(self, children_ids: Sequence[int]) -> set[int]:
        return episodes.died(self.connection, children_ids)

    def interview_spans(
        self, scope: Scope, period: Period, now: datetime
    ) -> tuple[Sequence[timedelta], Sequence[timedelta]]:
        return figures.interview_spans(self.connection, scope, period, now)

    def starts(self, children_ids: Sequence[int], since: datetime, now: datetime) -> Mapping[int, tuple[datetime, ...]]:
        return episodes.starts(self.connection, children_ids, since, now)

    def child(self, ref: str, now: datetime) -> ChildFacts | None:
        return children.find_child(self.connection, ref, now, self._team_areas, self._partnership.age_bands)

    def freshness(self, now: datetime) -> tuple[Freshness, ...]:
        return self._freshness

    def looked_after(self, day: date) -> Sequence[LookedAfter]:
        return population.looked_after(self.connection, day)

    def source_report(self, now: datetime) -> SourceReport:
        found = [Gap(*gap) for gap in record_differences.gaps(self.connection)]
        said = self._not_as_recorded(now)
        for kind, (what, advice) in interview_list.DIFFERENCES.items():
            found.append(Gap(kind, what, sum(interview_list.differs(i, kind) for i in said), advice))
        return SourceReport(self.freshness(now), tuple(found))

    def _not_as_recorded(self, now: datetime) -> list[OpenInterview]:
        """Interviews of which something was said in chat that their record has not, or not so; newest first."""
        numbers = interview_steps.not_as_recorded(self.connection)
        here = self._lists.of_numbers(numbers, now)
        died = self.died([x.child_id for x in here])
        return interview_list.as_said(self, [x for x in reversed(here) if x.child_id not in died], (), now)

    def differences(
        self, scope: Scope, kind: str, now: datetime, *, posted: bool = False
    ) -> Sequence[tuple[str, str, datetime]]:
        """Child reference, area and start of the newest episodes of one kind of difference.

        `posted` leaves out children who died: of them nothing is said where several read.
        """
        if kind in interview_list.DIFFERENCES:
            said = [i.episode for i in self._not_as_recorded(now) if interview_list.differs(i, kind)]
            return [(x.child_ref, x.area, x.start_at) for x in said if x.area in scope.areas]
        found = record_differences.differences(self.connection, kind, scope.areas, posted=posted)
        return [(d.child_ref, d.area, d.start_at) for d in found]

    def deliveries(self, since: datetime, until: datetime) -> Sequence[Delivery]:
        """What was due in [since, until), by due time."""
        return ledger.due_between(self.connection, since, until)

    def delivery(self, number: int) -> Delivery | None:
        return ledger.numbered(self.connection, number)

    @cached_property
    def work(self) -> StoredWork:
        return StoredWork(self.connection)

    @cached_property
    def trail(self) -> StoredTrail:
        return StoredTrail(self.connection)

    @cached_property
    def _freshness(self) -> tuple[Freshness, ...]:
        return loads.freshness(self.connection, self._partnership)

    @cached_property
    def _team_areas(self) -> dict[str, str]:
        return {team.casefold(): a.id for a in self._partnership.areas for team in a.teams}
