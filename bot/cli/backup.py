"""backup: a checked copy of the database into a folder, while the bot runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import App
from bot.cli.argument_types import size
from bot.rules.time.clock import say
from bot.store.backup import backup
from bot.store.backup.backup import Backup
from bot.store.database import REVISION, Database, DatabaseError, is_there, open_database, unfit, version

_KEYS = (
    "The keys are NOT in it (audit.key, data.key). Keep them, and keep them elsewhere: without the audit key nothing "
    "is answered after a restore, without the data key no file can be loaded."
)


def add(verbs: Any) -> None:
    about = "Copy the database into a folder, while the bot runs, and check the copy. The keys are not in it."
    verb = verbs.add_parser("backup", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="made if it is not there")


def _run(app: App, given: argparse.Namespace) -> int:
    url = app.settings.database_url
    if not is_there(url):
        raise DatabaseError("There is no database yet, so there is nothing to back up.")
    with closing(_OpenedCopy(url)) as opened:
        at = version(opened.engine)
        if not at or unfit(at):
            raise DatabaseError(unfit(at) or "The database has no tables yet, so there is nothing to back up.")
    taken = _of_now(app, given.to) if at == REVISION else _of_before(url, given.to, at)
    for line in taken:
        print(line)
    return 0


def _of_now(app: App, folder: Path) -> Iterator[str]:
    now = datetime.now(UTC)
    if app.sealing_key:
        yield from _lines(backup.take(app.database, folder, now, lambda name: app.done("backup", now, name)))


def _of_before(url: str, folder: Path, at: str) -> Iterator[str]:
    """Copy the database before an upgrade, without migrating it: the older program can go on with its tables."""
    with closing(_OpenedCopy(url)) as opened:
        yield from _lines(backup.take(opened.engine, folder, datetime.now(UTC), lambda name: None))
    yield f"Its tables are older ({at}, this program knows {REVISION}): the trail has no row of this backup."


class _OpenedCopy:
    """The database without a migration: a backup does not change its tables."""

    def __init__(self, url: str) -> None:
        self.engine: Database = open_database(url)

    def close(self) -> None:
        self.engine.dispose()


def _lines(taken: Backup) -> Iterator[str]:
    holds = taken.holds
    yield f"Backup: {taken.file} ({size(taken.size)})."
    yield f"Checked: {taken.checked}; {holds.total:,} rows in {len(holds.rows)} tables, as in the database."
    yield f"It goes until row {holds.row} of the audit trail ({say(holds.at) if holds.at else 'no row yet'})."
    loads = [f"{load.source} taken {say(load.taken_at)}" for load in holds.newest_loads]
    yield f"Newest loads in it: {'; '.join(loads) or 'none'}."
    yield _KEYS
