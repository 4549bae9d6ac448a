"""Buttons in Slack: whoever presses is looked up anew, and what a button means stands nowhere in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation.outbound import PREVIEW, Message, Sent
from bot.conversation.reply import Button, Reply
from bot.rules.access.permissions import TakeRole
from bot.store.database import writing
from bot.store.people_list import Changing
from tests.support.factories import NOW, episode, hours, interview
from tests.support.slack import payloads, presses
from tests.support.slack.scene import ACCOUNTS, COUNTS, NORTH, UNLISTED, Scene, words
from tests.support.slack.workspace import Message as There
from tests.support.slack.workspace import Person

MISSING = episode(1, area="north")
REF = MISSING.child_ref
BACK = NOW - hours(20)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
STALE = "This button is no longer valid"


@pytest.fixture
def bot(scene: Scene) -> Scene:
    """One child of the north is missing, and one is back with an interview due."""
    scene.put(MISSING, DUE)
    return scene


def listed(bot: Scene) -> There:
    """Who is missing, as the north's manager sees it in their channel."""
    return bot.slash("open", "north-manager", NORTH)


LOOK = "Look up"


def test_a_button_does_what_it_says(bot: Scene) -> None:
    assert REF in words(bot.press(listed(bot), LOOK, "north-manager"))


def test_a_value_says_nothing(bot: Scene) -> None:
    values = [a.value for a in presses.actions_of(listed(bot).blocks)]
    assert values
    assert not any(REF in str(value) or "child" in str(value) for value in values)


def test_somebody_else_cannot_press_it(bot: Scene) -> None:
    assert STALE in words(bot.press(listed(bot), LOOK, "lead"))


def test_after_its_time_it_is_no_longer_valid(bot: Scene) -> None:
    shown = listed(bot)
    bot.turn(NOW + timedelta(minutes=16))
    assert STALE in words(bot.press(shown, LOOK, "north-manager"))


@pytest.mark.parametrize("alter", [lambda v: v[:-1], lambda v: v + "0", lambda v: v.upper() + "x", lambda v: ""])
def test_an_altered_value_is_no_button(bot: Scene, alter: Callable[[str], str]) -> None:
    shown = listed(bot)
    action = presses.find_action(shown.blocks, LOOK)
    altered = replace(action, value=alter(action.value or ""), sent={**action.sent, "value": alter(action.value or "")})
    bot.send(payloads.press_action(bot.workspace, bot.person("north-manager"), shown, altered))
    assert STALE in words(bot.workspace.ephemeral[-1])


def test_a_role_taken_away_after_it_was_shown_counts_no_more(bot: Scene) -> None:
    shown = listed(bot)
    with writing(bot.app.database) as connection:
        changing = Changing(connection, bot.app.keys.audit, bot.app.partnership, "admin", NOW)
        changing.make(TakeRole("north-manager", "team_manager"), "take role")
    assert REF not in words(bot.press(shown, LOOK, "north-manager"))


def test_an_account_that_is_gone_since_is_not_answered(bot: Scene) -> None:
    shown = listed(bot)
    bot.workspace.put(Person(ACCOUNTS["north-manager"], deleted=True))
    assert "ask your administrator" in words(bot.press(shown, LOOK, "north-manager"))


def test_the_same_press_handed_in_twice_is_acted_on_once(bot: Scene) -> None:
    shown = listed(bot)
    request = payloads.press(bot.workspace, bot.person("north-manager"), shown, LOOK)
    assert bot.send(request)[0] == 200
    before = len(bot.workspace.ephemeral)
    assert bot.send(request, request.headers(time.time() + 1, retry=1))[0] == 200
    assert len(bot.workspace.ephemeral) == before


# ---- posts ----------------------------------------------------------------------------------------


def posted(bot: Scene, destination: str, *buttons: Button) -> There:
    """Something the bot posted unasked."""
    sent = bot.slack.platform.post(destination, Message(Reply("Look", 1, buttons=buttons), PREVIEW, "a-marker"))
    assert isinstance(sent, Sent)
    found = bot.workspace.at(bot.slack.channels.where(destination), sent.message_id)
    assert found
    return found


