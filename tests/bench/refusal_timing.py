"""Compare the time of "no such child" with that of "not yours", on SQLite and PostgreSQL: it must not tell of a child.

`python -m tests.bench.refusal_timing --rounds 1000` asks in turn, and prints medians.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select

from bot.app import App
from bot.chat.terminal import as_json
from bot.cli import terminal
from bot.rules.partnership.partnership import BreakGlass, LookUps
from bot.settings import read_settings
from bot.store.database import reading, writing
from bot.store.schema import access, records
from tests.support import postgresql
from tests.support.asking import BECAUSE
from tests.support.factories import NOW, reference
from tests.support.world import world

CHILDREN, EPISODES = 500, 3000
#: Requests and their people; the text lacks its reference.
QUESTIONS = {
    "child REF": ("south-worker", "child {}"),
    "child REF because": ("south-worker", "child {} " + BECAUSE),
    "child REF, a lead without a reason": ("lead", "child {}"),
    "who-looked REF": ("north-manager", "who-looked {}"),
}


@contextmanager
def loaded(url: str, folder: Path) -> Iterator[App]:
    """Yield a partnership without limits on looking up, with invented children."""
    settings = read_settings({"BOT_DATABASE_URL": url})
    ours = settings.partnership
    object.__setattr__(ours, "look_ups", LookUps(misses=10**9))
    object.__setattr__(ours, "break_glass", BreakGlass(most_in_30_days=10**9))
    with closing(App(replace(settings, partnership=ours, data_folder=folder))) as app:
        with writing(app.database) as connection:
            world(1, CHILDREN, EPISODES).store(connection)
            row = {"source": "police", "taken_at": NOW, "loaded_at": NOW, "sha256": "0" * 64}
            numbers = dict.fromkeys(("rows_read", "accepted", "rejected", "added", "changed", "unchanged"), 0)
            connection.execute(records.source_load.insert(), [{**row, **numbers}])
        yield app


def not_theirs(app: App, who: str, text: str) -> list[str]:
    """Return existing references for which this question is refused."""
    with reading(app.database) as connection:
        refs = list(connection.execute(select(records.child.c.ref).order_by(records.child.c.id)).scalars())
    return [ref for ref in refs if terminal.ask(app, text.format(ref), who, None, NOW).status == "refused"]


def measure(app: App, who: str, text: str, rounds: int) -> tuple[float, float]:
    """Return median milliseconds of 'not yours' and 'no such child', asked in turn with a new reference each time."""
    dice = random.Random(7)
    theirs = not_theirs(app, who, text)
    unknown = [reference(n) for n in range(200_000, 200_000 + len(theirs))]
    taken: tuple[list[float], list[float]] = ([], [])
    said = set()
    for _ in range(rounds):
        order = [0, 1]
        dice.shuffle(order)
        for which in order:
            ref = dice.choice((theirs, unknown)[which])
            asked = text.format(ref)
            began = time.perf_counter()
            reply = terminal.ask(app, asked, who, None, NOW)
            taken[which].append((time.perf_counter() - began) * 1000)
            said.add(as_json(reply).replace(ref, "REF"))  # a button repeats the typed text
    assert len(said) == 1, "the words differ"
    return statistics.median(taken[0]), statistics.median(taken[1])


def report(name: str, app: App, rounds: int, say: Callable[[str], None] = print) -> None:
    for what, (who, text) in QUESTIONS.items():
        theirs, nobody = measure(app, who, text, rounds)
        apart = abs(theirs - nobody)
        say(f"{name}: {what}: not yours {theirs:.3f} ms, no such child {nobody:.3f} ms, apart {apart:.3f} ms")
    with reading(app.database) as connection:
        rows = connection.execute(select(func.count()).select_from(access.audit)).scalar_one()
    say(f"{name}: {rows} rows recorded")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=1000)
    rounds = words.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with loaded(f"sqlite:///{folder / 'oracle.sqlite'}", folder) as app:
            report("SQLite", app, rounds)
    with (
        tempfile.TemporaryDirectory() as name,
        postgresql.running() as server,
        loaded(postgresql.emptied(server), Path(name)) as app,
    ):
        report("PostgreSQL", app, rounds)


if __name__ == "__main__":
    main()
