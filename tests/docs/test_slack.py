"""deploy/slack.md explains every permission of the manifest with its reason, and no other."""

from __future__ import annotations

import re

from bot.chat.slack.manifest import SCOPES, SOCKET
from bot.settings import ROOT

PAGE = (ROOT / "deploy" / "slack.md").read_text(encoding="utf-8")


def test_every_permission_in_slack_is_documented_with_its_reason() -> None:
    table = PAGE.split("| Permission | So that the bot can |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", table, re.MULTILINE)
    assert rows == [(scope.name, scope.why) for scope in (*SCOPES, SOCKET)]
