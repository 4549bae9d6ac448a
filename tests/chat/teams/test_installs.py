"""Installations in Teams: conversations are kept and removed, and a change of members counts at once."""

from __future__ import annotations

import pytest

from bot.conversation.outbound import PREVIEW, Message, PostRefused, Sent
from bot.conversation.reply import Reply
from tests.support.factories import NOW, episode
from tests.support.teams import activities
from tests.support.teams.scene import ACCOUNTS, COUNTS, COUNTY, GROUP, NORTH, TEAM, UNLISTED, Scene, words
from tests.support.teams.tenancy import BOT, Conversation, personal_of

MISSING = episode(1, area="north")
REF = MISSING.child_ref
LEAD = personal_of(ACCOUNTS["lead"])


@pytest.fixture
def bot(scene: Scene) -> Scene:
    """Return a bot that is installed nowhere yet."""
    scene.put(MISSING)
    for reference in scene.teams.conversations.every():
        scene.teams.conversations.remove(reference.conversation)
    return scene


def kept(bot: Scene) -> set[str]:
    return {r.conversation for r in bot.teams.conversations.every()}


def install(bot: Scene, place: str | None, who: str, action: str = "add") -> None:
    assert bot.send(activities.installed(bot.tenancy, bot.person(who), bot.there(place, who), action)) == (200, None)


def update(bot: Scene, place: str, event: str = "", **given: object) -> None:
    activity = activities.update(bot.tenancy, bot.person("lead"), bot.there(place, "lead"), event, **given)
    assert bot.send(activity) == (200, None)


def post(bot: Scene, destination: str) -> object:
    return bot.teams.platform.post(destination, Message(Reply("Look", 0), PREVIEW, "a-marker"))


def test_an_installation_for_a_person_is_kept_and_removed(bot: Scene) -> None:
    install(bot, None, "lead")
    reference = bot.teams.conversations.personal(ACCOUNTS["lead"])
    assert reference
    assert (reference.conversation, reference.kind, reference.tenant) == (LEAD, "personal", bot.person("lead").tenant)
    assert reference.service_url == bot.tenancy.service_url
    assert isinstance(post(bot, ACCOUNTS["lead"]), Sent)
    install(bot, None, "lead", "remove")
    assert kept(bot) == set()


@pytest.mark.parametrize("action", ["add", "add-upgrade", "upgrade"])
def test_an_upgrade_keeps_the_conversation_too(bot: Scene, action: str) -> None:
    install(bot, None, "lead", action)
    assert kept(bot) == {LEAD}


def test_an_installation_in_a_team_keeps_its_channels_with_their_types(bot: Scene) -> None:
    install(bot, TEAM, "lead")
    types = {r.conversation: r.channel_type for r in bot.teams.conversations.every()}
    expected = {NORTH: "private", COUNTY: "shared", COUNTS: "standard", UNLISTED: "private", TEAM: "standard"}
    assert types == expected
    assert isinstance(post(bot, COUNTS), Sent)
    install(bot, TEAM, "lead", "remove")
    assert kept(bot) == set()
    assert isinstance(post(bot, COUNTS), PostRefused)


def test_who_adds_the_bot_to_a_channel_is_told_what_will_be_posted_there(bot: Scene) -> None:
    install(bot, None, "lead")
    install(bot, COUNTY, "lead")
    answer = bot.to("lead")[-1]
    assert "County" in words(answer)
    assert bot.tenancy.in_conversation(COUNTY) == []


def test_an_upgrade_and_the_second_activity_of_an_installation_say_nothing(bot: Scene) -> None:
    install(bot, COUNTY, "lead", "upgrade")
    update(bot, COUNTY, "teamMemberAdded", membersAdded=[{"id": BOT}])
    assert COUNTY in kept(bot)
    assert bot.tenancy.sent == []


def test_a_stranger_who_adds_the_bot_is_told_nothing(bot: Scene) -> None:
    install(bot, COUNTS, "33333333-cccc-4ccc-8ccc-000000000099")
    assert bot.tenancy.sent == []


