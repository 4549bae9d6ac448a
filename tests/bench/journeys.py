"""Trace five journeys through the code: `python -m tests.bench.journeys`.

A command (`stats north` in Slack), a digest, a reminder, a form (pressed, handed in, ticked off in the digest) and a
load are carried out on the practice partnership, with an invented Slack on loopback. Printed are the calls into
`bot/` and `commands/`, and the functions, files, rooms and layers that they enter.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from bot.jobs import digest, reminders
from bot.jobs.delivery import tick
from bot.jobs.job import Job, Run
from bot.practice import POLICE_TAKEN_AT, write_exports
from tests.support.factories import NOW, episode, hours, interview
from tests.support.slack.scene import NORTH, Scene, living

ROOT = f"{Path(__file__).resolve().parents[2]}/"
CONTRACT = "Data flows one way"
BACK = NOW - hours(60)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
MISSING = episode(1, area="north")


class Trace:
    """Every call of a function of ours, in all threads, while one journey is under way."""

    def __init__(self) -> None:
        self.under_way = False
        self._lock = threading.Lock()
        self._layers = _layers()
        threading.setprofile(self._seen)  # before the threads of Slack begin
        sys.setprofile(self._seen)

    @contextmanager
    def journey(self, name: str) -> Iterator[None]:
        self._calls, self._functions, self._edges = 0, set[tuple[str, str]](), set[tuple[str, str]]()
        self.under_way = True
        try:
            yield
        finally:
            self.under_way = False
        files = {file for file, _ in self._functions}
        rooms = {file.split("/")[1] if file.startswith("bot/") else "commands" for file in files}
        layers = {self._layer(file) for file in files}
        print(
            f"{name:<22} files {len(files):>3}  functions {len(self._functions):>4}  rooms {len(rooms):>3}  "
            f"layers {len(layers):>2} of {len(set(self._layers.values()))}  "
            f"arrows from file to file {len(self._edges):>4}  calls {self._calls:>7}"
        )
        if "--list" in sys.argv:
            print(*sorted(files), sep="\n")

    def _seen(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or not self.under_way:
            return
        file, name = _of_ours(frame), frame.f_code.co_name
        if file is None or (name.startswith("<") and name != "<lambda>"):
            return
        caller, back = None, frame.f_back
        while back is not None and caller is None:
            caller, back = _of_ours(back), back.f_back
        with self._lock:
            self._calls += 1
            self._functions.add((file, frame.f_code.co_qualname))
            if caller not in (None, file):
                self._edges.add((str(caller), file))

    def _layer(self, file: str) -> int | None:
        module = file[:-3].replace("/", ".")
        while module and module not in self._layers:
            module = module.rpartition(".")[0]
        return self._layers.get(module)


def _of_ours(frame: FrameType) -> str | None:
    file = frame.f_code.co_filename
    ours = file.startswith((f"{ROOT}bot/", f"{ROOT}commands/"))
    return file[len(ROOT) :] if ours else None


def _layers() -> dict[str, int]:
    """Module -> the number of its layer, the uppermost 0, as import-linter has them."""
    settings = tomllib.loads(Path(ROOT, "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    rows = next(c["layers"] for c in contracts if c["name"] == CONTRACT)
    return {name.strip(" ()"): n for n, row in enumerate(rows) for name in row.split("|")}


def ticked(bot: Scene, job: Job) -> None:
    platforms = {"slack": bot.slack.platform}
    run = Run(bot.app.database, bot.app.as_listed(), platforms, bot.app.sealing_key, "a", lambda connection: bot.now)
    tick(run, (job,), NOW - hours(1))


def main() -> None:
    trace = Trace()
    with _bot() as bot:
        bot.slash("stats north", "north-manager", NORTH)  # parts made at their first use
        with trace.journey("command"):
            bot.slash("stats north", "north-manager", NORTH)
    with _bot() as bot, trace.journey("digest"):
        ticked(bot, digest.JOB)
    with _bot() as bot:
        bot.turn(NOW + hours(2.5))
        with trace.journey("reminder"):
            ticked(bot, reminders.JOB)
    with _bot() as bot:
        ticked(bot, digest.JOB)
        shown = bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH)
        with trace.journey("form: pressed"):
            bot.press(shown, "Record", "north-worker")
        with trace.journey("form: handed in"):
            bot.submit(bot.modal(), "north-worker", **{"What came of it?": "Held"})
        bot.turn(NOW + timedelta(minutes=10))
        with trace.journey("form: ticked off"):
            ticked(bot, digest.JOB)
    with tempfile.TemporaryDirectory() as folder, _bot(empty=True) as bot:
        file = write_exports(Path(folder))["police"]
        with trace.journey("load"):
            bot.app.load("police", file, POLICE_TAKEN_AT)


@contextmanager
def _bot(*, empty: bool = False) -> Iterator[Scene]:
    with tempfile.TemporaryDirectory() as folder, living(Path(folder), f"sqlite:///{folder}/bot.sqlite") as bot:
        if not empty:
            bot.put(MISSING, DUE)
        yield bot


if __name__ == "__main__":
    main()
