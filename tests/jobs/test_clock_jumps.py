"""A clock that jumps, on both databases: nothing is sent, missed or called late by it, and administrators are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.chat.platform_time import PlatformTime
from bot.conversation.outbound import Later, Unknown
from bot.jobs import clock_alarms, digest, escalations, notices, reminders, wake
from bot.jobs.delivery import tick
from bot.jobs.job import Composed, Job, Run, level_now
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.partnership.partnership import Wake
from bot.rules.time.trusted import MOVED, NOT_CONFIRMED, WRONG, ClockVerdict
from bot.server.timekeeper import Timekeeper
from bot.store.database import reading, writing
from bot.store.delivery import ledger, replicas
from bot.store.queries.chat_records import StoredChatRecords
from tests.jobs.test_refused import ARCHIVED, Places, Refusing
from tests.jobs.test_reminders import WORKER, back
from tests.jobs.test_wake import CHILD, Phones
from tests.support.factories import NOW, at, episode, hours
from tests.support.job_scene import Scene

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
DIGESTS = (digest.JOB, clock_alarms.JOB, notices.JOB)
JOBS: tuple[Job, ...] = (digest.JOB, escalations.JOB, reminders.JOB, clock_alarms.JOB, notices.JOB)


@dataclass
class Platform:
    """A platform that tells the real time when it is asked."""

    real: Callable[[], datetime]
    own_time: PlatformTime
    asked: int = 0

    def ask_time(self) -> None:
        self.asked += 1
        self.own_time.hear("https://chat.example/", f"{self.real():%a, %d %b %Y %H:%M:%S} GMT")


@dataclass
class Clocks:
    """A bot that judges its clock. The scene's `now` is the real time; the clock shows it moved by `off`.

    `stood` is how long the machine stood still: its monotonic clock is behind by that.
    """

    bot: Scene
    off: timedelta = timedelta()
    stood: timedelta = timedelta()
    has_platform: bool = False
    keepers: dict[str, Timekeeper] = field(default_factory=dict)
    platform: Platform = field(init=False)

    def __post_init__(self) -> None:
        self.platform = Platform(lambda: self.bot.now, PlatformTime(self.monotonic, self.shown))

    def monotonic(self) -> float:
        return (self.bot.now - NOW - self.stood).total_seconds()

    def shown(self) -> datetime:
        return self.bot.now + self.off

    def keeper(self, name: str = "a") -> Timekeeper:
        """Return a replica's keeper; a new one is a process that just started."""
        tellers = {"Slack": self.platform}
        made = Timekeeper(
            lambda: tellers if self.has_platform else {}, lambda _: self.shown(), self.shown, self.monotonic
        )
        return self.keepers.setdefault(name, made)

    def tick(self, *jobs: Job, name: str = "a", **length: float) -> ClockVerdict:
        """Tick, and let so much real time go on."""
        keeper = self.keeper(name)
        verdict = keeper.look(self.bot.database)
        run = replace(self.bot.run(name), clock=lambda _: keeper.at(self.shown()), verdict=verdict)
        if wake.JOB in jobs:
            run = replace(run, platforms={**run.platforms, "sms": PHONES})
        self.bot.started = self.bot.started or verdict.now
        tick(run, jobs or JOBS, self.bot.started)
        self.bot.wait(**(length or {"seconds": 30}))
        return verdict

    def until(self, words: str, *jobs: Job) -> None:
        """Tick every twenty minutes until then."""
        while self.bot.now < at(words):
            self.tick(*(jobs or DIGESTS), minutes=20)

    def digests(self) -> list[tuple[str, str, str]]:
        """Return slot, state and London time of sending of the county's digests."""
        found = [d for d in self.bot.ledger("digest") if d.audience == "county-digest"]
        return [(d.slot, d.state, f"{d.sent_at + hours(1):%d %H:%M}" if d.sent_at else "") for d in found]

    def alarms(self, begins: str) -> list[str]:
        return [text for text in self.bot.alarms() if text.startswith(begins)]


