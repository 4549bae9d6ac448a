"""What the builders make is let in by Slack's own framework when honest, and what is rendered can be pressed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import date
from datetime import time as clock_time
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from tests.support.slack import events, payloads, signing
from tests.support.slack.payloads import Request
from tests.support.slack.people import ALEX, PRIVATE, SAM, SHARED, STRANGER
from tests.support.slack.presses import filled_in, labels, texts
from tests.support.slack.view_methods import keep
from tests.support.slack.workspace import OTHER_TEAM, Message, Workspace

Heard = list[tuple[str, dict[str, Any]]]


def plain(words: str) -> dict[str, str]:
    return {"type": "plain_text", "text": words}


TOMORROW, LATER = {"text": plain("Tomorrow"), "value": "1"}, {"text": plain("Later"), "value": "2"}
BUTTON = {"type": "button", "text": plain("Done"), "action_id": "done", "value": "handle-1"}
MENU = {"type": "static_select", "action_id": "when", "options": [TOMORROW, LATER]}
MORE = {"type": "overflow", "action_id": "more", "options": [{"text": plain("History"), "value": "h"}]}
BLOCKS: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "A talk is owed."}, "accessory": MORE},
    {"type": "actions", "block_id": "row-1", "elements": [BUTTON, MENU]},
]
NOTE = {"type": "plain_text_input", "action_id": "note", "max_length": 20}
FORM: list[dict[str, Any]] = [
    {"type": "input", "block_id": "n", "label": plain("Note"), "element": NOTE},
    {"type": "input", "block_id": "w", "label": plain("When"), "element": MENU, "optional": True},
    {"type": "input", "block_id": "d", "label": plain("Day"), "element": {"type": "datepicker", "action_id": "day"}},
    {
        "type": "input",
        "block_id": "t",
        "label": plain("Time"),
        "element": {"type": "timepicker", "action_id": "at", "initial_time": "09:00"},
    },
]
MODAL = {"type": "modal", "title": plain("A talk"), "submit": plain("Save"), "callback_id": "talk", "blocks": FORM}


@pytest.fixture
def message(workspace: Workspace, client: WebClient) -> Message:
    client.chat_postMessage(channel=PRIVATE, text="A digest", blocks=BLOCKS)
    return workspace.messages[-1]


def bolt(heard: Heard) -> AsyncApp:
    """An app that hears everything the builders make, and calls nobody."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T", bot_token="xoxb-not-a-token", bot_id="B", bot_user_id="U"
        )

    app = AsyncApp(signing_secret=signing.SECRET, authorize=authorize, process_before_response=True)

    async def hear(ack: Any, body: dict[str, Any]) -> None:
        heard.append((str(body.get("type") or body.get("command")), body))
        await ack()

    app.command("/missing")(hear)
    app.view("talk")(hear)
    app.view_closed("talk")(hear)
    app.shortcut("report_here")(hear)
    for action in ("done", "when", "more"):
        app.action(action)(hear)
    for event in (
        "app_home_opened",
        "app_mention",
        "message",
        "member_joined_channel",
        "channel_shared",
        "user_change",
    ):
        app.event(event)(hear)
    return app


def dispatched(request: Request, headers: Mapping[str, str], heard: Heard) -> tuple[int, str]:
    """The answer of Slack's framework to a request with these headers."""

    async def dispatch() -> tuple[int, str]:
        given = AsyncBoltRequest(body=request.body, headers={name: [value] for name, value in headers.items()})
        answer = await bolt(heard).async_dispatch(given)
        return answer.status, answer.body

    return asyncio.run(dispatch())


def let_in(request: Request, heard: Heard) -> int:
    return dispatched(request, request.headers(time.time()), heard)[0]


def test_honest_requests_are_let_in_and_understood(workspace: Workspace, message: Message) -> None:
    view = keep(workspace, MODAL | {"notify_on_close": True}, SAM.id)
    home = keep(workspace, {"type": "home", "blocks": BLOCKS}, SAM.id)
    private = workspace.channels[PRIVATE]
    said = {
        "/missing": payloads.slash(workspace, SAM, private, "today"),
        "block_actions": payloads.press(workspace, SAM, message, "Done"),
        "block_actions of a menu": payloads.press(workspace, SAM, message, "Tomorrow"),
        "block_actions of more": payloads.press(workspace, SAM, message, "History"),
        "block_actions of home": payloads.press_in_view(workspace, SAM, home, "Done"),
        "view_submission": payloads.submit(workspace, SAM, view, Note="A call", Day="2026-11-30"),
        "view_closed": payloads.close(workspace, SAM, view),
        "message_action": payloads.message_shortcut(workspace, SAM, message, "report_here"),
        "event_callback of home": events.app_home_opened(workspace, SAM),
        "event_callback of mention": events.app_mention(workspace, SAM, private, "help"),
        "event_callback of im": events.message_im(workspace, SAM, "help"),
        "event_callback of joining": events.member_joined_channel(workspace, SAM, private),
        "event_callback of sharing": events.channel_shared(workspace, private, OTHER_TEAM),
        "event_callback of a change": events.user_change(workspace, SAM),
    }
    heard: Heard = []
    assert {name: let_in(request, heard) for name, request in said.items()} == dict.fromkeys(said, 200)
    assert [name for name, _ in heard] == [name.split(" of ")[0] for name in said]
    assert [body for _, body in heard] == [request.payload for request in said.values()]


