"""The police export: one row for an occurrence, or for each further grade of it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.ingest.cells import (
    EMPTY,
    START_AHEAD,
    CodedWords,
    Codes,
    Column,
    Readers,
    Timestamp,
    choice,
    earlier,
    fitting,
    not_ahead,
    not_ahead_days,
    not_before,
    read_code,
    read_codes,
    to_the_minute,
)
from bot.ingest.rejects import Problem
from bot.rules.model import NO_EPISODE, REPORTERS
from bot.rules.time.clock import local_day
from bot.store.loading.staging import GradeRead, StagedOccurrence, own_key

#: A grade may have been noted so long before the start.
GRADED_BEFORE = timedelta(hours=24)

SEX = choice("M", "F", "U")

# The police dropped "absent" in January 2017; it stays visible as such (domain.md section 1, 7).
RISK = CodedWords(
    {
        "high": ("high", False),
        "medium": ("medium", False),
        "low": ("low", False),
        "very_low": ("very_low", False),
        "absent": ("very_low", True),
    }
)
MISSING_FROM = choice("home", "care", "school", "hospital", "other")
REPORTER = choice(*REPORTERS)
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
    NO_EPISODE,
)


class PoliceRow(NamedTuple):
    """One row of the export, read; fields in the order of `columns`. None is empty, or could not be read."""

    occurrence_ref: str | None = None
    police_ref: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    last_seen_at: Timestamp | None = None
    reported_at: Timestamp | None = None
    found_at: Timestamp | None = None
    returned_at: Timestamp | None = None
    risk: tuple[str, bool] | None = None
    risk_at: Timestamp | None = None
    missing_from: str | None = None
    area: str | None = None
    reporter: str | None = None
    found_with: Codes | None = None
    prevention_interview_at: Timestamp | None = None
    end_reason: str | None = None


def columns(known: Readers) -> tuple[Column, ...]:
    return (
        Column("occurrence_ref", read_code, "reference", required=True),
        Column("police_ref", read_code, "reference", required=True),
        Column("birth_date", known.day, "time"),
        Column("sex", SEX, "word"),
        Column("last_seen_at", known.moment, "time"),
        Column("reported_at", known.moment, "time"),
        Column("found_at", known.moment, "time"),
        Column("returned_at", known.moment, "time"),
        Column("risk", RISK, "word"),
        Column("risk_at", known.moment, "time"),
        Column("missing_from", MISSING_FROM, "word"),
        Column("area", known.district, "word"),
        Column("reporter", REPORTER, "word"),
        Column("found_with", read_codes, "person"),
        Column("prevention_interview_at", known.moment, "time"),
        Column("end_reason", END_REASON, "word"),
    )


def fitted(row: PoliceRow) -> PoliceRow:
    """Choose, of times that came twice on a clock-change night, the ones that fit the row."""
    row = row._replace(reported_at=fitting(row.reported_at, row.last_seen_at))
    start = row.last_seen_at or row.reported_at
    return row._replace(
        found_at=fitting(row.found_at, start),
        returned_at=fitting(row.returned_at, start),
        prevention_interview_at=fitting(row.prevention_interview_at, start),
    )


def problems(row: PoliceRow, taken_at: datetime) -> Iterator[Problem]:
    """Find cells that contradict others; the first is to be dropped first, and the rest of the row holds without it."""
    yield from not_ahead(taken_at, START_AHEAD, last_seen_at=row.last_seen_at, reported_at=row.reported_at)
    yield from not_ahead(
        taken_at,
        found_at=row.found_at,
        returned_at=row.returned_at,
        risk_at=row.risk_at if row.risk else None,
        prevention_interview_at=row.prevention_interview_at,
    )
    seen, reported = row.last_seen_at, row.reported_at
    if seen and reported and seen.at > reported.at and earlier(to_the_minute(reported), to_the_minute(seen)):
        # The report holds: it is the earlier time, and the child has been missing at least since then.
        yield Problem("last_seen_at", "is after the report", "correct the times in the police system")
    start = seen or reported
    yield from not_before(
        start,
        "the child was last seen",
        found_at=row.found_at,
        returned_at=row.returned_at,
        prevention_interview_at=row.prevention_interview_at,
    )
    graded = row.risk_at if row.risk else None
    if start and graded and graded.at < start.at and earlier(graded, start._replace(at=start.at - GRADED_BEFORE)):
        # A grade may be noted with the report; one from more than a day before the start belongs elsewhere.
        yield Problem(
            "risk_at",
            "is more than 24 hours before the child was last seen",
            "correct the time of the grade in the police system",
        )
    if row.birth_date and start and row.birth_date > local_day(start.at):
        # An adult's birth date stays, with the age in doubt (rules/episodes/age.py).
        yield Problem("birth_date", "is after the episode began", "correct the birth date or the time")
    yield from not_ahead_days(taken_at, birth_date=row.birth_date)


def gaps(row: PoliceRow) -> Iterator[Problem]:
    """Find the facts that the row lacks, or has in part: it is kept, in doubt."""
    if row.occurrence_ref is None:
        yield Problem("occurrence_ref", EMPTY, "enter it in the police system; child and time name the row until then")
    if row.police_ref is None:
        yield Problem("police_ref", EMPTY, "enter it in the police system; until then the child is not identified")
    if row.last_seen_at is None and row.reported_at is None:
        yield Problem("last_seen_at", f"{EMPTY}, and so is reported_at", "give at least one of the two times")
    if row.found_with:
        # The others that the cell names are kept.
        if row.found_with.fault:
            yield Problem("found_with", str(row.found_with.fault), row.found_with.fault.advice)
        elif row.found_with.codes == (row.police_ref,):
            yield Problem("found_with", "names the child alone", "enter the reference of the other, or empty the cell")


def is_open(row: PoliceRow) -> bool:
    """Return whether the row may be a child missing now."""
    return row.found_at is None and row.returned_at is None


def staged(row: PoliceRow, unread: Set[str]) -> StagedOccurrence | None:
    """Return the row as it is stored; None where it names neither a child nor an occurrence."""
    if row.occurrence_ref is None and row.police_ref is None:
        return None
    start = row.last_seen_at or row.reported_at
    grade, legacy_absent = row.risk or (None, False)
    graded = row.risk_at or (row.reported_at or row.last_seen_at if row.risk else None)
    others = [ref for ref in (row.found_with.codes if row.found_with else ()) if ref != row.police_ref]
    grade_read: GradeRead
    if row.risk is None:
        grade_read = "unread" if "risk" in unread else "none"
    else:
        grade_read = "untimed" if "risk_at" in unread else "read"
    return StagedOccurrence(
        occurrence_ref=row.occurrence_ref or own_key(row.police_ref, start and start.at),
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
        unread=" ".join(sorted(unread - {"risk", "risk_at"})) if unread else "",
        grade=grade,
        graded_at=graded and graded.at,
        grade_untimed=bool(row.risk and not row.risk_at),
        legacy_absent=legacy_absent,
        grade_read=grade_read,
        grade_known=grade_read != "unread",
    )
