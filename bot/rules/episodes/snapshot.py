"""Freeze an episode: its start, end, area, 72-hour clock, and the child as it was then.

Dated facts (looked after, plan, age) are read at the start of the episode, so a corrected date
corrects the past. Undated ones (team, hosted) are kept as they were when the child first became
known: a child who changes team does not take the old episodes along (domain.md R15-R17).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from bot.rules.episodes import doubts
from bot.rules.episodes.confirmations import confirmed_end
from bot.rules.episodes.placing import Before, Placing, placing
from bot.rules.episodes.record_matching import OneAbsence
from bot.rules.episodes.repeat_away import asks_for_interview
from bot.rules.episodes.risk_flags import GRADE_ORDER, NOT_KNOWN, SOON_AFTER, UNDER_13, Age, age
from bot.rules.episodes.source_records import (
    ChildRecord,
    ConfirmedEnd,
    CouncilRecord,
    PoliceRecord,
    SaidMissing,
    SaidOfAbsence,
)
from bot.rules.interviews.hosted import PLACING_AUTHORITY, tracked_until
from bot.rules.interviews.state import SAME, closed_at, interview_required
from bot.rules.model import FOREVER, OURS, UNREAD_AUTHORITY, VOID_ENDS, Interview
from bot.rules.partnership.partnership import Partnership
from bot.rules.text.area_names import Places
from bot.rules.time.clock import counts_until, interview_due, local_day


class StoredEpisode(NamedTuple):
    """The values an episode was given earlier: the undated team, and the known end and interview."""

    area_basis: str
    team: str | None
    child_known: bool
    kind: str = ""
    police: bool = False
    council: bool = False
    end_at: datetime | None = None
    end_known_at: datetime = FOREVER
    held_at: datetime | None = None
    held_known_at: datetime | None = None
    voided_at: datetime | None = None
    until_at: datetime = FOREVER
    placing: Placing = Placing()
    returned: bool = False
    interview_until_at: datetime = FOREVER

    def placed(self, now: datetime) -> Before:
        over = self.returned and self.interview_until_at <= now
        return Before(self.placing, self.child_known, self.returned, over)


class FrozenEpisode(NamedTuple):
    """The derived columns of one episode, named as they are stored."""

    occurrence_ref: str | None
    episode_ref: str | None
    child_id: int
    kind: str
    start_at: datetime
    reported_at: datetime | None
    end_at: datetime | None
    until_at: datetime
    found_at: datetime | None
    returned_at: datetime | None
    end_reason: str | None
    area: str
    area_basis: str
    team: str | None
    district: str | None
    setting: str | None
    reporter: str | None
    age: int | None
    lac: bool
    uasc: bool
    cp: bool
    hosted: bool
    grade: str | None
    graded_at: datetime | None
    prevention_at: datetime | None
    clock_start_at: datetime | None
    due_at: datetime | None
    counts_until: datetime | None
    date_only: bool
    offered_at: datetime | None
    response: str | None
    held_at: datetime | None
    recorded_at: datetime | None
    outcome_reason: str | None
    worker: str | None
    required: bool
    interview_until_at: datetime
    entered_at: datetime
    end_known_at: datetime
    held_known_at: datetime | None
    child_known: bool
    doubts: str
    counted: bool
    youngest: int | None
    grade_before: str | None
    graded_before_at: datetime | None
    absent_at: datetime | None
    turns_18: bool
    voided_at: datetime | None
    entered_care: bool
    authority: str | None
    moved_from: str | None
    moved_at: datetime | None
    repeat_away: bool
    saying: int | None
    said_back_at: datetime | None
    said_back: str | None
    said_grade: str | None
    said_graded_at: datetime | None


class _Clock(NamedTuple):
    start_at: datetime | None = None
    due_at: datetime | None = None
    counts_until: datetime | None = None
    date_only: bool = False

    def grows_up(self, turns_18: datetime) -> bool:
        """Return True for an 18th birthday between the return and the end of the 72 hours (edge case 5)."""
        return bool(self.start_at and self.counts_until and self.start_at < turns_18 <= self.counts_until)


class _Area(NamedTuple):
    area: str
    basis: str
    team: str | None = None


#: Stand-ins for an agency without a record of an episode.
_NO_POLICE = PoliceRecord("", 0, entered_at=FOREVER)
_NO_COUNCIL = CouncilRecord("", 0, entered_at=FOREVER)


class Freezer:
    """Freeze episodes by the rules of one partnership."""

    def __init__(self, partnership: Partnership, now: datetime) -> None:
        """`now` is the time of the load: new facts became known then (R23)."""
        self.partnership = partnership
        self.now = now
        self.places = Places(partnership)
        self._nowhere = _Area(partnership.unknown_area, "none")

    def freeze(
        self, absence: OneAbsence, child: ChildRecord, before: StoredEpisode | None, away: Sequence[datetime] = ()
    ) -> FrozenEpisode:
        """Derive the episode of an absence; `before` has the values it was given earlier, None for a new one.

        `away` are the starts of the child's away episodes.
        """
        police, council = absence.police or _NO_POLICE, absence.council or _NO_COUNCIL
        if absence.said and absence.unrecorded:
            police = police._replace(district=absence.said.district)
        said = absence.about(child.said) if child.said else ()
        graded = max((s for s in said if s.kind == "grade"), key=lambda s: s.at, default=None)
        grade, graded_at, known = _grade(police, graded)
        # The police's start first, where it could be read.
        use_police = absence.police and (police.start_known or not council.start_known)
        start = absence.start_at or (police if use_police else council).start_at
        start_known = police.start_known or council.start_known
        backs = (s for s in said if s.kind == "back" and s.at >= start)
        back = min(backs, key=lambda s: s.at, default=None)
        end, confirmed = _end(absence, start), None
        if end is None and child.ends:
            confirmed = confirmed_end(absence, child.ends)
            end = confirmed and max(start, confirmed.at)
        day = local_day(start)
        old = age(child.births, day, unread=child.birth_unread, older=child.births_older, said=child.age_said)
        if absence.said and absence.said.under_13 and old == NOT_KNOWN:
            old = old._replace(youngest=UNDER_13)
        # The newest export that should have a record of the episode and lacks it.
        absent = max((at for at in (police.absent_at, council.absent_at) if at), default=None)
        # Ever missing is missing (R4). A duplicate, or a report without an episode, that only the police
        # have is void: kept, and no absence.
        missing = absence.police or (before and before.kind == "missing")
        kind = "missing" if missing else council.kind
        if old.adult or (absence.council is None and police.end_reason in VOID_ENDS):
            kind = "void"
        if absence.said and not absence.said.holds:
            kind = "void"
        until = start if old.adult else max(start, min(end or FOREVER, old.turns_18))
        placed = placing(child.placing_authority, before and before.placed(self.now), self.now, known=child.known)
        hosted = placed.authority is not None and UNREAD_AUTHORITY not in (placed.authority, child.placing_authority)
        place = self._area(police, council, child, before, absence.said)
        end_reason = police.end_reason or (confirmed and confirmed.reason) or None
        # A return that only the council has recorded starts the 72 hours although the police log is open.
        clock = self._clock(police, council, back, confirmed)
        again = kind == "away" and asks_for_interview(self.partnership.away_interviews, away, start)
        asked_for = again or kind == "missing"
        # Owed by this council or by another authority; `required` by this council.
        owed = interview_required(
            kind=kind,
            end_at=end or clock.start_at,
            until_at=until,
            hosted=False,
            end_reason=end_reason,
            outcome_reason=None if council.outcome_reason == PLACING_AUTHORITY else council.outcome_reason,
            repeat_away=again,
        )
        required = owed and not hosted and council.outcome_reason != PLACING_AUTHORITY
        facts = {f.kind for f in child.dated if f.from_date <= day and (f.to_date is None or day < f.to_date)}
        held_known = None
        if council.held_at and (before is None or not before.council):
            held_known = max(council.held_at, council.entered_at)
        elif council.held_at and before:
            held_known = before.held_known_at if before.held_at is not None else max(council.held_at, self.now)
        return FrozenEpisode(
            occurrence_ref=police.occurrence_ref or None,
            episode_ref=council.episode_ref or None,
            child_id=police.child_id or council.child_id,
            kind=kind,
            start_at=start,
            reported_at=police.reported_at,
            end_at=end,
            until_at=until,
            found_at=police.found_at,
            returned_at=police.returned_at or council.returned_at,
            end_reason=end_reason,
            area=place.area,
            area_basis=place.basis,
            team=place.team,
            district=police.district,
            setting=police.missing_from,
            reporter=police.reporter,
            age=old.known,
            lac="lac" in facts,
            uasc="uasc" in facts,
            cp="cp" in facts,
            hosted=hosted,
            grade=grade,
            graded_at=graded_at,
            prevention_at=police.prevention_interview_at,
            clock_start_at=clock.start_at,
            due_at=clock.due_at,
            counts_until=clock.counts_until,
            date_only=clock.date_only,
            offered_at=council.offered_at,
            response=council.response,
            held_at=council.held_at,
            recorded_at=council.recorded_at,
            outcome_reason=council.outcome_reason,
            worker=council.worker,
            required=required,
            interview_until_at=_interview_until(asked_for, start, until, required, clock, council)
            if required or not owed
            else _theirs_until(clock, council, until, out=hosted and placed.moved_from == OURS),
            entered_at=min(police.entered_at, council.entered_at, absence.said.said_at if absence.said else FOREVER),
            end_known_at=confirmed.said_at if confirmed else self._end_known(absence, end, until, before),
            held_known_at=held_known,
            child_known=child.known or bool(before and before.child_known),
            doubts=_doubts(
                absence,
                child,
                old,
                start_known,
                confirmed or end is not None,
                absent is not None,
                _differs(absence, start, back, clock),
            ),
            counted=start_known and not (old.doubt or old.adult or absence.unrecorded),
            youngest=old.youngest,
            grade_before=None if known else police.grade,
            graded_before_at=None if known else police.graded_at,
            absent_at=absent,
            turns_18=required and clock.grows_up(old.turns_18),
            voided_at=None if old.adult else self._voided_at(kind, before),
            entered_care="lac" not in facts and _entered_care(child, day, until),
            repeat_away=again,
            saying=absence.said and absence.said.id,
            said_back_at=back and back.at,
            said_back=back and back.value,
            said_grade=graded and graded.value,
            said_graded_at=graded and graded.at,
            **(placed if owed else placed._replace(moved_from=None, moved_at=None))._asdict(),
        )

    def _voided_at(self, kind: str, before: StoredEpisode | None) -> datetime | None:
        """Return when an episode became void that had been listed; None for all others."""
        if kind != "void" or before is None:
            return None
        return before.voided_at if before.kind == kind else self.now

    def _end_known(
        self, absence: OneAbsence, end: datetime | None, until: datetime, before: StoredEpisode | None
    ) -> datetime:
        """Return the time at which the end became known: with the record that brought it, else at this load.

        It is never before the end itself.
        """
        if end is None:
            # An 18th birthday is known before it comes, unless a birth date was corrected since.
            if before is None or until == FOREVER:
                return until
            return before.end_known_at if before.until_at == until else max(until, self.now)
        record = absence.police or absence.council or _NO_COUNCIL
        if before is None or not (before.police if absence.police else before.council):
            return max(end, record.entered_at)
        return before.end_known_at if before.end_at is not None else max(end, self.now)

    def _area(
        self,
        police: PoliceRecord,
        council: CouncilRecord,
        child: ChildRecord,
        before: StoredEpisode | None,
        said: SaidMissing | None,
    ) -> _Area:
        """Attribute by the council's team, else by the child's team, else by the police district (R15).

        The child's team is the one it had when it first became known: later moves do not take old episodes along.
        Where no record names an area, the one that was said in chat of a new child holds.
        """
        team = self.places.team(council.team)
        frozen = before is not None and before.child_known and before.area_basis != "team"
        child_team = self.places.team(before.team if before and frozen else child.team)
        district = self.places.district(police.district)
        found = [
            _Area(team.area, "team", team.word) if team else None,
            _Area(child_team.area, "child_team", child_team.word) if child_team else None,
            _Area(district.area, "district") if district else None,
        ]
        if self.partnership.attribution == "district":
            found.insert(0, found.pop())
        if said and said.area in {a.id for a in self.partnership.areas}:
            found.append(_Area(said.area, "said"))
        return next((a for a in found if a), self._nowhere)

    def _clock(
        self, police: PoliceRecord, council: CouncilRecord, back: SaidOfAbsence | None, confirmed: ConfirmedEnd | None
    ) -> _Clock:
        """Start the 72 hours at the return, else at being found (R18, R19), else as was said in chat."""
        moments = [
            (police.returned_at, police.returned_date_only),
            (council.returned_at, council.returned_date_only),
            (police.found_at, police.found_date_only),
            (council.ended_at, council.ended_date_only),
        ]
        if self.partnership.clock_start == "found_else_returned":
            moments.insert(0, moments.pop(2))
        for at, date_only in moments:
            if at:
                return _Clock(at, interview_due(at), counts_until(at, date_only=date_only), date_only)
        if back or confirmed:
            at = min(s.at for s in (back, confirmed) if s)
            return _Clock(at, interview_due(at), counts_until(at, date_only=False))
        return _Clock()


def _differs(absence: OneAbsence, start: datetime, back: SaidOfAbsence | None, clock: _Clock) -> bool:
    """Return True where a record came that is more than an hour from what was said before it.

    People round, and a return known by its date alone is of that day.
    """
    if absence.unrecorded:
        return False
    if absence.said is not None and abs(start - absence.said.at) > SAME:
        return True
    if back is None or clock.start_at is None:
        return False
    if clock.date_only:
        return local_day(clock.start_at) != local_day(back.at)
    return abs(clock.start_at - back.at) > SAME


def _grade(police: PoliceRecord, said: SaidOfAbsence | None) -> tuple[str | None, datetime | None, bool]:
    """Return the grade, its time, and whether it is known.

    A grade that the police said in chat holds until the record has a later one, and never in place of a higher one.
    """
    known = police.grade is None or police.grade_known
    newer = said and (police.graded_at is None or police.graded_at < said.at)
    if said and newer and (police.grade is None or GRADE_ORDER[said.value] < GRADE_ORDER[police.grade]):
        return said.value, said.at, True
    return (police.grade, police.graded_at, True) if known else (None, None, False)


def _entered_care(child: ChildRecord, day: date, until: datetime) -> bool:
    """Return True for a child looked after from a later day, within the absence or soon after (edge case 24)."""
    last = date.max if until >= FOREVER else local_day(until) + SOON_AFTER
    # A period that was withdrawn ends on the day on which it begins.
    periods = (f for f in child.dated if f.kind == "lac" and f.to_date != f.from_date)
    return any(day < f.from_date <= last for f in periods)


def _end(absence: OneAbsence, start: datetime) -> datetime | None:
    """Return the end of the episode: by the police record alone, where there is one.

    A child whom one agency shows as back while the police log is open stays listed as missing: that
    is the safer mistake, and it is listed as a gap.
    """
    end = (absence.police or absence.council or _NO_COUNCIL).end_at
    # A date alone is stored as 00:00, before a start later on the same day.
    return max(start, end) if end else None


def _interview_until(
    asked_for: bool,
    start: datetime,
    until: datetime,
    required: bool,
    clock: _Clock,
    council: CouncilRecord,
) -> datetime:
    """Return the end of an interview's time on lists: the start without one, never before the child is back."""
    if not asked_for:
        return start
    if clock.start_at is None:
        return until  # not back: neither agency has recorded a return
    return closed_at(_interview(clock, council), required) or (FOREVER if required else start)


