"""Messages of unknown outcome on a platform that looks nothing up: a call is never silent, the rest is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.conversation.outbound import Later, Message, NoLookUp, Outcome, Platform, PostRefused, Unknown
from bot.jobs import auditor, drill, escalations, reminders, wake
from bot.jobs.delivery import tick
from bot.rules.delivery.delivery import MAY_REPEAT
from bot.rules.effects import Acknowledge
from bot.rules.partnership.partnership import Drill, Wake
from tests.jobs.test_reminders import back
from tests.jobs.test_wake import Phones
from tests.support.factories import NOW, at, episode, hours
from tests.support.job_scene import Scene, scene
from tests.support.memory_platform import Kept, MemoryChat

CHILD = date(2006, 1, 1)
LOST = Unknown("timeout")


@dataclass
class PartlyReadBack(MemoryChat):
    """A platform that reads back its channels and not its conversations with people."""

    channels: tuple[str, ...] = ("north-digest",)

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        if destination not in self.channels:
            raise NoLookUp
        return super().find(destination, marker, since, thread)


@pytest.fixture(params=["asked nothing", "read back in channels", "does not answer"])
def night(request: pytest.FixtureRequest, bot: Scene) -> Scene:
    """One child of 11, missing for two hours: the police's duty inspector and the council's manager are called."""
    if request.param == "asked nothing":
        bot.chat.can_tell = False
    elif request.param == "does not answer":
        bot.chat.answers = False
    else:
        bot.chat = PartlyReadBack(describes=dict(bot.chat.describes))
    bot.ours = replace(bot.ours, wake=Wake(("special",)))
    bot.put(episode(1, NOW - hours(2), birth=CHILD))
    return bot


def ticked(bot: Scene, phones: Platform | None = None, name: str = "a") -> None:
    run = bot.run(name)
    others = {"sms": phones} if phones else {}
    bot.started = bot.started or bot.now
    tick(replace(run, platforms={**run.platforms, **others}), (escalations.JOB, wake.JOB), bot.started)


def until(bot: Scene, end: datetime, phones: Platform | None = None, every: float = 30) -> None:
    while bot.now < end:
        ticked(bot, phones)
        bot.wait(seconds=every)


def is_marked(kept: Kept) -> bool:
    return kept.message.reply.text[0] == MAY_REPEAT


@pytest.mark.parametrize("arrived", [True, False])
def test_a_call_is_sent_again_after_five_minutes_and_says_so(night: Scene, arrived: bool) -> None:
    night.chat.fates = ["taken" if arrived else LOST]
    until(night, NOW + timedelta(minutes=4, seconds=50))
    assert [k.destination for k in night.chat.messages] == ["police", "north-manager"][not arrived :]
    assert night.states("escalation") == ["unknown timeout", "sent"]
    until(night, NOW + timedelta(minutes=6))
    to_police = night.chat.to("police")
    assert [is_marked(k) for k in to_police] == ([False, True] if arrived else [True])
    assert night.states("escalation") == ["sent", "sent"]
    assert not any(is_marked(k) for k in night.chat.to("north-manager"))
    assert night.alarms() == [
        "A message (escalation) for police, due Wed 5 Jul 08:00: offline has not got it, as far as anybody knows; it "
        "is sent again, and may have come before. See: deliveries 1."
    ]
    until(night, NOW + timedelta(minutes=20))
    assert len(night.chat.to("police")) == len(to_police), "what was accepted is not sent a third time"


def test_one_that_stays_unknown_is_sent_again_every_five_minutes_until_it_is_answered(night: Scene) -> None:
    night.chat.fates = ["taken", "taken", *([LOST] * 100)]
    until(night, NOW + timedelta(minutes=12))
    posts = night.chat.posts
    assert night.states("escalation") == ["unknown timeout"] * 2
    assert posts == 6, "two calls, at once, after 5 and after 10 minutes"
    night.say(Acknowledge(1, "police", night.now), Acknowledge(2, "north-manager", night.now))
    until(night, NOW + timedelta(minutes=25))
    assert night.chat.posts == posts
    assert night.states("escalation") == ["dropped acknowledged"] * 2


def test_neither_the_sms_nor_the_next_tier_waits_for_it(night: Scene) -> None:
    phones = Phones("sms", can_tell=False, repeat_harmless=True)
    night.chat.fates = [LOST] * 1000
    until(night, NOW + timedelta(minutes=6), phones)
    assert [k.destination for k in phones.messages] == ["police", "north-manager"]
    until(night, NOW + timedelta(minutes=40), phones)
    called = {d.audience for d in night.ledger("escalation")}
    assert called > {"police", "north-manager"}, "the next tier of each agency is called in its time"
    assert "held unknown" not in night.states("escalation")


def test_after_a_wait_that_the_platform_asked_for_it_goes_at_once(night: Scene) -> None:
    night.chat.fates = [LOST, "ok", Later(40)]
    until(night, NOW + timedelta(minutes=5, seconds=30))
    assert night.states("escalation") == ["planned later", "sent"]
    until(night, NOW + timedelta(minutes=6, seconds=30))
    assert [is_marked(k) for k in night.chat.to("police")] == [True]


def test_a_second_attempt_that_is_refused_is_told(night: Scene) -> None:
    night.chat.fates = [LOST, "ok", *[PostRefused("ConversationBlockedByUser", "not_reached")] * 2]
    until(night, NOW + timedelta(minutes=7))
    assert night.states("escalation") == ["held not_reached", "sent"]
    assert any("the person has not got the app, or has blocked it. 1 message waits" in text for text in night.alarms())
    until(night, NOW + timedelta(minutes=9))
    assert night.states("escalation") == ["sent", "sent"], "what was refused is certainly not there"


def test_two_replicas_send_it_again_once(night: Scene) -> None:
    night.chat.fates = [LOST]
    while night.now < NOW + timedelta(minutes=7):
        for name in ("a", "b", "a"):
            ticked(night, name=name)
        night.wait(seconds=30)
    assert len(night.chat.to("police")) == 1


def test_a_drill_is_sent_again_too(bot: Scene) -> None:
    bot.chat.can_tell, bot.chat.fates = False, ["taken"]
    bot.ours = replace(bot.ours, drill=Drill("duty_inspector", "duty_team_manager"))
    bot.now = at("Mon 3 Jul 2017 10:00")
    for _ in range(12):
        bot.tick(drill.JOB)
        bot.wait(seconds=30)
    assert [(k.destination, is_marked(k)) for k in bot.chat.messages] == [
        ("police", False),
        ("north-manager", False),
        ("police", True),
    ]
    assert all("DRILL" in k.message.reply.title for k in bot.chat.messages)


def test_a_reminder_waits_for_a_person_at_once_where_people_are_not_read_back(bot: Scene) -> None:
    """Nothing is gained by asking for half an hour where there is never an answer."""
    bot.chat = PartlyReadBack(describes=dict(bot.chat.describes), fates=[LOST])
    x = back(1, "Mon 16 Nov 2026 16:00", offered_at=at("Mon 16 Nov 2026 16:00"))
    bot.put(x, taken_at=at("Wed 18 Nov 2026 06:00"))
    for moment in ("Wed 18 Nov 2026 08:30", "Wed 18 Nov 2026 08:31", "Wed 18 Nov 2026 08:40"):
        bot.now = at(moment)
        bot.tick(reminders.JOB)
    assert bot.states("reminder") == ["held unknown"]
    assert bot.chat.posts == 1
    assert any(text.endswith(f"See: deliveries {bot.ledger('reminder')[0].id}.") for text in bot.alarms())


def test_an_urgent_reminder_waits_for_nobody(bot: Scene) -> None:
    """The interview is due in six hours: a person may decide too late."""
    bot.put(back(1, "Mon 16 Nov 2026 16:00"), taken_at=at("Thu 19 Nov 2026 06:00"))
    bot.now = at("Thu 19 Nov 2026 08:30")
    bot.tick(reminders.JOB)
    bot.chat = PartlyReadBack(describes=dict(bot.chat.describes), fates=["taken"])
    bot.now = at("Thu 19 Nov 2026 10:01")
    bot.tick(reminders.JOB)
    assert sorted(bot.states("urgent")) == ["sent", "unknown timeout"]
    bot.wait(minutes=4, seconds=59)
    bot.tick(reminders.JOB)
    assert bot.chat.posts == 2
    bot.wait(seconds=1)
    bot.tick(reminders.JOB)
    assert bot.states("urgent") == ["sent", "sent"]
    assert sorted(is_marked(k) for k in bot.chat.messages) == [False, False, True]


def test_the_auditor_tells_of_a_call_that_stays_unknown(night: Scene) -> None:
    night.chat.fates = [LOST] * 1000
    patience = timedelta(minutes=night.ours.delivery.alarm_minutes)
    while night.now <= NOW + patience + timedelta(minutes=1):
        run = night.run()
        night.started = night.started or night.now
        tick(run, (escalations.JOB, auditor.JOB), night.started)
        night.wait(seconds=60)
    assert any("still has not got what was due (escalation)" in text for text in night.alarms())


@dataclass
class Watched(MemoryChat):
    """A platform that notes each attempt: when, to whom, whether it was marked, and its fate."""

    clock: list[datetime] = field(default_factory=list)
    tried: list[tuple[datetime, str, bool, str]] = field(default_factory=list)

    def post(self, destination: str, message: Message) -> Outcome:
        marked = message.reply.text[0] == MAY_REPEAT
        fate = self.fates[0] if self.fates else "ok"
        word = fate if isinstance(fate, str) else type(fate).__name__
        self.tried.append((self.clock[0], destination, marked, word))
        return super().post(destination, message)


FATES = st.sampled_from(["ok", "taken", LOST, Later(20.0), Later(400.0)])


@settings(max_examples=25, deadline=None)
@given(fates=st.lists(FATES, max_size=8), every=st.sampled_from([10, 30, 70]))
@example(fates=["ok", Later(20.0), "taken"], every=10)
def test_whatever_becomes_of_each_attempt_a_call_arrives_and_a_second_copy_is_marked(
    fates: list[Outcome | str], every: int
) -> None:
    with scene("sqlite:///:memory:") as bot:
        chat = Watched(can_tell=False, describes=dict(bot.chat.describes), fates=list(fates), clock=[bot.now])
        bot.chat = chat
        bot.put(episode(1, NOW - hours(2), birth=CHILD))
        end = NOW + timedelta(minutes=5 * len(fates) + 10)
        while bot.now < end and not (chat.tried and not chat.fates and set(bot.states("escalation")) == {"sent"}):
            chat.clock[0] = bot.now
            bot.tick(escalations.JOB)
            bot.wait(seconds=every)
        assert {"police", "north-manager"} <= {k.destination for k in chat.messages}
        for person in ("police", "north-manager"):
            mine = [t for t in chat.tried if t[1] == person]
            least = timedelta(minutes=1)  # the first wait is counted from the due time
            for before, after in pairwise(mine):
                assert before[3] != "ok", "what was accepted is not sent again"
                if before[3] in ("taken", "Unknown"):
                    assert after[0] - before[0] >= least
                    least = timedelta(minutes=5)
            doubtful = False
            for _, _, marked, fate in mine:
                assert marked == doubtful, "a copy is marked where an earlier one may be there, and only there"
                doubtful = doubtful or fate in ("taken", "Unknown")
