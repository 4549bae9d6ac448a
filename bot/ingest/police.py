"""The police export: one row for an occurrence, or for each further grade of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from bot.ingest.cells import Column, Readers, choice, one_of, read_code, read_codes
from bot.ingest.checks import a_child, graded_near_start, not_ahead, not_before, reported_after_seen
from bot.ingest.faults import Problem
from bot.ingest.times import Moment, read_day, read_moment
from bot.store.staging import StagedOccurrence

SEX = choice("M", "F", "U", male="M", female="F", unknown="U", **{"1": "M", "2": "F"})

# The police dropped "absent" in January 2017; it stays visible as such (domain.md section 1, 7).
RISK = one_of(
    {
        "high": ("high", False),
        "medium": ("medium", False),
        "low": ("low", False),
        "very_low": ("very_low", False),
        "absent": ("very_low", True),
    },
    {"no_apparent_risk": "very_low"},
)
MISSING_FROM = choice("home", "care", "school", "hospital", "other")
REPORTER = choice("parent", "carer_foster", "carer_residential", "school", "social_worker", "police", "health", "other")
END_REASON = choice(
    "found_by_police",
    "returned_self",
    "returned_by_carer",
    "located_elsewhere",
    "arrested",
    "hospital",
    "turned_18",
    "left_area",
    "died",
    "error_duplicate",
)


class Row(NamedTuple):
    """One row of the export, read; fields in the order of `columns`."""

    occurrence_ref: str
    police_ref: str
    birth_date: date | None = None
    sex: str | None = None
    last_seen_at: Moment | None = None
    reported_at: Moment | None = None
    found_at: Moment | None = None
    returned_at: Moment | None = None
    risk: tuple[str, bool] | None = None
    risk_at: Moment | None = None
    missing_from: str | None = None
    area: str | None = None
    reporter: str | None = None
    found_with: tuple[str, ...] | None = None
    prevention_interview_at: Moment | None = None
    end_reason: str | None = None


def columns(known: Readers) -> tuple[Column, ...]:
    return (
        Column("occurrence_ref", read_code, required=True),
        Column("police_ref", read_code, required=True),
        Column("birth_date", read_day),
        Column("sex", SEX),
        Column("last_seen_at", read_moment),
        Column("reported_at", read_moment),
        Column("found_at", read_moment),
        Column("returned_at", read_moment),
        Column("risk", RISK),
        Column("risk_at", read_moment),
        Column("missing_from", MISSING_FROM),
        Column("area", known.district),
        Column("reporter", REPORTER),
        Column("found_with", read_codes),
        Column("prevention_interview_at", read_moment),
        Column("end_reason", END_REASON),
    )


def problems(row: Row, taken_at: datetime) -> Iterator[Problem]:
    start = row.last_seen_at or row.reported_at
    if start is None:
        yield Problem("last_seen_at", "is empty, and so is reported_at", "give at least one of the two times")
        return
    yield from not_before(
        start,
        "the child was last seen",
        found_at=row.found_at,
        returned_at=row.returned_at,
        prevention_interview_at=row.prevention_interview_at,
    )
    yield from reported_after_seen(row.last_seen_at, row.reported_at)
    yield from graded_near_start(start, row.risk_at if row.risk else None)
    yield from a_child(row.birth_date, start)
    yield from not_ahead(
        taken_at,
        last_seen_at=row.last_seen_at,
        reported_at=row.reported_at,
        found_at=row.found_at,
        returned_at=row.returned_at,
        risk_at=row.risk_at if row.risk else None,
        prevention_interview_at=row.prevention_interview_at,
    )


def staged(row: Row) -> StagedOccurrence:
    grade, legacy_absent = row.risk or (None, False)
    graded = (row.risk_at or row.reported_at or row.last_seen_at) if row.risk else None
    others = [ref for ref in row.found_with or () if ref != row.police_ref]
    return StagedOccurrence(
        occurrence_ref=row.occurrence_ref,
        police_ref=row.police_ref,
        birth_date=row.birth_date,
        sex=row.sex,
        last_seen_at=row.last_seen_at and row.last_seen_at.at,
        reported_at=row.reported_at and row.reported_at.at,
        found_at=row.found_at and row.found_at.at,
        found_date_only=bool(row.found_at and row.found_at.date_only),
        returned_at=row.returned_at and row.returned_at.at,
        returned_date_only=bool(row.returned_at and row.returned_at.date_only),
        missing_from=row.missing_from,
        district=row.area,
        reporter=row.reporter,
        prevention_interview_at=row.prevention_interview_at and row.prevention_interview_at.at,
        end_reason=row.end_reason,
        found_with=";".join(others),
        grade=grade,
        graded_at=graded and graded.at,
        grade_untimed=bool(row.risk and not row.risk_at),
        legacy_absent=legacy_absent,
    )
