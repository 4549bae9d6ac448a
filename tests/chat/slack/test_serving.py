"""serve with Slack: its way in over HTTP, its socket, and how it says that they stand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import App
from bot.chat.slack.manifest import PATH
from bot.chat.thread_pool import ThreadPool
from bot.server.platforms import read_slack
from bot.server.service import Service
from bot.server.worker import CROWDED, Worker
from bot.settings import SettingsError, read_settings
from tests.support.slack import payloads, sockets
from tests.support.slack.scene import ACCOUNTS, NORTH, partnership_file, words, workspace
from tests.support.slack.signing import SECRET
from tests.support.slack.sockets import Sockets
from tests.support.slack.web_api import serving
from tests.support.slack.workspace import APP_TOKEN, BOT_TOKEN, Workspace

KEYS = {"BOT_AUDIT_KEY": "00" * 32, "BOT_DATA_KEY": "11" * 32}


def until(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    over = time.monotonic() + seconds
    while time.monotonic() < over and not true():
        time.sleep(0.02)
    return true()


@contextmanager
def running(folder: Path, url: str, made: Workspace, **more: str) -> Iterator[tuple[Service, httpx.Client]]:
    """The whole bot in this process, and a client of its health."""
    with serving(made) as served:
        environ = KEYS | {
            "BOT_DATABASE_URL": url,
            "BOT_PARTNERSHIP": str(partnership_file(folder)),
            "BOT_BIND": "127.0.0.1:0",
            "BOT_HEALTH_BIND": "127.0.0.1:0",
            "BOT_SLACK_BOT_TOKEN": BOT_TOKEN,
            "BOT_SLACK_API_URL": served.api_url,
        }
        app = App(read_settings(environ | more))
        object.__setattr__(app.settings, "data_folder", folder)
        service = Service(app, Worker(app))
        service.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{service.health.port}") as health:
                yield service, health
        finally:
            service.stop()
            app.close()


def door_of(service: Service) -> str:
    """Where Slack calls this bot."""
    assert service.server
    return f"http://127.0.0.1:{service.server.port}{PATH}"


def test_over_http_a_signed_command_is_answered_and_an_unsigned_one_refused(tmp_path: Path, sqlite_url: str) -> None:
    made = workspace()
    with running(tmp_path, sqlite_url, made, BOT_SLACK_SIGNING_SECRET=SECRET) as (service, health):
        who, where = made.people[ACCOUNTS["lead"]], made.channels[NORTH]
        asked = payloads.slash(made, who, where, "help")
        assert httpx.post(door_of(service), content=asked.body).status_code == 401
        assert httpx.post(door_of(service), content=asked.body, headers=asked.headers(time.time())).status_code == 200
        assert until(lambda: len(made.ephemeral) == 1)
        assert "What you can ask here" in words(made.ephemeral[0])
        assert until(lambda: 'missing_commands_total{outcome="ok",verb="help"} 1.0' in health.get("/metrics").text)
        assert "missing_ack_seconds_count 1.0" in health.get("/metrics").text
        assert service.slack
        assert service.slack.socket is None
        assert service.slack.connection.signing_secret
        assert "slack" not in health.get("/readyz").json()["checks"]


def test_a_body_that_goes_on_is_not_read_to_its_end(tmp_path: Path, sqlite_url: str) -> None:
    made = workspace()
    with running(tmp_path, sqlite_url, made, BOT_SLACK_SIGNING_SECRET=SECRET) as (service, _):
        asked = payloads.slash(made, made.people[ACCOUNTS["lead"]], made.channels[NORTH], "help")
        signed = asked.headers(time.time())
        assert httpx.post(door_of(service), content=b"x" * 1_100_000, headers=signed).status_code == 413
        assert httpx.post(door_of(service), content=b"x" * 1_100_000).status_code == 401


def test_health_is_nothing_that_slack_could_reach(tmp_path: Path, sqlite_url: str) -> None:
    with running(tmp_path, sqlite_url, workspace(), BOT_SLACK_SIGNING_SECRET=SECRET) as (service, health):
        for path in ("/healthz", "/readyz", "/healthz/data", "/metrics"):
            assert health.get(path).status_code in (200, 503)
            assert httpx.get(door_of(service).replace(PATH, path)).status_code == 404
        assert health.post(PATH, content=b"x").status_code == 404


def test_a_socket_needs_no_address_and_says_how_it_stands(tmp_path: Path, sqlite_url: str) -> None:
    made = workspace()
    with sockets_of(made) as there, running(tmp_path, sqlite_url, made, BOT_SLACK_APP_TOKEN=APP_TOKEN) as got:
        service, health = got
        there.wait_for(1)
        there.ask(payloads.slash(made, made.people[ACCOUNTS["lead"]], made.channels[NORTH], "help"))
        assert until(lambda: len(made.ephemeral) == 1)
        assert until(lambda: health.get("/readyz").json()["checks"]["slack"] == "ok")
        assert service.server is None  # no other port is open


def test_a_socket_that_is_gone_is_not_ready(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = workspace()
    made.refusing = None
    with running(tmp_path, sqlite_url, made, BOT_SLACK_APP_TOKEN=APP_TOKEN) as (_, health):
        found: dict[str, Any] = health.get("/readyz").json()
        assert found["checks"]["slack"] == "the socket is not connected"
        assert not found["ready"]


def test_another_process_on_the_token_is_told_to_administrators(tmp_path: Path, sqlite_url: str) -> None:
    made = workspace()
    with (
        sockets_of(made) as there,
        running(tmp_path, sqlite_url, made, BOT_SLACK_APP_TOKEN=APP_TOKEN) as (service, health),
    ):
        assert service.slack
        assert service.slack.socket
        assert until(lambda: bool(service.slack and service.slack.socket and service.slack.socket.is_connected))
        service.slack.socket.connections = 3
        service.worker.tick()
        assert health.get("/readyz").json()["checks"]["slack"] == CROWDED
        service.worker.tick()
        assert until(lambda: any(CROWDED in words(m) for m in made.messages))
        assert there.connections


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"BOT_SLACK_APP_TOKEN": "xapp-not-a-token"}, "BOT_SLACK_BOT_TOKEN is not set"),
        ({"BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token"}, "hear nothing"),
        ({"BOT_SLACK_BOT_TOKEN": "xoxp-not-a-token", "BOT_SLACK_SIGNING_SECRET": "x"}, "must begin with xoxb-"),
        ({"BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token", "BOT_SLACK_APP_TOKEN": "x"}, "must begin with xapp-"),
        (
            {
                "BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token",
                "BOT_SLACK_SIGNING_SECRET": "x",
                "BOT_SLACK_API_URL": "http://slack.example.org/api/",
            },
            "must begin with https://",
        ),
    ],
)
def test_half_of_slack_is_no_slack_and_that_is_said(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as fault:
        read_slack(environ)
    assert "not-a-token" not in str(fault.value)


def test_nothing_of_slack_is_no_slack() -> None:
    assert read_slack({}) is None


@contextmanager
def sockets_of(made: Workspace) -> Iterator[Sockets]:
    with sockets.serving(made) as there:
        yield there


def test_the_end_is_not_waited_for_for_ever() -> None:
    going_on = threading.Event()
    pool = ThreadPool(2, "a test")
    done, stuck = pool.submit(lambda: 1), pool.submit(going_on.wait, 30)
    began = time.monotonic()
    assert not pool.end(0.2)
    assert time.monotonic() - began < 5
    assert done.result() == 1
    going_on.set()
    assert stuck.result(5)
    assert ThreadPool(1, "another").end(0.2)
