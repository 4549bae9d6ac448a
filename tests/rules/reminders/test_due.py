"""Reminders reach the right person at the right working moment: none is lost, none comes twice, none at night."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ingest.bank_holidays import by_division
from bot.rules.access.permissions import Away
from bot.rules.partnership.partnership import HeldRole, Partnership, Person, QuietHours, ReminderStep
from bot.rules.reminders.due import RECORD, UNATTENDED, due, is_unheard, of_message, slot_of
from bot.rules.time.clock import interview_due, local_day, say
from tests.support.factories import Recorded, at, episode, hours, interview, partnership
from tests.support.reminding import WORKERS, Reminding, Said, changed, with_hours, with_ladder

#: Days of the long run.
YEAR = int(os.environ.get("BOT_YEAR", "366"))
WORKER = "north-worker"
MANAGER = "north-manager"
EVERY_DAY = QuietHours(time(22), time(7), working_days=())
EVE_CLOSED = QuietHours(time(18), time(8), extra_closed=(date(2026, 12, 24),))
SCOTLAND = QuietHours(time(17), time(9), bank_holidays="scotland")
WEEKEND = QuietHours(time(20), time(10), working_days=("sat", "sun", "mon"))


def back(words: str, area: str = "north", child: int = 1, **facts: object) -> Recorded:
    """Make an episode of a child of an area who came back then, with the area's worker."""
    when = at(words)
    worker = facts.pop("worker", WORKERS.get(area))
    record = interview(when, worker=worker, **facts)  # type: ignore[arg-type]
    return episode(child, when - hours(10), when, birth=None, area=area, interview=record)


def said(log: list[Said]) -> list[tuple[str, str, str]]:
    """Return the time, the kind of message and the step of each reminder."""
    return [(say(s.at), s.kind, s.step) for s in log]


def reminded(x: Recorded, until: str, ours: Partnership | None = None) -> Reminding:
    """Run from the return until then, without any step in chat."""
    start = x.interview.clock_start_at
    assert start
    first = start - timedelta(minutes=start.minute % 15, seconds=start.second)
    return Reminding(ours or partnership(), [x]).run(first, at(until))


def test_an_ordinary_week_climbs_the_ladder_with_one_message_a_day_and_the_urgent_one() -> None:
    found = reminded(back("Mon 16 Nov 2026 15:00"), "Mon 23 Nov 2026 00:00")
    assert said(found.to(WORKER)) == [
        ("Tue 17 Nov 2026 08:30 GMT", "reminder", "offer"),
        ("Wed 18 Nov 2026 08:30 GMT", "reminder", "24 h left"),
        ("Thu 19 Nov 2026 09:00 GMT", "urgent", "6 h left"),
        ("Thu 19 Nov 2026 15:15 GMT", "urgent", "time is over"),
        ("Fri 20 Nov 2026 08:30 GMT", "reminder", "overdue 2026-11-20"),
    ]
    assert said(found.to(MANAGER)) == [said(found.to(WORKER))[n] for n in (2, 4)]
    assert said(found.to("coordinator")) == said(found.to(WORKER))[4:]


def test_due_on_sunday_is_said_on_friday_and_not_at_the_weekend() -> None:
    found = reminded(back("Thu 19 Nov 2026 10:00"), "Mon 23 Nov 2026 12:00")
    assert said(found.to(WORKER)) == [
        ("Fri 20 Nov 2026 08:30 GMT", "reminder", "24 h left"),  # the offer is passed: one line, the more advanced
        ("Fri 20 Nov 2026 14:00 GMT", "urgent", "6 h left"),
        ("Mon 23 Nov 2026 08:30 GMT", "reminder", "overdue 2026-11-23"),
    ]


@pytest.mark.parametrize(
    ("returned", "due", "last"),
    [
        ("Thu 25 Mar 2027 10:00", "Sun 28 Mar 2027 11:00 BST", "Thu 25 Mar 2027 14:00 GMT"),  # four days, clocks
        ("Thu 25 Mar 2027 17:05", "Sun 28 Mar 2027 18:05 BST", "Thu 25 Mar 2027 17:15 GMT"),  # as soon as it is known
        ("Fri 26 Mar 2027 07:59", "Mon 29 Mar 2027 08:59 BST", None),  # no working moment: the digest alone has it
        ("Sat 27 Mar 2027 07:05", "Tue 30 Mar 2027 08:05 BST", "Tue 30 Mar 2027 08:00 BST"),  # all there is
        ("Sat 27 Mar 2027 12:00", "Tue 30 Mar 2027 13:00 BST", "Tue 30 Mar 2027 08:30 BST"),
        ("Fri 20 Nov 2026 08:05", "Mon 23 Nov 2026 08:05 GMT", "Mon 23 Nov 2026 08:00 GMT"),
        ("Sat 24 Oct 2026 10:00", "Tue 27 Oct 2026 09:00 GMT", "Tue 27 Oct 2026 08:30 GMT"),
    ],
)
def test_the_last_nudge_comes_with_time_left_to_act(returned: str, due: str, last: str | None) -> None:
    x = back(returned)
    deadline = interview_due(at(returned))
    assert say(deadline) == due
    found = Reminding(partnership(), [x]).run(at(returned) - timedelta(minutes=at(returned).minute % 15), deadline)
    before = [say(s.at) for s in found.to(WORKER)]
    assert (before[-1] if before else None) == last


def test_an_area_that_works_every_day_is_nudged_on_sunday_and_christmas() -> None:
    ours = with_hours("north", EVERY_DAY)
    found = reminded(back("Thu 24 Dec 2026 10:00"), "Sun 27 Dec 2026 10:00", ours)
    assert said(found.to(WORKER)) == [
        ("Fri 25 Dec 2026 08:30 GMT", "reminder", "offer"),
        ("Sat 26 Dec 2026 08:30 GMT", "reminder", "24 h left"),
        ("Sun 27 Dec 2026 07:00 GMT", "urgent", "6 h left"),  # wanted at 04:00
    ]


