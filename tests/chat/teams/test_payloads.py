"""Teams' activities, of any shape: a missing part is empty, and nothing raises an error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.teams import payloads
from tests.support.teams.tenancy import BOT

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
NAMES = (
    *("type", "id", "name", "from", "conversation", "channelData", "value", "entities", "text", "recipient"),
    *("membersAdded", "membersRemoved", "replyToId", "serviceUrl"),
)
INNER = (
    *("id", "tenantId", "tenant", "team", "channel", "aadObjectId", "action", "data", "handle", "page", "mentioned"),
    *("conversationType", "eventType", "type", "text", "isTargeted", "role"),
)
PART = (
    st.dictionaries(st.sampled_from(INNER), JSON, max_size=5)
    | JSON
    | st.lists(st.dictionaries(st.sampled_from(INNER), JSON, max_size=4), max_size=3)
)


@settings(max_examples=400)
@given(st.dictionaries(st.sampled_from(NAMES), PART))
def test_an_activity_of_any_shape_is_read(activity: dict[str, Any]) -> None:
    source = payloads.source(activity)
    assert all(isinstance(getattr(source, name), str) for name in source.__slots__)
    pressed = payloads.pressed(activity)
    assert pressed.page >= 1
    assert isinstance(payloads.typed_text(activity, BOT), str)
    for read in (payloads.is_press, payloads.is_targeted, payloads.is_of_a_bot):
        assert read(activity) in (True, False)
    for about in (payloads.mentions, payloads.joined, payloads.left):
        assert about(activity, BOT) in (True, False)
    assert all(isinstance(each, str) for each in payloads.accounts(activity))
    assert isinstance(payloads.channel_of(activity) + payloads.event_type(activity) + payloads.tenant(activity), str)


@pytest.mark.parametrize(
    ("given", "thread"),
    [
        ({"type": "message", "conversation": {"id": "19:x", "conversationType": "channel"}}, "5"),
        ({"type": "message", "conversation": {"id": "19:x;messageid=7", "conversationType": "channel"}}, "7"),
        ({"type": "invoke", "conversation": {"id": "19:x;messageid=7", "conversationType": "channel"}}, "7"),
        ({"type": "invoke", "conversation": {"id": "19:x", "conversationType": "channel"}}, ""),
        ({"type": "message", "conversation": {"id": "a:x", "conversationType": "personal"}}, ""),
        ({"type": "message", "conversation": {"id": "19:x", "conversationType": "groupChat"}}, ""),
    ],
)
def test_the_thread_of_an_activity(given: dict[str, Any], thread: str) -> None:
    found = payloads.source({"id": "5", **given})
    assert found.thread == thread
    assert ";" not in found.conversation


@pytest.mark.parametrize("page", [2, "2", 2.0, True, 0, -1, "x", None, 10**9, "²"])
def test_the_page_of_a_press_is_a_number(page: Any) -> None:
    found = payloads.pressed({"value": {"action": {"data": {"action": "more", "handle": "x", "page": page}}}}).page
    assert found == (2 if page in (2, "2") and not isinstance(page, float) else 1)


def test_a_conversation_of_unknown_kind_counts_as_a_group() -> None:
    assert payloads.source({"conversation": {"id": "x"}}).place == "group"
    assert payloads.source({"conversation": {"id": "x", "conversationType": "meeting"}}).channel == "x"


def test_two_activities_without_an_id_are_not_the_same() -> None:
    assert payloads.event_name({"type": "message", "conversation": {"id": "x"}}) == ""


def test_what_a_person_typed_between_angle_brackets_is_no_mention() -> None:
    text = "&lt;at&gt;Missing children&lt;/at&gt; open &amp; shut"
    entities = [{"type": "mention", "text": "<at>Missing children</at>", "mentioned": {"id": BOT}}]
    assert payloads.typed_text({"text": text, "entities": entities}, BOT) == "<at>Missing children</at> open & shut"
