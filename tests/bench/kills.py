"""Kill processes at every step of a post, and check the platform: python -m tests.bench.kills --kills 500.

Two replicas at a time on one ledger, each killed with SIGKILL at a step of its life (every step in turn, then again
later in a life, so that none is left to luck), on a platform that answers as on a bad day: a plain chat, or the Teams
adapter and an invented Teams (--platform teams), with digests and with calls. Loopback only; it ends by itself.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from unittest.mock import patch

from sqlalchemy import Engine, event, func, select, update

from bot.conversation.outbound import DIGEST_PREVIEW, Message, Platform
from bot.conversation.reply import Reply
from bot.jobs.delivery import tick
from bot.jobs.job import Composed, Job, Ready, Run
from bot.rules.delivery import delivery as delivery_rules
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.effects import Decide
from bot.rules.partnership.partnership import Partnership
from bot.store import people_list
from bot.store.database import migrate, open_database, reading, writing
from bot.store.delivery import ledger
from bot.store.schema.access import notice
from bot.store.schema.delivery import delivery
from tests.support import postgresql
from tests.support.factories import partnership
from tests.support.fake_chat import BAD_DAY, Chat, ChatClient, serving
from tests.support.teams.killed import teams_side

KEY = b"a key of this harness alone, thrown away"
CLAIM_SECONDS = 1.2
SETTLE_SECONDS = 0.9  # longer than the fake needs to show a message, as 30 s is longer than a platform needs

#: Steps of every attempt to post. The first are those after which a message may be there.
EVERY_POST = (
    *("request sent", "posted", "before a commit", "marked", "sending", "connected", "fenced", "claimed", "composed"),
)
#: Steps of an attempt that the platform answers, and of a look at a platform that can tell what is there.
ANSWERED, LOOKED = "answered", "looked"


@dataclass
class Found:
    """The state before the sweeps and after them."""

    slots: int
    kills: int
    at_steps: Counter[str] = field(default_factory=Counter)
    before: Counter[int] = field(default_factory=Counter)
    after: Counter[int] = field(default_factory=Counter)
    decided: Counter[int] = field(default_factory=Counter)  # after a person pressed one of the two buttons
    states: Counter[str] = field(default_factory=Counter)
    unknown_and_told: int = 0
    unknown: int = 0
    unmarked: int = 0  # copies of a call that do not say that they may repeat an earlier one

    @property
    def exact_before(self) -> float:
        return 100 * self.before[1] / self.slots


def ours() -> Partnership:
    rules = replace(
        partnership().delivery,
        settle_seconds=SETTLE_SECONDS,
        lease_seconds=CLAIM_SECONDS,
        timeout_seconds=0.4,
        sweep_minutes=(600.0, 601.0, 602.0),  # for calls on demand
    )
    return replace(partnership(), delivery=rules)


class Side(Protocol):
    """A platform of the harness: what is posted where, a client for each process, and the copies that are there."""

    @property
    def platform(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def destination(self) -> str: ...
    def client(self, database: Engine, step: Callable[[str], None], can_tell: bool) -> Platform: ...
    def install(self, database: Engine) -> None: ...
    def copies(self) -> dict[str, int]: ...
    def unmarked_repeats(self) -> int: ...
    def mend(self) -> None: ...


@dataclass
class ChatSide:
    """The plain chat, with digests."""

    chat: Chat
    port: int
    platform: str = "offline"
    kind: str = "digest"
    destination: str = "C1"

    def client(self, database: Engine, step: Callable[[str], None], can_tell: bool) -> Platform:
        return ChatClient(self.port, can_tell=can_tell, step=step)

    def install(self, database: Engine) -> None:
        """Nothing is installed."""

    def copies(self) -> dict[str, int]:
        return self.chat.copies()

    def unmarked_repeats(self) -> int:
        return 0

    def mend(self) -> None:
        self.chat.fates = ("ok",)


@contextmanager
def chat_side(seed: int) -> Iterator[ChatSide]:
    chat = Chat(BAD_DAY, seed)
    with serving(chat) as port:
        yield ChatSide(chat, port)


#: What can be killed: the plain chat, and Teams with digests to a channel or calls to a person.
SIDES: dict[str, Callable[[int], AbstractContextManager[Side]]] = {
    "chat": chat_side,
    "teams": lambda seed: teams_side(seed, "digest"),
    "teams calls": lambda seed: teams_side(seed, "escalation"),
}


def job(slots: int, side: Side) -> Job:
    """Return the smallest possible job: a message a slot."""

    def plan(run: Run, now: datetime) -> None:
        key = (side.kind, "north-digest", side.platform, side.destination)
        with run.writing() as connection:
            ledger.plan(connection, [Planned(*key, f"slot-{n}", now) for n in range(slots)], now)

    def compose(run: Run, d: Delivery, now: datetime) -> Composed:
        return Ready(Message(Reply("A message", 0, ("Nothing in it.",)), DIGEST_PREVIEW, d.marker))

    return Job((side.kind,), compose, plan)


@dataclass(frozen=True)
class End:
    """The step at which a life is killed: the first of this name after so many steps of any name."""

    step: str
    after: int


def end_of(life: int, can_tell: bool) -> End:
    """Return the end of the n-th life, from 0: each step in turn, and in each round later in the life."""
    steps = (*EVERY_POST, ANSWERED, *((LOOKED,) if can_tell else ()))
    return End(steps[life % len(steps)], life // len(steps) * 7 % MOST_STEPS)


def life(url: str, side: Side, slots: int, end: End | None, name: str, can_tell: bool, told: int) -> None:
    """Tick as one process until nothing is open, or until it is killed."""
    count = 0

    def step(where: str) -> None:
        nonlocal count
        count += 1
        if end is not None and where == end.step and count > end.after:
            os.write(told, f"{where}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    database = open_database(url)
    event.listen(database, "commit", lambda connection: step("before a commit"))
    client = side.client(database, step, can_tell)
    run = Run(database, ours(), {side.platform: client}, KEY, name, step=step)
    started = datetime.now(UTC)
    until = time.monotonic() + LIFE_SECONDS
    while time.monotonic() < until:
        tick(run, [job(slots, side)], started)
        if not still_open(run):
            break
        time.sleep(0.05)
    database.dispose()


def still_open(run: Run) -> int:
    waiting = delivery.c.state.in_(("planned", "sending", "unknown"))
    with reading(run.database) as connection:
        return connection.execute(select(func.count()).select_from(delivery).where(waiting)).scalar_one()


def born(url: str, side: Side, slots: int, end: End | None, name: str, can_tell: bool, told: int) -> int:
    """Fork a child of this process, which has imported everything already."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        life(url, side, slots, end, name, can_tell, told)
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)