def test_christmas_eve_closed_moves_the_last_nudge_to_the_day_before() -> None:
    x = back("Wed 23 Dec 2026 09:00")
    found = reminded(x, "Mon 28 Dec 2026 00:00", with_hours("north", EVE_CLOSED))
    assert say(found.to(WORKER)[-1].at) == "Wed 23 Dec 2026 14:00 GMT"
    open_eve = reminded(x, "Mon 28 Dec 2026 00:00")
    assert say(open_eve.to(WORKER)[-1].at) == "Thu 24 Dec 2026 14:00 GMT"


def test_a_return_known_by_date_alone_is_reminded_from_midnight_and_never_late_before_the_day_is_over() -> None:
    x = back("Mon 16 Nov 2026 00:00", date_only=True)
    found = reminded(x, "Mon 23 Nov 2026 00:00")
    assert said(found.to(WORKER)) == [
        ("Tue 17 Nov 2026 08:30 GMT", "reminder", "offer"),
        ("Wed 18 Nov 2026 08:30 GMT", "reminder", "24 h left"),
        ("Wed 18 Nov 2026 14:00 GMT", "urgent", "6 h left"),
        ("Fri 20 Nov 2026 08:30 GMT", "reminder", "overdue 2026-11-20"),
    ]


def test_what_is_offered_is_not_reminded_of_and_what_is_held_only_of_the_record() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x])
    found.say(x, "offered", WORKER, at("Mon 16 Nov 2026 16:00"))
    found.run(at("Mon 16 Nov 2026 15:00"), at("Wed 18 Nov 2026 12:00"))
    assert [s.step for s in found.log] == ["24 h left"]
    found.say(x, "held", WORKER, at("Wed 18 Nov 2026 12:00"))
    found.run(at("Wed 18 Nov 2026 12:00"), at("Tue 24 Nov 2026 00:00"))
    assert said(found.to(WORKER))[1:] == [
        ("Thu 19 Nov 2026 08:30 GMT", "reminder", "held, not recorded 2026-11-19"),
        ("Fri 20 Nov 2026 08:30 GMT", "reminder", "held, not recorded 2026-11-20"),
        ("Mon 23 Nov 2026 08:30 GMT", "reminder", "held, not recorded 2026-11-23"),
    ]
    assert said(found.to(MANAGER)) == said(found.to(WORKER))[2:]  # from the end of the 72 hours, Thursday 15:00
    assert found.to("coordinator") == []
    found.say(x, "recorded", WORKER, at("Tue 24 Nov 2026 07:00"))
    found.run(at("Tue 24 Nov 2026 00:00"), at("Tue 01 Dec 2026 00:00"))
    assert not [s for s in found.log if s.at >= at("Tue 24 Nov 2026 00:00")]


def test_what_is_offered_ends_the_step_of_the_offer_alone() -> None:
    assert (
        reminded(back("Mon 16 Nov 2026 15:00", offered_at=at("Mon 16 Nov 2026 15:30")), "Wed 18 Nov 2026 00:00").log
        == []
    )


@pytest.mark.parametrize(
    ("returned", "held", "first"),
    [
        ("Mon 16 Nov 2026 15:00", "Mon 16 Nov 2026 16:00", ("Tue 17 Nov 2026 08:30 GMT", "reminder")),
        ("Mon 16 Nov 2026 15:00", "Thu 19 Nov 2026 08:10", ("Thu 19 Nov 2026 13:00 GMT", "urgent")),  # just held
        ("Mon 16 Nov 2026 15:00", "Thu 19 Nov 2026 10:00", ("Thu 19 Nov 2026 13:00 GMT", "urgent")),  # two hours left
        ("Mon 16 Nov 2026 15:00", "Thu 19 Nov 2026 14:30", ("Thu 19 Nov 2026 14:30 GMT", "urgent")),
        ("Mon 16 Nov 2026 15:00", "Thu 19 Nov 2026 16:00", ("Fri 20 Nov 2026 08:30 GMT", "reminder")),  # held late
        ("Thu 19 Nov 2026 10:00", "Fri 20 Nov 2026 11:00", ("Fri 20 Nov 2026 16:00 GMT", "urgent")),  # due on Sunday
        ("Thu 19 Nov 2026 10:00", "Sat 21 Nov 2026 11:00", ("Mon 23 Nov 2026 08:30 GMT", "reminder")),
    ],
)
def test_the_worker_is_told_to_record_it_before_the_72_hours_end(
    returned: str, held: str, first: tuple[str, str]
) -> None:
    x = back(returned, held_at=at(held))
    found = Reminding(episodes=[x]).run(at(held) + timedelta(minutes=-at(held).minute % 15), at(held) + hours(72))
    told = found.to(WORKER)[0]
    assert (say(told.at), told.kind) == first
    assert {s.nudge.due_step.step.id for s in found.log} == {RECORD}


def test_the_word_to_record_goes_on_while_the_child_is_missing_again_and_stops_with_the_export() -> None:
    x = back("Mon 16 Nov 2026 15:00", held_at=at("Mon 16 Nov 2026 17:00"))
    found = Reminding(episodes=[x], missing=lambda now: {x.child_id})
    found.run(at("Mon 16 Nov 2026 15:00"), at("Wed 18 Nov 2026 12:00"))
    assert [f"{s.at:%a}" for s in found.to(WORKER)] == ["Tue", "Wed"]
    found.episodes = [replace(x, interview=replace(x.interview, recorded_at=at("Wed 18 Nov 2026 11:00")))]
    assert found.run(at("Wed 18 Nov 2026 12:00"), at("Tue 24 Nov 2026 00:00")).to(WORKER)[2:] == []


