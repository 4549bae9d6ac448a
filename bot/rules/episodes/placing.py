"""The placing authority of an episode: the child's of now, the one before, and what a change does (cases 16, 17, 34).

The children file gives no dates for it, and a mistake put right must bring the interview back. So it is not frozen
with the start; but a change after the return hands an open interview over, and leaves one of ours that is over ours.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bot.rules.model import OURS, UNREAD_AUTHORITY


class Placing(NamedTuple):
    """`authority` is None for a child of ours; `moved_from` is the authority before (OURS), changed at `moved_at`."""

    authority: str | None = None
    moved_from: str | None = None
    moved_at: datetime | None = None


class Before(NamedTuple):
    """An episode as it was before a load: `returned` and `over` say whether the child was back, the interview over."""

    placing: Placing
    child_known: bool
    returned: bool
    over: bool


def placing(named: str | None, before: Before | None, now: datetime, *, known: bool) -> Placing:
    """Return the placing authority by a load at `now`, whose children file names `named` (`known`: it has the child).

    An authority that could not be read is no change, nor is one that was not known before. A change that is put right
    was none.
    """
    if before is None or not before.child_known:
        return Placing(named)
    was = before.placing
    if not known or was.authority == UNREAD_AUTHORITY:
        return Placing(named if known else UNREAD_AUTHORITY)
    if named in (was.authority, UNREAD_AUTHORITY) or (before.over and was.authority is None):
        return was
    since = was.moved_from or was.authority or OURS
    if before.over or not before.returned or since == (named or OURS):
        return Placing(named)
    return Placing(named, since, now)
