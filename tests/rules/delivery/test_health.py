"""The bot is ready when every check holds; each that does not gives its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.rules.delivery.health import SKEW_SECONDS, TICK_SECONDS, HealthReadings, checks

WELL = HealthReadings(skew=0.1, tick_age=3, moves=True, calendar_known=True)


def wrong(seen: HealthReadings) -> dict[str, str]:
    return {c.name: c.says for c in checks(seen) if not c.ok}


def test_all_is_well() -> None:
    assert wrong(WELL) == {}


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (replace(WELL, skew=SKEW_SECONDS), {"clock": "5 s off the database's"}),
        (replace(WELL, tick_age=TICK_SECONDS), {"tick": "no replica has ticked for 90 s"}),
        (replace(WELL, tick_age=None), {"tick": "no replica has ticked yet"}),
        (replace(WELL, moves=False), {"engine": "this replica's engine stands still"}),
        (replace(WELL, calendar_known=False), {"calendar": "the next 30 days are not known"}),
    ],
)
def test_what_is_not_so_says_why(seen: HealthReadings, said: dict[str, str]) -> None:
    assert wrong(seen) == said
