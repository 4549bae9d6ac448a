"""What is frozen on an episode: its start, end, area, 72-hour clock, and the child as it was then.

Dated facts (looked after, plan, age) are read at the start of the episode, so a corrected date
corrects the past. Undated ones (team, hosted) are kept as they were when the child first became
known: a child who changes team does not take the old episodes along (domain.md R15-R17).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bot.rules.episodes import doubts
from bot.rules.episodes.age import Age, age
from bot.rules.episodes.confirmations import said_end
from bot.rules.episodes.record_matching import Pair
from bot.rules.episodes.source_records import ChildRecord, CouncilRecord, PoliceRecord, SaidEnd
from bot.rules.figures.interview_kpis import closed_at, interview_required
from bot.rules.model import FOREVER, Interview
from bot.rules.partnership.partnership import Partnership
from bot.rules.text.place_names import Places
from bot.rules.time.clock import counts_until, interview_due, local_day


class Before(NamedTuple):
    """What an episode was given earlier: the undated team, and what was known of its end and interview."""

    area_basis: str
    team: str | None
    child_known: bool
    police: bool = False
    council: bool = False
    end_at: datetime | None = None
    end_known_at: datetime = FOREVER
    held_at: datetime | None = None
    held_known_at: datetime | None = None


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


class _Clock(NamedTuple):
    start_at: datetime | None = None
    due_at: datetime | None = None
    counts_until: datetime | None = None
    date_only: bool = False


class _Area(NamedTuple):
    area: str
    basis: str
    team: str | None = None


#: Stands in for the agency that has no record of an episode.
_NO_POLICE = PoliceRecord("", 0, entered_at=FOREVER)
_NO_COUNCIL = CouncilRecord("", 0, entered_at=FOREVER)


class Freezer:
    """Freezes episodes by the rules of one partnership."""

    def __init__(self, partnership: Partnership, now: datetime) -> None:
        """`now` is when the records are loaded: what is new then became known then (R23)."""
        self.partnership = partnership
        self.now = now
        self.places = Places(partnership)
        self._nowhere = _Area(partnership.unknown_area, "none")

    def freeze(self, pair: Pair, child: ChildRecord, before: Before | None) -> FrozenEpisode:
        """`before` is what the episode was given earlier, None for a new one."""
        police, council = pair.police or _NO_POLICE, pair.council or _NO_COUNCIL
        start, start_known = _start(pair)
        end, said = _end(pair, start), None
        if end is None and child.ends:
            said = said_end(pair, child.ends)
            end = said and max(start, said.at)
        day = local_day(start)
        old = age(child.births, day, unread=child.birth_unread, older=child.births_older, said=child.age_said)
        absent = _absent(pair)
        kind = "void" if old.adult else _kind(pair)
        until = start if old.adult else max(start, min(end or FOREVER, old.turns_18))
        known = police.grade is None or police.grade_known
        # Not frozen: the export gives no dates for it, and a mistake put right must bring the interview back.
        hosted = child.placing_authority not in (None, doubts.UNREAD_AUTHORITY)
        place = self._area(police, council, child, before)
        end_reason = police.end_reason or (said and said.reason) or None
        # A return that only the council has recorded starts the 72 hours although the police log is open.
        clock = self._clock(police, council, said)
        required = interview_required(
            kind=kind,
            end_at=end or clock.start_at,
            until_at=until,
            hosted=hosted,
            end_reason=end_reason,
            outcome_reason=council.outcome_reason,
        )
        facts = {fact.kind for fact in child.dated if fact.holds_on(day)}
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
            grade=police.grade if known else None,
            graded_at=police.graded_at if known else None,
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
            interview_until_at=_interview_until(kind, start, until, required, clock, council),
            entered_at=min(police.entered_at, council.entered_at),
            end_known_at=said.said_at if said else self._end_known(pair, end, until, before),
            held_known_at=self._held_known(council, before),
            child_known=child.known or bool(before and before.child_known),
            doubts=_doubts(pair, child, old, start_known, said or end is not None, absent is not None),
            counted=start_known and not (old.doubt or old.adult),
            youngest=old.youngest,
            grade_before=None if known else police.grade,
            graded_before_at=None if known else police.graded_at,
            absent_at=absent,
        )

    def _end_known(self, pair: Pair, end: datetime | None, until: datetime, before: Before | None) -> datetime:
        """When the end became known here: with the record that brought it, else at this load; never before it."""
        if end is None:
            return until  # the 18th birthday is known before it comes
        record = pair.police or pair.council or _NO_COUNCIL
        if before is None or not (before.police if pair.police else before.council):
            return max(end, record.entered_at)
        return before.end_known_at if before.end_at is not None else max(end, self.now)

    def _held_known(self, council: CouncilRecord, before: Before | None) -> datetime | None:
        if council.held_at is None:
            return None
        if before is None or not before.council:
            return max(council.held_at, council.entered_at)
        return before.held_known_at if before.held_at is not None else max(council.held_at, self.now)

    def _area(self, police: PoliceRecord, council: CouncilRecord, child: ChildRecord, before: Before | None) -> _Area:
        """By team as the council recorded it, else the child's team then, else the police district (R15)."""
        team = self.places.team(council.team)
        child_team = self.places.team(_team_then(child, before))
        district = self.places.district(police.district)
        found = [
            _Area(team.area, "team", team.word) if team else None,
            _Area(child_team.area, "child_team", child_team.word) if child_team else None,
            _Area(district.area, "district") if district else None,
        ]
        if self.partnership.attribution == "district":
            found.insert(0, found.pop())
        return next((a for a in found if a), self._nowhere)

    def _clock(self, police: PoliceRecord, council: CouncilRecord, said: SaidEnd | None = None) -> _Clock:
        """The 72 hours run from the return, else from being found (R18, R19), else from when it was said to be over."""
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
        return _Clock(said.at, interview_due(said.at), counts_until(said.at, date_only=False)) if said else _Clock()


