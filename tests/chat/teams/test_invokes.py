"""Buttons, dialogs and forms in Teams: whoever presses is looked up anew, and nothing typed is lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.chat.teams import adapter as room
from bot.chat.teams.context import BELOW, DONE_ALREADY, PRIVATELY, STILL
from bot.chat.teams.on_invoke import HIDDEN, NOT_HIDDEN, NOT_SURE, SHARED
from bot.conversation.outbound import PREVIEW, Message
from bot.conversation.outbound import Sent as Taken
from bot.conversation.reply import Button, Reply
from bot.rules.access.permissions import TakeRole
from bot.store.database import writing
from bot.store.people_list import Changing
from tests.support.factories import NOW, episode, hours, interview
from tests.support.teams import activities
from tests.support.teams.scene import ACCOUNTS, COUNTS, NORTH, Scene, words
from tests.support.teams.tenancy import Sent, personal_of

MISSING = episode(1, area="north")
REF = MISSING.child_ref
BACK = NOW - hours(60)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
MANY = [episode(n, area="north") for n in range(10, 90)]
STALE = "no longer valid"
LOOK, SHARE, NOW_ = "Look up", "Share to this channel", "Share now"


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE)
    return scene


def said(answer: Any) -> str:
    """Return the sentence that Teams shows for a press."""
    if "task" in answer:
        assert answer["task"]["type"] == "message"
        return str(answer["task"]["value"])
    assert (answer["statusCode"], answer["type"]) == (200, "application/vnd.microsoft.activity.message")
    return str(answer["value"])


def in_place(answer: Any) -> dict[str, Any]:
    """Return the card that Teams shows instead of the one that was pressed in."""
    assert (answer["statusCode"], answer["type"]) == (200, "application/vnd.microsoft.card.adaptive")
    return dict(answer["value"])


def window(answer: Any) -> dict[str, Any]:
    """Return the card of a dialog."""
    assert answer["task"]["type"] == "continue"
    assert answer["task"]["value"]["card"]["contentType"] == "application/vnd.microsoft.card.adaptive"
    return dict(answer["task"]["value"]["card"]["content"])


def listed(bot: Scene, who: str = "north-manager") -> Sent:
    """Return who is missing, as one person sees it in the channel of the north."""
    return bot.slash("open", who, NORTH)[-1]


def steps(bot: Scene) -> list[str]:
    with bot.app.facts() as facts:
        return [s.kind for s in facts.work.steps([DUE.id]).get(DUE.id, ())]


# ---- buttons ------------------------------------------------------------------------------------------


def test_a_button_in_the_personal_chat_is_answered_by_a_message(bot: Scene) -> None:
    shown = bot.write("open", "north-manager")
    assert said(bot.press(shown, LOOK, "north-manager")) == BELOW
    answer = bot.to("north-manager")[-1]
    assert answer.conversation == personal_of(ACCOUNTS["north-manager"])
    assert f"{REF} · north" in words(answer)


def test_a_button_in_a_channel_is_answered_to_one_person(bot: Scene) -> None:
    shown = listed(bot)
    assert said(bot.press(shown, LOOK, "north-manager")) == PRIVATELY
    assert f"{REF} · north" in words(bot.to("north-manager")[-1])
    assert bot.tenancy.in_conversation(NORTH) == []


def test_the_same_button_of_an_old_client(bot: Scene) -> None:
    """It knows no Action.Execute, and sends the data as a message."""
    shown = bot.write("open", "north-manager")
    action = bot.button(shown.card, LOOK)
    before = len(bot.to("north-manager"))
    activity = activities.submit(bot.tenancy, bot.person("north-manager"), shown, action)
    assert bot.send(activity) == (200, None)
    assert len(bot.to("north-manager")) == before + 1
    assert f"{REF} · north" in words(bot.to("north-manager")[-1])


def test_a_button_says_nothing_of_what_it_does(bot: Scene) -> None:
    data = [a["data"] for a in activities.actions(listed(bot).card)]
    assert data
    assert not any(REF in json.dumps(each) or "child" in json.dumps(each) for each in data)


def test_another_person_cannot_press_it(bot: Scene) -> None:
    shown = bot.write("open", "north-manager")
    bot.press(shown, LOOK, "lead")
    assert f"{REF} · north" not in words(bot.tenancy.sent[-1])
    assert STALE in words(bot.tenancy.sent[-1])


@pytest.mark.parametrize("alter", [lambda v: v[:-1], lambda v: v + "0", lambda v: "", lambda v: 5, lambda v: None])
def test_an_altered_handle_is_none(bot: Scene, alter: Callable[[str], Any]) -> None:
    shown = bot.write("open", "north-manager")
    action = bot.button(shown.card, LOOK)
    altered = action | {"data": {**action["data"], "handle": alter(action["data"]["handle"])}}
    bot.send(activities.execute(bot.tenancy, bot.person("north-manager"), shown, altered))
    assert STALE in words(bot.to("north-manager")[-1])


def test_after_its_time_it_is_no_longer_valid(bot: Scene) -> None:
    shown = bot.write("open", "north-manager")
    bot.turn(NOW + timedelta(minutes=16))
    bot.press(shown, LOOK, "north-manager")
    assert STALE in words(bot.to("north-manager")[-1])


def test_a_role_taken_away_after_it_was_shown_counts_no_more(bot: Scene) -> None:
    shown = bot.write("open", "north-manager")
    with writing(bot.app.database) as connection:
        changing = Changing(connection, bot.app.keys.audit, bot.app.partnership, "admin", NOW)
        changing.make(TakeRole("north-manager", "team_manager"), "take role")
    bot.press(shown, LOOK, "north-manager")
    assert REF not in words(bot.to("north-manager")[-1])


@pytest.mark.parametrize("change", ["guest", "gone"])
def test_an_account_that_changed_after_it_was_shown_is_not_answered(bot: Scene, change: str) -> None:
    """It was looked up a moment ago; a press acts, so it is looked up again."""
    shown = bot.write("open", "north-manager")
    if change == "guest":
        bot.person("north-manager").role = "guest"
    else:
        bot.tenancy.fates.schedule("member", *["error 404 MemberNotFoundInConversation"] * 6)
    bot.press(shown, LOOK, "north-manager")
    assert f"{REF} · north" not in words(bot.to("north-manager")[-1])


def test_a_double_click_is_answered_once(bot: Scene) -> None:
    shown = bot.write("open", "north-manager")
    before = len(bot.to("north-manager"))
    assert said(bot.press(shown, LOOK, "north-manager")) == BELOW
    assert said(bot.press(shown, LOOK, "north-manager")) == DONE_ALREADY
    assert len(bot.to("north-manager")) == before + 1


def test_the_same_press_handed_in_twice_is_acted_on_once(bot: Scene) -> None:
    shown = bot.write("open", "north-manager")
    action = bot.button(shown.card, LOOK)
    activity = activities.execute(bot.tenancy, bot.person("north-manager"), shown, action)
    bot.send(activity)
    before = len(bot.to("north-manager")), len(bot.trail())
    bot.teams._seen._seen.clear()
    bot.teams.context.clicks._seen.clear()
    assert said(bot.send(activity)[1]) == DONE_ALREADY
    assert (len(bot.to("north-manager")), len(bot.trail())) == before


@pytest.mark.parametrize("action", ["", "x", "delete everything", None, 5, ["press"]])
def test_an_unknown_action_does_nothing(bot: Scene, action: Any) -> None:
    shown = bot.write("open", "north-manager")
    before = len(bot.tenancy.sent)
    given = {"type": "Action.Execute", "data": {"action": action}}
    assert bot.send(activities.execute(bot.tenancy, bot.person("north-manager"), shown, given)) == (200, None)
    assert len(bot.tenancy.sent) == before


@pytest.mark.parametrize("name", ["composeExtension/query", "signin/verifyState", "x"])
def test_what_teams_may_ask_besides_is_not_answered(quiet: Scene, name: str) -> None:
    activity = activities.base(quiet.tenancy, quiet.person("lead"), quiet.there(None, "lead"), "invoke")
    assert quiet.send(activity | {"name": name, "value": {}}) == (200, None)
    assert quiet.tenancy.sent == []


@pytest.mark.parametrize("value", [None, [], "x", {"action": "x"}, {"data": []}, {"action": {"data": [1]}}])
@pytest.mark.parametrize("name", ["adaptiveCard/action", "task/fetch", "task/submit"])
def test_a_press_of_any_shape_breaks_nothing(quiet: Scene, name: str, value: Any) -> None:
    activity = activities.base(quiet.tenancy, quiet.person("lead"), quiet.there(None, "lead"), "invoke")
    assert quiet.send(activity | {"name": name, "value": value})[0] == 200
    assert quiet.tenancy.sent == []


def test_what_takes_longer_is_said_to_take_longer_and_comes(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "INVOKE_SECONDS", 0.05)
    shown = bot.write("open", "north-manager")
    gateway = type(bot.teams.gateway)
    before, press = len(bot.to("north-manager")), gateway.press

    def slow(*given: Any, **more: Any) -> Any:
        time.sleep(0.3)
        return press(*given, **more)

    monkeypatch.setattr(gateway, "press", slow)
    assert said(bot.press(shown, LOOK, "north-manager")) == STILL
    assert len(bot.to("north-manager")) == before + 1
    assert f"{REF} · north" in words(bot.to("north-manager")[-1])


def test_a_form_that_takes_longer_comes_as_a_message(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = bot.write(f"interview {DUE.child_ref}", "north-worker")
    monkeypatch.setattr(room, "INVOKE_SECONDS", 0.0)
    assert said(bot.press(shown, "Record", "north-worker")) == STILL
    monkeypatch.undo()
    message = bot.to("north-worker")[-1]
    action = next(a for a in activities.actions(message.card) if a["data"]["action"] == "fill")
    values = {"field.outcome": "offered by phone"}
    bot.send(activities.submit(bot.tenancy, bot.person("north-worker"), message, action, **values))
    assert steps(bot) == ["offered"]


def test_a_mistake_of_the_bot_says_a_code_in_place(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = bot.write("open", "north-manager")

    def broken(*given: Any, **more: Any) -> None:
        raise RuntimeError("a Canary")

    monkeypatch.setattr(type(bot.teams.gateway), "press", broken)
    answer = said(bot.press(shown, LOOK, "north-manager"))
    assert "Something went wrong (code " in answer
    assert "Canary" not in answer


def test_an_answer_that_teams_did_not_take_is_said_in_place(bot: Scene) -> None:
    shown = bot.write("open", "north-manager")
    bot.tenancy.fates.schedule("send", "500")
    assert "Teams did not take my answer" in said(bot.press(shown, LOOK, "north-manager"))


# ---- pages, hiding, home -------------------------------------------------------------------------------


@pytest.fixture
def full(scene: Scene) -> Scene:
    scene.put(*MANY)
    return scene


def next_page(card: dict[str, Any]) -> str:
    return next(str(a["title"]) for a in activities.actions(card) if a["title"].startswith("Next page"))


def test_a_page_is_turned_in_place(full: Scene) -> None:
    first = full.write("open", "north-manager")
    before, words_before = len(full.to("north-manager")), words(first)
    second = in_place(full.press(first, next_page(first.card), "north-manager"))
    assert words(second) != words_before
    assert len(full.to("north-manager")) == before
    assert first.card == second  # the message itself was replaced too
    assert first.edited == 1
    back = in_place(full.press(first, "Previous", "north-manager"))
    assert MANY[0].child_ref in words(back) or "Previous" not in words(back)


def test_a_page_in_a_channel_comes_to_one_person(full: Scene) -> None:
    first = listed(full)
    assert said(full.press(first, next_page(first.card), "north-manager")) == PRIVATELY
    assert full.to("north-manager")[-1].to == ACCOUNTS["north-manager"]
    assert full.tenancy.in_conversation(NORTH) == []


def test_a_private_answer_is_taken_away(bot: Scene) -> None:
    shown = bot.write(f"child {REF}", "north-manager")
    assert said(bot.press(shown, "Hide now", "north-manager")) == HIDDEN
    assert shown.deleted


def test_a_targeted_answer_is_taken_away(bot: Scene) -> None:
    shown = bot.slash(f"child {REF}", "north-manager", NORTH)[-1]
    assert said(bot.press(shown, "Hide now", "north-manager")) == HIDDEN
    assert shown.deleted


def test_an_answer_that_cannot_be_taken_away_is_said_to_be_there(bot: Scene) -> None:
    shown = bot.write(f"child {REF}", "north-manager")
    bot.tenancy.fates.schedule("delete", "500")
    assert said(bot.press(shown, "Hide now", "north-manager")) == NOT_HIDDEN
    assert not shown.deleted


def test_home_is_refreshed_in_place(bot: Scene) -> None:
    shown = bot.write("home", "north-manager")
    bot.turn(NOW + timedelta(minutes=5))
    assert "Updated 08:05" in words(in_place(bot.press(shown, "Refresh", "north-manager")))
    assert "Updated 08:05" in words(shown)


# ---- sharing -------------------------------------------------------------------------------------------


def asked_to_share(bot: Scene) -> Sent:
    assert said(bot.press(listed(bot), SHARE, "north-manager")) == PRIVATELY
    return bot.to("north-manager")[-1]


def test_an_answer_is_shared_after_it_was_said_who_would_read_it(bot: Scene) -> None:
    question = asked_to_share(bot)
    assert "2 members, every one listed" in words(question)
    assert bot.tenancy.in_conversation(NORTH) == []
    assert said(bot.press(question, NOW_, "north-manager")) == SHARED
    assert question.deleted
    shared = bot.tenancy.in_conversation(NORTH)[-1]
    assert REF in words(shared)
    assert "Shared by north-manager" in words(shared)
    assert shared.thread == ""


def test_a_second_press_shares_once_and_says_so(bot: Scene) -> None:
    question = asked_to_share(bot)
    bot.press(question, NOW_, "north-manager")
    assert "pressed before" in said(bot.press(question, NOW_, "north-manager"))
    assert len(bot.tenancy.in_conversation(NORTH)) == 1


def test_a_question_is_cancelled(bot: Scene) -> None:
    question = asked_to_share(bot)
    assert said(bot.press(question, "Cancel", "north-manager")) == HIDDEN
    assert question.deleted
    assert bot.tenancy.in_conversation(NORTH) == []


def test_a_member_who_came_in_between_makes_it_no_list(bot: Scene) -> None:
    question = asked_to_share(bot)
    bot.there(NORTH, "").members.append(ACCOUNTS["analyst"])
    bot.press(question, NOW_, "north-manager")
    assert not any(REF in words(s) for s in bot.tenancy.in_conversation(NORTH))


@pytest.mark.parametrize(("fate", "sentence"), [("reset", NOT_SURE), ("error 403 Forbidden", "Forbidden")])
def test_a_share_that_teams_did_not_confirm(bot: Scene, fate: str, sentence: str) -> None:
    question = asked_to_share(bot)
    bot.tenancy.fates.schedule("send", fate)
    assert sentence in said(bot.press(question, NOW_, "north-manager"))


# ---- forms ---------------------------------------------------------------------------------------------


def opened(bot: Scene, label: str = "Record", who: str = "north-worker") -> dict[str, Any]:
    shown = bot.write(f"interview {DUE.child_ref}", who)
    return window(bot.press(shown, label, who))


def test_a_form_opens_as_a_dialog_and_records_nothing(bot: Scene) -> None:
    assert "What came of it?" in words(opened(bot))
    assert steps(bot) == []


def test_what_is_filled_in_is_recorded_as_if_it_had_been_typed(bot: Scene) -> None:
    done = window(bot.fill(opened(bot), "north-worker", outcome="offered by phone"))
    assert steps(bot) == ["offered"]
    assert DUE.child_ref in words(done)
    assert bot.trail()[-1][:3] == ("north-worker", "interview", "answered")


def test_what_has_to_be_put_right_is_said_and_what_was_typed_stays(bot: Scene) -> None:
    later = f"{NOW + timedelta(days=1):%Y-%m-%d}"
    again = window(bot.fill(opened(bot), "north-worker", outcome="offered by phone", date=later, time="09:15"))
    assert "⚠" in words(again)
    given = {e["id"]: e.get("value") for e in again["body"] if str(e["type"]).startswith("Input.")}
    assert (given["field.outcome"], given["field.date"], given["field.time"]) == ("offered by phone", later, "09:15")
    assert steps(bot) == []
    window(bot.fill(again, "north-worker", outcome="offered by phone"))
    assert steps(bot) == ["offered"]


def test_whoever_saves_second_learns_who_was_first(bot: Scene) -> None:
    first, second = opened(bot), opened(bot, who="north-manager")
    bot.fill(first, "north-worker", outcome="offered by phone")
    done = bot.fill(second, "north-manager", outcome="offered by phone")
    assert "north-worker was first" in json.dumps(done)
    assert steps(bot) == ["offered"]


def test_the_same_form_handed_in_twice_is_saved_once(bot: Scene) -> None:
    form = opened(bot)
    bot.fill(form, "north-worker", outcome="attempt no answer")
    bot.teams.context.clicks._seen.clear()
    assert said(bot.fill(form, "north-worker", outcome="attempt no answer")) == DONE_ALREADY
    assert steps(bot) == ["attempt"]


def test_another_persons_form_cannot_be_handed_in(bot: Scene) -> None:
    form = opened(bot)
    assert STALE in json.dumps(bot.fill(form, "north-manager", outcome="offered by phone"))
    assert steps(bot) == []


def test_a_role_taken_away_while_the_form_was_open_counts_no_more(bot: Scene) -> None:
    form = opened(bot)
    with writing(bot.app.database) as connection:
        changing = Changing(connection, bot.app.keys.audit, bot.app.partnership, "admin", NOW)
        changing.make(TakeRole("north-worker", "allocated_worker"), "take role")
    bot.fill(form, "north-worker", outcome="offered by phone")
    assert steps(bot) == []


def test_a_mistake_of_the_bot_keeps_what_was_typed(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    form = opened(bot)

    def broken(*given: Any, **more: Any) -> None:
        raise RuntimeError("a Canary")

    monkeypatch.setattr(type(bot.teams.gateway), "fill", broken)
    again = window(bot.fill(form, "north-worker", outcome="offered by phone"))
    assert "Something went wrong (code " in words(again)
    assert "Canary" not in json.dumps(again)
    values = {e["id"]: e.get("value") for e in again["body"] if str(e["type"]).startswith("Input.")}
    assert values["field.outcome"] == "offered by phone"


def test_a_client_without_dialogs_gets_the_inputs_in_a_card(bot: Scene) -> None:
    shown = bot.write(f"interview {DUE.child_ref}", "north-worker")
    person, action = bot.person("north-worker"), bot.button(shown.card, "Record")
    bot.send(activities.submit(bot.tenancy, person, shown, action))
    form = bot.to("north-worker")[-1]
    assert "field.outcome" in [e.get("id") for e in form.card["body"]]
    save = next(a for a in activities.actions(form.card) if a["data"]["action"] == "fill")
    answer = bot.send(activities.execute(bot.tenancy, person, form, save, **{"field.outcome": "offered by phone"}))[1]
    assert DUE.child_ref in words(in_place(answer))
    assert steps(bot) == ["offered"]
    assert "field.outcome" not in [e.get("id") for e in form.card["body"]]


def test_inputs_in_a_card_that_have_to_be_put_right_come_again_in_place(bot: Scene) -> None:
    shown = bot.write(f"interview {DUE.child_ref}", "north-worker")
    person, action = bot.person("north-worker"), bot.button(shown.card, "Record")
    bot.send(activities.submit(bot.tenancy, person, shown, action))
    form = bot.to("north-worker")[-1]
    save = next(a for a in activities.actions(form.card) if a["data"]["action"] == "fill")
    values = {"field.outcome": "offered by phone", "field.date": "2030-01-01"}
    again = in_place(bot.send(activities.execute(bot.tenancy, person, form, save, **values))[1])
    assert "⚠" in words(again)
    assert "2030-01-01" in json.dumps(again)
    assert steps(bot) == []


def test_words_are_kept_in_a_dialog_and_in_no_message(bot: Scene) -> None:
    """They may be what was refused: a name."""
    shown, person = bot.write(f"child {REF}", "north-manager"), bot.person("north-manager")
    action = bot.button(shown.card, "Say what the file lacks")
    typed = {"field.reason": "Wilhelmina said so", "field.what": "x"}
    form = window(bot.press(shown, "Say what the file lacks", "north-manager"))
    save = next(a for a in activities.actions(form) if a["data"]["action"] == "fill")
    there = bot.there(None, "north-manager")
    again = window(bot.send(activities.dialog(bot.tenancy, person, there, save, **typed))[1])
    assert "Wilhelmina" in json.dumps(again)
    bot.send(activities.submit(bot.tenancy, person, shown, action))
    message = bot.to("north-manager")[-1]
    save = next(a for a in activities.actions(message.card) if a["data"]["action"] == "fill")
    card = in_place(bot.send(activities.execute(bot.tenancy, person, message, save, **typed))[1])
    assert "type your words again" in words(card)
    assert "Wilhelmina" not in json.dumps([s.body for s in bot.tenancy.sent]) + json.dumps(card)


def test_a_form_that_was_asked_for_in_words_keeps_its_place_where_it_cannot_be_used(bot: Scene) -> None:
    """It has no button that opens it again; what was typed stays in the client."""
    form, person = bot.write(f"child {REF}", "south-worker"), bot.person("south-worker")
    save = next(a for a in activities.actions(form.card) if a["data"]["action"] == "fill")
    answer = bot.send(activities.execute(bot.tenancy, person, form, save, **{"field.reason": "short"}))[1]
    assert "at least three words" in said(answer)
    reason = "police ask who works with them now"
    card = in_place(bot.send(activities.execute(bot.tenancy, person, form, save, **{"field.reason": reason}))[1])
    assert REF in words(card)


# ---- posts ---------------------------------------------------------------------------------------------


def posted(bot: Scene, destination: str, *buttons: Button) -> Sent:
    """Return a message that the bot posted unasked."""
    taken = bot.teams.platform.post(destination, Message(Reply("Look", 1, buttons=buttons), PREVIEW, "a-marker"))
    assert isinstance(taken, Taken)
    return next(s for s in bot.tenancy.sent if s.id == taken.message_id)


def test_a_button_in_a_channel_is_for_all_who_read_there_and_answers_them_alone(bot: Scene) -> None:
    there = posted(bot, NORTH, Button("Missing now", "open"))
    for who in ("north-manager", "north-worker"):
        assert said(bot.press(there, "Missing now", who)) == PRIVATELY
        assert REF in words(bot.to(who)[-1])
    assert len(bot.tenancy.in_conversation(NORTH)) == 1


def test_a_button_in_a_channel_of_counts_is_answered_in_the_personal_chat(bot: Scene) -> None:
    there = posted(bot, COUNTS, Button("Missing now", "open"))
    assert said(bot.press(there, "Missing now", "lead")) == PRIVATELY
    answer = next(s for s in bot.tenancy.sent if REF in words(s))
    assert answer.conversation == personal_of(ACCOUNTS["lead"])
    assert not any(REF in words(s) for s in bot.tenancy.in_conversation(COUNTS))


def test_a_post_that_others_read_is_not_taken_away(bot: Scene) -> None:
    """No button of a post asks for it; an altered client may."""
    there = posted(bot, NORTH, Button("Missing now", "open"))
    asked = {"type": "Action.Execute", "data": {"action": "hide"}}
    answer = bot.send(activities.execute(bot.tenancy, bot.person("north-manager"), there, asked))[1]
    assert said(answer) == NOT_HIDDEN
    assert not there.deleted


def test_a_form_behind_a_post_in_a_channel_is_a_dialog(bot: Scene) -> None:
    there = posted(bot, NORTH, Button("Record", f"interview {DUE.child_ref}", form=True))
    form = window(bot.press(there, "Record", "north-worker"))
    window(bot.fill(form, "north-worker", NORTH, outcome="offered by phone"))
    assert steps(bot) == ["offered"]
