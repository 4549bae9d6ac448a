"""The installation of a database: its partnership, practice or real data, and a number of its own."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, inspect, select, update

from bot.rules.partnership.installation import DatabaseContents, Installation
from bot.store import audit_chain
from bot.store.database import upsert
from bot.store.schema.access import audit, installation, sealed_with
from bot.store.schema.records import source_load

_STAMP = select(*(installation.c[f.name] for f in fields(Installation)))
#: Author of the audit rows of a changed partnership file; see `bot.jobs.config_changes`.
_CONFIGURATION = "partnership file"


def read(connection: Connection) -> Installation | None:
    """Return the installation; None where the database was not stamped yet, or has no tables."""
    if not inspect(connection).has_table(installation.name):
        return None
    row = connection.execute(_STAMP).first()
    return Installation(*row) if row else None


def held(connection: Connection, practice_files: Collection[str]) -> DatabaseContents:
    """Describe a database without a stamp; `practice_files` are the checksums of practice exports."""
    loads = set(connection.execute(select(source_load.c.sha256).distinct()).scalars())
    used = [bool(connection.execute(select(exists().select_from(t))).scalar()) for t in (audit, sealed_with)]
    return DatabaseContents(
        loaded=bool(loads),
        practice=not loads.isdisjoint(practice_files),
        used=bool(loads) or any(used),
        configured=audit_chain.last_subject(connection, _CONFIGURATION),
    )


def stamp(
    connection: Connection,
    partnership: str,
    practice: bool,
    found: DatabaseContents,
    now: datetime,
    *,
    is_default: bool,
) -> Installation:
    """Stamp the database once: of several programs that start together all get the first one's stamp.

    The default database and one that was used before keep their files in the data folder itself.
    """
    number = secrets.token_hex(16)
    made = Installation(
        id=number,
        partnership=partnership,
        practice=practice,
        holds_practice=found.practice,
        adopted=found.used,
        folder="" if is_default or found.used else number,
        stamped_at=now,
    )
    values: dict[str, Any] = {"one": 1, **asdict(made)}
    connection.execute(upsert(connection, installation).values(values).on_conflict_do_nothing())
    return Installation(*connection.execute(_STAMP).one())


def loaded(connection: Connection) -> bool:
    """Tell if any file was ever loaded."""
    return bool(connection.execute(select(exists().select_from(source_load))).scalar())


def holds_practice(connection: Connection) -> None:
    """Mark the database as practice: from now on it takes no other files."""
    connection.execute(update(installation).values(holds_practice=True))


def rename(connection: Connection, partnership: str) -> None:
    connection.execute(update(installation).values(partnership=partnership))
