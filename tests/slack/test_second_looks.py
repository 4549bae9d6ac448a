"""What goes wrong in Slack on a bad morning: nothing is said twice, to the wrong people, or to nobody."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.slack.http import Door
from bot.rules.changes import TakeRole
from bot.slack import service
from bot.store import access_tables
from bot.store.changing import Changing
from bot.store.database import DatabaseError, reading, writing
from tests.factories import NOW, episode, hours, interview
from tests.slack import accepted, events, payloads, pressed
from tests.slack.scene import ACCOUNTS, NORTH, STRANGER, UNLISTED, Scene, words
from tests.slack.workspace import Channel, Message, Person

MISSING = episode(1, area="north")
REF = MISSING.child_ref
BACK = NOW - hours(60)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
SHARE, NOW_ = "Share to this channel", "Share now"


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE)
    return scene


def asked_to_share(bot: Scene) -> Message:
    question = bot.press(bot.slash("open", "north-manager", NORTH), SHARE, "north-manager")
    assert question is not None
    return question


def without_role(bot: Scene) -> None:
    with writing(bot.app.database) as connection:
        changing = Changing(connection, bot.app.keys.audit, bot.app.partnership, "admin", NOW)
        changing.make(TakeRole("north-manager", "team_manager"), "take role")


def mentioned(bot: Scene, request: payloads.Request) -> list[Message]:
    """The bot is addressed in the north's channel; what stands under that then."""
    question = Message(NORTH, request.payload["event"]["ts"])
    bot.workspace.messages.append(question)
    bot.send(request)
    return [m for m in bot.workspace.in_channel(NORTH) if m is not question]


def mention(bot: Scene, text: str) -> payloads.Request:
    return events.app_mention(bot.workspace, bot.person("north-manager"), bot.workspace.channels[NORTH], text)


PARTS = ("type", "title", "blocks", "close", "submit", "private_metadata", "callback_id")


# ---- sharing ---------------------------------------------------------------------------------------


def test_a_double_click_shares_once(bot: Scene) -> None:
    action = pressed.find_action(asked_to_share(bot).blocks, NOW_)
    question = bot.workspace.ephemeral[-1]
    for _ in range(2):
        bot.send(payloads.press_action(bot.workspace, bot.person("north-manager"), question, action))
    assert len(bot.workspace.in_channel(NORTH)) == 1
    assert "It stands in the channel" in words(question)


def test_a_second_press_of_share_now_is_not_passed_over_in_silence(bot: Scene) -> None:
    question = asked_to_share(bot)
    action = pressed.find_action(question.blocks, NOW_)
    bot.press(question, NOW_, "north-manager")
    before = len(bot.workspace.ephemeral)
    bot.send(payloads.press_action(bot.workspace, bot.person("north-manager"), question, action))
    assert "pressed before" in words(bot.workspace.ephemeral[before])


@pytest.mark.parametrize("change", ["role", "guest", "gone"])
def test_who_reads_a_channel_is_told_to_nobody_who_is_not_to_be_answered(bot: Scene, change: str) -> None:
    shown = bot.slash("open", "north-manager", NORTH)
    if change == "role":
        without_role(bot)
    else:
        bot.workspace.put(Person(ACCOUNTS["north-manager"], is_restricted=change == "guest", deleted=change == "gone"))
    said = words(bot.press(shown, SHARE, "north-manager"))
    assert "ask your administrator" in said
    assert "members" not in said
    assert bot.trail()[-1][2] not in ("answered", "handle")


def test_a_channel_that_was_shared_a_moment_ago_gets_nothing(bot: Scene) -> None:
    question = asked_to_share(bot)
    bot.workspace.channels[NORTH].is_ext_shared = True  # another replica heard of it
    bot.press(question, NOW_, "north-manager")
    assert bot.workspace.in_channel(NORTH) == []


def test_a_mention_looks_anew_who_reads_there(bot: Scene) -> None:
    bot.slash("open", "north-manager", NORTH)
    bot.workspace.channels[NORTH].is_ext_shared = True
    (said,) = mentioned(bot, mention(bot, "open"))
    assert REF not in words(said)


# ---- who asks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"bot_id": "B0ANOTHER"}, {"user": None}, {"bot_id": "B0ANOTHER", "user": None}])
def test_a_program_that_mentions_the_bot_is_not_answered(bot: Scene, change: dict[str, Any]) -> None:
    ask = mention(bot, "stats north")
    inner = {k: v for k, v in {**ask.payload["event"], **change}.items() if v is not None}
    assert mentioned(bot, ask.changed(event=inner)) == []


@pytest.mark.parametrize("channel", [NORTH, UNLISTED, "G0MANY", "D0OTHERS"])
def test_words_elsewhere_than_to_the_bot_alone_are_no_command(bot: Scene, channel: str) -> None:
    if channel not in bot.workspace.channels:
        bot.workspace.put(Channel(channel, user="U0SOMEBODY" if channel[0] == "D" else None))
    ask = events.message_im(bot.workspace, bot.person("north-manager"), f"child {REF}")
    before = bot.trail()
    bot.send(ask.changed(event={**ask.payload["event"], "channel": channel}))
    assert bot.trail() == before
    assert bot.workspace.messages == []


