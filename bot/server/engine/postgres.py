"""The engine for PostgreSQL: procrastinate workers inside each replica, of which one at a time ticks.

`lock=` alone keeps ticks apart. With `queueing_lock=` beside it a killed worker's tick could never be taken over.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from psycopg_pool import AsyncConnectionPool

from bot.logs.setup import log, unexpected
from bot.server.engine import Pace
from bot.server.engine.ticking import Guard, Pulse, Ticked

#: Where our migrations put procrastinate's tables.
SCHEMA = "procrastinate"
QUEUE, TICK = "engine", "tick"

#: A silently cut connection is noticed within half a minute, not after hours.
CONNECTION = {
    "options": f"-c search_path={SCHEMA}",
    "application_name": "bot engine",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_ANSWERS_WITHIN = 5.0  # a database asked for a connection
_AGAIN_AFTER = 1.0
_NEVER = 86_400.0
#: Before every clock: a replica's own may be ahead of the database's.
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class Postgres:
    """Tick once a period among all replicas, in the replica that takes the slot."""

    name = "postgres"

    def __init__(self, conninfo: str, tick: Callable[[], None], pace: Pace, moved: Callable[[], float]) -> None:
        self._conninfo, self._pace = conninfo, pace
        self._pulse = Pulse(tick, moved)
        self._contact = _Contact()
        self._run = _WorkerRun()
        self._away = time.monotonic()  # when the database was last away; at the start it may be
        self._guard = Guard(pace.stuck / 4, self._moves, self._revive)
        for chatty in ("procrastinate", "psycopg.pool"):  # they quote the database
            logging.getLogger(chatty).setLevel(logging.CRITICAL)

    @property
    def last_tick(self) -> Ticked | None:
        return self._pulse.last

    def start(self) -> None:
        self._begin()
        self._guard.start()

    def stop(self) -> bool:
        self._guard.end()
        self._pulse.over = True
        return self._run.end(self._pace.drain) and self._pulse.wait(0)

    def healthy(self, now: float) -> bool:
        """Tell if the worker reaches the database and no tick under way here hangs. The table of heartbeats tells
        which replica ticked.
        """
        return self._contact.within(self._pace.healthy, now) and not self._pulse.hangs(self._pace.healthy, now)

    def moves(self, now: float) -> bool:
        """Tell if a worker reaches the database, or the database was away lately."""
        seconds = self._pace.healthy
        lately = self._contact.within(seconds, now) or now - self._away < 2 * seconds
        return lately and not self._pulse.hangs(seconds, now)

    def _begin(self) -> None:
        self._run = _WorkerRun()
        threading.Thread(target=self._live, args=(self._run,), name="engine", daemon=True).start()

    def _live(self, run: _WorkerRun) -> None:
        """Run workers until stopped: a worker ends when the database goes. Each loss of the database is logged
        once.
        """
        logged: float | None = -1.0
        while not run.over.is_set():
            try:
                asyncio.run(self._work(run))
            except asyncio.CancelledError:
                pass
            except Exception as fault:
                self._away = time.monotonic()
                if logged != self._contact.polled:
                    unexpected(fault)
                logged = self._contact.polled
            run.over.wait(_AGAIN_AFTER)
        run.ended.set()

    async def _work(self, run: _WorkerRun) -> None:
        run.began(asyncio.get_running_loop(), asyncio.current_task())
        run.started = time.monotonic()
        pool = AsyncConnectionPool(
            self._conninfo,
            kwargs=CONNECTION,
            min_size=1,
            max_size=4,
            timeout=_ANSWERS_WITHIN,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )
        async with pool:
            await pool.wait(_ANSWERS_WITHIN)
            app = App(connector=PsycopgConnector())
            app.job_manager = _Manager(app.connector, self._contact, self._pulse, run.cancel)

            def tick(timestamp: int) -> None:
                # Skip a tick that queued behind a long one and follows it at once: the long one did its work.
                ended = self._pulse.ended
                if ended is None or time.monotonic() - ended >= self._pace.period / 2:
                    self._pulse.beat(run.over.is_set)

            async def recover(timestamp: int) -> None:
                await _recover(app, self._pace)

            app.periodic(cron=cron(self._pace.period))(app.task(name=TICK, queue=QUEUE, lock=TICK)(tick))
            app.periodic(cron=cron(self._pace.recover))(app.task(name="recover", queue=QUEUE)(recover))
            async with app.open_async(pool):
                # Earlier workers of this process, whose jobs would wait until they count as stalled.
                for worker in list(self._contact.workers):
                    await app.job_manager.unregister_worker(worker)
                    self._contact.workers.discard(worker)
                await _recover(app, self._pace)
                # Two jobs at a time: a long tick must not delay the other task or the polling. No LISTEN: a poll costs
                # little, and a listener whose connection was cut has blocked workers for hours.
                pace = self._pace
                idle = _IdleTicks(app, self._contact, self._pulse)
                beside = [
                    asyncio.create_task(_every(pace.heartbeat, partial(self._beat, app))),
                    asyncio.create_task(_every(pace.recover, idle.hand_back)),
                ]
                try:
                    await app.run_worker_async(
                        queues=[QUEUE],
                        concurrency=2,
                        listen_notify=False,
                        delete_jobs="always",  # history must not cost
                        install_signal_handlers=False,
                        fetch_job_polling_interval=pace.poll,
                        update_heartbeat_interval=_NEVER,  # see _beat
                        stalled_worker_timeout=pace.stalled,
                        shutdown_graceful_timeout=pace.drain,
                    )
                finally:
                    for task in beside:
                        task.cancel()

    async def _beat(self, app: App) -> None:
        """Beat for this process's workers while a tick of theirs may be under way.

        procrastinate's own beats end when a worker drains, as after a short loss of the database; a long tick would
        then be taken over while it goes on.
        """
        for worker in list(self._contact.workers):
            await app.job_manager.update_heartbeat(worker)

    def _moves(self, now: float) -> bool:
        seconds = self._pace.stuck
        is_new = now - self._run.started < seconds
        return self._pulse.began is not None or is_new or self._contact.within(seconds, now)

    def _revive(self) -> None:
        """Abandon a worker that stands still and start another.

        A clock that was put back makes a worker wait for a slot that it has had; a half-open connection makes it wait
        for an answer. Where it has begun a tick just now, it goes on: the next worker would hand that tick to another
        replica (seen: a machine under load).
        """
        if not self._pulse.between_ticks(self._run.over.set):
            return
        log("engine stood still and is started anew", engine=self.name)
        self._run.cancel(everything=True)
        self._begin()


def cron(seconds: int) -> str:
    """Return the cron line of a period in seconds; its sixth field is that of seconds."""
    return "* * * * *" if seconds == 60 else f"* * * * * */{seconds}"


async def _every(seconds: float, look: Callable[[], Awaitable[None]]) -> None:
    """Look again and again, whatever becomes of a look."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await look()
        except ConnectorException:
            continue  # the database went, or the tick has ended just now
        except Exception as fault:
            unexpected(fault)


