"""The bot is ready when every check holds; each that does not gives its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.rules.delivery.health import (
    KINDS,
    PLATFORMS,
    SKEW_SECONDS,
    STATES,
    TICK_SECONDS,
    HealthReadings,
    checks,
    data,
)
from bot.rules.time.trusted import TOLERANCE, LastTick
from tests.support.factories import NOW, hours, sources

WELL = HealthReadings(skew=0.1, tick_age=3, moves=True, calendar_known=True)
OFF = "the clock is {:+} s off the time that the bot goes by"


def wrong(seen: HealthReadings) -> dict[str, str]:
    return {c.name: c.says for c in checks(seen) if not c.ok}


def test_all_is_well() -> None:
    assert wrong(WELL) == {}
    assert wrong(replace(WELL, last_tick=LastTick(NOW, NOW + TOLERANCE, NOW))) == {}


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (replace(WELL, skew=SKEW_SECONDS), {"clock": "5 s off the database's"}),
        (replace(WELL, tick_age=TICK_SECONDS), {"tick": "no replica has ticked for 90 s"}),
        (replace(WELL, tick_age=None), {"tick": "no replica has ticked yet"}),
        (replace(WELL, moves=False), {"engine": "this replica's engine stands still"}),
        (replace(WELL, last_tick=LastTick(NOW, NOW, NOW - hours(1))), {"time": f"not confirmed: {OFF.format(0)}"}),
        (replace(WELL, last_tick=LastTick(NOW, NOW + hours(1), NOW)), {"time": OFF.format(3600)}),
        (replace(WELL, last_tick=LastTick(NOW, NOW - hours(1), NOW)), {"time": OFF.format(-3600)}),
        (replace(WELL, calendar_known=False), {"calendar": "the next 30 days are not known"}),
    ],
)
def test_what_is_not_so_says_why(seen: HealthReadings, said: dict[str, str]) -> None:
    assert wrong(seen) == said


def test_the_next_to_the_limit_is_well() -> None:
    assert (SKEW_SECONDS, TICK_SECONDS) == (5, 90)
    assert wrong(replace(WELL, skew=4.9, tick_age=89.9)) == {}


def test_what_monitoring_may_see() -> None:
    """Labels are those of a list: nothing of a person can turn up as one."""
    assert {"offline", "slack", "teams", "email", "sms"} == PLATFORMS
    of_people = {"digest", "thread", "close", "reminder", "urgent", "decision", "escalation", "notice", "drill"}
    assert {*of_people, "alarm", "email", "wake"} == KINDS
    assert {"planned", "sending", "sent", "failed", "held", "unknown", "missed", "dropped"} == STATES


def test_health_of_a_source_is_its_age_and_counts() -> None:
    (police,) = [s for s in sources() if s.source == "police"]
    told = data(replace(police, rows=9, rejected=1, unread=2, unread_open=1, rows_before=30), NOW + hours(1))
    assert (told.age, told.rows, told.rejected, told.unread, told.maybe_open) == (3600, 9, 1, 2, 1)
    assert (told.state, told.too_few_rows, told.file_refused) == ("doubt", True, False)
    never = data(replace(police, taken_at=None, refused_at=NOW), NOW)
    assert (never.state, never.age, never.too_few_rows, never.file_refused) == ("never", None, False, True)
