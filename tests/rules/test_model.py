"""An episode is open from its start until, and not at, its end (R2: half-open)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.factories import NOW, episode, hours

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [(NOW - SECOND, False), (NOW, True), (NOW + hours(2) - SECOND, True), (NOW + hours(2), False)],
)
def test_an_episode_is_open_from_its_start_and_not_at_its_end(at: datetime, is_open: bool) -> None:
    assert episode(1, NOW, NOW + hours(2)).open_at(at) is is_open
