"""Whatever shape something signed has, it is answered, and nothing breaks: no listener trusts what it is handed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.slack.payloads import Request
from tests.support.slack.scene import ACCOUNTS, NORTH, Scene
from tests.support.slack.workspace import TEAM

ACCOUNT = ACCOUNTS["north-manager"]
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=12)
SCALARS |= st.sampled_from([ACCOUNT, NORTH, TEAM, "", "im", "home", "press", "share", "\ud800", "http://127.0.0.1:1/x"])
NAMES = st.text(max_size=6) | st.sampled_from(
    ["id", "type", "user", "channel", "text", "view", "state", "values", "actions", "action_id", "value", "blocks"]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
EVENTS = ["app_home_opened", "app_mention", "message", "member_joined_channel", "channel_shared", "user_change"]
WORDS = ["press", "form", "choose", "more:2", "share", "share_now", "hide", "refresh", "press:1", "no_such"]


def mixed(**kinds: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Each part as it should be, missing, or anything at all."""
    parts = {name: st.sampled_from(good if isinstance(good, list) else [good]) | JSON for name, good in kinds.items()}
    return st.fixed_dictionaries({}, optional=parts)


INNER = mixed(
    user=[ACCOUNT, {"id": ACCOUNT}],
    channel=[NORTH, {"id": NORTH}],
    text="open",
    ts="1.2",
    thread_ts="1.2",
    tab="home",
    channel_type="im",
    inviter=ACCOUNT,
    bot_id="B0",
    subtype="message_changed",
    message={"user": ACCOUNT},
)
BODY = mixed(
    user={"id": ACCOUNT, "team_id": TEAM},
    channel={"id": NORTH},
    trigger_id="1.1.x",
    response_url="http://127.0.0.1:1/x",
    container={"type": "message", "message_ts": "1.1", "channel_id": NORTH, "is_ephemeral": True},
    message={"text": "OX-2222", "blocks": [{"text": {"text": "OX-2223"}}]},
    state={"values": {}},
    enterprise=None,
    view={"id": "V1", "type": "modal", "callback_id": "filled", "private_metadata": "0" * 32, "state": {"values": {}}},
    is_enterprise_install=False,
    token="not-a-token",
)
ACTION = mixed(value="0" * 32, selected_option={"value": "press x"}, type="button", block_id="b", action_ts="1")


class Hidden:
    """A whole bot is nothing to be printed with each example."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def __repr__(self) -> str:
        return "the bot"


@pytest.fixture
def bot(scene: Scene) -> Hidden:
    return Hidden(scene)


MANY = 60
SETTINGS = settings(
    max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def sent(scene: Scene, kind: Any, payload: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """Slack may refuse what follows from it (Failed), and Bolt a shape of no listener; ours break nowhere."""
    caplog.clear()
    status, _ = scene.send(Request(kind, payload))
    said = [r.getMessage() for r in caplog.records]
    ours = [
        m
        for m in said
        if "unexpected" in m
        and re.search(r"(slack|bot|store|rules|messages|server|conversation)/(?!webhook)\w+\.py", m)
    ]
    assert [m for m in ours if "'exception': 'Failed at" not in m] == []
    assert status in (200, 400, 401, 404, 500)


@SETTINGS
@given(name=st.sampled_from(EVENTS), inner=INNER, top=JSON)
def test_any_event(bot: Hidden, caplog: pytest.LogCaptureFixture, name: str, inner: dict[str, Any], top: Any) -> None:
    payload = {
        "type": "event_callback",
        "team_id": TEAM,
        "event": {"type": name, **inner},
        "event_id": f"Ev{hash(json.dumps([name, inner, top]))}",
    }
    sent(bot.scene, "events_api", payload | (top if isinstance(top, dict) and "type" not in top else {}), caplog)


@SETTINGS
@given(word=st.sampled_from(WORDS), body=BODY, action=ACTION)
def test_any_press(
    bot: Hidden, caplog: pytest.LogCaptureFixture, word: str, body: dict[str, Any], action: dict[str, Any]
) -> None:
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "actions": [{"action_id": word, "block_id": "b", **action}],
        **body,
    }
    sent(bot.scene, "interactive", payload, caplog)


@SETTINGS
@given(
    kind=st.sampled_from(["view_submission", "view_closed", "message_action", "shortcut", "block_suggestion"]),
    body=BODY,
    values=JSON,
)
def test_any_form(bot: Hidden, caplog: pytest.LogCaptureFixture, kind: str, body: dict[str, Any], values: Any) -> None:
    if isinstance(body.get("view"), dict):
        body["view"] = {**body["view"], "callback_id": "filled", "state": {"values": values}}
    sent(
        bot.scene,
        "interactive",
        {"type": kind, "callback_id": "look_up_reference", "team": {"id": TEAM}, **body},
        caplog,
    )


@SETTINGS
@given(body=JSON)
def test_anything(bot: Hidden, caplog: pytest.LogCaptureFixture, body: Any) -> None:
    sent(bot.scene, "events_api", body, caplog)
    sent(bot.scene, "interactive", body, caplog)


@SETTINGS
@given(
    body=mixed(
        user_id=ACCOUNT,
        channel_id=NORTH,
        text="open",
        response_url="http://127.0.0.1:1/x",
        trigger_id="t",
        command="/missing",
        team_id=TEAM,
    )
)
def test_any_command(bot: Hidden, caplog: pytest.LogCaptureFixture, body: dict[str, Any]) -> None:
    sent(bot.scene, "slash_commands", _plain({"command": "/missing", "team_id": TEAM, **body}), caplog)


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """A form cannot carry half a character."""
    return {name: str(value).replace("\ud800", "") for name, value in body.items()}


def test_what_breaks_the_framework_is_answered_all_the_same(scene: Scene) -> None:
    broken = {"type": "view_submission", "team": {"id": TEAM}, "view": None}
    assert scene.send(Request("interactive", broken)) == (500, "")
