"""The explanation of a reminder in whole sentences: step, clock, calendar, pauses, and the next step."""

from __future__ import annotations

from dataclasses import replace

from bot.rules.reminders.explanation import explain
from tests.support.factories import Recorded, at, episode, hours, interview, partnership
from tests.support.reminding import Reminding

WORKER = "north-worker"


def why(x: Recorded, now: str, *, found: Reminding | None = None, again: bool = False) -> tuple[str, ...]:
    told = found or Reminding(episodes=[x])
    told.missing = lambda now: {x.child_id} if again else set()
    (case,) = told.cases(at(now))
    return explain(case, WORKER, partnership(), at(now))


def back(words: str, *, date_only: bool = False) -> Recorded:
    record = interview(at(words), date_only=date_only, worker="W-N01")
    return episode(1, at(words) - hours(9), at(words), birth=None, area="north", interview=record)


def test_what_was_brought_forward_says_so_and_what_comes_next() -> None:
    x = back("Thu 19 Nov 2026 10:00")
    found = Reminding(episodes=[x]).run(at("Fri 20 Nov 2026 08:00"), at("Fri 20 Nov 2026 14:15"))
    assert why(x, "Fri 20 Nov 2026 14:30", found=found) == (
        "Step \u201c6 h left\u201d of North: 66 hours after the return, to allocated worker, team manager.",
        "Back Thu 19 Nov 10:00, so the 72 hours end Sun 22 Nov 10:00: nights, weekends and bank holidays count.",
        "It was wanted Sun 22 Nov 04:00, when nobody works (08:00-18:00 on working days): "
        "brought forward, as later would be too late.",
        "You were last told Fri 20 Nov 14:00.",
        "Next, if it is still open: \u201coverdue\u201d, Mon 23 Nov 08:00, "
        "to allocated worker, team manager, interview coordinator.",
    )


def test_what_waited_was_in_time_or_comes_again_each_day_or_week() -> None:
    late = back("Mon 16 Nov 2026 07:00")
    assert why(late, "Tue 17 Nov 2026 09:00")[2] == (
        "It was wanted Tue 17 Nov 07:00 and waited for working hours (08:00-18:00 on working days) "
        "until Tue 17 Nov 08:00."
    )
    assert why(back("Mon 16 Nov 2026 12:00"), "Tue 17 Nov 2026 13:00")[2] == (
        "It was wanted Tue 17 Nov 12:00, in working hours (08:00-18:00 on working days)."
    )
    daily = why(late, "Fri 20 Nov 2026 09:00")
    assert daily[2] == "Said again each working day until it is dealt with."
    assert daily[-1].startswith("Next, if it is still open: the same again")
    weekly = why(late, "Wed 23 Dec 2026 09:00")
    assert weekly[0].endswith("to interview coordinator.")
    assert weekly[2] == "Said again once a week until it is dealt with."


def test_a_day_without_a_time_is_said_as_a_day() -> None:
    x = back("Mon 16 Nov 2026 00:00", date_only=True)
    assert why(x, "Tue 17 Nov 2026 09:00")[1] == (
        "Back on Mon 16 Nov, time not recorded: it counts to the end of Thu 19 Nov."
    )


def test_their_own_pauses_are_said_while_they_run_and_nobody_else_s() -> None:
    x = back("Mon 16 Nov 2026 12:00")
    found = Reminding(episodes=[x])
    found.say(x, "snoozed", WORKER, at("Tue 17 Nov 2026 09:00"), until_at=at("Tue 17 Nov 2026 15:00"))
    found.say(x, "on_it", "north-manager", at("Tue 17 Nov 2026 09:00"), until_at=at("Wed 18 Nov 2026 09:00"))
    assert "Snoozed by you until Tue 17 Nov 15:00." in why(x, "Tue 17 Nov 2026 10:00", found=found)
    assert not any("You are on it" in line for line in why(x, "Tue 17 Nov 2026 10:00", found=found))
    assert not any("Snoozed" in line for line in why(x, "Tue 17 Nov 2026 15:00", found=found))


def test_before_the_first_step_and_after_the_last_word() -> None:
    x = back("Mon 16 Nov 2026 12:00")
    assert why(x, "Mon 16 Nov 2026 13:00")[-1].startswith(
        "Next, if it is still open: \u201coffer\u201d, Tue 17 Nov 12:00"
    )
    found = Reminding(episodes=[x])
    found.say(x, "held", WORKER, at("Mon 16 Nov 2026 14:00"))
    found.say(x, "recorded", WORKER, at("Mon 16 Nov 2026 14:30"))
    found.say(x, "reopened", WORKER, at("Mon 16 Nov 2026 14:40"))
    found.say(x, "not_possible", WORKER, at("Mon 16 Nov 2026 14:50"), detail="child_refused")
    assert why(x, "Mon 16 Nov 2026 15:00", found=found) == ("Nobody is reminded of this interview any more.",)


def test_what_was_held_and_is_not_recorded_says_so_and_what_comes_next() -> None:
    x = back("Mon 16 Nov 2026 12:00")
    found = Reminding(episodes=[x])
    found.say(x, "held", WORKER, at("Mon 16 Nov 2026 14:00"))
    assert why(x, "Mon 16 Nov 2026 15:00", found=found)[-1] == (
        "Next, if it is still open: \u201cheld, not recorded\u201d, Tue 17 Nov 08:00, to allocated worker."
    )
    assert why(x, "Fri 20 Nov 2026 09:00", found=found) == (
        "It was held and is not recorded in the case system yet: told to allocated worker, team manager.",
        "Back Mon 16 Nov 12:00, so the 72 hours end Thu 19 Nov 12:00: nights, weekends and bank holidays count.",
        "Said again each working day until it is dealt with.",
        "Next, if it is still open: the same again, to allocated worker, team manager.",
    )
    found.record_times = False  # held in chat alone, so the export may still lack it
    assert why(x, "Fri 20 Nov 2026 09:00", found=found)[0].startswith("It was held and is not recorded")
    exported = replace(x, interview=replace(x.interview, held_at=at("Mon 16 Nov 2026 14:00")))
    without = Reminding(episodes=[exported], record_times=False)
    assert why(exported, "Fri 20 Nov 2026 09:00", found=without) == ("Nobody is reminded of this interview any more.",)
    assert why(x, "Mon 16 Nov 2026 15:00", again=True)[0] == (
        "The child is missing again: reminders wait until they are back."
    )


def test_a_step_is_explained_from_the_moment_at_which_it_is_said() -> None:
    x = back("Mon 16 Nov 2026 12:00")
    assert why(x, "Tue 17 Nov 2026 11:59")[0].startswith("Back Mon 16 Nov")
    assert why(x, "Tue 17 Nov 2026 12:00")[0].startswith("Step \u201coffer\u201d of North")


def test_without_a_recorded_return_nobody_is_reminded() -> None:
    x = back("Mon 16 Nov 2026 12:00")
    (case,) = Reminding(episodes=[x]).cases(at("Tue 17 Nov 2026 13:00"))
    i = case.interview
    blank = replace(i.episode.interview, clock_start_at=None, due_at=None, counts_until=None)
    unknown = replace(case, interview=replace(i, episode=replace(i.episode, interview=blank)))
    assert explain(unknown, WORKER, partnership(), at("Tue 17 Nov 2026 13:00")) == (
        "Nobody is reminded of this interview any more.",
    )
