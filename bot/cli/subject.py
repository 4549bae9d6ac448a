"""subject: export the records of one child for a subject access request, or erase them when two leads ask for it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bot.app import App
from bot.cli.new_files import must_be_new, new_file
from bot.cli.two_leads import add_child, lead_entry, reference, trail_entry
from bot.jobs.daily_retention import discard_exports, discard_lists
from bot.reports import subject_access
from bot.rules.access.record_decisions import NotDecided
from bot.rules.audit.retention import say_cut
from bot.rules.time.clock import local_day
from bot.store.retention.decisions import carry_out, refuse
from bot.store.retention.erasure import Scrubbed, erase, scrub
from bot.store.retention.subject_access import everything_on

_BYTES: dict[Scrubbed, str] = {
    "done": "The database file was rewritten: no byte of it is left there.",
    "busy": "Somebody was reading, so the database's log still holds it: run `./deploy/dev subject scrub` soon.",
    "vacuum": (
        "PostgreSQL overwrites the rows after its next vacuum: the tables' owner runs VACUUM FULL in a quiet hour. "
        "Its write-ahead log and archive hold them until they are recycled."
    ),
}


def add(verbs: Any) -> None:
    about = "All that is held on one child: write a copy of it, or erase it. For strategic leads."
    top = verbs.add_parser("subject", help=about, description=about).add_subparsers(metavar="WHAT", required=True)
    copy = top.add_parser("export", help="Write everything held on a child, as JSON and as a page to read.")
    copy.set_defaults(run=_export)
    add_child(copy)
    copy.add_argument("--to", dest="folder", type=Path, required=True, metavar="FOLDER", help="for the two files")
    gone = top.add_parser("erase", help="Erase everything held on a child, but the audit trail. There is no way back.")
    gone.set_defaults(run=_erase)
    add_child(gone)
    gone.add_argument("--confirmed-by", required=True, metavar="OTHER", help="a second strategic lead")
    again = top.add_parser("scrub", help="Rewrite the database file once more, where somebody was reading it.")
    again.set_defaults(run=_scrub)


def _export(app: App, given: argparse.Namespace) -> int:
    """Write the two files, after the row of the trail: without a row no file is written."""
    now, ref = app.now(None), reference(app, given)
    files = {kind: given.folder / f"{ref}-{local_day(now):%Y%m%d}.{kind}" for kind in ("json", "html")}
    for file in files.values():
        must_be_new(file)
    entry = trail_entry(app, given, "subject export", now)
    held = carry_out(app.database, app.sealing_key, [entry], lambda connection: everything_on(connection, ref))
    given.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    copies = {"json": subject_access.as_json(held, ref, now), "html": subject_access.as_page(held, ref, now)}
    for kind, text in copies.items():
        with new_file(files[kind]) as stream:
            stream.write(text)
        print(f"{files[kind]}, readable by you alone.")
    if held["legal_hold"]:
        print("This child is under legal hold.")
    return 0


def _erase(app: App, given: argparse.Namespace) -> int:
    now, ref, key = app.now(None), reference(app, given), app.sealing_key
    entry = trail_entry(app, given, "subject erase", now)
    confirmed = lead_entry(app, given.confirmed_by, "subject erase confirmed", ref, now)
    if confirmed.who == entry.who:
        refuse(app.database, key, [entry], "same_person")
        raise NotDecided(
            "same_person", "A second strategic lead has to confirm: the same person cannot. Nothing changed."
        )
    done = carry_out(app.database, key, [entry, confirmed], lambda connection: erase(connection, key, ref, now))
    lists, exports = discard_lists(app.home / "rejects"), discard_exports(app.home / "rejects")
    print(f"{ref} is erased, with {done.episodes} episodes. No later export brings them back.")
    if done.first and done.last:
        span = f"{say_cut(local_day(done.first))} to {say_cut(local_day(done.last))}"
        print(f"Figures of periods from {span} change: they no longer count this child. Say so where they are quoted.")
    if lists:
        print(f"{lists} lists of rejected rows were removed too: nobody can tell whose rows they list.")
    if exports:
        print(f"{exports} kept exports and refused files were removed too: each may have held this child.")
    print(
        "Still held elsewhere: the agencies' own records and export files, backups until they are overwritten, copies "
        "made for people, and the audit trail, in which the reference now leads nowhere."
    )
    print(_BYTES[scrub(app.database)])
    return 0


def _scrub(app: App, given: argparse.Namespace) -> int:
    found = scrub(app.database)
    print(_BYTES[found])
    return 1 if found == "busy" else 0
