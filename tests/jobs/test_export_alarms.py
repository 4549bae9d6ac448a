"""Administrators hear of an export of which much could not be read, and of a refused file: once each, with no value."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.jobs.export_alarms import JOB, what_is_wrong
from bot.rules.model import Freshness
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
