"""Escalations that nobody raised, and tiers that nobody went on to, are noticed; what a working job does never is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, update

from bot.jobs import escalations, reminders
from bot.rules.effects import Acknowledge
from bot.store.database import writing
from bot.store.schema import records
from tests.support.auditing import idle, marks, meanwhile, watched
from tests.support.factories import Recorded, at, episode, hours
from tests.support.job_scene import Scene
from tests.support.world import episode_row

IDLE = idle(escalations.JOB)
NOBODY = "Escalation rules were met and nobody was called: look at the bot's log, and ring the duty desks."
NO_FURTHER = "Calls that nobody acknowledged in time went no further: look at the bot's log, and ring the duty desks."
NIGHT = at("Tue 4 Jul 2017 22:00")
CHILD = date(2006, 1, 1)  # 11 years old


def called(bot: Scene) -> list[tuple[str, int, str]]:
    with bot.run().facts() as facts:
        return [(r.rule, r.tier, r.agency) for r in facts.work.unclosed_escalations()]


def test_a_rule_that_is_met_and_calls_nobody_is_noticed_at_any_hour(bot: Scene) -> None:
    x = episode(1, NIGHT, birth=CHILD)
    bot.put(x)
    assert watched(bot, "Tue 4 Jul 2017 22:45", "Tue 4 Jul 2017 23:15", IDLE) == []
    (told,) = watched(bot, "Tue 4 Jul 2017 23:30", "Tue 4 Jul 2017 23:45", IDLE)
    assert told == f"{NOBODY} 2 so far, the first found Tue 4 Jul 23:00."
    assert [word for word in (x.child_ref, "special", "police", "north") if word in told] == []


def repeats(ended: bool) -> list[Recorded]:
    """Two earlier nights; the third is over, or not."""
    nights = [episode(1, NIGHT - timedelta(days=n), NIGHT - timedelta(days=n) + hours(5)) for n in (20, 10)]
    return [*nights, episode(1, NIGHT, NIGHT + hours(5) if ended else None)]


@pytest.mark.parametrize("ended", [True, False])
def test_three_in_90_days_are_noticed_even_if_the_child_is_back(bot: Scene, ended: bool) -> None:
    bot.put(*repeats(ended))
    (told,) = watched(bot, "Wed 5 Jul 2017 10:00", "Wed 5 Jul 2017 11:00", IDLE, reminders.JOB)
    assert told.startswith(f"{NOBODY} 2 so far")


def test_a_call_that_goes_no_further_is_noticed(bot: Scene) -> None:
    bot.put(episode(1, NIGHT, birth=CHILD))
    assert watched(bot, "Tue 4 Jul 2017 22:45", "Tue 4 Jul 2017 23:00", escalations.JOB) == []
    assert called(bot) == [("special", 1, "police"), ("special", 1, "council")]
    assert watched(bot, "Tue 4 Jul 2017 23:15", "Tue 4 Jul 2017 23:30", IDLE) == []
    (told,) = watched(bot, "Tue 4 Jul 2017 23:45", "Wed 5 Jul 2017 00:15", IDLE)
    assert told == f"{NO_FURTHER} 2 so far, the first found Tue 4 Jul 23:15."


def test_a_call_that_was_acknowledged_asks_for_nothing_further(bot: Scene) -> None:
    bot.put(episode(1, NIGHT, birth=CHILD))
    watched(bot, "Tue 4 Jul 2017 22:45", "Tue 4 Jul 2017 22:45", escalations.JOB)
    bot.say(*(Acknowledge(n, "somebody", bot.now) for n in (1, 2)))
    assert watched(bot, "Tue 4 Jul 2017 23:00", "Wed 5 Jul 2017 05:00", IDLE) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the auditor's reading is above, on both
def test_a_job_that_works_is_never_noticed_down_to_the_last_tier(bot: Scene) -> None:
    lost = (
        episode(2, NIGHT - hours(1), grade=None, graded_at=None),
        episode(3, NIGHT - hours(23), grade="high"),
        episode(4, NIGHT - hours(71), NIGHT + hours(9), cp=True),
        episode(5, NIGHT - hours(40), NIGHT - hours(1), birth=CHILD),
    )
    bot.put(*repeats(ended=False), *lost)
    assert watched(bot, "Tue 4 Jul 2017 22:45", "Thu 6 Jul 2017 12:00", escalations.JOB, reminders.JOB) == []
    assert len(called(bot)) > 12, "there was something to raise"
    assert any("Called again: " in text for text in bot.alarms())


def test_a_child_who_came_back_before_the_patience_was_over_is_no_alarm(bot: Scene) -> None:
    x = episode(1, NIGHT, birth=CHILD)
    bot.put(x)
    watched(bot, "Tue 4 Jul 2017 22:45", "Tue 4 Jul 2017 23:15", IDLE)
    assert len(marks(bot)) == 2
    with writing(bot.database) as connection:
        connection.execute(update(records.episode).values(end_at=bot.now, until_at=bot.now))
    assert watched(bot, "Tue 4 Jul 2017 23:30", "Wed 5 Jul 2017 01:00", IDLE) == []
    assert marks(bot) == []


def test_who_died_is_spoken_of_nowhere(bot: Scene) -> None:
    bot.put(episode(1, NIGHT, birth=CHILD), episode(1, NIGHT - hours(99), NIGHT - hours(90), end_reason="died"))
    assert watched(bot, "Tue 4 Jul 2017 22:45", "Wed 5 Jul 2017 01:00", IDLE) == []


def test_a_second_record_of_an_absence_that_was_called_for_is_no_alarm(bot: Scene) -> None:
    """The police's record ends in the night; the council's, which begins after the call, does not."""
    first = episode(1, NIGHT, birth=CHILD, council=False)
    bot.put(first)
    watched(bot, "Tue 4 Jul 2017 22:45", "Tue 4 Jul 2017 22:45", escalations.JOB)
    bot.say(*(Acknowledge(n, "somebody", bot.now) for n in (1, 2)))
    end = NIGHT + hours(3)
    second = episode(1, NIGHT + hours(2), birth=CHILD, police=False)
    row = episode_row(second, None, None) | {"entered_at": bot.now, "end_known_at": bot.now}
    with writing(bot.database) as connection:
        connection.execute(update(records.episode).values(end_at=end, until_at=end))
        connection.execute(insert(records.episode).values(**row))
    assert watched(bot, "Wed 5 Jul 2017 02:00", "Wed 5 Jul 2017 04:00", IDLE) == []


def test_an_import_after_all_was_planned_is_called_for_in_the_next_tick_and_no_alarm(bot: Scene) -> None:
    def imported() -> None:
        if bot.now == at("Wed 5 Jul 2017 10:15"):
            bot.put(episode(1, NIGHT - hours(80), birth=CHILD))

    jobs = (escalations.JOB, meanwhile(imported))
    watched(bot, "Wed 5 Jul 2017 10:00", "Wed 5 Jul 2017 10:15", *jobs)
    assert len(marks(bot)) == 4
    assert watched(bot, "Wed 5 Jul 2017 10:16", "Wed 5 Jul 2017 11:00", *jobs, every=timedelta(minutes=1)) == []
    assert [rule for rule, tier, _ in called(bot) if tier == 1] == ["special", "long"] * 2
