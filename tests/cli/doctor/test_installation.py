"""The doctor on a real database: what everything stands on, and that looking changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.cli.doctor import checks
from bot.rules.delivery.findings import Finding
from bot.store import audit_chain
from bot.store.database import open_database, reading, version, writing
from bot.store.delivery import replicas
from tests.support.doctor import Make, faults, found, settings
from tests.support.factories import NOW, partnership


def test_a_new_installation_is_told_to_migrate_and_left_as_it_is(make: Make, database_url: str, tmp_path: Path) -> None:
    assert list(faults(make(ready=False))) == ["database"]
    assert not (tmp_path / "bot.sqlite3").exists()
    engine = open_database(database_url)
    assert version(engine) == ""
    engine.dispose()
    assert not (tmp_path / "data").exists()


def test_a_practice_partnership_has_no_fault_and_everything_is_looked_at(make: Make) -> None:
    findings = found(make())
    assert [f.name for f in findings.values() if f.state == "fault"] == []
    looked_at = {"configuration", "database", "audit trail", "clock", "time zone", "calendar", "engine", "people"}
    assert looked_at | {"data police", "digest north-digest", "channel north-digest", "e-mail"} <= set(findings)
    assert all(f.do for f in findings.values() if f.state != "ok")
    assert len(findings["time zone"].details) >= 6


def test_it_changes_nothing(make: Make) -> None:
    app = make()
    app.record(running_entry(app), ())
    with reading(app.database) as connection:
        before = list(audit_chain.entries(connection)), replicas.all_beats(connection)
    assert faults(app) == {}
    with reading(app.database) as connection:
        assert (list(audit_chain.entries(connection)), replicas.all_beats(connection)) == before


def running_entry(app: App) -> Any:
    return app._done("test", NOW)


def test_a_database_of_another_version(make: Make) -> None:
    app = make()
    with writing(app.database) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert "its tables are at 0001" in faults(app)["database"]
    assert found(app)["database"].do == "./deploy/dev migrate"
    with writing(app.database) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert found(app)["database"].do == "Run the newer program, or restore a copy from before"


def test_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    app = App(settings("postgresql://bot:Canary@127.0.0.1:1/bot", tmp_path))
    findings = found(app)
    assert findings["database"].state == "fault"
    assert findings["time zone"].state == "ok"  # the others go on
    assert "Canary" not in str(findings)


def test_another_audit_key(make: Make) -> None:
    app = make()
    app.record(running_entry(app), ())
    other = make(BOT_AUDIT_KEY="22" * 32)
    assert list(faults(other)) == ["audit trail"]
    assert "does not fit" in faults(other)["audit trail"]


def test_a_key_that_is_none_stops_no_other_check(make: Make) -> None:
    app = make(BOT_AUDIT_KEY="short")
    assert list(faults(app)) == ["audit trail"]
    assert "hexadecimal digits" in faults(app)["audit trail"]
    assert {"clock", "engine"} <= set(found(app))


def test_a_changed_partnership_file_is_said(make: Make, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text("one")
    ours = replace(partnership(), practice=None)
    app = make(ours)
    real = App(replace(app.settings, partnership_file=file))
    assert checks.configuration(real, True).says.endswith("; not used yet")
    assert real.sealing_key
    assert checks.configuration(real, True).says.endswith("; as when it was last used")
    file.write_text("two")
    assert checks.configuration(real, True).says.endswith("; changed since it was last used")
    real.close()


def test_one_check_that_breaks_off_stops_no_other(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[Finding]:
        raise RuntimeError("Canary")

    monkeypatch.setitem(checks.CHECKS, "channels", (broken, False))
    app = make()
    assert faults(app)["channels"].startswith("Something went wrong (code ")
    assert "heartbeat" in found(app)
    assert "Canary" not in str(found(app))
