"""Answers in Slack that do not arrive or take long: nobody is left with nothing, or told twice that it takes long."""

from __future__ import annotations

import pytest

from tests.support.factories import NOW, episode, hours
from tests.support.slack import acceptance, events, payloads, presses
from tests.support.slack.mornings import DUE, MISSING, PARTS, REF, broken, busy, mention, mentioned
from tests.support.slack.scene import ACCOUNTS, NORTH, UNLISTED, Scene, words
from tests.support.slack.workspace import Channel


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE)
    return scene


@pytest.mark.parametrize("fate", ["500", "429", "reset", "html"])
def test_an_answer_that_cannot_stand_beside_the_question_comes_in_private(bot: Scene, fate: str) -> None:
    bot.workspace.fates.schedule("response_url", fate)
    asked = payloads.slash(bot.workspace, bot.person("north-manager"), bot.channel(NORTH, "north-manager"), "open")
    bot.send(asked)
    assert REF in words(bot.to("north-manager")[-1])


def test_a_button_whose_message_is_too_old_to_answer_beside_is_answered_in_private(bot: Scene) -> None:
    shown = bot.slash("open", "north-manager", NORTH)
    request = payloads.press(bot.workspace, bot.person("north-manager"), shown, "Look up")
    handed = list(bot.workspace.response_urls.values())[-1]
    handed.uses = 5
    bot.send(request)
    assert REF in words(bot.to("north-manager")[-1])


def test_an_answer_finds_a_private_conversation_that_has_another_number_by_now(bot: Scene) -> None:
    bot.slash("open", "north-manager", UNLISTED)
    account = ACCOUNTS["north-manager"]
    del bot.workspace.channels[bot.workspace.im_with(account).id]
    bot.workspace.put(Channel("D0MOVED", user=account, members=[account]))
    bot.slash("open", "north-manager", UNLISTED)
    (there,) = bot.workspace.in_channel("D0MOVED")
    assert REF in words(there)


def test_a_fault_is_told_in_private_where_it_cannot_be_told_beside(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.conversation.dispatcher.Dispatcher.dispatch", broken)
    bot.workspace.fates.schedule("response_url", "500")
    asked = payloads.slash(bot.workspace, bot.person("north-manager"), bot.channel(NORTH, "north-manager"), "open")
    bot.send(asked)
    assert "code " in words(bot.to("north-manager")[-1])


def test_details_that_could_not_be_hidden_are_said_to_be_there(bot: Scene) -> None:
    shown = bot.slash(f"child {REF}", "north-manager", NORTH)
    bot.workspace.fates.schedule("response_url", "500")
    bot.press(shown, "Hide now", "north-manager")
    said = [*bot.workspace.seen_by(ACCOUNTS["north-manager"]), *bot.to("north-manager")][1:]
    assert any("Not hidden" in words(m) for m in said)


def test_a_mention_that_fails_is_not_passed_over_in_silence(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.conversation.dispatcher.Dispatcher.dispatch", broken)
    (said,) = mentioned(bot, mention(bot, "open"))
    assert "code " in words(said)


def test_a_home_that_fails_says_so(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.conversation.dispatcher.Dispatcher.dispatch", broken)
    bot.send(events.app_home_opened(bot.workspace, bot.person("north-manager")))
    assert "code " in words(bot.workspace.homes[ACCOUNTS["north-manager"]])


@pytest.mark.parametrize("method", ["conversations.open", "chat.postMessage"])
def test_what_was_done_is_not_said_to_be_undone_where_slack_does_not_take_the_answer(bot: Scene, method: str) -> None:
    bot.workspace.fates.schedule(method, "500")
    said = words(bot.slash(f"interview {DUE.child_ref} attempt no answer", "north-worker", UNLISTED))
    with bot.app.facts() as facts:
        assert [s.kind for s in facts.work.steps([DUE.id])[DUE.id]] == ["attempt"]
    assert "Nothing was answered" not in said
    assert "may have been done" in said


def test_what_was_typed_stays_where_putting_right_is_said_late(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.press(bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH), "Record", "north-worker")
    monkeypatch.setattr("bot.chat.slack.adapter.FORM_SECONDS", 0.0)
    with busy(bot, 4, 0.5):
        bot.submit(
            bot.modal(),
            "north-worker",
            **{
                "What came of it?": "Offered by phone",
                "Day": f"{NOW + hours(24):%Y-%m-%d}",
                "Time, in London": "09:00",
            },
        )
    late = bot.modal()
    assert "Day: That is still to come" in words(late)
    assert acceptance.view_problems({k: v for k, v in late.items() if k in PARTS and v}) == []
    chosen = next(b for b in late["blocks"] if b.get("block_id") == "outcome")["element"]["initial_option"]
    assert chosen["text"]["text"] == "Offered by phone"
    with busy(bot, 4, 0.5):
        bot.submit(late, "north-worker", Day=f"{NOW:%Y-%m-%d}", **{"Time, in London": "00:01"})
    assert "Offered by phone" in words(bot.modal())


def test_that_it_takes_longer_is_never_said_after_the_answer(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.slack.adapter.SLOW_SECONDS", 0.0)
    with busy(bot, 3):
        bot.slash("open", "north-manager", NORTH)
    assert REF in words(bot.workspace.ephemeral[-1])


def test_that_it_takes_longer_is_said_while_everything_is_busy(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.slack.adapter.SLOW_SECONDS", 0.0)
    with busy(bot, 4, 1.0):
        bot.slash("open", "north-manager", NORTH)
    assert [w in words(m) for w, m in zip(("Still working", REF), bot.workspace.ephemeral, strict=True)] == [True, True]


def test_a_fault_is_the_last_word_too(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.slack.adapter.SLOW_SECONDS", 0.0)
    monkeypatch.setattr("bot.conversation.dispatcher.Dispatcher.dispatch", broken)
    with busy(bot, 3):
        assert "code " in words(bot.slash("open", "north-manager", NORTH))


def test_a_view_that_slack_will_not_change_is_made_up_for_in_private(bot: Scene) -> None:
    shown = bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH)
    bot.workspace.fates.schedule("views.update", "500", "500")
    bot.press(shown, "Record", "north-worker")
    assert "Slack did not take the answer" in words(bot.to("north-worker")[-1])


def test_a_long_answer_in_a_view_has_its_second_page(scene: Scene) -> None:
    scene.put(*(episode(n, area="north") for n in range(20, 620)), DUE)
    shown = scene.slash("open", "north-manager")
    scene.press(scene.slash(f"interview {DUE.child_ref}", "north-manager", NORTH), "Record", "north-manager")
    view = {**scene.modal(), "blocks": [b for b in shown.blocks if b["type"] == "actions"]}
    after = next(label for label in presses.labels(view["blocks"]) if label.startswith("Next page (2"))
    scene.send(payloads.press_in_view(scene.workspace, scene.person("north-manager"), view, after))
    assert "Previous" in presses.labels(scene.modal()["blocks"])
