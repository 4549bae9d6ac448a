"""Views, homes and answers to response_urls, each used as often and as long as Slack lets it be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from tests.support.slack.people import PRIVATE, SAM
from tests.support.slack.submission import reply_problems, shown_after
from tests.support.slack.view_methods import keep
from tests.support.slack.web_api import Served
from tests.support.slack.workspace import Workspace

Refused = Callable[..., str]
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Nothing is owed."}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "A talk"}, "blocks": [SECTION]}
HOME = {"type": "home", "blocks": [SECTION]}
ASKED = {
    "type": "input",
    "block_id": "note",
    "label": {"type": "plain_text", "text": "Note"},
    "element": {"type": "plain_text_input"},
}
FORM = {**MODAL, "submit": {"type": "plain_text", "text": "Save"}, "blocks": [SECTION, ASKED]}


def test_a_trigger_opens_one_view_within_three_seconds(
    client: WebClient, workspace: Workspace, refused: Refused
) -> None:
    now = [1_800_000_000.0]
    workspace.clock = lambda: now[0]
    trigger, late = workspace.mint_trigger(SAM.id), workspace.mint_trigger(SAM.id)
    view = client.views_open(trigger_id=trigger, view=MODAL)["view"]
    assert workspace.views[view["id"]]["for_user"] == SAM.id
    assert refused(client.views_open, trigger_id=trigger, view=MODAL) == "exchanged_trigger_id"
    assert refused(client.views_open, trigger_id="1.2.x", view=MODAL) == "invalid_trigger_id"
    assert refused(client.views_open, trigger_id=late, view={**MODAL, "blocks": []}) == "invalid_arguments"
    now[0] += 3.1
    assert refused(client.views_open, trigger_id=late, view=MODAL) == "expired_trigger_id"


def test_views_and_homes_are_changed_by_their_hash(client: WebClient, workspace: Workspace, refused: Refused) -> None:
    opened = client.views_open(trigger_id=workspace.mint_trigger(SAM.id), view=MODAL)["view"]
    client.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    assert refused(client.views_update, view_id=opened["id"], hash=opened["hash"], view=MODAL) == "hash_conflict"
    assert refused(client.views_update, view_id="V0NONE", view=MODAL) == "not_found"
    first = client.views_publish(user_id=SAM.id, view=HOME)["view"]
    client.views_publish(user_id=SAM.id, view=HOME, hash=first["hash"])
    assert refused(client.views_publish, user_id=SAM.id, view=HOME, hash=first["hash"]) == "hash_conflict"
    assert refused(client.views_publish, user_id=SAM.id, view=MODAL) == "invalid_arguments"
    assert workspace.homes[SAM.id]["id"] == first["id"]


def test_a_response_url_is_good_five_times_for_half_an_hour(served: Served, workspace: Workspace) -> None:
    now = [1_800_000_000.0]
    workspace.clock = lambda: now[0]
    hook, late = (WebhookClient(served.response_url(SAM.id, PRIVATE)) for _ in range(2))
    assert [hook.send(text="Only you see this").status_code for _ in range(6)] == [200] * 5 + [404]
    assert len(workspace.seen_by(SAM.id)) == 5
    assert late.send(text="", blocks=[]).body == '{"ok": false, "error": "no_text"}'
    assert late.send(text="For all", response_type="in_channel").body == "ok"
    assert [one.by for one in workspace.in_channel(PRIVATE)] == ["response_url"]
    now[0] += 1801
    assert late.send(text="x").body == '{"ok": false, "error": "expired_url"}'


def test_a_response_url_replaces_and_takes_away_what_it_came_from(
    client: WebClient, served: Served, workspace: Workspace
) -> None:
    client.chat_postEphemeral(channel=PRIVATE, user=SAM.id, text="Sure?", blocks=[SECTION])
    [seen] = workspace.seen_by(SAM.id)
    hook = WebhookClient(served.response_url(SAM.id, PRIVATE, seen))
    hook.send(text="Done", replace_original=True)
    assert [(one.text, one.blocks) for one in workspace.seen_by(SAM.id)] == [("Done", [])]
    hook.send(delete_original=True)
    assert workspace.seen_by(SAM.id) == []


@pytest.mark.parametrize(
    ("reply", "understood"),
    [
        ({}, True),
        ({"response_action": "clear"}, True),
        ({"response_action": "errors", "errors": {"note": "Say what was agreed"}}, True),
        ({"response_action": "errors", "errors": {"another": "x"}}, False),
        ({"response_action": "errors", "errors": {"note": ""}}, False),
        ({"response_action": "errors", "errors": {}}, False),
        ({"response_action": "update", "view": MODAL}, True),
        ({"response_action": "update", "view": HOME | {"title": MODAL["title"]}}, False),
        ({"response_action": "push", "view": {**MODAL, "blocks": []}}, False),
        ({"response_action": "close"}, False),
        ({"text": "Saved"}, False),
    ],
)
def test_answers_to_a_form(workspace: Workspace, reply: Mapping[str, Any], understood: bool) -> None:
    assert (reply_problems(keep(workspace, FORM, SAM.id), reply) == []) is understood


def test_what_is_seen_after_a_form_was_sent(workspace: Workspace) -> None:
    view = keep(workspace, FORM, SAM.id)
    stays = shown_after(workspace, view, {"response_action": "errors", "errors": {"note": "Say what was agreed"}})
    assert stays == workspace.views[view["id"]]
    updated = shown_after(workspace, view, {"response_action": "update", "view": MODAL})
    assert updated is not None
    assert (updated["id"], len(updated["blocks"])) == (view["id"], 1)
    assert shown_after(workspace, view, {}) is None
    assert view["id"] not in workspace.views