def _kind(pair: Pair) -> str:
    """Ever missing is missing (R4); a duplicate that only the police have is void: kept, and counted nowhere."""
    if pair.police is None:
        return pair.council.kind if pair.council else "missing"
    return "void" if pair.police.end_reason == "error_duplicate" and pair.council is None else "missing"


def _end(pair: Pair, start: datetime) -> datetime | None:
    """Where the police have a record it alone ends the episode.

    A child whom one agency shows as back while the police log is open stays listed as missing: that
    is the safer mistake, and it is listed as a gap.
    """
    if pair.police:
        ends = [at for at in (pair.police.found_at, pair.police.returned_at) if at]
    else:
        ends = [at for at in (pair.council.ended_at, pair.council.returned_at) if at][:1] if pair.council else []
    # A date alone stands at 00:00, before a start later on the same day.
    return max(start, min(ends)) if ends else None


def _team_then(child: ChildRecord, before: Before | None) -> str | None:
    """The child's team when it first became known; later moves do not take old episodes along."""
    if before is None or not before.child_known or before.area_basis == "team":
        return child.team
    return before.team


def _interview_until(
    kind: str,
    start: datetime,
    until: datetime,
    required: bool,
    clock: _Clock,
    council: CouncilRecord,
) -> datetime:
    """Until when an interview is to be thought of: at once for `away`, not before the child is back."""
    if kind != "missing":
        return start
    if clock.start_at is None:
        return until  # not back: neither agency has recorded a return
    closed = closed_at(
        Interview(
            clock_start_at=clock.start_at,
            offered_at=council.offered_at,
            response=council.response,
            held_at=council.held_at,
            recorded_at=council.recorded_at,
            outcome_reason=council.outcome_reason,
        ),
        required,
    )
    return closed or (FOREVER if required else start)


def _start(pair: Pair) -> tuple[datetime, bool]:
    """When the absence began, and whether a record says so: the police's word first, where it could be read."""
    police, council = pair
    if police and (police.start_known or not (council and council.start_known)):
        return police.start_at, police.start_known
    record = council or _NO_COUNCIL
    return record.start_at, record.start_known


def _doubts(pair: Pair, child: ChildRecord, old: Age, start_known: bool, ended: bool | SaidEnd, absent: bool) -> str:
    """What could not be read, as far as people must know of it beside the episode; and an end that was said in chat."""
    record = pair.police or pair.council or _NO_COUNCIL
    graded = pair.police is None or pair.police.grade_known
    hosted_by_unread = child.placing_authority == doubts.UNREAD_AUTHORITY
    sure = child.named and start_known and graded and not hosted_by_unread
    if sure and not (record.unread or absent or old.doubt or old.adult):
        return ""  # nearly all of a million
    unread = set(record.unread.split())
    said = {
        doubts.IDENTITY: not child.named,
        doubts.REFERENCE: child.named and "police_ref" in unread,
        doubts.START: not start_known,
        doubts.RETURN: not ended and bool(unread & _ENDS),
        doubts.ABSENT: not ended and absent,
        doubts.GRADE: not graded,
        doubts.AGE: old.doubt,
        doubts.AUTHORITY: hosted_by_unread,
        doubts.ADULT: old.adult,
        doubts.ENDED: isinstance(ended, SaidEnd),
    }
    return doubts.stored({code for code, holds in said.items() if holds})


#: Cells that would have ended the absence.
_ENDS = {"found_at", "returned_at", "ended_at"}


def _absent(pair: Pair) -> datetime | None:
    """The newest export that should have a record of the episode and lacks it."""
    police, council = pair.police and pair.police.absent_at, pair.council and pair.council.absent_at
    return max(police, council) if police and council else police or council
