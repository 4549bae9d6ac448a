"""Calls that are made anew after a restore: which of them a database before this one may have made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.escalations.calls import Absence, Call, Raised, Situation
from bot.rules.escalations.repeats import REMEMBERED, Replaced, may_repeat
from tests.support.factories import NOW, episode, hours, partnership

MINUTE = timedelta(minutes=1)
COPIED, RESTORED = NOW, NOW + 40 * MINUTE
GONE = (Replaced(COPIED, RESTORED),)


def tiers(*at: float, rule: str = "special") -> Call:
    """Return a call whose tiers were made so many minutes after NOW, each with 30 minutes to acknowledge."""
    found = []
    for n, minutes in enumerate(at, 1):
        made = NOW + minutes * MINUTE
        found.append(Raised(n, rule, 1, "police", n, "duty_inspector", "police", made, made + 30 * MINUTE))
    return Call(tuple(found))


def repeats(call: Call, missing_hours: float = 2) -> bool:
    x = replace(episode(1, NOW - hours(missing_hours)), id=1)
    s = Situation(NOW + hours(1), [Absence((x.seen(NOW),))])
    r = call.tiers[-1]
    return may_repeat(call, r, r.at, s, partnership(), GONE)


@pytest.mark.parametrize(
    ("at", "marked"),
    [
        ((-5,), False),  # of the copy
        ((41,), True),  # made anew
        ((41, 71), True),  # the other database had time for a second tier, too
        ((41, 71, 101), False),  # but not for a third one
        ((-5, 41), True),  # due while the copy was not in use
        ((15, 45), True),
        ((-5, 41, 71), False),
    ],
)
def test_a_tier_may_repeat_one_that_was_due_before_the_restore(at: tuple[float, ...], marked: bool) -> None:
    assert repeats(tiers(*at)) is marked


def test_a_rule_that_was_met_after_the_restore_called_nobody_before() -> None:
    first = partnership().escalation("open")
    assert first is not None
    assert repeats(tiers(41, rule="open"), missing_hours=first.after_hours)
    assert not repeats(tiers(61, rule="open"), missing_hours=first.after_hours - 1)


def test_a_restore_is_forgotten_after_a_week() -> None:
    week = REMEMBERED / MINUTE
    assert repeats(tiers(40 + week))
    assert not repeats(tiers(41 + week))
