"""The practice page's run: practice data in a folder of their own, a clock that people move, and the page's server.

Nothing of it outlives the process, and nothing else is opened: no other database, no chat platform, no outbox.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import practice
from bot.app import App
from bot.chat.web.conversations import Conversations
from bot.chat.web.page import ROOT, THIS_MACHINE, ClockMove, ClockMoving, PracticePage, Where, Who
from bot.conversation.outbound import Platform, WithNotice
from bot.conversation.reply import Chart, ReportFile
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.logs.setup import unexpected
from bot.reports.charts import png
from bot.reports.making import NotMade
from bot.rules.access.channel_privacy import Destination, may_read
from bot.rules.access.permissions import roles_today
from bot.rules.catalogue import _, code_words
from bot.rules.partnership.partnership import Partnership
from bot.rules.time import clock
from bot.server.gateway import Gateway
from bot.server.http import listener, routes
from bot.server.practice_clock import PracticeClock
from bot.server.worker import JOBS
from bot.settings import Settings, SettingsError, default_database

#: A page that reloads at once needs no word that the clock is still moving.
AT_ONCE_SECONDS = 1.5
ANY_PORT = "127.0.0.1:0"
NOT_PRACTICE = "The practice page shows practice data only, so it runs only with a practice partnership."
NOT_HERE = "The practice page is for this machine alone: BOT_BIND must be a loopback address, such as {bind}."


class PracticeRun:
    """One run of the practice, from its first moment; `step` is called with the name of each step of its beginning."""

    def __init__(self, settings: Settings, step: Callable[[str], None] = lambda name: None) -> None:
        if settings.partnership.practice is None:
            raise SettingsError(NOT_PRACTICE)
        self._settings, self._pretended, self._step = settings, settings.partnership.practice, step
        self._one = threading.RLock()
        self._mover: threading.Thread | None = None
        self._begin()

    def _begin(self) -> None:
        """Lay a new database with the practice exports, and run the first tick."""
        self._folder = TemporaryDirectory(prefix="practice-")
        home = Path(self._folder.name)
        chosen = self._settings.partnership
        # A click moves the digest at once: the clock would not reach the next update by itself. Every channel is on the
        # page, on whatever platform the file has it.
        channels = tuple(replace(c, platform="offline", destination="") for c in chosen.channels)
        delivery = replace(chosen.delivery, update_seconds=0)
        partnership = replace(chosen, channels=channels, delivery=delivery)
        # No variable of the environment: keys, tokens and addresses of a real installation are not read.
        url = default_database(home)
        own = replace(self._settings, database_url=url, data_folder=home, partnership=partnership, environ={})
        self.app = App(own)
        self._moved = PracticeClock(self._first)
        self.moving: ClockMoving | None = None
        self.gateway = Gateway(self.app, "id", Conversations.name, lambda: self.now)
        self.conversations = Conversations(self._describe, self.gateway.for_post, lambda: self.now)
        self.gateway.describe = self._describe
        files = practice.write_exports(home / "exports")
        for source, taken_at in practice.TAKEN_AT.items():
            self._step(source)
            self.app.load(source, files[source], taken_at)
        self._step("the first messages")
        self._tick()

    @property
    def _first(self) -> datetime:
        return self._pretended.now.astimezone(UTC)

    def close(self) -> None:
        if self._mover is not None:
            self._mover.join()
        self.app.close()
        self._folder.cleanup()

    # ---- what the page is handed (bot.chat.web.page.Stage)

    @property
    def name(self) -> str:
        return self._partnership.name

    @property
    def now(self) -> datetime:
        return self._moved.now

    @property
    def people(self) -> Sequence[Who]:
        """Return everybody with a role, the person of `[practice]` first."""
        today, first = clock.local_day(self.now), self._pretended.person
        held = {p: sorted({role.role for role in roles_today(p, today)}) for p in self._partnership.people if p.active}
        return [
            Who(p.id, ", ".join((*map(code_words, (*roles, p.agency)), *p.areas)))
            for p, roles in sorted(held.items(), key=lambda each: (each[0].id != first, each[0].id))
            if roles
        ]

    @cached_property
    def channels(self) -> Sequence[Where]:
        partnership, today = self._partnership, clock.local_day(self._first)
        people = partnership.people
        return [
            Where(c.id, c.name, c.level, tuple(p.id for p in people if may_read(p, c, partnership, today)))
            for c in partnership.channels
        ]

    @property
    def moves(self) -> Sequence[ClockMove]:
        """Return the moments that are worth going to, the nearest first."""
        delivery, now = self._partnership.delivery, self.now
        today = clock.local_day(now)
        morning = min((c.digest.time for c in self._partnership.channels), default=delivery.reminder_time)
        found = [
            ClockMove(_("10 minutes later"), now + timedelta(minutes=10)),
            ClockMove(_("An hour later"), now + timedelta(hours=1)),
            *(
                ClockMove(f"{wall:%H:%M}, {what}", clock.at(day, wall))
                for day, wall, what in (
                    (today, delivery.reminder_time, _("reminders")),
                    (today, delivery.close_time, _("the digest closes")),
                    (today + timedelta(days=1), morning, _("tomorrow")),
                )
            ),
        ]
        return sorted((m for m in found if m.to > now), key=lambda m: m.to)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Hold the practice for one action; at the end run a tick, so that posts change at once."""
        with self._one:
            yield
            self._tick()

    def move_to(self, moment: datetime) -> None:
        """Move the clock in a thread of its own, and wait for it a moment."""
        with self._one:
            if self.moving is not None:
                return
            self.moving = ClockMoving(self.now, self.now, moment)
        self._mover = threading.Thread(target=self._move, args=(moment,), name="clock", daemon=True)
        self._mover.start()
        self._mover.join(AT_ONCE_SECONDS)

    def begin_again(self) -> None:
        """Go back to the first moment, once a move under way is over: it needs the practice for itself."""
        if self._mover is not None:
            self._mover.join()
        with self._one:
            if self.moving is None:
                self.close()
                self._begin()

    def draw(self, chart: Chart) -> bytes | None:
        return png(chart)

    def make(self, file: ReportFile) -> Mapping[str, bytes] | str:
        try:
            return self.app.making.begin(file).result()
        except NotMade as fault:
            return str(fault)

    # ---- parts

    @property
    def _partnership(self) -> Partnership:
        return self.app.partnership

    def _move(self, moment: datetime) -> None:
        began = self.now

        def one() -> None:
            self.moving = ClockMoving(began, self.now, moment)
            self._tick()

        try:
            with self._one:
                self._moved.move_to(moment, one)
                self._tick()  # what the last tick planned, such as the close of a digest, is sent too
        except Exception as fault:
            unexpected(fault)
        finally:
            self.moving = None

    def _tick(self) -> None:
        """Run the jobs of a tick at the moment of the clock, with the people list of now."""
        platforms: dict[str, Platform] = {Conversations.name: WithNotice(self.conversations, self.app.notice)}
        app = self.app
        run = Run(app.database, app.as_listed(), platforms, app.sealing_key, "practice", lambda connection: self.now)
        tick(run, JOBS, self._first)

    def _describe(self, destination: str) -> Destination:
        """Describe the readers of a place: a channel has those who may read it, a private conversation one person."""
        here = next((c for c in self.channels if c.id == destination), None)
        if here is not None:
            return Destination(
                "channel", here.level, is_private=True, is_shared=False, members=(True,) * len(here.readers)
            )
        person = self.app.person(destination)
        return Destination("person", None, is_private=True, is_shared=False, members=(bool(person and person.active),))


class PracticeServer:
    """The page of a practice, served on this machine alone at `bind`; any free port where that of the bot is taken."""

    def __init__(self, stage: PracticeRun, bind: str = "") -> None:
        try:
            at = listener.listen(bind or listener.BIND)
        except listener.AddressUnusable as fault:
            if bind:
                raise SettingsError(f"{fault}.") from None
            at = listener.listen(ANY_PORT)
        if at.getsockname()[0] not in THIS_MACHINE:
            at.close()
            raise SettingsError(NOT_HERE.format(bind=listener.BIND))
        page = PracticePage(stage)
        self.server = listener.Server(routes.pages(page.router, page.refused), at)
        host = at.getsockname()[0]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.server.port}{ROOT}"
