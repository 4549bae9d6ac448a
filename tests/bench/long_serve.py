"""Serve for half an hour on a million episodes: python -m tests.bench.long_serve --minutes 30 --episodes 1000000.

A real `serve` on SQLite with invented episodes (`--keep FILE` for another run), asked over HTTP as Slack asks, signed,
one question every `--pause` seconds. Printed are memory, threads, descriptors and the write-ahead log after the first
tenth and at the end, their peaks, questions that failed, and medians: to the acknowledgement and to the answer.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from bot.app import App
from bot.chat.slack.manifest import PATH
from bot.settings import ROOT, read_settings
from tests.bench.faults_at_work import KEYS
from tests.bench.report import fill
from tests.support.slack import payloads
from tests.support.slack.scene import ACCOUNTS, partnership_file, words, workspace
from tests.support.slack.signing import SECRET
from tests.support.slack.web_api import serving
from tests.support.slack.workspace import BOT_TOKEN, Workspace

AREAS = ("north", "south", "central")
QUESTIONS = (
    *(("stats north", "north-manager"), ("today", "north-manager"), ("interviews overdue", "lead"), ("open", "lead")),
    *(("stats", "lead"), ("help", "north-worker"), ("interviews mine", "north-worker"), ("reporters north", "lead")),
)
#: An answer that has not come by then has failed.
PATIENCE = 60.0


@dataclass(frozen=True)
class Held:
    """What the process holds at one moment: MiB of memory, threads, descriptors, MiB of write-ahead log."""

    memory: float
    threads: int
    descriptors: int
    log: float


@dataclass
class Seen:
    """The whole run."""

    began: float = field(default_factory=time.monotonic)
    held: list[Held] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)
    answered: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @property
    def asked(self) -> int:
        return len(self.failed) + sum(map(len, self.answered.values()))


def prepared(folder: Path, episodes: int, seed: int, keep: Path | None) -> dict[str, str]:
    """Return the environment of a bot on so many episodes; the file of an earlier run is taken as it is."""
    database = keep or folder / "bot.sqlite"
    made = folder / "partnership.toml"
    environ = {"BOT_DATABASE_URL": f"sqlite:///{database}", "BOT_PARTNERSHIP": str(made)} | KEYS
    partnership_file(folder)
    if not database.exists():
        app = App(replace(read_settings(environ), data_folder=folder / "data"))
        assert app.database  # stamped as practice before any record is in it
        app.close()
        fill(database, episodes, len(AREAS), seed)
        with closing(sqlite3.connect(database)) as db:
            for number, name in enumerate(AREAS):
                db.execute("UPDATE episode SET area = ? WHERE area = ?", (name, f"area-{number}"))
            db.commit()
    return environ


def long_serve(folder: Path, environ: dict[str, str], minutes: float, pause: float) -> Seen:
    """Serve and ask for so long."""
    slack, seen, log = workspace(), Seen(), folder / "log"
    database = Path(environ["BOT_DATABASE_URL"].removeprefix("sqlite:///"))
    with serving(slack) as served, log.open("w") as stream:
        environ |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "BOT_BIND": "127.0.0.1:0"}
        environ |= {"BOT_HEALTH_BIND": "127.0.0.1:0", "BOT_SLACK_BOT_TOKEN": BOT_TOKEN}
        environ |= {"BOT_SLACK_SIGNING_SECRET": SECRET, "BOT_SLACK_API_URL": served.api_url}
        command = [sys.executable, "-m", "tests.support.moved_bot", str(folder), "serve", "--practice"]
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=stream, stderr=stream)
        try:
            address = _address(log, process)
            over, looked = time.monotonic() + minutes * 60, 0.0
            with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
                for text, who in itertools.cycle(QUESTIONS):
                    _ask(client, address, slack, text, who, seen)
                    if process.poll() is not None:
                        break
                    if time.monotonic() - looked > minutes * 0.6:  # a hundred looks
                        looked = time.monotonic()
                        seen.held.append(_held(process.pid, database))
                    if time.monotonic() > over:
                        break
                    time.sleep(pause)
            assert process.poll() is None, f"it ended by itself: {log.read_text()[-2000:]}"
        finally:
            process.terminate()
            process.wait(60)
    return seen


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        for line in log.read_text().splitlines():
            if line.startswith("{") and (said := json.loads(line))["event"] == "serving":
                return f"http://127.0.0.1:{said['port']}{PATH}"
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def _ask(client: httpx.Client, address: str, slack: Workspace, text: str, who: str, seen: Seen) -> None:
    """Ask once, and wait for the answer to this person alone."""
    person = slack.people[ACCOUNTS[who]]
    private = slack.im_with(person.id)
    asked = payloads.slash(slack, person, private, text)
    before, posted, began = len(slack.ephemeral), len(slack.in_channel(private.id)), time.monotonic()
    try:
        said = client.post(address, content=asked.body, headers=asked.headers(time.time()))
    except httpx.HTTPError as fault:
        seen.failed.append(f"{text}: {type(fault).__name__}")
        return
    seen.acknowledged.append(time.monotonic() - began)
    while len(slack.ephemeral) == before and time.monotonic() - began < PATIENCE:
        time.sleep(0.005)
    took, answer = time.monotonic() - began, "\n".join(words(m) for m in slack.ephemeral[before:])
    if said.status_code != 200 or not answer or "could not record" in answer:
        # What Slack does not take beside the question is answered in the conversation with the bot.
        posts = "; ".join(words(m)[:80] for m in slack.in_channel(private.id)[posted:])
        when = f"after {took:.0f} s, at {time.monotonic() - seen.began:.0f} s"
        seen.failed.append(f"{text}: {said.status_code} {when}: {answer[:80]}; posted since: {posts or 'nothing'}")
    else:
        seen.answered.setdefault(text, []).append(took)


def _held(process: int, database: Path) -> Held:
    """Read what Linux says of a process."""
    said = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    log = database.with_name(f"{database.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    memory, descriptors = int(said["VmRSS"].split()[0]), len(os.listdir(f"/proc/{process}/fd"))
    return Held(memory / 1024, int(said["Threads"]), descriptors, size / 2**20)


def say(seen: Seen) -> None:
    first, last = seen.held[len(seen.held) // 10], seen.held[-1]
    print("| | after a tenth | at the end | peak |\n|---|---|---|---|")
    for name in ("memory", "threads", "descriptors", "log"):
        peak = max(getattr(each, name) for each in seen.held)
        unit = " MiB" if name in ("memory", "log") else ""
        print(f"| {name}{unit} | {getattr(first, name):.0f} | {getattr(last, name):.0f} | {peak:.0f} |")
    acknowledged = statistics.median(seen.acknowledged) * 1000
    print(f"{seen.asked} questions, {len(seen.failed)} failed; acknowledged after {acknowledged:.0f} ms (median)")
    for text, took in seen.answered.items():
        print(f"  {text}: {statistics.median(took):.2f} s (median of {len(took)}), {max(took):.2f} s (longest)")
    for text in seen.failed[:10]:
        print(f"  failed: {text}")


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--minutes", type=float, default=30)
    given.add_argument("--episodes", type=int, default=1_000_000)
    given.add_argument("--pause", type=float, default=1.0)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--keep", type=Path, help="database to fill, or filled by an earlier run")
    asked = given.parse_args()
    with tempfile.TemporaryDirectory(prefix="long-") as made:
        environ = prepared(Path(made), asked.episodes, asked.seed, asked.keep)
        seen = long_serve(Path(made), environ, asked.minutes, asked.pause)
    say(seen)
    return 1 if seen.failed else 0


if __name__ == "__main__":
    sys.exit(main())
