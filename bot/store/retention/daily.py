"""One run of the retention, with its audit rows, in one transaction: all of it, or nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from bot.rules.access.rotas import GIVEN_UP
from bot.rules.audit.chain import Entry
from bot.rules.audit.retention import cut_day, years_before
from bot.rules.partnership.partnership import Retention
from bot.rules.reports.signing import UNSIGNED_KEPT
from bot.rules.time.clock import day_start
from bot.store import audit_chain, reports
from bot.store.database import Database, change_records, writing
from bot.store.queries.children import Erasures, references_of
from bot.store.retention.kept_records import forget_children, note_cut, records_begin, remove_records
from bot.store.schema.access import glass, handle, look_up_lock, month_note, notice, rota_shift
from bot.store.schema.delivery import drill

#: Misses count only from when the last lock ended, so one that is over or was lifted stays until they no longer do.
LOCKS_KEPT = timedelta(days=1)


#: Author of the audit rows: the bot itself.
ITSELF = "retention"


@dataclass(frozen=True, slots=True)
class Kept:
    """The result of one run: first day kept, number of rows removed by kind, and number of episodes that have to
    stay.
    """

    since: date
    removed: dict[str, int]
    held: int
    owed: int


class _OnlyTried(Exception):
    """Roll back a dry run."""


def retain(database: Database, key: bytes, limits: Retention, now: datetime, *, dry_run: bool = False) -> Kept:
    """Run the retention. A second run changes nothing more; a dry run changes nothing and counts the same."""
    kept: list[Kept] = []
    with suppress(_OnlyTried), writing(database) as connection:
        change_records(connection)
        cut = cut_day(now, limits.records_months)
        records = remove_records(connection, cut, now)
        own = references_of(connection, records.children)
        Erasures(key).remember(connection, (("ref", ref) for ref in own), now)
        reports.note_erased(connection, (), records.children, now)
        forget_children(connection, records)
        note_cut(connection, cut, now, len(records.episodes))
        audit_before = years_before(now, limits.audit_years)
        removed = {"episodes": len(records.episodes), "children": len(records.children)}
        # Expired rows. An emergency access that no lead has reviewed stays, however old.
        seen = (notice.c.seen_at.is_not(None), notice.c.seen_at < now - timedelta(days=limits.posts_days))
        reviewed = (glass.c.reviewed_at.is_not(None), glass.c.opened_at < audit_before)
        removed["notices"] = _remove(connection, notice, *seen)
        removed["handles"] = _remove(connection, handle, handle.c.until_at <= now)
        removed["locks"] = _remove(connection, look_up_lock, look_up_lock.c.until_at < now - LOCKS_KEPT)
        # Shifts and test calls as long as records: they tell who was called for a child, and whether calls arrived.
        begins = min(day_start(cut), now - GIVEN_UP)
        removed["shifts"] = _remove(connection, rota_shift, rota_shift.c.ends_at <= begins)
        removed["drills"] = _remove(connection, drill, drill.c.called_at < begins)
        removed["month notes"] = _remove(connection, month_note, month_note.c.first_day < cut.replace(day=1))
        removed["looks"] = _remove(connection, glass, *reviewed)
        removed["reports"] = reports.remove_unsigned(connection, now - UNSIGNED_KEPT)
        removed["audit"] = audit_chain.cut(connection, key, audit_before, now)
        # A row for each kind of which anything went; the counts say what, and no child is named.
        went = [(kind, f"removed {count}") for kind, count in removed.items() if count] or [("", "nothing due")]
        for kind, outcome in went:
            entry = Entry(now, ITSELF, "", "", "retention", outcome, subject=kind)
            audit_chain.append(connection, key, entry)
        since = records_begin(connection) or cut
        kept.append(Kept(since, removed, records.held, records.due))
        if dry_run:
            raise _OnlyTried
    return kept[0]


def _remove(connection: Connection, table: Table, *where: Any) -> int:
    count = connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
    if count:
        connection.execute(delete(table).where(*where))
    return count