def test_a_word_on_holding_it_is_none_on_recording_it_and_one_talk_for_two_is_asked_for_once() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x]).run(at("Thu 19 Nov 2026 08:00"), at("Thu 19 Nov 2026 10:00"))
    assert said(found.to(WORKER))[-1] == ("Thu 19 Nov 2026 09:00 GMT", "urgent", "6 h left")
    found.episodes = [replace(x, interview=replace(x.interview, held_at=at("Wed 18 Nov 2026 10:00")))]  # known late
    found.run(at("Thu 19 Nov 2026 10:00"), at("Fri 20 Nov 2026 00:00"))
    assert said(found.to(WORKER))[-1] == ("Thu 19 Nov 2026 10:00 GMT", "urgent", "held, not recorded 2026-11-19")
    first = back("Mon 16 Nov 2026 15:00")
    second = replace(back("Tue 17 Nov 2026 15:00", child=2), child_id=first.child_id, child_ref=first.child_ref)
    pair = Reminding(episodes=[first, second])
    pair.say(first, "merged", WORKER, at("Tue 17 Nov 2026 16:00"), to=str(second.id))
    pair.say(second, "held", WORKER, at("Tue 17 Nov 2026 17:00"))
    pair.run(at("Tue 17 Nov 2026 17:00"), at("Wed 18 Nov 2026 12:00"))
    assert [s.nudge.interview.episode.id for s in pair.to(WORKER)] == [first.id]


def test_a_later_step_of_the_ladder_does_not_pass_the_record_over() -> None:
    ours = with_ladder(ReminderStep("day after", 96, ("allocated_worker",)))
    x = back("Mon 16 Nov 2026 10:00")
    found = Reminding(ours, [x]).run(at("Mon 16 Nov 2026 10:00"), at("Mon 23 Nov 2026 09:00"))
    assert [s.step for s in found.log] == ["day it is due", "time is over", "day after"]
    found.say(x, "held", WORKER, at("Mon 23 Nov 2026 09:00"))
    found.run(at("Mon 23 Nov 2026 09:00"), at("Wed 25 Nov 2026 00:00"))
    assert [s.step for s in found.to(WORKER)][3:] == ["held, not recorded 2026-11-24"]


def test_an_export_without_times_of_recording_asks_only_of_what_was_held_in_chat_alone() -> None:
    exported = back("Mon 16 Nov 2026 15:00", held_at=at("Mon 16 Nov 2026 17:00"))
    typed = back("Mon 16 Nov 2026 15:00", child=2)
    found = Reminding(episodes=[exported, typed], record_times=False)
    found.say(typed, "held", WORKER, at("Mon 16 Nov 2026 17:00"))
    found.run(at("Mon 16 Nov 2026 17:00"), at("Wed 18 Nov 2026 12:00"))
    assert [s.nudge.interview.episode.id for s in found.log] == [typed.id, typed.id]
    found.episodes[1] = replace(typed, interview=replace(typed.interview, held_at=at("Mon 16 Nov 2026 17:00")))
    assert found.run(at("Wed 18 Nov 2026 12:00"), at("Tue 24 Nov 2026 00:00")).log[2:] == []


def test_the_unrecorded_without_an_owner_goes_to_duty_and_the_forgotten_once_a_week_to_the_manager() -> None:
    unowned = back("Mon 16 Nov 2026 15:00", worker=None, held_at=at("Mon 16 Nov 2026 17:00"))
    found = Reminding(episodes=[unowned]).run(at("Tue 17 Nov 2026 00:00"), at("Wed 18 Nov 2026 00:00"))
    assert [(s.person, s.nudge.to.part) for s in found.log] == [("coordinator", "duty")]
    old = back("Mon 05 Oct 2026 15:00", held_at=at("Tue 06 Oct 2026 15:00"))
    weekly = Reminding(episodes=[old]).run(at("Mon 09 Nov 2026 00:00"), at("Mon 30 Nov 2026 00:00"), hours(0.5))
    assert [(s.person, s.step) for s in weekly.log] == [
        (MANAGER, f"held, not recorded 2026-W{n}") for n in (46, 47, 48)
    ]
    silent = Reminding(with_ladder(), [back("Mon 16 Nov 2026 15:00", held_at=at("Mon 16 Nov 2026 17:00"))])
    assert silent.run(at("Tue 17 Nov 2026 00:00"), at("Tue 24 Nov 2026 00:00")).log == []


def test_declined_ends_reminders_once_the_carer_was_contacted_and_a_changed_mind_begins_them_again() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x])
    found.say(x, "offered", WORKER, at("Mon 16 Nov 2026 16:00"))
    found.say(x, "declined", WORKER, at("Mon 16 Nov 2026 16:00"))
    assert [s.step for s in found.run(at("Wed 18 Nov 2026 08:00"), at("Wed 18 Nov 2026 09:00")).log] == ["24 h left"]
    found.say(x, "carer_contacted", WORKER, at("Wed 18 Nov 2026 10:00"))
    assert len(found.run(at("Wed 18 Nov 2026 10:00"), at("Tue 24 Nov 2026 00:00")).log) == 1
    found.say(x, "accepted", WORKER, at("Tue 24 Nov 2026 08:00"))
    assert (
        found.run(at("Tue 24 Nov 2026 08:00"), at("Tue 24 Nov 2026 09:00")).to(WORKER)[-1].step == "overdue 2026-11-24"
    )


@pytest.mark.parametrize("kind", ["not_possible", "recorded"])
def test_what_closes_an_interview_in_chat_ends_its_reminders_until_it_is_opened_again(kind: str) -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x])
    found.say(x, kind, WORKER, at("Mon 16 Nov 2026 16:00"))  # type: ignore[arg-type]
    assert found.run(at("Mon 16 Nov 2026 16:00"), at("Wed 18 Nov 2026 08:00")).log == []
    found.say(x, "reopened", WORKER, at("Wed 18 Nov 2026 08:00"))
    assert [s.step for s in found.run(at("Wed 18 Nov 2026 08:00"), at("Wed 18 Nov 2026 09:00")).to(WORKER)] == [
        "24 h left"
    ]


