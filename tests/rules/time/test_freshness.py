"""Freshness of the sources: a source in doubt is never "ok", and its doubt has a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from bot.rules.model import Confirmed, Freshness
from bot.rules.time.freshness import ADVICE, confirmations, doubts, say, state, usable, warnings
from tests.support.factories import NOW, YESTERDAY, hours

POLICE = Freshness("police", "Police", NOW - hours(1), stale_after_hours=12, refuse_after_hours=24, rows=200)


def source(**changes: Any) -> Freshness:
    return Freshness(**{f: getattr(POLICE, f) for f in POLICE.__dataclass_fields__} | changes)


def everything() -> Iterator[Freshness]:
    """Yield each age of each source with every combination of its doubts."""
    ages = (NOW - hours(1), NOW - hours(13), NOW - hours(25), None)
    left_out, unread, fewer, refused = (0, 3), ((0, 0), (7, 0), (7, 2)), (None, 900), (None, NOW - hours(2))
    for at, name, rejected, (rows, maybe), before, when in product(
        ages, ("police", "children", "interviews"), left_out, unread, fewer, refused
    ):
        yield source(
            source=name,
            taken_at=at,
            rejected=rejected,
            unread=rows,
            unread_open=maybe if name != "children" else 0,
            rows_before=before,
            refused_at=when,
        )


def in_doubt(s: Freshness) -> bool:
    return bool(s.rejected or s.unread or s.rows_before is not None or s.refused_at)


@pytest.mark.parametrize("exact", [True, False])
def test_what_is_in_doubt_is_never_ok_and_said_with_a_number(exact: bool) -> None:
    for s in everything():
        said = say(s, NOW, exact=exact)
        assert bool(doubts(s, NOW)) is in_doubt(s)
        assert (state(s, NOW) == "ok") is said.endswith(", ok")
        if in_doubt(s):
            assert state(s, NOW) != "ok"
            assert not re.search(r"\bok\b", said)
        if s.rejected + s.unread:
            assert f"{s.rejected + s.unread} rows could not be read whole" in said
        if s.rows_before is not None:
            assert "200 rows, the one before 900" in said
        if s.refused_at is not None:
            assert "a newer file could not be used (Wed 5 Jul 06:00)" in said


def test_each_that_is_not_ok_is_warned_of_with_what_to_do_about_its_doubts() -> None:
    for s in everything():
        found = warnings([s], NOW, exact=True)
        assert len(found) == (state(s, NOW) != "ok")
        assert all(line.startswith("⚠ Police: ") for line in found)
        assert any(ADVICE in line for line in found) is in_doubt(s)


def test_how_many_rows_may_hide_a_child_is_exact_or_some_and_never_left_out() -> None:
    for s in everything():
        if s.unread_open:
            assert "2 of which may be a" in say(s, NOW, exact=True)
            assert "some of which may be a" in say(s, NOW)
            assert "2 of which" not in say(s, NOW)
        else:
            assert "may be a" not in say(s, NOW, exact=True)
    assert "a child missing now" in say(source(unread=7, unread_open=2), NOW)
    assert "an interview due" in say(source(source="interviews", unread=7, unread_open=2), NOW)


@pytest.mark.parametrize(
    ("changes", "expected", "said"),
    [
        ({}, "ok", "Police: Wed 5 Jul 07:00, ok"),
        ({"rejected": 1}, "doubt", "Police: Wed 5 Jul 07:00, IN DOUBT: 1 row could not be read whole"),
        (
            {"rejected": 1, "unread": 4, "unread_open": 1},
            "doubt",
            "Police: Wed 5 Jul 07:00, IN DOUBT: 5 rows could not be read whole, 1 of which may be a child missing now",
        ),
        (
            {"rows": 0, "rows_before": 212},
            "doubt",
            "Police: Wed 5 Jul 07:00, IN DOUBT: no rows, the one before 212",
        ),
        (
            {"taken_at": NOW - hours(13), "unread": 2},
            "stale",
            "Police: Tue 4 Jul 19:00, STALE (13 h old), these figures may be low (2 rows could not be read whole)",
        ),
        (
            {"taken_at": NOW - hours(25), "rejected": 2},
            "refused",
            "Police: last received Tue 4 Jul 07:00 (25 h old, limit 24 h): do not read as zero "
            "(2 rows could not be read whole)",
        ),
        ({"taken_at": None}, "never", "Police: NEVER LOADED, do not read as zero"),
        (
            {"taken_at": None, "refused_at": NOW - hours(1)},
            "never",
            "Police: NEVER LOADED, do not read as zero (a newer file could not be used (Wed 5 Jul 07:00))",
        ),
    ],
)
def test_the_words(changes: dict[str, Any], expected: str, said: str) -> None:
    s = source(**changes)
    assert (state(s, NOW), say(s, NOW, exact=True)) == (expected, said)
    assert usable(s, NOW) is (expected in {"ok", "doubt", "stale"})


def test_the_next_digest_has_a_line_of_who_said_that_so_few_rows_are_right() -> None:
    said = Confirmed("lead", NOW - hours(1), 212)
    few = source(rows=0, confirmed=said)
    assert state(few, NOW) == "ok"
    line = "lead said that the newest export of Police is right: 0 rows, 212 before."
    assert confirmations([few, POLICE], YESTERDAY, NOW) == (line,)
    assert confirmations([few], NOW - hours(1), NOW) == (line,)
    assert confirmations([few], YESTERDAY, NOW - hours(1)) == ()
