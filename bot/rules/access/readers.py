"""Who may read along where the bot posts: a channel with references is for those who may see all of its lists."""

from __future__ import annotations

from datetime import date

from bot.rules.access.permissions import Grant, Scope, decide, roles_today
from bot.rules.partnership.channels import Channel
from bot.rules.partnership.partnership import Partnership, Person


def may_read(person: Person, channel: Channel | None, partnership: Partnership, today: date) -> bool:
    """Of a channel with counts, and in private (None): whoever is listed, active and has a role today.

    Of one with references: an administrator or somebody of another area who sits in it may not see its lists.
    """
    if channel is None or channel.level == 0:
        return person.active and bool(roles_today(person, today))
    grant = decide(person, "member", "open_list", channel.level, partnership, today)
    scope = grant.scope(channel.areas) if isinstance(grant, Grant) else grant
    return isinstance(scope, Scope) and scope.cases_of is None
