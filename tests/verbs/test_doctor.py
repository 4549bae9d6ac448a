"""doctor as a verb: on a real database, with Slack and the bot's own server on loopback; it changes nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot import __main__ as verbs
from bot.app import App
from bot.chat.slack.scopes import SCOPES
from bot.checkup import foundations, reach, running
from bot.checkup.examination import examine
from bot.clockwork import Clockwork
from bot.rules.checkup import Finding
from bot.rules.delivery import Planned
from bot.rules.partnership import Partnership
from bot.rules.posting import Channel
from bot.settings import Settings, read_settings
from bot.store import audit, beats, ledger
from bot.store.database import open_database, reading, version, writing
from bot.store.delivery_tables import delivery
from tests.factories import NOW, partnership
from tests.slack.web_api import serving
from tests.slack.workspace import Channel as Room
from tests.slack.workspace import Person as Account
from tests.slack.workspace import Workspace

KEYS = {"BOT_AUDIT_KEY": "00" * 32, "BOT_DATA_KEY": "11" * 32}
TOKENS = {"BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token", "BOT_SLACK_APP_TOKEN": "xapp-not-a-token"}
Make = Callable[..., App]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


def settings(url: str, folder: Path, **environ: str) -> Settings:
    chosen = read_settings({"BOT_DATABASE_URL": url} | KEYS | environ)
    return replace(chosen, data_folder=folder / "data")


@pytest.fixture
def make(database_url: str, tmp_path: Path) -> Iterator[Make]:
    """An App whose tables are made, with whatever the environment and the partnership say besides."""
    made: list[App] = []

    def new(ours: Partnership | None = None, *, ready: bool = True, **environ: str) -> App:
        chosen = settings(database_url, tmp_path, **environ)
        made.append(App(replace(chosen, partnership=ours) if ours else chosen))
        assert not ready or made[-1].database
        return made[-1]

    yield new
    for app in made:
        app.close()


def found(app: App) -> dict[str, Finding]:
    return {f.name: f for f in examine(app, seconds=5)}


def faults(app: App) -> dict[str, str]:
    return {name: f.says for name, f in found(app).items() if f.state == "fault"}


def in_slack(*destinations: str) -> Partnership:
    """The practice partnership with channels in Slack and two people who have an account there."""
    whole = partnership()
    channels = tuple(
        replace(c, platform="slack", destination=d) for c, d in zip(whole.channels, destinations, strict=False)
    )
    people = tuple(replace(p, slack_id={"lead": "U0ONE", "north-manager": "U0TWO"}.get(p.id, "")) for p in whole.people)
    return replace(whole.with_people(people), channels=channels)


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
        before = list(audit.entries(connection)), beats.all_beats(connection)
    assert faults(app) == {}
    with reading(app.database) as connection:
        assert (list(audit.entries(connection)), beats.all_beats(connection)) == before


def running_entry(app: App) -> Any:
    return app._done("test", NOW)


def test_a_database_of_another_version(make: Make) -> None:
    app = make()
    with writing(app.database) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert "its tables are at 0001" in faults(app)["database"]
    assert found(app)["database"].do == "python -m bot migrate"
    with writing(app.database) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert found(app)["database"].do == "Run the newer program"


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
    assert foundations.configuration(real, True).says.endswith("; not used yet")
    assert real.sealing_key
    assert foundations.configuration(real, True).says.endswith("; as when it was last used")
    file.write_text("two")
    assert foundations.configuration(real, True).says.endswith("; changed since it was last used")
    real.close()


def test_the_last_tick(make: Make) -> None:
    app = make()
    assert found(app)["engine"].state == "look"
    with writing(app.database) as connection:
        now = Clockwork(app).clock(connection).replace(microsecond=0)
        beats.beat(connection, "first", now - timedelta(hours=2), now - timedelta(seconds=30))
        assert running.tick(connection, now).says == "ticked 30 s ago, 1 at work"
        assert running.tick(connection, now + timedelta(minutes=61)).state == "fault"


@pytest.mark.parametrize(
    ("state", "reason", "finding"),
    [
        ("sent", "", "ok"),
        ("planned", "", "look"),
        ("missed", "", "look"),
        ("held", "privacy", "fault"),
        ("unknown", "", "fault"),
    ],
)
def test_the_last_digest_of_a_channel(make: Make, state: str, reason: str, finding: str) -> None:
    app = make()
    planned = Planned("digest", "north-digest", "offline", "north-digest", "2017-07-05", NOW)
    earlier = replace(planned, slot="2017-07-04", due_at=NOW - timedelta(days=1))
    with writing(app.database) as connection:
        ledger.plan(connection, (planned, earlier), NOW)
        change = delivery.update().where(delivery.c.slot == planned.slot)
        sent = NOW + timedelta(seconds=2) if state == "sent" else None
        connection.execute(change.values(state=state, reason=reason, sent_at=sent))
        said = {f.name: f for f in running.digests(connection, app.partnership, NOW)}["digest north-digest"]
    assert said.state == finding
    assert said.says.startswith(f"due Wed 5 Jul 08:00: {state}")


def test_channels_of_a_platform_that_is_not_connected(make: Make) -> None:
    app = make(in_slack("C0NORTH"))
    assert faults(app) == {"channel county-digest": "is meant for Slack, to which this bot is not connected"}


def test_a_real_partnership_whose_digests_nobody_reads() -> None:
    real = replace(partnership(), practice=None)
    assert {f.state for f in reach.channels(real, ())} == {"look"}


def test_slack_half_configured_or_in_the_wrong_place(make: Make) -> None:
    half = make(BOT_SLACK_BOT_TOKEN="xoxb-not-a-token")
    assert faults(half)["slack settings"].startswith("BOT_SLACK_APP_TOKEN is not set")
    wrong = make(**TOKENS | {"BOT_SLACK_BOT_TOKEN": "xapp-Canary"})
    assert faults(wrong)["slack settings"].startswith("BOT_SLACK_BOT_TOKEN must begin with xoxb-")
    assert "Canary" not in str(found(wrong))


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    slack = Workspace(scopes=[s.name for s in SCOPES], socket_url="wss://127.0.0.1:1/")
    slack.put(Account("U0ONE"), Account("U0TWO"), Room("C0NORTH", members=["U0ONE", "U0TWO"]))
    with serving(slack):
        yield slack


def test_with_slack_the_people_who_have_no_account_are_named(make: Make, workspace: Workspace) -> None:
    app = make(in_slack("C0NORTH"), **TOKENS, BOT_SLACK_API_URL=f"{workspace.origin}/api/")
    findings = found(app)
    assert [f.says for f in findings.values() if f.state == "fault"] == []
    assert findings["channel county-digest"].says == "private, 2 members: references"
    assert findings["people"].says == "8 of 10 who may ask have no account on slack"
    assert "south-worker" in findings["people"].details[0]
    assert "unsigned request" not in findings


def test_somebody_without_a_role_is_not_entitled(make: Make, workspace: Workspace) -> None:
    ours = in_slack("C0NORTH")
    gone = tuple(replace(p, role=None) if p.id == "north-manager" else p for p in ours.people)
    app = make(ours.with_people(gone), **TOKENS, BOT_SLACK_API_URL=f"{workspace.origin}/api/")
    assert found(app)["channel county-digest"].details == ("1 not entitled: U0TWO",)


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A server that gives every POST this status; where it is."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """A test's output is no place for it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(("status", "state"), [(401, "ok"), (200, "fault"), (404, "fault"), (500, "fault")])
def test_an_unsigned_request(make: Make, workspace: Workspace, status: int, state: str) -> None:
    over_http = {"BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token", "BOT_SLACK_SIGNING_SECRET": "not-a-secret"}
    with answering(status) as at:
        app = make(**over_http, BOT_SLACK_API_URL=f"{workspace.origin}/api/", BOT_BIND=at)
        said = found(app)["unsigned request"]
    assert (said.state, str(status) in said.says) == (state, True)
    assert found(app)["unsigned request"].says == f"not running at {at}, so it was not asked"


