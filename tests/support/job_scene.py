"""One bot with a database, a platform in memory and a clock that a test turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select

from bot.jobs.delivery import tick
from bot.jobs.job import Job, Run
from bot.jobs.tick_watch import TickWatch
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import Delivery
from bot.rules.effects import Effect
from bot.rules.partnership.partnership import Partnership
from bot.store import people_list
from bot.store.changes import record
from bot.store.database import migrate, open_database, reading, writing
from bot.store.delivery import ledger
from bot.store.schema import records
from bot.store.schema.access import notice
from tests.support.factories import NOW, Recorded, partnership
from tests.support.memory_platform import COUNTS_CHANNEL, PRIVATE_CHANNEL, MemoryChat
from tests.support.world import stored_rows

KEY = b"a key of these tests alone"
#: The channels of the practice partnership, as its platform describes them.
CHANNELS = {
    "county-digest": PRIVATE_CHANNEL,
    "north-digest": PRIVATE_CHANNEL,
    "county-counts": COUNTS_CHANNEL,
}


@dataclass
class Scene:
    database: Engine
    chat: MemoryChat = field(default_factory=lambda: MemoryChat(describes=dict(CHANNELS)))
    ours: Partnership = field(default_factory=partnership)
    now: datetime = NOW
    steps: list[str] = field(default_factory=list)
    started: datetime | None = None
    watch: TickWatch = field(default_factory=TickWatch)

    def run(self, name: str = "a") -> Run:
        chats = {self.chat.name: self.chat}
        return Run(
            self.database, self.ours, chats, KEY, name, lambda connection: self.now, self.steps.append, self.watch
        )

    def tick(self, *jobs: Job, name: str = "a") -> None:
        self.started = self.started or self.now
        tick(self.run(name), jobs, self.started)

    def wait(self, **length: float) -> None:
        self.now += timedelta(**length)

    def rules(self, **changes: Any) -> None:
        """Change the partnership's rules of delivery."""
        self.ours = replace(self.ours, delivery=replace(self.ours.delivery, **changes))

    def put(self, *episodes: Recorded, taken_at: datetime | None = None) -> None:
        """Store episodes as a load would; all three sources were taken at `taken_at`."""
        with writing(self.database) as connection:
            for name, rows in stored_rows(episodes, taken_at or self.now).items():
                if rows:
                    connection.execute(insert(records.metadata.tables[name]), rows)

    def say(self, *effects: Effect) -> None:
        """Record effects of a person in chat."""
        record.record(self.database, KEY, Entry(self.now, "somebody", "", "", "test", "done"), effects)

    def ledger(self, kind: str | None = None) -> Sequence[Delivery]:
        with reading(self.database) as connection:
            found = ledger.find(connection)
        return [d for d in found if kind in (None, d.kind)]

    def states(self, kind: str | None = None) -> list[str]:
        return [" ".join(filter(None, (d.state, d.reason))) for d in self.ledger(kind)]

    def alarms(self) -> list[str]:
        """Return the alarms to administrators, oldest first."""
        with reading(self.database) as connection:
            query = select(notice.c.text).where(notice.c.kind == "alarm").order_by(notice.c.id)
            return list(dict.fromkeys(connection.execute(query).scalars()))


@contextmanager
def scene(url: str) -> Iterator[Scene]:
    """Yield a scene on an empty database with the people of the practice partnership."""
    database = open_database(url)
    migrate(database)
    with writing(database) as connection:
        people_list.take_over(connection, partnership().people)
    yield Scene(database)
    database.dispose()
