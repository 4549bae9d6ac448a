"""Jobs that do nothing, or the wrong thing, watched by the auditor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.jobs import auditor
from bot.jobs.job import Composed, Drop, Job, Run
from bot.rules.delivery.delivery import Delivery
from bot.rules.delivery.missed_work import ALARMS
from bot.store.database import reading
from bot.store.schema.delivery import overlooked
from tests.support.factories import Recorded, at, episode, hours, interview
from tests.support.job_scene import Scene
from tests.support.reminding import WORKERS

QUARTER = timedelta(minutes=15)


def idle(job: Job) -> Job:
    """Return the job with a plan that is silently empty."""
    return replace(job, plan=lambda run, now: None)


def meanwhile(does: Callable[[], None]) -> Job:
    """Return a job that acts between all planning and the audit."""

    def compose(run: Run, d: Delivery, now: datetime) -> Composed:
        return Drop("never asked")

    return Job(("meanwhile",), compose, tend=lambda run, now: does())


def back(child: int, words: str, area: str = "north", **facts: object) -> Recorded:
    """Return a child who came back then, with the area's worker and no step of the interview."""
    when = at(words)
    owed = interview(when, **{"worker": WORKERS.get(area)} | facts)  # type: ignore[arg-type]
    return episode(child, when - hours(10), when, birth=None, area=area, interview=owed)


def watched(bot: Scene, since: str, until: str, *jobs: Job, every: timedelta = QUARTER) -> list[str]:
    """Return the oversights reported to administrators by the end of these ticks; the auditor runs after each."""
    bot.now = at(since)
    while bot.now <= at(until):
        bot.tick(*jobs, auditor.JOB)
        bot.now += every
    return [text for text in bot.alarms() if text.startswith(tuple(ALARMS.values()))]


def marks(bot: Scene) -> list[tuple[str, str]]:
    """Return the auditor's marks."""
    with reading(bot.database) as connection:
        return [tuple(row) for row in connection.execute(select(overlooked.c.kind, overlooked.c.mark))]
