"""App Home, the shortcut on a message, and what is said when the bot comes into a channel."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.factories import NOW, episode, hours, interview
from tests.support.slack import acceptance, events, payloads, presses
from tests.support.slack.scene import ACCOUNTS, COUNTS, NORTH, STRANGER, UNLISTED, Scene, words
from tests.support.slack.workspace import Message, Person

MISSING = episode(1, area="north")
REF = MISSING.child_ref
BACK = NOW - hours(20)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
SECOND = episode(3, area="north")


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE, SECOND)
    return scene


def home(bot: Scene, who: str) -> dict[str, Any]:
    """What somebody finds when they open the bot's page."""
    assert bot.send(events.app_home_opened(bot.workspace, bot.person(who)))[0] == 200
    return bot.workspace.homes[bot.person(who).id]


def test_home_is_accepted_and_has_ones_own_interviews(bot: Scene) -> None:
    shown = home(bot, "north-worker")
    assert acceptance.view_problems({k: v for k, v in shown.items() if k in ("type", "blocks")}) == []
    assert DUE.child_ref in words(shown)
    assert "08:00" in words(shown)


def test_nobody_sees_another_ones_interviews(bot: Scene) -> None:
    home(bot, "north-worker")
    assert DUE.child_ref not in words(home(bot, "south-worker"))


@pytest.mark.parametrize(("label", "said"), [("Accept", "Taken over"), ("Refuse", "Hand-over refused")])
def test_a_hand_over_is_answered_with_one_press(bot: Scene, label: str, said: str) -> None:
    bot.slash(f"interview {DUE.child_ref} hand to coordinator", "north-worker", NORTH)
    shown = home(bot, "coordinator")
    assert presses.labels(shown["blocks"])[:3] == ["Refresh", "Accept", "Refuse"]
    bot.send(payloads.press_in_view(bot.workspace, bot.person("coordinator"), shown, label))
    assert said in words(bot.modal())


def test_a_stranger_finds_nothing(bot: Scene) -> None:
    assert "ask your administrator" in words(home(bot, STRANGER))


def test_opening_the_messages_tab_makes_no_home(bot: Scene) -> None:
    bot.send(events.app_home_opened(bot.workspace, bot.person("north-worker"), tab="messages"))
    assert bot.workspace.homes == {}


def test_refresh_makes_it_anew(bot: Scene) -> None:
    shown = home(bot, "north-worker")
    bot.turn(NOW + hours(1))
    bot.send(payloads.press_in_view(bot.workspace, bot.person("north-worker"), shown, "Refresh"))
    assert "09:00" in words(bot.workspace.homes[ACCOUNTS["north-worker"]])


def test_a_button_in_home_is_answered_in_a_modal(bot: Scene) -> None:
    shown = home(bot, "north-worker")
    label = next(label for label in presses.labels(shown["blocks"]) if label.startswith("Why"))
    bot.send(payloads.press_in_view(bot.workspace, bot.person("north-worker"), shown, label))
    assert acceptance.view_problems(_plain(bot.modal())) == []
    assert DUE.child_ref in words(bot.modal())


def test_an_expired_trigger_is_told_in_private(bot: Scene) -> None:
    shown = home(bot, "north-worker")
    label = next(label for label in presses.labels(shown["blocks"]) if label.startswith("Why"))
    bot.workspace.fates.schedule("views.open", "error expired_trigger_id")
    bot.send(payloads.press_in_view(bot.workspace, bot.person("north-worker"), shown, label))
    assert "Please press again" in words(bot.to("north-worker")[-1])


def _plain(view: dict[str, Any]) -> dict[str, Any]:
    known = ("type", "title", "blocks", "close", "submit", "private_metadata", "callback_id")
    return {k: v for k, v in view.items() if k in known and v}


# ---- the shortcut -----------------------------------------------------------------------------------


def look_up(bot: Scene, who: str, text: str) -> dict[str, Any]:
    """Somebody uses the shortcut on a message that says this."""
    there = Message(UNLISTED, bot.workspace.new_ts(), text, user=STRANGER)
    bot.workspace.messages.append(there)
    asked = payloads.message_shortcut(bot.workspace, bot.person(who), there, "look_up_reference")
    assert bot.send(asked)[0] == 200
    return bot.modal()


def test_the_shortcut_shows_the_child_whose_reference_stands_in_the_message(bot: Scene) -> None:
    shown = look_up(bot, "north-manager", f"has anybody news of {REF.lower().replace('-', ' ')}?")
    assert REF in words(shown)
    assert bot.trail()[-1][:3] == ("north-manager", "child", "answered")


