"""demo: fill a practice database, show a practice morning on one screen, and offer a prompt or a page.

Running it again loads nothing again.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from bot import practice
from bot.app import App
from bot.chat import terminal
from bot.cli.load_exports import summary_lines
from bot.settings import SettingsError


def add(verbs: Any) -> None:
    about = "From nothing to a practice morning: load, a digest, a reminder, an answer, a prompt."
    verb = verbs.add_parser("demo", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("--web", action="store_true", help="the same morning as a page in the browser, until Ctrl-C")


def _run(app: App, given: argparse.Namespace) -> int:
    """Load the practice exports where that is not done, send and show the morning, then offer a prompt.

    Messages go into the outbox. The prompt's modules are imported here: a question at the terminal should not wait for
    them.
    """
    from bot.cli.demo_prompt import Prompt
    from bot.cli.demo_screen import show

    pretended = app.partnership.practice
    if pretended is None:
        raise SettingsError(
            "The demo fills the database with practice data, so it runs only with the practice partnership."
        )
    if given.web:
        return _serve_page(app)
    screen = terminal.console()
    _fill(app, screen)
    prompt = Prompt(app, pretended, screen)
    with screen.status("Sending what is due ..."):
        prompt.worker.tick()
    show(app, pretended, prompt.worker.run(), prompt.clock.now, screen)
    if sys.stdin.isatty() and sys.stdout.isatty():
        prompt.talk()
    return 0


def _serve_page(app: App) -> int:
    """Serve the practice page until a signal ends it; its modules are imported here, for the terminal needs none."""
    from bot.server.practice_page import PracticeRun, PracticeServer

    screen = terminal.console()
    began, over = time.monotonic(), threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    with closing(PracticeRun(app.settings, lambda name: screen.print(f"Loading {name} ...", markup=False))) as stage:
        page = PracticeServer(stage, app.settings.environ.get("BOT_BIND", ""))
        page.server.start()
        screen.print(
            f"\nThe practice page is open after {time.monotonic() - began:.1f} s. Open in a browser:\n", markup=False
        )
        screen.print(f"  {page.url}\n", style="bold", markup=False)
        screen.print("Every child is invented, and nothing is kept. Ctrl-C ends it.", markup=False)
        while not over.wait(0.5) and page.server.lives:
            pass
        page.server.stop()
    return 0 if over.is_set() else 1


def _fill(app: App, screen: terminal.Screen) -> None:
    """Write the three exports and load them."""
    with app.facts() as facts:
        newest = {f.source: f.taken_at for f in facts.freshness(datetime.now(UTC))}
    if newest == practice.TAKEN_AT:
        return
    if any(newest.values()) and not app.installation.holds_practice:
        raise SettingsError(
            "This database holds other data. Name a new one for the demo: BOT_DATABASE_URL=sqlite:///data/demo.sqlite"
        )
    with terminal.step(screen, "Writing the practice exports"):
        files = practice.write_exports(app.home / "exports")
    for source in practice.TAKEN_AT:
        with terminal.counting(screen, f"Loading {source}") as progress:
            summary = app.load(source, files[source], practice.TAKEN_AT[source], progress)
        for line in summary_lines(summary):
            screen.print("  " + line, markup=False)
