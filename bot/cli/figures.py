"""figures: every figure of the 2017 report, counted again from the loaded records."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import Any

from bot.app import App
from bot.cli.terminal import add_answer_options, print_reply
from bot.ingest.rejects import SourceError
from bot.reports import published_figures
from bot.settings import PRACTICE_FILE


def add(verbs: Any) -> None:
    about = "Count every figure of the 2017 report again from the loaded records, exactly: no released sheet is read."
    verb = verbs.add_parser("figures", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("file", nargs="?", type=Path, default=PRACTICE_FILE.with_name("published-figures.toml"))
    add_answer_options(verb)


def _run(app: App, given: argparse.Namespace) -> int:
    """Print every published figure beside ours; exit 1 where one differs."""
    now = app.now(given.now)
    try:
        with app.facts() as facts:
            reply = published_figures.compare(given.file, facts, app.partnership, now)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError) as fault:
        raise SourceError(f"{given.file.name}: these are not published figures.") from fault
    app.done("figures", now, level=reply.level)
    print_reply(reply.noting(app.notice), given.format)
    return 1 if reply.status == "failed" else 0
