"""Identity: tokens, auth.test and the address of a Socket Mode connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.slack.refusals import No
from tests.support.slack.workspace import APP_TOKEN, BOT_TOKEN, Workspace

Given = Mapping[str, Any]
Answer = dict[str, Any]
OPEN_SOCKET = "apps.connections.open"


def authenticate(workspace: Workspace, method: str, token: str) -> None:
    """Check the token: a bot token for everything but the opening of a socket, which takes an app token."""
    if not token:
        raise No("not_authed")
    if token not in (BOT_TOKEN, APP_TOKEN):
        raise No("invalid_auth")
    if workspace.refusing:
        raise No(workspace.refusing)
    if (token == APP_TOKEN) != (method == OPEN_SOCKET):
        raise No("not_allowed_token_type")


def auth_test(workspace: Workspace, given: Given) -> Answer:
    found = {
        "url": "https://invented.slack.com/",
        "team": "Invented partnership",
        "user": "missing",
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }
    return found | ({"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {})


def bots_info(workspace: Workspace, given: Given) -> Answer:
    if given.get("bot") != workspace.bot_id:
        raise No("bot_not_found")
    return {
        "bot": {"id": workspace.bot_id, "app_id": workspace.app_id, "user_id": workspace.bot_user, "name": "missing"}
    }


def open_socket(workspace: Workspace, given: Given) -> Answer:
    """Return an address with a ticket that admits one connection."""
    if workspace.socket_url is None:
        raise No("socket_mode_disabled")
    return {"url": f"{workspace.socket_url}?ticket={workspace.new_ticket()}&app_id={workspace.app_id}"}


METHODS = {"auth.test": auth_test, "bots.info": bots_info, OPEN_SOCKET: open_socket}
