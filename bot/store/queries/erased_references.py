"""References of erased children, which must not come back: kept as keyed digests only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from bot.rules.audit.erasure import Kind, digest, erasure_key
from bot.store.bulk import chunks
from bot.store.database import upsert
from bot.store.schema.access import erased
from bot.store.schema.records import child


class Erasures:
    """The table of digests, with the key that makes them."""

    def __init__(self, audit_key: bytes) -> None:
        self._key = erasure_key(audit_key)

    def digest(self, kind: Kind, reference: str) -> str:
        return digest(self._key, kind, reference)

    def remember(self, connection: Connection, references: Iterable[tuple[Kind, str]], at: datetime) -> None:
        rows = [{"digest": self.digest(kind, reference), "erased_at": at} for kind, reference in references]
        for some in chunks(rows):
            statement = upsert(connection, erased).on_conflict_do_nothing(index_elements=["digest"])
            connection.execute(statement, some)

    def which(self, connection: Connection, kind: Kind, references: Iterable[str]) -> set[str]:
        """Those of the references that were erased."""
        by_digest = {self.digest(kind, reference): reference for reference in references}
        known = select(erased.c.digest).where(erased.c.digest.in_(list(by_digest)))
        return {by_digest[each] for each in connection.execute(known).scalars()}


def all_erased(connection: Connection) -> dict[str, datetime]:
    """Digest -> time of its erasure."""
    return {row.digest: row.erased_at for row in connection.execute(select(erased))}


def how_many(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(erased)).scalar_one()


def is_stored(connection: Connection, police_ref: str | None, council_ref: str | None) -> bool:
    """Return whether a child with one of these keys is stored now."""
    given = ((child.c.police_ref, police_ref), (child.c.council_ref, council_ref))
    either = or_(*(column == reference for column, reference in given if reference))
    return connection.execute(select(child.c.id).where(either).limit(1)).first() is not None
