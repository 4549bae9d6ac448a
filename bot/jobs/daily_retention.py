"""The daily retention: records, notices, looks and audit rows whose time is over, and lists of rejected rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.rules.partnership.partnership import Retention
from bot.store.database import Database
from bot.store.retention.daily import Kept, retain

__all__ = ["Kept", "discard_lists", "run"]

#: Lists of rejected rows, and what a load that was killed has left of one.
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
    """The database first, in one transaction; then the files, which nobody can take back."""
    kept = retain(database, audit_key, limits, now, dry_run=dry_run)
    stale = _stale(rejects, now - timedelta(days=limits.rejects_days))
    if not dry_run:
        for file in stale:
            file.unlink(missing_ok=True)
    return replace(kept, removed=kept.removed | {"rejects": len(stale)})


def discard_lists(rejects: Path) -> int:
    """Every list of rejected rows, at once: they hold values from files, and nothing says whose. How many."""
    lists = [f for pattern in _LISTS for f in rejects.glob(pattern)]
    for file in lists:
        file.unlink(missing_ok=True)
    return len(lists)


def _stale(folder: Path, before: datetime) -> list[Path]:
    files = [f for pattern in (*_LISTS, "*-summary.json") for f in folder.glob(pattern)]
    return sorted(f for f in files if datetime.fromtimestamp(f.stat().st_mtime, UTC) < before)
