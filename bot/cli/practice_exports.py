"""practice: the three practice exports, written into a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot import practice
from bot.app import App
from bot.cli.new_files import keep


def add(verbs: Any) -> None:
    about = "Write the three practice exports into a folder."
    verb = verbs.add_parser("practice", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("folder", type=Path)


def _run(app: App, given: argparse.Namespace) -> int:
    """Write them as new files: a folder given by mistake may hold the exports of a partnership."""
    given.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory() as beside:
        for made in practice.write_exports(Path(beside)).values():
            file = given.folder / made.name
            print(file if keep(file, made.read_bytes()) else f"{file} is there already, the same.")
    return 0
