"""/missing in Slack: what whoever typed it sees, where, and what nobody else does."""

from __future__ import annotations

import time

import pytest

from bot.conversation.command import Request
from bot.conversation.dispatcher import Dispatched, Dispatcher
from bot.conversation.reply import Reply
from tests.support.factories import episode
from tests.support.slack import events, payloads, presses
from tests.support.slack.scene import ACCOUNTS, COUNTS, NORTH, STRANGER, UNLISTED, Scene, words
from tests.support.slack.workspace import OTHER_TEAM, Channel, Message, Person

MISSING = episode(1, area="north")
REF = MISSING.child_ref
ELSEWHERE = "I have answered you in our private conversation"


@pytest.fixture
def missing(scene: Scene) -> Scene:
    """One child of the north is missing."""
    scene.put(MISSING)
    return scene


def test_help_is_seen_by_whoever_typed_it_alone(scene_anywhere: Scene) -> None:
    said = scene_anywhere.slash("", "north-manager", NORTH)
    assert "What you can ask here" in words(said)
    assert scene_anywhere.workspace.messages == []


def test_the_words_of_a_notification_are_fixed(missing: Scene) -> None:
    said = missing.slash(f"child {REF}", "north-manager", NORTH)
    assert (REF in words(said), said.text) == (True, "You have items to look at.")


def test_a_command_is_recorded_under_the_person_once(missing: Scene) -> None:
    missing.slash(f"child {REF}", "north-manager", NORTH)
    assert missing.trail()[-1] == ("north-manager", "child", "answered", "private")


def test_a_child_stands_beside_the_question_where_all_who_read_are_entitled(missing: Scene) -> None:
    assert f"{REF}" in words(missing.slash(f"child {REF}", "north-manager", NORTH))
    assert missing.workspace.messages == []


@pytest.mark.parametrize("channel", [COUNTS, UNLISTED])
def test_elsewhere_a_child_is_shown_in_private(missing: Scene, channel: str) -> None:
    beside = missing.slash(f"child {REF}", "north-manager", channel)
    (private,) = missing.to("north-manager")
    assert ELSEWHERE in words(beside)
    assert REF not in words(beside)
    assert REF in words(private)
    assert private.text == "You have items to look at."


def test_in_the_conversation_with_the_bot_a_child_stands_beside_the_question(missing: Scene) -> None:
    assert REF in words(missing.slash(f"child {REF}", "north-manager"))
    assert missing.to("north-manager") == []


def test_in_a_conversation_with_somebody_else_a_child_is_shown_in_private(missing: Scene) -> None:
    missing.workspace.put(Channel("D0TWOOFUS", user="U0SOMEBODY", with_bot=False))
    beside = missing.slash(f"child {REF}", "north-manager", "D0TWOOFUS")
    assert REF not in words(beside)
    assert REF in words(missing.to("north-manager")[0])


def test_counts_stand_beside_the_question_anywhere(missing: Scene) -> None:
    assert "Episodes" in words(missing.slash("stats north", "north-manager", UNLISTED))


def test_every_measure_is_one_button_away_and_every_table_of_it_a_page(missing: Scene) -> None:
    brief = missing.slash("interviews 2017-H1", "lead")
    assert sum(block["type"] == "table" for block in brief.blocks) == 1
    first = missing.press(brief, "All measures", "lead")
    assert first is not None
    assert "Return interviews by team" in words(first)
    assert missing.press(first, "Next page (2 of 2)", "lead") is None, "the page is turned in place"
    second = missing.workspace.ephemeral[-1]
    assert "Every measure by team" in words(second)
    assert sum(block["type"] == "table" for block in second.blocks) == 1


@pytest.mark.parametrize(
    ("who", "change"),
    [
        ("guest", {"is_restricted": True}),
        ("one channel alone", {"is_ultra_restricted": True}),
        ("gone", {"deleted": True}),
        ("a program", {"is_bot": True}),
        ("a stranger", {"is_stranger": True}),
        ("from elsewhere", {"team_id": OTHER_TEAM}),
    ],
)
def test_only_members_of_our_workspace_are_answered(missing: Scene, who: str, change: dict[str, object]) -> None:
    missing.workspace.put(Person(ACCOUNTS["north-manager"], **change))  # type: ignore[arg-type]
    said = missing.slash(f"child {REF}", "north-manager", NORTH)
    assert "Please ask your administrator" in words(said)
    assert REF not in words(said)
    assert missing.trail()[-1][2] in ("guest", "deactivated", "bot", "elsewhere")


def test_nobody_is_answered_while_slack_does_not_say_who_they_are(missing: Scene) -> None:
    missing.workspace.scopes = frozenset(missing.workspace.scopes) - {"users:read"}
    assert "Please ask your administrator" in words(missing.slash("stats north", "north-manager", NORTH))
    assert missing.trail()[-1][2] == "unknown"


