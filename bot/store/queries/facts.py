"""Facts for one answer, read from the database: the store's side of `bot.rules.queries.facts.Facts`.

A new figure is a method of `Figures`, a new list one of `EpisodeLists`; figures that are made from lists are here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import Connection, and_, or_, select

from bot.rules.access.permissions import Scope
from bot.rules.delivery.delivery import Delivery
from bot.rules.disclosure.released import ReleasedSheet
from bot.rules.episodes.confirmations import Ruling
from bot.rules.episodes.regrades import Regrade, regrades
from bot.rules.figures import Headline
from bot.rules.interviews.state import OpenInterview
from bot.rules.model import Freshness, Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries import digest_content
from bot.rules.queries.digest_content import gather, headline
from bot.rules.queries.facts import Gap, SourceReport
from bot.rules.reports.signing import Report
from bot.rules.spikes import MonthNote
from bot.store import month_notes, released_periods, reports
from bot.store.delivery import ledger
from bot.store.encryption import seal_of
from bot.store.queries import chat_records, children, loads, record_differences
from bot.store.queries.audit_trail import StoredTrail
from bot.store.queries.chat_records import StoredChatRecords
from bot.store.queries.children import OneChild
from bot.store.queries.figures import Figures
from bot.store.queries.found_with import FoundTogether
from bot.store.queries.interview_page import InterviewPages
from bot.store.queries.report_figures import ReportFigures
from bot.store.schema.delivery import delivery
from bot.store.schema.records import episode, ruling


class StoredFacts(Figures, ReportFigures, InterviewPages, FoundTogether, OneChild):
    """All facts on one connection, so one consistent view, in the areas and age bands of one partnership.

    `bot.rules.queries.facts.at_level` narrows them to the level of a place.
    """

    def __init__(self, connection: Connection, partnership: Partnership) -> None:
        self.connection = connection
        self.partnership = partnership

    def headline(self, scope: Scope, window: tuple[datetime, datetime], now: datetime) -> Headline:
        """Return the counts of a digest, from the same gathering as its lists."""
        return headline(gather(self, self.partnership, scope, window, now))

    def freshness(self, now: datetime) -> tuple[Freshness, ...]:
        """Return the age of each source; read once for one answer."""
        return self._freshness

    def regrades(self, numbers: Sequence[int], since: datetime, until: datetime) -> Mapping[int, tuple[Regrade, ...]]:
        """Return the re-grades that became news in [since, until), of those of these episodes that have any."""
        series = children.grades_of(self.connection, numbers, until)
        return {n: found for n, grades in series.items() if (found := regrades(grades, since, until))}

    def source_report(self, now: datetime) -> SourceReport:
        """Return the age of each source, and the number of episodes of every kind of difference."""
        gaps = record_differences.gaps(self.connection)
        interviews = self._not_as_recorded(now)
        for kind, (label, advice) in digest_content.DIFFERENCES.items():
            count = sum(digest_content.differs(i, kind, now) for i in interviews)
            gaps.append(Gap(kind, label, count, advice))
        kind, label, advice = digest_content.UNREPORTED_GAP
        everywhere = Scope(tuple(a.id for a in self.partnership.areas))
        gaps.append(Gap(kind, label, len(self.found_unreported(everywhere, now)), advice))
        return SourceReport(self.freshness(now), tuple(gaps))

    def differences(
        self, scope: Scope, kind: str, now: datetime, *, posted: bool = False
    ) -> Sequence[tuple[str, str, datetime]]:
        """Return child reference, area and start of the newest episodes of one kind of difference.

        `posted` leaves out children who died: nothing of them is posted where several people read (edge case 35).
        """
        if kind in digest_content.DIFFERENCES:
            differing = [i.episode for i in self._not_as_recorded(now) if digest_content.differs(i, kind, now)]
            return [(x.child_ref, x.area, x.start_at) for x in differing if x.area in scope.areas]
        if kind == digest_content.UNREPORTED_GAP[0]:
            return digest_content.unreported_rows(self.found_unreported(scope, now))
        found = record_differences.differences(self.connection, kind, scope.areas, posted=posted)
        return [(d.child_ref, d.area, d.start_at) for d in found]

    def _not_as_recorded(self, now: datetime) -> list[OpenInterview]:
        """Return interviews with a step in chat that the council's record lacks or contradicts, newest first.

        Those whose child's placing authority changed after the return are among them.
        """
        moved = select(episode.c.id).where(episode.c.moved_at.is_not(None), episode.c.interview_until_at > now)
        handed_over = self.connection.execute(moved).scalars()
        numbers = sorted({*chat_records.not_as_recorded(self.connection), *handed_over})
        here = self.episodes_of(numbers, now)
        died = self.died([x.child_id for x in here])
        return digest_content.as_said(self, [x for x in reversed(here) if x.child_id not in died], (), now)

    def rulings(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Ruling]:
        """Return the rulings made, taken back or overtaken in [since, until), oldest first.

        A person who sees only their own cases gets none: a ruling's line is of an area.
        """
        if scope.cases_of:
            return ()
        moments = (ruling.c.said_at, ruling.c.undone_at, ruling.c.overtaken_at)
        within = or_(*(and_(at >= since, at < until) for at in moments))
        return [r for r in children.read_rulings(self.connection, within) if r.area in scope.areas]

    def deliveries(self, since: datetime, until: datetime) -> Sequence[Delivery]:
        """Return the messages that were due in [since, until), by due time."""
        return ledger.find(self.connection, delivery.c.due_at >= since, delivery.c.due_at < until)

    def delivery(self, number: int) -> Delivery | None:
        return next(iter(ledger.find(self.connection, delivery.c.id == number)), None)

    def released_periods(self) -> Sequence[Period]:
        return released_periods.read(self.connection)

    def reports(self) -> Sequence[Report]:
        return reports.read(self.connection)

    def month_notes(self) -> Sequence[MonthNote]:
        return month_notes.read(self.connection)

    def released_sheet(self, period: Period) -> ReleasedSheet | None:
        """Return the printed figures of a period that was released; None for another one."""
        return released_periods.printed(self.connection, period)

    def shown_until(self) -> date | None:
        """Return the day until which a restore lost what was shown; None where there was none."""
        return released_periods.shown_until(self.connection)

    def chance(self, *place: str | int) -> float:
        """Return the chance by which a count is rounded up or down; it needs the data key."""
        return seal_of(self.connection).chance(*place)

    @cached_property
    def work(self) -> StoredChatRecords:
        return StoredChatRecords(self.connection)

    @cached_property
    def trail(self) -> StoredTrail:
        return StoredTrail(self.connection)

    @cached_property
    def _freshness(self) -> tuple[Freshness, ...]:
        return loads.freshness(self.connection, self.partnership)
