"""The practice page's platform keeps what the outbound port promises: once, found again, changed and taken away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.chat.web.conversations import Conversations
from bot.conversation.inbound import Answer
from bot.conversation.outbound import DIGEST_PREVIEW, Message, Platform, PostRefused, Sent
from bot.conversation.reply import Button, Reply
from bot.rules.access.channel_privacy import Destination
from tests.support.factories import NOW
from tests.support.memory_platform import ONE_PERSON, PRIVATE_CHANNEL

FIRST, OTHER = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
LATER = NOW + timedelta(minutes=5)


@dataclass
class Watch:
    now: datetime = NOW


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def talk(watch: Watch) -> Conversations:
    def describes(destination: str) -> Destination:
        return PRIVATE_CHANNEL if destination == "north" else ONE_PERSON

    def sealed(reply: Reply, destination: str) -> Reply:
        return reply.with_commands([f"handle for {destination}" for _button in reply.pressable])

    return Conversations(describes, sealed, lambda: watch.now)


def message(words: str = "Something", marker: str = FIRST, thread: str | None = None, aloud: bool = False) -> Message:
    return Message(
        Reply("A title", 0, (words,), buttons=(Button("Go", "child"),)), DIGEST_PREVIEW, marker, thread, aloud
    )


def sent(talk: Conversations, place: str, posted: Message) -> str:
    outcome = talk.post(place, posted)
    assert isinstance(outcome, Sent)
    return outcome.message_id


def words(talk: Conversations, person: str, place: str) -> list[str]:
    return [each.reply.text[0] for each in talk.seen_by(person, place)]


def test_it_is_a_platform_that_can_tell(talk: Conversations) -> None:
    platform: Platform = talk
    assert (platform.name, platform.can_tell, platform.repeat_harmless) == ("offline", True, False)
    assert platform.describe("north") == PRIVATE_CHANNEL
    assert platform.describe("lead") == ONE_PERSON


def test_what_is_posted_is_found_by_its_marker_and_place(talk: Conversations) -> None:
    first, other = sent(talk, "north", message()), sent(talk, "north", message(marker=OTHER))
    assert talk.find("north", FIRST, NOW) == [first]
    assert talk.find("north", OTHER, NOW) == [other]
    assert talk.find("south", FIRST, NOW) == []
    assert talk.markers("north", NOW) == [FIRST, OTHER]
    assert talk.markers("north", LATER) == []


def test_a_reply_keeps_its_thread_and_is_found_in_it(talk: Conversations) -> None:
    lead = sent(talk, "north", message())
    part = sent(talk, "north", message("A part", OTHER, thread=lead, aloud=True))
    assert talk.find("north", OTHER, NOW, thread=lead) == [part]
    shown = talk.numbered(int(part))
    assert shown is not None
    assert (shown.thread, shown.aloud) == (int(lead), True)


def test_a_button_carries_a_handle_after_a_post_and_after_a_change(talk: Conversations) -> None:
    number = sent(talk, "north", message())
    for change in (lambda: None, lambda: talk.update("north", number, message("Other words"))):
        change()
        shown = talk.numbered(int(number))
        assert shown is not None
        assert [button.command for button in shown.reply.pressable] == ["handle for north"]


def test_it_is_changed_in_its_place_and_says_when(talk: Conversations, watch: Watch) -> None:
    first, _second = sent(talk, "north", message()), sent(talk, "north", message("Second", OTHER))
    watch.now = LATER
    assert talk.update("north", first, message("Other words")) == Sent(first)
    assert words(talk, "lead", "north") == ["Other words", "Second"]
    shown = talk.numbered(int(first))
    assert shown is not None
    assert (shown.at, shown.changed) == (NOW, LATER)


def test_it_is_taken_away_and_then_cannot_be_changed(talk: Conversations) -> None:
    number = sent(talk, "north", message())
    talk.delete("north", number)
    assert talk.find("north", FIRST, NOW) == []
    assert talk.update("north", number, message()) == PostRefused("message_not_found")


def test_a_number_is_never_used_again(talk: Conversations) -> None:
    number = sent(talk, "north", message())
    talk.delete("north", number)
    assert sent(talk, "north", message()) != number


def test_each_change_is_counted_for_the_pages_that_are_open(talk: Conversations) -> None:
    counts = [talk.version]
    number = sent(talk, "north", message())
    counts.append(talk.version)
    talk.update("north", number, message("Other words"))
    counts.append(talk.version)
    talk.delete("north", number)
    counts.append(talk.version)
    assert counts == sorted(set(counts))


def test_an_answer_is_seen_by_one_person_alone(talk: Conversations) -> None:
    sent(talk, "north", message("For all"))
    talk.whisper("north", Answer(Reply("A title", 2, ("For one",)), share="a handle"), "lead")
    assert words(talk, "lead", "north") == ["For all", "For one"]
    assert words(talk, "police", "north") == ["For all"]


def test_what_is_new_is_the_bot_s_and_not_read(talk: Conversations) -> None:
    sent(talk, "north", message())
    talk.put("north", Reply("", 0, ("stats north",)), by="police")
    talk.whisper("north", Answer(Reply("A title", 2, ("For one",))), "police")
    assert (talk.unread("lead", "north"), talk.unread("police", "north")) == (1, 2)
    assert talk.read("lead", "north") == 0
    assert (talk.unread("lead", "north"), talk.unread("police", "north")) == (0, 2)
    later = sent(talk, "north", message("Later", OTHER))
    assert talk.unread("lead", "north") == 1
    assert talk.read("lead", "north") < int(later)
