"""Periods shown beyond one person, as the database keeps them: no two that overlap, whoever writes at once."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import Engine, insert, text

from bot.rules.audit.chain import Entry
from bot.rules.effects import Overtaken, ReleasePeriod
from bot.rules.time.period import parse_period
from bot.store import released_periods
from bot.store.changes import record
from bot.store.database import migrate, reading, writing
from bot.store.migrations import run
from bot.store.queries.facts import StoredFacts
from bot.store.schema.records import source_load
from tests.support.factories import NOW, at, partnership

KEY = b"k" * 32


def show(engine: Engine, *words: str) -> None:
    periods = [parse_period(each, NOW) for each in words]
    effects = [ReleasePeriod(p.first, p.last, NOW) for p in periods]
    record.record(engine, KEY, Entry(NOW, "lead", "council", "strategic_lead", "stats", "answered"), effects)


def shown(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [p.label for p in StoredFacts(connection, partnership()).released_periods()]


def test_each_is_kept_once_and_read_oldest_first(engine: Engine) -> None:
    assert shown(engine) == []
    show(engine, "2017-H1", "2016-H2")
    show(engine, "2017-H1")
    assert shown(engine) == ["2016-H2", "2017-H1"]


@pytest.mark.parametrize("words", ["oct 2016-mar 2017", "apr-sep 2017", "2017-06-30", "2017"])
def test_one_that_overlaps_is_refused_with_all_of_its_answer(engine: Engine, words: str) -> None:
    show(engine, "2017-H1")
    with pytest.raises(Overtaken, match=r"2017-H1 was shown a moment ago"):
        show(engine, "2015-H1", words)
    assert shown(engine) == ["2017-H1"]


def test_of_two_replicas_with_different_years_one_shows_its_half_year(engine: Engine) -> None:
    overtaken, start = [], threading.Barrier(2)

    def answer(words: str) -> None:
        start.wait()
        try:
            show(engine, words)
        except Overtaken:
            overtaken.append(words)

    threads = [threading.Thread(target=answer, args=(words,)) for words in ("2017-H1", "oct 2016-mar 2017")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(overtaken) == 1
    assert len(shown(engine)) == 1


@pytest.mark.parametrize(
    ("taken", "kept"),
    [
        (None, []),
        (at("Wed 5 Jul 2017 08:00"), ["2017-H1"]),
        (at("Sat 1 Jul 2017 00:00"), ["2017-H1"]),
        (at("Mon 26 Jun 2017 08:00"), ["2016-H2"]),
        (at("Wed 3 Jan 2018 08:00"), ["2017-H2"]),
    ],
)
def test_a_database_that_was_used_before_may_have_shown_halves_of_the_calendar_year(
    engine: Engine, taken: object, kept: list[str]
) -> None:
    with writing(engine) as connection:
        run.downgrade(connection, "0012")
        if taken:
            counts = dict.fromkeys(("rows_read", "accepted", "rejected", "added", "changed", "unchanged"), 0)
            values = {"source": "police", "taken_at": taken, "loaded_at": taken, "sha256": "0" * 64}
            connection.execute(insert(source_load).values(**values, **counts))
    migrate(engine)
    assert shown(engine) == kept


def test_a_restore_keeps_what_may_have_been_shown_since_the_backup(engine: Engine) -> None:
    show(engine, "2016-H1")
    with writing(engine) as connection:
        released_periods.note_restore(connection, 1, NOW)
    assert shown(engine) == ["2016-H1", "2017-H1"]


def test_a_restore_after_the_year_changed_keeps_every_day_until_then(engine: Engine) -> None:
    show(engine, "2016-H1")
    with writing(engine) as connection:
        released_periods.note_restore(connection, 4, NOW)
        days = connection.execute(text("SELECT min(first_day), max(last_day) FROM released_period")).one()
    assert [str(day) for day in days] == ["2016-01-01", str(date(2017, 7, 5))]
    assert shown(engine) == ["2016-H1", "2016-07-01..2017-07-05"]
