"""Run all checks in order. A check that raises becomes a fault of its own, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.app import App
from bot.chat.slack import doctor
from bot.chat.slack.credentials import Connection
from bot.cli.doctor import calendar, installation, operation, recipients, webhook
from bot.ingest.bank_holidays import by_division
from bot.logs.setup import unexpected
from bot.rules.access.channel_privacy import may_read
from bot.rules.delivery.findings import Finding, fault
from bot.rules.partnership.partnership import Channel, Partnership, Person
from bot.rules.time.clock import local_day
from bot.server import platforms
from bot.server.worker import Worker
from bot.settings import SettingsError
from bot.store.database import DatabaseError, in_plain_words, reading

#: What answers slowly is given no more than this.
SECONDS = 10.0


@dataclass(frozen=True)
class Subject:
    """The installation under examination. Without a usable database the partnership is that of its file."""

    app: App
    partnership: Partnership
    now: datetime
    slack: Connection | None
    seconds: float

    @property
    def connected(self) -> tuple[str, ...]:
        """The chat platforms for which this bot has a key."""
        return ("slack",) if self.slack else ()


def examine(app: App, seconds: float = SECONDS) -> Iterator[Finding]:
    """Yield each finding as soon as its check is done."""
    base = _guarded("database", lambda: [installation.database(app)])
    usable = all(f.state == "ok" for f in base)
    yield from _guarded("configuration", lambda: [installation.configuration(app, usable)])
    yield from base
    yield from _guarded("database pages", lambda: installation.pages(app))
    connection, wrong = _slack(app)
    yield from wrong
    subject = _subject(app, usable, connection, seconds)
    for check in _CHECKS:
        if usable or not check.asks_database:
            yield from _guarded(check.name, check.of(subject))


def _slack(app: App) -> tuple[Connection | None, list[Finding]]:
    try:
        return platforms.read_slack(app.settings.environ), []
    except SettingsError as wrong:
        return None, [fault("slack settings", str(wrong), "Put it right and run doctor again: Slack was not asked")]


def _subject(app: App, usable: bool, connection: Connection | None, seconds: float) -> Subject:
    """Build the subject. Without a usable database the app's partnership is not read: that would make the tables."""
    if usable:
        with reading(app.database) as database:
            return Subject(app, app.partnership, Worker(app).clock(database), connection, seconds)
    known = app.settings.partnership.with_holidays(by_division())
    now = known.practice.now.astimezone(UTC) if known.practice else datetime.now(UTC)
    return Subject(app, known, now, connection, seconds)


def _guarded(name: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        with in_plain_words():
            return list(check())
    except (DatabaseError, SettingsError) as wrong:
        return [fault(name, str(wrong), "Put it right and run doctor again")]
    except OSError as wrong:
        return [fault(name, f"{wrong.filename or name}: {wrong.strerror}", "Put it right and run doctor again")]
    except Exception as wrong:
        return [fault(name, unexpected(wrong), "Look at the log")]


@dataclass(frozen=True)
class _Check:
    """One step of the examination; its name is that of the fault if it raises."""

    name: str
    run: Callable[[Subject], Iterable[Finding]]
    asks_database: bool = False

    def of(self, subject: Subject) -> Callable[[], Iterable[Finding]]:
        return lambda: self.run(subject)


def _in_database(check: Callable[[Any, Subject], Iterable[Finding]]) -> Callable[[Subject], list[Finding]]:
    """Give a check a connection that reads."""

    def run(s: Subject) -> list[Finding]:
        with reading(s.app.database) as connection:
            return list(check(connection, s))

    return run


def _of_slack(s: Subject) -> Iterator[Finding]:
    if s.slack is None:
        return
    today = local_day(s.now)
    ours = [c for c in s.partnership.channels if c.platform == "slack"]
    entitled = {p.id: recipients.is_entitled(p, s.partnership, today) for p in s.partnership.people}

    def reads(person: Person, channel: Channel) -> bool:
        return may_read(person, channel, s.partnership, today)

    yield from doctor.examine(s.slack, ours, s.partnership.people, entitled, reads, s.seconds)
    if not s.slack.by_socket:
        yield webhook.unsigned(s.app.settings.environ, s.seconds)


_CHECKS = (
    _Check("audit trail", lambda s: [installation.audit_trail(s.app)], asks_database=True),
    _Check("clock", lambda s: [installation.clock(s.app)], asks_database=True),
    _Check("time zone", lambda s: [calendar.zone(s.partnership, s.now)]),
    _Check("calendar", lambda s: [calendar.calendar(s.partnership, s.now)]),
    _Check("data", _in_database(lambda c, s: operation.data(c, s.partnership, s.now)), asks_database=True),
    _Check("digests", _in_database(lambda c, s: operation.digests(c, s.partnership, s.now)), asks_database=True),
    _Check("engine", _in_database(lambda c, s: [operation.tick(c, s.now)]), asks_database=True),
    _Check("restored", _in_database(lambda c, s: operation.restored(c)), asks_database=True),
    _Check("channels", lambda s: recipients.channels(s.partnership, s.connected)),
    _Check("people", lambda s: [recipients.people(s.partnership, s.connected, local_day(s.now))]),
    _Check("slack", _of_slack),
    _Check("e-mail", lambda s: [operation.email(s.app.settings.environ, s.partnership)]),
    _Check("heartbeat", lambda s: [operation.pinged(s.app.settings.environ)]),
)