def test_a_button_in_a_private_message_works_days_later(bot: Scene) -> None:
    there = posted(bot, ACCOUNTS["north-manager"], Button("Look", f"child {REF}"))
    bot.turn(NOW + timedelta(days=3))
    bot.put(*[], taken_at=bot.now)
    assert "handle" not in [row[2] for row in bot.trail()]
    bot.press(there, "Look", "north-manager")
    assert bot.trail()[-1][:2] == ("north-manager", "child")


def test_a_button_in_a_channel_is_for_whoever_reads_there_and_answers_them_alone(bot: Scene) -> None:
    there = posted(bot, NORTH, Button("Missing now", "open"))
    assert REF in words(bot.press(there, "Missing now", "north-manager"))
    assert "This button" not in words(bot.press(there, "Missing now", "north-worker"))
    assert len(bot.workspace.in_channel(NORTH)) == 1


def test_a_button_of_a_channel_does_not_work_in_another(bot: Scene) -> None:
    there = posted(bot, NORTH, Button("Missing now", "open"))
    moved = replace(there, channel=UNLISTED)
    assert STALE in words(bot.press(moved, "Missing now", "north-manager"))


# ---- sharing --------------------------------------------------------------------------------------


def test_what_is_shared_is_answered_for_the_channel(bot: Scene) -> None:
    asked = bot.press(bot.slash("open", "north-manager", NORTH), "Share to this channel", "north-manager")
    assert "The channel is private: 2 members, every one listed." in words(asked)
    assert bot.workspace.in_channel(NORTH) == []
    assert asked is not None
    bot.press(asked, "Share now", "north-manager")
    (there,) = bot.workspace.in_channel(NORTH)
    assert REF in words(there)
    assert "Shared by north-manager." in words(there)
    assert "Shared with the channel." in words(asked)  # in place of the question
    assert bot.trail()[-1] == ("north-manager", "open", "answered", "north-digest")


def test_sharing_can_be_thought_better_of(bot: Scene) -> None:
    asked = bot.press(bot.slash("open", "north-manager", NORTH), "Share to this channel", "north-manager")
    assert asked is not None
    bot.press(asked, "Cancel", "north-manager")
    assert bot.workspace.in_channel(NORTH) == []
    assert asked.deleted


def test_a_child_cannot_be_shared(bot: Scene) -> None:
    said = bot.slash(f"child {REF}", "north-manager", NORTH)
    assert "Share to this channel" not in presses.labels(said.blocks)


@pytest.mark.parametrize("channel", [COUNTS, UNLISTED])
def test_references_are_shared_only_where_they_may_stand(bot: Scene, channel: str) -> None:
    bot.slash("open", "north-manager", channel)
    said = bot.to("north-manager")[-1]
    assert "Share to this channel" not in presses.labels(said.blocks)


def test_a_channel_that_others_read_since_gets_nothing(bot: Scene) -> None:
    said = bot.slash("open", "north-manager", NORTH)
    asked = bot.press(said, "Share to this channel", "north-manager")
    assert asked is not None
    bot.workspace.channels[NORTH].is_ext_shared = True
    bot.slack.channels.forget(NORTH)
    bot.press(asked, "Share now", "north-manager")
    assert bot.workspace.in_channel(NORTH) == []
    refused = bot.press(said, "Share to this channel", "north-manager")
    assert "Others than this partnership read this channel" in words(refused)


def test_where_slack_does_not_say_whether_it_was_shared_that_is_said(bot: Scene) -> None:
    asked = bot.press(bot.slash("open", "north-manager", NORTH), "Share to this channel", "north-manager")
    assert asked is not None
    bot.workspace.fates.schedule("chat.postMessage", "500 accepted")
    bot.press(asked, "Share now", "north-manager")
    assert "did not confirm it" in words(asked)


# ---- hiding ---------------------------------------------------------------------------------------


def test_details_are_taken_away_at_once(bot: Scene) -> None:
    said = bot.slash(f"child {REF}", "north-manager", NORTH)
    bot.press(said, "Hide now", "north-manager")
    assert said.deleted


def test_details_in_the_private_conversation_are_taken_away(bot: Scene) -> None:
    bot.slash(f"child {REF}", "north-manager", COUNTS)
    bot.press(bot.to("north-manager")[-1], "Hide now", "north-manager")
    assert bot.to("north-manager") == []
