"""The invented Slack on a bad day: the answers to its callers, and the messages it kept all the same."""

from __future__ import annotations

import http.client
import time

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.support.slack.fates import ANY, BAD_DAY, FATES, ODD, Fates, accepted
from tests.support.slack.people import PRIVATE, PUBLIC
from tests.support.slack.rate_limits import Limits
from tests.support.slack.workspace import Workspace

POST = "chat.postMessage"


@pytest.fixture(autouse=True)
def _quick(workspace: Workspace) -> None:
    workspace.fates.slow_seconds = workspace.fates.late_seconds = 0.1


def post(client: WebClient) -> str:
    """Return the caller's view: a status, a code, or no answer."""
    try:
        client.chat_postMessage(channel=PRIVATE, text="A digest")
    except SlackApiError as fault:
        error = fault.response.get("error", "")
        return f"{fault.response.status_code} {error}".strip()
    except (OSError, http.client.HTTPException):
        return "nothing"
    return "ok"


TOLD = {
    "ok": "ok",
    "429": "429 ratelimited",
    "500 accepted": "500",
    "500": "500",
    "slow accepted": "nothing",
    "slow": "nothing",
    "reset accepted": "nothing",
    "reset": "nothing",
    "seen late": "nothing",
    "html": "503",
    "empty": "200",
    "empty accepted": "200",
    "truncated": "200",
    "truncated accepted": "200",
    "late ok": "ok",
    "error fatal_error": "200 fatal_error",
    "error fatal_error accepted": "200 fatal_error",
}


@pytest.mark.parametrize("fate", TOLD)
def test_fates(client: WebClient, workspace: Workspace, fate: str) -> None:
    workspace.fates.schedule(POST, fate)
    told = post(client)
    assert told.startswith(TOLD[fate])
    assert len(workspace.messages) == accepted(fate)
    assert workspace.calls[-1].fate == fate
    assert post(client) == "ok"  # one fate a call


def test_every_fate_is_told_of() -> None:
    assert set(FATES) | set(ODD) <= set(TOLD)


def test_what_is_seen_late_is_found_late(client: WebClient, workspace: Workspace) -> None:
    workspace.fates.schedule(POST, "seen late")
    assert post(client) == "nothing"
    assert client.conversations_history(channel=PRIVATE)["messages"] == []
    time.sleep(0.15)
    assert len(client.conversations_history(channel=PRIVATE)["messages"]) == 1


def test_dice_fall_the_same_way_again_and_only_for_their_method() -> None:
    one, same = (Fates({POST: BAD_DAY}, seed=7) for _ in range(2))
    fallen = [one.next(POST) for _ in range(50)]
    assert fallen == [same.next(POST) for _ in range(50)]
    assert len(set(fallen)) > 3
    assert one.next("chat.update") == "ok"
    assert Fates({ANY: ("500",)}).next("chat.update") == "500"


def test_posts_are_one_a_second_in_a_channel_after_a_burst(client: WebClient, workspace: Workspace) -> None:
    now = [0.0]
    workspace.limits = Limits(clock=lambda: now[0])
    assert [post(client) for _ in range(4)] == ["ok", "ok", "ok", "429 ratelimited"]
    with pytest.raises(SlackApiError) as raised:
        client.chat_postMessage(channel=PRIVATE, text="A digest")
    assert raised.value.response.headers["Retry-After"] == "1"
    client.chat_postMessage(channel=PUBLIC, text="Counts")
    now[0] += 1
    assert [post(client), post(client)] == ["ok", "429 ratelimited"]


def test_methods_have_limits_by_the_minute(client: WebClient, workspace: Workspace) -> None:
    workspace.limits = Limits(clock=lambda: 0.0)
    for _ in range(20):
        client.users_list()
    with pytest.raises(SlackApiError) as raised:
        client.users_list()
    assert raised.value.response.headers["Retry-After"] == "3"
