"""load: export files of one source, checked, matched and stored, each in one transaction."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from bot.app import App
from bot.chat import terminal
from bot.cli.argument_types import moment
from bot.ingest.load import LoadSummary
from bot.ingest.rejects import SourceError
from bot.rules.time.freshness import MAY_BE

#: Exit code where every file was loaded and rows were left out of one: monitoring tells it from a refused file.
ROWS_LEFT_OUT = 3


def add(verbs: Any) -> None:
    about = "Load export files of one source: checked, matched, stored in one transaction."
    verb = verbs.add_parser("load", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("source", choices=("police", "children", "interviews"))
    verb.add_argument("files", nargs="+", type=Path, metavar="FILE")
    verb.add_argument(
        "--taken-at",
        type=moment,
        metavar="TIME",
        help="when the export was taken (default: as the partnership file says, else when the file was last changed)",
    )
    verb.add_argument(
        "--fill-gaps", action="store_true", help="of an export older than what is loaded, add what is absent"
    )
    verb.add_argument(
        "--check",
        action="store_true",
        help="store nothing: say what the file holds, and what to write in the partnership file to read it",
    )
    verb.add_argument("--now", dest="taken_at", type=moment, help=argparse.SUPPRESS)


def _run(app: App, given: argparse.Namespace) -> int:
    """Load each file in a transaction of its own: a refused file does not stop the next.

    Exit 1 where a file was refused; else ROWS_LEFT_OUT where a row of any was.
    """
    screen = terminal.console()
    if given.check:
        return _check(app, given, screen)
    loaded = whole = 0
    for file in given.files:
        try:
            with terminal.counting(screen, f"Loading {file.name}") as progress:
                summary = app.load(given.source, file, given.taken_at, progress, fill_gaps=given.fill_gaps)
        except SourceError as fault:
            print(fault, file=sys.stderr)
            continue
        for line in summary_lines(summary):
            screen.print(line, markup=False, soft_wrap=True)
        loaded += 1
        whole += not summary.rejected
    if len(given.files) > 1:
        print(f"{loaded} of {len(given.files)} files loaded, {whole} of them with every row.")
    if loaded < len(given.files):
        return 1
    return 0 if whole == loaded else ROWS_LEFT_OUT


def _check(app: App, given: argparse.Namespace, screen: terminal.Screen) -> int:
    """Say what each file holds. Exit 1 unless the partnership file is right as it is, and every row read whole."""
    whole = True
    for file in given.files:
        try:
            found = app.check(given.source, file, given.taken_at)
        except SourceError as fault:
            print(fault, file=sys.stderr)
            whole = False
            continue
        for line in (*found.lines, "Nothing was stored."):
            screen.print(line, markup=False, soft_wrap=True)
        if found.section:
            screen.print(f"\nIn place of [sources.{given.source}] in the partnership file:\n", markup=False)
            screen.out(found.section, highlight=False, end="")  # as it is, to be pasted
        whole = whole and found.whole
    return 0 if whole else 1


def summary_lines(s: LoadSummary) -> list[str]:
    """Format the counts of a load and the path of its rejects, never a value from a file.

    Rows read are the accepted, the rejected and those left out.
    """
    kept = f"{s.added:,} new, {s.changed:,} changed, {s.unchanged:,} unchanged"
    counts = f"{s.read:,} rows read: {kept}, {s.rejected:,} rejected."
    was = "1 row was" if s.unread == 1 else f"{s.unread:,} rows were"
    unread = f"{was} not read whole: kept, with what could not be read as not known."
    hidden = f"{s.maybe_open:,} of the rows not read may be {MAY_BE.get(s.source)}: look at them first."
    doubts = [*([unread] if s.unread else []), *([hidden] if s.maybe_open else [])]
    older = [f"{s.left_out:,} rows are older than what is kept: left out, and not listed."] if s.left_out else []
    rejects = [f"Listed with what to do: {s.rejects_file}"] if s.rejects_file else []
    mapping = [f"Mapping used: {s.mapping}."] if s.mapping else []
    usual = [f"Usual words of {line}." for line in s.read_as]
    return [counts, *mapping, *doubts, *older, *rejects, *usual, *(f"Look at: {w}" for w in s.warnings)]
