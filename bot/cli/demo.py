"""demo: fill a practice database and show a practice morning. Running it again changes nothing."""

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
from bot.cli.terminal import ask
from bot.rules.time import clock
from bot.settings import SettingsError

#: A lead sees every child, so each look is accounted for.
REASON = "a look around in the practice partnership"


def add(verbs: Any) -> None:
    about = "From nothing to a practice morning: load, digest, figures, a child, interviews, a prompt."
    verb = verbs.add_parser("demo", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("--web", action="store_true", help="the same morning as a page in the browser, until Ctrl-C")


def _run(app: App, given: argparse.Namespace) -> int:
    """Load the practice exports where that has not been done, show the morning, then offer a prompt."""
    if app.partnership.practice is None:
        raise SettingsError(
            "The demo fills the database with practice data, so it runs only with the practice partnership."
        )
    if given.web:
        return _serve_page(app)
    screen = terminal.console()
    began = time.monotonic()
    _fill(app, screen)
    now = app.now(None)
    screen.print(f"\nIt is {clock.say(now)} in the practice partnership.\n", style="bold", markup=False)
    missing = ask(app, "open", None, None, now)
    looked_up = next((b.command for b in missing.pressable if b.command.startswith("child ")), None)
    child = f'{looked_up} because "{REASON}"' if looked_up else "help child"
    for question in ("today", "stats north", child, "interviews due"):
        terminal.post(ask(app, question, None, None, now), screen)
        screen.print()
    screen.print(f"Done in {time.monotonic() - began:.1f} s. Everything shown is invented.", markup=False)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return 0

    screen.print('Type a command, such as "help" or "stats south"; an empty line ends.')
    while True:
        try:
            text = input("missing> ").strip()
        except (EOFError, KeyboardInterrupt):
            return 0
        if not text or text in ("exit", "quit"):
            return 0
        terminal.post(ask(app, text, None, None, app.now(None)), screen)


def _serve_page(app: App) -> int:
    """Serve the practice page until a signal ends it; its modules are imported here, for the terminal needs none."""
    from bot.server.practice_page import Practice, PracticeServer

    screen = terminal.console()
    began, over = time.monotonic(), threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    with closing(Practice(app.settings, lambda name: screen.print(f"Loading {name} ...", markup=False))) as stage:
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
        screen.print("The practice data are loaded already.")
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
