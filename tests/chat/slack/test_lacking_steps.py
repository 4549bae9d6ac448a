"""Typed steps that lack something: their form opens; in private without a trigger, a button opens it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from bot.cli import terminal
from bot.store.database import reading
from bot.store.schema import access
from tests.support.factories import NOW, episode, hours, interview
from tests.support.slack import acceptance, presses, submission
from tests.support.slack.scene import NORTH, Scene, words

BACK = NOW - hours(60)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
GONE = episode(3, NOW - hours(9), area="north")
SOUTH = episode(5, area="south")
REF = DUE.child_ref
PARTS = ("type", "title", "blocks", "close", "submit", "private_metadata", "callback_id")
BECAUSE = "the placement rang the police"


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(DUE, GONE, SOUTH)
    return scene


def steps(bot: Scene, of: int = DUE.id) -> list[str]:
    with bot.app.facts() as facts:
        return [s.kind for s in facts.work.steps([of]).get(of, ())]


def initial(view: dict[str, Any]) -> dict[str, str]:
    """Return the first values of a form, by field; empty ones left out."""
    found = {}
    for block in view["blocks"]:
        element = block.get("element", {})
        first = next((v for k, v in element.items() if k.startswith("initial_")), "")
        if first:
            found[block["block_id"]] = first["value"] if isinstance(first, dict) else first
    return found


def valid(view: dict[str, Any]) -> bool:
    return acceptance.view_problems({k: v for k, v in view.items() if k in PARTS and v}) == []


@pytest.mark.parametrize(
    ("typed", "filled"),
    [
        ("attempt", {"date": "2017-07-05", "time": "08:00"}),
        ("attempt yesterday 14:30", {"date": "2017-07-04", "time": "14:30"}),
        ("not possible", {"date": "2017-07-05", "time": "08:00"}),
        ("booked", {"outcome": "booked", "date": "2017-07-06"}),
        ("booked friday", {"outcome": "booked", "date": "2017-07-07"}),
        ("declined", {"date": "2017-07-05", "time": "08:00"}),
        ("snooze", {"date": "2017-07-06", "time": "08:00"}),
        ("snooze because waiting for carer", {"date": "2017-07-06", "time": "08:00", "reason": "waiting for carer"}),
        ("snooze until 6 jul 15:00", {"date": "2017-07-06", "time": "15:00"}),
        ("hand to", {}),
    ],
)
def test_a_step_of_an_interview_opens_its_form_filled_with_what_was_typed(
    bot: Scene, typed: str, filled: dict[str, str]
) -> None:
    bot.slash(f"interview {REF} offered by phone", "north-worker", NORTH)
    view = bot.form_of(f"interview {REF} {typed}", "north-worker", NORTH)
    assert valid(view)
    assert initial(view) == filled
    assert steps(bot) == ["offered"]


def test_what_is_filled_in_is_recorded(bot: Scene) -> None:
    bot.slash(f"interview {REF} offered by phone", "north-worker", NORTH)
    view = bot.form_of(f"interview {REF} booked", "north-worker", NORTH)
    done = bot.submit(view, "north-worker", **{"Time, in London": "10:00"})
    assert submission.reply_problems(view, done) == []
    assert steps(bot) == ["offered", "booked"]


def test_whom_it_is_handed_to_is_picked_of_those_who_may_take_it(bot: Scene) -> None:
    view = bot.form_of(f"interview {REF} hand to", "north-worker", NORTH)
    (person,) = [b["element"] for b in view["blocks"] if b.get("block_id") == "person"]
    offered = {o["value"] for o in person["options"]}
    assert {"north-manager", "coordinator"} <= offered
    assert not {"north-worker", "south-worker", "analyst", "admin", "police"} & offered
    bot.submit(view, "north-worker", **{"To whom?": "coordinator"})
    assert steps(bot) == ["handed_over"]


@pytest.mark.parametrize("chosen", ["south-worker", "admin", "nobody-1", "U0COORDINATOR"])
def test_somebody_else_is_refused_under_the_field(bot: Scene, chosen: str) -> None:
    view = bot.form_of(f"interview {REF} hand to", "north-worker", NORTH)
    element = next(b["element"] for b in view["blocks"] if b.get("block_id") == "person")
    element["options"][0]["value"] = chosen  # as a forged request has it
    done = bot.submit(view, "north-worker", **{"To whom?": element["options"][0]["text"]["text"]})
    assert list(done["errors"]) == ["person"]
    assert steps(bot) == []


def test_in_private_words_a_button_opens_the_form(bot: Scene) -> None:
    said = bot.write(f"interview {REF} attempt yesterday 14:30", "north-worker")
    assert presses.labels(said.blocks)[0] == "Fill in the form"
    assert bot.workspace.views == {}
    bot.press(said, "Fill in the form", "north-worker")
    view = bot.modal()
    assert initial(view) == {"date": "2017-07-04", "time": "14:30"}
    bot.submit(view, "north-worker", **{"What came of it?": "Attempt: no answer"})
    assert steps(bot) == ["attempt"]


def test_where_the_trigger_expired_the_button_is_there(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.slack.view_methods.TRIGGER_SECONDS", -1)
    bot.slash(f"interview {REF} attempt", "north-worker")
    monkeypatch.undo()
    said = bot.workspace.ephemeral[-1]
    bot.press(said, "Fill in the form", "north-worker")
    assert valid(bot.modal())


@pytest.mark.parametrize("typed", ["hand to Jane Smith", "attempt with Jane"])
def test_unknown_words_open_nothing_and_are_not_repeated(bot: Scene, typed: str) -> None:
    said = bot.slash(f"interview {REF} {typed}", "north-worker", NORTH)
    assert bot.workspace.views == {}
    assert "Jane" not in json.dumps(said.blocks)


@pytest.mark.parametrize("typed", ["interview REF booked", "interview REF hand to", "interview REF snooze"])
def test_no_such_child_and_not_theirs_are_refused_alike_and_open_nothing(bot: Scene, typed: str) -> None:
    said = []
    for ref in (SOUTH.child_ref, "OX-9999"):
        message = bot.slash(typed.replace("REF", ref), "north-worker", NORTH)
        said.append([{k: v for k, v in b.items() if k != "block_id"} for b in message.blocks])
        assert bot.trail()[-1][2] == "not_found"
    assert said[0] == said[1]
    assert "I can't show that reference" in json.dumps(said[0])
    assert bot.workspace.views == {}


def test_an_absence_is_asked_for_and_saving_it_untouched_changes_nothing(bot: Scene) -> None:
    bot.slash("away", "north-worker", NORTH)
    view = bot.modal()
    assert initial(view) == {"first": "2017-07-06"}
    with pytest.raises(AssertionError, match="does not send the form without 'Last day away'"):
        bot.submit(view, "north-worker")
    covers = next(b["element"] for b in view["blocks"] if b.get("block_id") == "cover")
    offered = {o["value"] for o in covers["options"]}
    assert {"north-manager", "coordinator"} <= offered
    assert not {"north-worker", "police", "admin", "analyst"} & offered
    done = bot.submit(
        view, "north-worker", **{"Last day away": "2017-07-07", "Who takes the reminders?": "coordinator"}
    )
    assert "coordinator takes the reminders" in words(done["view"])


def test_the_first_day_is_tomorrow(bot: Scene) -> None:
    bot.turn(NOW + hours(13))
    assert initial(bot.form_of("away cover coordinator", "north-worker", NORTH)) == {
        "first": "2017-07-06",
        "cover": "coordinator",
    }


def test_what_the_file_lacks_is_asked_for(bot: Scene) -> None:
    bot.slash(f"said {GONE.child_ref}", "police", NORTH)
    assert valid(bot.modal())
    view = bot.form_of(f'said {GONE.child_ref} back yesterday because "{BECAUSE}"', "police", NORTH)
    assert initial(view) == {"what": "back", "date": "2017-07-04", "reason": BECAUSE}
    view = bot.form_of(f"said {GONE.child_ref} back at 07:00", "police", NORTH)
    assert initial(view) == {"what": "back", "date": "2017-07-05", "time": "07:00"}


def test_a_reason_stays_out_of_the_handles(bot: Scene) -> None:
    """What a button or form carries is stored; a reason is in the audit trail alone."""
    bot.form_of(f'said {GONE.child_ref} back because "{BECAUSE}"', "police", NORTH)
    with reading(bot.app.database) as connection:
        stored = [str(row) for row in connection.execute(select(access.handle))]
    assert stored
    assert not any("rang" in row for row in stored)


def test_a_threshold_asks_for_its_reason(bot: Scene) -> None:
    view = bot.form_of(f"strategy {GONE.child_ref} threshold met", "north-manager", NORTH)
    done = bot.submit(view, "north-manager", **{"Why?": "Exploitation"})
    assert "threshold met, because exploitation" in words(done["view"])
    assert steps(bot, GONE.id) == ["threshold_met"]
    for ref in (SOUTH.child_ref, "OX-9999"):
        assert "no strategy decision" in words(bot.slash(f"strategy {ref} threshold met", "north-manager", NORTH))


def test_the_answers_to_a_strategy_decision_are_buttons(bot: Scene) -> None:
    said = bot.slash(f"strategy {GONE.child_ref}", "north-manager", NORTH)
    assert presses.labels(said.blocks)[:4] == ["Considered", "Threshold met", "Threshold not met", "Held"]
    bot.press(said, "Considered", "north-manager")
    bot.press(said, "Threshold not met", "north-manager")
    bot.submit(bot.modal(), "north-manager", **{"Why?": "Risk managed"})
    assert steps(bot, GONE.id) == ["considered", "threshold_not_met"]
    worker = bot.slash(f"strategy {GONE.child_ref}", "north-worker", NORTH)
    assert "Considered" not in presses.labels(worker.blocks)


@pytest.mark.parametrize("verb", ["cover", "swap"])
def test_a_cover_and_a_swap_open_their_forms(bot: Scene, verb: str) -> None:
    view = bot.form_of(f"on-call {verb}", "lead", NORTH)
    assert verb in view["title"]["text"].casefold()
    refused = words(bot.slash(f"on-call {verb}", "north-worker", NORTH))
    assert "Not understood" not in refused
    assert "ROLE by PERSON" not in refused, "nobody is told how to change what they may not change"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (f"interview {REF} attempt", "What came of it? One of:"),
        (f"interview {REF} hand to", "To whom? Say: hand to PERSON"),
        (f"interview {REF} snooze", "When? Say, for example"),
        (f"strategy {GONE.child_ref} threshold met", "Say why, after because, in one of these words"),
        (f"said {GONE.child_ref} back", "At what time?"),
        ("away cover coordinator", "From when to when?"),
        ("on-call cover", "A cover: on-call cover ROLE"),
    ],
)
def test_at_the_terminal_the_sentence_is_said(bot: Scene, typed: str, sentence: str) -> None:
    who = {"said": "police", "on-call": "lead"}.get(typed.split()[0], "north-manager")
    reply = terminal.ask(bot.app, typed, who, None, NOW)
    assert (reply.status, reply.form) == ("unclear", None)
    assert reply.text[0].startswith(sentence)
    assert reply.text[-1].startswith("Usage: ")
    assert not any(b.form for b in reply.buttons)


def test_who_may_take_it_is_asked_with_one_press(scene: Scene) -> None:
    """The reference stands in the channel's digest and in the person's own list, but it is not their case."""
    free = episode(7, BACK - hours(5), BACK, area="north", interview=interview(BACK))
    scene.put(free)
    said = scene.slash(f"interview {free.child_ref} take", "north-worker", NORTH)
    assert "Only a manager of north or a coordinator can take it." in words(said)
    done = scene.press(said, "Ask north-manager", "north-worker")
    assert f"north-manager is asked, in private, to see to {free.child_ref}." in words(done)
    assert scene.trail()[-1][:3] == ("north-worker", "ask to take", "answered")
    told = scene.write("help", "north-manager")
    assert f"*{free.child_ref}* · north-worker asks you to see to this return interview" in words(told)
    assert "Taken over" in words(scene.press(told, "Take it", "north-manager"))
