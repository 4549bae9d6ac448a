"""practice: the three practice exports, written into a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bot import practice
from bot.app import App


def add(verbs: Any) -> None:
    about = "Write the three practice exports into a folder."
    verb = verbs.add_parser("practice", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("folder", type=Path)


def _run(app: App, given: argparse.Namespace) -> int:
    for file in practice.write_exports(given.folder).values():
        print(file)
    return 0
