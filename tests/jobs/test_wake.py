"""A call that nobody acknowledged goes by SMS; whatever its provider does, it is never lost and holds no tier up."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.conversation.outbound import WAKE, Later, Message, Outcome, Platform, PostRefused, Unknown
from bot.conversation.reply import Reply
from bot.jobs import escalations, wake
from bot.jobs.delivery import tick
from bot.logs import setup
from bot.rules.access.channel_privacy import Destination
from bot.rules.effects import Acknowledge
from bot.rules.partnership.partnership import Wake
from bot.rules.partnership.rota import Shift
from bot.rules.time.clock import at as at_time
from bot.rules.time.clock import local_day
from bot.store.database import reading
from bot.store.schema.delivery import escalation
from bot.store.schema.metadata import metadata
from tests.support.factories import NOW, at, episode, hours
from tests.support.job_scene import Scene, scene
from tests.support.memory_platform import MemoryChat
from tests.support.notify import Provider, provider

CHILD = date(2006, 1, 1)
HAS, NONE = Destination("channel", 0, None, None, (True,)), Destination("channel", 0, None, None, ())
#: The police's duty inspector has two numbers, the council's manager and coordinator one, their seniors none.
NUMBERS = {"police": HAS, "police#2": HAS, "north-manager": HAS, "coordinator": HAS}


class Phones(MemoryChat):
    """An SMS provider in memory."""

    def describe(self, destination: str) -> Destination:
        return NUMBERS.get(destination, NONE)


@pytest.fixture
def phones() -> Phones:
    return Phones("sms", can_tell=False, repeat_harmless=True)


@pytest.fixture
def night(bot: Scene) -> Scene:
    """One child of 11, missing for two hours: police and council are called at NOW."""
    bot.ours = replace(bot.ours, wake=Wake(("special",)))
    bot.put(episode(1, NOW - hours(2), birth=CHILD))
    return bot


def ticked(bot: Scene, phones: Platform, name: str = "a") -> None:
    run = bot.run(name)
    bot.started = bot.started or bot.now
    tick(replace(run, platforms={**run.platforms, "sms": phones}), (escalations.JOB, wake.JOB), bot.started)


def until(bot: Scene, phones: Platform, end: datetime, every: float = 30) -> None:
    while bot.now < end:
        ticked(bot, phones)
        bot.wait(seconds=every)


def test_after_five_minutes_those_called_get_one_sms(night: Scene, phones: Phones) -> None:
    until(night, phones, NOW + timedelta(minutes=5))
    assert phones.messages == []
    until(night, phones, NOW + timedelta(minutes=29))
    assert [k.destination for k in phones.messages] == ["police", "north-manager"]
    assert {k.message.preview for k in phones.messages} == {WAKE}
    assert night.alarms() == []


@pytest.mark.parametrize("night", ["Sun 29 Oct 2017 00:30", "Sun 29 Oct 2017 02:00", "Sun 25 Mar 2018 02:00"])
def test_the_holder_of_a_night_with_a_change_of_the_clocks_is_called_and_woken(
    bot: Scene, phones: Phones, night: str
) -> None:
    """02:00 on the spring night is 01:00 in UTC; the autumn night has an hour more."""
    bot.now = at(night)
    day = local_day(bot.now)
    begins, ends = at_time(day - timedelta(days=1), time(17)), at_time(day, time(8))
    role = "duty_team_manager"
    before, after = Shift(role, "lead", begins - hours(9), begins), Shift(role, "lead", ends, ends + hours(9))
    bot.ours = replace(bot.ours, wake=Wake(("special",)))
    bot.ours = bot.ours.with_rota([before, Shift(role, "coordinator", begins, ends), after])
    bot.put(episode(1, bot.now - hours(2), birth=CHILD))
    until(bot, phones, bot.now + timedelta(minutes=40))
    assert [d.audience for d in bot.ledger("escalation")][:2] == ["police", "coordinator"]
    assert [k.destination for k in phones.messages][:2] == ["police", "coordinator"]


def test_none_where_the_call_was_acknowledged_in_chat(night: Scene, phones: Phones) -> None:
    until(night, phones, NOW + timedelta(minutes=2))
    night.say(Acknowledge(1, "police", night.now))
    until(night, phones, NOW + timedelta(minutes=20))
    assert [k.destination for k in phones.messages] == ["north-manager"]


def test_none_where_it_was_acknowledged_in_the_moment_before(night: Scene, phones: Phones) -> None:
    phones.fates = [Later(60), Later(60)]
    until(night, phones, NOW + timedelta(minutes=5, seconds=10))
    night.say(Acknowledge(1, "police", night.now), Acknowledge(2, "north-manager", night.now))
    until(night, phones, NOW + timedelta(minutes=10))
    assert phones.messages == []
    assert night.states("wake") == ["dropped acknowledged", "dropped acknowledged"]


def test_several_calls_of_a_person_are_one_sms_and_a_later_one_is_another(night: Scene, phones: Phones) -> None:
    night.put(episode(2, NOW - hours(3), birth=CHILD), taken_at=NOW - hours(1))
    until(night, phones, NOW + timedelta(minutes=6))
    assert [k.destination for k in phones.messages] == ["police", "north-manager"]
    night.put(episode(3, NOW - hours(4), birth=CHILD), taken_at=NOW - hours(0.5))
    until(night, phones, NOW + timedelta(minutes=13))
    assert [k.destination for k in phones.messages] == ["police", "north-manager"] * 2


def test_only_rules_that_are_named_wake(night: Scene, phones: Phones) -> None:
    night.ours = replace(night.ours, wake=Wake(("high",)))
    until(night, phones, NOW + timedelta(minutes=20))
    assert phones.messages == []


def test_a_rule_that_is_named_in_the_message_of_another_wakes_too(
    bot: Scene, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NUMBERS, "police-lead", HAS)
    others = tuple(rule.id for rule in bot.ours.escalations if rule.id != "special")
    bot.ours = replace(bot.ours, wake=Wake(others))
    bot.put(episode(1, NOW - hours(80), birth=CHILD))
    until(bot, phones, NOW + timedelta(minutes=6))
    assert [k.destination for k in phones.messages] == ["police-lead"]


def test_no_section_no_sms(night: Scene, phones: Phones) -> None:
    night.ours = replace(night.ours, wake=None)
    until(night, phones, NOW + timedelta(minutes=20))
    assert (phones.messages, night.states("wake")) == ([], [])


@pytest.mark.parametrize("fate", [Unknown("timeout"), PostRefused("invalid_auth", "token")])
def test_a_chat_that_takes_nothing_is_no_reason_to_be_silent(night: Scene, phones: Phones, fate: Outcome) -> None:
    night.chat.answers = False
    night.chat.fates = [fate] * 40
    until(night, phones, NOW + timedelta(minutes=6))
    assert [k.destination for k in phones.messages] == ["police", "north-manager"]


@pytest.mark.parametrize("fate", [PostRefused("http_400"), PostRefused("http_404")])
def test_a_number_that_is_refused_falls_to_the_next_one(night: Scene, phones: Phones, fate: Outcome) -> None:
    phones.fates = [fate, fate]
    until(night, phones, NOW + timedelta(minutes=7))
    assert [k.destination for k in phones.messages] == ["police#2", "north-manager"], "the only number is tried again"
    assert [text for text in night.alarms() if text.startswith(wake.ALARM)]
    assert len(night.alarms()) == 1


@pytest.mark.parametrize("fate", [Unknown("http_503"), Unknown("no_answer"), Later(60)])
def test_a_provider_that_is_down_is_asked_again_and_told_of(night: Scene, phones: Phones, fate: Outcome) -> None:
    phones.fates = [fate] * 12
    until(night, phones, NOW + timedelta(minutes=7, seconds=10))
    assert phones.messages == []
    assert [text for text in night.alarms() if text.startswith(wake.ALARM)]
    until(night, phones, NOW + timedelta(minutes=25))
    assert {k.destination for k in phones.messages} >= {"police", "north-manager"}
    assert set(night.states("wake")) == {"sent"}


def test_the_next_tier_is_called_in_its_time_whatever_the_provider_does(night: Scene, phones: Phones) -> None:
    phones.fates = [Unknown("no_answer")] * 1000
    until(night, phones, NOW + timedelta(minutes=32))
    assert [d.audience for d in night.ledger("escalation")] == ["police", "north-manager", "police-lead", "lead"]
    assert night.states("escalation") == ["sent"] * 4


def test_what_reached_no_telephone_falls_to_the_next_number(night: Scene, phones: Phones) -> None:
    until(night, phones, NOW + timedelta(minutes=5, seconds=10))
    phones.messages.clear()  # the provider says that neither was delivered
    phones.can_tell = True
    until(night, phones, NOW + timedelta(minutes=8))
    assert [k.destination for k in phones.messages] == ["police#2"]
    assert "failed not delivered" in night.states("wake")
    assert [text for text in night.alarms() if text.startswith(wake.ALARM)]


def test_two_replicas_wake_nobody_twice(night: Scene, phones: Phones) -> None:
    while night.now < NOW + timedelta(minutes=9):
        ticked(night, phones, "a")
        ticked(night, phones, "b")
        night.wait(seconds=30)
    assert [k.destination for k in phones.messages] == ["police", "north-manager"]


def test_three_replicas_at_one_moment_send_one_sms(night: Scene, phones: Phones) -> None:
    """Each on a connection of its own. A second SMS needs an outcome that nobody knows (the next test)."""
    with ThreadPoolExecutor(3) as replicas:
        while night.now < NOW + timedelta(minutes=8):
            list(replicas.map(lambda name: ticked(night, phones, name), ("a", "b", "c")))
            night.wait(minutes=1)
    assert sorted(k.destination for k in phones.messages) == ["north-manager", "police"]


def test_an_sms_whose_outcome_nobody_knows_is_sent_again_rather_than_not_at_all(night: Scene, phones: Phones) -> None:
    phones.fates = ["taken"]
    until(night, phones, NOW + timedelta(minutes=8))
    assert [k.destination for k in phones.messages] == ["police", "north-manager", "police"]
    assert set(night.states("wake")) == {"sent"}


def test_a_file_of_numbers_that_cannot_be_read_is_told(night: Scene, tmp_path: Path) -> None:
    pytest.importorskip("notifications_python_client", reason="the extra notify is not installed")
    file = tmp_path / "numbers"
    file.write_text("Canary", encoding="utf-8")
    with provider() as notified:
        until(night, notified.sms(file), NOW + timedelta(minutes=6))
    assert [text for text in night.alarms() if "numbers cannot be read" in text]


# -- through Notify's own client, and a stand-in of its API --


@pytest.fixture
def notified() -> Iterator[Provider]:
    pytest.importorskip("notifications_python_client", reason="the extra notify is not installed")
    with provider() as found:
        yield found


@pytest.mark.parametrize("fault", ["", "taken", "403", "429", "500", "reset", "garbage"])
def test_a_call_reaches_the_telephone_and_no_number_reaches_anything_else(
    night: Scene, notified: Provider, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.sms.DOWN_SECONDS", 0.0)
    file, lines = tmp_path / "numbers", io.StringIO()
    file.write_text("police, +447700900001\nnorth-manager, 07700 900002\n", encoding="utf-8")
    setup.configure(lines, json=True)
    notified.faults = ["", fault] * bool(fault)
    until(night, notified.sms(file), NOW + timedelta(minutes=12))
    assert {text["phone_number"] for text in notified.taken} == {"+447700900001", "07700900002"}
    assert len(notified.taken) == 2
    assert set(night.states("wake")) == {"sent"}
    with reading(night.database) as connection:
        stored = [tuple(row) for table in metadata.sorted_tables for row in connection.execute(select(table))]
    everything = json.dumps(stored, default=str) + lines.getvalue()
    assert "7700900001" not in everything
    assert "900002" not in everything


# -- any faults, any acknowledgements --

NOT_TAKEN = st.sampled_from([Unknown("http_500"), Unknown("no_answer"), Later(60)])
FATES = NOT_TAKEN | st.sampled_from(["ok", "taken", PostRefused("http_400"), *[Later(60)] * 3])
#: Of an agency, so many minutes after the call.
ANSWERS = st.dictionaries(st.sampled_from(["police", "council"]), st.integers(5, 14) | st.integers(0, 40), max_size=2)
AGENCIES = {"police": "police", "police#2": "police", "north-manager": "council"}


@dataclass
class Watched(Phones):
    """Phones that note each post with its time."""

    clock: Callable[[], datetime] = lambda: NOW
    seen: list[tuple[datetime, str, Message]] = field(default_factory=list)

    def post(self, destination: str, message: Message) -> Outcome:
        self.seen.append((self.clock(), destination, message))
        return super().post(destination, message)


def answer(bot: Scene, answers: dict[str, int], answered: dict[str, datetime]) -> None:
    """Acknowledge the newest call of each agency whose minute has come."""
    for agency, minute in answers.items():
        if agency not in answered and bot.now >= NOW + timedelta(minutes=minute):
            with reading(bot.database) as connection:
                query = select(escalation).where(escalation.c.agency == agency, escalation.c.closed_at.is_(None))
                called = connection.execute(query.order_by(escalation.c.id.desc())).first()
            if called is not None:
                bot.say(Acknowledge(called.id, called.person_id, bot.now))
                answered[agency] = bot.now


@given(st.lists(NOT_TAKEN, min_size=4, max_size=14) | st.lists(FATES, max_size=14), ANSWERS)
@settings(max_examples=24, phases=(Phase.explicit, Phase.generate))  # one example takes half a second
def test_a_call_is_tried_until_it_is_accepted_and_never_after_an_acknowledgement(
    fates: list[Outcome | str], answers: dict[str, int]
) -> None:
    with TemporaryDirectory() as folder, scene(f"sqlite:///{folder}/bot.sqlite") as bot:
        bot.ours = replace(bot.ours, wake=Wake(("special",)))
        bot.put(episode(1, NOW - hours(2), birth=CHILD))
        phones = Watched("sms", can_tell=False, repeat_harmless=True, fates=list(fates), clock=lambda: bot.now)
        answered = dict[str, datetime]()
        while bot.now < NOW + timedelta(minutes=45):
            answer(bot, answers, answered)
            ticked(bot, phones, "ab"[len(phones.seen) % 2])
            bot.wait(minutes=1)
    for when, destination, message in phones.seen:
        assert message == Message(Reply("A call waits", 0), WAKE, message.marker), "one fixed sentence"
        assert when <= answered.get(AGENCIES[destination], when), "never after the acknowledgement"
    accepted = {AGENCIES[k.destination] for k in phones.messages}
    for agency in ("police", "council"):
        over = answered.get(agency, NOW + timedelta(minutes=30))
        if over >= NOW + timedelta(minutes=6 + len(fates)) and not any(isinstance(f, PostRefused) for f in fates):
            assert agency in accepted, "tried until it was accepted, or its tier was over"
