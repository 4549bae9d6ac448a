"""Privacy level of a destination as it is now, worked out each time a message is sent.

0 counts, 1 references, 2 details, None nothing at all. What is not known counts as the worse (chat.md §4.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.rules.access.permissions import Grant, Scope, decide, roles_today
from bot.rules.partnership.partnership import Channel, Partnership, Person


def may_read(person: Person, channel: Channel | None, partnership: Partnership, today: date) -> bool:
    """Of a channel with counts, and in private (None): whoever is listed, active and has a role today.

    Of one with references: an administrator or somebody of another area who sits in it may not see its lists.
    """
    if channel is None or channel.level == 0:
        return person.active and bool(roles_today(person, today))
    grant = decide(person, "member", "open_list", channel.level, partnership, today)
    scope = grant.scope(channel.areas) if isinstance(grant, Grant) else grant
    return isinstance(scope, Scope) and scope.cases_of is None


@dataclass(frozen=True, slots=True)
class Destination:
    """A person's private conversation or a channel, as the platform describes it at this moment.

    `listed` is the level the partnership gave a channel, None where it is not on the list. `members` says of each
    who reads there whether they are entitled (listed, active, no guest), None of one nobody knows; the whole
    is None where the members could not be asked for.
    """

    kind: Literal["person", "channel"]
    listed: int | None
    is_private: bool | None
    is_shared: bool | None
    members: Sequence[bool | None] | None


def level_of(destination: Destination) -> Literal[0, 1, 2] | None:
    """The most that may be said there: what is listed is an upper bound, never a promise."""
    d = destination
    if d.kind == "person":
        return _of_person(d)
    if d.listed is None:
        return None
    return 1 if d.listed >= 1 and _closed(d) and _all_entitled(d) else 0


def _of_person(d: Destination) -> Literal[0, 2] | None:
    """Details for one entitled person alone; counts where several read, or others might; else nothing."""
    if not _all_entitled(d):
        return None
    return 2 if _closed(d) and len(d.members or ()) == 1 else 0


def _closed(d: Destination) -> bool:
    """Known to be private and known not to be shared with another organisation."""
    return d.is_private is True and d.is_shared is False


def _all_entitled(d: Destination) -> bool:
    """Nobody at all is a list that could not be read: somebody is there who asked."""
    return bool(d.members) and all(m is True for m in d.members or ())
