"""Decisions about a child's records as a whole (hold, copy, erase): strategic leads, for most of them two.

Administrators make none: they see no reference of a child.
"""

from __future__ import annotations

from datetime import date, timedelta

from bot.rules.access.permissions import Reason, Refusal, decide, roles_today
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.roles import Role

DECIDES: Role = "strategic_lead"

#: Time for another lead to confirm that a legal hold is to be lifted.
CONFIRMED_WITHIN = timedelta(days=14)


class NotDecided(Exception):
    """Nothing was changed: the reason in one plain sentence, and the code that is recorded."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def why_not(person: Person | None, partnership: Partnership, today: date) -> Reason | None:
    """Return the reason against this person's decision; None where they may decide."""
    listed = decide(person, "member", "my_access", 2, partnership, today)
    if isinstance(listed, Refusal):
        return listed.reason
    leads = person is not None and any(held.role == DECIDES for held in roles_today(person, today))
    return None if leads else "role"
