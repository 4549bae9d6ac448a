"""What is said of an episode: age bands."""

from __future__ import annotations

import pytest

from bot.rules.status import age_band
from tests.factories import partnership


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (None, "age not known"),
        (0, "0-9"),
        (9, "0-9"),
        (10, "10-12"),
        (17, "16-17"),
    ],
)
def test_an_age_is_a_band_or_not_known(age: int | None, said: str) -> None:
    assert age_band(age, partnership().age_bands) == said
