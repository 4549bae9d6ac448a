"""Break whole `serve` processes at work, and count each message: python -m tests.bench.faults_at_work --seed 1.

On SQLite one process, on PostgreSQL two, on an invented Slack and an invented Teams that answer as on a bad day:
digests and their threads, reminders, calls and alarms. Meanwhile exports are loaded, processes are killed and frozen,
PostgreSQL stops, copies are put back, clocks jump and platforms refuse. The seed says what happens when. Then come
quiet minutes, a person decides what is held and confirms the clock where the bot asks, and every row of the ledger is
compared with what the platforms took.

`--minutes` of faults for each engine (4), then at most `--calm` quiet ones (5.5); `--channels` in all (440), each with
one digest; `--engine sqlite` or `postgresql` alone; `--keep FOLDER` for logs, and the copies of each doubled or lost
message in `happened`. As it is, the whole ends within 20 minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.chat.teams.conversations import Reference
from bot.rules.delivery.delivery import MAY_REPEAT, OPEN, TO_DECIDE
from bot.rules.effects import Decide
from bot.settings import ROOT, read_settings
from bot.store import teams_conversations
from bot.store.database import file_of, open_database, reading, writing
from bot.store.delivery import ledger
from bot.store.schema.access import notice
from bot.store.schema.delivery import delivery
from tests.support import busy_county, postgresql
from tests.support.busy_county import County
from tests.support.installation import own_database, server_of
from tests.support.slack.fates import FATES, ODD, Fates
from tests.support.slack.scene import words
from tests.support.slack.signing import SECRET
from tests.support.slack.web_api import serving as slack_serving
from tests.support.slack.workspace import BOT_TOKEN, Workspace
from tests.support.teams import tenancy as in_teams
from tests.support.teams.connector import serving as teams_serving
from tests.support.teams.killed import POSTS as TEAMS_POSTS
from tests.support.teams.tenancy import CLIENT_ID, TENANT, Tenancy

KEYS = {"BOT_AUDIT_KEY": "00" * 32, "BOT_DATA_KEY": "11" * 32}
#: Three posts of four are well.
WELL = ("ok",) * 60
SLACK_POSTS = (*WELL, *FATES[1:], *ODD, "error internal_error", "error fatal_error accepted", "error msg_too_long")
TEAMS_DICE = (*WELL, *TEAMS_POSTS[7:], "error 413 MessageSizeTooBig")
READS = (*("ok",) * 30, "429", "500", "reset")
#: A call of unknown outcome goes again after five minutes: it may wait for that, and for the ticks after it.
CALL_WAITS = timedelta(minutes=5, seconds=20)
#: Seconds for which a process is frozen; a claim lasts ten.
FREEZES = (4.0, 13.0, 18.0)
JUMPS = (86_400, -86_400, 7_200, -10_800)
#: Nothing is open and every process is ready for so many seconds: three ticks.
QUIET = 6
KINDS = {"digest": "digests", "thread": "threads", "close": "threads", "escalation": "calls", "notice": "notices"}


@dataclass(frozen=True)
class Fault:
    """One thing that happens, so many seconds after the start; `for_` is how long it lasts."""

    at: float
    what: str
    for_: float = 0.0


def drawn(seed: int, minutes: float, *, on_postgresql: bool) -> list[Fault]:
    """Draw what happens, in order."""
    dice, found, at = random.Random(seed), list[Fault](), 8.0
    usual = ["kill"] * 4 + ["freeze"] * 3 + (["database"] * 2 if on_postgresql else [])
    while at < minutes * 60:
        what = dice.choice(usual)
        lasts = {"freeze": dice.choice(FREEZES), "database": dice.uniform(0.5, 4)}.get(what, 0.0)
        found.append(Fault(at, what, lasts))
        at += lasts + dice.uniform(4, 10)
    refusals = ["archived", "limit", "token", "not in it", "teams token"]
    for n, begins in enumerate(range(20, int(minutes * 60) - 20, 30)):
        found.append(Fault(begins + dice.uniform(0, 8), refusals[n % len(refusals)], dice.uniform(8, 15)))
        found.append(Fault(begins + dice.uniform(0, 8), "load"))
    for n, begins in enumerate(range(45, int(minutes * 60) - 30, 80)):
        found.append(Fault(begins, "clock", dice.uniform(8, 20)))
        found.append(Fault(begins - 10, "copy"))
        found.append(Fault(begins + dice.uniform(15, 30), ("restore", "put back")[n % 2]))
    return sorted(found, key=lambda each: each.at)


class Process:
    """One `serve`; a parent starts it again where it has ended, as systemd does."""

    def __init__(self, bot: Bot, name: str) -> None:
        self.log = bot.county.folder / f"log-{name}-{time.monotonic_ns()}"
        with self.log.open("w") as stream:
            words = [sys.executable, "-m", "tests.support.moved_bot", str(bot.county.folder), "serve"]
            environ = bot.environ | {"BOT_REPLICA": name}
            self.process = subprocess.Popen(words, env=environ, cwd=ROOT, stdout=stream, stderr=stream)
        self.frozen_until = 0.0

    @property
    def address(self) -> str:
        """Return the address of health; empty before it serves."""
        for line in self.log.read_text().splitlines():
            if line.startswith("{") and (said := json.loads(line))["event"] == "serving":
                return f"http://127.0.0.1:{said['health']}"
        return ""

    def fault(self) -> str:
        """Return why it is not ready; empty where it is."""
        if self.process.poll() is not None:
            return "it has ended"
        if not self.address:
            return "it does not serve yet"
        try:
            answer = httpx.get(f"{self.address}/readyz", trust_env=False)
        except httpx.HTTPError as fault:
            return f"it does not answer: {type(fault).__name__}"
        checks = answer.json()["checks"] if answer.status_code != 200 else {}
        return "; ".join(f"{name}: {says}" for name, says in checks.items() if says != "ok")

    def last_words(self) -> str:
        return (self.log.read_text().splitlines() or ["nothing"])[-1]


@dataclass
class Bot:
    """The installation that is broken: its replicas, its database, and the platforms."""

    county: County
    url: str
    server: postgresql.Server | None
    slack: Workspace
    teams: Tenancy
    environ: dict[str, str]
    dice: random.Random
    processes: dict[str, Process] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    #: Why each replica was not ready, at the last look.
    faults: dict[str, str] = field(default_factory=dict)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    incidents: int = 0
    copies: list[Path] = field(default_factory=list)
    #: A load and a restore exclude each other; so do two loads.
    files: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    # ---- processes ---------------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        return ("a", "b") if self.server else ("a",)

    def look_after(self) -> None:
        """Start each replica that is not there, and go on with each that was frozen long enough."""
        for name in self.names:
            now = self.processes.get(name)
            if now is None or now.process.poll() is not None:
                if now is not None:
                    self.happened["ended by itself"] += 1
                    self.note(f"{name} ended by itself: {now.last_words()}")
                self.processes[name] = Process(self, name)
            elif now.frozen_until and time.monotonic() >= now.frozen_until:
                now.frozen_until = 0.0
                now.process.send_signal(signal.SIGCONT)

    def all_ready(self) -> bool:
        """Tell if every replica is ready; what it lacks is noted whenever that changes."""
        for name, one in self.processes.items():
            fault = one.fault()
            if fault != self.faults.get(name, ""):
                self.note(f"{name} is {f'not ready: {fault}' if fault else 'ready'}")
            self.faults[name] = fault
        return not any(self.faults.values())

    def confirms_the_clock(self) -> None:
        """Confirm the clock, which is right again, as a person whom the alarm asks to.

        A process that began while the clock was ahead believed it. No platform here tells its own time: that comes over
        HTTPS alone.
        """
        if any("time: not confirmed" in fault for fault in self.faults.values()):
            self.happened["clocks confirmed by a person"] += 1
            self.verb("clock", "--confirm")

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        one = self.processes.pop(name, None)
        if one is not None:
            one.process.send_signal(signal.SIGCONT)
            one.process.send_signal(how)
            try:
                one.process.wait(30)
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait(10)

    def verb(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.support.moved_bot", str(self.county.folder), *words]
        return subprocess.run(command, env=self.environ, cwd=ROOT, capture_output=True, text=True, check=False)

    # ---- what happens ------------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        with (self.county.folder / "happened").open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%T.%f} {text}\n")

    def happens(self, fault: Fault) -> None:
        self.happened[fault.what] += 1
        self.note(f"{fault.what} {fault.for_:.1f}")
        {
            "kill": self._kills,
            "freeze": self._freezes,
            "database": self._stops_the_database,
            "clock": self._moves_the_clock,
            "load": self._loads,
            "copy": self._copies,
            "restore": self._restores,
            "put back": self._puts_back,
        }.get(fault.what, self._refuses)(fault)

    def _later(self, seconds: float, work: Callable[[], object]) -> None:
        def then() -> None:
            self.over.wait(seconds)
            work()

        self.threads.append(threading.Thread(target=then, daemon=True))
        self.threads[-1].start()

    def _kills(self, fault: Fault) -> None:
        self.kill(self.dice.choice(self.names))

    def _freezes(self, fault: Fault) -> None:
        one = self.processes.get(self.dice.choice(self.names))
        if one is not None and not one.frozen_until:
            one.frozen_until = time.monotonic() + fault.for_
            one.process.send_signal(signal.SIGSTOP)

    def _stops_the_database(self, fault: Fault) -> None:
        assert self.server is not None
        with self.files:
            self.server.stop(at_once=True)
            time.sleep(fault.for_)
            self.server.start()

    def _moves_the_clock(self, fault: Fault) -> None:
        file = self.county.folder / "clock"
        file.write_text(str(self.dice.choice(JUMPS)))
        self._later(fault.for_, lambda: file.unlink(missing_ok=True))

    def _loads(self, fault: Fault) -> None:
        """Load the police's file with two more children, each of whom two people are called for."""
        with self.county.exports["police"].open("a", encoding="utf-8") as file:
            for _ in range(2):
                self.incidents += 1
                file.write(_incident(self.incidents, datetime.now(busy_county.LONDON)))

        def load() -> None:
            with self.files:
                at = datetime.now(UTC).isoformat(timespec="seconds")
                done = self.verb("load", "police", str(self.county.exports["police"]), "--taken-at", at)
                self.happened["loads that failed"] += done.returncode != 0

        self._later(0, load)

    def _copies(self, fault: Fault) -> None:
        def copy() -> None:
            with self.files:
                to = self.county.folder / f"copies-{len(self.copies)}"
                if self.verb("backup", "--to", str(to)).returncode == 0:
                    self.copies.append(next(f for f in to.iterdir() if f.suffix in (".sqlite", ".dump")))

        self._later(0, copy)

    def _restores(self, fault: Fault) -> None:
        with self.files:
            self._all_end()
            for _ in range(30 if self.copies else 0):
                # A person who was told to has compared the clock with another one.
                right = [] if (self.county.folder / "clock").exists() else ["--clock-is-right"]
                done = self.verb("restore", str(self.copies[-1]), *right)
                if done.returncode == 0:
                    return
                time.sleep(1)  # PostgreSQL has not yet seen that the replicas have ended, or the clock is off
            assert not self.copies, done.stderr

    def _puts_back(self, fault: Fault) -> None:
        """Put a copy in the place of the database by hand, so that the bot has to notice by itself."""
        with self.files:
            self._all_end()
            if not self.copies:
                return
            if self.server is None:
                here = file_of(self.url)
                assert here is not None
                for beside in ("-wal", "-shm"):
                    Path(f"{here}{beside}").unlink(missing_ok=True)
                shutil.copyfile(self.copies[-1], here)
            else:
                options = ["--clean", "--if-exists", "--single-transaction", f"--dbname={server_of(self.url)}"]
                subprocess.run(["pg_restore", *options, str(self.copies[-1])], env=self.environ, check=True)

    def _all_end(self) -> None:
        for name in self.names:
            self.kill(name, self.dice.choice((signal.SIGTERM, signal.SIGKILL)))

    def _refuses(self, fault: Fault) -> None:
        """Let a platform refuse for a while."""
        slack, teams = self.slack, self.teams
        some = [p.destination for p in self.county.places if self.dice.random() < 0.15]
        if fault.what == "archived":
            there = [slack.channels[each] for each in some if each in slack.channels]
            _set(there, "is_archived", True)
            self._later(fault.for_, lambda: _set(there, "is_archived", False))
        elif fault.what == "not in it":
            rooms = [teams.conversations[each] for each in some if each in teams.conversations]
            _set(rooms, "has_bot", False)
            self._later(fault.for_, lambda: _set(rooms, "has_bot", True))
        elif fault.what == "token":
            slack.refusing = "invalid_auth"
            self._later(fault.for_, lambda: setattr(slack, "refusing", None))
        else:
            side: Any = slack if fault.what == "limit" else teams
            method = "chat.postMessage" if fault.what == "limit" else "send"
            code = "error message_limit_exceeded" if fault.what == "limit" else "error 401 Unauthorized"
            before = side.fates.dice
            side.fates.dice = {**before, method: (code,)}
            self._later(fault.for_, lambda: setattr(side.fates, "dice", before))


