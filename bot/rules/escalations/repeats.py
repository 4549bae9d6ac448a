"""Calls that a database before this one may have made: an older copy replaced it, and they are made anew.

A call too many is right, but it says that it may repeat an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.rules.escalations.calls import Call, High, Raised, Situation
from bot.rules.partnership.partnership import Partnership

#: Calls that are made later after a restore say nothing of it: exports that came after the copy are loaded again.
REMEMBERED = timedelta(days=7)


class Replaced(NamedTuple):
    """The time of a database that an older copy replaced: it may have made calls `since` the copy, `until` then."""

    since: datetime
    until: datetime


def may_repeat(
    call: Call,
    r: Raised,
    planned_at: datetime,
    situation: Situation,
    p: Partnership,
    replaced: Iterable[Replaced],
) -> bool:
    """Return True where a database before this one may have called the person of tier `r` of a call already.

    `planned_at` is the time of this message.
    """
    return any(
        gone.since < planned_at <= gone.until + REMEMBERED and _made(call, r, situation, p, gone) for gone in replaced
    )


def _made(call: Call, r: Raised, s: Situation, p: Partnership, gone: Replaced) -> bool:
    """Tell if the tier could have come before the end of that time, as fast after its beginning as it came now."""
    anew = [t for t in call.tiers if t.at > gone.since]
    if r not in anew:  # open again, or with a person for a vacant role
        return True
    before = [t for t in call.tiers if t.at <= gone.since]
    due = before[-1].acknowledge_by if before else met_since(call, s, p)
    return max(due, gone.since) + (r.at - anew[0].at) <= gone.until


def met_since(call: Call, s: Situation, p: Partnership) -> datetime:
    """Return a time before which the rule of a call cannot have been met, by the facts of now."""
    number = call.first.episode_id
    rule, records, absence = p.escalation(call.first.rule), s.records(number), s.absence(number)
    known = min((x.reported_at or x.start_at for x in records), default=call.first.at)
    if rule is None or not records:
        return known
    waits = timedelta(hours=rule.after_hours)
    return {
        "open": max(known, (absence or records[0]).start_at + waits),
        "ungraded": known + waits,
        "high": max(known, min((since for x in records if (since := s.highs.get(x.id, High()).since)), default=known)),
    }.get(rule.condition, known)
