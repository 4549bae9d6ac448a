"""Alarms for an export of which much could not be read, and for a file that was refused whole; once each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.jobs.job import Job, Run
from bot.rules.model import Freshness
from bot.rules.time.clock import say_short

#: An alarm takes more rows than this and a larger share: single odd words are in the lists of the load.
MOST_ROWS, LARGEST_SHARE = 10, 0.05


def plan(run: Run, now: datetime) -> None:
    """Alarm once for each export: the text begins with the time it was taken."""
    with run.facts() as facts:
        sources = facts.freshness(now)
    for source in sources:
        for text, begins in what_is_wrong(source):
            with run.writing() as connection:
                run.alarm(connection, text, now, begins)


def what_is_wrong(source: Freshness) -> Iterator[tuple[str, str]]:
    """Return each alarm with the beginning that tells it from others: no name of a file, and no value of one."""
    unread = source.rejected + source.unread
    if source.taken_at is not None and unread > MOST_ROWS and unread > LARGEST_SHARE * source.rows:
        begins = f"{source.name}, export of {say_short(source.taken_at)}:"
        advice = "Look at the newest list in the rejects folder, put right what it names, and load the export again."
        yield f"{begins} {unread} of {source.rows} rows could not be read whole. {advice}", begins
    if source.refused_at is not None:
        begins = f"{source.name}: a file was refused ({say_short(source.refused_at)})."
        yield f"{begins} Nothing of it is in the lists: see what the load said, and load the export again.", begins


JOB = Job(("export",), plan=plan)
