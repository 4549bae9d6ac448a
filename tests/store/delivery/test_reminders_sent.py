"""Who was told of what: a row holds while its message may be there, is given back when it is not, and is never two."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from bot.rules.delivery.delivery import Planned
from bot.rules.reminders.due import SentReminder
from bot.store.database import Database, migrate, open_database, reading, writing
from bot.store.delivery import ledger, reminders_sent
from bot.store.schema.delivery import delivery, nudge
from bot.store.schema.records import metadata
from tests.support.factories import NOW, episode, hours
from tests.support.world import stored_rows

DUE = NOW + hours(20)
LATER = NOW + hours(1)
OFFER = SentReminder(1, "offer", DUE, "north-worker", NOW)


def message(engine: Database, slot: str, **values: Any) -> int:
    """A message in the ledger, in a state."""
    with writing(engine) as connection:
        (number,) = ledger.plan(
            connection, [Planned("reminder", "north-worker", "offline", "north-worker", slot, NOW)], NOW
        )
        if values:
            connection.execute(update(delivery).where(delivery.c.id == number).values(values))
    return number


def take(engine: Database, number: int, *wanted: SentReminder, now: datetime = NOW) -> set[SentReminder]:
    with writing(engine) as connection:
        return reminders_sent.take(connection, number, wanted, now)


def held(engine: Database, now: datetime = NOW, but: int | None = None) -> list[SentReminder]:
    with reading(engine) as connection:
        return reminders_sent.notified(connection, [1, 2], now, but)


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ({"state": "sent"}, True),
        ({"state": "sending"}, True),
        ({"state": "unknown", "reason": "timeout"}, True),
        ({"state": "held", "reason": "unknown"}, True),
        ({"state": "planned", "lease_until": LATER}, True),  # it is being composed at this moment
        ({"state": "planned"}, False),
        ({"state": "planned", "lease_until": NOW - hours(1)}, False),
        ({"state": "held", "reason": "privacy"}, False),
        ({"state": "failed", "reason": "account_inactive"}, False),
        ({"state": "missed"}, False),
        ({"state": "dropped", "reason": "nothing left"}, False),
    ],
)
def test_a_row_holds_while_its_message_may_be_there(engine: Database, values: dict[str, Any], holds: bool) -> None:
    first, second = message(engine, "a"), message(engine, "b")
    assert take(engine, first, OFFER) == {OFFER}
    with writing(engine) as connection:
        connection.execute(update(delivery).where(delivery.c.id == first).values(values))
    assert held(engine) == ([OFFER] if holds else [])
    assert held(engine, but=first) == []
    again = replace(OFFER, at=LATER)
    assert take(engine, second, again) == (set() if holds else {again})
    with reading(engine) as connection:
        rows = connection.execute(select(nudge.c.delivery_id, nudge.c.made_at)).all()
    assert rows == [(first, NOW) if holds else (second, LATER)]


def test_composed_anew_a_message_gives_back_what_it_says_no_more(engine: Database) -> None:
    number = message(engine, "a", state="sending", lease_until=LATER)
    other = replace(OFFER, episode=2)
    assert take(engine, number, OFFER, other) == {OFFER, other}
    assert take(engine, number, other) == {other}
    assert held(engine) == [other]


def test_another_deadline_step_or_person_is_another_row(engine: Database) -> None:
    number = message(engine, "a", state="sent")
    others = {
        replace(OFFER, deadline=DUE + hours(1)),
        replace(OFFER, slot="24 h left"),
        replace(OFFER, person="north-manager"),
    }
    assert take(engine, number, OFFER, *others) == {OFFER, *others}


def test_only_messages_that_were_sent_count_as_said_and_one_long_removed_was(engine: Database) -> None:
    sent, waiting = message(engine, "a", state="sent"), message(engine, "b", state="unknown")
    take(engine, sent, OFFER)
    take(engine, waiting, replace(OFFER, slot="24 h left"))
    row = {"episode_id": 1, "deadline_at": DUE, "person_id": "north-worker", "made_at": NOW, "delivery_id": 999}
    with writing(engine) as connection:
        connection.execute(insert(nudge).values(step="6 h left", **row))
    with reading(engine) as connection:
        assert [step for step, *_ in reminders_sent.sent_steps(connection, 1)] == ["offer", "6 h left"]
    assert [t.slot for t in held(engine)] == ["offer", "24 h left", "6 h left"]


def test_what_is_known_of_a_number_that_is_gone_goes_with_it(engine: Database) -> None:
    number = message(engine, "a", state="sent")
    take(engine, number, OFFER, replace(OFFER, episode=2))
    with writing(engine) as connection:
        reminders_sent.forget(connection, [1])
    assert [t.episode for t in held(engine)] == [2]


def test_asking_who_was_told_reads_what_is_open_and_not_what_was_ever_said(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    migrate(engine)
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if " nudge" in statement and statement.startswith(("SELECT", "DELETE", "INSERT")):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(line for *_, line in plan)

    number = message(engine, "a", state="sent")
    with writing(engine) as connection:
        for name, rows in stored_rows([episode(1, NOW - hours(30), NOW - hours(20), id=1)], NOW).items():
            if rows:
                connection.execute(insert(metadata.tables[name]), rows)
    event.listen(engine, "before_cursor_execute", explain)
    take(engine, number, OFFER)
    assert held(engine) == [OFFER]
    with reading(engine) as connection:
        reminders_sent.sent_steps(connection, 1)
    event.remove(engine, "before_cursor_execute", explain)
    assert len(plans) > 4
    assert [line for line in plans if re.search(r"SCAN (nudge|delivery)\b", line)] == []
    engine.dispose()
