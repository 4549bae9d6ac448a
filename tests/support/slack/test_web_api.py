"""The invented Slack answers slack_sdk as Slack does, and refuses what Slack refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.support.slack.people import (
    ALEX,
    ELSEWHERE,
    GONE,
    GUEST,
    HIDDEN,
    OLD,
    PENDING,
    PRIVATE,
    PUBLIC,
    ROBOT,
    SAM,
    SHARED,
    STRANGER,
)
from tests.support.slack.web_api import Served
from tests.support.slack.workspace import APP_TOKEN, OTHER_TEAM, Message, Workspace

Refused = Callable[..., str]
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Nothing is owed."}}


def with_token(served: Served, token: str) -> WebClient:
    return WebClient(token, base_url=served.api_url, retry_handlers=[])


def test_a_post_stands_in_the_channel_with_its_metadata_and_ids(client: WebClient, workspace: Workspace) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Done"}}
    metadata = {"event_type": "outbox", "event_payload": {"id": "7"}}
    blocks = [{"type": "actions", "elements": [button]}]
    posted = client.chat_postMessage(channel=PRIVATE, text="A digest", blocks=blocks, metadata=metadata)
    [kept] = workspace.in_channel(PRIVATE)
    assert (kept.ts, kept.text, kept.metadata) == (posted["ts"], "A digest", metadata)
    assert kept.blocks[0]["block_id"]
    assert kept.blocks[0]["elements"][0]["action_id"]
    [found] = client.conversations_history(channel=PRIVATE, include_all_metadata=True)["messages"]
    assert (found["metadata"], found["bot_id"]) == (metadata, workspace.bot_id)
    assert "metadata" not in client.conversations_history(channel=PRIVATE)["messages"][0]


def test_what_a_form_carries_as_json_is_read_too(client: WebClient, workspace: Workspace) -> None:
    given = {"channel": PRIVATE, "text": "A digest", "blocks": '[{"type": "divider"}]'}
    client.api_call("chat.postMessage", data=given)
    assert workspace.in_channel(PRIVATE)[0].blocks[0]["type"] == "divider"
    assert workspace.calls[-1].arguments["blocks"] == [{"type": "divider"}]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "county-digest", "text": "x"}, "channel_not_found"),
        ({"channel": HIDDEN, "text": "x"}, "channel_not_found"),
        ({"channel": ELSEWHERE, "text": "x"}, "not_in_channel"),
        ({"channel": OLD, "text": "x"}, "is_archived"),
        ({"channel": PRIVATE, "text": ""}, "no_text"),
        ({"channel": PRIVATE, "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": PRIVATE, "text": "x", "blocks": [SECTION] * 51}, "invalid_blocks"),
        ({"channel": PRIVATE, "text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": PRIVATE, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": PRIVATE, "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": ROBOT.id, "text": "x"}, "cannot_dm_bot"),
    ],
)
@pytest.mark.parametrize("as_form", [True, False])
def test_posts_that_slack_refuses(
    client: WebClient, workspace: Workspace, refused: Refused, given: dict[str, Any], code: str, as_form: bool
) -> None:
    body = {"data": _form(given)} if as_form else {"json": dict(given)}
    assert refused(client.api_call, api_method="chat.postMessage", **body) == code
    assert workspace.messages == []
    assert workspace.calls[-1].error == code


def _form(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


def test_messages_are_changed_and_taken_away_only_when_they_are_ours(
    client: WebClient, workspace: Workspace, refused: Refused
) -> None:
    ts = client.chat_postMessage(channel=PRIVATE, text="A digest", blocks=[SECTION])["ts"]
    client.chat_update(channel=PRIVATE, ts=ts, text="A better digest")
    [kept] = workspace.in_channel(PRIVATE)
    assert (kept.text, kept.blocks, kept.edited) == ("A better digest", [], 1)
    assert refused(client.chat_update, channel=PRIVATE, ts="1.000001", text="x") == "message_not_found"
    client.chat_delete(channel=PRIVATE, ts=ts)
    assert workspace.in_channel(PRIVATE) == []
    assert refused(client.chat_delete, channel=PRIVATE, ts=ts) == "message_not_found"
    theirs = Message(PRIVATE, workspace.new_ts(), "Not ours", user=SAM.id)
    workspace.messages.append(theirs)
    assert refused(client.chat_update, channel=PRIVATE, ts=theirs.ts, text="x") == "cant_update_message"
    assert refused(client.chat_delete, channel=PRIVATE, ts=theirs.ts) == "cant_delete_message"


def test_what_only_one_sees_is_in_no_history(client: WebClient, workspace: Workspace, refused: Refused) -> None:
    client.chat_postEphemeral(channel=PRIVATE, user=SAM.id, text="Only you see this")
    assert [one.text for one in workspace.seen_by(SAM.id)] == ["Only you see this"]
    assert workspace.seen_by(ALEX.id) == []
    assert client.conversations_history(channel=PRIVATE)["messages"] == []
    assert refused(client.chat_postEphemeral, channel=PRIVATE, user=GUEST.id, text="x") == "user_not_in_channel"


def test_threads(client: WebClient) -> None:
    first = client.chat_postMessage(channel=PRIVATE, text="A digest")["ts"]
    client.chat_postMessage(channel=PRIVATE, text="More", thread_ts=first)
    assert [one["text"] for one in client.conversations_history(channel=PRIVATE)["messages"]] == ["A digest"]
    answers = client.conversations_replies(channel=PRIVATE, ts=first)["messages"]
    assert [one["text"] for one in answers] == ["A digest", "More"]


def test_history_is_newest_first_in_pages_and_from_a_moment(client: WebClient) -> None:
    stamps = [client.chat_postMessage(channel=PRIVATE, text=str(number))["ts"] for number in range(5)]
    page = client.conversations_history(channel=PRIVATE, limit=2)
    assert ([one["text"] for one in page["messages"]], page["has_more"]) == (["4", "3"], True)
    cursor = page["response_metadata"]["next_cursor"]
    assert [m["text"] for m in client.conversations_history(channel=PRIVATE, cursor=cursor)["messages"]] == list("210")
    since = client.conversations_history(channel=PRIVATE, oldest=stamps[3])["messages"]
    assert [one["text"] for one in since] == ["4"]
    with_it = client.conversations_history(channel=PRIVATE, oldest=stamps[3], inclusive=True)["messages"]
    assert [one["text"] for one in with_it] == ["4", "3"]


def test_channels_as_they_are_described(client: WebClient, workspace: Workspace, refused: Refused) -> None:
    assert client.conversations_info(channel=PRIVATE)["channel"]["is_private"] is True
    assert client.conversations_info(channel=PUBLIC)["channel"]["is_private"] is False
    assert client.conversations_info(channel=ELSEWHERE)["channel"]["is_member"] is False
    assert client.conversations_info(channel=SHARED)["channel"]["is_ext_shared"] is True
    assert client.conversations_info(channel=PENDING)["channel"]["is_pending_ext_shared"] is True
    assert client.conversations_info(channel=OLD)["channel"]["is_archived"] is True
    assert refused(client.conversations_info, channel=HIDDEN) == "channel_not_found"
    counted = client.conversations_info(channel=PRIVATE, include_num_members=True)["channel"]
    assert counted["num_members"] == 3


def test_members_come_in_pages_with_the_bot(client: WebClient, workspace: Workspace) -> None:
    pages = client.conversations_members(channel=PRIVATE, limit=2)
    assert [page["members"] for page in pages] == [[SAM.id, ALEX.id], [workspace.bot_user]]


def test_people_as_they_are_described(client: WebClient, refused: Refused) -> None:
    assert client.users_info(user=GUEST.id)["user"]["is_restricted"] is True
    gone = client.users_info(user=GONE.id)["user"]
    assert gone["deleted"] is True
    assert "is_restricted" not in gone
    stranger = client.users_info(user=STRANGER.id)["user"]
    assert (stranger["is_stranger"], stranger["team_id"]) == (True, OTHER_TEAM)
    assert refused(client.users_info, user="U0NOBODY") == "user_not_found"
    listed = [one["id"] for page in client.users_list(limit=2) for one in page["members"]]
    assert SAM.id in listed
    assert STRANGER.id not in listed


def test_conversations_with_people(client: WebClient, workspace: Workspace, refused: Refused) -> None:
    channel = client.conversations_open(users=SAM.id)["channel"]["id"]
    assert channel.startswith("D")
    assert client.conversations_open(users=[SAM.id])["channel"]["id"] == channel
    assert client.chat_postMessage(channel=SAM.id, text="Yours")["channel"] == channel
    assert refused(client.conversations_open, users="U0NOBODY") == "user_not_found"
    assert refused(client.conversations_open, users=GONE.id) == "user_disabled"
    assert refused(client.conversations_open, channel=PRIVATE) == "method_not_supported_for_channel_type"
    workspace.people[SAM.id].deleted = True  # Slack still takes messages without readers
    client.chat_postMessage(channel=channel, text="Too late")
    assert [one.text for one in workspace.in_channel(channel)] == ["Yours", "Too late"]


def test_files(client: WebClient, workspace: Workspace, refused: Refused) -> None:
    client.files_upload_v2(channel=PRIVATE, filename="weeks.png", content=b"a chart", initial_comment="By week")
    [kept] = workspace.files.values()
    assert (kept["content"], kept["complete"], kept["channel"]) == (b"a chart", True, PRIVATE)
    assert [(one.text, one.files) for one in workspace.in_channel(PRIVATE)] == [("By week", [kept["id"]])]
    again = [{"id": kept["id"], "title": "x"}]
    assert refused(client.files_completeUploadExternal, files=again) == "file_not_found"
    assert [call.method for call in workspace.calls][:3] == [
        "files.getUploadURLExternal",
        "upload",
        "files.completeUploadExternal",
    ]


def test_tokens(client: WebClient, served: Served, workspace: Workspace, refused: Refused) -> None:
    mine = client.auth_test()
    assert (mine["team_id"], mine["bot_id"]) == (workspace.team_id, workspace.bot_id)
    assert "chat:write" in mine.headers["x-oauth-scopes"].split(",")
    assert mine.headers["Date"].endswith("GMT")
    assert refused(with_token(served, "").auth_test) == "not_authed"
    assert refused(with_token(served, "xoxb-another").auth_test) == "invalid_auth"
    assert refused(with_token(served, APP_TOKEN).auth_test) == "not_allowed_token_type"
    assert refused(client.api_call, api_method="chat.shout") == "unknown_method"
    workspace.refusing = "token_revoked"
    assert refused(client.auth_test) == "token_revoked"


@pytest.mark.parametrize(
    ("granted", "method", "given", "needed"),
    [
        ("chat:write", "users.info", {"user": SAM.id}, "users:read"),
        ("users:read", "chat.postMessage", {"channel": PRIVATE, "text": "x"}, "chat:write"),
        ("channels:read", "conversations.info", {"channel": PRIVATE}, "groups:read"),
        ("groups:read", "conversations.members", {"channel": PUBLIC}, "channels:read"),
        ("im:history", "conversations.history", {"channel": PRIVATE}, "groups:history"),
        ("groups:history", "conversations.history", {"channel": PUBLIC}, "channels:history"),
        ("chat:write", "conversations.open", {"users": SAM.id}, "im:write,mpim:write"),
        ("chat:write", "files.getUploadURLExternal", {"filename": "x", "length": "1"}, "files:write"),
    ],
)
def test_a_missing_scope_says_what_is_needed(
    client: WebClient, workspace: Workspace, granted: str, method: str, given: dict[str, str], needed: str
) -> None:
    workspace.scopes = [granted]
    with pytest.raises(SlackApiError) as raised:
        client.api_call(method, data=given)
    answer = raised.value.response
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", needed, granted)
