"""escalations in Slack: a button beside each of the reader's own calls, none beside those of other people."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from bot.store.database import writing
from bot.store.schema.delivery import escalation
from tests.support.factories import NOW, episode, hours
from tests.support.slack import presses
from tests.support.slack.scene import COUNTY, NORTH, Scene, words

ONE, TWO = episode(1, NOW - hours(26)), episode(2, NOW - hours(30), area="south")


@pytest.fixture
def bot(scene: Scene) -> Scene:
    """Both children are missing; the council called the manager of the north for one and the lead for the other."""
    scene.put(ONE, TWO)
    rows = [
        (1, ONE.id, "council", "north-manager"),
        (2, TWO.id, "council", "lead"),
        (3, TWO.id, "police", "police"),
    ]
    with writing(scene.app.database) as connection:
        for number, of, agency, who in rows:
            times = {"raised_at": NOW - hours(1), "acknowledge_by": NOW + hours(1)}
            called = {"agency": agency, "tier": 1, "role": "duty_manager", "person_id": who}
            connection.execute(insert(escalation).values(id=number, rule="open", episode_id=of, **called, **times))
    return scene


def test_ones_own_calls_have_the_buttons(bot: Scene) -> None:
    said = bot.slash("escalations", "north-manager", NORTH)
    assert presses.labels(said.blocks).count("Acknowledge") == 1
    said = bot.slash("who was called", "lead", COUNTY)
    assert presses.labels(said.blocks).count("Acknowledge") == 1
    done = bot.press(said, "Acknowledge", "lead")
    assert f"{TWO.child_ref}: acknowledged" in words(done)
    assert "Acknowledge" not in presses.labels(bot.slash("escalations", "lead", COUNTY).blocks)


def test_a_call_of_another_is_acknowledged_by_typing(bot: Scene) -> None:
    assert "Acknowledged for council" in words(bot.slash("escalations 1 acknowledge", "lead", NORTH))
