"""restore: put a backup in the place of the database, which is kept. What was due before is looked for in chat."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import App, operator
from bot.cli.argument_types import size
from bot.jobs import rollback
from bot.rules.audit.chain import Entry
from bot.rules.delivery.health import restore_fault
from bot.rules.effects import NotifyRole
from bot.rules.time.clock import say
from bot.store import audit_chain, released_periods
from bot.store.backup import restore
from bot.store.backup.contents import Contents, LoadedFile
from bot.store.backup.restore import Done
from bot.store.changes.record import carry_out
from bot.store.database import Database, DatabaseError, file_of, open_database, writing
from bot.store.delivery import ledger, replicas
from bot.store.delivery.replicas import Restored
from bot.store.encryption import Seal

_OTHER_KEY = (
    "The audit key does not fit this backup: its trail was sealed with another one. Put that key back (BOT_AUDIT_KEY, "
    "or keys/audit.key in the data folder) and run restore again; nothing was changed."
)
_COMPARE = (
    "Compare it with another clock. Where it is wrong, put it right; where it is right, run restore again with "
    "--clock-is-right. Nothing was changed."
)
#: Actions that a person has to do again if the copy lacks them.
_AGAIN = ("hold ", "subject erase", "people ")


def add(verbs: Any) -> None:
    about = "Put a backup in the place of the database, which is kept. What was due before is looked for in chat."
    verb = verbs.add_parser("restore", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("file", type=Path, metavar="FILE", help="a file that backup made")
    verb.add_argument(
        "--clock-is-right",
        action="store_true",
        help="the clock is right, though the bot wrote later times or none for long: you looked at another clock",
    )


def _run(app: App, given: argparse.Namespace) -> int:
    file, now, url = given.file, datetime.now(UTC), app.settings.database_url
    target = file_of(url) if url.startswith("sqlite") else None

    def open_copy(address: str) -> Database:
        copy: Database = open_database(address, Seal(lambda: app.keys_of(copy).data))
        return copy

    def stamp(copy: Database, holds: Contents, last: datetime | None) -> int:
        key, who = app.keys_of(copy).audit, operator()
        heads = app.heads_of(copy)
        head_at = rollback.newest_at(heads) if heads else None
        with writing(copy) as connection:
            if not audit_chain.fits(connection, key):
                raise DatabaseError(_OTHER_KEY)
            # By the clock that messages go by: a practice morning begins anew each time.
            practice = app.settings.partnership.practice
            at = ledger.clock(connection) if practice is None else practice.now.astimezone(UTC)
            wrote = [t for t in (last, holds.at, replicas.newest(connection), head_at) if t is not None]
            fault = restore_fault(now, at, max(wrote, default=None))
            if fault and practice is None and not given.clock_is_right:
                raise DatabaseError(f"{fault} {_COMPARE}")
            # What was due until the latest time that the bot wrote may have been sent.
            until = max([at, *wrote]) if practice is None else at
            held = replicas.note_restore(connection, Restored(until, file.name[:255], holds.row, holds.at), at)
            released_periods.note_restore(connection, app.settings.partnership.year_begins, at)
            reason = f"the copy goes until row {holds.row}"
            audit_chain.append(
                connection,
                key,
                Entry(now, who, "", "", audit_chain.RESTORE, "done", file.name[:64], place=who, reason=reason),
            )
            text = (
                f"The database was restored from a backup that goes until {_until(holds)}. Messages that were due "
                "before the restore are looked for in chat before they are sent, and calls go on: see deliveries. "
                "Exports that came later have to be loaded again."
            )
            carry_out(connection, NotifyRole("system_admin", "alarm", text, at))
        return held

    if target is None:
        done = restore.restore_dump(file, url, now, open_copy, stamp)
    else:
        done = restore.restore_file(file, target, now, open_copy, stamp)
    for line in _report(done, file, app.home / "rejects"):
        print(line)
    return 0


def _until(holds: Contents) -> str:
    return say(holds.at) if holds.at else "before its first row"


def _report(done: Done, file: Path, rejects: Path) -> Iterator[str]:
    """Say what was restored, what is held, and what the copy lacks and a person has to do again."""
    whole = "as it was when it was made" if done.as_made else "whole as far as it can be read; no checksum is beside it"
    yield f"Restored from {file.name} ({size(file.stat().st_size)}; {whole})."
    yield f"It goes until row {done.holds.row} of the audit trail ({_until(done.holds)})."
    if done.kept:
        yield f"The database that was there is kept: {done.kept}. Remove it when it is not needed any more."
    yield (
        f"Looked for in chat before they are sent: {done.held} messages that were still to go, and whatever else was "
        "due before now. Where chat cannot be asked an administrator decides: ask deliveries. Calls go on."
    )
    if (lost := done.lost) is None:
        why = "cannot be read" if done.kept else "is not there"
        yield f"Which loads the copy lacks is not known for certain: the database from before {why}."
        listed = _loads_listed(rejects, done.holds)
        yield from _lacking(listed, f"No list of a load in {rejects} is newer than the copy.")
        until = _until(done.holds)
        yield f"Load whatever else was exported after {until}; who was given or lost a role since then, too."
    else:
        yield from _lacking(lost.loads, "The copy lacks no load.")
        # Changes that people made since the copy, by action and number, with nothing of a child.
        if rows := sum(lost.done.values()):
            how_many = "1 row" if rows == 1 else f"{rows} rows"
            yield f"The copy lacks {how_many} of the trail; what was said in chat since is lost."
        if again := [f"{count} {what}" for what, count in lost.done.items() if what.startswith(_AGAIN)]:
            yield f"Do these again, as the trail of the replaced database says: {', '.join(again)}."
    yield "Next: load what is named above, run doctor, and start the bot."


def _lacking(loads: Sequence[LoadedFile], otherwise: str) -> Iterator[str]:
    if not loads:
        yield otherwise
        return
    how_many = "1 load" if len(loads) == 1 else f"{len(loads)} loads"
    yield f"The copy lacks {how_many}. Load these files again, in this order:"
    for load in loads:
        yield f"  {load.source} taken {say(load.taken_at)} (loaded {say(load.loaded_at)}, sha256 {load.sha256[:12]})"


def _loads_listed(rejects: Path, holds: Contents) -> Sequence[LoadedFile]:
    """Return the loads that summaries name and the copy lacks; a summary that cannot be read names none."""
    there = {load.sha256 for load in holds.loads}
    found: dict[tuple[str, str], LoadedFile] = {}
    for file in sorted(rejects.glob("*-summary.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            summary = json.loads(file.read_text(encoding="utf-8"))
            taken, loaded = (
                datetime.fromisoformat(str(summary[name])).astimezone(UTC) for name in ("taken_at", "loaded_at")
            )
            load = LoadedFile(str(summary["source"]), taken, loaded, str(summary["sha256"]))
            if load.sha256 not in there and (holds.at is None or load.loaded_at > holds.at):
                found[load.source, load.sha256] = load
    return sorted(found.values(), key=lambda each: (each.taken_at, each.source))
