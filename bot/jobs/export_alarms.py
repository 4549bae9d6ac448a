"""Administrators are told of an export of which much could not be read, and of a file that was refused whole: once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.jobs import alarms
from bot.jobs.job import Composed, Drop, Job, Run
from bot.rules.delivery.delivery import Delivery
from bot.rules.model import Freshness
from bot.rules.time.clock import say_short

#: More rows than this and a larger share: one odd word is in the lists of the load, much that is odd is an alarm.
MOST_ROWS, LARGEST_SHARE = 10, 0.05


def plan(run: Run, now: datetime) -> None:
    """Once for each export: what is told begins with when it was taken."""
    with run.facts() as facts:
        sources = facts.freshness(now)
    for text, begins in (alarm for source in sources for alarm in what_is_wrong(source)):
        with run.writing() as connection:
            alarms.sound(run, connection, text, now, begins)


def what_is_wrong(source: Freshness) -> Iterator[tuple[str, str]]:
    """Each alarm with the words that tell it from others: no name of a file, and no value of one."""
    unread = source.rejected + source.unread
    if source.taken_at is not None and unread > MOST_ROWS and unread > LARGEST_SHARE * source.rows:
        begins = f"{source.name}, export of {say_short(source.taken_at)}:"
        advice = "Look at the newest list in the rejects folder, put right what it names, and load the export again."
        yield f"{begins} {unread} of {source.rows} rows could not be read whole. {advice}", begins
    if source.refused_at is not None:
        begins = f"{source.name}: a file was refused ({say_short(source.refused_at)})."
        yield f"{begins} Nothing of it is in the lists: see what the load said, and load the export again.", begins


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """It has no messages of its own: whoever is alarmed is told by a notice."""
    return Drop("none")


JOB = Job(("export",), compose, plan)
