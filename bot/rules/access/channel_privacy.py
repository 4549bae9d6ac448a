"""Privacy level of a destination as it is now, worked out each time a message is sent.

0 counts, 1 references, 2 details, None nothing at all. Unknown facts count as the worse (chat.md §4.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.rules.access.permissions import Grant, Scope, decide, roles_today
from bot.rules.partnership.partnership import Channel, Partnership, Person


def may_read(person: Person, channel: Channel | None, partnership: Partnership, today: date) -> bool:
    """Return True for a person who may see everything that is posted there; `channel` is None in private.

    Counts, and messages in private, are for every active person with a role today. Lists of references are not for
    an administrator or a person of another area who sits in the channel.
    """
    if channel is None or channel.level == 0:
        return person.active and bool(roles_today(person, today))
    grant = decide(person, "member", "open_list", channel.level, partnership, today)
    scope = grant.scope(channel.areas) if isinstance(grant, Grant) else grant
    return isinstance(scope, Scope) and scope.cases_of is None


@dataclass(frozen=True, slots=True)
class Destination:
    """A person's private conversation or a channel, as the platform describes it at this moment.

    `listed` is the level the partnership gave a channel, None where it is not on the list. `members` has True for each
    reader who is entitled (listed, active, no guest), None for an unknown one; the whole is None where the platform
    did not give the members. `lacks` is the platform's code for a permission without which it says less.
    """

    kind: Literal["person", "channel"]
    listed: int | None
    is_private: bool | None
    is_shared: bool | None
    members: Sequence[bool | None] | None
    lacks: str = ""


def level_of(destination: Destination) -> Literal[0, 1, 2] | None:
    """Return the most that may be said there: the listed level is an upper bound, never a promise.

    In private, details are for one entitled person alone, and counts for several.
    """
    d, members = destination, destination.members or ()
    closed = d.is_private is True and d.is_shared is False  # with another organisation
    all_entitled = bool(members) and all(m is True for m in members)  # no member at all: the list was not readable
    if d.kind == "person":
        if not all_entitled:
            return None
        return 2 if closed and len(members) == 1 else 0
    if d.listed is None:
        return None
    return 1 if d.listed >= 1 and closed and all_entitled else 0