def test_a_hosted_child_or_a_closed_record_reminds_nobody() -> None:
    closed = back("Mon 16 Nov 2026 15:00", held_at=at("Tue 17 Nov 2026 08:00"), recorded_at=at("Tue 17 Nov 2026 08:00"))
    hosted = replace(back("Mon 16 Nov 2026 15:00"), hosted=True)
    found = Reminding(episodes=[closed, hosted]).run(at("Tue 17 Nov 2026 08:00"), at("Tue 24 Nov 2026 00:00"))
    assert found.log == []


def test_reminders_pause_while_the_child_is_missing_again_and_on_return_say_only_where_it_stands() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    gone, home = at("Tue 17 Nov 2026 07:00"), at("Mon 23 Nov 2026 09:10")
    found = Reminding(episodes=[x], missing=lambda now: {x.child_id} if gone <= now < home else set())
    found.run(at("Mon 16 Nov 2026 15:00"), at("Tue 24 Nov 2026 00:00"))
    assert said(found.to(WORKER)) == [("Mon 23 Nov 2026 09:15 GMT", "reminder", "overdue 2026-11-23")]


def test_after_an_outage_only_the_most_advanced_step_is_said_and_those_before_it_do_not_follow() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x])
    found.run(at("Thu 19 Nov 2026 12:00"), at("Thu 26 Nov 2026 00:00"))
    assert said(found.to(WORKER))[:3] == [
        ("Thu 19 Nov 2026 12:00 GMT", "urgent", "6 h left"),
        ("Thu 19 Nov 2026 15:15 GMT", "urgent", "time is over"),
        ("Fri 20 Nov 2026 08:30 GMT", "reminder", "overdue 2026-11-20"),
    ]
    assert {s.step for s in found.to(WORKER)} & {"offer", "24 h left"} == set()


def test_what_is_forgotten_is_said_once_a_week_to_the_last_of_the_ladder_alone() -> None:
    x = back("Mon 05 Oct 2026 15:00")
    found = Reminding(episodes=[x]).run(at("Mon 09 Nov 2026 00:00"), at("Mon 30 Nov 2026 00:00"), hours(0.5))
    assert {s.person for s in found.log} == {"coordinator"}
    assert [s.step for s in found.log] == ["overdue 2026-W46", "overdue 2026-W47", "overdue 2026-W48"]
    assert {f"{s.at:%a}" for s in found.log} == {"Mon"}


@pytest.mark.parametrize("worker", [None, "W-X99"])
def test_nobody_s_interview_goes_to_the_duty_list_with_the_first_message(worker: str | None) -> None:
    found = reminded(back("Mon 16 Nov 2026 15:00", worker=worker), "Wed 18 Nov 2026 12:00")
    assert said(found.log) == [
        ("Mon 16 Nov 2026 15:00 GMT", "reminder", "no owner"),
        ("Tue 17 Nov 2026 08:30 GMT", "reminder", "offer"),
        ("Wed 18 Nov 2026 08:30 GMT", "reminder", "24 h left"),
    ]
    assert {(s.person, s.nudge.to.part) for s in found.log} == {("coordinator", "duty")}
    assert found.faults == []


def people(*others: Person, **changes: dict[str, object]) -> Partnership:
    """Return the practice partnership with people changed by name and others added."""
    ours = partnership()
    kept = tuple(replace(p, **changes.get(p.id.replace("-", "_"), {})) for p in ours.people)  # type: ignore[arg-type]
    return ours.with_people((*kept, *others))


def test_a_worker_who_left_or_may_no_longer_update_is_not_told_and_duty_is() -> None:
    left = reminded(back("Mon 16 Nov 2026 15:00"), "Tue 17 Nov 2026 12:00", people(north_worker={"active": False}))
    assert {s.person for s in left.log} == {"coordinator"}
    ended = people(north_worker={"expires": date(2026, 11, 1)})
    found = reminded(back("Mon 16 Nov 2026 15:00"), "Tue 17 Nov 2026 12:00", ended)
    assert {(s.person, s.nudge.to.part) for s in found.log} == {("coordinator", "duty")}
    assert set(found.faults) == {
        "north-worker may not update interviews that are theirs, so others are reminded in their place: "
        "check their roles."
    }


def test_who_accepted_a_hand_over_is_reminded_whoever_the_record_names() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x])
    found.say(x, "handed_over", WORKER, at("Mon 16 Nov 2026 16:00"), to="south-worker")
    found.run(at("Tue 17 Nov 2026 08:00"), at("Tue 17 Nov 2026 12:00"))
    assert [s.person for s in found.log] == [WORKER]  # nobody has accepted it yet
    found.say(x, "took_over", "south-worker", at("Tue 17 Nov 2026 12:00"))
    found.run(at("Tue 17 Nov 2026 12:00"), at("Wed 18 Nov 2026 12:00"))
    assert said(found.to("south-worker")) == [
        ("Tue 17 Nov 2026 12:00 GMT", "reminder", "offer"),
        ("Wed 18 Nov 2026 08:30 GMT", "reminder", "24 h left"),
    ]
    assert len(found.to(WORKER)) == 1


AWAY = Away(WORKER, date(2026, 11, 16), date(2026, 11, 18), cover=MANAGER)


def test_who_is_away_is_covered_and_is_told_when_they_are_back() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x], absences=[AWAY]).run(at("Mon 16 Nov 2026 15:00"), at("Thu 19 Nov 2026 08:45"))
    assert [(s.person, s.step, s.nudge.to.part) for s in found.log] == [
        (MANAGER, "offer", "cover"),
        (MANAGER, "24 h left", "cover"),
        (WORKER, "24 h left", "owner"),
    ]
    assert found.log[0].nudge.to.instead_of == AWAY


@pytest.mark.parametrize("cover", ["", "nobody-1", "analyst", "south-worker", WORKER])
def test_a_cover_who_is_not_there_or_may_not_see_the_case_is_passed_over_for_duty(cover: str) -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x], absences=[replace(AWAY, cover=cover)])
    found.run(at("Tue 17 Nov 2026 08:00"), at("Tue 17 Nov 2026 12:00"))
    assert [(s.person, s.nudge.to.part) for s in found.log] == [("coordinator", "duty")]
    assert found.log[0].nudge.to.instead_of


