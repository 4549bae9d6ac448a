"""serve with a fault that SIGUSR1 puts in: python -m tests.support.faulty_serve FAULT [TEAMS].

TEAMS are the addresses of an invented Teams, as JSON. BOT_QUICK in the environment makes everything ten times as fast.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from bot import __main__
from bot.chat.teams import credentials
from bot.server import service, worker
from bot.server.engine import Pace
from bot.server.service import Service

#: Longer than anything here is waited for.
FOR_EVER = 1e6
QUICK = Pace(
    period=1,
    heartbeat=0.5,
    stalled=2,
    recover=1,
    poll=0.2,
    stuck=2,
    healthy=2.5,
    drain=1,
    look=0.1,
    silent=1,
    again=2,
    gives_up=3,
    hung=6.5,
    ping=0.5,
)


def scheduler_dies(bot: Service) -> None:
    engine: Any = bot.engine
    engine._scheduler._process_jobs = sys.exit
    engine._scheduler.wakeup()


def scheduler_and_guard_die(bot: Service) -> None:
    engine: Any = bot.engine
    engine._guard.end()
    scheduler_dies(bot)


def every_tick_raises(bot: Service) -> None:
    vars(bot.worker)["tick"] = lambda: 1 / 0


def tick_hangs(bot: Service) -> None:
    vars(bot.worker)["tick"] = partial(time.sleep, FOR_EVER)


def job_raises(bot: Service) -> None:
    def plan(run: object, now: object) -> None:
        raise KeyError("a mistake")

    worker.JOBS = tuple(replace(job, plan=plan) if "reminder" in job.kinds else job for job in worker.JOBS)


def health_loop_sticks(bot: Service) -> None:
    assert bot.health.loop
    bot.health.loop.call_soon_threadsafe(time.sleep, FOR_EVER)


def http_loop_sticks(bot: Service) -> None:
    assert bot.server
    assert bot.server.loop
    bot.server.loop.call_soon_threadsafe(time.sleep, FOR_EVER)


def slack_loop_sticks(bot: Service) -> None:
    assert bot.slack
    assert bot.slack.loop
    bot.slack.loop.call_soon_threadsafe(time.sleep, FOR_EVER)


def slack_loop_ends(bot: Service) -> None:
    assert bot.slack
    assert bot.slack.loop
    bot.slack.loop.call_soon_threadsafe(bot.slack.loop.stop)


def slack_thread_ends(bot: Service) -> None:
    assert bot.slack
    assert bot.slack.loop
    bot.slack.loop.call_soon_threadsafe(sys.exit)


def slack_answers_hang(bot: Service) -> None:
    assert bot.slack
    for _ in range(10):
        bot.slack._pool.submit(time.sleep, FOR_EVER)


def teams_loop_sticks(bot: Service) -> None:
    assert bot.teams
    assert bot.teams.loop
    bot.teams.loop.call_soon_threadsafe(time.sleep, FOR_EVER)


def heartbeat_dies(bot: Service) -> None:
    heart: Any = bot.heart
    whole = heart._all_well

    def once(now: object) -> None:
        heart._all_well = whole
        sys.exit()

    heart._all_well = once


def supervisor_dies(bot: Service) -> None:
    vars(bot.supervisor)["look"] = sys.exit


def tick_is_held(bot: Service) -> None:
    """Put a tick into PostgreSQL that this process's live worker seems to run."""
    import psycopg

    engine: Any = bot.engine
    (worker_id,) = engine._contact.workers
    with psycopg.connect(engine._conninfo, autocommit=True) as connection:
        while True:
            try:
                connection.execute(
                    "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, lock, status, worker_id,"
                    " args) VALUES ('engine', 'tick', 'tick', 'doing', %s, '{\"timestamp\": 0}')",
                    (worker_id,),
                )
            except psycopg.errors.UniqueViolation:  # a real tick is under way
                time.sleep(0.05)
            else:
                return


FAULTS: dict[str, Callable[[Service], None]] = {
    each.__name__.replace("_", " "): each
    for each in (
        scheduler_dies,
        scheduler_and_guard_die,
        every_tick_raises,
        tick_hangs,
        job_raises,
        health_loop_sticks,
        http_loop_sticks,
        slack_loop_sticks,
        slack_loop_ends,
        slack_thread_ends,
        slack_answers_hang,
        teams_loop_sticks,
        heartbeat_dies,
        supervisor_dies,
        tick_is_held,
    )
}


def main(fault: str, teams: str = "{}") -> int:
    started = Service.start
    made: list[Service] = []

    def start(self: Service) -> None:
        made.append(self)
        started(self)

    Service.start = start  # type: ignore[method-assign]
    overrides = json.loads(teams)
    if overrides:
        credentials.Connection = partial(credentials.Connection, overrides=overrides)  # type: ignore[misc,assignment]
    threading.excepthook = lambda given: None
    if "BOT_QUICK" in os.environ:
        service.Service = partial(Service, pace=QUICK)  # type: ignore[misc,assignment]
    signal.signal(signal.SIGUSR1, lambda *_: FAULTS[fault](made[0]))
    return __main__.main(["serve", "--practice"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