def harness(url: str, slots: int, kills: int, *, can_tell: bool = True, seed: int = 1, on: str = "chat") -> Found:
    """Run lives in pairs until so many were killed, then undisturbed ones, then the sweeps."""
    database = open_database(url)
    migrate(database)
    found = Found(slots, 0)
    hears, told = os.pipe()
    with _people(url), SIDES[on](seed) as side, _calls_again_soon():
        side.install(database)
        n = 0
        while found.kills < kills:
            pair = []
            for replica in ("a", "b"):
                pair.append(born(url, side, slots, end_of(n, can_tell), replica, can_tell, told))
                n += 1
            ends = [os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in pair]
            if 1 in ends:
                raise RuntimeError("A life ended by a fault, not by a kill: its traceback is above.")
            found.kills += ends.count(-signal.SIGKILL)
            if not _open(database):
                break
        for _ in range(LAST_LIVES):
            if _open(database):
                os.waitpid(born(url, side, slots, None, "c", can_tell, told), 0)
        os.close(told)
        found.at_steps.update(os.read(hears, 1 << 20).decode().split("\n")[:-1])
        os.close(hears)
        _count(found.before, side, slots)
        side.mend()
        time.sleep(SHOWN_SECONDS)
        run = Run(database, ours(), {side.platform: side.client(database, _nothing, can_tell)}, KEY, "sweeper")
        with writing(database) as connection:
            connection.execute(update(delivery).where(delivery.c.state == "sent").values(next_sweep_at=_ago()))
        while _to_sweep(database) and can_tell:
            tick(run, [job(slots, side)], datetime.now(UTC))
        _count(found.after, side, slots)
        found.unmarked = side.unmarked_repeats()
        _read_ledger(found, database)
        person = Run(database, ours(), {side.platform: side.client(database, _nothing, True)}, KEY, "person")
        _decide(database, side, person, slots)
        _count(found.decided, side, slots)
    database.dispose()
    return found


#: By then the platform shows what it took and did not show at once; the first sweep is minutes later.
SHOWN_SECONDS = 1.5
#: Steps of a life: enough for some messages, with every fate of each.
MOST_STEPS = 60
#: A life that is not killed ends by then; only a fault, or a machine that stands still, lets it come so far.
LIFE_SECONDS = 60
#: Undisturbed lives at the end.
LAST_LIVES = 30


def _nothing(step: str) -> None:
    """Do nothing at a step."""