def test_administrators_hear_where_nobody_is_on_duty_or_a_role_is_vacant() -> None:
    unowned = back("Mon 16 Nov 2026 15:00", worker=None)
    found = reminded(unowned, "Tue 17 Nov 2026 12:00", changed(roles={}))
    assert found.log == []
    assert any(f.startswith("Nobody on duty can be told of return interviews in North: ") for f in found.faults)
    gone = people(north_manager={"active": False})
    late = reminded(back("Mon 16 Nov 2026 15:00"), "Thu 19 Nov 2026 12:00", gone)
    assert [s.person for s in late.log if s.step == "6 h left"] == [WORKER]
    assert any(f.startswith("Nobody holds the role team manager in North") for f in late.faults)
    assert not any("OX-" in f for f in (*found.faults, *late.faults))


def test_who_cannot_be_reached_anywhere_is_not_silently_told_nothing() -> None:
    found = Reminding(episodes=[back("Mon 16 Nov 2026 15:00")], platforms=["slack"])
    found.run(at("Tue 17 Nov 2026 08:00"), at("Tue 17 Nov 2026 12:00"))
    assert found.log == []
    assert "north-worker cannot be reached on any platform, so others are reminded in their place." in found.faults


def test_a_snooze_postpones_the_snoozer_s_own_reminder_and_comes_back_just_then() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x]).run(at("Mon 16 Nov 2026 15:00"), at("Tue 17 Nov 2026 09:00"))
    found.say(x, "snoozed", WORKER, at("Tue 17 Nov 2026 09:00"), until_at=at("Tue 17 Nov 2026 14:00"))
    found.run(at("Tue 17 Nov 2026 09:00"), at("Wed 18 Nov 2026 00:00"))
    assert said(found.log)[1:] == [("Tue 17 Nov 2026 14:00 GMT", "urgent", "again 1")]


def test_a_snooze_never_outlasts_the_last_working_moment_and_changes_nobody_else_s_reminders() -> None:
    x = back("Thu 19 Nov 2026 10:00")
    found = Reminding(episodes=[x])
    found.say(x, "snoozed", WORKER, at("Thu 19 Nov 2026 11:00"), until_at=at("Tue 24 Nov 2026 10:00"))
    found.run(at("Thu 19 Nov 2026 11:00"), at("Sat 21 Nov 2026 00:00"))
    assert said(found.to(WORKER)) == [("Fri 20 Nov 2026 16:00 GMT", "urgent", "6 h left")]
    assert said(found.to(MANAGER)) == [("Fri 20 Nov 2026 14:00 GMT", "urgent", "6 h left")]


def test_a_manager_s_own_snooze_may_outlast_the_deadline() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x])
    found.say(x, "snoozed", MANAGER, at("Tue 17 Nov 2026 09:00"), until_at=at("Mon 23 Nov 2026 08:00"))
    found.run(at("Tue 17 Nov 2026 09:00"), at("Mon 23 Nov 2026 12:00"))
    assert said(found.to(MANAGER)) == [("Mon 23 Nov 2026 08:30 GMT", "reminder", "overdue 2026-11-23")]
    assert "6 h left" in [s.step for s in found.to(WORKER)]


def test_on_it_pauses_what_is_not_urgent_until_it_ends_without_an_attempt() -> None:
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(episodes=[x])
    found.say(x, "on_it", WORKER, at("Tue 17 Nov 2026 08:10"), until_at=at("Wed 18 Nov 2026 08:10"))
    found.run(at("Tue 17 Nov 2026 08:15"), at("Thu 19 Nov 2026 12:00"))
    assert said(found.to(WORKER)) == [
        ("Wed 18 Nov 2026 08:30 GMT", "reminder", "24 h left"),
        ("Thu 19 Nov 2026 09:00 GMT", "urgent", "6 h left"),
    ]
    tried = Reminding(episodes=[x], told=[t for t in found.told if t.slot == "24 h left"])
    tried.say(x, "on_it", WORKER, at("Wed 18 Nov 2026 09:00"), until_at=at("Thu 19 Nov 2026 08:00"))
    again = Reminding(episodes=[x], told=list(tried.told), steps=list(tried.steps))
    assert [s.step for s in again.run(at("Thu 19 Nov 2026 08:00"), at("Thu 19 Nov 2026 08:45")).log] == ["again 1"]
    tried.say(x, "attempt", WORKER, at("Wed 18 Nov 2026 10:00"))
    assert tried.run(at("Thu 19 Nov 2026 08:00"), at("Thu 19 Nov 2026 08:45")).log == []


def test_on_it_does_not_silence_the_last_working_moment_either() -> None:
    x = back("Thu 19 Nov 2026 10:00")
    calm = with_ladder(ReminderStep("day left", 48, ("allocated_worker",)))
    found = Reminding(calm, [x])
    found.say(x, "on_it", WORKER, at("Fri 20 Nov 2026 08:10"), until_at=at("Mon 23 Nov 2026 08:10"))
    found.run(at("Fri 20 Nov 2026 08:15"), at("Mon 23 Nov 2026 00:00"))
    assert said(found.log) == [("Fri 20 Nov 2026 16:00 GMT", "urgent", "day left")]


def test_another_time_of_return_is_another_deadline_and_is_said_anew() -> None:
    first = back("Mon 16 Nov 2026 15:00")
    found = reminded(first, "Tue 17 Nov 2026 12:00")
    later = interview(at("Tue 17 Nov 2026 15:00"), worker="W-N01")
    found.episodes = [replace(first, interview=later)]
    found.run(at("Tue 17 Nov 2026 15:00"), at("Wed 18 Nov 2026 12:00"))
    assert [s.step for s in found.to(WORKER)] == ["offer", "offer"]
    assert found.log[0].nudge.deadline != found.log[1].nudge.deadline


