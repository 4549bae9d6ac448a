"""The service: engine, HTTP server, chat platforms and heartbeat of one process."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.app import App, find_commands
from bot.chat.slack.manifest import PATH as SLACK_PATH
from bot.chat.teams.credentials import PATH as TEAMS_PATH
from bot.chat.teams.credentials import CredentialsUnusable
from bot.chat.teams.webhook import LARGEST
from bot.logs.setup import log
from bot.rules.delivery.health import Check
from bot.rules.partnership.partnership import Partnership
from bot.server import health, heartbeat
from bot.server.arrivals import Arrivals
from bot.server.engine import Engine, Pace
from bot.server.engine.factory import engine_for
from bot.server.http import listener, routes
from bot.server.http.metrics import Metrics
from bot.server.worker import Worker
from bot.settings import SettingsError, secret


@dataclass
class Service:
    """The parts that run, built from the settings."""

    app: App
    worker: Worker
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        app = self.app
        given = (app.database, app.partnership, self.worker.clock)
        figures, verbs = partial(health.figures, *given), [c.name for c in find_commands()]
        folders = any(x.folder for x in app.settings.partnership.sources.each())
        self.arrivals = Arrivals(app, self.worker.alarm) if folders else None
        waiting = self.arrivals.waiting if self.arrivals else dict
        self.metrics = Metrics(figures, verbs, steps(app.partnership), waiting)
        self.worker.metrics = self.metrics
        self.slack, self.teams = self.worker.slack, self.worker.teams
        self.engine: Engine = engine_for(app.settings.database_url, self._tick, self.pace)
        url = secret(app.settings.environ, "BOT_HEARTBEAT_URL")
        try:
            self.heart = heartbeat.Heartbeat(url, self.all_well, self.metrics.pinged) if url else None
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

    def _socket(self, name: str, usual: str) -> socket.socket:
        try:
            return listener.listen(self.app.settings.environ.get(name) or usual, name, usual)
        except listener.AddressUnusable as fault:
            raise SettingsError(f"{fault}.") from None

    @property
    def _servers(self) -> tuple[listener.Server, ...]:
        return (self.health, self.server) if self.server else (self.health,)

    @property
    def lives(self) -> bool:
        """True while each server has its thread."""
        return all(each.lives for each in self._servers)

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
        if self.arrivals:
            self.arrivals.stop()
        if self.heart:
            self.heart.stop()
        drained = self.engine.stop()
        closed = all([each.stop() for each in self._servers])
        answered = all([each.stop() for each in (self.slack, self.teams) if each])
        return closed and answered and drained

    def checks(self) -> tuple[Check, ...]:
        moves = self.engine.healthy(time.monotonic())
        found = health.readiness(self.app.database, self.app.partnership, moves, self.worker.clock)
        return (*found, *self.worker.ways_in())

    def all_well(self, now: datetime) -> bool:
        return all(c.ok for c in self.checks()) and self.worker.all_well()

    def _tick(self) -> None:
        try:
            self.worker.tick()
        except Exception:
            self.metrics.ticked("failed")
            raise
        self.metrics.ticked("ok")


def steps(partnership: Partnership) -> set[str]:
    """Return the id of every step of a reminder ladder."""
    ladders = (partnership.reminders, *(a.reminders or () for a in partnership.areas))
    return {step.id for ladder in ladders for step in ladder}
