"""A digest is composed for what its channel is when it is sent: guests, strangers and doubt leave counts alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.reply import Reply
from bot.jobs.digest import on_the_terminal, preview
from bot.rules.access.channel_privacy import Destination
from tests.support.asking import everything
from tests.support.factories import NOW, YESTERDAY, episode, partnership, reference
from tests.support.memory_facts import MemoryFacts

FACTS = MemoryFacts([episode(1, YESTERDAY, area="north")])
CHANNEL = next(c for c in partnership().channels if c.id == "north-digest")
GOOD = on_the_terminal(CHANNEL)


def posted(destination: Destination) -> Reply:
    return preview(FACTS, partnership(), CHANNEL, NOW, destination).reply


def test_a_private_channel_of_entitled_people_gets_references() -> None:
    assert reference(1) in everything(posted(GOOD))


@pytest.mark.parametrize(
    "doubt",
    [
        {"is_private": False},
        {"is_private": None},
        {"is_shared": True},
        {"is_shared": None},
        {"members": (True, False)},
        {"members": (True, None)},
        {"members": None},
    ],
    ids=str,
)
def test_anything_else_gets_counts(doubt: dict[str, object]) -> None:
    reply = posted(replace(GOOD, **doubt))  # type: ignore[arg-type]
    assert reply.level == 0
    assert reply.status == "ok"
    assert reference(1) not in everything(reply)


def test_a_channel_that_is_no_longer_listed_gets_nothing() -> None:
    reply = posted(replace(GOOD, listed=None))
    assert (reply.status, reply.level) == ("refused", 0)
    assert "Missing now" not in everything(reply)
