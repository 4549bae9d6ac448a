"""The bot at work in one process: its engine, its server, its ways in, and what watches them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.app import App, find_commands
from bot.chat.slack.manifest import PATH
from bot.logs.setup import log
from bot.rules.delivery.health import Check, SourceHealth
from bot.rules.partnership.partnership import Partnership
from bot.server import health, heartbeat
from bot.server.engine import Engine, Pace
from bot.server.engine.factory import engine_for
from bot.server.http import listener, routes
from bot.server.http.metrics import Metrics
from bot.server.worker import Worker
from bot.settings import SettingsError, secret


@dataclass
class Service:
    """What runs, put together from the settings."""

    app: App
    clockwork: Worker
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        app = self.app
        self.metrics = Metrics(self._figures, [c.name for c in find_commands()], steps(app.partnership))
        self.clockwork.metrics = self.metrics
        self.slack = self.clockwork.slack
        self.engine: Engine = engine_for(app.settings.database_url, self._tick, self.pace)
        self.heart = self._heartbeat()
        self.mails = len(app.partnership.delivery.email) if self.clockwork.mail else 0
        try:
            app_ = routes.web(self.checks, self._sources, self.metrics, riders=self._riders())
            self.server = listener.Server(app_, listener.listen(self._bind))
        except listener.AddressUnusable as fault:
            raise SettingsError(f"{fault}.") from None

    def _riders(self) -> dict[str, routes.Rider]:
        """Platforms that call in over HTTP."""
        door = self.slack.door() if self.slack else None
        return {PATH: door} if door else {}

    @property
    def _bind(self) -> str:
        return self.app.settings.environ.get("BOT_BIND") or listener.BIND

    def start(self) -> None:
        self.engine.start()
        self.server.start()
        if self.slack:
            self.slack.start()
        if self.heart:
            self.heart.start()
        log(
            "serving",
            replica=self.clockwork.replica,
            engine=self.engine.name,
            seconds=self.pace.period,
            port=self.server.port,
            heartbeat=self.heart is not None,
            email=self.mails,
            slack=self._ways_in(),
        )

    def _ways_in(self) -> str:
        if self.slack is None:
            return "no"
        ways = ("socket" if self.slack.socket else "", "http" if self.slack.connection.signing_secret else "")
        return " and ".join(filter(None, ways))

    def serves(self) -> bool:
        return self.server.lives

    def stop(self) -> bool:
        """Within the time for draining: whether all that was under way came to its end."""
        log("ending")
        if self.heart:
            self.heart.stop()
        drained = self.engine.stop()
        closed = self.server.stop()
        answered = self.slack.stop() if self.slack else True
        return closed and answered and drained

    def checks(self) -> tuple[Check, ...]:
        moves = self.engine.healthy(time.monotonic())
        found = health.readiness(self.app.database, self.app.partnership, moves, self.clockwork.clock)
        return (*found, *self.clockwork.ways_in())

    def all_well(self, now: datetime) -> bool:
        return all(c.ok for c in self.checks()) and self.clockwork.all_well()

    def _sources(self) -> tuple[SourceHealth, ...]:
        return health.sources(self.app.database, self.app.partnership, self.clockwork.clock)

    def _figures(self) -> Any:
        return health.figures(self.app.database, self.app.partnership, self.clockwork.clock)

    def _tick(self) -> None:
        try:
            self.clockwork.tick()
        except Exception:
            self.metrics.ticked("failed")
            raise
        self.metrics.ticked("ok")

    def _heartbeat(self) -> heartbeat.Heartbeat | None:
        url = secret(self.app.settings.environ, "BOT_HEARTBEAT_URL")
        try:
            return heartbeat.Heartbeat(url, self.all_well, self.metrics.pinged) if url else None
        except heartbeat.HeartbeatUnusable as fault:
            raise SettingsError(f"{fault}.") from None


def steps(partnership: Partnership) -> set[str]:
    """Every step of a reminder ladder, by its id."""
    ladders = (partnership.reminders, *(a.reminders or () for a in partnership.areas))
    return {step.id for ladder in ladders for step in ladder}
