"""Periods shown beyond one person, as the database keeps them: no two that overlap, whoever writes at once."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, insert, text

from bot.rules.audit.chain import Entry
from bot.rules.effects import Figure, Overtaken, Release
from bot.rules.model import Period
from bot.rules.time.period import parse_period
from bot.store import released_periods
from bot.store.changes import record
from bot.store.database import migrate, reading, writing
from bot.store.delivery import replicas
from bot.store.delivery.replicas import Restored
from bot.store.migrations import run
from bot.store.queries.facts import StoredFacts
from bot.store.schema.records import source_load
from tests.support.factories import NOW, at, partnership

KEY = b"k" * 32


def a_figure(p: Period) -> Figure:
    return Figure(p.first, p.last, "county", "children", 31, 30)


def show(engine: Engine, *words: str) -> None:
    periods = [parse_period(each, NOW) for each in words]
    effects = [Release(p.first, p.last, 1, "lead", NOW, (a_figure(p),)) for p in periods]
    record.record(engine, KEY, Entry(NOW, "lead", "council", "strategic_lead", "stats", "answered"), effects)


def shown(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [p.label for p in StoredFacts(connection, partnership()).released_periods()]


def test_each_is_kept_and_read_oldest_first(engine: Engine) -> None:
    assert shown(engine) == []
    show(engine, "2017-H1", "2016-H2")
    assert shown(engine) == ["2016-H2", "2017-H1"]


def test_of_two_who_release_at_once_the_first_wins(engine: Engine) -> None:
    show(engine, "2017-H1")
    with pytest.raises(Overtaken, match=r"The figures of 2017-H1 were released a moment ago"):
        show(engine, "2017-H1")


def test_the_newest_issue_is_read_with_its_number_and_time(engine: Engine) -> None:
    half, quarter = parse_period("2017-H1", NOW), parse_period("2017-Q1", NOW)
    for issue in (1, 2):
        figures = (
            Figure(half.first, half.last, "county", "children", 30 + issue, 30),
            Figure(half.first, half.last, "north", "children", 3, None),
            Figure(quarter.first, quarter.last, "county", "children", 20, 20),
        )
        release = Release(half.first, half.last, issue, "lead", NOW + timedelta(days=issue), figures)
        record.record(engine, KEY, Entry(NOW, "lead", "council", "strategic_lead", "stats", "answered"), [release])
    with reading(engine) as connection:
        facts = StoredFacts(connection, partnership())
        sheet = facts.released_sheet(half)
        assert sheet == {("county", "children"): 30, ("north", "children"): None}
        assert sheet is not None
        assert (sheet.issue, sheet.at) == (2, NOW + timedelta(days=2))
        assert facts.released_sheet(quarter) == {("county", "children"): 20}
        assert facts.released_sheet(parse_period("2017-Q2", NOW)) is None
        issues = released_periods.issues(connection, half)
        assert [i.number for i in issues] == [1, 2]
        assert [i.figures[half.first, half.last, "county", "children"].counted for i in issues] == [31, 32]


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
        replicas.note_restore(connection, Restored(NOW, "copy", 1, None), NOW)
        released_periods.note_restore(connection, 1, NOW)
    assert shown(engine) == ["2016-H1", "2017-H1"]
    with reading(engine) as connection:
        assert StoredFacts(connection, partnership()).shown_until() == date(2017, 7, 5)


def test_a_restore_after_the_year_changed_keeps_every_day_until_then(engine: Engine) -> None:
    show(engine, "2016-H1")
    with writing(engine) as connection:
        released_periods.note_restore(connection, 4, NOW)
        days = connection.execute(text("SELECT min(first_day), max(last_day) FROM released_period")).one()
    assert [str(day) for day in days] == ["2016-01-01", str(date(2017, 7, 5))]
    assert shown(engine) == ["2016-H1", "2016-07-01..2017-07-05"]
