"""Looks after messages that were sent: a place is asked once for all of them, within the platform's limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from bot.conversation.outbound import PREVIEW, AskLater, CannotTell, Message, NoLookUp, WithNotice
from bot.conversation.reply import Reply
from bot.jobs.job import Composed, Job, Ready, Run
from bot.jobs.sweeps import PLACES
from bot.rules.delivery.delivery import Delivery, Planned
from bot.store.delivery import ledger
from tests.support.factories import NOW
from tests.support.job_scene import Scene
from tests.support.memory_platform import PRIVATE_CHANNEL, MemoryChat

EACH = 7


class Reading(MemoryChat):
    """A chat that reads a place at once, and counts its readings: one of the channel, one of each thread."""

    def __init__(self) -> None:
        super().__init__()
        self.readings: list[str] = []
        self.limited_for = 0.0
        self.unreadable: set[str] = set()

    def describe(self, destination: str) -> object:  # type: ignore[override]
        return PRIVATE_CHANNEL

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        raise AssertionError("one by one")

    def find_all(
        self, destination: str, threads: Mapping[str, str | None], since: datetime
    ) -> Mapping[str, Sequence[str]]:
        self.readings += [destination] * len(set(threads.values()))
        if self.limited_for:
            raise AskLater(self.limited_for)
        if destination in self.unreadable:
            return {}
        there = [k for k in self.messages if k.destination == destination]
        return {m: [k.number for k in there if k.message.marker == m] for m in threads}


def notes(places: int, each: int = EACH) -> Job:
    def plan(run: Run, now: datetime) -> None:
        found = [
            Planned("note", "north", "offline", f"C{place}", f"{place}:{n}", NOW)
            for n in range(each)
            for place in range(places)
        ]
        with run.writing() as connection:
            ledger.plan(connection, found, now)

    def compose(run: Run, d: Delivery, now: datetime) -> Composed:
        return Ready(Message(Reply("A note", 0), PREVIEW, d.marker))

    return Job(("note",), compose, plan)


@pytest.fixture
def chat(bot: Scene) -> Reading:
    bot.chat = found = Reading()
    return found


def test_a_place_is_asked_once_for_all_of_its_messages(bot: Scene, chat: Reading) -> None:
    job = notes(10)
    bot.tick(job)
    for _ in range(10):
        bot.wait(seconds=30)
        bot.tick(job)
    assert len(bot.ledger("note")) == 70
    assert sorted(chat.readings) == sorted(f"C{n}" for n in range(10))
    assert {d.sweeps for d in bot.ledger("note")} == {1}


def test_messages_of_one_place_sent_within_a_minute_are_one_reading(bot: Scene, chat: Reading) -> None:
    for n in range(1, 5):
        bot.tick(notes(1, each=n))
        bot.wait(seconds=14)
    chat.readings = []
    bot.now = NOW + timedelta(minutes=5)
    for _ in range(6):
        bot.tick()
        bot.wait(seconds=14)
    assert chat.readings == ["C0"]
    assert {d.sweeps for d in bot.ledger("note")} == {1}


def test_so_many_places_are_asked_in_one_tick_and_the_others_in_the_next(bot: Scene, chat: Reading) -> None:
    job = notes(PLACES + 5, each=1)
    bot.tick(job)
    bot.wait(minutes=5)
    bot.tick(job)
    assert len(chat.readings) == PLACES
    bot.wait(seconds=30)
    bot.tick(job)
    assert len(set(chat.readings)) == len(chat.readings) == PLACES + 5


def test_a_platform_that_limits_the_rate_is_left_alone_and_no_look_is_lost(bot: Scene, chat: Reading) -> None:
    job = notes(3)
    bot.tick(job)
    bot.wait(minutes=5)
    chat.limited_for = 60
    bot.tick(job)
    assert len(chat.readings) == 1, "the other places would be refused too"
    assert {d.sweeps for d in bot.ledger("note")} == {0}
    chat.limited_for = 0
    bot.wait(seconds=30)
    bot.tick(job)
    assert sorted(chat.readings[1:]) == ["C1", "C2"], "the first one has to wait for a minute"
    bot.wait(seconds=31)
    bot.tick(job)
    assert {d.sweeps for d in bot.ledger("note")} == {1}
    assert len(chat.readings) == 4


def test_what_cannot_be_read_counts_as_looked_at_and_as_nothing_else(bot: Scene, chat: Reading) -> None:
    job = notes(2)
    bot.tick(job)
    chat.unreadable = {"C0"}
    bot.wait(minutes=5)
    bot.tick(job)
    assert {(d.state, d.sweeps) for d in bot.ledger("note")} == {("sent", 1)}
    assert bot.alarms() == []


def test_copies_and_losses_of_one_place_are_each_seen_to(bot: Scene, chat: Reading) -> None:
    job = notes(1, each=3)
    bot.tick(job)
    copied, lost, _ = list(chat.messages)
    chat.post("C0", copied.message)
    chat.delete("C0", lost.number)
    bot.wait(minutes=5)
    bot.tick(job)
    assert sorted(bot.states("note")) == ["held gone", "sent", "sent"]
    assert len(chat.messages) == 2
    assert copied.number in {k.number for k in chat.messages}
    assert len(bot.alarms()) == 1


@pytest.mark.parametrize("fault", [CannotTell, NoLookUp])
def test_a_platform_that_looks_up_one_by_one_is_asked_one_by_one(bot: Scene, fault: type[CannotTell]) -> None:
    class Single(MemoryChat):
        def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
            if marker == bot.ledger("note")[0].marker:
                raise fault
            return super().find(destination, marker, since, thread)

    bot.chat, job = Single(describes={"C0": PRIVATE_CHANNEL}), notes(1, each=3)
    bot.tick(job)
    bot.chat.messages.pop(0)
    bot.wait(minutes=5)
    bot.tick(job)
    assert bot.states("note") == ["sent"] * 3, "the first is not known to be gone"


def test_a_practice_line_changes_nothing_about_it(chat: Reading) -> None:
    noted = WithNotice(chat, "PRACTICE")  # type: ignore[arg-type]
    assert noted.find_all("C0", {"m": None}, NOW) == {"m": []}
    assert chat.readings == ["C0"]
