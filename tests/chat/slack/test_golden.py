"""What people see in Slack changes only when somebody means it to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack.modals import view
from bot.chat.slack.rendering import message, post
from bot.conversation.inbound import Answer
from tests.support.slack.replies import CHILD, DIGEST, FORM, REFUSAL, REMINDER, STATS

GOLDEN = Path(__file__).parent / "golden"
REPLIES_BY_NAME = {"digest": DIGEST, "reminder": REMINDER, "child": CHILD, "stats": STATS, "refusal": REFUSAL}


@pytest.mark.parametrize("name", [*REPLIES_BY_NAME, "form"])
def test_they_look_as_they_did(name: str) -> None:
    if name == "form":
        made: Any = view(FORM, "handle-1")
    elif name in ("digest", "reminder"):
        made = post(REPLIES_BY_NAME[name])
    else:
        made = message(Answer(REPLIES_BY_NAME[name], share="" if name == "child" else "share-1"))
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    assert (GOLDEN / f"{name}.json").read_text(encoding="utf-8") == text
