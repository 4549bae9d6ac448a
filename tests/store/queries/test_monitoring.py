"""Figures of the bot itself: right on both databases, and read without walking through history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text, update

from bot.rules.delivery.delivery import Planned
from bot.rules.delivery.health import DeliveryGroup
from bot.rules.model import Freshness
from bot.store.database import migrate, open_database, reading, writing
from bot.store.delivery import ledger, replicas
from bot.store.queries import monitoring
from bot.store.schema.delivery import delivery, escalation, nudge
from tests.support.factories import NOW, hours

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def planned(connection: Any, kind: str, due: datetime, state: str = "sent", **further: Any) -> int:
    one = Planned(kind, "audience", "slack", "C1", f"{due}", due)
    (number,) = ledger.plan(connection, [one], NOW)
    values = {"state": state, **further}
    connection.execute(update(delivery).where(delivery.c.id == number).values(values))
    return number


def called(connection: Any, number: int, by: datetime, **further: Any) -> None:
    row = {"rule": "open", "episode_id": number, "agency": "police", "tier": 1, "role": "duty_inspector"}
    row |= {"person_id": "police", "raised_at": NOW, "acknowledge_by": by, "next_raised": False}
    connection.execute(insert(escalation).values(row | further))


def test_figures_of_a_day(store: Engine) -> None:
    with writing(store) as connection:
        planned(connection, "digest", NOW - hours(1), sent_at=NOW - hours(1) + 2 * MINUTE)
        planned(connection, "digest", NOW - hours(2), sent_at=NOW - hours(2) + 9 * MINUTE)
        planned(connection, "digest", NOW - hours(25), sent_at=NOW)  # not of this day
        planned(connection, "digest", NOW + hours(1), "planned")  # nor due yet
        planned(connection, "digest", NOW - hours(3), "planned", not_before=NOW - hours(3))
        planned(connection, "thread", NOW - hours(50), "held")
        planned(connection, "notice", NOW - hours(3), "unknown")
        told = planned(connection, "reminder", NOW - hours(4), sent_at=NOW - hours(4))
        untold = planned(connection, "reminder", NOW - hours(5), "held")
        for n, message in enumerate([told, told, untold]):
            row = {"episode_id": n, "step": "offer", "deadline_at": NOW, "person_id": "p", "delivery_id": message}
            connection.execute(insert(nudge).values(row | {"made_at": NOW}))
        called(connection, 1, NOW + MINUTE)
        called(connection, 2, NOW - MINUTE)
        called(connection, 3, NOW - MINUTE, acknowledged_at=NOW)
        called(connection, 4, NOW - MINUTE, closed_at=NOW)
        replicas.beat(connection, "one", NOW - hours(2), NOW - MINUTE)
        replicas.beat(connection, "two", NOW - hours(2), NOW - 5 * MINUTE)
    sources = [Freshness("police", "Police", NOW - hours(3), 12, 24, 9), Freshness("children", "C", None, 12, 24, 0)]
    with reading(store) as connection:
        found = monitoring.figures(connection, sources, NOW)
    assert found.deliveries == {
        DeliveryGroup("digest", "slack", "sent"): 2,
        DeliveryGroup("digest", "slack", "planned"): 1,
        DeliveryGroup("notice", "slack", "unknown"): 1,
        DeliveryGroup("reminder", "slack", "sent"): 1,
        DeliveryGroup("reminder", "slack", "held"): 1,
    }
    assert found.lateness == {"digest": 540.0, "reminder": 0.0}
    assert found.reminders == {"offer": (3, 2)}
    assert (found.unknown, found.held, found.overdue) == (1, 2, 1)
    assert (found.escalations_open, found.escalations_overdue) == (2, 1)
    assert {d.source: d.age for d in found.data} == {"police": 3 * 3600, "children": None}
    assert (found.tick_age, found.replicas) == (60, 1)


def test_a_call_that_was_passed_on_is_no_silence(store: Engine) -> None:
    """Passed on with time left, passed on and over, nobody could be called, nobody can be yet: two are silent."""
    with writing(store) as connection:
        for number, last in ((1, NOW + MINUTE), (2, NOW - MINUTE)):
            called(connection, number, NOW - hours(1), next_raised=True)
            called(connection, number, last, tier=2)
        called(connection, 3, NOW - MINUTE, person_id="", next_raised=True)
        called(connection, 4, NOW + MINUTE, person_id="", next_raised=True)
    with reading(store) as connection:
        found = monitoring.figures(connection, (), NOW)
    assert (found.escalations_open, found.escalations_overdue) == (6, 2)


def test_a_digest_is_owed_until_it_has_gone(store: Engine) -> None:
    with writing(store) as connection:
        planned(connection, "digest", NOW - hours(1))
        planned(connection, "thread", NOW - hours(1), "held")
        assert monitoring.unsent(connection, NOW, 30 * MINUTE, kind="digest") == 0
        for n, state in enumerate(["planned", "held", "missed", "failed", "unknown"]):
            planned(connection, "digest", NOW - hours(2) + n * MINUTE, state)
        assert monitoring.unsent(connection, NOW, 30 * MINUTE, kind="digest") == 5
        assert monitoring.unsent(connection, NOW, hours(3), kind="digest") == 0  # it is given its time


def test_replicas_that_ended_are_forgotten(store: Engine) -> None:
    with writing(store) as connection:
        assert replicas.newest(connection) is None
        replicas.beat(connection, "old", NOW, NOW)
        replicas.beat(connection, "new", NOW, NOW + hours(23))
        replicas.beat(connection, "new", NOW, NOW + hours(24))
        assert replicas.all_beats(connection) == (("new", NOW, NOW + hours(24)), ("old", NOW, NOW))
        replicas.beat(connection, "new", NOW, NOW + hours(25))
        assert [b.name for b in replicas.all_beats(connection)] == ["new"]
        assert replicas.newest(connection) == NOW + hours(25)


def test_no_figure_walks_through_history(sqlite_url: str) -> None:
    store = open_database(sqlite_url)
    migrate(store)
    with writing(store) as connection:
        for n in range(200):
            planned(connection, "digest", NOW - hours(48 + n), sent_at=NOW - hours(48 + n))
            called(connection, n, NOW, closed_at=NOW - hours(n))
        connection.execute(text("ANALYZE"))
    plans: list[str] = []

    def explain(_c: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("SELECT"):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(line for *_, line in rows)

    with reading(store) as connection:
        event.listen(store, "before_cursor_execute", explain)
        monitoring.figures(connection, [], NOW)
        monitoring.unsent(connection, NOW, MINUTE, kind="digest")
        event.remove(store, "before_cursor_execute", explain)
    store.dispose()
    assert len(plans) >= 7
    assert [line for line in plans if line.startswith("SCAN") and "beat" not in line] == []
