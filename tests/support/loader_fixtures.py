"""Fixtures of a loader on an empty, migrated database, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.loader import Loader, loader


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(database_url, tmp_path) as found:
        yield found


@pytest.fixture
def sqlite_bot(sqlite_url: str, tmp_path: Path) -> Iterator[Loader]:
    """Yield a loader for tests that do not depend on the kind of database."""
    with loader(sqlite_url, tmp_path) as found:
        yield found
