"""What the bot does without being asked, joined up: its jobs, the platforms it reaches, and the clock it goes by."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from bot.app import App
from bot.chat.outbox import Outbox
from bot.jobs import digest, notices, ticking_off
from bot.jobs.run import Job, Run
from bot.jobs.tick import tick
from bot.post import Platform
from bot.rules.destination import Destination
from bot.store import ledger

#: Everything that happens without being asked, in the order in which it is planned.
JOBS: tuple[Job, ...] = (ticking_off.JOB, notices.JOB)


@dataclass
class Clockwork:
    """One replica of one bot."""

    app: App
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def tick(self) -> None:
        """Do whatever is due now; DatabaseError where the database cannot be used. Twice does no harm."""
        tick(self.run(), JOBS, self.started)

    def run(self) -> Run:
        """With the people and roles of now: somebody who was taken off the list an hour ago is sent nothing."""
        app = self.app
        return Run(app.database, app.as_listed(), self.platforms, app.sealing_key, self.replica, self.clock)

    @cached_property
    def platforms(self) -> Mapping[str, Platform]:
        """What the bot is connected to, by name."""
        return {Outbox.name: Outbox(self.app.settings.data_folder / "outbox", self._offline)}

    def _offline(self, destination: str) -> Destination:
        """Who would read there: a channel as its file says it is, a person alone; anything else nobody knows."""
        channel = self.app.partnership.channel(destination)
        if channel is not None:
            return digest.on_the_terminal(channel)
        person = self.app.person(destination)
        listed = bool(person and person.active)
        return Destination("person", None, is_private=True, is_shared=False, members=(listed,))

    @property
    def replica(self) -> str:
        """What this process is called among several: BOT_REPLICA, else computer and process."""
        return (self.app.settings.environ.get("BOT_REPLICA") or f"{socket.gethostname()[:20]}-{os.getpid()}")[:31]

    def clock(self, connection: Any) -> datetime:
        """The database's own; a practice partnership's morning goes on from when this process was started."""
        now, practice = ledger.clock(connection), self.app.settings.partnership.practice
        return now if practice is None else practice.now.astimezone(UTC) + (now - self.started)
