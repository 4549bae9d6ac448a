"""A job and its context. A job plans messages, composes them when they are sent, and acts on what was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.conversation.outbound import Message, Platform
from bot.jobs.tick_watch import TickWatch
from bot.rules.access.channel_privacy import level_of
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import Delivery
from bot.rules.delivery.posted_digest import Posted
from bot.rules.effects import NotifyPerson, NotifyRole
from bot.rules.partnership.partnership import Partnership
from bot.rules.time.trusted import ClockVerdict
from bot.store import audit_chain
from bot.store.changes.record import carry_out, notice_waits
from bot.store.database import Database, before_each_statement, reading, writing
from bot.store.delivery import ledger
from bot.store.queries.facts import StoredFacts

ALARM = "alarm"
#: The same alarm is not raised again within a day: it still waits to be read.
ALARM_AGAIN = timedelta(hours=24)

#: Whether the database is still the one that it was: an older copy may have been put in its place (rollback.py).
Continuity = Literal["same", "older", "unknown"]


@dataclass(frozen=True, slots=True)
class Run:
    """The bot's parts as a job may use them. `name` is this replica.

    `clock` is the one all replicas share: the database's own, as far as it is trusted; `verdict` is on that clock
    (None: it is not judged). `step` receives the name of each step of a post (tests kill the process there). `watch`
    notes each statement as a sign that the tick goes on, and the jobs that fail. `before_calls` looks once more for
    an older database before calls leave. `beside` does work of minutes for which no tick waits.
    """

    database: Database
    partnership: Partnership
    platforms: Mapping[str, Platform]
    audit_key: bytes
    name: str = "replica"
    clock: Callable[[Any], datetime] = ledger.clock
    step: Callable[[str], None] = lambda name: None
    watch: TickWatch = field(default_factory=TickWatch)
    verdict: ClockVerdict | None = None
    before_calls: Callable[[Run, Sequence[Delivery]], Continuity] = lambda run, messages: "same"
    beside: Callable[[Callable[[], None]], None] = lambda work: work()

    @property
    def in_doubt(self) -> bool:
        """True while the time is not confirmed."""
        return self.verdict is not None and not self.verdict.sure

    def due_by(self, written_at: datetime, now: datetime) -> datetime:
        """Return the time by which a call of `written_at` is due: `now`, or in doubt what a clock ahead of it shows."""
        return now if self.verdict is None else self.verdict.due_by(written_at, now)

    @contextmanager
    def facts(self) -> Iterator[StoredFacts]:
        with self.reading() as connection:
            yield StoredFacts(connection, self.partnership)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        self.watch.goes_on()
        with reading(self.database) as connection:
            before_each_statement(connection, self.watch.goes_on)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Any]:
        self.watch.goes_on()
        with writing(self.database) as connection:
            before_each_statement(connection, self.watch.goes_on)
            yield connection

    def record(self, connection: Any, action: str, now: datetime, **facts: Any) -> None:
        """Write the trail's row of an action of the bot, in the transaction of that action."""
        given = {"place": self.name, "outcome": "done"} | facts
        audit_chain.append(connection, self.audit_key, Entry(now.astimezone(UTC), "bot", "", "", action, **given))

    def alarm(
        self,
        connection: Any,
        text: str,
        now: datetime,
        begins: str = "",
        also: Iterable[str] = (),
        *,
        again: bool = False,
    ) -> bool:
        """Raise an alarm with every administrator, in the caller's transaction; False where it waits there already.

        `also` are further people to tell. `again`: it is of an event, which is told each time in whatever words.

        `text` is one or two sentences of what is wrong and what to do: no reference, no name, nothing of a child. A
        text that ends in what changes, such as a count, is told from other alarms by its beginning, `begins`. One that
        ends in "See: COMMAND." is shown with a button for it.
        """
        if not again and notice_waits(connection, ALARM, text, now - ALARM_AGAIN, begins):
            return False
        carry_out(connection, NotifyRole("system_admin", ALARM, text, now))
        for person in also:
            carry_out(connection, NotifyPerson(person, ALARM, text, now))
        self.record(connection, ALARM, now, outcome="raised")
        return True


@dataclass(frozen=True, slots=True)
class Ready:
    """The message to post now; `posted` is what is kept of a digest."""

    message: Message
    posted: Posted | None = None
    subject: str = ""  # the child a message is about, for the trail; empty for several or none
    notices: tuple[int, ...] = ()  # the numbers of the notices that a message tells
    may_repeat: bool = False  # a database before this one may have sent it, under another marker


@dataclass(frozen=True, slots=True)
class Hold:
    """A message that waits until a person has acted (a channel is shared, a source is too old ...)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """A message that is not needed any more: its subject has been dealt with."""

    reason: str


Composed = Ready | Hold | Drop


def _nothing(*_: Any) -> None:
    """Do nothing, for a job without this part."""


def _no_message(run: Run, d: Delivery, now: datetime) -> Composed:
    """Drop, for a job without messages of its own: administrators are notified by alarms."""
    return Drop("none")


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work that is done by the clock.

    `plan` puts what is due into the ledger, on every tick; a row that is there stays unchanged. `compose` makes the
    message at the moment it is sent, so that nothing stale leaves. `tend` runs on every tick beside the sending, and
    ticks off lines of a digest, for example. `sent` runs in the transaction that marks a message as sent; its `ready`
    is None where the message was found on the platform, not posted just now.
    """

    kinds: tuple[str, ...]
    compose: Callable[[Run, Delivery, datetime], Composed] = _no_message
    plan: Callable[[Run, datetime], None] = _nothing
    tend: Callable[[Run, datetime], None] = _nothing
    #: True: administrators are alarmed when one of its messages cannot be sent. False for messages that alarm them.
    alarms: bool = True
    sent: Callable[[Run, Any, Delivery, Ready | None, datetime], None] = _nothing
    #: Kinds that go on while the time is not confirmed; without any, all of the job waits.
    go_on: tuple[str, ...] = ()


def level_now(run: Run, d: Delivery) -> int | None:
    """Return the level of a delivery's destination at this moment; CannotTell where the platform does not answer."""
    return level_of(run.platforms[d.platform].describe(d.destination))


def lacks(run: Run, d: Delivery) -> str:
    """Return the code of a permission without which the platform does not say who reads there; empty for none."""
    return run.platforms[d.platform].describe(d.destination).lacks


def thread_of(run: Run, d: Delivery) -> str | None:
    """Return the message that a part of a digest follows in a thread; None for a message of its own."""
    if d.parent_id is None:
        return None
    with run.facts() as facts:
        parent = facts.delivery(d.parent_id)
    return parent.message_id if parent else None
