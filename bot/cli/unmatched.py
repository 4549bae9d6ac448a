"""unmatched: every difference between the agencies' records as a CSV file, with both agencies' references."""

from __future__ import annotations

import argparse
import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import App
from bot.cli.new_files import must_be_new, new_file
from bot.store.database import reading
from bot.store.queries import record_differences


def add(verbs: Any) -> None:
    about = "Write what does not match into a CSV file, with both agencies' references."
    verb = verbs.add_parser("unmatched", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("file", type=Path)


def _run(app: App, given: argparse.Namespace) -> int:
    with reading(app.database) as connection:
        rows = [
            (key, *d)
            for key in record_differences.KINDS
            for d in record_differences.differences(connection, key, limit=None)
        ]
    must_be_new(given.file)
    app.done("unmatched as a file", datetime.now(UTC), level=2)
    with new_file(given.file) as stream:
        csv.writer(stream).writerows([("kind", *record_differences.RecordDifference._fields), *rows])
    print(f"{len(rows)} rows written to {given.file}, readable by you alone.")
    return 0
