"""Conversations in Teams as the database keeps them: one a person, all of a team gone with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot.chat.teams.conversations import Conversations, Reference
from bot.store.database import migrate, open_database
from tests.support.factories import NOW

LEAD, WORKER = "33333333-cccc-4ccc-8ccc-000000000001", "33333333-cccc-4ccc-8ccc-000000000002"
TEAM = "19:team@thread.tacv2"
PERSONAL = Reference("a:1lead", "personal", "tenant", "https://smba.example.org/uk/", NOW, LEAD)
CHANNEL = Reference("19:c@thread.tacv2", "channel", "tenant", "https://smba.example.org/uk/", NOW, "", TEAM, "private")


def test_what_is_kept_is_read_back(engine: Engine) -> None:
    kept = Conversations(engine)
    assert kept.every() == []
    for each in (PERSONAL, CHANNEL):
        kept.keep(each)
    assert kept.personal(LEAD) == kept.personal(LEAD.upper()) == kept.of(PERSONAL.conversation) == PERSONAL
    assert kept.of(CHANNEL.conversation) == CHANNEL
    assert kept.personal(WORKER) is None
    assert kept.of("a:other") is None
    assert {r.conversation for r in kept.every()} == {PERSONAL.conversation, CHANNEL.conversation}


def test_a_newer_service_url_replaces_and_what_it_does_not_say_stays(engine: Engine) -> None:
    kept, moved = Conversations(engine), "https://smba.example.org/emea/"
    kept.keep(CHANNEL)
    kept.keep(Reference(CHANNEL.conversation, "channel", "tenant", moved, NOW + timedelta(hours=1)))
    later = replace(CHANNEL, service_url=moved, updated_at=NOW + timedelta(hours=1))
    assert kept.of(CHANNEL.conversation) == later
    kept.keep(replace(later, channel_type="shared"))
    assert kept.every() == [replace(later, channel_type="shared")]


def test_a_person_has_one_conversation_the_newest(engine: Engine) -> None:
    kept = Conversations(engine)
    kept.keep(PERSONAL)
    kept.keep(replace(PERSONAL, conversation="a:1again", account=LEAD.upper(), updated_at=NOW + timedelta(days=1)))
    assert [r.conversation for r in kept.every()] == ["a:1again"]
    kept.keep(replace(PERSONAL, conversation="a:1worker", account=WORKER))
    assert len(kept.every()) == 2


def test_a_channel_with_an_account_in_it_replaces_no_personal_conversation(engine: Engine) -> None:
    kept = Conversations(engine)
    kept.keep(PERSONAL)
    kept.keep(replace(CHANNEL, account=LEAD))
    assert kept.personal(LEAD) == PERSONAL


def test_an_uninstalled_conversation_is_gone_and_a_team_takes_its_channels_along(engine: Engine) -> None:
    kept, other = Conversations(engine), replace(CHANNEL, conversation="19:d@thread.tacv2", team="19:other")
    for each in (PERSONAL, CHANNEL, other, replace(CHANNEL, conversation=TEAM)):
        kept.keep(each)
    kept.remove(PERSONAL.conversation)
    assert kept.personal(LEAD) is None
    kept.remove(TEAM)
    assert kept.every() == [other]
    kept.remove("19:unknown")
    assert kept.every() == [other]


def test_the_newest_comes_first(engine: Engine) -> None:
    kept = Conversations(engine)
    for n in (2, 3, 1):
        kept.keep(replace(CHANNEL, conversation=f"19:{n}", updated_at=NOW + timedelta(hours=n)))
    assert [r.conversation for r in kept.every()] == ["19:3", "19:2", "19:1"]


IDS = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(st.tuples(st.sampled_from(["keep", "remove"]), IDS, st.sampled_from([LEAD, WORKER])), max_size=12)


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_in_any_order_each_person_has_at_most_one_and_it_is_the_last_kept(
    steps: list[tuple[str, str, str]],
) -> None:
    database = open_database("sqlite:///:memory:")
    migrate(database)
    kept, last = Conversations(database), dict[str, str]()
    for what, conversation, account in steps:
        if what == "keep":
            kept.keep(replace(PERSONAL, conversation=conversation, account=account))
            last = {a: c for a, c in last.items() if c != conversation} | {account: conversation}
        else:
            kept.remove(conversation)
            last = {a: c for a, c in last.items() if c != conversation}
    assert {r.account: r.conversation for r in kept.every()} == last
    assert len(kept.every()) == len(last)
    database.dispose()