@contextmanager
def _calls_again_soon() -> Iterator[None]:
    """Send calls of unknown outcome again after a second, where people wait for five minutes."""
    with patch.object(delivery_rules, "AGAIN_AFTER", timedelta(seconds=1)):
        yield


def _to_sweep(database: Engine) -> bool:
    with reading(database) as connection:
        return bool(ledger.to_sweep(connection, datetime.now(UTC), 1))


def _ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def _open(database: Engine) -> int:
    return still_open(Run(database, ours(), {}, KEY))


def _count(into: Counter[int], side: Side, slots: int) -> None:
    copies = side.copies()
    into.update(copies.values())
    if len(copies) < slots:
        into[0] += slots - len(copies)


def _read_ledger(found: Found, database: Engine) -> None:
    with reading(database) as connection:
        for state, reason in connection.execute(select(delivery.c.state, delivery.c.reason)):
            found.states[f"{state} {reason}".strip()] += 1
        texts = list(connection.execute(select(notice.c.text)).scalars())
        waits = (delivery.c.state == "held", delivery.c.reason == "unknown")
        held = list(connection.execute(select(delivery.c.id).where(*waits)).scalars())
    found.unknown = len(held)
    found.unknown_and_told = sum(any(f"deliveries {number}." in text for text in texts) for number in held)


def _decide(database: Engine, side: Side, run: Run, slots: int) -> None:
    """Decide each held message as an administrator who looks at the channel."""
    until = time.monotonic() + 60 + slots
    while (waiting := _held(database)) or still_open(run):
        copies = side.copies()
        with writing(database) as connection:
            for number, marker in waiting:
                said = "it_is_there" if copies.get(marker) else "post_again"
                ledger.decide(connection, Decide(number, said, "admin", ledger.clock(connection)))  # type: ignore[arg-type]
        tick(run, [job(slots, side)], datetime.now(UTC))
        if time.monotonic() > until:
            break
        time.sleep(0.05)


def _held(database: Engine) -> Sequence[tuple[int, str]]:
    waits = (delivery.c.state == "held", delivery.c.reason == "unknown")
    with reading(database) as connection:
        return [tuple(row) for row in connection.execute(select(delivery.c.id, delivery.c.marker).where(*waits))]


@contextmanager
def _people(url: str) -> Iterator[None]:
    """Return an administrator, for the alarms."""
    database = open_database(url)
    with writing(database) as connection:
        people_list.take_over(connection, partnership().people)
    database.dispose()
    yield


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--kills", type=int, default=500)
    given.add_argument("--slots", type=int, default=400)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--platform", choices=("chat", "teams"), default="chat")
    asked = given.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder, postgresql.running() as server:
        for on in SIDES:
            for engine in ("SQLite", "PostgreSQL"):
                for can_tell in (True, False):
                    if not on.startswith(asked.platform) or (on == "teams calls" and can_tell):
                        continue  # conversations with people are read back by no consent
                    file = Path(folder) / f"{on}-{can_tell}.sqlite3"
                    url = f"sqlite:///{file}" if engine == "SQLite" else postgresql.emptied(server)
                    began = time.monotonic()
                    found = harness(url, asked.slots, asked.kills, can_tell=can_tell, seed=asked.seed, on=on)
                    say(f"{engine}, {on}, {'can be asked' if can_tell else 'cannot tell'}", found, began)
                    bad += faults(found, can_tell, calls=on == "teams calls")
    return 1 if bad else 0


def say(what: str, found: Found, began: float) -> None:
    print(f"{what}: {found.kills} kills, {found.slots} slots")
    print(f"  killed {dict(found.at_steps.most_common())}")
    print(f"  exactly one before the sweeps {found.exact_before:.2f} %: {dict(found.before)}")
    print(f"  after the sweeps {dict(found.after)}; ledger {dict(found.states)}")
    print(f"  unknown {found.unknown}, of which told {found.unknown_and_told}; ", end="")
    print(f"repeats not marked {found.unmarked}; {time.monotonic() - began:.0f} s")
    print(f"  once a person has decided {dict(found.decided)}", flush=True)


def faults(found: Found, can_tell: bool, *, calls: bool) -> int:
    """Count what must not be: lost or doubled without anybody's being told, or a call repeated without a mark."""
    lost, doubled = found.after[0], sum(n for copies, n in found.after.items() if copies > 1)
    if calls:  # none is held, none is lost; a second copy says so
        return found.unmarked + lost + found.unknown
    untold = found.unknown - found.unknown_and_told
    absent = lost if can_tell else max(0, lost - found.unknown_and_told)
    return doubled + untold + absent + (found.decided != {1: found.slots})


if __name__ == "__main__":
    sys.exit(main())