def test_an_area_that_begins_later_has_its_message_at_its_own_time() -> None:
    ours = with_hours("south", QuietHours(time(18), time(10)))
    ours = ours.with_people((*ours.people, replace(ours.people[2], id="both-1", areas=("north", "south"))))
    found = Reminding(ours, [back("Mon 16 Nov 2026 09:00", "north"), back("Mon 16 Nov 2026 09:00", "south", 2)])
    found.run(at("Fri 20 Nov 2026 00:00"), at("Sat 21 Nov 2026 00:00"))
    assert [(say(s.at), s.slot) for s in found.to("both-1")] == [
        ("Fri 20 Nov 2026 08:30 GMT", "2026-11-20"),
        ("Fri 20 Nov 2026 10:00 GMT", "2026-11-20 10:00"),
    ]


# -- for any return, calendar, ladder, absence and outage --------------------------------------------------------------

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
HOURS = st.sampled_from([partnership().quiet_hours, EVERY_DAY, EVE_CLOSED, SCOTLAND, WEEKEND])
#: Noon of the last working day before a bank holiday of England and Wales, 2024 to 2029.
BEFORE_HOLIDAYS = [
    datetime.combine(partnership().calendar().last_day(day), time(12), UTC)
    for day in (date(2024, 1, 1) + timedelta(days=n) for n in range(6 * 365))
    if day in by_division()["england-and-wales"]
]
TIMES = st.sampled_from([time(8, 30), time(7), time(11), time(16)])
LADDERS = st.lists(
    st.tuples(st.sampled_from([0.0, 6.0, 24.0, 48.0, 60.0, 66.0, 71.0]), st.booleans()), min_size=1, max_size=4
)


def may_be_told(ours: Partnership, s: Said) -> bool:
    """Return True in working hours, and in those of the duty role for what runs out before anybody works."""
    calendar = ours.calendar(s.nudge.interview.episode.area)
    of_duty = s.nudge.due_step.step.id == UNATTENDED.id and s.nudge.to.part == "duty"
    return calendar.speaks(s.at) if not of_duty else calendar.duty_speaks(s.at)


def partnership_of(hours_: QuietHours, at_: time, ladder: list[tuple[float, bool]]) -> Partnership:
    steps = [ReminderStep(f"s{n}", h, ("allocated_worker",), urgent=urgent) for n, (h, urgent) in enumerate(ladder)]
    last = ReminderStep("overdue", 72, ("allocated_worker", "team_manager"), repeat_daily=True)
    delivering = replace(partnership().delivery, reminder_time=at_)
    return with_ladder(*steps, last, ours=with_hours("north", hours_, changed(delivery=delivering)))


@settings(max_examples=60, deadline=None)
@given(MOMENTS, HOURS, TIMES, LADDERS, st.integers(0, 200), st.booleans())
def test_before_every_deadline_somebody_is_told_while_there_is_time_and_nobody_outside_working_hours(
    returned: datetime, hours_: QuietHours, at_: time, ladder: list[tuple[float, bool]], wait: int, on_it: bool
) -> None:
    """If the bot ticks in a working moment between return and deadline, the owner is told at such a moment.

    This holds while the owner can be reached. The last reminder is not after the last working moment, and no step
    comes twice. A worker's snooze or "I'm on it" changes none of it.
    """
    returned = returned.replace(minute=0, second=0, microsecond=0)
    ours = partnership_of(hours_, at_, ladder)
    x = episode(1, returned - hours(5), returned, birth=None, area="north", worker="W-N01")
    deadline, calendar = interview_due(returned), ours.calendar("north")
    found = Reminding(ours, [x])
    begun = returned + wait * timedelta(minutes=15)
    found.say(x, "on_it" if on_it else "snoozed", WORKER, begun, until_at=begun + hours(90))
    found.run(returned, deadline + hours(24 * 7))
    assert all(may_be_told(ours, s) for s in found.log)
    ticks = [returned + n * timedelta(minutes=15) for n in range(72 * 4)]
    before = [s.at for s in found.to(WORKER) if s.at < deadline]
    assert bool(before) is any(calendar.speaks(t) for t in ticks)
    assert all(moment < calendar.last_moment(deadline) for moment in before)
    assert all(len([s for s in of_day if s.kind == "reminder"]) <= 1 for of_day in found.days(WORKER).values())


@settings(max_examples=25, deadline=None)
@given(MOMENTS, HOURS, st.lists(st.tuples(st.integers(0, 500), st.integers(1, 200)), max_size=6))
def test_no_outage_loses_a_step_or_doubles_one(
    returned: datetime, hours_: QuietHours, outages: list[tuple[int, int]]
) -> None:
    """After two working days without outages, reminders are as if there had been no outage before."""
    returned = returned.replace(minute=0, second=0, microsecond=0)
    ours = with_hours("north", hours_)
    x = episode(1, returned - hours(5), returned, birth=None, area="north", worker="W-N01")
    down = {n for first, length in outages for n in range(first, first + length)}
    half = hours(0.5)
    found, calm = (Reminding(ours, [x]).run(returned, returned + hours(24 * 20), half, d) for d in (down, ()))
    calendar, run_again = ours.calendar("north"), returned + (max(down, default=0) + 1) * half
    second = calendar.next_day(calendar.next_day(local_day(run_again)))
    for person in (WORKER, MANAGER, "coordinator"):
        late, usual = ([s.step for s in f.to(person) if local_day(s.at) > second] for f in (found, calm))
        assert late == usual
        highest = [max(s.nudge.due_step.step.hours for s in f.to(person)) for f in (found, calm)]
        assert highest == [72, 72]


