"""Administrators hear of an export of which much could not be read, and of a refused file: once each, with no value."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from bot.jobs.export_alarms import JOB, not_come, what_is_wrong
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import Source
from bot.store.database import reading, writing
from bot.store.queries import loads
from bot.store.schema.access import notice
from tests.support.factories import NOW, sources
from tests.support.job_scene import Scene

POLICE: Freshness = sources()[0]


SHARES = [(1000, 51, True), (1000, 50, False), (20, 10, False), (20, 11, True), (219, 11, True)]


@pytest.mark.parametrize(("rows", "unread", "alarmed"), SHARES)
def test_more_than_ten_rows_and_more_than_a_twentieth(rows: int, unread: int, alarmed: bool) -> None:
    for rejected in (0, 1, unread):
        export = replace(POLICE, rows=rows, rejected=rejected, unread=unread - rejected)
        assert bool(list(what_is_wrong(export))) == alarmed


def test_a_refused_file_is_told_once_and_a_later_one_again(bot: Scene) -> None:
    bot.put()
    for at, told in ((NOW, 1), (NOW, 1), (NOW + timedelta(hours=1), 2)):
        with writing(bot.database) as connection:
            loads.note_refusal(connection, "police", at)
        bot.tick(JOB)
        bot.tick(JOB, name="b")
        with reading(bot.database) as connection:
            found = set(connection.execute(select(notice.c.text).where(notice.c.kind == "alarm")).scalars())
        assert len(found) == told
    assert all("a file was refused" in text and ".csv" not in text for text in found)


EXPECTED = Source("Police", expected_by=time(7, 30))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2017, 3, 25, 7, 30, tzinfo=UTC), True),  # a Saturday in winter time
        (datetime(2017, 3, 25, 7, 29, tzinfo=UTC), False),
        (datetime(2017, 3, 26, 6, 30, tzinfo=UTC), True),  # the Sunday on which the clocks go forward
        (datetime(2017, 3, 26, 6, 29, tzinfo=UTC), False),
        (datetime(2017, 10, 29, 7, 30, tzinfo=UTC), True),  # and the one on which they go back
        (datetime(2017, 10, 29, 7, 29, tzinfo=UTC), False),
    ],
)
def test_an_export_is_expected_every_day_in_london_time(now: datetime, due: bool) -> None:
    assert bool(not_come(EXPECTED, None, now)) == due
    assert bool(not_come(EXPECTED, now - timedelta(hours=12), now)) == due
    assert not not_come(EXPECTED, now - timedelta(hours=2), now)
    assert not not_come(Source("Police"), None, now)


def test_an_export_that_has_not_come_is_told_once_a_day(bot: Scene) -> None:
    bot.ours = replace(bot.ours, sources=replace(bot.ours.sources, police=EXPECTED))
    for told in (1, 2):
        for name in ("a", "b", "a"):
            bot.tick(JOB, name=name)
            bot.wait(minutes=5)
        assert len([text for text in bot.alarms() if "expected by 07:30" in text]) == told
        bot.wait(days=1)
