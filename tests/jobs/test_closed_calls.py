"""A call that is settled says so in its message, once, and has nothing left to press."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from bot.conversation.outbound import PostRefused
from bot.jobs import escalations
from bot.rules.effects import Acknowledge
from tests.support.factories import NOW, episode, hours
from tests.support.job_scene import Scene, scene
from tests.support.memory_platform import SHARED_CHANNEL, Kept

CHILD = episode(1, NOW - hours(2), birth=date(2006, 1, 1), area="north")


@pytest.fixture
def bot(database_url: str) -> Iterator[Scene]:
    with scene(database_url) as made:
        made.put(CHILD)
        made.tick(escalations.JOB)
        yield made


def called(bot: Scene) -> Kept:
    """The message to the manager of the north."""
    (found,) = bot.chat.to("north-manager")
    return found


def acknowledge(bot: Scene, agency: str = "council", by: str = "north-manager") -> None:
    with bot.run().facts() as facts:
        row = next(r for r in facts.work.escalations([CHILD.id]) if r.agency == agency)
    bot.say(Acknowledge(row.id, by, bot.now))


def test_while_somebody_is_asked_it_stays_as_it_was(bot: Scene) -> None:
    before = called(bot).text
    bot.wait(minutes=5)
    bot.tick(escalations.JOB)
    assert (called(bot).text, called(bot).changes) == (before, 0)
    assert "Acknowledge" in [b.label for b in called(bot).message.reply.buttons]


def test_acknowledged_it_says_when_and_has_nothing_to_press(bot: Scene) -> None:
    acknowledge(bot)
    bot.wait(minutes=1)
    bot.tick(escalations.JOB)
    kept = called(bot)
    assert kept.message.reply.buttons == ()
    assert kept.text == "OX-2223: acknowledged\nNorth: acknowledged 08:00, duty team manager of council."
    assert kept.message.marker


def test_it_is_changed_once(bot: Scene) -> None:
    acknowledge(bot)
    for _ in range(3):
        bot.wait(minutes=1)
        bot.tick(escalations.JOB)
    assert called(bot).changes == 1


def test_the_other_agencys_call_is_another(bot: Scene) -> None:
    acknowledge(bot, "police", "police")
    bot.wait(minutes=1)
    bot.tick(escalations.JOB)
    assert called(bot).changes == 0
    assert bot.chat.to("police")[0].changes == 1


def test_to_somebody_who_may_not_read_it_any_more_nothing_is_said(bot: Scene) -> None:
    acknowledge(bot)
    bot.chat.describes["north-manager"] = SHARED_CHANNEL
    bot.wait(minutes=1)
    bot.tick(escalations.JOB)
    assert called(bot).changes == 0


def test_a_message_that_is_gone_is_not_asked_for_again(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    acknowledge(bot)
    asked: list[str] = []

    def gone(destination: str, message_id: str, message: object) -> PostRefused:
        asked.append(message_id)
        return PostRefused("message_not_found")

    monkeypatch.setattr(bot.chat, "update", gone)
    for _ in range(3):
        bot.wait(minutes=1)
        bot.tick(escalations.JOB)
    assert len(asked) == 1
