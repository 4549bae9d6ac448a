"""What every test may ask for; tests of the store run on both databases, each time from empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgresql


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
