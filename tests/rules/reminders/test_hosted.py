"""Reminders of interviews that other authorities owe: the interview coordinator tells them, and asks in time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.access.permissions import Away
from bot.rules.interviews.hosted import TRACKED
from bot.rules.interviews.state import Owners, seen
from bot.rules.interviews.steps import InterviewStep, Kind, standing
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership
from bot.rules.reminders.due import DueReminders, OpenCase, Staff, due, hosted_steps
from bot.rules.time.clock import local_day
from tests.support.factories import at, partnership
from tests.support.factories import episode as recorded
from tests.support.reminding import changed, with_ladder

#: Back on Monday at 15:00, so due on Thursday at 15:00.
BACK = at("Mon 16 Nov 2026 15:00")


def hosted() -> Episode:
    begun = BACK - timedelta(hours=9)
    return recorded(1, begun, BACK, birth=date(2013, 5, 1), worker="W-N01", hosted=True).seen(BACK)


def said(*kinds: Kind) -> list[InterviewStep]:
    when = BACK + timedelta(hours=1)
    return [InterviewStep(n, 1, kind, when, when, "coordinator", detail="child") for n, kind in enumerate(kinds, 1)]


def case(x: Episode, now: datetime, *kinds: Kind, again: bool = False) -> OpenCase:
    i = seen(x, again, now, standing(said(*kinds), now), owners=Owners.among(partnership().people))
    return OpenCase(i, i.standing)


def reminded(now: datetime, *kinds: Kind, again: bool = False, ours: Partnership | None = None) -> DueReminders:
    p = changed(ours)
    return due(case(hosted(), now, *kinds, again=again), Staff(p, {}, ("offline",), now), now)


def steps(found: DueReminders) -> list[tuple[str, str]]:
    return [(n.person.id, n.due_step.step.id) for n in found.nudges]


TELL = [("coordinator", "hosted, tell")]


@pytest.mark.parametrize(
    ("now", "kinds", "wanted"),
    [
        ("Mon 16 Nov 2026 15:01", (), TELL),
        ("Tue 17 Nov 2026 08:31", (), TELL),
        ("Fri 20 Nov 2026 08:31", (), TELL),
        ("Tue 17 Nov 2026 08:31", ("told",), []),
        ("Tue 17 Nov 2026 08:31", ("acknowledged",), []),
        ("Wed 18 Nov 2026 15:01", ("told",), [("coordinator", "hosted, 24 h left")]),
        ("Fri 20 Nov 2026 08:31", ("told",), [("coordinator", "hosted, overdue")]),
        ("Fri 20 Nov 2026 08:31", ("told", "held"), []),
        ("Fri 20 Nov 2026 08:31", ("held",), []),
        ("Fri 20 Nov 2026 08:31", ("declined",), []),
        ("Tue 17 Nov 2026 20:00", (), []),
        ("Sat 21 Nov 2026 10:00", (), []),
    ],
)
def test_who_is_told_of_what(now: str, kinds: tuple[Kind, ...], wanted: list[tuple[str, str]]) -> None:
    assert steps(reminded(at(now), *kinds)) == wanted


def test_while_the_child_is_missing_again_they_are_told_and_not_asked() -> None:
    friday = at("Fri 20 Nov 2026 08:31")
    assert steps(reminded(friday, again=True)) == TELL
    assert steps(reminded(friday, "told", again=True)) == []


def test_an_area_without_a_ladder_has_none_of_it() -> None:
    assert steps(reminded(at("Tue 17 Nov 2026 08:31"), ours=with_ladder())) == []


def test_where_nobody_can_be_reminded_administrators_hear() -> None:
    now = at("Tue 17 Nov 2026 08:31")
    gone = {"coordinator": Away("coordinator", local_day(now), local_day(now), "")}
    found = due(case(hosted(), now), Staff(changed(), gone, ("offline",), now), now)
    assert found.nudges == ()
    assert any("Nobody on duty can be told of return interviews in North" in fault for fault in found.faults)


@given(hours=st.floats(0, 24 * 60), kinds=st.lists(st.sampled_from(["told", "acknowledged", "held"]), max_size=2))
def test_its_owner_is_never_asked_and_after_four_weeks_nobody(hours: float, kinds: list[Kind]) -> None:
    now = BACK + timedelta(hours=2 + hours)
    found, open_case = reminded(now, *kinds), case(hosted(), now, *kinds)
    assert {person for person, _ in steps(found)} <= {"coordinator"}
    limit = open_case.interview.episode.interview.counts_until
    assert limit is not None
    over = now > limit + TRACKED or "held" in kinds
    assert not (over and (found.nudges or hosted_steps(open_case.interview, changed().calendar("north"), now)))
