"""The council's export of episodes: one row for an episode and its return interview."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import datetime
from typing import NamedTuple

from bot.ingest.cells import (
    EMPTY,
    START_AHEAD,
    Column,
    Readers,
    Timestamp,
    choice,
    earlier,
    fitting,
    not_ahead,
    not_before,
    read_code,
)
from bot.ingest.rejects import Problem
from bot.rules.model import BREACH_REASONS
from bot.store.loading.staging import StagedInterview, own_key

KIND = choice("missing", "away")
RESPONSE = choice("accepted", "declined", "no_response")
INTERVIEWER_ROLE = choice(
    "dedicated_team", "own_sw", "other_sw", "youth_worker", "school", "charity", "spot", "placing_la"
)
INDEPENDENT = choice("yes", "no", "unknown")
OUTCOME_REASON = choice(
    "carer_contacted",
    *BREACH_REASONS,
    "turned_18",
    "died",
    "error",
    "placing_la_responsible",
)


class InterviewRow(NamedTuple):
    """One row of the export, read; fields in the order of `columns`."""

    episode_id: str | None = None
    occurrence_ref: str | None = None
    child_id: str | None = None
    kind: str | None = None
    started_at: Timestamp | None = None
    ended_at: Timestamp | None = None
    team: str | None = None
    returned_at: Timestamp | None = None
    offered_at: Timestamp | None = None
    response: str | None = None
    held_at: Timestamp | None = None
    recorded_at: Timestamp | None = None
    interviewer_role: str | None = None
    independent: str | None = None
    worker: str | None = None
    outcome_reason: str | None = None


def columns(known: Readers) -> tuple[Column, ...]:
    return (
        Column("episode_id", read_code, "reference", required=True),
        Column("occurrence_ref", read_code, "reference"),
        Column("child_id", read_code, "reference", required=True),
        Column("kind", KIND, "word", required=True),
        Column("started_at", known.moment, "time", required=True),
        Column("ended_at", known.moment, "time"),
        Column("team", known.team, "word"),
        Column("returned_at", known.moment, "time"),
        Column("offered_at", known.moment, "time"),
        Column("response", RESPONSE, "word"),
        Column("held_at", known.moment, "time"),
        Column("recorded_at", known.moment, "time"),
        Column("interviewer_role", INTERVIEWER_ROLE, "word"),
        Column("independent", INDEPENDENT, "word"),
        Column("worker", known.worker, "person"),
        Column("outcome_reason", OUTCOME_REASON, "word"),
    )


def fitted(row: InterviewRow) -> InterviewRow:
    """Choose, of times that came twice on a clock-change night, the ones that fit the row."""
    return row._replace(
        ended_at=fitting(row.ended_at, row.started_at),
        returned_at=fitting(row.returned_at, row.started_at),
        offered_at=fitting(row.offered_at, row.started_at),
        held_at=fitting(row.held_at, row.started_at),
        recorded_at=fitting(row.recorded_at, row.started_at),
    )


def problems(row: InterviewRow, taken_at: datetime) -> Iterator[Problem]:
    """Find cells that contradict others.

    A child may be interviewed after being found and before coming home, but never before being missing. An offer is
    needed before an answer (edge case 14), and a meeting before its record.
    """
    yield from not_ahead(taken_at, START_AHEAD, started_at=row.started_at)
    yield from not_ahead(
        taken_at,
        ended_at=row.ended_at,
        returned_at=row.returned_at,
        offered_at=row.offered_at,
        held_at=row.held_at,
        recorded_at=row.recorded_at,
    )
    yield from not_before(
        row.started_at,
        "the episode began",
        ended_at=row.ended_at,
        returned_at=row.returned_at,
        offered_at=row.offered_at,
        held_at=row.held_at,
        recorded_at=row.recorded_at,
    )
    if row.response in {"declined", "accepted"} and not (row.offered_at or row.held_at):
        yield Problem(
            "response", f"is {row.response!r} but there is no offer", "an offer is needed first: give offered_at"
        )
    if row.held_at and row.recorded_at and earlier(row.recorded_at, row.held_at):
        yield Problem("recorded_at", "is before the interview was held", "correct the times in the case system")


def gaps(row: InterviewRow) -> Iterator[Problem]:
    """Find the required facts that the row lacks: it is kept without them, in doubt."""
    if row.episode_id is None:
        yield Problem("episode_id", EMPTY, "fill it in the case system; child and time name the row until then")
    if row.child_id is None:
        yield Problem("child_id", EMPTY, "fill it in the case system; until then the child is not identified")
    if row.kind is None:
        yield Problem("kind", EMPTY, "say missing or away; until then the episode counts as missing")
    if row.started_at is None:
        yield Problem("started_at", EMPTY, "fill it in the case system")


def is_open(row: InterviewRow) -> bool:
    """Return whether the row may be an interview due, or a missing child known to the council alone."""
    return row.held_at is None


def staged(row: InterviewRow, unread: Set[str]) -> StagedInterview | None:
    """Return the row as it is stored; None where it names no episode, and no child with a time."""
    start = row.started_at or row.returned_at or row.ended_at
    named = row.occurrence_ref or (row.child_id and start)
    if row.episode_id is None and not named:
        return None
    return StagedInterview(
        episode_ref=row.episode_id or own_key(row.child_id or row.occurrence_ref, start and start.at),
        occurrence_ref=row.occurrence_ref,
        council_ref=row.child_id,
        kind=row.kind or "missing",  # the safer mistake
        started_at=row.started_at and row.started_at.at,
        ended_at=row.ended_at and row.ended_at.at,
        ended_date_only=bool(row.ended_at and row.ended_at.date_only),
        team=row.team,
        returned_at=row.returned_at and row.returned_at.at,
        returned_date_only=bool(row.returned_at and row.returned_at.date_only),
        offered_at=row.offered_at and row.offered_at.at,
        response=row.response,
        held_at=row.held_at and row.held_at.at,
        recorded_at=row.recorded_at and row.recorded_at.at,
        interviewer_role=row.interviewer_role,
        independent=row.independent,
        worker=row.worker,
        outcome_reason=row.outcome_reason,
        unread=" ".join(sorted(unread)) if unread else "",
    )
