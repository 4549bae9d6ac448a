"""unrecorded: answers given in chat that the case system lacks, as a CSV file in the columns of its own export."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import Any

from bot.app import App
from bot.chat.escape import spreadsheet
from bot.cli import audit
from bot.cli.argument_types import moment
from bot.cli.new_files import must_be_new, new_file
from bot.conversation.refusals import refusal
from bot.reports import case_system
from bot.rules.access.permissions import Refusal
from bot.settings import SettingsError

ACTION = "interviews as a file"


def add(verbs: Any) -> None:
    about = "Write what was said in chat of return interviews, and is not in the case system, into a CSV file for it."
    verb = verbs.add_parser("unrecorded", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("file", type=Path)
    verb.add_argument("--as", dest="person", required=True, metavar="PERSON", help="who may update these interviews")
    verb.add_argument(
        "--recorded-at",
        type=moment,
        metavar="TIME",
        help="when the case system takes the file in (default: it fills in its own time of recording)",
    )


def _run(app: App, given: argparse.Namespace) -> int:
    """Write the interviews that this person may update; the row of the trail comes first."""
    grant = audit.granted(app, given, ACTION, "interview_update")
    if grant is None:
        return 1
    scope = grant.scope(grant.areas)
    if isinstance(scope, Refusal):
        audit.note(app, given, ACTION, scope.reason)
        print(" ".join(refusal(scope.reason).text), file=sys.stderr)
        return 1
    now = app.now(None)
    if given.recorded_at and given.recorded_at > now:
        raise SettingsError("--recorded-at: this time is still to come. Give one that has been, or leave it out.")
    with app.facts() as facts:
        found = case_system.to_type(facts, scope, now)
        mapping = app.partnership.sources.interviews.mapping_at(now)
        rows = case_system.rows(facts, found, mapping, given.recorded_at)
    must_be_new(given.file)
    audit.note(app, given, ACTION, "answered", level=2)
    with new_file(given.file) as stream:
        csv.writer(stream).writerows([spreadsheet(cell) for cell in row] for row in rows)
    interviews = "1 interview" if len(found) == 1 else f"{len(found)} interviews"
    print(f"{interviews} written to {given.file}, readable by you alone.")
    return 0
