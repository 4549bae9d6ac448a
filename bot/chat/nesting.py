"""The depth of what a platform sends: what is nested deeper than any of its requests would exhaust the stack later."""

from __future__ import annotations

from typing import Any

#: Deeper than any activity of Teams, and any payload of Slack.
DEEPEST = 40


def is_deep(found: Any) -> bool:
    """Return True where objects and lists of JSON are nested deeper than DEEPEST, without recursion."""
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
