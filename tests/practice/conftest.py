"""The practice exports, written once and read back."""

import pytest

from bot.practice import write_exports
from tests.support.practice_reading import Episode, Exports, read


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    return read(write_exports(tmp_path_factory.mktemp("practice")))


@pytest.fixture(scope="session")
def year(exports: Exports) -> list[Episode]:
    """The missing episodes of the two published half-years."""
    return [*exports.of("H2-2016"), *exports.of("H1-2017")]
