"""backup: a checked copy of the database into a folder, while the bot runs."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import App
from bot.cli.argument_types import size
from bot.rules.time.clock import say
from bot.store.backup import backup
from bot.store.database import REVISION, DatabaseError, is_there, open_database, unfit, version


def add(verbs: Any) -> None:
    about = "Copy the database into a folder, while the bot runs, and check the copy. The keys are not in it."
    verb = verbs.add_parser("backup", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="made if it is not there")


def _run(app: App, given: argparse.Namespace) -> int:
    """Copy the database without migrating it: before an upgrade, the older program can go on with its tables."""
    url, now = app.settings.database_url, datetime.now(UTC)
    if not is_there(url):
        raise DatabaseError("There is no database yet, so there is nothing to back up.")
    as_it_is = open_database(url)
    try:
        at = version(as_it_is)
        if not at or unfit(at):
            raise DatabaseError(unfit(at) or "The database has no tables yet, so there is nothing to back up.")
        if at != REVISION:
            taken = backup.take(as_it_is, given.to, now, lambda name: None)
    finally:
        as_it_is.dispose()
    if at == REVISION and app.sealing_key:  # the key has to fit before anything is copied
        taken = backup.take(app.database, given.to, now, lambda name: app.done("backup", now, name))

    holds = taken.holds
    loads = [f"{load.source} taken {say(load.taken_at)}" for load in holds.newest_loads]
    print(f"Backup: {taken.file} ({size(taken.size)}).")
    print(f"Checked: {taken.checked}; {holds.total:,} rows in {len(holds.rows)} tables, as in the database.")
    print(f"It goes until row {holds.row} of the audit trail ({say(holds.at) if holds.at else 'no row yet'}).")
    print(f"Newest loads in it: {'; '.join(loads) or 'none'}.")
    print(
        "The keys are NOT in it (audit.key, data.key). Keep them, and keep them elsewhere: without the audit key "
        "nothing is answered after a restore, without the data key no file can be loaded."
    )
    if at != REVISION:
        print(f"Its tables are older ({at}, this program knows {REVISION}): the trail has no row of this backup.")
    return 0
