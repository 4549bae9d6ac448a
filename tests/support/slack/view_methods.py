"""views.*: open by a trigger, update, and publish a home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.slack.acceptance import view_problems
from tests.support.slack.refusals import No
from tests.support.slack.stored_messages import with_ids
from tests.support.slack.workspace import TRIGGER_SECONDS, Workspace

Given = Mapping[str, Any]
Answer = dict[str, Any]


def open_view(workspace: Workspace, given: Given) -> Answer:
    """Open a view by a trigger, which opens one, and only for three seconds."""
    handed = workspace.triggers.get(str(given.get("trigger_id")))
    if handed is None:
        raise No("invalid_trigger_id")
    if handed.uses:
        raise No("exchanged_trigger_id")
    if workspace.clock() - handed.at > TRIGGER_SECONDS:
        raise No("expired_trigger_id")
    view = _checked(given, "modal")
    _external_id_is_free(workspace, view)
    handed.uses += 1
    return {"view": keep(workspace, view, handed.user)}


def update(workspace: Workspace, given: Given) -> Answer:
    wanted = str(given.get("view_id") or ""), str(given.get("external_id") or "")
    for kept in workspace.views.values():
        if wanted[0] == kept["id"] or (wanted[1] and wanted[1] == kept["external_id"]):
            _same_hash(kept, given)
            return {"view": keep(workspace, _checked(given, "modal"), kept["for_user"], kept["id"])}
    raise No("not_found")


def publish(workspace: Workspace, given: Given) -> Answer:
    """Publish a person's home; with a hash, only if no other was published meanwhile."""
    user = str(given.get("user_id"))
    if user not in workspace.people:
        raise No("user_not_found")
    kept = workspace.homes.get(user)
    if kept:
        _same_hash(kept, given)
    elif given.get("hash"):
        raise No("hash_conflict")
    view = keep(workspace, _checked(given, "home"), user, kept["id"] if kept else None)
    workspace.homes[user] = workspace.views[view["id"]]
    return {"view": view}


def keep(workspace: Workspace, view: Mapping[str, Any], user: str, view_id: str | None = None) -> Answer:
    """Return the view as Slack keeps and returns it, with a new hash; `for_user` is ours."""
    view_id = view_id or f"V0{workspace.number():08d}"
    kept = {
        "id": view_id,
        "team_id": workspace.team_id,
        "app_id": workspace.app_id,
        "bot_id": workspace.bot_id,
        "callback_id": "",
        "external_id": "",
        "private_metadata": "",
        "title": {"type": "plain_text", "text": "View Title"},
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "previous_view_id": None,
        "root_view_id": view_id,
        "state": {"values": {}},
        **view,
        "blocks": with_ids(workspace, view["blocks"]),
        "hash": f"{int(workspace.clock())}.{workspace.number()}",
        "for_user": user,
    }
    workspace.views[view_id] = kept
    return {name: value for name, value in kept.items() if name != "for_user"}


def _checked(given: Given, kind: str) -> Mapping[str, Any]:
    view = given.get("view")
    found = view_problems(view)
    if not found and isinstance(view, dict) and view["type"] != kind:
        found = [f"view.type: must be {kind}"]
    if found or not isinstance(view, dict):
        raise No("invalid_arguments", response_metadata={"messages": [f"[ERROR] {one}" for one in found]})
    return view


def _external_id_is_free(workspace: Workspace, view: Mapping[str, Any]) -> None:
    if view.get("external_id") and view["external_id"] in {one["external_id"] for one in workspace.views.values()}:
        raise No("duplicate_external_id")


def _same_hash(kept: Mapping[str, Any], given: Given) -> None:
    if given.get("hash") and given["hash"] != kept["hash"]:
        raise No("hash_conflict")


METHODS = {"views.open": open_view, "views.update": update, "views.publish": publish}