async def _recover(app: App, pace: Pace) -> None:
    """Take over the jobs of killed workers. Two replicas doing so at once do not disturb each other."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=pace.stalled):
        try:
            await app.job_manager.retry_job(job, retry_at=_AT_ONCE)
        except ConnectorException:  # another replica was quicker
            log("a stalled job was taken over by another replica")


class _WorkerRun:
    """One run of a worker thread, with an event loop of its own, which other threads may end."""

    def __init__(self) -> None:
        self.over, self.ended = threading.Event(), threading.Event()
        self.started = time.monotonic()  # the last worker
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def began(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any] | None) -> None:
        self._loop, self._task = loop, task
        if self.over.is_set():
            self.cancel()

    def end(self, seconds: float) -> bool:
        """Let the worker finish its job; True where it ended within so many seconds."""
        self.over.set()
        self.cancel()
        return self.ended.wait(seconds)

    def cancel(self, *, everything: bool = False) -> None:
        """End the worker in order, or every task of its loop; unless it is over, its thread starts another worker."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return

        def cancel() -> None:
            for task in asyncio.all_tasks(loop) if everything else filter(None, [self._task]):
                task.cancel()

        with suppress(RuntimeError):  # it closed just now
            loop.call_soon_threadsafe(cancel)


class _Contact:
    """This replica's workers, and the times of their last answered poll for work and look at the schedule."""

    def __init__(self) -> None:
        self.workers: set[int] = set()
        self.polled: float | None = None
        self.scheduled: float | None = None

    def within(self, seconds: float, now: float) -> bool:
        if self.polled is None or self.scheduled is None:
            return False
        return now - min(self.polled, self.scheduled) < seconds


class _IdleTicks:
    """Ticks that this process holds in the database and does not run.

    Their worker lives, so that they never count as stalled, and their lock would keep every replica from ticking.
    """

    def __init__(self, app: App, contact: _Contact, pulse: Pulse) -> None:
        self._app, self._contact, self._pulse = app, contact, pulse
        self._seen: set[int | None] = set()

    async def hand_back(self) -> None:
        """Hand back each that is seen at a second look in a row: the first may come between two ticks."""
        manager = self._app.job_manager
        doing = await manager.list_jobs_async(task=TICK, status=Status.DOING.value)
        is_idle = self._pulse.began is None
        held = {job.id: job for job in doing if is_idle and job.worker_id in self._contact.workers}
        for each in held.keys() & self._seen:
            log("a tick that does not run is handed back", engine=Postgres.name)
            await manager.retry_job(held[each], retry_at=_AT_ONCE)
        self._seen = set(held)


class _Manager(JobManager):
    """procrastinate's job manager, noting each answer of the database."""

    def __init__(self, connector: Any, contact: _Contact, pulse: Pulse, restart: Callable[[], None]) -> None:
        super().__init__(connector)
        self._contact, self._pulse, self._restart = contact, pulse, restart

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Finish a job that has ended and is still this replica's, and restart the worker where that fails.

        The lock lasts as long as the tick. A cancelled worker would finish its job while the thread still ticks; the
        next worker hands it back. A job that was taken over has the same number, and finishing it here would free the
        lock under the other replica's tick (seen: a frozen process). A job that is not finished stays locked by a
        worker that lives, so that no replica takes it over and no engine ticks any more (seen: a restart of the
        database at just this moment).
        """
        if job.task_name == TICK and self._pulse.began is not None:
            return
        try:
            if await self.list_jobs_async(id=job.id, worker_id=job.worker_id, status=Status.DOING.value):
                await super().finish_job(job, status, delete_job)
            else:
                log("a tick of this replica was taken over by another before it ended")
        except ConnectorException as fault:
            unexpected(fault)
            self._restart()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        job = await super().fetch_job(queues, worker_id)
        self._contact.polled = time.monotonic()
        return job

    async def defer_periodic_job(self, job: Job, periodic_id: str, defer_timestamp: int) -> int | None:
        number = await super().defer_periodic_job(job, periodic_id, defer_timestamp)
        self._contact.scheduled = time.monotonic()
        return number

    async def register_worker(self) -> int:
        number = await super().register_worker()
        self._contact.workers.add(number)
        return number
