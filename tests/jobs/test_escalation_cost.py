"""A tick reads what is open or recent: no statement of it walks through what was ever recorded or raised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, update

from bot.store.database import writing
from bot.store.schema.delivery import escalation
from tests.support.escalation_calls import Calls, calls
from tests.support.factories import NOW, episode, hours

WALK = re.compile(r"SCAN (episode|child|grade|occurrence|interview|escalation|delivery|step|notice)\b")


@pytest.fixture
def bot(sqlite_url: str) -> Iterator[Calls]:
    with calls(sqlite_url) as found:
        yield found


def statements(bot: Calls, ticks: int) -> tuple[list[str], list[str]]:
    """Every statement of some ticks, and those whose plan walks through a table."""
    asked: list[str] = []
    walks: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if many or not statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            return
        asked.append(statement)
        plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        if any(WALK.search(line) for *_, line in plan):
            walks.append(statement)

    event.listen(bot.engine, "before_cursor_execute", explain)
    bot.tick(*(NOW + hours(n) for n in range(ticks)))
    event.remove(bot.engine, "before_cursor_execute", explain)
    return asked, walks


def test_no_tick_walks_through_history(bot: Calls) -> None:
    past = [episode(n, NOW - hours(24 * 30 + n), NOW - hours(24 * 29 + n)) for n in range(1, 150)]
    bot.put(*past, *(episode(200 + n, NOW - hours(26), cp=True, grade="high") for n in range(3)))
    asked, walks = statements(bot, 4)
    assert walks == []
    assert len(bot.raised()) > 20, "something was done meanwhile"
    assert len(asked) > 50


def test_what_was_closed_is_not_read_again(bot: Calls) -> None:
    x = episode(1, NOW - hours(26), cp=True)
    bot.put(x)
    bot.tick(NOW)
    with writing(bot.engine) as connection:
        connection.execute(update(escalation).values(closed_at=NOW, closed_because="over", episode_id=9999))
    bot.put(episode(1, NOW - hours(26), NOW, id=x.id))
    assert bot.look(NOW).raised == []
