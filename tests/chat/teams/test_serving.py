"""serve with Teams: its endpoint beside the others, and what keeps it from starting."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import App
from bot.chat.slack.manifest import PATH as SLACK_PATH
from bot.chat.teams import credentials
from bot.chat.teams.credentials import PATH
from bot.chat.teams.signing_keys import LAST_SECONDS
from bot.server import platforms
from bot.server.service import Service
from bot.server.worker import Worker
from bot.settings import SettingsError, read_settings
from tests.support.teams import activities, signing
from tests.support.teams.connector import serving
from tests.support.teams.scene import ACCOUNTS, partnership_file, tenancy, words
from tests.support.teams.tenancy import CLIENT_ID, OTHER_TENANT, TENANT, Tenancy, personal_of

KEYS = {"BOT_AUDIT_KEY": "00" * 32, "BOT_DATA_KEY": "11" * 32}
TEAMS = {
    "BOT_TEAMS_CLIENT_ID": CLIENT_ID,
    "BOT_TEAMS_CLIENT_SECRET": "not~a-secret-of-anyone",
    "BOT_TEAMS_TENANT": TENANT,
    "BOT_TEAMS_TENANTS": OTHER_TENANT,
}
SLACK = {"BOT_SLACK_BOT_TOKEN": "xoxb-not-a-token", "BOT_SLACK_SIGNING_SECRET": "not-a-secret"}


def until(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    over = time.monotonic() + seconds
    while time.monotonic() < over and not true():
        time.sleep(0.02)
    return true()


def app_in(folder: Path, url: str, **more: str) -> App:
    environ = {"BOT_DATABASE_URL": url, "BOT_PARTNERSHIP": str(partnership_file(folder))}
    free = {"BOT_BIND": "127.0.0.1:0", "BOT_HEALTH_BIND": "127.0.0.1:0"}
    app = App(read_settings(KEYS | environ | free | more))
    object.__setattr__(app.settings, "data_folder", folder)
    return app


@contextmanager
def running(
    folder: Path, url: str, made: Tenancy, monkeypatch: pytest.MonkeyPatch, **more: str
) -> Iterator[tuple[Service, httpx.Client]]:
    """The whole bot in this process; only the addresses of Teams are this machine's."""
    with serving(made) as served:
        read = credentials.Connection

        def here(*given: Any, **named: Any) -> credentials.Connection:
            named["overrides"] = served.overrides
            return read(*given, **named)

        monkeypatch.setattr(credentials, "Connection", here)
        app = app_in(folder, url, **TEAMS, **more)
        service = Service(app, Worker(app))
        service.start()
        try:
            assert service.server
            with httpx.Client(base_url=f"http://127.0.0.1:{service.server.port}") as http:
                yield service, http
        finally:
            assert service.stop()
            app.close()


def health_of(service: Service, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{service.health.port}{path}")


def test_a_signed_message_is_answered_and_an_unsigned_one_refused(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tenancy()
    with running(tmp_path, sqlite_url, made, monkeypatch, **SLACK) as (service, http):
        lead = made.people[ACCOUNTS["lead"]]
        there = made.conversations[personal_of(lead.account)]
        body = json.dumps(activities.message(made, lead, there, "help"))
        assert http.post(PATH, content=body).status_code == 401
        token = {"Authorization": f"Bearer {signing.token(made.service_url)}"}
        answer = http.post(PATH, content=body, headers=token)
        assert (answer.status_code, answer.text) == (200, "")
        assert until(lambda: len(made.sent) == 1)
        assert "What you can ask here" in words(made.sent[0])
        assert until(
            lambda: 'missing_commands_total{outcome="ok",verb="help"} 1.0' in health_of(service, "/metrics").text
        )
        assert "missing_ack_seconds_count 1.0" in health_of(service, "/metrics").text
        assert http.post(SLACK_PATH, content="x").status_code == 401  # both ride on one server
        assert service.worker.chats == ("slack", "teams")
        assert set(service.worker.platforms) >= {"slack", "teams"}
        assert http.post(PATH, content=b"x" * 257_000, headers=token).status_code == 413
        assert http.post(PATH, content=b"x" * 257_000).status_code == 401
        for path in ("/healthz", "/readyz", "/healthz/data", "/metrics"):
            assert health_of(service, path).status_code in (200, 503)
            assert http.get(path).status_code == 404


def test_no_activity_waits_for_the_first_keys(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tenancy()
    with running(tmp_path, sqlite_url, made, monkeypatch):
        assert [c.name for c in made.calls] == ["keys"]


def test_keys_that_grow_old_are_not_ready(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path, sqlite_url, tenancy(), monkeypatch) as (service, _):
        assert health_of(service, "/readyz").json()["checks"]["teams"] == "ok"
        assert service.teams
        keys = service.teams.sdk._keys
        assert keys
        keys._fetched -= 2 * LAST_SECONDS
        assert (
            health_of(service, "/readyz").json()["checks"]["teams"]
            == "the keys that Teams signs with cannot be fetched"
        )


def test_without_keys_it_serves_and_is_not_ready(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tenancy()
    made.fates.schedule("keys", "500")
    with running(tmp_path, sqlite_url, made, monkeypatch) as (service, _):
        assert (
            health_of(service, "/readyz").json()["checks"]["teams"]
            == "the keys that Teams signs with cannot be fetched"
        )
        keys = service.teams.sdk._keys if service.teams else None
        assert keys
        keys.try_refresh()
        assert health_of(service, "/readyz").json()["checks"]["teams"] == "ok"


def test_without_teams_nothing_of_it_is_there(tmp_path: Path, sqlite_url: str) -> None:
    app = app_in(tmp_path, sqlite_url)
    worker = Worker(app)
    assert worker.teams is None
    assert worker.chats == ()
    assert "teams" not in worker.platforms
    app.close()


def test_half_a_registration_is_said(tmp_path: Path, sqlite_url: str) -> None:
    app = app_in(tmp_path, sqlite_url, BOT_TEAMS_CLIENT_ID=CLIENT_ID)
    with pytest.raises(SettingsError, match="BOT_TEAMS_TENANT is not set"):
        _ = Worker(app).teams
    app.close()


@pytest.mark.parametrize(("value", "read_back"), [("1", True), ("", False), ("0", False)])
def test_reading_back_is_asked_for(tmp_path: Path, sqlite_url: str, value: str, read_back: bool) -> None:
    app = app_in(tmp_path, sqlite_url, **TEAMS, BOT_TEAMS_READ_BACK=value)
    connection = platforms.read_teams(app.settings.environ)
    assert connection
    teams = platforms.teams_service(app, connection, lambda: Worker(app).now())
    assert teams.platform.can_tell is read_back
    app.close()
