"""Any verb of the bot in a folder, by clocks that a file moves: python -m tests.support.moved_bot FOLDER VERB ...

FOLDER is what the checkout is for a bot: its `data` are in it. `clock` in it holds the seconds by which the clocks of
the database and of this machine are ahead, `teams.json` the addresses of an invented Teams; with `quick` in it the pace
is quick. Each of the three may be missing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bot import settings
from bot.chat import platform_time
from bot.chat.teams import credentials
from bot.server.engine import Pace
from bot.store.backup import restore
from bot.store.delivery import ledger

#: Two seconds a tick, so that a quarter of an hour holds as much as a day.
#: `restore` waits as many ticks as it does of ten seconds.
QUICK = Pace(period=2, heartbeat=1, stalled=5, recover=1, poll=0.3, stuck=6)


def ahead(folder: Path) -> timedelta:
    """Return by how much the clocks are ahead now."""
    try:
        return timedelta(seconds=float((folder / "clock").read_text()))
    except (OSError, ValueError):
        return timedelta()


def moved(clock: Callable[..., datetime], folder: Path) -> Callable[..., datetime]:
    return lambda *given: clock(*given) + ahead(folder)


def main(folder: str, *words: str) -> int:
    """Put the clocks and addresses in before the modules that read them are imported."""
    here = Path(folder)
    settings.ROOT = here
    vars(ledger)["clock"] = moved(ledger.clock, here)
    vars(platform_time)["machine"] = moved(lambda: datetime.now(UTC), here)
    if (here / "teams.json").exists():
        overrides = json.loads((here / "teams.json").read_text())
        made: Any = partial(credentials.Connection, overrides=overrides)
        vars(credentials)["Connection"] = made
    from bot import __main__
    from bot.server import service

    if (here / "quick").exists():
        vars(restore)["TICK_SECONDS"] = 4.0
        vars(service)["Service"] = partial(service.Service, pace=QUICK)
    return __main__.main(words)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