def _set(things: Sequence[object], name: str, value: bool) -> None:
    for each in things:
        setattr(each, name, value)


def _incident(number: int, now: datetime) -> str:
    """Return a row of the police for an invented child under 13, reported now."""
    seen, reported = now - timedelta(minutes=40), now - timedelta(minutes=2)
    born = now.replace(year=now.year - 11, day=1)
    cells = (f"OCC-99-{number:05d}", f"NOM-9{number:04d}", f"{born:%d/%m/%Y}", "F", f"{seen:%d/%m/%Y %H:%M}")
    more = (f"{reported:%d/%m/%Y %H:%M}", "", "", "medium", f"{reported:%d/%m/%Y %H:%M}", "home", "Cherwell", "parent")
    return ",".join((*cells, *more, "", "", "")) + "\n"


# ---- the count ---------------------------------------------------------------------------------------------


@dataclass
class Found:
    """One kind of message on one platform: rows of the ledger, and the copies that the platform took."""

    due: int = 0
    dropped: int = 0
    once: int = 0
    doubled_before: int = 0
    doubled_after: int = 0
    said_so: int = 0  # doubled, and each further copy says that it may repeat
    told: int = 0  # not sent: held or missed, and administrators know
    to_go: int = 0  # still open at the end: the machine was too slow for the quiet minutes
    lost: int = 0
    late_calls: int = 0

    def __add__(self, other: Found) -> Found:
        return Found(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Copy:
    """A message that a platform took."""

    at: float
    gone: bool
    repeats: bool

    def __repr__(self) -> str:
        return f"{datetime.fromtimestamp(self.at, UTC):%T.%f}{' deleted' * self.gone}{' repeats' * self.repeats}"


def taken(bot: Bot) -> dict[str, list[Copy]]:
    """Return every message that a platform took, by its marker, oldest first."""
    found: dict[str, list[Copy]] = {}
    with bot.slack.lock:
        for m in bot.slack.messages:
            marker = ((m.metadata or {}).get("event_payload") or {}).get("marker")
            if marker:
                found.setdefault(marker, []).append(Copy(float(m.ts), m.deleted, MAY_REPEAT in words(m)))
    with bot.teams.lock:
        for s in bot.teams.sent:
            said = in_teams.texts(s.card)
            marker = str((s.card.get("body") or [{}])[0].get("id", ""))
            found.setdefault(marker, []).append(Copy(s.at, s.deleted, MAY_REPEAT in said))
    return found


def count(bot: Bot) -> dict[tuple[str, str], Found]:
    """Compare the ledger with the platforms."""
    copies, found = taken(bot), dict[tuple[str, str], Found]()
    database = open_database(bot.url)
    with reading(database) as connection:
        rows = connection.execute(select(delivery)).all()
        texts = list(connection.execute(select(notice.c.text)).scalars())
    database.dispose()
    planned = {(r.audience, r.kind) for r in rows}
    for r in rows:
        one = Found(due=1)
        there = copies.get(r.marker, [])
        left = [c for c in there if not c.gone]
        if r.state == "dropped" and not there:
            one.dropped = 1
        elif not left:
            told = r.state in ("held", "missed") and any(
                f"deliveries {r.id}." in t or "deliveries." in t for t in texts
            )
            one.told, one.to_go = int(told), int(r.state in OPEN and not told)
            one.lost = 1 - one.told - one.to_go
        one.doubled_before = int(len(there) > 1)
        one.once = int(len(left) == 1)
        one.doubled_after = int(len(left) > 1)
        one.said_so = int(len(left) > 1 and all(c.repeats for c in left[1:]))
        if r.kind == "escalation" and r.state != "dropped":
            first = there[0].at if there else time.time()
            due = max(r.due_at, bot.began)  # an earlier one is of a clock that was behind
            one.late_calls = int(first - due.timestamp() > CALL_WAITS.total_seconds())
        if len(there) > 1 or one.lost or one.late_calls:
            bot.note(
                f"{r.platform} {r.kind} {r.id} {r.state} {r.reason} of {r.destination}, due {r.due_at:%T}: {there}"
            )
        key = (r.platform, KINDS.get(r.kind, "reminders"))
        found[key] = found.get(key, Found()) + one
    for place in bot.county.places:  # the county's own list: a row that no process planned is lost
        if (place.id, "digest") not in planned:
            key = (place.platform, "digests")
            found[key] = found.get(key, Found()) + Found(due=1, lost=1)
    return found


def still_open(bot: Bot) -> int:
    database = open_database(bot.url)
    try:
        with reading(database) as connection:
            state, reason = delivery.c.state, delivery.c.reason
            waits = state.in_(("planned", "sending", "unknown")) | ((state == "held") & reason.not_in(TO_DECIDE))
            return len(connection.execute(select(delivery.c.id).where(waits)).all())
    finally:
        database.dispose()


def to_sweep(bot: Bot) -> int:
    database = open_database(bot.url)
    try:
        with reading(database) as connection:
            return len(connection.execute(select(delivery.c.id).where(delivery.c.next_sweep_at.is_not(None))).all())
    finally:
        database.dispose()


def decide(bot: Bot) -> int:
    """Decide on each message that is held for a person, as an administrator who looks at the place."""
    copies, database = taken(bot), open_database(bot.url)
    with writing(database) as connection:
        waits = (delivery.c.state == "held", delivery.c.reason.in_(TO_DECIDE))
        held = connection.execute(select(delivery.c.id, delivery.c.marker).where(*waits)).all()
        for number, marker in held:
            left = [c for c in copies.get(marker, ()) if not c.gone]
            said: Any = "it_is_there" if left else "post_again"
            ledger.decide(connection, Decide(number, said, "admin", ledger.clock(connection)))
    database.dispose()
    return len(held)


# ---- the run -----------------------------------------------------------------------------------------------


@contextmanager
def installed(folder: Path, engine: str, channels: int, minutes: float, seed: int) -> Iterator[Bot]:
    """Yield an installation on an engine, loaded and known to both platforms."""
    with ExitStack() as stack:
        server, url = None, f"sqlite:///{folder}/bot.sqlite"
        if engine == "postgresql":
            server = stack.enter_context(postgresql.server())
            url = stack.enter_context(own_database(server.url))
        county = busy_county.build(folder, channels, datetime.now(UTC) + timedelta(seconds=8), minutes)
        slow: Any = {"slow_seconds": 1.8, "late_seconds": 0.5}
        slack = Workspace(fates=Fates({"chat.postMessage": SLACK_POSTS, "conversations.history": READS}, seed, **slow))
        teams = Tenancy(fates=Fates({"send": TEAMS_DICE, "messages": READS, "members": READS}, seed + 1, **slow))
        county.people_slack(slack)
        county.people_teams(teams)
        slack_at = stack.enter_context(slack_serving(slack))
        (folder / "quick").touch()
        (folder / "teams.json").write_text(json.dumps(stack.enter_context(teams_serving(teams)).overrides))
        environ = {
            "PATH": f"{postgresql.PROGRAMS}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "BOT_DATABASE_URL": url,
            "BOT_PARTNERSHIP": str(county.partnership),
            "BOT_BIND": "127.0.0.1:0",
            "BOT_HEALTH_BIND": "127.0.0.1:0",
            "BOT_SLACK_BOT_TOKEN": BOT_TOKEN,
            "BOT_SLACK_SIGNING_SECRET": SECRET,
            "BOT_SLACK_API_URL": slack_at.api_url,
            "BOT_TEAMS_CLIENT_ID": CLIENT_ID,
            "BOT_TEAMS_CLIENT_SECRET": "not~a-secret-of-anyone",
            "BOT_TEAMS_TENANT": TENANT,
            "BOT_TEAMS_READ_BACK": "1",
        } | KEYS
        bot = Bot(county, url, server, slack, teams, environ, random.Random(seed))
        app = App(replace(read_settings(environ), data_folder=folder / "data"))
        for source in ("children", "police", "interviews"):
            app.load(source, county.exports[source], county.taken_at)
        app.close()
        _install_teams(url, teams)
        try:
            yield bot
        finally:
            bot.over.set()
            for thread in bot.threads:
                thread.join(60)
            for name in bot.names:
                bot.kill(name)


def _install_teams(url: str, teams: Tenancy) -> None:
    """Keep every conversation, as an installation of the app does."""
    database = open_database(url)
    with writing(database) as connection:
        for c in teams.conversations.values():
            account = c.members[0] if c.kind == "personal" else ""
            kept = (c.id, c.kind, c.tenant, teams.service_url, datetime.now(UTC), account, c.team, c.channel_type)
            teams_conversations.keep(connection, Reference(*kept))  # type: ignore[arg-type]
    database.dispose()


def run(
    bot: Bot, plan: Sequence[Fault], seconds: float, calm: float, *, sweeps: bool = True
) -> dict[tuple[str, str], Found]:
    """Let the plan happen, then wait until nothing is open; the result is of the end, once a person has decided.

    Without `sweeps` it does not wait for the looks at what was sent.
    """
    began, left = time.monotonic(), list(plan)
    while time.monotonic() - began < seconds or left:
        bot.look_after()
        while left and time.monotonic() - began >= left[0].at:
            bot.happens(left.pop(0))
        time.sleep(0.2)
    bot.over.set()
    while any(thread.is_alive() for thread in bot.threads):
        bot.look_after()
        time.sleep(0.2)
    bot.slack.fates.dice, bot.teams.fates.dice = {}, {}
    over, quiet = time.monotonic() + calm, 0
    while time.monotonic() < over and quiet < QUIET:
        bot.look_after()
        time.sleep(1)
        with suppress(SQLAlchemyError):
            waits = not bot.all_ready() or still_open(bot)
            bot.confirms_the_clock()
            decided = 0 if waits else decide(bot)
            bot.happened["decided by a person"] += decided
            quiet = 0 if waits or decided or (sweeps and to_sweep(bot)) else quiet + 1
    bot.happened["open at the end"] = still_open(bot)
    bot.all_ready()
    bot.happened["ready at the end"] = sum(not fault for fault in bot.faults.values())
    return count(bot)


COLUMNS = (
    "due",
    "joined to another",
    "sent once",
    "doubled before sweeps",
    "after",
    "said so",
    "told",
    "still to go",
    "lost",
    "calls > 5 min",
)


def say(engine: str, bot: Bot, found: Mapping[tuple[str, str], Found], seconds: float) -> None:
    print(f"{engine}: {seconds:.0f} s; {dict(bot.happened)}")
    for name, fault in bot.faults.items():
        if fault:
            print(f"{name} was not ready at the end: {fault}")
    print(f"| {engine} | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}")
    whole = sum(found.values(), Found())
    for (platform, kind), each in [*sorted(found.items()), (("both", "all"), whole)]:
        numbers = (getattr(each, name) for name in Found.__dataclass_fields__)
        print(f"| {platform} {kind} | {' | '.join(map(str, numbers))} |", flush=True)


def wrong(found: Mapping[tuple[str, str], Found]) -> int:
    """Count what must not be: lost or never sent, held calls, and second copies that stay and do not say so."""
    whole = sum(found.values(), Found())
    return whole.lost + whole.to_go + whole.late_calls + whole.doubled_after - whole.said_so


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--minutes", type=float, default=4)
    given.add_argument("--calm", type=float, default=5.5)
    given.add_argument("--channels", type=int, default=440)
    given.add_argument("--engine", choices=("sqlite", "postgresql"), nargs="+", default=("sqlite", "postgresql"))
    given.add_argument("--keep", type=Path, help="folder for the files of the run")
    asked, bad = given.parse_args(), 0
    for engine in asked.engine:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="work-") as made:
            folder = (asked.keep or Path(made)) / engine
            folder.mkdir(parents=True)
            with installed(folder, engine, asked.channels, asked.minutes * 0.9, asked.seed) as bot:
                plan = drawn(asked.seed, asked.minutes, on_postgresql=engine == "postgresql")
                found = run(bot, plan, asked.minutes * 60, asked.calm * 60)
                say(engine, bot, found, time.monotonic() - began)
                bad += wrong(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
