"""Causes of refusal in words, and when a refused message is tried again."""

from datetime import timedelta
from typing import get_args

from bot.rules.delivery import refused
from bot.rules.delivery.delivery import HELD, TO_DECIDE, WHY_LATE
from tests.support.factories import NOW


def test_it_is_tried_again_at_growing_intervals_with_a_cap() -> None:
    tries, now = [], NOW
    for _ in range(9):
        now = refused.again_at(NOW, now)
        tries.append((now - NOW) / timedelta(minutes=1))
    assert tries == [1, 2, 4, 8, 16, 32, 62, 92, 122]


def test_each_cause_has_words_a_remedy_and_its_place_among_the_reasons() -> None:
    causes = set(get_args(refused.Cause))
    assert causes == set(refused.WHY) == set(refused.REMEDIES)
    assert causes <= set(HELD)
    assert causes <= set(WHY_LATE)
    assert not causes & set(TO_DECIDE)
    assert len(set(refused.WHY.values())) == len(causes)


def test_a_code_that_is_not_known_is_said_as_it_is() -> None:
    assert refused.why("refused", "some_new_code") == "the platform gives the code some_new_code"
    assert refused.why("archived", "is_archived") == "the channel is archived"
