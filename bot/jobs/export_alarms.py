"""Alarms for an export of which much could not be read, one that was refused whole, and one that did not come; once
each.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.jobs.job import Job, Run
from bot.rules.catalogue import _, date_words
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import Source
from bot.rules.time.clock import at, day_start, local_day, say_short
from bot.store.queries import loads

#: An alarm takes more rows than this and a larger share: single odd words are in the lists of the load.
MOST_ROWS, LARGEST_SHARE = 10, 0.05

#: The end of each alarm: chat makes a button of it.
SEE = _("See: sources.")


def plan(run: Run, now: datetime) -> None:
    """Alarm once for each export: the text begins with the time it was taken."""
    with run.facts() as facts:
        sources = facts.freshness(now)
    for source in sources:
        for text, begins in what_is_wrong(source):
            with run.writing() as connection:
                run.alarm(connection, text, now, begins)
    for key in loads.SOURCES:
        chosen: Source = getattr(run.partnership.sources, key)
        with run.reading() as connection:
            late = not_come(chosen, loads.last_loaded(connection, key), now)
        if late:
            with run.writing() as connection:
                run.alarm(connection, late, now)


def not_come(source: Source, loaded: datetime | None, now: datetime) -> str:
    """Return the alarm that nothing was loaded since midnight though it is expected by now; empty where all is well.

    Every day counts, weekends and bank holidays too: the lists are read on each.
    """
    day = local_day(now)
    if source.expected_by is None or now < at(day, source.expected_by) or (loaded and loaded >= day_start(day)):
        return ""
    return _(
        "{source}: no export of {day} was loaded, though one is expected by "
        "{expected_by}. The lists show what was known before: see why none has come. "
        "{see}",
        source=source.name,
        day=date_words(day, "%a %d %b"),
        expected_by=f"{source.expected_by:%H:%M}",
        see=SEE,
    )


def what_is_wrong(source: Freshness) -> Iterator[tuple[str, str]]:
    """Return each alarm with the beginning that tells it from others: no name of a file, and no value of one."""
    unread = source.rejected + source.unread
    if source.taken_at is not None and unread > MOST_ROWS and unread > LARGEST_SHARE * source.rows:
        begins = _("{source}, export of {taken_at}:", source=source.name, taken_at=say_short(source.taken_at))
        advice = _("Look at the newest list in the rejects folder, put right what it names, and load the export again.")
        yield (
            _(
                "{begins} {unread} of {rows} rows could not be read whole. {advice} {see}",
                begins=begins,
                unread=unread,
                rows=source.rows,
                advice=advice,
                see=SEE,
            ),
            begins,
        )
    if source.refused_at is not None:
        begins = of_refusal(source.name, source.refused_at)
        yield (
            _(
                "{begins} Nothing of it is in the lists: see what the load said, and load the export again. {see}",
                begins=begins,
                see=SEE,
            ),
            begins,
        )


def of_refusal(name: str, refused_at: datetime) -> str:
    """Return how the alarm of a refused file begins, of one that came in a folder too: it is raised once."""
    return _("{name}: a file was refused ({refused_at}).", name=name, refused_at=say_short(refused_at))


JOB = Job(("export",), plan=plan)
