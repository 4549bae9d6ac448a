"""Messages after a restore and messages that come late: who decides, and the reason that readers are given."""

from __future__ import annotations

from dataclasses import replace
from datetime import time as wall_time
from datetime import timedelta

import pytest

from bot.rules.delivery.delivery import (
    DECIDED_WITHIN,
    FURTHEST,
    RESTORED,
    Delivery,
    digest_slots,
    in_words,
    is_late,
    may_be_there,
    why_late,
)
from bot.rules.delivery.missed_work import EVERY, JITTER, LAPSED, looks, overlooked
from bot.rules.partnership.partnership import Channel, Digest
from bot.rules.time.clock import local_day
from tests.support.factories import NOW, at, hours, partnership

SECOND = timedelta(seconds=1)
DELIVERY = Delivery(
    id=1,
    kind="digest",
    audience="north",
    platform="offline",
    destination="C1",
    slot="2017-07-05",
    state="planned",
    reason="",
    marker="",
    parent_id=None,
    due_at=NOW,
    late_until=None,
    not_before=NOW,
    attempts=0,
    first_attempt_at=None,
    attempted_at=None,
    message_id=None,
    sent_at=None,
    resolved_by=None,
    digest_of_body=None,
    changed_at=None,
    closed_at=None,
    sweeps=0,
    planned_at=NOW,
)


# -- restored from a backup --


@pytest.mark.parametrize(
    ("kind", "due", "may_be"),
    [
        ("digest", -hours(2), True),
        ("digest", -SECOND, True),
        ("digest", timedelta(), True),
        ("digest", SECOND, False),
        ("notice", -hours(1), True),  # the copy had it
        ("notice", -SECOND, False),  # the number of another notice before
        ("escalation", -hours(1), True),
        ("escalation", -SECOND, False),
    ],
)
def test_what_was_due_before_a_restore_may_have_been_sent(kind: str, due: timedelta, may_be: bool) -> None:
    assert may_be_there(kind, NOW + due, NOW, NOW - hours(1)) is may_be


def test_a_person_has_a_week_to_decide() -> None:
    assert timedelta(days=7) == DECIDED_WITHIN
    assert RESTORED == "restored"


# -- late --


def test_late_is_later_than_the_grace() -> None:
    assert not is_late(DELIVERY, NOW + 60 * SECOND, 60)
    assert is_late(DELIVERY, NOW + 61 * SECOND, 60)
    assert not is_late(DELIVERY, NOW - hours(1), 0)


@pytest.mark.parametrize(
    ("delivery", "why"),
    [
        (DELIVERY, ""),
        (replace(DELIVERY, attempts=1), "chat did not take it before"),
        (replace(DELIVERY, attempts=1, reason="privacy"), "who reads here had to be cleared first"),
        (replace(DELIVERY, attempts=1, reason="busy"), "chat did not take it before"),
        (
            replace(DELIVERY, attempts=1, reason="privacy", resolved_by="adm-1"),
            "somebody had to decide whether an earlier attempt had arrived",
        ),
    ],
)
def test_the_reason_for_the_delay(delivery: Delivery, why: str) -> None:
    assert why_late(delivery) == why


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("digest", "The digest for north, due Wed 5 Jul 08:00"),
        ("thread", "A part of the digest for north, due Wed 5 Jul 08:00"),
        ("reminder", "A message (reminder) for north, due Wed 5 Jul 08:00"),
    ],
)
def test_a_message_is_described_without_its_text(kind: str, words: str) -> None:
    assert in_words(replace(DELIVERY, kind=kind), NOW) == words


def test_missed_digests_are_reported_from_a_fortnight_back() -> None:
    channel = Channel("c", "C", 1, ("north",), Digest(wall_time(7, 45), wall_time(11), "every"))
    found = list(digest_slots(channel, partnership().calendar(), NOW - timedelta(days=60), NOW))
    assert found[0].day == local_day(NOW - timedelta(days=14))
    assert timedelta(days=14) == FURTHEST


# -- the auditor's times --


@pytest.mark.parametrize(
    ("last", "now", "said"),
    [
        ("Wed 5 Jul 2017 08:00", "Wed 5 Jul 2017 08:14", False),
        ("Wed 5 Jul 2017 08:14", "Wed 5 Jul 2017 08:15", True),
        ("Wed 5 Jul 2017 08:15", "Wed 5 Jul 2017 08:16", False),
        ("Wed 5 Jul 2017 08:01", "Wed 5 Jul 2017 09:01", True),
    ],
)
def test_the_auditor_looks_on_the_first_tick_of_each_quarter(last: str, now: str, said: bool) -> None:
    assert looks(at(last), at(now)) is said


def test_times_of_the_auditor() -> None:
    assert timedelta(minutes=15) == EVERY
    assert timedelta(minutes=30) == LAPSED
    assert timedelta(minutes=1) == JITTER


def test_a_mark_tells_pieces_of_work_apart_and_names_nobody() -> None:
    one = overlooked("reminder", "OX-2222", 7)
    assert one == overlooked("reminder", "OX-2222", "7")
    assert len({one, overlooked("call", "OX-2222", 7), overlooked("reminder", "OX-2223", 7)}) == 3
    assert len({overlooked("tier", "1", "12").mark, overlooked("tier", "11", "2").mark}) == 2
    assert "OX" not in one.mark
