"""The invented Slack answers slack_sdk as Slack does, and refuses what Slack refuses."""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from tests.slack import web_api
from tests.slack.limits import Limits
from tests.slack.workspace import APP_TOKEN, BOT_TOKEN, OTHER_TEAM, Channel, Message, Person, Workspace

PRIVATE, PUBLIC, ELSEWHERE, HIDDEN, OLD = "C0PRIVATE", "C0PUBLIC", "C0ELSEWHERE", "C0HIDDEN", "C0OLD"
SAM, GONE, GUEST, STRANGER, ROBOT = "U0SAM", "U0GONE", "U0GUEST", "U0STRANGER", "U0ROBOT"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Nothing is owed."}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "A talk"}, "blocks": [SECTION]}
HOME = {"type": "home", "blocks": [SECTION]}


@pytest.fixture
def workspace() -> Workspace:
    invented = Workspace()
    invented.put(Person(SAM), Person(GONE, deleted=True), Person(GUEST, is_restricted=True), Person(ROBOT, is_bot=True))
    invented.put(Person(STRANGER, team_id=OTHER_TEAM, is_stranger=True))
    invented.put(Channel(PRIVATE, "county-digest", members=[SAM, GUEST]))
    invented.put(Channel(PUBLIC, "counts", is_private=False, members=[SAM]))
    invented.put(Channel(ELSEWHERE, "elsewhere", is_private=False, with_bot=False))
    invented.put(Channel(HIDDEN, "hidden", with_bot=False), Channel(OLD, "old", is_archived=True))
    return invented


@pytest.fixture
def served(workspace: Workspace) -> Iterator[web_api.Served]:
    with web_api.serving(workspace) as there:
        yield there


@pytest.fixture
def client(served: web_api.Served) -> WebClient:
    return client_for(served)


def client_for(served: web_api.Served, token: str = BOT_TOKEN, timeout: int = 5) -> WebClient:
    return WebClient(token, base_url=served.api_url, retry_handlers=[], timeout=timeout)


def refused(call: Callable[..., Any], **given: Any) -> str:
    """The code it is refused with."""
    with pytest.raises(SlackApiError) as raised:
        call(**given)
    return str(raised.value.response["error"])


def test_a_post_stands_in_the_channel_with_its_metadata_and_ids(client: WebClient, workspace: Workspace) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Done"}}
    metadata = {"event_type": "outbox", "event_payload": {"id": "7"}}
    posted = client.chat_postMessage(
        channel=PRIVATE, text="A digest", blocks=[{"type": "actions", "elements": [button]}], metadata=metadata
    )
    [kept] = workspace.in_channel(PRIVATE)
    assert (kept.ts, kept.text, kept.metadata) == (posted["ts"], "A digest", metadata)
    assert kept.blocks[0]["block_id"]
    assert kept.blocks[0]["elements"][0]["action_id"]
    [found] = client.conversations_history(channel=PRIVATE, include_all_metadata=True)["messages"]
    assert found["metadata"] == metadata
    assert found["bot_id"] == workspace.bot_id
    assert "metadata" not in client.conversations_history(channel=PRIVATE)["messages"][0]


def test_what_a_form_carries_as_json_is_read_too(client: WebClient, workspace: Workspace) -> None:
    client.api_call(
        "chat.postMessage", data={"channel": PRIVATE, "text": "A digest", "blocks": '[{"type": "divider"}]'}
    )
    assert workspace.in_channel(PRIVATE)[0].blocks[0]["type"] == "divider"


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
        ({"channel": PRIVATE, "text": "x", "blocks": '{"type": "divider"}'}, "invalid_blocks_format"),
        ({"channel": PRIVATE, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": PRIVATE, "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": ROBOT, "text": "x"}, "cannot_dm_bot"),
    ],
)
def test_posts_that_slack_refuses(client: WebClient, workspace: Workspace, given: dict[str, Any], code: str) -> None:
    with pytest.raises(SlackApiError) as raised:
        client.api_call("chat.postMessage", data=_form(given))
    assert raised.value.response["error"] == code
    assert workspace.messages == []
    assert workspace.calls[-1].error == code


def _form(given: Mapping[str, Any]) -> dict[str, Any]:
    import json

    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


def test_tokens_and_scopes(served: web_api.Served, workspace: Workspace) -> None:
    assert refused(client_for(served, "").auth_test) == "not_authed"
    assert refused(client_for(served, "xoxb-another").auth_test) == "invalid_auth"
    assert refused(client_for(served, APP_TOKEN).auth_test) == "not_allowed_token_type"


def test_a_missing_scope_says_what_is_needed(client: WebClient, workspace: Workspace) -> None:
    workspace.scopes = ["chat:write"]
    with pytest.raises(SlackApiError) as raised:
        client.users_info(user=SAM)
    assert raised.value.response["needed"] == "users:read"
    assert raised.value.response["provided"] == "chat:write"


def test_one_lost_in_time_can_be_found(served: web_api.Served, workspace: Workspace, client: WebClient) -> None:
    workspace.fates.slow_seconds = workspace.fates.late_seconds = 0.2
    workspace.fates.schedule("chat.postMessage", "seen late")
    with pytest.raises((OSError, urllib.error.URLError)):
        client.chat_postMessage(channel=PRIVATE, text="A digest")
    assert client.conversations_history(channel=PRIVATE)["messages"] == []
    time.sleep(0.25)
    assert len(client.conversations_history(channel=PRIVATE)["messages"]) == 1


def test_a_response_url(served: web_api.Served, workspace: Workspace) -> None:
    hook = WebhookClient(served.response_url(SAM, PRIVATE))
    assert [hook.send(text="Only you see this").status_code for _ in range(6)] == [200] * 5 + [404]
    assert [one.text for one in workspace.seen_by(SAM)] == ["Only you see this"] * 5
    assert isinstance(workspace.ephemeral[0], Message)


def test_limits(client: WebClient, workspace: Workspace) -> None:
    workspace.limits = Limits(burst=1)
    client.chat_postMessage(channel=PRIVATE, text="One")
    with pytest.raises(SlackApiError) as raised:
        client.chat_postMessage(channel=PRIVATE, text="Two")
    assert raised.value.response.status_code == 429
    assert raised.value.response.headers["Retry-After"] == "1"