PHONES = Phones("sms", can_tell=False, repeat_harmless=True)


@pytest.fixture
def clocks(bot: Scene) -> Clocks:
    bot.put(episode(1, NOW - hours(6), area="north"), taken_at=NOW)
    PHONES.messages.clear()
    return Clocks(bot)


# -- digests --


def test_a_clock_a_day_ahead_for_one_tick_sends_no_digest_of_tomorrow(clocks: Clocks) -> None:
    clocks.until("Wed 5 Jul 2017 10:00")
    clocks.off = DAY
    assert not clocks.tick(minutes=10).sure
    clocks.off = timedelta()
    assert clocks.tick(minutes=10).sure
    assert clocks.digests() == [("2017-07-05", "sent", "05 08:00")]
    clocks.bot.now = at("Thu 6 Jul 2017 06:00")
    clocks.until("Thu 6 Jul 2017 09:00")
    assert clocks.digests() == [("2017-07-05", "sent", "05 08:00"), ("2017-07-06", "sent", "06 08:00")]
    (told,) = clocks.alarms(NOT_CONFIRMED)
    assert "the clock shows Thu 6 Jul 2017 10:00 BST, and by the bot's last ticks it is Wed 5 Jul 2017 10:00" in told
    assert "clock --confirm" in told
    assert clocks.bot.chat.to("admin")  # told in chat while the time was in doubt


def test_a_clock_a_day_behind_and_then_right_sends_todays_digest_once(clocks: Clocks) -> None:
    clocks.tick(*DIGESTS)
    clocks.bot.now = at("Thu 6 Jul 2017 07:40")
    clocks.tick(*DIGESTS, minutes=20)
    clocks.off = -DAY
    clocks.until("Thu 6 Jul 2017 09:00")
    assert len(clocks.digests()) == 1
    clocks.off = timedelta()
    clocks.until("Thu 6 Jul 2017 10:00")
    assert clocks.digests()[1:] == [("2017-07-06", "sent", "06 09:00")]


def test_a_digest_whose_time_went_by_in_doubt_is_missed_with_an_alarm(clocks: Clocks) -> None:
    clocks.tick(*DIGESTS)
    clocks.bot.now = at("Thu 6 Jul 2017 07:40")
    clocks.tick(*DIGESTS, minutes=20)
    clocks.off = -DAY
    clocks.until("Thu 6 Jul 2017 13:00")
    clocks.keepers.clear()  # and the process is started anew meanwhile
    clocks.tick()
    clocks.off = timedelta()
    clocks.tick()
    assert clocks.digests()[1:] == [("2017-07-06", "missed", "")]
    assert any("The digest for county-digest, due Thu 6 Jul 08:00" in text for text in clocks.bot.alarms())


def test_with_the_platforms_time_a_wrong_clock_holds_nothing_up(clocks: Clocks) -> None:
    clocks.has_platform = True
    clocks.tick(*DIGESTS)
    clocks.bot.now = at("Thu 6 Jul 2017 07:40")
    clocks.tick(*DIGESTS, minutes=20)
    clocks.off = -DAY
    clocks.until("Thu 6 Jul 2017 08:20")
    assert clocks.digests()[1:] == [("2017-07-06", "sent", "06 08:00")]
    assert len(clocks.alarms(WRONG)) == 1
    assert clocks.platform.asked < 4  # an answer lasts for an hour


