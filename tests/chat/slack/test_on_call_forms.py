"""Covers and swaps by form in Slack: who may is asked again when it is handed in, and no number is anywhere."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.rules.partnership.rota import Shift
from bot.store import rota
from bot.store.database import reading, writing
from tests.support.factories import NOW, episode, hours
from tests.support.slack import acceptance, presses, submission
from tests.support.slack.scene import ACCOUNTS, COUNTY, NORTH, Scene, words
from tests.support.slack.workspace import Person

ROLE = "duty_team_manager"
MINE = Shift(ROLE, "north-manager", NOW - hours(8), NOW + hours(16))
THEIRS = Shift(ROLE, "lead", NOW + hours(16), NOW + timedelta(days=40))
ANSWERS = {
    "Which role?": "duty team manager",
    "Who holds it?": "coordinator",
    "From which day?": "2017-07-05",
    "From when, in London?": "12:00",
    "To which day?": "2017-07-05",
    "Until when, in London?": "18:00",
}
COVER = Shift(ROLE, "coordinator", NOW + hours(4), NOW + hours(10), "north-manager")
PARTS = ("type", "title", "blocks", "close", "submit", "private_metadata", "callback_id")


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(episode(1, NOW - hours(9)))
    with writing(scene.app.database) as connection:
        rota.take_over(connection, [MINE, THEIRS], "admin", NOW)
    return scene


def opened(bot: Scene, label: str, who: str = "north-manager", place: str | None = None) -> dict[str, Any]:
    bot.press(bot.slash("on-call", who, place), label, who)
    view = bot.modal()
    assert acceptance.view_problems({k: v for k, v in view.items() if k in PARTS and v}) == []
    return view


def covers(bot: Scene) -> list[Shift]:
    with reading(bot.app.database) as connection:
        return [s for s in rota.shifts(connection) if s.instead_of]


def test_the_holder_has_a_shift_covered(bot: Scene) -> None:
    view = opened(bot, "Cover")
    done = bot.submit(view, "north-manager", **ANSWERS)
    assert done["response_action"] == "update"
    assert submission.reply_problems(view, done) == []
    assert covers(bot) == [COVER]
    assert "coordinator is on call as duty team manager of council from Wed 5 Jul 12:00 to 18:00" in words(done["view"])
    assert bot.trail()[-1][:3] == ("north-manager", "on-call change", "answered")


def test_two_shifts_are_swapped_from_a_channel(bot: Scene) -> None:
    view = opened(bot, "Swap", place=NORTH)
    answers = {
        "Which role?": "duty team manager",
        "With whom?": "lead",
        "Your shift: a day in it": "2017-07-05",
        "Your shift: a time in it": "12:00",
        "Their shift: a day in it": "2017-07-06",
        "Their shift: a time in it": "12:00",
    }
    assert bot.submit(view, "north-manager", **answers)["response_action"] == "update"
    assert [(s.person, s.instead_of) for s in covers(bot)] == [("lead", "north-manager"), ("north-manager", "lead")]


def test_nothing_is_changed_by_opening_or_by_a_wrong_time(bot: Scene) -> None:
    view = opened(bot, "Cover")
    done = bot.submit(view, "north-manager", **ANSWERS | {"To which day?": "2017-07-04"})
    assert done["response_action"] == "errors"
    assert "That is over" in json.dumps(done)
    assert covers(bot) == []


@pytest.mark.parametrize("day", ["2018-03-25", "2017-10-29"])
def test_an_hour_that_the_clocks_skip_or_repeat_is_not_guessed(bot: Scene, day: str) -> None:
    view = opened(bot, "Cover", "lead")
    done = bot.submit(view, "lead", **ANSWERS | {"To which day?": day, "Until when, in London?": "01:30"})
    assert (done["response_action"], list(done["errors"])) == ("errors", ["until_time"])
    assert covers(bot) == []


def test_who_may_not_has_no_button_and_is_told_who_may(bot: Scene) -> None:
    for who in ("south-worker", "north-worker", "police"):
        assert not {"Cover", "Swap"} & {*presses.labels(bot.slash("on-call", who).blocks)}
    typed = f"on-call cover {ROLE} by coordinator from 12:00 to 18:00"
    said = words(bot.slash(typed, "coordinator"))
    assert "Only its holder may change a shift" in said
    assert "Ask lead." in said
    assert (covers(bot), bot.workspace.views) == ([], {})


def test_who_may_is_asked_again_when_the_form_is_handed_in(bot: Scene) -> None:
    view = opened(bot, "Cover")
    bot.submit(opened(bot, "Cover", "lead"), "lead", **ANSWERS | {"From when, in London?": "08:00"})
    done = bot.submit(view, "north-manager", **ANSWERS | {"Who holds it?": "lead"})
    assert "The rota has changed: north-manager does not hold all of it" in json.dumps(done)
    view = opened(bot, "Cover")  # from 18:00 on it is theirs again
    bot.workspace.put(Person(ACCOUNTS["north-manager"], is_restricted=True))
    late = ANSWERS | {"From when, in London?": "19:00", "Until when, in London?": "20:00"}
    assert "ask your administrator" in json.dumps(bot.submit(view, "north-manager", **late))
    assert len(covers(bot)) == 1


def test_the_form_offers_nobody_of_the_other_agency_and_nobody_without_the_right(bot: Scene) -> None:
    view = opened(bot, "Cover", "lead", COUNTY)
    block = next(b for b in view["blocks"] if b.get("block_id") == "person")
    offered = {o["value"] for o in block["element"]["options"]}
    assert offered == {"lead", "north-manager", "north-worker", "south-worker", "disability-worker", "coordinator"}


def test_an_altered_choice_puts_nobody_on_call(bot: Scene) -> None:
    view = opened(bot, "Cover", "lead")
    block = next(b for b in view["blocks"] if b.get("block_id") == "person")
    block["element"]["options"].append({"text": {"type": "plain_text", "text": "police"}, "value": "police"})
    done = bot.submit(view, "lead", **ANSWERS | {"Who holds it?": "police"})
    assert "Nobody of that id in your agency can be called" in json.dumps(done)
    assert covers(bot) == []
