"""load: export files of one source, checked, matched and stored, each in one transaction."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from bot.app import App
from bot.chat import terminal
from bot.cli import load_summary
from bot.cli.argument_types import moment
from bot.ingest.rejects import SourceError


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
    verb.add_argument("--now", dest="taken_at", type=moment, help=argparse.SUPPRESS)


def _run(app: App, given: argparse.Namespace) -> int:
    """Load each file in a transaction of its own: a refused file does not stop the next. Exit 1 unless every row
    of every file could be used."""
    screen = terminal.console()
    whole = 0
    for file in given.files:
        try:
            with terminal.counting(screen, f"Loading {file.name}") as progress:
                summary = app.load(given.source, file, given.taken_at, progress, fill_gaps=given.fill_gaps)
        except SourceError as fault:
            print(fault, file=sys.stderr)
            continue
        for line in load_summary.lines(summary):
            screen.print(line, markup=False, soft_wrap=True)
        whole += not summary.rejected
    if len(given.files) > 1:
        print(f"{whole} of {len(given.files)} files loaded.")
    return 0 if whole == len(given.files) else 1