def test_a_platform_that_breaks_off_stops_no_tick(clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks.has_platform = True
    monkeypatch.setattr(Platform, "ask_time", lambda self: 1 / 0)
    assert clocks.tick().sure
    clocks.off = DAY
    assert not clocks.tick().sure
    assert clocks.bot.chat.to("admin")


def test_a_machine_that_stood_still_goes_on_at_once_where_the_platform_confirms_it(clocks: Clocks) -> None:
    clocks.has_platform = True
    clocks.tick()
    clocks.bot.now = at("Wed 5 Jul 2017 20:00")
    clocks.tick()
    clocks.bot.wait(hours=13)
    clocks.stood = hours(13)
    assert clocks.tick().sure
    assert clocks.digests()[1:] == [("2017-07-06", "sent", "06 09:00")]
    assert clocks.alarms(MOVED) == ["The clock was moved forward by 13 h: Slack confirms it."]


def test_a_change_between_summer_and_winter_time_is_no_jump(bot: Scene) -> None:
    clocks = Clocks(bot)
    for night in ("Sun 29 Oct 2017 00:30", "Sun 25 Mar 2018 00:30"):
        bot.now = at(night)
        clocks.keepers.clear()
        assert all(clocks.tick(clock_alarms.JOB, minutes=10).sure for _ in range(12))
    assert bot.alarms() == []


# -- reminders, and what was planned before --


def test_reminders_wait_while_the_time_is_not_confirmed_and_go_once(reminding: Clocks) -> None:
    bot = reminding.bot
    reminding.off = DAY
    reminding.until("Thu 19 Nov 2026 09:20", reminders.JOB)
    assert bot.states() == []
    reminding.off = timedelta()
    reminding.until("Thu 19 Nov 2026 10:20", reminders.JOB)
    assert [(d.kind, d.slot, d.state) for d in bot.ledger()] == [("reminder", "2026-11-19", "sent")]


def test_an_urgent_reminder_goes_while_the_time_is_not_confirmed(reminding: Clocks) -> None:
    reminding.until("Thu 19 Nov 2026 09:20", reminders.JOB)
    reminding.off = -DAY
    reminding.until("Thu 19 Nov 2026 14:40", reminders.JOB)
    assert Counter((d.kind, d.state) for d in reminding.bot.ledger()) == {
        ("reminder", "sent"): 1,
        ("urgent", "sent"): 2,  # 6 h left: worker and manager
    }


@pytest.fixture
def reminding(bot: Scene) -> Clocks:
    """One interview, due at 20:00 of the day that begins."""
    bot.put(back(1, "Mon 16 Nov 2026 20:00"), taken_at=at("Thu 19 Nov 2026 06:00"))
    bot.now = at("Thu 19 Nov 2026 08:00")
    clocks = Clocks(bot)
    clocks.tick(reminders.JOB, minutes=20)
    return clocks


def test_no_planned_message_is_missed_by_a_time_that_was_not_real(clocks: Clocks) -> None:
    bot = clocks.bot
    clocks.tick(reminders.JOB)
    planned = Planned("reminder", WORKER, "offline", WORKER, "x", bot.now, bot.now + hours(8))
    with writing(bot.database) as connection:
        ledger.plan(connection, [planned], bot.now)
    clocks.off = DAY
    clocks.tick(reminders.JOB)
    assert bot.states("reminder") == ["planned"]
    clocks.off = timedelta()
    clocks.tick(reminders.JOB)
    assert bot.states("reminder") == ["dropped nothing left"]


def test_a_clock_that_jumps_in_the_middle_of_a_tick_is_not_followed(clocks: Clocks) -> None:
    def jump() -> None:
        clocks.off = DAY

    clocks.bot.chat.before = jump
    clocks.tick()
    assert set(clocks.bot.states("digest")) == {"sent"}
    assert all(d.sent_at == NOW for d in clocks.bot.ledger("digest"))
    assert not clocks.tick().sure


# -- calls --


CALLS = (escalations.JOB, clock_alarms.JOB, notices.JOB)


def raised(bot: Scene) -> list[tuple[int, datetime, datetime]]:
    """Return tier, time and end of the calls of the police by the rule for children under 13."""
    with reading(bot.database) as connection:
        found = StoredChatRecords(connection).unclosed_escalations()
    return [(r.tier, r.at, r.acknowledge_by) for r in found if (r.agency, r.rule) == ("police", "special")]


@pytest.fixture
def called(bot: Scene) -> Clocks:
    """One child of 11, missing for two hours: the police are called at NOW, and have 30 minutes."""
    PHONES.messages.clear()
    bot.ours = replace(bot.ours, wake=Wake(("special",)))
    bot.put(episode(1, NOW - hours(2), birth=CHILD))
    clocks = Clocks(bot)
    clocks.tick(*CALLS)
    assert raised(bot) == [(1, NOW, NOW + hours(0.5))]
    return clocks


def test_a_call_is_passed_on_by_a_clock_that_is_ahead_but_one_tier_and_not_one_each_tick(called: Clocks) -> None:
    called.off = DAY
    early = called.bot.now
    for _ in range(6):
        called.tick(*CALLS, minutes=2)
    assert [(tier, when) for tier, when, _ in raised(called.bot)] == [(1, NOW), (2, early)]
    called.off = timedelta()
    (_, (_, _, end)) = raised(called.bot)
    assert end < early + hours(2)  # of the real day: the next tier does not wait until tomorrow
    called.tick(*CALLS)
    called.bot.now = end
    called.tick(*CALLS)
    assert [tier for tier, _, _ in raised(called.bot)] == [1, 2, 3]


def test_a_call_is_never_held_up_by_a_clock_that_is_behind(called: Clocks) -> None:
    called.off = -DAY
    while called.bot.now < NOW + hours(0.6):
        called.tick(*CALLS, minutes=2)
    ((_, _, end), (second, when, _)) = raised(called.bot)
    assert second == 2
    assert when - end <= 2 * MINUTE
    assert [d.state for d in called.bot.ledger("escalation")][-1] == "sent"


def test_a_call_that_fell_due_while_the_machine_stood_still_goes_at_once(called: Clocks) -> None:
    called.bot.wait(hours=3)
    called.stood = hours(3)
    assert not called.tick(*CALLS).sure
    assert [tier for tier, _, _ in raised(called.bot)] == [1, 2]


def test_a_call_wakes_by_the_clock_that_is_ahead_once(called: Clocks) -> None:
    called.off = DAY
    called.tick(escalations.JOB, wake.JOB)
    called.tick(escalations.JOB, wake.JOB)
    assert [k.destination for k in PHONES.messages].count("police") == 1


def test_a_new_call_is_made_while_the_time_is_not_confirmed(bot: Scene) -> None:
    clocks = Clocks(bot)
    clocks.tick(*CALLS)
    clocks.off = -DAY
    clocks.tick(*CALLS)
    bot.put(episode(1, bot.now - hours(2), birth=CHILD))
    clocks.tick(*CALLS)
    assert [tier for tier, _, _ in raised(bot)] == [1]
    assert {d.state for d in bot.ledger("escalation")} == {"sent"}


@pytest.mark.parametrize("restarted", [False, True])
def test_no_call_waits_for_what_a_clock_that_was_believed_wrote_a_day_ahead(bot: Scene, restarted: bool) -> None:
    PHONES.messages.clear()
    bot.ours = replace(bot.ours, wake=Wake(("special",)))
    bot.put(episode(1, NOW - hours(2), birth=CHILD))
    clocks = Clocks(bot, off=DAY)  # from the start, and no platform says otherwise
    calls = (*CALLS, wake.JOB)
    bot.chat.fates = [Unknown("timeout"), "taken"]
    assert clocks.tick(*calls, minutes=1).sure
    clocks.off, clocks.has_platform = timedelta(), True
    if restarted:
        clocks.keepers.clear()
    assert clocks.tick(*calls, minutes=1).sure
    assert [d.state for d in bot.ledger("escalation")] == ["sent"] * 2
    assert all(d.first_attempt_at and d.first_attempt_at < NOW for d in bot.ledger("escalation"))  # looked for since
    ((tier, when, end),) = raised(bot)
    assert (tier, when, end) == (1, NOW + MINUTE, NOW + MINUTE + hours(0.5))
    while bot.now <= end:
        clocks.tick(*calls, minutes=5)
    clocks.tick(*calls)
    assert [tier for tier, _, _ in raised(bot)] == [1, 2]
    assert "police" in [k.destination for k in PHONES.messages]


def test_a_digest_planned_by_a_clock_a_day_ahead_is_not_sent_before_its_day(clocks: Clocks) -> None:
    bot = clocks.bot
    bot.now, clocks.off = at("Wed 5 Jul 2017 13:00"), hours(19.5)
    bot.chat.fates = [Later(600.0)] * 3
    clocks.tick(digest.JOB)
    clocks.off, clocks.has_platform = timedelta(), True
    clocks.tick(digest.JOB)
    assert ("2017-07-06", "planned", "") in clocks.digests()
    bot.now = at("Thu 6 Jul 2017 08:00")
    clocks.tick(digest.JOB)
    assert ("2017-07-06", "sent", "06 08:00") in clocks.digests()


def test_what_is_refused_by_a_clock_a_day_ahead_is_tried_again_at_the_real_time(bot: Scene) -> None:
    bot.chat = chat = Refusing()
    chat.unseen, places = {"C0": ARCHIVED}, Places(until=None)

    def compose(run: Run, d: Delivery, now: datetime) -> Composed:
        level_now(run, d)  # as a digest does: refused before any attempt
        return places.compose(run, d, now)

    job, clocks = replace(places.job, compose=compose), Clocks(bot, off=DAY)  # and no platform says otherwise
    places.plan(bot.run(), NOW)
    assert clocks.tick(job, minutes=1).sure
    assert bot.states("note") == ["held archived"]
    chat.unseen, clocks.off, clocks.has_platform = {}, timedelta(), True
    clocks.tick(job, minutes=1)
    assert bot.states("note") == ["sent"]


# -- what ends a doubt --


def test_a_person_confirms_a_jump(clocks: Clocks) -> None:
    clocks.tick()
    clocks.bot.wait(hours=24)
    clocks.stood = DAY
    assert not clocks.tick().sure
    assert len(clocks.digests()) == 1
    with writing(clocks.bot.database) as connection:
        replicas.confirm(connection, clocks.shown())
    assert clocks.tick().sure
    assert clocks.digests()[1:] == [("2017-07-06", "sent", "06 08:01")]
    assert "another tick or a person confirms" in clocks.alarms(MOVED)[0]


def test_a_person_confirms_a_clock_that_was_put_back(clocks: Clocks) -> None:
    clocks.off = DAY  # from the start, so that it was believed
    clocks.tick()
    clocks.off = timedelta()
    assert not clocks.tick().sure
    with writing(clocks.bot.database) as connection:
        replicas.confirm(connection, clocks.shown())
    assert clocks.tick().sure
    with reading(clocks.bot.database) as connection:
        last = replicas.last_tick(connection)
    assert last is not None
    assert last.at < clocks.bot.now
    assert last.sure_at == last.at


def test_a_restart_does_not_end_a_doubt(clocks: Clocks) -> None:
    clocks.tick()
    clocks.off = DAY
    clocks.tick()
    clocks.keepers.clear()
    assert not clocks.tick().sure
    assert len(clocks.digests()) == 1
    clocks.keepers.clear()
    clocks.off = timedelta()
    assert clocks.tick().sure


def test_another_replica_goes_by_a_confirmed_jump(clocks: Clocks) -> None:
    clocks.tick(name="a")
    clocks.tick(name="b")
    clocks.bot.wait(hours=13)
    clocks.stood = hours(13)
    clocks.has_platform = True
    clocks.keepers.pop("a")
    assert clocks.tick(name="a").sure
    assert clocks.tick(name="b").sure
    assert clocks.platform.asked <= 1


def test_ticks_of_a_clock_that_was_ahead_are_taken_back_once_the_time_is_confirmed(clocks: Clocks) -> None:
    clocks.off = DAY
    clocks.tick(name="a")
    clocks.tick(name="b")
    clocks.has_platform = True
    clocks.keepers.clear()
    clocks.off = timedelta()
    assert clocks.tick(name="a").sure
    with reading(clocks.bot.database) as connection:
        newest = replicas.newest(connection)
        assert newest is not None
        assert newest < clocks.bot.now
        assert replicas.newest_sure(connection) == newest