def test_of_several_one_is_chosen(bot: Scene) -> None:
    shown = look_up(bot, "north-manager", f"{REF} and {SECOND.child_ref}")
    assert presses.labels(shown["blocks"]) == [f"Look up {REF}", f"Look up {SECOND.child_ref}"]
    bot.send(payloads.press_in_view(bot.workspace, bot.person("north-manager"), shown, f"Look up {SECOND.child_ref}"))
    assert "Status" in words(bot.modal()) or SECOND.child_ref in words(bot.modal())


def test_without_a_reference_nothing_of_the_message_is_repeated(bot: Scene) -> None:
    shown = words(look_up(bot, "north-manager", "Invented Childsname is gone"))
    assert "There is no reference in that message" in shown
    assert "Childsname" not in shown


def test_a_stranger_learns_nothing_by_the_shortcut(bot: Scene) -> None:
    assert "ask your administrator" in words(look_up(bot, STRANGER, "nothing in it"))
    assert "ask your administrator" in words(look_up(bot, STRANGER, f"{REF} {SECOND.child_ref}"))


# ---- coming into a channel ----------------------------------------------------------------------------


def invited(bot: Scene, by: str, channel: str) -> list[Message]:
    """The bot is invited into a channel; what whoever did it is told."""
    joined = events.member_joined_channel(
        bot.workspace, bot.workspace.people[bot.workspace.bot_user], bot.workspace.channels[channel]
    )
    inner = {**joined.payload["event"], "inviter": bot.person(by).id}
    assert bot.send(joined.changed(event=inner))[0] == 200
    assert bot.workspace.in_channel(channel) == []
    return bot.to(by)


def test_whoever_invites_it_is_told_what_will_be_posted(bot: Scene) -> None:
    said = words(invited(bot, "admin", NORTH)[-1])
    assert "every day at 08:00, next Thu 6 Jul 08:00" in said
    assert "references and counts" in said
    assert "2 members, every one listed" in said


def test_a_channel_that_may_not_have_references_is_said_to_have_counts(bot: Scene) -> None:
    bot.workspace.put(Person("U0EXTRA"))
    bot.workspace.channels[NORTH].members.append("U0EXTRA")
    said = words(invited(bot, "admin", NORTH)[-1])
    assert "As it is now it shows counts alone." in said
    assert "1 of them not listed as entitled" in said


def test_a_shared_channel_is_said_to_get_nothing(bot: Scene) -> None:
    bot.workspace.channels[NORTH].is_ext_shared = True
    assert "I will post nothing there" in words(invited(bot, "admin", NORTH)[-1])


def test_an_administrator_is_told_what_to_write_for_a_channel_that_is_not_listed(bot: Scene) -> None:
    said = words(invited(bot, "admin", UNLISTED)[-1])
    assert UNLISTED in said
    assert "destination" in said


def test_others_are_told_to_ask(bot: Scene) -> None:
    assert "destination" not in words(invited(bot, "north-manager", UNLISTED)[-1])


def test_a_stranger_is_told_nothing(bot: Scene) -> None:
    assert invited(bot, STRANGER, COUNTS) == []


def test_when_somebody_else_comes_in_the_channel_is_looked_at_anew(bot: Scene) -> None:
    assert bot.slack.platform.describe(NORTH).members == [True, True]
    stranger = bot.person(STRANGER)
    bot.workspace.channels[NORTH].members.append(STRANGER)
    bot.send(events.member_joined_channel(bot.workspace, stranger, bot.workspace.channels[NORTH]))
    assert bot.slack.platform.describe(NORTH).members == [True, True, False]


def test_a_channel_that_is_shared_from_now_on_is_looked_at_anew(bot: Scene) -> None:
    assert bot.slack.platform.describe(NORTH).is_shared is False
    bot.workspace.channels[NORTH].is_ext_shared = True
    bot.send(events.channel_shared(bot.workspace, bot.workspace.channels[NORTH], "T0OTHERTEAM"))
    assert bot.slack.platform.describe(NORTH).is_shared is True


def test_an_account_that_changed_is_asked_for_anew(bot: Scene) -> None:
    assert "Episodes" in words(bot.slash("stats north", "north-manager", NORTH))
    gone = Person(ACCOUNTS["north-manager"], deleted=True)
    bot.workspace.put(gone)
    bot.send(events.user_change(bot.workspace, gone))
    assert "ask your administrator" in words(bot.slash("stats north", "north-manager", NORTH))


def test_a_channel_in_which_somebodys_account_changed_is_looked_at_anew(bot: Scene) -> None:
    assert bot.slack.platform.describe(NORTH).members == [True, True]
    guest = Person(ACCOUNTS["north-worker"], is_restricted=True)
    bot.workspace.put(guest)
    bot.send(events.user_change(bot.workspace, guest))
    assert bot.slack.platform.describe(NORTH).members == [True, False]
