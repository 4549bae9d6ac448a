"""Messages and people as Slack stores and returns them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from tests.support.slack.workspace import Message, Person, Workspace

#: Elements that a person can press or fill in.
WITHOUT_ACTION = ("mrkdwn", "plain_text", "image")


def elements_of(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the interactive elements of a block, in the order shown."""
    inside = [block.get("accessory"), block.get("element")]
    inside += block.get("elements", []) if block.get("type") == "actions" else []
    yield from (one for one in inside if one and one.get("type") not in WITHOUT_ACTION)


def with_ids(workspace: Workspace, blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a copy in which every block and every element has an id, as Slack returns them."""
    kept = copy.deepcopy(list(blocks))
    for block in kept:
        block.setdefault("block_id", f"b{workspace.number():04d}")
        for element in elements_of(block):
            element.setdefault("action_id", f"a{workspace.number():04d}")
    return kept


def shown(message: Message, *, with_metadata: bool = False) -> dict[str, Any]:
    """Return a message as the API does."""
    found: dict[str, Any] = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    more: dict[str, Any] = {"bot_id": message.bot_id, "thread_ts": message.thread_ts, "blocks": message.blocks}
    more["metadata"] = message.metadata if with_metadata else None
    more["files"] = [{"id": one} for one in message.files]
    more["subtype"] = "thread_broadcast" if message.broadcast else None
    found |= {name: value for name, value in more.items() if value}
    return found | ({"edited": {"user": message.user, "ts": message.ts}} if message.edited else {})


def shown_person(workspace: Workspace, person: Person) -> dict[str, Any]:
    """Return a user as users.info does; of a deactivated one Slack returns little."""
    found = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": int(workspace.clock()),
        "profile": {"real_name": person.name, "display_name": person.name, "team": person.team_id},
    }
    if person.is_stranger:
        found["is_stranger"] = True
    if person.deleted:
        return found
    return found | {
        "real_name": person.name,
        "tz": person.tz,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
    }
