"""Slack's handling of the answer to a submitted form: close it, show its faults, or show another view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.slack.acceptance import view_problems
from tests.support.slack.view_methods import keep
from tests.support.slack.workspace import Workspace

Reply = Mapping[str, Any]


def reply_problems(view: Mapping[str, Any], reply: Reply) -> list[str]:
    """Return the reasons for which Slack would not understand an answer and would report a fault to the person."""
    action = reply.get("response_action")
    if not reply or action == "clear":
        return []
    if action in ("update", "push"):
        return view_problems(reply.get("view"))
    if action != "errors":
        return [f"{action!r} is no response_action"]
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    errors = reply.get("errors")
    if not isinstance(errors, dict) or not errors:
        return ["errors: nothing is said to be wrong"]
    wrong = [f"errors: {name!r} is no input of this view" for name in sorted(set(errors) - inputs)]
    return wrong + [f"errors: {name!r} needs words" for name, words in errors.items() if not words]


def shown_after(workspace: Workspace, view: Mapping[str, Any], reply: Reply) -> dict[str, Any] | None:
    """Return the view that the person sees then; None when it closed."""
    found = reply_problems(view, reply)
    assert not found, f"Slack does not understand the answer: {found}"
    kept = workspace.views[view["id"]]
    action = reply.get("response_action")
    if action == "errors":
        return kept
    if action == "update":
        return keep(workspace, reply["view"], kept["for_user"], kept["id"])
    if action == "push":
        return keep(workspace, reply["view"], kept["for_user"])
    del workspace.views[view["id"]]
    return None
