"""The worker: the jobs of each tick, the platforms they post to, and the clock they use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.app import App
from bot.chat.email import Email
from bot.chat.file_outbox import Outbox
from bot.chat.sms import Sms
from bot.conversation.outbound import Platform, WithNotice
from bot.jobs import (
    auditor,
    clock_alarms,
    database_check,
    decisions,
    digest,
    drill,
    email_fallback,
    escalations,
    export_alarms,
    notices,
    overdue_reviews,
    post_cleanup,
    reminders,
    rota_gaps,
    wake,
)
from bot.jobs.delivery import tick
from bot.jobs.job import Job, Run
from bot.jobs.rollback import Rollback
from bot.jobs.tick_watch import TickWatch
from bot.logs.setup import unexpected
from bot.rules.access.channel_privacy import Destination
from bot.rules.catalogue import _
from bot.rules.delivery.health import Check
from bot.rules.time.trusted import near
from bot.server import platforms
from bot.server.practice_clock import PracticeClock
from bot.server.timekeeper import Timekeeper
from bot.settings import replica_name
from bot.store.database import in_plain_words, reading
from bot.store.delivery import ledger, replicas
from bot.store.queries import monitoring

if TYPE_CHECKING:
    from bot.chat.slack.adapter import SlackAdapter
    from bot.chat.teams.adapter import TeamsAdapter
    from bot.server.http.metrics import Metrics

#: Every job, in the order of planning.
JOBS: tuple[Job, ...] = (
    digest.JOB,
    escalations.JOB,
    wake.JOB,
    drill.JOB,
    reminders.JOB,
    decisions.JOB,
    overdue_reviews.JOB,
    export_alarms.JOB,
    rota_gaps.JOB,
    auditor.JOB,
    clock_alarms.JOB,
    notices.JOB,
    email_fallback.JOB,
    post_cleanup.JOB,
    database_check.JOB,
)


#: More sockets are open for the app's token than replicas tick: Slack shares out the events among all of them.
CROWDED = _("another process uses this bot's app-level token")


def _beside(work: Callable[[], None]) -> None:
    """Do work in a thread of its own, which ends with the process. A fault is logged."""

    def guarded() -> None:
        try:
            work()
        except Exception as fault:
            unexpected(fault)

    threading.Thread(target=guarded, name="beside the ticks", daemon=True).start()


@dataclass
class Worker:
    """One replica's jobs and platforms. `moved` is the clock of a practice whose time people move; `watch` tells how
    the ticks go.
    """

    app: App
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    metrics: Metrics | None = None
    moved: PracticeClock | None = None
    watch: TickWatch = field(default_factory=TickWatch)

    def tick(self) -> None:
        """Run the jobs that are due now; DatabaseError where the database cannot be used.

        A second run changes nothing.
        """
        practice, run = self.app.settings.partnership.practice, replace(self.run(), watch=self.watch)
        started = practice.now.astimezone(UTC) if practice else self.started
        if practice is None and self.moved is None:
            with in_plain_words():
                verdict = self.timekeeper.look(self.app.database)
            run = replace(run, verdict=verdict)
            # Kept, so that the process is the same at each tick.
            started = self.started = min(started, verdict.now)
        if self.rollback:  # after the clock is judged: by a clock that is behind, heads would seem to be of the future
            self.rollback.look(run)
            run = replace(run, before_calls=self.rollback.before_calls)
        tick(run, JOBS, started)
        if self.rollback:
            self.rollback.keep(run)
        if any(c.says == CROWDED for c in self.ways_in()):
            self.alarm(
                _("{crowded}: it takes part of what comes in. Stop it, or give it an app of its own.", crowded=CROWDED)
            )

    def alarm(self, text: str, begins: str = "") -> None:
        """Alarm the administrators; see `Run.alarm`."""
        run = self.run()
        with run.writing() as connection:
            run.alarm(connection, text, run.clock(connection), begins)

    def ways_in(self) -> tuple[Check, ...]:
        """Check that Slack's events arrive over the socket, and that Teams' activities can be checked.

        There is no check of Slack over HTTP, which is watched from outside.
        """
        return (*self._way_from_slack(), *self._way_from_teams())

    def _way_from_slack(self) -> tuple[Check, ...]:
        socket = self.slack.socket if self.slack else None
        if socket is None:
            return ()
        if not socket.is_connected:
            return (Check("slack", False, _("the socket is not connected")),)
        crowded = socket.connections > self._replicas()
        return (Check("slack", not crowded, CROWDED if crowded else "ok"),)

    def _way_from_teams(self) -> tuple[Check, ...]:
        hears = self.teams.sdk.hears if self.teams else None
        if hears is None:
            return ()
        return (Check("teams", hears, "ok" if hears else _("the keys that Teams signs with cannot be fetched")),)

    def _replicas(self) -> int:
        with reading(self.app.database) as connection:
            return max(1, replicas.ticking(connection, self.clock(connection)))

    def run(self) -> Run:
        """Build a run with the people and roles of now: a person taken off the list an hour ago is sent nothing."""
        app = self.app
        return Run(
            app.database, app.as_listed(), self.platforms, app.sealing_key, self.replica, self.clock, beside=_beside
        )

    @cached_property
    def rollback(self) -> Rollback | None:
        """The look for an older database that was put back; None in practice, whose morning begins anew each time."""
        return None if self.app.is_practice else Rollback(self.app.heads)

    @cached_property
    def platforms(self) -> Mapping[str, Platform]:
        """The platforms by name.

        With a chat platform there is no outbox folder, because it would stay unread: a person without an account there
        is reported as not reached. In practice the folder stays, for people without an account.
        """
        chats: list[Platform] = [each.platform for each in (self.slack, self.teams) if each]
        if not chats or self.app.settings.partnership.practice:
            chats.append(Outbox(self.app.home / "outbox", self._offline))
        every: list[Platform] = [*chats, *([self.mail] if self.mail else []), *([self.sms] if self.sms else [])]
        notice = self.app.notice
        return {each.name: WithNotice(each, notice) if notice else each for each in every}

    @property
    def chats(self) -> tuple[str, ...]:
        """The chat platforms that are connected, without the folder, e-mail and SMS."""
        both = ((platforms.SLACK, self.slack), (platforms.TEAMS, self.teams))
        return tuple(name for name, adapter in both if adapter)

    @cached_property
    def slack(self) -> SlackAdapter | None:
        """Slack, where its tokens are set."""
        connection = platforms.read_slack(self.app.settings.environ)
        if connection is None:
            return None

        met = (self._answered, self._acknowledged)
        return platforms.slack_service(self.app, connection, self.now, *met, self._replicas)

    @cached_property
    def teams(self) -> TeamsAdapter | None:
        """Teams, where the app's registration is set."""
        connection = platforms.read_teams(self.app.settings.environ)
        if connection is None:
            return None
        return platforms.teams_service(self.app, connection, self.now, self._answered, self._acknowledged)

    def _answered(self, verb: str, outcome: str, seconds: float) -> None:
        if self.metrics:
            self.metrics.answered(verb, outcome, seconds)

    def _acknowledged(self, seconds: float) -> None:
        if self.metrics:
            self.metrics.acknowledged(seconds)

    @cached_property
    def mail(self) -> Email | None:
        """E-mail, where a mail server is named."""
        return platforms.read_email(self.app.settings.environ)

    @cached_property
    def sms(self) -> Sms | None:
        """SMS, where a key of its provider is set."""
        return platforms.read_sms(self.app.settings.environ, self.app.partnership.delivery.timeout_seconds)

    def _offline(self, destination: str) -> Destination:
        """Describe the readers of the outbox: a channel as in the partnership file, else one person, listed or not."""
        channel = self.app.partnership.channel(destination)
        if channel is not None:
            return digest.on_the_terminal(channel)
        person = self.app.person(destination)
        listed = bool(person and person.active)
        return Destination("person", None, is_private=True, is_shared=False, members=(listed,))

    @cached_property
    def replica(self) -> str:
        """This replica's name: BOT_REPLICA, else host and process id."""
        return replica_name(self.app.settings.environ)

    def all_well(self) -> bool:
        """Return True where every digest that was due has been sent."""
        patience = timedelta(minutes=self.app.partnership.delivery.alarm_minutes)
        with reading(self.app.database) as connection:
            return monitoring.unsent(connection, self.clock(connection), patience, kind=digest.KIND) == 0

    @cached_property
    def timekeeper(self) -> Timekeeper:
        """The keeper of the time, which hears the chat platforms' own; in practice it never looks."""
        return Timekeeper(lambda: platforms.by_name(self.slack, self.teams))

    def clock(self, connection: Any) -> datetime:
        """Return the database's time, as far as it is trusted; in practice, the practice morning plus the time since
        this process started.
        """
        return self._practised(self.timekeeper.at(ledger.clock(connection)))

    def now(self) -> datetime:
        """Return this process's time, as far as it is trusted, for answers; in practice, the same morning."""
        return self._practised(self.timekeeper.at(datetime.now(UTC)))

    def clock_is_right(self) -> bool:
        """Tell if a load may be dated by this machine's clock; at once after it jumped, before the next tick too."""
        if self.app.is_practice or self.moved is not None:
            return True
        machine = datetime.now(UTC)
        return near(machine, self.timekeeper.at(machine)) and not self.app.clock_fault()

    def _practised(self, now: datetime) -> datetime:
        if self.moved is not None:
            return self.moved.now
        practice = self.app.settings.partnership.practice
        return now if practice is None else practice.now.astimezone(UTC) + (now - self.started)
