"""What every test may ask for; tests of the store run on both databases, each time from empty."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import postgresql
from tests.support.installation import KEYS, PROGRAMS, Installation, own_database


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """One a worker: half a second each, and no worker waits for another."""
    with postgresql.running() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    return postgresql.emptied(postgresql_server)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bot.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A test that takes this runs twice: once on each database we support."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Installation]:
    """An installation with the practice partnership, its data in a folder of the test."""

    def at(url: str) -> Installation:
        for name, value in (KEYS | {"BOT_DATABASE_URL": url, "BOT_REPLICA": "first"}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.delenv("BOT_PARTNERSHIP", raising=False)
        monkeypatch.setattr("bot.settings.ROOT", tmp_path)
        return Installation(url, tmp_path, capsys)

    return at


@pytest.fixture
def sqlite_installation(installed: Callable[[str], Installation], tmp_path: Path) -> Installation:
    return installed(f"sqlite:///{tmp_path / 'bot.sqlite'}")


@pytest.fixture
def postgresql_installation(installed: Callable[[str], Installation], postgresql_server: str) -> Iterator[Installation]:
    with own_database(postgresql_server) as url:
        yield installed(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """Twice: once on each database we support."""
    found: Installation = request.getfixturevalue(f"{request.param}_installation")
    return found
