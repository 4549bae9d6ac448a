"""Who was looked after on a day: the population figures of the half-yearly report, not missing episodes."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from bot.rules.episodes.doubts import UNREAD_AUTHORITY
from bot.rules.model import LookedAfter
from bot.store.schema.records import child, child_period


def looked_after(connection: Connection, day: date) -> list[LookedAfter]:
    """Children this authority looked after on a day, counted by UASC, placement and provider; hosted ones left out.

    A child whose placing authority could not be read counts as this authority's.
    """
    uasc = _on(day, "uasc").label("uasc")
    query = (
        select(uasc, child.c.placement, child.c.provider, func.count())
        .where(_on(day, "lac"), or_(child.c.placing_authority.is_(None), child.c.placing_authority == UNREAD_AUTHORITY))
        .group_by(uasc, child.c.placement, child.c.provider)
    )
    return [
        LookedAfter(bool(u), placement, provider, int(n)) for u, placement, provider, n in connection.execute(query)
    ]


def _on(day: date, kind: str) -> ColumnElement[bool]:
    """A dated fact holds on a day: half-open, so the day it ends is the first without it."""
    p = child_period.alias()
    return exists().where(
        and_(
            p.c.child_id == child.c.id,
            p.c.kind == kind,
            p.c.from_date <= day,
            or_(p.c.to_date.is_(None), p.c.to_date > day),
        )
    )
