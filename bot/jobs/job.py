"""A job and its context: a job plans messages, composes them when they are sent, and is told when they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.conversation.outbound import Message, Platform
from bot.rules.access.channel_privacy import level_of
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import Delivery
from bot.rules.partnership.partnership import Partnership
from bot.store import audit_chain
from bot.store.database import Database, reading, writing
from bot.store.delivery import ledger
from bot.store.queries.facts import StoredFacts


@dataclass(frozen=True, slots=True)
class Run:
    """The bot's parts as a job may use them. `name` is this replica.

    `clock` is the one all replicas share: the database's own. `step` hears the name of each step of a post (tests
    kill the process there).
    """

    database: Database
    partnership: Partnership
    platforms: Mapping[str, Platform]
    audit_key: bytes
    name: str = "replica"
    clock: Callable[[Any], datetime] = ledger.clock
    step: Callable[[str], None] = lambda name: None

    @contextmanager
    def facts(self) -> Iterator[StoredFacts]:
        with reading(self.database) as connection:
            yield StoredFacts(connection, self.partnership)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        with reading(self.database) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Any]:
        with writing(self.database) as connection:
            yield connection

    def record(self, connection: Any, action: str, now: datetime, **facts: Any) -> None:
        """The trail's row of what the bot does by itself, in the transaction that does it."""
        said = {"place": self.name, "outcome": "done"} | facts
        audit_chain.append(connection, self.audit_key, Entry(now.astimezone(UTC), "bot", "", "", action, **said))


@dataclass(frozen=True, slots=True)
class Ready:
    """The message as it is to be posted now; `items` are what it lists (section, number of the episode)."""

    message: Message
    items: tuple[tuple[str, int], ...] = ()
    subject: str = ""  # the child a message is about, for the trail; empty for several or none


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: a person has to see to it (a channel that is shared now, a source that is too old ...)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Not any more: what it was about has been dealt with."""

    reason: str


Composed = Ready | Hold | Drop


def _nothing(run: Run, now: datetime) -> None:
    """No plan of its own: another job plans these."""


def _no_more(run: Run, connection: Any, sent: Delivery, ready: Ready | None, now: datetime) -> None:
    """Nothing follows."""


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work that the bot does by the clock.

    `plan` puts what is due into the ledger (again and again: what is there already stays as it is). `compose` makes
    the message at the very moment it is sent, so that nothing stale leaves. `sent` runs in the transaction that
    marks it sent; its `ready` is None where the message was found to be there, not posted just now.
    """

    kinds: tuple[str, ...]
    compose: Callable[[Run, Delivery, datetime], Composed]
    plan: Callable[[Run, datetime], None] = _nothing
    #: What is looked after on every tick beside the sending, such as lines of a digest that tick themselves off.
    tend: Callable[[Run, datetime], None] = _nothing
    #: Whether administrators hear when one of its messages cannot be sent: not of those that tell them so.
    alarms: bool = True
    sent: Callable[[Run, Any, Delivery, Ready | None, datetime], None] = _no_more


def level_now(run: Run, d: Delivery) -> int | None:
    """Return the level of a delivery's destination at this moment; CannotTell where the platform does not answer."""
    return level_of(run.platforms[d.platform].describe(d.destination))


def thread_of(run: Run, d: Delivery) -> str | None:
    """The message under which a part of a digest stands; None where it stands by itself."""
    if d.parent_id is None:
        return None
    with run.facts() as facts:
        parent = facts.delivery(d.parent_id)
    return parent.message_id if parent else None