def test_the_bot_is_taken_out_of_a_group(bot: Scene) -> None:
    update(bot, GROUP, membersAdded=[{"id": BOT}])
    assert kept(bot) == {GROUP}
    update(bot, GROUP, membersRemoved=[{"id": BOT}])
    assert kept(bot) == set()


@pytest.mark.parametrize("event", ["channelDeleted", "channelUnshared"])
def test_a_channel_that_is_gone_is_removed_and_the_others_stay(bot: Scene, event: str) -> None:
    install(bot, TEAM, "lead")
    activity = activities.update(bot.tenancy, bot.person("lead"), bot.there(TEAM, ""), event)
    activity["channelData"]["channel"]["id"] = NORTH
    bot.send(activity)
    assert kept(bot) == {COUNTY, COUNTS, UNLISTED, TEAM}


@pytest.mark.parametrize("event", ["teamDeleted", "teamHardDeleted"])
def test_a_team_that_is_gone_is_removed_with_its_channels(bot: Scene, event: str) -> None:
    install(bot, TEAM, "lead")
    update(bot, TEAM, event)
    assert kept(bot) == set()


def test_a_new_channel_of_the_team_is_kept(bot: Scene) -> None:
    install(bot, TEAM, "lead")
    new = "19:new@thread.tacv2"
    bot.tenancy.put(Conversation(new, "channel", [], TEAM, "x", "shared"))
    activity = activities.update(bot.tenancy, bot.person("lead"), bot.there(TEAM, ""), "channelCreated")
    activity["channelData"]["channel"]["id"] = new
    bot.send(activity)
    reference = bot.teams.conversations.of(new)
    assert reference
    assert reference.channel_type == "shared"


def test_a_channel_whose_type_was_not_known_is_learnt_by_the_next_message(bot: Scene) -> None:
    bot.tenancy.fates.schedule("channels", "500")
    bot.mention("help", "lead", COUNTY)
    first = bot.teams.conversations.of(COUNTY)
    bot.mention("help", "lead", COUNTY)
    second = bot.teams.conversations.of(COUNTY)
    assert first
    assert second
    assert (first.channel_type, second.channel_type) == ("", "shared")


def test_a_channel_of_unknown_type_gets_no_references(bot: Scene) -> None:
    bot.tenancy.fates.schedule("channels", "500", "500")
    bot.mention("open", "north-manager", NORTH)
    assert not any(REF in words(s) for s in bot.tenancy.in_conversation(NORTH))


def test_a_message_keeps_the_conversation_and_a_new_address_of_it(bot: Scene) -> None:
    bot.write("help", "lead")
    first = bot.teams.conversations.of(LEAD)
    assert first
    bot.teams.conversations.keep(
        type(first)(LEAD, "personal", first.tenant, "https://smba.trafficmanager.net/old/", NOW, ACCOUNTS["lead"])
    )
    bot.write("help", "lead")
    reference = bot.teams.conversations.of(LEAD)
    assert reference
    assert reference.service_url == bot.tenancy.service_url


def test_members_who_come_and_go_count_at_once(bot: Scene) -> None:
    """What was known of the channel for some seconds is forgotten."""
    install(bot, TEAM, "lead")
    assert bot.teams.channels.describe(NORTH).members == [True, True]
    bot.there(NORTH, "").members.append(ACCOUNTS["analyst"])
    update(bot, NORTH, "teamMemberAdded", membersAdded=[{"id": "29:x", "aadObjectId": ACCOUNTS["analyst"]}])
    assert bot.teams.channels.describe(NORTH).members == [True, True, False]


def test_an_account_that_changed_is_forgotten(bot: Scene) -> None:
    bot.write("open", "north-manager")
    bot.person("north-manager").role = "guest"
    update(bot, TEAM, "teamMemberRemoved", membersRemoved=[{"id": "29:x", "aadObjectId": ACCOUNTS["north-manager"]}])
    assert REF not in words(bot.write("open", "north-manager"))
