"""migrate: the database's tables brought up to date, or the partnership's new name taken."""

from __future__ import annotations

import argparse
from typing import Any

from bot.app import App


def add(verbs: Any) -> None:
    about = "Bring the database's tables up to date."
    verb = verbs.add_parser("migrate", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument(
        "--rename", action="store_true", help="the partnership is called something else now: take the file's name"
    )


def _run(app: App, given: argparse.Namespace) -> int:
    """Open the database, which brings its tables up to date (every other verb does so too)."""
    if given.rename:
        before, name = app.rename(), app.settings.partnership.name
        is_new = before != name
        print(f'"{before}" is now called "{name}".' if is_new else f'The partnership is called "{name}" already.')
    print("The tables are up to date." if app.database else "")
    return 0
