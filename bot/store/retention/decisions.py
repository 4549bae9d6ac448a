"""Decisions about a child's records, carried out and audited in one transaction; a refusal is audited too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection

from bot.rules.access.record_decisions import NotDecided
from bot.rules.audit.chain import Entry
from bot.store import audit_chain
from bot.store.database import Database, change_records, writing
from bot.store.queries.children import KnownAs, find_child

T = TypeVar("T")


def carry_out(
    database: Database,
    key: bytes,
    entries: Sequence[Entry],
    work: Callable[[Connection], T],
    outcome: Callable[[T], str] = lambda _: "done",
) -> T:
    """Do the work with its audit rows: all, or nothing. NotDecided is audited and raised again."""
    try:
        with writing(database) as connection:
            change_records(connection)
            done = work(connection)
            _record(connection, key, entries, outcome(done))
            return done
    except NotDecided as refused:
        refuse(database, key, entries, refused.code)
        raise


def refuse(database: Database, key: bytes, entries: Sequence[Entry], code: str) -> None:
    """Audit a refusal."""
    with writing(database) as connection:
        _record(connection, key, entries, code)


def must_find(connection: Connection, ref: str) -> KnownAs:
    """Return the child; NotDecided where there is none."""
    known = find_child(connection, ref)
    if known is None:
        raise NotDecided("not_found", "No child has this reference.")
    return known


def _record(connection: Connection, key: bytes, entries: Sequence[Entry], outcome: str) -> None:
    for entry in entries:
        audit_chain.append(connection, key, replace(entry, outcome=outcome))
