"""serve: run the service until a signal ends it: the engine ticks, the server reports health."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from typing import Any

from bot.app import App
from bot.logs.setup import log
from bot.settings import SettingsError

_PRACTICE_ON_CHAT = (
    "This is a practice partnership, and a chat platform is configured: people there would be told of invented "
    "children. Name your own partnership file in BOT_PARTNERSHIP, or, for a training, say: serve --practice"
)


def add(verbs: Any) -> None:
    about = "Run the bot: an engine that ticks, and servers for platforms and for health, until SIGTERM or Ctrl-C."
    serve = verbs.add_parser("serve", help=about, description=about)
    serve.add_argument(
        "--once",
        action="store_true",
        help="one tick and the exports that arrived, and end: for cron, where no service may run",
    )
    serve.add_argument(
        "--practice", action="store_true", help="also with a chat platform, where a practice partnership is served"
    )
    serve.set_defaults(run=_serve)


def _serve(app: App, given: argparse.Namespace) -> int:
    """Start the service, after the database, its key and every setting were found to be usable.

    The service's modules are imported here: a question at the terminal should not wait for them.
    """
    from bot.jobs import rollback
    from bot.server.arrivals import Arrivals
    from bot.server.service import Service
    from bot.server.worker import Worker

    worker = Worker(app)
    if app.is_practice and worker.chats and not given.practice:
        raise SettingsError(_PRACTICE_ON_CHAT)
    usable = app.sealing_key and worker.replica and worker.platforms
    if not app.is_practice and (older := rollback.older(app.database, app.heads)):
        sentence = f"{older[0].upper()}{older[1:]}"
        print(f"{sentence}. What was due before is looked for in chat, and calls go on.", file=sys.stderr)
    if given.once and usable:
        worker.tick()
        Arrivals(app, worker.alarm, worker.clock_is_right).once()
        if worker.teams:
            worker.teams.stop()
        return 0
    service = Service(app, worker)
    over = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    service.start()
    try:
        while not over.wait(0.5) and service.lives:
            pass
    finally:
        drained = service.stop()
    if not drained:
        log("ended with something under way")
        sys.stderr.flush()
        os._exit(1)
    return 0 if over.is_set() else 1