def test_somebody_who_is_not_listed_is_told_nothing_and_recorded_by_their_account(missing: Scene) -> None:
    assert "Please ask your administrator" in words(missing.slash("help", STRANGER, NORTH))
    assert missing.trail()[-1] == (f"slack:{STRANGER}", "help", "not_listed", "private")


def test_an_account_is_asked_for_anew_before_a_child_is_shown(missing: Scene) -> None:
    missing.slash("stats north", "north-manager", NORTH)
    missing.workspace.put(Person(ACCOUNTS["north-manager"], deleted=True))
    assert REF not in words(missing.slash(f"child {REF}", "north-manager", NORTH))


@pytest.mark.parametrize(
    "change", [{"team_id": OTHER_TEAM}, {"team_id": ""}, {"enterprise_id": "E0ANOTHER"}, {"api_app_id": "A0OTHER"}]
)
def test_another_workspace_is_refused(missing: Scene, change: dict[str, str]) -> None:
    asked = payloads.slash(missing.workspace, missing.person("lead"), missing.channel(NORTH, "lead"), "help")
    assert missing.send(asked.changed(**change))[0] == 401
    assert missing.workspace.ephemeral == []
    assert "help" not in [row[1] for row in missing.trail()]


def test_the_same_event_is_answered_once(missing: Scene) -> None:
    asked = payloads.slash(missing.workspace, missing.person("lead"), missing.channel(NORTH, "lead"), "help")
    assert missing.send(asked)[0] == 200
    again = asked.headers(time.time() + 1, retry=1)
    assert missing.send(asked, again)[0] == 200
    assert len(missing.workspace.ephemeral) == 1
    assert [row[1] for row in missing.trail()].count("help") == 1


def test_an_answer_goes_nowhere_but_to_slack(missing: Scene) -> None:
    asked = payloads.slash(missing.workspace, missing.person("lead"), missing.channel(NORTH, "lead"), "help")
    assert missing.send(asked.changed(response_url="https://hooks.example.org/x"))[0] == 200
    assert missing.workspace.ephemeral == []


def test_a_misspelt_command_offers_the_one_that_was_meant(missing: Scene) -> None:
    said = missing.slash("sats nroth", "north-manager", NORTH)
    assert presses.labels(said.blocks) == ["Run: stats north"]
    answer = missing.press(said, "Run: stats north", "north-manager")
    assert "Episodes" in words(answer)


def test_a_name_is_not_repeated(missing: Scene) -> None:
    said = missing.slash("child Invented Childsname", "north-manager", NORTH)
    assert "Childsname" not in words(said)
    assert not any("Childsname" in str(call) for call in missing.workspace.calls)


def test_a_fault_is_told_by_its_code_and_nothing_else(missing: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Reply:
        raise RuntimeError(f"something about {REF}")

    monkeypatch.setattr("bot.conversation.dispatcher.Dispatcher.dispatch", broken)
    said = missing.slash(f"child {REF}", "north-manager", NORTH)
    assert "Something went wrong (code " in words(said)
    assert REF not in words(said)


def mentioned(bot: Scene, words: str) -> Message:
    """The bot is addressed in the north's channel by its manager; what it answers there."""
    request = events.app_mention(bot.workspace, bot.person("north-manager"), bot.channel(NORTH, ""), words)
    question = Message(NORTH, request.payload["event"]["ts"], words, user=ACCOUNTS["north-manager"])
    bot.workspace.messages.append(question)
    assert bot.send(request)[0] == 200
    (said,) = [m for m in bot.workspace.in_channel(NORTH) if m.bot_id]
    assert said.thread_ts == question.ts
    return said


def test_a_mention_is_answered_in_the_channel_with_what_may_be_said_there(missing: Scene) -> None:
    said = mentioned(missing, "open")
    assert REF in words(said)
    assert missing.trail()[-1][3] == "north-digest"


def test_a_mention_never_shows_a_child(missing: Scene) -> None:
    said = words(mentioned(missing, f"child {REF}"))
    assert "not private enough" in said
    assert REF not in said


def test_words_in_the_private_conversation_are_a_command(missing: Scene) -> None:
    missing.send(events.message_im(missing.workspace, missing.person("north-manager"), f"child {REF}"))
    assert REF in words(missing.to("north-manager")[-1])


def test_the_bots_own_messages_are_no_commands(missing: Scene) -> None:
    missing.send(events.own_message_im(missing.workspace, missing.person("north-manager"), "help"))
    assert missing.trail() == []


def test_an_answer_that_takes_longer_says_so_and_takes_its_place(
    missing: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(self: Dispatcher, request: Request) -> Dispatched:
        time.sleep(0.3)
        return dispatch(self, request)

    dispatch = Dispatcher.dispatch
    monkeypatch.setattr(Dispatcher, "dispatch", slowly)
    monkeypatch.setattr("bot.chat.slack.adapter.SLOW_SECONDS", 0.05)
    said = missing.slash("open", "north-manager", NORTH)
    assert said.arguments["replace_original"] is True
    assert REF in words(said)
    first = missing.workspace.calls_of("response_url")[0]
    assert "Still working on it" in str(first.arguments)
