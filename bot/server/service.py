"""The service: engine, HTTP server, chat platforms and heartbeat of one process."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from bot.app import App, find_commands
from bot.chat.slack.manifest import PATH as SLACK_PATH
from bot.chat.teams.credentials import PATH as TEAMS_PATH
from bot.chat.teams.credentials import CredentialsUnusable
from bot.chat.teams.webhook import LARGEST
from bot.logs.setup import log
from bot.rules.delivery.health import Check
from bot.rules.partnership.partnership import Partnership
from bot.server import health, heartbeat, systemd
from bot.server.arrivals import Arrivals
from bot.server.engine import Engine, Pace
from bot.server.engine.factory import engine_for
from bot.server.event_loop import LoopWatch
from bot.server.http import listener, routes
from bot.server.http.metrics import Metrics
from bot.server.supervisor import Part, Supervisor
from bot.server.worker import JOBS, Worker
from bot.settings import SettingsError, secret

if TYPE_CHECKING:
    from bot.chat.slack.adapter import SlackAdapter
    from bot.chat.teams.adapter import TeamsAdapter

#: The whole tick beside its jobs, in their health.
TICK = "tick"


@dataclass
class Service:
    """The parts that run, built from the settings; a supervisor looks at each."""

    app: App
    worker: Worker
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        app = self.app
        given = (app.database, app.partnership, self.worker.clock)
        figures, verbs = partial(health.figures, *given), [c.name for c in find_commands()]
        folders = any(x.folder for x in app.settings.partnership.sources.each())
        self.arrivals = Arrivals(app, self.worker.alarm, self.worker.clock_is_right) if folders else None
        waiting = self.arrivals.waiting if self.arrivals else dict
        jobs = (TICK, *(job.kinds[0] for job in JOBS))
        self.metrics = Metrics(figures, verbs, steps(app.partnership), waiting, jobs, self._parts_ok)
        self.worker.metrics = self.metrics
        self.worker.watch.on_failure = self.metrics.job_failed
        self.slack, self.teams = self.worker.slack, self.worker.teams
        self.engine: Engine = engine_for(
            app.settings.database_url, self._tick, self.pace, lambda: self.worker.watch.moved
        )
        url = secret(app.settings.environ, "BOT_HEARTBEAT_URL")
        try:
            self.heart = heartbeat.Heartbeat(url, self.all_well, self.metrics.pinged, self.pace.ping) if url else None
        except heartbeat.HeartbeatUnusable as fault:
            raise SettingsError(f"{fault}.") from None
        watched = routes.watched(self.checks, partial(health.sources, *given), self.metrics)
        self.health = listener.Server(watched, self._socket("BOT_HEALTH_BIND", listener.HEALTH_BIND))
        #: None where no platform calls in: then no other port is open.
        self.server: listener.Server | None = None
        if riders := self._riders():
            try:
                self.server = listener.Server(routes.platforms(riders), self._socket("BOT_BIND", listener.BIND))
            except SettingsError:
                self.health.close()
                raise
        self.supervisor = Supervisor(self._parts(), self.pace, self.engine.stop)

    def _socket(self, name: str, usual: str) -> socket.socket:
        try:
            return listener.listen(self.app.settings.environ.get(name) or usual, name, usual)
        except listener.AddressUnusable as fault:
            raise SettingsError(f"{fault}.") from None

    def _parts(self) -> list[Part]:
        """Return what the supervisor looks at. A job that fails would fail in another process too."""
        pace, slack, teams = self.pace, self.slack, self.teams
        # A call to a platform may last for the whole of the time-out.
        hung = max(pace.hung, 2 * self.app.partnership.delivery.timeout_seconds) - pace.healthy - pace.drain
        parts = [
            Part("engine", self._engine_fault, hung),
            Part("jobs", self._jobs_fault, None),
            Part("health loop", LoopWatch(lambda: self.health.loop, pace.silent).fault, pace.gives_up),
        ]
        if server := self.server:
            parts.append(Part("http loop", LoopWatch(lambda: server.loop, pace.silent).fault, pace.gives_up))
        if slack:
            parts.append(Part("slack answers", partial(self._answers_fault, slack), hung))
        if slack and slack.connection.app_token:
            loop = LoopWatch(lambda: slack.loop, pace.silent)
            parts.append(Part("slack loop", loop.fault, pace.gives_up, slack.open_anew))
        if teams:
            parts.append(Part("teams answers", partial(self._answers_fault, teams), hung))
            parts.append(Part("teams loop", LoopWatch(lambda: teams.loop, pace.silent).fault, pace.gives_up))
        threads: tuple[tuple[str, _Threaded | None], ...] = (("heartbeat", self.heart), ("arrivals", self.arrivals))
        for name, one in threads:
            if one:
                parts.append(Part(name, partial(_thread_fault, one), pace.gives_up, one.start))
        return parts

    def _engine_fault(self, now: float) -> str:
        return "" if self.engine.moves(now) else "its ticks do not come, or one does not go on"

    def _answers_fault(self, chat: SlackAdapter | TeamsAdapter, now: float) -> str:
        seconds = chat.answers_stuck(now)
        return f"no answer has ended for {seconds:.0f} s, and others wait" if seconds >= self.pace.healthy else ""

    def _jobs_fault(self, now: float) -> str:
        failing = self.worker.watch.failing(now)
        return f"failing: {', '.join(failing)}; the log says more" if failing else ""

    @property
    def _servers(self) -> tuple[listener.Server, ...]:
        return (self.health, self.server) if self.server else (self.health,)

    def _riders(self) -> dict[str, routes.Rider]:
        """Return the platforms that call in over HTTP: Slack where it has a signing secret, and Teams."""
        riders = {}
        if self.slack and (slack := self.slack.webhook()):
            riders[SLACK_PATH] = routes.Rider(slack, slack.refusal)
        if self.teams:
            teams = self.teams.webhook()
            riders[TEAMS_PATH] = routes.Rider(teams, teams.refusal, LARGEST)
        return riders

    def start(self) -> None:
        if self.teams:  # before the server listens, so that no activity waits for the keys
            try:
                self.teams.start()
            except CredentialsUnusable as fault:
                raise SettingsError(f"{fault}.") from None
        self.engine.start()
        for each in self._servers:
            each.start()
        if self.slack:
            self.slack.start()
        if self.arrivals:
            self.arrivals.start()
        if self.heart:
            self.heart.start()
        self.supervisor.start()
        systemd.notify(systemd.READY)
        ways = ["no"]
        if self.slack:
            ways = ["socket"] * bool(self.slack.socket) + ["http"] * bool(self.slack.connection.signing_secret)
        log(
            "serving",
            replica=self.worker.replica,
            engine=self.engine.name,
            seconds=self.pace.period,
            health=self.health.port,
            port=self.server.port if self.server else None,
            heartbeat=self.heart is not None,
            email=len(self.app.partnership.delivery.email) if self.worker.mail else 0,
            slack=" and ".join(ways),
            teams="http" if self.teams else "no",
        )

    def stop(self) -> bool:
        """Stop within the time for draining; return True where all work under way has ended."""
        log("ending")
        systemd.notify(systemd.ENDING)
        self.supervisor.stop()
        if self.arrivals:
            self.arrivals.stop()
        if self.heart:
            self.heart.stop()
        drained = self.engine.stop()
        closed = all([each.stop() for each in self._servers])
        answered = all([each.stop() for each in (self.slack, self.teams) if each])
        return closed and answered and drained

    @property
    def lives(self) -> bool:
        """True while the threads live without which the process has to end."""
        return all(each.lives for each in self._servers) and self.supervisor.lives

    def checks(self) -> tuple[Check, ...]:
        moves = self.engine.healthy(time.monotonic())
        found = health.readiness(self.app.database, self.app.partnership, moves, self.worker.clock)
        parts = [part for part in self.supervisor.checks() if part.name != "engine"]  # readiness has it
        return (*found, *self.worker.ways_in(), *parts)

    def all_well(self, now: datetime) -> bool:
        return all(c.ok for c in self.checks()) and self.worker.all_well()

    def _tick(self) -> None:
        try:
            self.worker.tick()
        except Exception:
            self.metrics.ticked("failed")
            self.worker.watch.failed(TICK, "")
            raise
        self.metrics.ticked("ok")
        self.worker.watch.worked(TICK, "")

    def _parts_ok(self) -> Mapping[str, bool]:
        return {check.name: check.ok for check in self.supervisor.checks()}


class _Threaded(Protocol):
    """A part with a thread of its own."""

    @property
    def lives(self) -> bool: ...
    def start(self) -> None: ...


def _thread_fault(one: _Threaded, _now: float) -> str:
    return "" if one.lives else "its thread has ended"


def steps(partnership: Partnership) -> set[str]:
    """Return the id of every step of a reminder ladder."""
    ladders = (partnership.reminders, *(a.reminders or () for a in partnership.areas))
    return {step.id for ladder in ladders for step in ladder}
