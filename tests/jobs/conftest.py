"""A bot with a database, a chat in memory and a clock."""

from collections.abc import Iterator

import pytest

from tests.support.job_scene import Scene, scene


@pytest.fixture
def bot(database_url: str) -> Iterator[Scene]:
    with scene(database_url) as found:
        yield found
