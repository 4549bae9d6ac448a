"""The practice exports, written once and read back."""

import pytest

from bot.practice import write_exports
from tests.practice.reading import Exports, read


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    return read(write_exports(tmp_path_factory.mktemp("practice")))
