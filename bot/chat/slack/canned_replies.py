"""Fixed replies about an answer itself: shared, refused by Slack, or given before."""

from __future__ import annotations

from typing import Any

from bot.conversation.inbound import Answer
from bot.conversation.reply import Reply

SHARED = Reply("Shared", 0, ("It stands in the channel.",))
NOT_SURE = Reply(
    "Not known",
    0,
    ("Slack did not say whether it took it. Look at the channel before you share it again.",),
    status="failed",
)
NOT_TAKEN = Reply(
    "Not shown",
    0,
    ("Slack did not take the answer. What you asked for may have been done: type the command to see how it stands.",),
    status="failed",
)
NOT_HIDDEN = Reply(
    "Not hidden",
    0,
    ("Slack did not take it away. What only you can see goes when you reload Slack; until then close it.",),
    status="failed",
)
NOT_DELIVERED = (
    "Slack did not take my answer. What you asked for may have been done: see how it stands before you do it again."
)
DONE_ALREADY = Answer(Reply("Done already", 0, ("This was pressed before.",)))
TOO_LATE = Reply("Please press again", 0, ("Slack gave me too little time to open a form.",), status="failed")


def became_of(done: dict[str, Any]) -> Reply:
    """Return the result of a form as a reply, for a form without a view."""
    if done.get("response_action") in ("clear", "update"):
        return Reply("Saved", 0, ("Your form was seen to. Type the command to see how it stands now.",))
    lines = tuple(str(each) for each in (done.get("errors") or {}).values())
    return Reply("Not saved", 0, lines or ("It was not saved. Please fill it in again.",), status="failed")
