"""A change of placing authority: after the return, of an open interview, and put right (cases 16, 17, 34)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.episodes.placing import Before, Placing, placing
from bot.rules.model import OURS, UNREAD_AUTHORITY
from tests.support.factories import NOW

named = st.sampled_from([None, "LA-9", "LA-7", UNREAD_AUTHORITY])
readable = st.sampled_from([None, "LA-9", "LA-7"])


def before(placed: Placing, *, returned: bool = True, over: bool = False, known: bool = True) -> Before:
    return Before(placed, known, returned, over)


@pytest.mark.parametrize(
    ("was", "now", "moved"),
    [
        (None, "LA-9", OURS),
        ("LA-9", None, "LA-9"),
        ("LA-9", "LA-7", "LA-9"),
        (None, None, None),
        ("LA-9", "LA-9", None),
        ("LA-9", UNREAD_AUTHORITY, None),
        (None, UNREAD_AUTHORITY, None),
    ],
)
def test_a_change_after_the_return_hands_the_interview_over(
    was: str | None, now: str | None, moved: str | None
) -> None:
    found = placing(now, before(Placing(was)), NOW, known=True)
    assert found == Placing(was if now == UNREAD_AUTHORITY else now, moved, NOW if moved else None)


@given(was=readable, now=named)
def test_while_the_child_is_missing_there_is_nothing_to_hand_over(was: str | None, now: str | None) -> None:
    assert placing(now, before(Placing(was), returned=False), NOW, known=True).moved_at is None


@given(was=readable, now=named)
def test_what_was_not_known_before_is_no_change(was: str | None, now: str | None) -> None:
    for earlier in (None, before(Placing(was), known=False), before(Placing(UNREAD_AUTHORITY))):
        assert placing(now, earlier, NOW, known=True) == Placing(now)


@given(now=named)
def test_an_interview_of_ours_that_is_over_stays_ours(now: str | None) -> None:
    assert placing(now, before(Placing(), over=True), NOW, known=True) == Placing()


def test_a_mistake_put_right_brings_one_back_that_is_long_over() -> None:
    assert placing(None, before(Placing("LA-9"), over=True), NOW, known=True) == Placing()


@given(loads=st.lists(named, min_size=1, max_size=8), first=readable)
def test_whatever_is_loaded_since_the_return_the_first_authority_is_remembered(
    loads: list[str | None], first: str | None
) -> None:
    """Back at the authority of the return there was no change; anywhere else it is the one before."""
    placed, last = Placing(first), first
    changed: datetime | None = None
    for n, each in enumerate(loads):
        now = NOW + timedelta(hours=n)
        placed = placing(each, before(placed), now, known=True)
        if each not in (UNREAD_AUTHORITY, last):
            last, changed = each, now
    assert placed.authority == last
    assert placed.moved_from == (None if last == first else first or OURS)
    assert placed.moved_at == (None if last == first else changed)


def test_a_child_whom_the_file_lacks_for_a_day_has_not_moved() -> None:
    gone = placing(None, before(Placing("LA-9")), NOW, known=False)
    assert placing("LA-9", before(gone), NOW, known=True) == Placing("LA-9")
    assert placing(None, before(gone), NOW, known=True) == Placing()
