"""The audit trail, break-glass looks, locks and notices, read from the database (`rules.queries.facts.Trail`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Integer, cast, func, literal, select, union

from bot.rules.audit.chain import Entry
from bot.rules.partnership.partnership import Person
from bot.rules.queries.facts import Glass, Notice, Tally
from bot.store.people_list import everybody
from bot.store.queries.children import ids_behind
from bot.store.schema.access import audit, glass, look_up_lock, notice
from bot.store.schema.records import child, child_alias

_ENTRY = tuple(audit.c[f.name] for f in fields(Entry))
_NOTICE = (notice.c.id, notice.c.kind, notice.c.text, notice.c.made_at, notice.c.ref)
_GLASS = (
    glass.c.id,
    glass.c.person_id,
    glass.c.ref,
    glass.c.area,
    glass.c.reason,
    glass.c.opened_at,
    glass.c.until_at,
    glass.c.reviewed_by,
    glass.c.reviewed_at,
    glass.c.verdict,
    glass.c.alarmed_at,
)


class StoredTrail:
    """The trail on one connection; the protocol says what each method returns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def about(self, ref: str, since: datetime) -> Sequence[Entry]:
        return self._entries(audit.c.subject.in_(self._references(ref)), audit.c.at >= since)

    def own(self, who: str, since: datetime) -> Sequence[Entry]:
        return self._entries(audit.c.who == who, audit.c.subject != "", audit.c.at >= since)

    def misses(self, who: str, since: datetime) -> int:
        lock = select(look_up_lock.c.until_at).where(look_up_lock.c.person_id == who).scalar_subquery()
        return self._count(
            who, "not_found", audit.c.at > since, audit.c.at > func.coalesce(lock, literal(since, audit.c.at.type))
        )

    def refused(self, who: str, reason: str, since: datetime) -> int:
        return self._count(who, reason, audit.c.at >= since)

    def locked_until(self, who: str, now: datetime) -> datetime | None:
        query = select(look_up_lock.c.until_at).where(look_up_lock.c.person_id == who, look_up_lock.c.until_at > now)
        return self._connection.execute(query).scalar_one_or_none()

    def opened(self, who: str, ref: str, now: datetime) -> Glass | None:
        theirs = (glass.c.person_id == who, glass.c.ref.in_(self._references(ref)))
        query = select(*_GLASS).where(*theirs, glass.c.opened_at <= now, glass.c.until_at > now)
        return _glass(self._connection.execute(query.order_by(glass.c.until_at.desc())).first())

    def all_opened(self, who: str, now: datetime) -> Sequence[Glass]:
        return self._glasses(glass.c.person_id == who, glass.c.opened_at <= now, glass.c.until_at > now)

    def opened_since(self, who: str, since: datetime) -> int:
        theirs = (glass.c.person_id == who, glass.c.opened_at >= since)
        return self._connection.execute(select(func.count()).select_from(glass).where(*theirs)).scalar_one()

    def waiting(self) -> Sequence[Glass]:
        return self._glasses(glass.c.reviewed_at.is_(None))

    def opened_between(self, since: datetime, until: datetime) -> Sequence[Glass]:
        return self._glasses(glass.c.opened_at >= since, glass.c.opened_at < until)

    def glass(self, number: int) -> Glass | None:
        return _glass(self._connection.execute(select(*_GLASS).where(glass.c.id == number)).first())

    def notices(self, who: str) -> Sequence[Notice]:
        query = select(*_NOTICE).where(notice.c.person_id == who, notice.c.seen_at.is_(None)).order_by(notice.c.id)
        return [Notice(*row) for row in self._connection.execute(query)]

    def tallies(self, since: datetime, until: datetime) -> Sequence[Tally]:
        same = (audit.c.action, audit.c.outcome, audit.c.role, audit.c.agency)
        query = select(*same, func.count()).where(audit.c.at >= since, audit.c.at < until).group_by(*same)
        return [Tally(*row) for row in self._connection.execute(query.order_by(*same))]

    def listed(self) -> Sequence[Person]:
        return everybody(self._connection)

    def stand_in(self, ref: str) -> str | None:
        """Return the child whose id follows a number made from the reference; ids are dense but for merged children."""
        last = select(func.max(child.c.id)).scalar_subquery()
        at = cast(crc32(ref.encode()) & 0x7FFFFFFF, Integer) % last
        query = select(child.c.ref).where(child.c.id > at).order_by(child.c.id).limit(1)
        return self._connection.execute(query).scalar_one_or_none()

    def _count(self, who: str, outcome: str, *where: Any) -> int:
        query = select(func.count()).select_from(audit).where(audit.c.who == who, audit.c.outcome == outcome, *where)
        return self._connection.execute(query).scalar_one()

    def _glasses(self, *where: Any) -> Sequence[Glass]:
        query = select(*_GLASS).where(*where).order_by(glass.c.opened_at, glass.c.id)
        return [Glass(*row) for row in self._connection.execute(query)]

    def _entries(self, *where: Any) -> Sequence[Entry]:
        query = select(*_ENTRY).where(*where).order_by(audit.c.seq.desc())
        return [Entry(*row) for row in self._connection.execute(query)]

    def _references(self, ref: str) -> Sequence[str]:
        """Return every reference of the child behind this one; the reference itself where there is no child."""
        refs = select(child.c.ref).where(child.c.id.in_(ids_behind(ref)))
        aliases = select(child_alias.c.ref).where(child_alias.c.child_id.in_(ids_behind(ref)))
        return self._connection.execute(union(refs, aliases)).scalars().all() or [ref]


def _glass(row: Any) -> Glass | None:
    return Glass(*row) if row else None
