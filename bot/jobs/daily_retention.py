"""The daily retention: records, notices, looks and audit rows past their time, and lists of rejected rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.rules.partnership.partnership import Retention
from bot.store.database import Database
from bot.store.retention.daily import Kept, retain

__all__ = ["Kept", "discard_lists", "run"]

#: Lists of rejected rows, and the part of one that a killed load has left.
_LISTS = ("*.csv", "*.csv.part")


def run(
    database: Database,
    audit_key: bytes,
    limits: Retention,
    rejects: Path,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Kept:
    """Clear the database first, in one transaction; then delete the files, which cannot be taken back."""
    kept = retain(database, audit_key, limits, now, dry_run=dry_run)
    before = now - timedelta(days=limits.rejects_days)
    files = [f for pattern in (*_LISTS, "*-summary.json") for f in rejects.glob(pattern)]
    stale = [f for f in files if datetime.fromtimestamp(f.stat().st_mtime, UTC) < before]
    if not dry_run:
        for file in stale:
            file.unlink(missing_ok=True)
    return replace(kept, removed=kept.removed | {"rejects": len(stale)})


def discard_lists(rejects: Path) -> int:
    """Delete every list of rejected rows and return their number: they hold values without saying whose."""
    lists = [f for pattern in _LISTS for f in rejects.glob(pattern)]
    for file in lists:
        file.unlink(missing_ok=True)
    return len(lists)