# ---- answers that do not arrive ---------------------------------------------------------------------


@pytest.mark.parametrize("fate", ["500", "429", "reset", "html"])
def test_an_answer_that_cannot_stand_beside_the_question_comes_in_private(bot: Scene, fate: str) -> None:
    bot.workspace.fates.schedule("response_url", fate)
    asked = payloads.slash(bot.workspace, bot.person("north-manager"), bot.channel(NORTH, "north-manager"), "open")
    bot.send(asked)
    assert REF in words(bot.to("north-manager")[-1])


def test_a_button_whose_message_is_too_old_to_answer_beside_is_answered_in_private(bot: Scene) -> None:
    shown = bot.slash("open", "north-manager", NORTH)
    request = payloads.press(bot.workspace, bot.person("north-manager"), shown, f"Look up {REF}")
    handed = list(bot.workspace.response_urls.values())[-1]
    handed.uses = 5
    bot.send(request)
    assert REF in words(bot.to("north-manager")[-1])


def test_a_fault_is_told_in_private_where_it_cannot_be_told_beside(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.desk.Desk.answer", _broken)
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
    monkeypatch.setattr("bot.desk.Desk.answer", _broken)
    (said,) = mentioned(bot, mention(bot, "open"))
    assert "code " in words(said)


def test_a_home_that_fails_says_so(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.desk.Desk.answer", _broken)
    bot.send(events.app_home_opened(bot.workspace, bot.person("north-manager")))
    assert "code " in words(bot.workspace.homes[ACCOUNTS["north-manager"]])


def _broken(*_: object) -> Any:
    raise RuntimeError("broken")


# ---- what takes long --------------------------------------------------------------------------------


def test_what_was_typed_stays_where_putting_right_is_said_late(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.press(bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH), "Record", "north-worker")
    monkeypatch.setattr("bot.chat.slack.listeners.FORM_SECONDS", 0.0)
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
    assert accepted.view_problems({k: v for k, v in late.items() if k in PARTS and v}) == []
    chosen = next(b for b in late["blocks"] if b.get("block_id") == "outcome")["element"]["initial_option"]
    assert chosen["text"]["text"] == "Offered by phone"
    with busy(bot, 4, 0.5):
        bot.submit(late, "north-worker", Day=f"{NOW:%Y-%m-%d}", **{"Time, in London": "00:01"})
    assert "Offered by phone" in words(bot.modal())


def test_that_it_takes_longer_is_never_said_after_the_answer(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.slack.listeners.SLOW_SECONDS", 0.0)
    with busy(bot, 3):
        bot.slash("open", "north-manager", NORTH)
    assert REF in words(bot.workspace.ephemeral[-1])


def test_that_it_takes_longer_is_said_while_everything_is_busy(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.slack.listeners.SLOW_SECONDS", 0.0)
    with busy(bot, 4, 1.0):
        bot.slash("open", "north-manager", NORTH)
    assert [w in words(m) for w, m in zip(("Still working", REF), bot.workspace.ephemeral, strict=True)] == [True, True]


def test_a_fault_is_the_last_word_too(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.slack.listeners.SLOW_SECONDS", 0.0)
    monkeypatch.setattr("bot.desk.Desk.answer", _broken)
    with busy(bot, 3):
        assert "code " in words(bot.slash("open", "north-manager", NORTH))


@contextmanager
def busy(bot: Scene, threads: int, seconds: float = 60.0) -> Iterator[None]:
    """Some of those who answer have something else to do."""
    free = threading.Event()
    for _ in range(threads):
        bot.slack._pool.submit(free.wait, seconds)
    try:
        yield
    finally:
        free.set()


def test_a_view_that_slack_will_not_change_is_made_up_for_in_private(bot: Scene) -> None:
    shown = bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH)
    bot.workspace.fates.schedule("views.update", "500", "500")
    bot.press(shown, "Record", "north-worker")
    assert "Slack did not take the answer" in words(bot.to("north-worker")[-1])


def test_a_long_answer_in_a_view_has_its_second_page(scene: Scene) -> None:
    scene.put(*(episode(n, area="north") for n in range(20, 220)), DUE)
    shown = scene.slash("open", "north-manager")
    scene.press(scene.slash(f"interview {DUE.child_ref}", "north-manager", NORTH), "Record", "north-manager")
    view = {**scene.modal(), "blocks": [b for b in shown.blocks if b["type"] == "actions"]}
    after = next(label for label in pressed.labels(view["blocks"]) if label.startswith("Next page (2"))
    scene.send(payloads.press_in_view(scene.workspace, scene.person("north-manager"), view, after))
    assert "Previous" in pressed.labels(scene.modal()["blocks"])


# ---- what was typed ---------------------------------------------------------------------------------


SOUTH = episode(5, area="south")


def reasons(bot: Scene) -> list[str]:
    with reading(bot.app.database) as connection:
        return list(connection.scalars(select(access_tables.audit.c.reason)))


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


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
def test_words_beside_a_file_are_a_command_too(bot: Scene, subtype: str) -> None:
    ask = events.message_im(bot.workspace, bot.person("north-manager"), "open")
    bot.send(ask.changed(event={**ask.payload["event"], "subtype": subtype}))
    assert REF in words(bot.to("north-manager")[-1])


def test_what_could_not_be_recorded_is_there_when_the_form_is_opened_again(
    bot: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH)
    bot.press(shown, "Record", "north-worker")
    with monkeypatch.context() as broken:
        broken.setattr("bot.store.recording.record", _away)
        done = bot.submit(bot.modal(), "north-worker", **{"What came of it?": "Offered by phone"})
    assert "could not record" in str(done)
    bot.press(bot.slash(f"interview {DUE.child_ref}", "north-worker", NORTH), "Record", "north-worker")
    chosen = next(b for b in bot.modal()["blocks"] if b.get("block_id") == "outcome")["element"]["initial_option"]
    assert chosen["text"]["text"] == "Offered by phone"


def _away(*_: object) -> Any:
    raise DatabaseError("The database cannot be used: it is away.")


def test_who_reads_there_is_looked_at_anew_before_it_is_said(bot: Scene) -> None:
    shown = bot.slash("open", "north-manager", NORTH)
    bot.workspace.channels[NORTH].members.append(STRANGER)  # another replica heard of it
    assert "3 members" in words(bot.press(shown, SHARE, "north-manager"))


def test_a_file_of_the_bots_own_is_no_command(bot: Scene) -> None:
    me = bot.workspace.people[bot.workspace.bot_user]
    ask = events.message_im(bot.workspace, bot.person("north-manager"), "open")
    bot.send(ask.changed(event={**ask.payload["event"], "subtype": "file_share", "user": me.id}))
    assert bot.workspace.messages == []


@pytest.mark.parametrize("method", ["conversations.open", "chat.postMessage"])
def test_what_was_done_is_not_said_to_be_undone_where_slack_does_not_take_the_answer(bot: Scene, method: str) -> None:
    bot.workspace.fates.schedule(method, "500")
    said = words(bot.slash(f"interview {DUE.child_ref} attempt no answer", "north-worker", UNLISTED))
    with bot.app.facts() as facts:
        assert [s.kind for s in facts.work.steps([DUE.id])[DUE.id]] == ["attempt"]
    assert "Nothing was answered" not in said
    assert "may have been done" in said


# ---- two at once ------------------------------------------------------------------------------------


def test_of_two_replicas_that_are_handed_a_press_at_once_one_shares(scene_anywhere: Scene) -> None:
    bot = scene_anywhere
    bot.put(MISSING)
    other = service(bot.app, bot.slack.connection, lambda: bot.now)
    there = other.door()
    assert there is not None
    question = asked_to_share(bot)
    action = pressed.find_action(question.blocks, NOW_)
    presses = [payloads.press_action(bot.workspace, bot.person("north-manager"), question, action) for _ in range(4)]
    bot.loop.run_until_complete(at_once([bot.door, there, bot.door, there], presses))
    assert other.stop()
    assert len(bot.workspace.in_channel(NORTH)) == 1
    assert [row for row in bot.trail() if row[3] == "north-digest"] == [
        ("north-manager", "open", "answered", "north-digest")
    ]


async def at_once(doors: Sequence[Door], requests: Sequence[payloads.Request]) -> None:
    async def one(door: Door, request: payloads.Request, n: int) -> None:
        headers = {name.lower(): value for name, value in request.headers(time.time() + n).items()}
        assert (await door(request.body.encode(), headers))[0] == 200

    await asyncio.gather(*(one(*pair, n) for n, pair in enumerate(zip(doors, requests, strict=True))))
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)


def test_somebody_else_may_be_addressed_before_the_bot(bot: Scene) -> None:
    ask = mention(bot, "open")
    text = f"<@{ACCOUNTS['lead']}> look: {ask.payload['event']['text']}"
    (said,) = mentioned(bot, ask.changed(event={**ask.payload["event"], "text": text}))
    assert REF in words(said)


def test_what_was_saved_at_the_second_try_does_not_come_back(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    view = away_form(bot)
    untouched = [b.get("element") for b in view["blocks"]]
    answers = {"First day away": "2017-07-10", "Last day away": "2017-07-12"}
    with monkeypatch.context() as broken:
        broken.setattr("bot.desk.Desk.answer", _broken)
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
    monkeypatch.setattr("bot.chat.slack.listeners.FORM_SECONDS", 0.0)
    bot.workspace.fates.schedule("views.update", "500")
    answers = {"What came of it?": "Offered by phone", "Day": f"{day:%Y-%m-%d}", "Time, in London": "00:30"}
    with busy(bot, 4, 0.5):
        bot.submit(bot.modal(), "north-worker", **answers)
    assert said in words(bot.to("north-worker")[-1])
