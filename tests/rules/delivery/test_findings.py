"""Findings of checks: changes of the clocks with the digests on either side, and the state that counts as failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from itertools import islice

import pytest

from bot.rules.delivery.findings import (
    Finding,
    clock_changes,
    failed,
    fault,
    in_sum,
    known_until,
    look,
    of_a_change,
    ok,
)
from bot.rules.partnership.partnership import Channel, Digest
from tests.support.factories import at, partnership

EASTER = date(2027, 3, 28)  # the clocks go forward on Easter Sunday, inside four days on which nobody works
AUTUMN = date(2026, 10, 25)
NORTH = Channel("north", "North", 1, ("north",), Digest(time(7, 45), time(11), "working"))
DAILY = replace(NORTH, id="daily", digest=replace(NORTH.digest, days="every"))


def said(change: date, *channels: Channel) -> list[str]:
    return list(of_a_change(channels, partnership().calendar(), change))


@pytest.mark.parametrize(
    ("now", "changes"),
    [
        ("Tue 24 Nov 2026 12:00", [EASTER, date(2027, 10, 31)]),
        ("Sat 24 Oct 2026 23:59", [AUTUMN, EASTER]),
        ("Sun 25 Oct 2026 12:00", [AUTUMN, EASTER]),
    ],
)
def test_the_next_changes_of_the_clocks(now: str, changes: list[date]) -> None:
    assert list(islice(clock_changes(at(now)), 2)) == changes


def test_digests_keep_their_local_time_and_holidays_are_named() -> None:
    assert said(EASTER, NORTH) == [
        "Sun 28 Mar 2027: the clocks go forward",
        "  north: Tue 23 Mar 07:45 (07:45 UTC), Wed 24 Mar 07:45 (07:45 UTC), Thu 25 Mar 07:45 (07:45 UTC)",
        "    then Tue 30 Mar 07:45 (06:45 UTC), Wed 31 Mar 07:45 (06:45 UTC), Thu 1 Apr 07:45 (06:45 UTC)",
        "    none on Fri 26 Mar, Mon 29 Mar: closed or a bank holiday",
    ]


def test_a_daily_digest_comes_on_the_day_of_the_change_too() -> None:
    assert said(AUTUMN, DAILY) == [
        "Sun 25 Oct 2026: the clocks go back",
        "  daily: Thu 22 Oct 07:45 (06:45 UTC), Fri 23 Oct 07:45 (06:45 UTC), Sat 24 Oct 07:45 (06:45 UTC)",
        "    then Sun 25 Oct 07:45 (07:45 UTC), Mon 26 Oct 07:45 (07:45 UTC), Tue 27 Oct 07:45 (07:45 UTC)",
    ]


def test_channels_at_the_same_time_share_their_lines() -> None:
    alike = replace(NORTH, id="south", digest=replace(NORTH.digest, cutoff=time(12)))
    assert [line for line in said(AUTUMN, NORTH, alike, DAILY) if line.startswith("  ") and line[2] != " "] == [
        said(AUTUMN, NORTH)[1].replace("north", "north, south"),
        said(AUTUMN, DAILY)[1],
    ]


def test_weekends_are_not_named() -> None:
    assert len(said(AUTUMN, NORTH)) == 3  # Tue 20 Oct to Wed 28 Oct, and no bank holiday


def test_bank_holidays_are_known_for_years_or_not_at_all() -> None:
    now = at("Tue 24 Nov 2026 12:00")
    assert known_until(partnership().calendar(), now) == 2036
    assert known_until(replace(partnership().calendar(), holidays=frozenset({date(2027, 1, 1)})), now) == 2027


def test_only_a_fault_fails() -> None:
    fine: list[Finding] = [ok("a", "fine"), look("b", "odd", "see")]
    assert not failed(fine)
    assert failed([*fine, fault("c", "wrong", "mend")])
    assert in_sum([*fine, fault("c", "wrong", "mend")]) == "1 fault, 1 to look at, 1 ok."


def test_where_no_digest_comes_at_all_it_says_none() -> None:
    """A partnership may close every day around the change; its digests of working days are none then."""
    calendar = partnership().calendar()
    every = tuple(AUTUMN + timedelta(days=n) for n in range(-20, 21))
    closed = replace(calendar, hours=replace(calendar.hours, extra_closed=every))
    assert list(of_a_change((NORTH,), closed, AUTUMN)) == [
        "Sun 25 Oct 2026: the clocks go back",
        "  north: none",
        "    then none",
    ]
