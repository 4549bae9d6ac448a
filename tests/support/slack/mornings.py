"""Beginnings that tests of bad mornings in Slack share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.rules.access.permissions import TakeRole
from bot.store.database import writing
from bot.store.people_list import Changing
from tests.support.factories import NOW, episode, hours, interview
from tests.support.slack import events, payloads
from tests.support.slack.scene import NORTH, Scene
from tests.support.slack.workspace import Message

MISSING = episode(1, area="north")
REF = MISSING.child_ref
BACK = NOW - hours(60)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
SHARE, NOW_ = "Share to this channel", "Share now"


def asked_to_share(bot: Scene) -> Message:
    question = bot.press(bot.slash("open", "north-manager", NORTH), SHARE, "north-manager")
    assert question is not None
    return question


def without_role(bot: Scene) -> None:
    with writing(bot.app.database) as connection:
        changing = Changing(connection, bot.app.keys.audit, bot.app.partnership, "admin", NOW)
        changing.make(TakeRole("north-manager", "team_manager"), "take role")


def mentioned(bot: Scene, request: payloads.Request) -> list[Message]:
    """Address the bot in the north's channel; return the channel's other messages."""
    question = Message(NORTH, request.payload["event"]["ts"])
    bot.workspace.messages.append(question)
    bot.send(request)
    return [m for m in bot.workspace.in_channel(NORTH) if m is not question]


def mention(bot: Scene, text: str) -> payloads.Request:
    return events.app_mention(bot.workspace, bot.person("north-manager"), bot.workspace.channels[NORTH], text)


PARTS = ("type", "title", "blocks", "close", "submit", "private_metadata", "callback_id")


def broken(*_: object) -> Any:
    raise RuntimeError("broken")


@contextmanager
def busy(bot: Scene, threads: int, seconds: float = 60.0) -> Iterator[None]:
    """Occupy some of the threads that answer."""
    free = threading.Event()
    for _ in range(threads):
        bot.slack._pool.submit(free.wait, seconds)
    try:
        yield
    finally:
        free.set()
