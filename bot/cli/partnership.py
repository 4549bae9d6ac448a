"""partnership: print the reference of every key of the partnership file."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bot.app import App
from bot.rules.partnership.reference import reference


def add(verbs: Any) -> None:
    about = "Print what each key of the partnership file is for, its values, default and an example."
    verb = verbs.add_parser("partnership", help=about, description=about)
    verb.set_defaults(run=_run)


def _run(app: App, given: argparse.Namespace) -> int:
    sys.stdout.write(reference())
    return 0
