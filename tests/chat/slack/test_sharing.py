"""Whoever asks or shares in Slack: once, and only where those read who may; the rest is no question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest

from bot.chat.slack.webhook import Webhook
from bot.server.platforms import slack_service
from tests.support.slack import events, payloads
from tests.support.slack import presses as pressed
from tests.support.slack.mornings import (
    DUE,
    MISSING,
    NOW_,
    REF,
    SHARE,
    asked_to_share,
    mention,
    mentioned,
    without_role,
)
from tests.support.slack.scene import ACCOUNTS, NORTH, STRANGER, UNLISTED, Scene, words
from tests.support.slack.workspace import Channel, Person


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE)
    return scene


def test_a_double_click_shares_once(bot: Scene) -> None:
    action = pressed.find_action(asked_to_share(bot).blocks, NOW_)
    question = bot.workspace.ephemeral[-1]
    for _ in range(2):
        bot.send(payloads.press_action(bot.workspace, bot.person("north-manager"), question, action))
    assert len(bot.workspace.in_channel(NORTH)) == 1
    assert "Shared with the channel" in words(question)


def test_a_second_press_of_share_now_is_not_passed_over_in_silence(bot: Scene) -> None:
    question = asked_to_share(bot)
    action = pressed.find_action(question.blocks, NOW_)
    bot.press(question, NOW_, "north-manager")
    before = len(bot.workspace.ephemeral)
    bot.send(payloads.press_action(bot.workspace, bot.person("north-manager"), question, action))
    assert "pressed before" in words(bot.workspace.ephemeral[before])


@pytest.mark.parametrize("change", ["role", "guest", "gone"])
def test_who_reads_a_channel_is_told_to_nobody_who_is_not_to_be_answered(bot: Scene, change: str) -> None:
    shown = bot.slash("open", "north-manager", NORTH)
    if change == "role":
        without_role(bot)
    else:
        bot.workspace.put(Person(ACCOUNTS["north-manager"], is_restricted=change == "guest", deleted=change == "gone"))
    said = words(bot.press(shown, SHARE, "north-manager"))
    assert "ask your administrator" in said
    assert "members" not in said
    assert bot.trail()[-1][2] not in ("answered", "handle")


def test_a_channel_that_was_shared_a_moment_ago_gets_nothing(bot: Scene) -> None:
    question = asked_to_share(bot)
    bot.workspace.channels[NORTH].is_ext_shared = True  # another replica heard of it
    bot.press(question, NOW_, "north-manager")
    assert bot.workspace.in_channel(NORTH) == []


def test_a_mention_looks_anew_who_reads_there(bot: Scene) -> None:
    bot.slash("open", "north-manager", NORTH)
    bot.workspace.channels[NORTH].is_ext_shared = True
    (said,) = mentioned(bot, mention(bot, "open"))
    assert REF not in words(said)


def test_who_reads_there_is_looked_at_anew_before_it_is_said(bot: Scene) -> None:
    shown = bot.slash("open", "north-manager", NORTH)
    bot.workspace.channels[NORTH].members.append(STRANGER)  # another replica heard of it
    assert "3 members" in words(bot.press(shown, SHARE, "north-manager"))


def test_of_two_replicas_that_are_handed_a_press_at_once_one_shares(scene_anywhere: Scene) -> None:
    bot = scene_anywhere
    bot.put(MISSING)
    other = slack_service(bot.app, bot.slack.connection, lambda: bot.now)
    there = other.webhook()
    assert there is not None
    question = asked_to_share(bot)
    action = pressed.find_action(question.blocks, NOW_)
    presses = [payloads.press_action(bot.workspace, bot.person("north-manager"), question, action) for _ in range(4)]
    bot.loop.run_until_complete(at_once([bot.webhook, there, bot.webhook, there], presses))
    assert other.stop()
    assert len(bot.workspace.in_channel(NORTH)) == 1
    assert [row for row in bot.trail() if row[3] == "north-digest"] == [
        ("north-manager", "open", "answered", "north-digest")
    ]


async def at_once(webhooks: Sequence[Webhook], requests: Sequence[payloads.Request]) -> None:
    async def one(webhook: Webhook, request: payloads.Request, n: int) -> None:
        headers = {name.lower(): value for name, value in request.headers(time.time() + n).items()}
        assert (await webhook(request.body.encode(), headers))[0] == 200

    await asyncio.gather(*(one(*pair, n) for n, pair in enumerate(zip(webhooks, requests, strict=True))))
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)


@pytest.mark.parametrize("change", [{"bot_id": "B0ANOTHER"}, {"user": None}, {"bot_id": "B0ANOTHER", "user": None}])
def test_a_program_that_mentions_the_bot_is_not_answered(bot: Scene, change: dict[str, Any]) -> None:
    ask = mention(bot, "stats north")
    inner = {k: v for k, v in {**ask.payload["event"], **change}.items() if v is not None}
    assert mentioned(bot, ask.changed(event=inner)) == []


@pytest.mark.parametrize("channel", [NORTH, UNLISTED, "G0MANY", "D0OTHERS"])
def test_words_elsewhere_than_to_the_bot_alone_are_no_command(bot: Scene, channel: str) -> None:
    if channel not in bot.workspace.channels:
        bot.workspace.put(Channel(channel, user="U0SOMEBODY" if channel[0] == "D" else None))
    ask = events.message_im(bot.workspace, bot.person("north-manager"), f"child {REF}")
    before = bot.trail()
    bot.send(ask.changed(event={**ask.payload["event"], "channel": channel}))
    assert bot.trail() == before
    assert bot.workspace.messages == []


def test_a_file_of_the_bots_own_is_no_command(bot: Scene) -> None:
    me = bot.workspace.people[bot.workspace.bot_user]
    ask = events.message_im(bot.workspace, bot.person("north-manager"), "open")
    bot.send(ask.changed(event={**ask.payload["event"], "subtype": "file_share", "user": me.id}))
    assert bot.workspace.messages == []


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
def test_words_beside_a_file_are_a_command_too(bot: Scene, subtype: str) -> None:
    ask = events.message_im(bot.workspace, bot.person("north-manager"), "open")
    bot.send(ask.changed(event={**ask.payload["event"], "subtype": subtype}))
    assert REF in words(bot.to("north-manager")[-1])


def test_somebody_else_may_be_addressed_before_the_bot(bot: Scene) -> None:
    ask = mention(bot, "open")
    text = f"<@{ACCOUNTS['lead']}> look: {ask.payload['event']['text']}"
    (said,) = mentioned(bot, ask.changed(event={**ask.payload["event"], "text": text}))
    assert REF in words(said)
