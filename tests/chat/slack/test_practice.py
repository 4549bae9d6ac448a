"""In Slack too, whatever a practice partnership answers and posts says that it is practice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.jobs.delivery import tick
from bot.rules.partnership.installation import NOT_REAL
from bot.server.worker import JOBS, Worker
from tests.support.factories import NOW, episode, hours, interview
from tests.support.slack import events
from tests.support.slack.scene import COUNTY, NORTH, STRANGER, Scene, words
from tests.support.slack.workspace import Message

MISSING = episode(1, area="north")
REF = MISSING.child_ref
BACK = NOW - hours(20)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE)
    return scene


def says_so(shown: Message | Mapping[str, Any] | None) -> bool:
    return words(shown).count(NOT_REAL) == 1


def test_answers_pages_and_refusals(bot: Scene) -> None:
    assert says_so(bot.slash("open north", "north-worker", NORTH))
    assert says_so(bot.slash("no such thing", "north-worker"))
    assert says_so(bot.slash("open", STRANGER))
    assert says_so(bot.slash(f"child {REF}", "south-worker"))


def test_a_list_that_is_shared_says_so_before_and_after(bot: Scene) -> None:
    asked = bot.slash("open north", "north-worker", NORTH)
    before = bot.press(asked, "Share to this channel", "north-worker")
    assert says_so(before)
    assert before is not None
    bot.press(before, "Share now", "north-worker")
    assert says_so(bot.workspace.in_channel(NORTH)[-1])


def test_home_and_forms(bot: Scene) -> None:
    assert bot.send(events.app_home_opened(bot.workspace, bot.person("north-worker")))[0] == 200
    assert says_so(bot.workspace.homes[bot.person("north-worker").id])
    bot.slash(f"child {REF}", "lead")  # who has to say why
    assert says_so(bot.modal())


def test_what_is_posted_unasked(bot: Scene) -> None:
    """A digest in its channel, with its parts, and whatever people are sent alone."""
    clockwork = Worker(bot.app)
    clockwork.__dict__["slack"] = bot.slack
    run = replace(clockwork.run(), clock=lambda connection: bot.now)
    platform = run.platforms["slack"]
    assert platform.name == "slack"
    tick(run, JOBS, bot.now)
    posted = bot.workspace.in_channel(COUNTY)
    assert posted
    assert [words(each) for each in posted if not says_so(each)] == []
