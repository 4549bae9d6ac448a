"""Faults round a morning's digest end in one message, or in an alarm."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, event

from bot.jobs import digest
from bot.rules.delivery.delivery import in_words
from bot.store.database import DatabaseError
from tests.support.database_outage import away
from tests.support.factories import NOW, at, episode, hours, interview
from tests.support.fake_chat import Chat, ChatClient, serving
from tests.support.job_scene import Scene, scene
from tests.support.memory_platform import PRIVATE_CHANNEL

JOB = digest.JOB
BACK = NOW - hours(70)


@pytest.fixture
def morning(bot: Scene) -> Scene:
    bot.put(episode(1, BACK - hours(9), BACK, interview=interview(BACK)))
    bot.ours = replace(bot.ours, channels=tuple(c for c in bot.ours.channels if c.id == "county-counts"))
    return bot


@pytest.fixture
def network() -> Iterator[tuple[Chat, ChatClient]]:
    chat = Chat(slow_seconds=0.3)
    with serving(chat) as port:
        counts = replace(PRIVATE_CHANNEL, listed=0)
        yield chat, ChatClient(port, timeout=0.15, destination=counts)


@pytest.mark.parametrize(
    ("fate", "state", "posts"),
    [
        ("429", "planned later", 2),
        ("500", "unknown 500", 2),
        ("500 accepted", "unknown 500", 1),
        ("reset", "unknown ConnectionResetError", 2),
        ("reset accepted", "unknown ConnectionResetError", 1),
        ("slow", "unknown TimeoutError", 2),
        ("slow accepted", "unknown TimeoutError", 1),
    ],
)
def test_the_network(morning: Scene, network: tuple[Chat, ChatClient], fate: str, state: str, posts: int) -> None:
    """After any outcome of the first post there is one message a minute later, and no second was tried blindly."""
    chat, client = network
    chat.fates = (fate,)
    morning.chat = client  # type: ignore[assignment]
    morning.tick(JOB)
    assert morning.states("digest") == [state]
    chat.fates = ("ok",)
    morning.wait(seconds=31)
    morning.tick(JOB)
    assert morning.states("digest") == ["sent"]
    assert chat.posts == posts
    assert list(chat.copies().values()) == [1]


def test_a_full_disk_doubles_nothing_and_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with scene(f"sqlite:///{tmp_path / 'bot.sqlite3'}") as bot:
        bot.put(episode(1, BACK - hours(9), BACK, interview=interview(BACK)))
        with bot.database.connect() as connection:
            driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
            (pages,) = driver.execute("PRAGMA page_count").fetchone()
        _limit(bot.database, pages + 2)
        with pytest.raises(DatabaseError, match="full"):
            _days(bot, 300)
        _limit(bot.database, 1 << 30)
        bot.wait(seconds=61)
        bot.tick(JOB)
        markers = [k.message.marker for k in bot.chat.messages]
        assert len(markers) == len(set(markers))
        assert {d.marker for d in bot.ledger() if d.state == "sent"} == set(markers)
        last = max(d.due_at for d in bot.ledger("digest"))
        assert {d.state for d in bot.ledger("digest") if d.due_at == last} == {"sent"}
        # One that could not be begun by its cut-off was never tried, and administrators are told.
        missed = [d for d in bot.ledger("digest") if d.state != "sent"]
        assert all(d.state == "missed" and d.first_attempt_at is None for d in missed)
        assert all(any(in_words(d, bot.now) in words for words in bot.alarms()) for d in missed)


def _days(bot: Scene, most: int) -> None:
    """Mornings, until what they leave in the database fills it."""
    for _ in range(most):
        bot.tick(JOB)
        bot.wait(days=1)


def _limit(database: Engine, pages: int) -> None:
    """A disk of so many pages, for every connection from now on."""
    database.dispose()

    def limit(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(database, "connect", limit)


def test_a_clock_that_is_stepped_back_repeats_nothing(morning: Scene) -> None:
    morning.tick(JOB)
    morning.wait(hours=-1)
    morning.tick(JOB)
    morning.wait(hours=1)
    morning.tick(JOB)
    assert morning.states("digest") == ["sent"]
    assert len(morning.chat.messages) == 1


def test_a_clock_that_is_stepped_forward_past_the_cut_off_says_that_it_was_missed(morning: Scene) -> None:
    morning.now = at("Wed 5 Jul 2017 07:59")
    morning.tick(JOB)
    morning.now = at("Wed 5 Jul 2017 13:00")
    morning.tick(JOB)
    assert morning.states("digest") == ["missed"]
    assert len(morning.alarms()) == 1


@pytest.mark.parametrize(
    ("up", "state", "late"),
    [
        ("Wed 5 Jul 2017 08:20", "sent", True),
        ("Wed 5 Jul 2017 11:59", "sent", True),
        ("Wed 5 Jul 2017 12:01", "missed", False),
    ],
)
def test_down_at_eight_and_up_later(morning: Scene, up: str, state: str, late: bool) -> None:
    morning.now = at("Wed 5 Jul 2017 07:30")
    morning.tick(JOB)
    morning.now = at(up)
    morning.tick(JOB)
    assert morning.states("digest") == [state]
    assert any(f"Sent {up[-5:]}, due 08:00." in k.text for k in morning.chat.messages) == late


def test_the_database_is_away_for_a_minute_at_seven_fifty_nine(morning: Scene) -> None:
    """Ticks fail in plain words, and the first one that does not sends it in time."""
    morning.now = at("Wed 5 Jul 2017 07:58") + timedelta(seconds=30)
    morning.tick(JOB)
    with away(morning.database):
        for _ in range(3):
            morning.wait(seconds=30)
            with pytest.raises(DatabaseError):
                morning.tick(JOB)
    morning.wait(seconds=30)
    morning.tick(JOB)
    assert morning.states("digest") == ["sent"]
    assert [d.sent_at for d in morning.ledger("digest")] == [at("Wed 5 Jul 2017 08:00") + timedelta(seconds=30)]