HELD = st.lists(
    st.tuples(
        st.integers(0, 24 * 12),  # returned, hours into the month
        st.integers(1, 2 * 100),  # held, half-hours after
        st.one_of(st.none(), st.integers(1, 24 * 20)),  # recorded, hours after that
        st.booleans(),  # said in chat, or in the export
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=40, deadline=None)
@given(MOMENTS, HOURS, TIMES, HELD)
def test_in_a_month_no_held_interview_stays_unrecorded_without_a_word_in_time_and_each_working_day(
    begins: datetime, hours_: QuietHours, at_: time, held_: list[tuple[int, int, int | None, bool]]
) -> None:
    """Until it is recorded the worker is told before the 72 hours end, where a working moment is left, and each
    working day; from the day after them the manager too. Nobody is told once it is recorded, or outside their hours.
    """
    begins = begins.replace(minute=0, second=0, microsecond=0)
    ours = partnership_of(hours_, at_, [(48.0, False)])
    found, calendar, until, half = Reminding(ours), ours.calendar("north"), begins + hours(24 * 31), hours(0.5)
    moments: dict[int, tuple[datetime, datetime, datetime]] = {}
    for n, (returned, after, recorded, said_in_chat) in enumerate(held_, 1):
        home = begins + hours(returned)
        held = home + after * half
        written = until if recorded is None else held + hours(recorded)
        export = {"held_at": held, "recorded_at": None if recorded is None else written}
        record = interview(home, worker="W-N01", **({} if said_in_chat else export))  # type: ignore[arg-type]
        x = episode(n, home - hours(5), home, birth=None, area="north", interview=record)
        found.episodes.append(x)
        if said_in_chat:
            found.say(x, "held", WORKER, held)
            if recorded is not None:
                found.say(x, "recorded", WORKER, written)
        moments[x.id] = (held, interview_due(home), written)
    found.run(begins, until, half)
    told = [s for s in found.log if s.nudge.due_step.step.id == RECORD]
    assert all(calendar.speaks(s.at) for s in told)
    for of_day in found.days(WORKER).values():
        assert len({s.at for s in of_day if s.kind == "reminder"}) <= 1
    for number, (held, deadline, written) in moments.items():
        words = [s for s in told if s.nudge.interview.episode.id == number]
        mine, managers = ([s.at for s in words if s.person == who] for who in (WORKER, MANAGER))
        everything = [s.at for s in found.log if s.nudge.interview.episode.id == number]
        assert all(held <= s.at < written for s in words)
        assert all(moment < written for moment in everything)
        ticks = (held + n * half for n in range(72 * 2))
        if written >= deadline and any(calendar.speaks(t) for t in ticks if t < deadline):
            assert any(moment < deadline for moment in mine)
        assert len({local_day(moment) for moment in mine}) == len(mine)
        day = calendar.next_day(local_day(held))
        while calendar.closes(day) <= min(written, until):
            assert local_day(calendar.opens(day)) in {local_day(moment) for moment in mine}
            assert (day in {local_day(moment) for moment in managers}) is (deadline < calendar.opens(day))
            day = calendar.next_day(day)


def test_a_year_of_ticks_with_outages_says_every_breach_each_working_day_and_nothing_at_night() -> None:
    """In the normal run, its first months: they have New Year in two nations, Easter and a change of the clock."""
    ours = with_hours("south", SCOTLAND, with_hours("disability", EVERY_DAY))
    first = at("Fri 01 Jan 2027 00:00")
    found, down = Reminding(ours), set()
    areas = ("north", "south", "disability", "central")
    for n in range(YEAR * 8 // 25):  # one every three days, at every hour of the week; each is held after some days
        returned = first + timedelta(hours=73 * n + n % 7)
        held = returned + timedelta(hours=(20, 50, 71, 100, 190)[n % 5])
        record = interview(returned, worker=WORKERS.get(areas[n % 4]), held_at=held, recorded_at=held)
        found.episodes.append(
            episode(n + 1, returned - hours(9), returned, birth=None, area=areas[n % 4], interview=record)
        )
    for n in range(0, YEAR * 96, 701):
        down |= set(range(n, n + n % 97))
    found.run(first, first + timedelta(days=YEAR), down=down)
    assert all(may_be_told(ours, s) for s in found.log)
    spoken = {(s.person, s.nudge.interview.episode.id, s.step) for s in found.log}
    assert len(spoken) == len(found.log)
    for x in found.episodes:
        calendar, i = ours.calendar(x.area), x.interview
        assert i.clock_start_at
        assert i.held_at
        deadline = interview_due(i.clock_start_at)
        told = [s.at for s in found.log if s.nudge.interview.episode.id == x.id]
        up = [
            moment
            for n in range(int((i.held_at - first) / timedelta(minutes=15)) + 1)
            if i.clock_start_at <= (moment := first + n * timedelta(minutes=15)) < i.held_at
            and n not in down
            and calendar.speaks(moment)
        ]
        late = {local_day(m) for m in up if m > deadline and m >= calendar.moment_of(local_day(m), time(8, 30))}
        late -= {local_day(deadline)}
        assert late <= {local_day(t) for t in told}
        if i.held_at >= deadline and any(m <= calendar.latest(deadline) and m >= deadline - hours(6) for m in up):
            assert any(t < deadline for t in told)


def test_a_reminder_that_comes_up_as_the_day_s_message_is_sent_is_in_it_however_urgent() -> None:
    """After an outage until 08:45 one message says both: the step of the night and the urgent one of 08:40."""
    urgent, offer = back("Mon 16 Nov 2026 14:40"), back("Wed 18 Nov 2026 07:00", child=2)
    now = at("Thu 19 Nov 2026 08:45")
    found = Reminding(episodes=[urgent, offer])
    (message,) = [m for m in found.tick(now) if m.person.id == WORKER]
    assert message.kind == "reminder"
    assert {(n.interview.episode.id, n.due_step.step.id) for n in message.nudges} == {
        (urgent.id, "6 h left"),
        (offer.id, "offer"),
    }
    assert message.late_until == at("Thu 19 Nov 2026 18:00")


def test_a_vacant_role_is_told_when_its_step_is_reached_and_not_before() -> None:
    ours = with_ladder(ReminderStep("half", 36, ("independent_reviewing_officer",)))
    x = back("Mon 16 Nov 2026 15:00")
    early = Reminding(ours, [x]).run(at("Mon 16 Nov 2026 15:00"), at("Tue 17 Nov 2026 18:00"))
    assert early.faults == []
    late = Reminding(ours, [x]).run(at("Mon 16 Nov 2026 15:00"), at("Wed 18 Nov 2026 12:00"))
    assert set(late.faults) == {
        "Nobody holds the role independent reviewing officer in North, so nobody is reminded there as such. "
        "Name somebody under [roles], or with the verb people."
    }


def test_a_case_handed_over_to_a_worker_with_a_further_role_is_theirs() -> None:
    """The area of the further role does not reach it; the role by which it is their own case does."""
    both = Person("w-9", "council", "team_manager", ("south",), also=(HeldRole("allocated_worker", ("south",)),))
    ours = changed(people=(*partnership().people, both))
    x = back("Mon 16 Nov 2026 15:00")
    found = Reminding(ours, [x])
    found.say(x, "took_over", "w-9", at("Mon 16 Nov 2026 16:00"))
    found.run(at("Mon 16 Nov 2026 15:00"), at("Tue 17 Nov 2026 12:00"))
    assert [s.person for s in found.log] == ["w-9"]


def test_a_planned_message_is_sent_with_the_reminders_of_its_person_kind_and_slot() -> None:
    """Between planning and sending an interview may be held; then its reminder is in no message any more."""
    urgent, offer = back("Mon 16 Nov 2026 15:00"), back("Wed 18 Nov 2026 07:00", child=2)
    now = at("Thu 19 Nov 2026 09:15")
    found = Reminding(episodes=[urgent, offer])
    nudges = [n for case in found.cases(now) for n in due(case, found.staff(now), now).nudges]
    mine = [n for n in nudges if n.person.id == WORKER]
    (six_hours,) = [n for n in mine if n.due_step.step.urgent]
    delivering = found.ours.delivery

    def sent(kind: str, person: str, slot: str) -> list[int]:
        return [n.interview.episode.id for n in of_message(nudges, kind, person, slot, delivering, now)]

    assert sent("reminder", WORKER, "2026-11-19") == [n.interview.episode.id for n in mine]
    assert sent("reminder", WORKER, "2026-11-18") == [], "its day is over"
    assert sent("urgent", WORKER, slot_of(six_hours, now)) == [urgent.id]
    assert sent("urgent", WORKER, "another slot") == []
    assert sent("urgent", "nobody-1", slot_of(six_hours, now)) == []


def test_a_manager_who_is_away_without_a_cover_is_stood_in_for_by_nobody() -> None:
    """The worker is reminded all the same; a cover of the manager's is, where there is one."""
    x, week = back("Mon 16 Nov 2026 15:00"), (date(2026, 11, 16), date(2026, 11, 22))
    for cover, told in (("", {WORKER}), ("coordinator", {WORKER, "coordinator"})):
        found = Reminding(episodes=[x], absences=[Away(MANAGER, *week, cover)])
        found.run(at("Thu 19 Nov 2026 08:00"), at("Thu 19 Nov 2026 12:00"))
        assert {s.person for s in found.log} == told


# -- nobody silent over a bank holiday (edge case 20) --

FRIDAY = "Fri 26 May 2017 18:30"


def test_back_on_the_evening_before_a_bank_holiday_goes_to_the_duty_role_in_its_hours_and_once() -> None:
    found = reminded(back(FRIDAY), "Tue 30 May 2017 12:00")
    assert [(s.person, *said([s])[0]) for s in found.log][:1] == [
        ("coordinator", "Fri 26 May 2017 18:30 BST", "reminder", "nobody at work")
    ]
    assert [(say(s.at), s.step) for s in found.log if s.person == WORKER] == [
        ("Tue 30 May 2017 08:30 BST", "overdue 2017-05-30")
    ]


def test_what_was_said_before_people_left_is_not_said_to_the_duty_role() -> None:
    found = reminded(back("Fri 26 May 2017 15:30"), "Mon 29 May 2017 18:00")
    assert {s.person for s in found.log} == {WORKER, MANAGER}
    assert all(local_day(s.at) == date(2017, 5, 26) for s in found.log)


def test_without_a_duty_role_or_its_hours_nobody_can_be_told_and_the_second_path_hears() -> None:
    x = back(FRIDAY)
    hours_only = replace(partnership().quiet_hours, duty_hours=None)
    nobody = changed(roles={}, people=tuple(p for p in partnership().people if p.id != "coordinator"))
    for ours, unheard in ((partnership(), False), (with_hours("north", hours_only), True), (nobody, True)):
        found = Reminding(changed(ours), [x])
        now = at("Sat 27 May 2017 09:00")
        (case,) = found.cases(now)
        assert is_unheard(case, found.staff(now), now) is unheard
        assert (due(case, found.staff(now), now).nudges == ()) is unheard


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.sampled_from([*BEFORE_HOLIDAYS, None]), HOURS, st.booleans(), st.integers(0, 72 * 4))
def test_no_deadline_passes_without_a_word_where_anybody_could_know(
    returned: datetime, eve: datetime | None, hours_: QuietHours, has_duty: bool, known: int
) -> None:
    """For any return known at any quarter of an hour before its deadline, over bank holidays and clock changes.

    The first word is before the deadline: to the owner in working hours, to the duty role in its own, or, where
    neither has a moment left, by the second path at once.
    """
    if eve is not None:
        returned = eve + timedelta(hours=returned.hour + 12)
    returned = returned.replace(minute=0, second=0, microsecond=0)
    duty = (time(9), time(21)) if has_duty else None
    ours = with_hours("north", replace(hours_, duty_hours=duty))
    x = episode(1, returned - hours(5), returned, birth=None, area="north", worker="W-N01")
    deadline, begun = interview_due(returned), returned + known * timedelta(minutes=15)
    found, first = Reminding(ours, [x]), None
    for n in range(72 * 4 - known):
        now = begun + n * timedelta(minutes=15)
        found.tick(now)
        (case,) = found.cases(now)
        if found.log or is_unheard(case, found.staff(now), now):
            first = now
            break
    assert first is not None or known == 72 * 4
    assert first is None or first < deadline
    assert all(may_be_told(ours, s) for s in found.log)
