"""The bench of Teams forges what it says it forges, and the bot refuses it."""

from __future__ import annotations

import random

from tests.bench.teams import _flipped, forged
from tests.support.teams import signing


def test_everything_that_is_forged_is_refused() -> None:
    found = forged(20)
    tried = sum(number for kind, number in found.items() if kind.endswith(": tried"))
    refused = sum(number for kind, number in found.items() if ": answered 4" in kind)
    assert tried == refused > 60
    assert found["calls of the bot to Teams after them"] == found["rows of its trail after them"] == 0


def test_a_changed_token_is_another_one() -> None:
    token, dice = signing.token("https://example.org/"), random.Random(1)
    changed = [_flipped(token, dice) for _ in range(50)]
    assert all(sum(a != b for a, b in zip(token, each, strict=True)) == 1 for each in changed)
    assert all(each.count(".") == 2 for each in changed)
