"""The doctor on what goes out: ticks, digests, channels, people, the server and the two safety nets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.cli.doctor import checks
from bot.cli.doctor.checks import Subject
from bot.rules.delivery.delivery import Planned
from bot.rules.partnership.partnership import Channel
from bot.server.worker import Worker
from bot.store.database import writing
from bot.store.delivery import ledger, replicas
from bot.store.schema.delivery import delivery
from tests.support.doctor import TOKENS, Make, faults, found, in_slack
from tests.support.factories import NOW, partnership
from tests.support.slack.workspace import Workspace


def test_the_last_tick(make: Make) -> None:
    app = make()
    assert found(app)["engine"].state == "look"
    with writing(app.database) as connection:
        now = Worker(app).clock(connection).replace(microsecond=0)
        replicas.beat(connection, "first", now - timedelta(hours=2), now - timedelta(seconds=30))
    assert checks.engine(Subject(app, app.partnership, now)).says == "ticked 30 s ago, 1 at work"
    assert checks.engine(Subject(app, app.partnership, now + timedelta(minutes=61))).state == "fault"


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
    said = {f.name: f for f in checks.digests(Subject(app, app.partnership, NOW))}["digest north-digest"]
    assert said.state == finding
    assert said.says.startswith(f"due Wed 5 Jul 08:00: {state}")


def test_channels_of_a_platform_that_is_not_connected(make: Make) -> None:
    app = make(in_slack("C0NORTH"))
    assert faults(app) == {"channel county-digest": "is meant for Slack, to which this bot is not connected"}


def test_a_real_partnership_whose_digests_nobody_reads(make: Make) -> None:
    real = replace(partnership(), practice=None)
    assert {f.state for f in checks.channels(Subject(make(ready=False), real, NOW))} == {"look"}


def test_slack_half_configured_or_in_the_wrong_place(make: Make) -> None:
    half = make(BOT_SLACK_BOT_TOKEN="xoxb-not-a-token")
    assert faults(half)["slack settings"].startswith("BOT_SLACK_APP_TOKEN is not set")
    wrong = make(**TOKENS | {"BOT_SLACK_BOT_TOKEN": "xapp-Canary"})
    assert faults(wrong)["slack settings"].startswith("BOT_SLACK_BOT_TOKEN must begin with xoxb-")
    assert "Canary" not in str(found(wrong))


def test_with_slack_the_people_who_have_no_account_are_named(make: Make, workspace: Workspace) -> None:
    app = make(in_slack("C0NORTH"), **TOKENS, BOT_SLACK_API_URL=f"{workspace.origin}/api/")
    findings = found(app)
    assert [f.says for f in findings.values() if f.state == "fault"] == []
    # One of the two answers for the north alone, and the channel shows the whole county.
    assert findings["channel county-digest"].says.startswith("private, 2 members: only counts are posted")
    assert findings["channel county-digest"].details[0].startswith("1 not entitled: ")
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
        ({"BOT_NOTIFY_API_KEY": "Canary"}, "sms", "fault"),
        ({}, "sms", "look"),
        ({"BOT_HEARTBEAT_URL": "https://monitor.example.org/Canary"}, "heartbeat", "ok"),
        ({"BOT_HEARTBEAT_URL": "http://monitor.example.org/Canary"}, "heartbeat", "fault"),
    ],
)
def test_the_safety_nets(make: Make, environ: dict[str, str], name: str, state: str) -> None:
    said = found(make(**environ))[name]
    assert said.state == state
    assert "Canary" not in said.says


def test_no_channel_is_left_out(make: Make) -> None:
    whole: tuple[Channel, ...] = partnership().channels
    assert len(list(checks.channels(Subject(make(ready=False), partnership(), NOW)))) == len(whole)
