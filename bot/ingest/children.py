"""The council's children export: a row for a child, or for each placement of it, with today's facts and dated ones."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date, datetime
from typing import NamedTuple

from bot.ingest.cells import EMPTY, Column, Readers, choice, not_ahead_days, read_code
from bot.ingest.police import SEX
from bot.ingest.rejects import Problem
from bot.rules.model import UNREAD_AUTHORITY
from bot.store.loading.staging import StagedChild

CASE_STATUS = choice("not_open", "early_help", "cin", "cp", "lac", "care_leaver", "yjs_open")
PLACEMENT = choice(
    "residential",
    "adoptive",
    "with_parents",
    "independent_living",
    "own_foster",
    "kinship",
    "ifa",
    "semi_independent",
    "other",
)
PERIODS = ("looked_after", "uasc", "cp", "placement")
#: Cells of the placement: where it is dated, they say nothing of the child but on those days.
_OF_A_PLACEMENT = frozenset({"placement", "provider", "placement_from", "placement_to"})


class ChildRow(NamedTuple):
    """One row of the export, read; fields in the order of `columns`."""

    child_id: str | None = None
    police_ref: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    team: str | None = None
    case_status: str | None = None
    looked_after_from: date | None = None
    looked_after_to: date | None = None
    uasc_from: date | None = None
    uasc_to: date | None = None
    placement: str | None = None
    provider: str | None = None
    placement_from: date | None = None
    placement_to: date | None = None
    placing_authority: str | None = None
    lead_worker: str | None = None
    iro: str | None = None
    cp_from: date | None = None
    cp_to: date | None = None


def columns(known: Readers) -> tuple[Column, ...]:
    return (
        Column("child_id", read_code, "reference", required=True),
        Column("police_ref", read_code, "reference"),
        Column("birth_date", known.day, "time"),
        Column("sex", SEX, "word"),
        Column("team", known.team, "word"),
        Column("case_status", CASE_STATUS, "word"),
        Column("looked_after_from", known.day, "time"),
        Column("looked_after_to", known.day, "time"),
        Column("uasc_from", known.day, "time"),
        Column("uasc_to", known.day, "time"),
        Column("placement", PLACEMENT, "word"),
        Column("provider", read_code, "person"),
        Column("placement_from", known.day, "time", optional=True),
        Column("placement_to", known.day, "time", optional=True),
        Column("placing_authority", known.authority, "person"),
        Column("lead_worker", known.worker, "person"),
        Column("iro", known.worker, "person"),
        Column("cp_from", known.day, "time"),
        Column("cp_to", known.day, "time"),
    )


def fitted(row: ChildRow) -> ChildRow:
    """Return the row unchanged: a children export has days alone, and no time that came twice."""
    return row


def problems(row: ChildRow, taken_at: datetime) -> Iterator[Problem]:
    """Find cells that contradict others. A `*_to` may lie ahead: a plan can have a planned end.

    Of two days that contradict each other the end is dropped: the child stays looked after, on the plan, or placed.
    """
    yield from not_ahead_days(
        taken_at,
        birth_date=row.birth_date,
        looked_after_from=row.looked_after_from,
        uasc_from=row.uasc_from,
        cp_from=row.cp_from,
        placement_from=row.placement_from,
    )
    for name in PERIODS:
        first, last = getattr(row, f"{name}_from"), getattr(row, f"{name}_to")
        if last and not first:
            yield Problem(f"{name}_to", f"has no {name}_from", "give both dates, or neither")
        elif last and last < first:
            yield Problem(f"{name}_to", f"is before {name}_from", "correct the dates in the case system")


def gaps(row: ChildRow) -> Iterator[Problem]:
    if row.child_id is None:
        yield Problem("child_id", EMPTY, "fill it in the case system")


def is_open(row: ChildRow) -> bool:
    """Return False: a children export lists no missing child."""
    return False


def staged(row: ChildRow, unread: Set[str]) -> StagedChild | None:
    """Return the row as it is stored; None where it names no child."""
    if row.child_id is None:
        return None
    return StagedChild(
        council_ref=row.child_id,
        police_ref=row.police_ref,
        birth_date=row.birth_date,
        sex=row.sex,
        team=row.team,
        case_status=row.case_status,
        placement=row.placement,
        provider=row.provider,
        placing_authority=UNREAD_AUTHORITY if "placing_authority" in unread else row.placing_authority,
        lead_worker=row.lead_worker,
        iro=row.iro,
        lac_from=row.looked_after_from,
        lac_to=row.looked_after_to,
        uasc_from=row.uasc_from,
        uasc_to=row.uasc_to,
        cp_from=row.cp_from,
        cp_to=row.cp_to,
        unread=" ".join(sorted(unread if row.placement_from is None else unread - _OF_A_PLACEMENT)),
        placement_from=row.placement_from,
        placement_to=row.placement_to,
    )
