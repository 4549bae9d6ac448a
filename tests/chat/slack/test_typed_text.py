"""What people type into Slack is taken as they typed it, and is there again where it could not be kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.store.database import DatabaseError, reading
from bot.store.schema import access
from tests.support.factories import NOW, episode, hours
from tests.support.slack import events, payloads
from tests.support.slack.mornings import DUE, MISSING, busy, mention, mentioned
from tests.support.slack.scene import ACCOUNTS, NORTH, Scene, words


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE)
    return scene


SOUTH = episode(5, area="south")


def reasons(bot: Scene) -> list[str]:
    with reading(bot.app.database) as connection:
        return list(connection.scalars(select(access.audit.c.reason)))


@pytest.mark.parametrize("way", ["typed", "written", "mentioned"])
def test_a_reason_is_recorded_as_it_was_typed(scene: Scene, way: str) -> None:
    scene.put(SOUTH)
    said = f'child {SOUTH.child_ref} because "police &amp; school ask who the worker is"'  # as Slack hands it in
    if way == "typed":
        scene.slash(said, "lead", NORTH)
    elif way == "written":
        scene.send(events.message_im(scene.workspace, scene.person("lead"), said))
    else:
        mentioned(scene, mention(scene, said))
    assert not any("&amp;" in reason for reason in reasons(scene))
    assert way == "mentioned" or any("police & school" in reason for reason in reasons(scene))


def test_what_could_not_be_recorded_is_there_when_the_form_is_opened_again(
    bot: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH)
    bot.press(shown, "Record", "north-worker")
    with monkeypatch.context() as broken:
        broken.setattr("bot.store.changes.record.record", _away)
        done = bot.submit(bot.modal(), "north-worker", **{"What came of it?": "Offered by phone"})
    assert "could not record" in str(done)
    bot.press(bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH), "Record", "north-worker")
    chosen = next(b for b in bot.modal()["blocks"] if b.get("block_id") == "outcome")["element"]["initial_option"]
    assert chosen["text"]["text"] == "Offered by phone"


def _away(*_: object) -> Any:
    raise DatabaseError("The database cannot be used: it is away.")


def test_what_was_saved_at_the_second_try_does_not_come_back(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    view = away_form(bot)
    untouched = [b.get("element") for b in view["blocks"]]
    answers = {"First day away": "2017-07-10", "Last day away": "2017-07-12"}
    with monkeypatch.context() as broken:
        broken.setattr("bot.conversation.dispatcher.Dispatcher.dispatch", broken)
        bot.submit(view, "north-worker", **answers)
    assert bot.submit(view, "north-worker", **answers)["response_action"] == "update"
    assert [b.get("element") for b in away_form(bot)["blocks"]] == untouched


def away_form(bot: Scene) -> dict[str, Any]:
    bot.send(events.app_home_opened(bot.workspace, bot.person("north-worker")))
    home = bot.workspace.homes[ACCOUNTS["north-worker"]]
    bot.send(payloads.press_in_view(bot.workspace, bot.person("north-worker"), home, "Say when you are away"))
    return dict(bot.modal())


@pytest.mark.parametrize(("day", "said"), [(NOW, "Saved"), (NOW + hours(24), "still to come")])
def test_what_became_of_a_form_is_told_in_private_where_slack_will_not_change_it(
    bot: Scene, monkeypatch: pytest.MonkeyPatch, day: datetime, said: str
) -> None:
    bot.press(bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH), "Record", "north-worker")
    monkeypatch.setattr("bot.chat.slack.adapter.FORM_SECONDS", 0.0)
    bot.workspace.fates.schedule("views.update", "500")
    answers = {"What came of it?": "Offered by phone", "Day": f"{day:%Y-%m-%d}", "Time, in London": "00:30"}
    with busy(bot, 4, 0.5):
        bot.submit(bot.modal(), "north-worker", **answers)
    assert said in words(bot.to("north-worker")[-1])
