"""What the bot does without being asked, joined up: its jobs, the platforms it reaches, and the clock it goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from bot import mail
from bot.app import App
from bot.chat.email import Email
from bot.chat.outbox import Outbox
from bot.jobs import auditor, digest, escalation, late_reviews, notices, reminders, second_path, ticking_off
from bot.jobs.run import Job, Run
from bot.jobs.tick import tick
from bot.post import Platform
from bot.rules.destination import Destination
from bot.settings import replica_name
from bot.store import ledger, watching
from bot.store.database import reading

#: Everything that happens without being asked, in the order in which it is planned.
JOBS: tuple[Job, ...] = (
    ticking_off.JOB,
    escalation.JOB,
    reminders.JOB,
    late_reviews.JOB,
    auditor.JOB,
    notices.JOB,
    second_path.JOB,
)


@dataclass
class Clockwork:
    """One replica of one bot."""

    app: App
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def tick(self) -> None:
        """Do whatever is due now; DatabaseError where the database cannot be used. Twice does no harm."""
        practice = self.app.settings.partnership.practice
        tick(self.run(), JOBS, practice.now.astimezone(UTC) if practice else self.started)

    def run(self) -> Run:
        """With the people and roles of now: somebody who was taken off the list an hour ago is sent nothing."""
        app = self.app
        return Run(app.database, app.as_listed(), self.platforms, app.sealing_key, self.replica, self.clock)

    @cached_property
    def platforms(self) -> Mapping[str, Platform]:
        """What the bot is connected to, by name."""
        outbox: Platform = Outbox(self.app.settings.data_folder / "outbox", self._offline)
        connected = (outbox, self.mail) if self.mail else (outbox,)
        return {each.name: each for each in connected}

    @cached_property
    def mail(self) -> Email | None:
        """The second path, where a mail server was named."""
        return mail.read(self.app.settings.environ)

    def _offline(self, destination: str) -> Destination:
        """Who would read there: a channel as its file says it is, a person alone; anything else nobody knows."""
        channel = self.app.partnership.channel(destination)
        if channel is not None:
            return digest.on_the_terminal(channel)
        person = self.app.person(destination)
        listed = bool(person and person.active)
        return Destination("person", None, is_private=True, is_shared=False, members=(listed,))

    @cached_property
    def replica(self) -> str:
        """What this process is called among several: BOT_REPLICA, else computer and process."""
        return replica_name(self.app.settings.environ)

    def all_well(self) -> bool:
        """Whether every digest that was due has gone."""
        patience = timedelta(minutes=self.app.partnership.delivery.alarm_minutes)
        with reading(self.app.database) as connection:
            return watching.digests_owed(connection, self.clock(connection), patience) == 0

    def clock(self, connection: Any) -> datetime:
        """The database's own; a practice partnership's morning goes on from when this process was started."""
        now, practice = ledger.clock(connection), self.app.settings.partnership.practice
        return now if practice is None else practice.now.astimezone(UTC) + (now - self.started)