@pytest.mark.parametrize(
    ("environ", "name", "state"),
    [
        ({"BOT_SMTP_URL": "smtp://mail.example.org", "BOT_SMTP_FROM": "bot@example.org"}, "e-mail", "fault"),
        ({"BOT_SMTP_URL": "http://Canary", "BOT_SMTP_FROM": "bot@example.org"}, "e-mail", "fault"),
        ({"BOT_HEARTBEAT_URL": "https://monitor.example.org/Canary"}, "heartbeat", "ok"),
        ({"BOT_HEARTBEAT_URL": "http://monitor.example.org/Canary"}, "heartbeat", "fault"),
    ],
)
def test_the_two_safety_nets(make: Make, environ: dict[str, str], name: str, state: str) -> None:
    said = found(make(**environ))[name]
    assert said.state == state
    assert "Canary" not in said.says


@pytest.fixture
def as_verb(monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path) -> Callable[..., int]:
    def run(*words: str, **environ: str) -> int:
        monkeypatch.setattr(verbs, "read_settings", lambda: settings(sqlite_url, tmp_path, **environ))
        return verbs.main(words)

    return run


def test_printed_for_people(as_verb: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert as_verb("doctor") == 1
    printed = capsys.readouterr().out
    assert " ✖ fault database               SQLite: it is not there yet\n" in printed
    assert " → python -m bot migrate\n" in printed
    assert printed.splitlines()[-1].startswith("1 fault, ")
    assert as_verb("migrate") == 0
    assert as_verb("doctor") == 0


def test_printed_for_machines(as_verb: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert as_verb("doctor", "--json", BOT_SLACK_BOT_TOKEN="xapp-Canary") == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    names = {f["name"]: f for f in said["findings"]}
    assert set(names["database"]) == {"name", "state", "says", "do", "details"}
    assert names["slack settings"]["state"] == "fault"
    assert "Canary" not in json.dumps(said)


def test_one_check_that_breaks_off_stops_no_other(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[Finding]:
        raise RuntimeError("Canary")

    monkeypatch.setattr(reach, "channels", broken)
    app = make()
    assert faults(app)["channels"].startswith("Something went wrong (code ")
    assert "heartbeat" in found(app)
    assert "Canary" not in str(found(app))


def test_no_channel_is_left_out() -> None:
    whole: tuple[Channel, ...] = partnership().channels
    assert len(list(reach.channels(partnership(), ()))) == len(whole)