def _theirs_until(clock: _Clock, council: CouncilRecord, until: datetime, *, out: bool) -> datetime:
    """Return the end of the time on lists of an interview that another authority owes."""
    if clock.start_at is None:
        return until
    reason = None if council.outcome_reason == PLACING_AUTHORITY else council.outcome_reason
    record = _interview(clock, council._replace(outcome_reason=reason))
    return tracked_until(record, closed_at(record, required=True), out=out)


def _interview(clock: _Clock, council: CouncilRecord) -> Interview:
    return Interview(
        clock_start_at=clock.start_at,
        counts_until=clock.counts_until,
        offered_at=council.offered_at,
        response=council.response,
        held_at=council.held_at,
        recorded_at=council.recorded_at,
        outcome_reason=council.outcome_reason,
    )


def _doubts(
    absence: OneAbsence,
    child: ChildRecord,
    old: Age,
    start_known: bool,
    ended: bool | ConfirmedEnd,
    absent: bool,
    differs: bool,
) -> str:
    """Return the codes of the doubts to show beside the episode, a confirmed end among them."""
    record = absence.police or absence.council or _NO_COUNCIL
    graded = absence.police is None or absence.police.grade_known
    hosted_by_unread = child.placing_authority == UNREAD_AUTHORITY
    sure = child.named and start_known and graded and not hosted_by_unread and not absence.unrecorded
    if sure and not (record.unread or absent or old.doubt or old.adult or absence.unsure or differs):
        return ""  # nearly all of a million
    unread = set(record.unread.split())
    found = {
        doubts.IDENTITY: not child.named,
        doubts.REFERENCE: child.named and "police_ref" in unread,
        doubts.START: not start_known,
        doubts.RETURN: not ended and bool(unread & _ENDS),
        doubts.ABSENT: not ended and absent,
        doubts.GRADE: not graded,
        doubts.AGE: old.doubt,
        doubts.AUTHORITY: hosted_by_unread,
        doubts.ADULT: old.adult,
        doubts.UNSURE: absence.unsure,
        doubts.ENDED: isinstance(ended, ConfirmedEnd),
        doubts.SAID: absence.unrecorded,
        doubts.DIFFERS: differs,
    }
    return doubts.stored({code for code, holds in found.items() if holds})


#: Cells that would have ended the absence.
_ENDS = {"found_at", "returned_at", "ended_at"}
