"""An invented Teams that every test may ask for, and a bot in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.teams.connector import Served, serving
from tests.support.teams.scene import Scene, living, tenancy
from tests.support.teams.tenancy import Tenancy


@pytest.fixture
def teams() -> Tenancy:
    return tenancy()


@pytest.fixture
def served(teams: Tenancy) -> Iterator[Served]:
    with serving(teams) as there:
        yield there


@pytest.fixture
def scene(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    """Yield the bot in a Teams of the practice partnership."""
    with living(tmp_path, sqlite_url) as made:
        yield made


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Yield one bot for all tests of a file that bring about nothing."""
    folder = tmp_path_factory.mktemp("quiet")
    with living(folder, f"sqlite:///{folder / 'bot.sqlite3'}") as made:
        yield made
