"""An empty, migrated database, on each of both engines."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from bot.store.database import migrate, open_database


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    migrate(engine)
    yield engine
    engine.dispose()
