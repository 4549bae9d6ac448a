"""retention: remove records older than the partnership's limits. Repeating it is harmless."""

from __future__ import annotations

import argparse
from typing import Any

from bot.app import App
from bot.cli.argument_types import moment
from bot.jobs import daily_retention
from bot.rules.audit.retention import say_cut
from bot.store.database import DatabaseError

_KINDS = {
    "episodes": "episodes that are over, with their records and interviews",
    "children": "children of whom nothing else is kept",
    "notices": "notices that were seen",
    "handles": "buttons that had expired",
    "locks": "locks of look-ups that were over",
    "shifts": "shifts of rotas that were over",
    "drills": "test calls",
    "month notes": "events noted on months",
    "looks": "reviewed looks from outside an area",
    "audit": "rows of the audit trail",
    "rejects": "lists of rejected rows",
    "exports": "kept exports",
}


def add(verbs: Any) -> None:
    about = "Remove records, notices, audit rows and lists of rejected rows that are older than the partnership keeps."
    more = (
        "Periods before that day are answered as not known, 'for the first time ever' means since then, and a shorter "
        "records_months moves that day forward for good: what is removed does not come back, not even from a full "
        "export."
    )
    verb = verbs.add_parser("retention", help=about, description=f"{about} {more}")
    verb.set_defaults(run=_run)
    verb.add_argument("--dry-run", action="store_true", help="count what would go, and change nothing")
    verb.add_argument("--now", type=moment, metavar="TIME", help="as at this time")


def _run(app: App, given: argparse.Namespace) -> int:
    limits, rejects = app.settings.partnership.retention, app.home / "rejects"
    now = app.now(given.now)
    if not given.dry_run and (wrong := app.clock_fault()):
        raise DatabaseError(f"{wrong} Nothing is removed by it.")
    kept = daily_retention.run(app.database, app.sealing_key, limits, rejects, now, dry_run=given.dry_run)
    went = [f"{count:,} {_KINDS[kind]}" for kind, count in kept.removed.items() if count]
    verb = "Would be removed" if given.dry_run else "Removed"
    print(f"{verb}: {'; '.join(went)}." if went else "Nothing is due.")
    if kept.held:
        print(f"Kept under legal hold though their time is over: {kept.held:,} episodes.")
    if kept.owed:
        print(f"Kept though their time is over, because a return interview is still owed: {kept.owed:,} episodes.")
    print(f"Records are known from {say_cut(kept.since)}.")
    return 0