#: Bolt trips over these before it can tell: the bot itself must look first.
TRIPS_BOLT = ("with a time that is none", "not ascii")


@pytest.mark.parametrize("wrong", signing.DISHONEST)
def test_dishonest_requests_are_not(workspace: Workspace, wrong: str) -> None:
    request = payloads.slash(workspace, SAM, workspace.channels[PRIVATE], "today")
    heard: Heard = []
    headers = signing.DISHONEST[wrong](request.body, time.time(), request.content_type)
    assert dispatched(request, headers, heard)[0] == (500 if wrong in TRIPS_BOLT else 401)
    assert heard == []


def test_what_slack_checks_addresses_with() -> None:
    asked = payloads.url_verification()
    status, answer = dispatched(asked, asked.headers(time.time()), [])
    assert (status, json.loads(answer)) == (200, {"challenge": "a-challenge"})
    assert let_in(payloads.ssl_check(), []) == 200


def test_what_is_pressed_is_what_was_rendered(workspace: Workspace, message: Message) -> None:
    assert labels(message.blocks) == ["History", "Done", "Tomorrow", "Later"]
    assert texts(message.blocks)[0] == "A talk is owed."
    pressed = payloads.press(workspace, ALEX, message, "Done").payload
    [action] = pressed["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("done", "row-1", "handle-1")
    assert pressed["message"]["ts"] == message.ts
    [chosen] = payloads.press(workspace, ALEX, message, "Later").payload["actions"]
    assert chosen["selected_option"] == LATER
    with pytest.raises(AssertionError, match="Later"):
        payloads.press(workspace, ALEX, message, "Never")


def test_a_message_that_only_one_sees_is_not_given_back(workspace: Workspace, client: WebClient) -> None:
    client.chat_postEphemeral(channel=PRIVATE, user=SAM.id, text="Only you see this", blocks=BLOCKS)
    [seen] = workspace.seen_by(SAM.id)
    pressed = payloads.press(workspace, SAM, seen, "Done").payload
    assert pressed["container"]["is_ephemeral"] is True
    assert "message" not in pressed


def test_a_form_is_sent_as_it_was_filled_in() -> None:
    answers = {"Note": "A call", "When": "Later", "Day": date(2026, 11, 30), "Time": clock_time(14, 5)}
    values = filled_in(FORM, answers)
    assert values["n"]["note"] == {"type": "plain_text_input", "value": "A call"}
    assert values["w"]["when"] == {"type": "static_select", "selected_option": LATER}
    assert values["d"]["day"] == {"type": "datepicker", "selected_date": "2026-11-30"}
    assert values["t"]["at"] == {"type": "timepicker", "selected_time": "14:05"}
    left = filled_in(FORM, {"Note": "A call", "Day": "2026-11-30"})
    assert left["w"]["when"] == {"type": "static_select", "selected_option": None}
    assert left["t"]["at"]["selected_time"] == "09:00"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"Day": "2026-11-30"}, "without 'Note'"),
        ({"Note": "x" * 21, "Day": "2026-11-30"}, "0 to 20 characters"),
        ({"Note": "x", "Day": "2026-11-30", "When": "Never"}, "no option"),
        ({"Note": "x", "Day": "2026-11-30", "Name": "x"}, "asked for"),
    ],
)
def test_forms_that_slack_would_not_send(answers: dict[str, Any], why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        filled_in(FORM, answers)


def test_envelopes_and_other_organisations(workspace: Workspace) -> None:
    shared = workspace.channels[SHARED]
    mention = events.app_mention(workspace, STRANGER, shared, "help")
    assert mention.payload["is_ext_shared_channel"] is True
    assert mention.payload["event"]["team"] == OTHER_TEAM
    again = mention.envelope("e-1", retry=2)
    assert (again["type"], again["retry_attempt"], again["accepts_response_payload"]) == ("events_api", 2, False)
    assert mention.headers(time.time(), retry=1)["X-Slack-Retry-Num"] == "1"
    slash = payloads.slash(workspace, SAM, shared, "today").changed(team_id=OTHER_TEAM)
    assert slash.envelope("e-2")["payload"]["team_id"] == OTHER_TEAM
