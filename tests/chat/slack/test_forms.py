"""Forms in Slack: what was typed stays until it is saved, and whoever saves second learns who was first."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.store.database import DatabaseError, reading
from bot.store.schema.records import metadata
from tests.support.factories import NOW, episode, hours, interview
from tests.support.slack import acceptance, payloads, presses, submission
from tests.support.slack.scene import ACCOUNTS, NORTH, Scene, words
from tests.support.slack.workspace import Message, Person

BACK = NOW - hours(60)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
REF = DUE.child_ref
SOUTH = episode(5, area="south")
REASON = "seen at the station, police ask who the worker is"


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(DUE, SOUTH)
    return scene


def shown(bot: Scene, who: str = "north-worker") -> Message:
    """How the interview stands, with its buttons."""
    return bot.slash(f"interview {REF}", who, NORTH)


def opened(bot: Scene, label: str, who: str = "north-worker") -> dict[str, Any]:
    """The form behind a button."""
    bot.press(shown(bot, who), label, who)
    view = bot.modal()
    plain = {k: v for k, v in view.items() if k in PARTS and v}
    assert acceptance.view_problems(plain) == []
    return view


PARTS = ("type", "title", "blocks", "close", "submit", "private_metadata", "callback_id")


def steps(bot: Scene) -> list[str]:
    with bot.app.facts() as facts:
        return [s.kind for s in facts.work.steps([DUE.id]).get(DUE.id, ())]


def test_a_form_is_opened_at_once_and_filled_when_it_is_known(bot: Scene) -> None:
    opened(bot, "Record")
    assert [c.method for c in bot.workspace.calls if c.method.startswith("views.")] == ["views.open", "views.update"]


def test_what_is_filled_in_is_recorded_as_if_it_had_been_typed(bot: Scene) -> None:
    view = opened(bot, "Record")
    done = bot.submit(view, "north-worker", **{"What came of it?": "Offered by phone"})
    assert done["response_action"] == "update"
    assert submission.reply_problems(view, done) == []
    assert steps(bot) == ["offered"]
    assert bot.trail()[-1][:3] == ("north-worker", "interview", "answered")


def test_nothing_is_recorded_by_opening_a_form(bot: Scene) -> None:
    opened(bot, "Record")
    assert steps(bot) == []


def test_what_has_to_be_put_right_is_said_under_its_field_and_what_was_typed_stays(bot: Scene) -> None:
    view = opened(bot, "Record")
    later = f"{NOW + timedelta(days=1):%Y-%m-%d}"
    done = bot.submit(view, "north-worker", **{"What came of it?": "Offered by phone", "Day": later})
    assert done["response_action"] == "errors"
    assert submission.reply_problems(view, done) == []
    assert steps(bot) == []


def test_whoever_saves_second_learns_who_was_first(bot: Scene) -> None:
    first, second = opened(bot, "Record"), opened(bot, "Record", "north-manager")
    bot.submit(first, "north-worker", **{"What came of it?": "Offered by phone"})
    done = bot.submit(second, "north-manager", **{"What came of it?": "Offered by phone"})
    assert "north-worker was first" in json.dumps(done)
    assert steps(bot) == ["offered"]


def test_the_same_form_handed_in_twice_is_saved_once(bot: Scene) -> None:
    view = opened(bot, "Record")
    request = payloads.submit(
        bot.workspace, bot.person("north-worker"), view, **{"What came of it?": "Attempt: no answer"}
    )
    assert bot.send(request)[0] == 200
    assert bot.send(request, request.headers(time.time() + 1))[0] == 200
    assert steps(bot) == ["attempt"]


def test_somebody_elses_form_cannot_be_handed_in(bot: Scene) -> None:
    view = opened(bot, "Record")
    done = bot.submit(view, "north-manager", **{"What came of it?": "Offered by phone"})
    assert "no longer valid" in json.dumps(done)
    assert steps(bot) == []


@pytest.mark.parametrize("metadata", ["", "x", "0" * 32, "interview OX-2224 held"])
def test_an_altered_form_is_none(bot: Scene, metadata: str) -> None:
    view = {**opened(bot, "Record"), "private_metadata": metadata}
    done = bot.submit(view, "north-worker", **{"What came of it?": "Offered by phone"})
    assert "no longer valid" in json.dumps(done)
    assert steps(bot) == []


def test_an_altered_choice_is_none(bot: Scene) -> None:
    view = opened(bot, "Record")
    request = payloads.submit(
        bot.workspace, bot.person("north-worker"), view, **{"What came of it?": "Offered by phone"}
    )
    values = request.payload["view"]["state"]["values"]
    values["outcome"]["outcome"]["selected_option"]["value"] = "held v99 because of nothing"
    status, said = bot.send(request)
    assert (status, json.loads(said)["response_action"]) == (200, "errors")
    assert steps(bot) == []


def test_who_may_not_any_more_when_it_is_handed_in_changes_nothing(bot: Scene) -> None:
    view = opened(bot, "Record")
    bot.workspace.put(Person(ACCOUNTS["north-worker"], is_restricted=True))
    done = bot.submit(view, "north-worker", **{"What came of it?": "Offered by phone"})
    assert "ask your administrator" in json.dumps(done)
    assert steps(bot) == []


def test_what_could_not_be_saved_is_still_there(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    view = opened(bot, "Record")
    answers = {"What came of it?": "Offered by phone"}
    with monkeypatch.context() as broken:
        broken.setattr("bot.conversation.dispatcher.Dispatcher.dispatch", _broken)
        done = bot.submit(view, "north-worker", **answers)
    assert done["response_action"] == "errors"
    assert "What you typed is still here" in json.dumps(done)
    assert "(code " in json.dumps(done)
    again = opened(bot, "Record")  # closed and opened again: it is filled in as before
    chosen = next(b for b in again["blocks"] if b.get("block_id") == "outcome")["element"]["initial_option"]
    assert chosen["text"]["text"] == "Offered by phone"
    bot.submit(again, "north-worker")
    assert steps(bot) == ["offered"]


def _broken(*_: object) -> Any:
    raise DatabaseError("The database cannot be used: it is away.")


def test_an_answer_that_takes_long_is_said_to_and_comes(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.slack.adapter.FORM_SECONDS", 0.0)
    view = opened(bot, "Record")
    done = bot.submit(view, "north-worker", **{"What came of it?": "Offered by phone"})
    assert "One moment" in json.dumps(done, ensure_ascii=False) or done["response_action"] == "update"
    assert steps(bot) == ["offered"]
    assert "Offered by phone" in words(bot.modal())


def test_reminders_wait_by_a_form(bot: Scene) -> None:
    view = opened(bot, "Snooze")
    done = bot.submit(view, "north-worker", **{"Why?": "Waiting for carer"})
    assert done["response_action"] == "update"
    assert steps(bot) == ["snoozed"]


def test_it_is_handed_over_by_a_form(bot: Scene) -> None:
    view = opened(bot, "Hand over")
    bot.submit(view, "north-worker", **{"To whom?": "north-manager"})
    assert steps(bot) == ["handed_over"]


def test_a_reason_is_asked_for_before_a_child_is_shown(bot: Scene) -> None:
    said = bot.slash(f"child {SOUTH.child_ref}", "lead", NORTH)
    assert "Say why you need this child's record" in words(said)
    bot.press(said, "Give a reason", "lead")
    done = bot.submit(bot.modal(), "lead", **{"Why do you need it now?": REASON})
    assert done["response_action"] == "update"
    assert SOUTH.child_ref in words(done["view"])
    assert bot.trail()[-1][:3] == ("lead", "child", "answered")


def test_a_reason_that_will_not_do_is_said_and_stays(bot: Scene) -> None:
    bot.press(bot.slash(f"child {SOUTH.child_ref}", "lead", NORTH), "Give a reason", "lead")
    done = bot.submit(bot.modal(), "lead", **{"Why do you need it now?": "because"})
    assert done["response_action"] in ("errors", "update")
    assert SOUTH.child_ref not in json.dumps(done.get("view", {}).get("blocks", []))


def test_every_button_of_an_interview_has_a_meaning(bot: Scene) -> None:
    said = shown(bot)
    for label in presses.labels(said.blocks):
        if label in presses.labels((now := shown(bot)).blocks):  # the one before may have settled it
            bot.press(now, label, "north-worker")
    assert not any("a button without a meaning" in str(call) for call in bot.workspace.calls)
    assert not any(call.error for call in bot.workspace.calls), [c for c in bot.workspace.calls if c.error]


def test_a_look_outside_ones_area_asks_for_its_reason_in_a_form(bot: Scene) -> None:
    said = bot.slash(f"child {SOUTH.child_ref}", "north-worker", NORTH)
    assert "I can't show that reference" in words(said)
    done = bot.submit(bot.modal(), "north-worker", **{"Why do you need it now?": REASON})
    assert done["response_action"] == "update"
    assert SOUTH.child_ref in words(done["view"])
    assert bot.trail()[-1][:3] == ("north-worker", "break-glass", "answered")


def test_the_form_opens_for_a_child_there_is_and_for_none_alike(bot: Scene) -> None:
    views = []
    for ref in (SOUTH.child_ref, "OX-9999"):
        bot.slash(f"child {ref}", "north-worker", NORTH)
        view = {k: v for k, v in bot.modal().items() if k in ("title", "blocks", "submit")}
        views.append(json.dumps(view).replace(ref, "REF"))
    assert _numberless(views[0]) == _numberless(views[1])


def _numberless(view: str) -> str:
    """Without the ids that Slack gives to blocks."""
    return re.sub(r'"b\d+"', '"b"', view)


def test_of_ones_own_case_no_reason_is_asked_for(bot: Scene) -> None:
    bot.slash(f"child {REF}", "north-worker", NORTH)
    assert bot.workspace.views == {}


NUMBER = "TVP-43170/7781"


@pytest.mark.parametrize("channel", [None, NORTH])
def test_a_child_whom_no_export_has_is_said_by_a_form_and_the_polices_number_leaves_no_trace(
    bot: Scene, channel: str | None
) -> None:
    bot.press(bot.slash("open", "north-manager", channel), "A child not listed yet", "north-manager")
    view = bot.modal()
    assert acceptance.view_problems({k: v for k, v in view.items() if k in PARTS and v}) == []
    filled = {
        "Which area?": "north",
        "The police's number": f" {NUMBER[:4]} {NUMBER[4:]} ",
        "Missing since which day?": f"{NOW - hours(3):%Y-%m-%d}",
        "Since when, in London?": "06:00",
        "Under 13?": "Yes, under 13",
        "How do you know?": "the carer rang the duty desk",
    }
    wrong = bot.submit(view, "north-manager", **{**filled, "The police's number": "Wilhelmina"})
    assert wrong["response_action"] == "errors"
    assert "Wilhelmina" not in json.dumps(wrong)
    done = bot.submit(view, "north-manager", **filled)
    assert done["response_action"] == "update"
    assert submission.reply_problems(view, done) == []
    found = re.search(r"Recorded: (OX-\w+)", json.dumps(done))
    assert found is not None
    assert found[1] in words(bot.slash("open", "north-manager", channel))
    assert bot.trail()[-2][:3] == ("north-manager", "said new", "answered")
    sent = [json.dumps(c.arguments, default=str) for c in bot.workspace.calls]
    assert [x for x in (*_kept(bot), *sent, json.dumps(done)) if NUMBER in x or "70/7781" in x or "TVP-43" in x] == []


def test_typed_words_with_the_polices_number_are_kept_nowhere(bot: Scene) -> None:
    """Not as a button to share or to ask again, either."""
    since = f"{NOW - hours(3):%Y-%m-%d} 06:00"
    text = f"said new north number {NUMBER} missing since {since} because the carer rang the desk"
    answer = bot.slash(text, "north-manager", NORTH)
    assert "Recorded" in words(answer)
    assert "Share" not in words(answer)
    assert [x for x in _kept(bot) if "70/7781" in x] == []


def _kept(bot: Scene) -> list[str]:
    with reading(bot.app.database) as connection:
        return [str(row) for table in metadata.tables.values() for row in connection.execute(select(table))]
