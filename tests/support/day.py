"""A bot that is given exports, ticks and is asked: every door but the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.rules.escalations.calls import Raised
from bot.server.worker import JOBS
from bot.store.database import reading
from bot.store.queries.chat_records import StoredChatRecords
from bot.store.schema.records import child, episode
from tests.support.doubts import WEDNESDAY, Bot
from tests.support.job_scene import CHANNELS
from tests.support.memory_platform import MemoryChat


@dataclass
class Day:
    """The bot on a database of its own, a platform in memory, and a clock."""

    bot: Bot
    chat: MemoryChat = field(default_factory=lambda: MemoryChat(describes=dict(CHANNELS)))
    now: datetime = WEDNESDAY

    def tick(self, *moments: datetime, replicas: Sequence[str] = ("one",)) -> None:
        app, chats = self.bot.app, {self.chat.name: self.chat}
        runs = [
            Run(app.database, app.partnership, chats, app.sealing_key, name, lambda _: self.now) for name in replicas
        ]
        for self.now in moments:
            for run in runs:
                tick(run, JOBS, moments[0])

    def ref(self, occurrence: str = "OCC-77") -> str:
        with reading(self.bot.app.database) as connection:
            query = select(child.c.ref).join(episode, episode.c.child_id == child.c.id)
            return str(connection.execute(query.where(episode.c.occurrence_ref == occurrence)).scalar_one())

    def calls(self) -> Sequence[Raised]:
        with reading(self.bot.app.database) as connection:
            return StoredChatRecords(connection).escalations(list(connection.execute(select(episode.c.id)).scalars()))

    def posted(self, channel: str) -> str:
        return "\n".join(kept.text for kept in self.chat.to(channel))
