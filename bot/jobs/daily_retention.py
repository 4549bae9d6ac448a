"""The daily retention: records, notices, looks and audit rows past their time, lists and kept exports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.rules.partnership.partnership import Retention
from bot.store.database import Database, reading
from bot.store.retention.daily import Kept, retain
from bot.store.retention.legal_holds import any_hold

__all__ = ["Kept", "discard_exports", "discard_lists", "run"]

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
    stale = [f for f in files if _written(f) < before]
    # A loaded file waits for every hold: it may be the record that is asked for.
    exports = [f for f in _exports(rejects) if f.name.startswith("refused-") and _written(f) < before]
    with reading(database) as connection:
        is_held = any_hold(connection)
    if not is_held:
        before = now - timedelta(days=limits.keep_exports_days)
        exports += [f for f in _exports(rejects) if f.name.startswith("loaded-") and _written(f) < before]
    if not dry_run:
        for file in (*stale, *exports):
            file.unlink(missing_ok=True)
    return replace(kept, removed=kept.removed | {"rejects": len(stale), "exports": len(exports)})


def _exports(rejects: Path) -> list[Path]:
    """Return the exports that arrived and were kept: they lie beside the lists of rejected rows."""
    return list((rejects.parent / "exports").glob("*"))


def _written(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def discard_exports(rejects: Path) -> int:
    """Delete every kept export, loaded or refused, and return their number: each may hold any child."""
    kept = _exports(rejects)
    for file in kept:
        file.unlink(missing_ok=True)
    return len(kept)


def discard_lists(rejects: Path) -> int:
    """Delete every list of rejected rows and return their number: they hold values without saying whose."""
    lists = [f for pattern in _LISTS for f in rejects.glob(pattern)]
    for file in lists:
        file.unlink(missing_ok=True)
    return len(lists)
