"""A platform's own time: heard in each answer over HTTPS, asked for where it is wanted, and no other word believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat.platform_time import PlatformTime, machine, monotonic
from bot.chat.slack.web_api import Failed
from bot.chat.teams.credentials import Connection
from bot.chat.teams.sdk import Sdk
from tests.support.factories import NOW
from tests.support.slack.scene import living
from tests.support.teams.connector import serving
from tests.support.teams.scene import TEAM_GROUP, tenancy
from tests.support.teams.tenancy import CLIENT_ID, TENANT

DATE = "Wed, 05 Jul 2017 07:00:00 GMT"
HTTPS = "https://chat.example.org/api"


def test_the_time_goes_on_from_an_answer_over_https() -> None:
    seconds = [10.0]
    time = PlatformTime(lambda: seconds[0], lambda: NOW + timedelta(days=1, seconds=seconds[0]))
    assert time.now() is None
    time.hear("http://chat.example.org/api", DATE)
    assert time.now() is None
    time.hear(HTTPS, DATE)
    seconds[0] += 40
    assert time.now() == NOW + timedelta(seconds=40)


@pytest.mark.parametrize("date", [None, "", "yesterday", f"['{DATE}']", DATE.replace("GMT", "-0000")])
def test_a_date_that_cannot_be_read_tells_nothing(date: str | None) -> None:
    time = PlatformTime()
    time.hear(HTTPS, date)
    assert time.now() is None


def test_the_machines_own_clocks() -> None:
    time = PlatformTime()
    time.hear(HTTPS, f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S} GMT")
    now = time.now()
    assert now is not None
    assert abs(now - machine()) < timedelta(seconds=3)
    assert monotonic() <= monotonic()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Note the address and date of each answer: those of an invented platform come over plain HTTP."""
    found: list[tuple[str, str | None]] = []
    monkeypatch.setattr(PlatformTime, "hear", lambda self, url, date: found.append((url, date)))
    return found


def is_now(date: str | None) -> bool:
    assert date is not None
    return abs(datetime.strptime(date, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC) - machine()) < timedelta(
        minutes=1
    )


def test_slack_tells_the_time_in_each_answer_and_when_it_is_asked(
    tmp_path: Path, heard: list[tuple[str, str | None]]
) -> None:
    with living(tmp_path, f"sqlite:///{tmp_path / 'bot.sqlite3'}") as bot:
        assert bot.slack.own_time is bot.slack.api.own_time
        bot.slack.ask_time()
        bot.slack.api.read("auth.test", {})
        assert [url for url, _date in heard] == [bot.served.api_url] * 2
        assert all(is_now(date) for _url, date in heard)
        bot.workspace.fates.schedule("auth.test", "reset", "reset")
        bot.slack.ask_time()
        with pytest.raises(Failed):
            bot.slack.api.read("auth.test", {})
        assert len(heard) == 2


def test_teams_tells_the_time_in_each_answer_and_when_it_is_asked(heard: list[tuple[str, str | None]]) -> None:
    async def nothing(activity: object) -> None:
        return None

    with serving(tenancy()) as served:
        sdk = Sdk(Connection(CLIENT_ID, TENANT, tenants=(TENANT,), overrides=served.overrides), 5, nothing)
        sdk.ask_time()
        sdk.call("GET", served.overrides["graph"], f"/teams/{TEAM_GROUP}", None, {"$select": "visibility"})
        assert [url.rsplit("/", 1)[1] for url, _date in heard] == ["keys", TEAM_GROUP]
        assert all(is_now(date) for _url, date in heard)
        served.tenancy.fates.schedule("keys", "reset", "500")
        sdk.ask_time()
        sdk.ask_time()
        assert sdk.stop()
        sdk.ask_time()  # its loop has ended
        assert len(heard) == 2
