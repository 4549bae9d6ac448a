"""Words in Teams: in the personal chat, behind a mention in a channel or group, and after a slash."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.chat.teams.context import PRIVATELY
from bot.conversation.outbound import PREVIEW
from tests.support.factories import NOW, episode, hours, interview
from tests.support.teams import activities
from tests.support.teams.scene import ACCOUNTS, COUNTS, COUNTY, GROUP, NORTH, STRANGER, UNLISTED, Scene, words
from tests.support.teams.tenancy import BOT, STRANGE_TENANT, Sent, personal_of

MISSING = episode(1, area="north")
REF = MISSING.child_ref
BACK = NOW - hours(60)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
TYPED = "What you typed is in the channel"


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE)
    return scene


def public(bot: Scene) -> str:
    """Return everything that anybody but one person could read."""
    private = {personal_of(a) for a in bot.tenancy.people}
    return "\n".join(json.dumps(s.body) for s in bot.tenancy.sent if not s.to and s.conversation not in private)


def only(sent: list[Sent]) -> Sent:
    assert len(sent) == 1
    return sent[0]


# ---- personal chat -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["open", "/open", "missing open", "/missing open", " open ", "open\n", "open&nbsp;"])
def test_words_in_the_personal_chat_are_a_command(bot: Scene, text: str) -> None:
    answer = bot.write(text, "north-manager")
    assert REF in words(answer)
    assert answer.conversation == personal_of(ACCOUNTS["north-manager"])


def test_the_notification_says_nothing(bot: Scene) -> None:
    body = bot.write(f"child {REF}", "north-manager").body
    assert body["summary"] == PREVIEW
    assert "text" not in body


def test_home_is_a_word(bot: Scene) -> None:
    home = bot.write("home", "north-manager")
    assert activities.actions(home.card)[0]["title"] == "Refresh"
    assert "Updated 08:00" in words(home)


def test_a_person_who_is_not_listed_gets_no_data(bot: Scene) -> None:
    assert REF not in words(bot.write("open", STRANGER))


@pytest.mark.parametrize("role", ["guest", "anonymous"])
def test_a_guest_is_not_answered_as_a_member(bot: Scene, role: str) -> None:
    bot.person("north-manager").role = role
    assert REF not in words(bot.write("open", "north-manager"))


def test_an_account_of_a_strange_tenant_is_not_answered_though_it_writes_in_ours(bot: Scene) -> None:
    """Its activity says our tenant; the roster says its own."""
    bot.person("north-manager").tenant = STRANGE_TENANT
    assert REF not in words(bot.write("open", "north-manager"))


def test_an_account_that_nobody_can_look_up_is_not_answered(bot: Scene) -> None:
    bot.tenancy.fates.schedule("member", "500", "500", "500")
    assert REF not in words(bot.write("open", "north-manager"))


def test_the_account_is_compared_without_regard_to_capitals(bot: Scene) -> None:
    person = bot.person("north-manager")
    activity = activities.message(bot.tenancy, person, bot.there(None, "north-manager"), "open")
    activity["from"]["aadObjectId"] = person.account.upper()
    bot.send(activity)
    assert REF in words(bot.to("north-manager")[-1])


@pytest.mark.parametrize("sender", [{"id": BOT}, {"id": "28:other"}, {"id": "29:x", "role": "bot"}, {"id": "29:x"}, {}])
def test_a_bot_or_nobody_is_not_answered(quiet: Scene, sender: dict[str, str]) -> None:
    activity = activities.message(quiet.tenancy, quiet.person("lead"), quiet.there(None, "lead"), "help")
    quiet.send(activity | {"from": sender})
    assert quiet.tenancy.sent == []


@pytest.mark.parametrize("kind", ["messageUpdate", "messageDelete", "messageReaction", "typing", "event", "x"])
def test_what_is_no_message_is_not_answered(quiet: Scene, kind: str) -> None:
    activity = activities.message(quiet.tenancy, quiet.person("lead"), quiet.there(None, "lead"), "help")
    assert quiet.send(activity | {"type": kind}) == (200, None)
    assert quiet.tenancy.sent == []


# ---- mentions in channels and groups ------------------------------------------------------------------


def test_a_mention_is_answered_in_its_thread_at_the_channels_level(bot: Scene) -> None:
    activity = activities.mention(bot.tenancy, bot.person("north-manager"), bot.there(NORTH, ""), "open")
    bot.send(activity)
    answer = only(bot.tenancy.sent)
    assert (answer.conversation, answer.thread, answer.to) == (NORTH, activity["id"], "")
    assert REF in words(answer)
    assert activities.actions(answer.card) == []


def test_a_mention_in_a_thread_is_answered_there(bot: Scene) -> None:
    assert only(bot.mention("help", "north-manager", NORTH, thread="1800000000001")).thread == "1800000000001"


def test_a_channel_of_counts_gets_counts(bot: Scene) -> None:
    for sent in bot.mention("open", "lead", COUNTS):
        assert REF not in words(sent)
    assert REF not in public(bot)


def test_a_guest_in_the_channel_makes_it_one_of_counts(bot: Scene) -> None:
    bot.person("north-worker").role = "guest"
    bot.mention("open", "north-manager", NORTH)
    assert REF not in public(bot)


def test_a_shared_channel_of_two_allowed_tenants_gets_references(bot: Scene) -> None:
    assert REF in words(only(bot.mention("open", "lead", COUNTY)))


def test_a_third_tenant_in_the_shared_channel_makes_it_one_of_counts(bot: Scene) -> None:
    bot.person("police").tenant = STRANGE_TENANT
    bot.mention("open", "lead", COUNTY)
    assert REF not in public(bot)


def test_members_that_cannot_be_read_fail_closed(bot: Scene) -> None:
    bot.tenancy.fates.schedule("members", "500", "500")
    bot.mention("open", "north-manager", NORTH)
    assert REF not in public(bot)


@pytest.mark.parametrize("place", [GROUP, UNLISTED])
def test_a_place_that_is_not_listed_gets_nothing(bot: Scene, place: str) -> None:
    for sent in bot.mention("open", "north-manager", place):
        assert "not on the partnership's list" in words(sent)
    assert REF not in public(bot)


def test_a_message_that_does_not_mention_the_bot_is_none_of_its_business(bot: Scene) -> None:
    """A team that lets the bot read its channels sends it all that is written there."""
    for place in (NORTH, GROUP):
        there = bot.there(place, "")
        bot.send(activities.message(bot.tenancy, bot.person("north-manager"), there, f"open {REF}"))
        other = activities.mention(bot.tenancy, bot.person("north-manager"), there, "open")
        other["entities"][0]["mentioned"]["id"] = "29:somebody"
        bot.send(other)
    assert bot.tenancy.sent == []


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("<at>Missing children</at> open", ["Missing children"]),
        ("please <at>Missing children</at>&nbsp;open", ["Missing children"]),
        ("<at>North Manager</at> look: <at>Missing children</at> open", ["Missing children", "North Manager"]),
        ("<at>Missing children</at> <at>Missing children</at> open", ["Missing children"]),
        ('<at id="0">Missing children</at> open', ["0"]),
    ],
)
def test_the_mention_is_taken_off(bot: Scene, text: str, entities: list[str]) -> None:
    activity = activities.mention(bot.tenancy, bot.person("north-manager"), bot.there(NORTH, ""), "")
    given: list[dict[str, Any]] = []
    for name in entities:
        shown = '<at id="0">Missing children</at>' if name == "0" else f"<at>{name}</at>"
        who = "29:somebody" if name == "North Manager" else BOT
        given.append({"type": "mention", "text": shown, "mentioned": {"id": who, "name": name}})
    bot.send(activity | {"text": text, "entities": given})
    assert REF in words(only(bot.tenancy.sent))


def test_the_mention_of_another_stays_as_its_words(bot: Scene) -> None:
    activity = activities.mention(bot.tenancy, bot.person("north-manager"), bot.there(NORTH, ""), "open <at>north</at>")
    activity["entities"].append({"type": "mention", "text": "<at>north</at>", "mentioned": {"id": "29:x"}})
    bot.send(activity)
    assert "Missing now, North: 1" in words(only(bot.tenancy.sent))


# ---- what is for one person alone ---------------------------------------------------------------------


def test_a_question_about_a_child_in_a_channel_is_answered_privately_with_advice(bot: Scene) -> None:
    answer = only(bot.mention(f"child {REF}", "north-manager", NORTH))
    assert (answer.conversation, answer.to) == (NORTH, ACCOUNTS["north-manager"])
    assert REF in words(answer)
    assert TYPED in words(answer)
    assert public(bot) == ""


def test_a_slash_command_is_answered_to_its_author_alone(bot: Scene) -> None:
    answer = only(bot.slash(f"child {REF}", "north-manager", NORTH))
    assert (answer.to, answer.thread) == (ACCOUNTS["north-manager"], "")
    assert REF in words(answer)
    assert TYPED not in words(answer)


def test_a_personal_chat_that_teams_does_not_know_any_more_is_opened_anew(bot: Scene) -> None:
    bot.tenancy.fates.schedule("send", "error 404 ConversationNotFound")
    answer, _ = bot.slash("open", "north-manager", UNLISTED)
    assert answer.conversation == personal_of(ACCOUNTS["north-manager"])
    assert REF in words(answer)
    assert [c.name for c in bot.tenancy.calls].count("create") == 1


@pytest.mark.parametrize("place", [COUNTS, UNLISTED, GROUP])
def test_where_not_everybody_is_entitled_it_goes_to_the_personal_chat(bot: Scene, place: str) -> None:
    who = "lead" if place == COUNTS else "north-manager"
    answer, note = bot.slash("open", who, place)
    assert answer.conversation == personal_of(ACCOUNTS[who])
    assert REF in words(answer)
    assert (note.conversation, note.to) == (place, ACCOUNTS[who])
    assert PRIVATELY in words(note)
    assert "Share to this channel" not in words(answer)


def test_without_targeted_messages_the_channel_reads_only_that_there_was_an_answer(bot: Scene) -> None:
    bot.tenancy.targeted = False
    answer, note = bot.mention(f"child {REF}", "north-manager", NORTH)
    assert answer.conversation == personal_of(ACCOUNTS["north-manager"])
    assert REF in words(answer)
    assert TYPED in words(answer)
    assert (note.conversation, note.to) == (NORTH, "")
    assert words(note) == f"Answered in private\n{PRIVATELY}"
    assert REF not in public(bot)


@pytest.mark.parametrize("fate", ["429", "500", "500 accepted", "error 403 BotNotInConversationRoster", "reset"])
def test_where_the_personal_chat_cannot_be_reached_the_channel_gets_no_answer(bot: Scene, fate: str) -> None:
    """The answer is not shown to the channel, whatever happens."""
    bot.tenancy.targeted = False
    bot.tenancy.fates.schedule("send", fate, fate)
    bot.mention(f"child {REF}", "north-manager", NORTH)
    assert REF not in public(bot)


def test_a_person_without_the_app_is_told_how_to_get_it(bot: Scene) -> None:
    bot.tenancy.targeted = False
    person = bot.person("north-manager")
    person.installed = False
    bot.teams.conversations.remove(personal_of(person.account))
    note = only(bot.mention(f"child {REF}", "north-manager", NORTH))
    assert "Add me to your own chats" in words(note)
    assert REF not in public(bot)


def test_an_answer_of_counts_stays_where_it_was_asked(bot: Scene) -> None:
    assert only(bot.slash("help", "lead", COUNTS)).to == ACCOUNTS["lead"]


def test_an_answer_that_teams_did_not_take_is_said_to_be_so(bot: Scene) -> None:
    bot.tenancy.fates.schedule("send", "error 413 MessageSizeTooBig")
    assert "Teams did not take my answer" in words(bot.write("open", "north-manager"))


def test_what_lacks_something_comes_with_a_form_to_fill_in(bot: Scene) -> None:
    bot.write(f"interview {DUE.child_ref} offered", "north-worker")
    answer = bot.write(f"interview {DUE.child_ref} booked", "north-worker")
    fields = [e["id"] for e in answer.card["body"] if str(e["type"]).startswith("Input.")]
    assert "field.date" in fields
    assert "fill" in [a["data"]["action"] for a in activities.actions(answer.card)]


def test_everything_that_was_sent_fits_into_a_message_of_teams(bot: Scene) -> None:
    for text in ("help", "open", "today", "interviews", "stats north", "home", f"child {REF}", "nonsense"):
        bot.write(text, "north-manager")
    assert {c.status for c in bot.tenancy.calls if c.name == "send"} == {201}
