"""Whether the bot can be relied on, asked of the real database: each thing that is not so, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.ingest import bank_holidays
from bot.rules.partnership.partnership import Partnership, QuietHours
from bot.server import health
from bot.store.database import migrate, open_database, writing
from bot.store.delivery import ledger, replicas
from tests.support.factories import partnership

#: As an App hands it over: with the bank holidays of each division, and no practice moment.
KNOWN = replace(partnership(), practice=None).with_holidays(bank_holidays.by_division())


@pytest.fixture
def store(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def wrong(store: Engine, chosen: Partnership = KNOWN, moves: bool = True) -> dict[str, str]:
    return {c.name: c.says for c in health.readiness(store, chosen, moves, ledger.clock) if not c.ok}


def loaded(store: Engine, age: timedelta) -> None:
    with writing(store) as connection:
        for source in ("police", "children", "interviews"):
            connection.execute(
                text(
                    "INSERT INTO source_load (source, taken_at, loaded_at, sha256, rows_read, accepted, rejected,"
                    " added, changed, unchanged) VALUES (:source, :at, :at, :source, 1, 1, 0, 1, 0, 0)"
                ),
                {"source": source, "at": f"{datetime.now(UTC) - age:%Y-%m-%d %H:%M:%S}"},
            )


def test_from_an_empty_database_to_ready(store: Engine) -> None:
    assert wrong(store) == {"database": "its tables are of another version of the bot"}
    migrate(store)
    assert wrong(store) == {"tick": "no replica has ticked yet"}
    assert {d.state for d in health.sources(store, KNOWN, ledger.clock)} == {"never"}
    loaded(store, timedelta(hours=1))
    with writing(store) as connection:
        now = ledger.clock(connection)
        replicas.beat(connection, "other", now, now)
    assert wrong(store) == {}
    assert wrong(store, moves=False) == {"engine": "this replica's engine stands still"}
    found = health.figures(store, KNOWN, ledger.clock)
    assert found.replicas == 1
    (police,) = (d for d in found.data if d.source == "police")
    assert police.age == pytest.approx(3600, abs=60)
    assert {d.state for d in found.data} == {"ok"}


def test_ticks_and_data_that_are_too_old(store: Engine) -> None:
    migrate(store)
    loaded(store, timedelta(days=400))
    with writing(store) as connection:
        now = ledger.clock(connection)
        replicas.beat(connection, "other", now, now - timedelta(seconds=200))
    assert wrong(store)["tick"].startswith("no replica has ticked for 2")
    assert len(wrong(store)) == 1
    assert {d.state for d in health.sources(store, KNOWN, ledger.clock)} == {"refused"}


def test_a_clock_that_is_off(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(store)
    right = ledger.clock
    monkeypatch.setattr(ledger, "clock", lambda connection: right(connection) - timedelta(minutes=10))
    assert wrong(store)["clock"] == "600 s off the database's"


def test_a_database_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "bot.sqlite").write_text("no database " * 1000)
    store = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    assert wrong(store) == {"database": "it cannot be used"}
    store.dispose()


def test_a_calendar_that_is_not_known() -> None:
    now = datetime(2026, 12, 20, 9, 0, tzinfo=UTC)
    assert health.calendar_known(KNOWN, now)
    assert not health.calendar_known(KNOWN.with_holidays({}), now)  # nobody handed in the bank holidays
    hours = KNOWN.quiet_hours
    closed = tuple(date(2026, 12, 1) + timedelta(days=n) for n in range(200))
    shut = QuietHours(hours.start, hours.end, hours.working_days, hours.bank_holidays, extra_closed=closed)
    assert not health.calendar_known(replace(KNOWN, quiet_hours=shut).with_holidays(bank_holidays.by_division()), now)
