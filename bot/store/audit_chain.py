"""The audit chain in its table: rows numbered without gaps, also when several processes write at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, String, delete, func, insert, select, text, type_coerce
from sqlalchemy.exc import OperationalError

from bot.rules.audit import chain
from bot.rules.audit.accepted import AcceptedRestore
from bot.rules.audit.chain import ChainRow, Cut, Entry, Head
from bot.rules.audit.verification import Verdict, verify
from bot.store.schema.access import audit, audit_cut

_FIELDS = tuple(f.name for f in fields(Entry))
# Made once: making them costs more than running them, and every answer needs them.
_ADD = insert(audit)
_LAST_ROW = select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1)
_LAST_CUT = select(audit_cut.c.seq, audit_cut.c.mac).order_by(audit_cut.c.seq.desc()).limit(1)
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('bot.audit'))")

_AT_ONCE = 2000
#: The action of the first row after a restore from a backup.
RESTORE = "restore"
#: The outcome of that row where the bot noticed the restore by itself: heads from before it are still compared.
NOTICED = "noticed"
#: The outcome of a row in which a lead accepts a restore that the bot noticed: its subject says which heads it answers.
ACCEPTED = "accepted"
_NEWEST = 20


def append(connection: Connection, key: bytes, entry: Entry) -> ChainRow:
    """Add one row at the end of the chain, in the caller's transaction."""
    take_turn(connection)
    row = chain.after(key, _last(connection), entry)
    connection.execute(_ADD, row._asdict() | {"at": entry.at})
    return row


def take_turn(connection: Connection) -> None:
    """Wait for other writers of the chain, before anything else is locked; from now on they wait for this transaction.

    On SQLite the immediate transaction keeps them out already. A sequence would leave gaps where a transaction is
    rolled back, and a gap looks like a removed row.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_TURN)


def head(connection: Connection, key: bytes, now: datetime, installation: str = "") -> Head | None:
    """Return the signed end of the chain, to be kept outside the database. None before its first row."""
    last = _last(connection)
    if last is None:
        return None
    return chain.signed_head(key, *last, last[0] - _cut_until(connection), now, installation)


def fits(connection: Connection, key: bytes) -> bool:
    """Tell if any of the newest rows was sealed with this key. A row that was tampered with is reported by
    `verdict`.
    """
    newest = _last(connection)
    rows = list(_rows(connection, max(newest[0] - _NEWEST, 1))) if newest else []
    return not rows or any(chain.seal(key, row) == row.mac for row in rows)


def verdict(
    connection: Connection,
    key: bytes,
    heads: list[Head],
    since: datetime | None = None,
    others: Sequence[Head] = (),
) -> Verdict:
    """Verify every row; or the rows from a time on, trusting the first of them."""
    try:
        return _verdict(connection, key, heads, since, others)
    except OperationalError as fault:
        if "decode" not in str(fault.orig):
            raise
    # SQLite keeps bytes that are no text in text columns; our rows never hold any, so their seal will not fit.
    driver: Any = connection.connection.dbapi_connection
    strictly, driver.text_factory = driver.text_factory, partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        return _verdict(connection, key, heads, since, others)
    finally:
        driver.text_factory = strictly


def _verdict(
    connection: Connection, key: bytes, heads: list[Head], since: datetime | None, others: Sequence[Head]
) -> Verdict:
    begin: int | None = None
    if since:  # the first row of that time, or the last row before it
        first, last = select(func.min(audit.c.seq)).where(audit.c.at >= since), select(func.max(audit.c.seq))
        begin = connection.execute(select(func.coalesce(first.scalar_subquery(), last.scalar_subquery()))).scalar()
    query = select(audit_cut.c.seq, audit_cut.c.mac, _time(connection, audit_cut.c.cut_at), audit_cut.c.signature)
    cuts = list(map(Cut._make, connection.execute(query.order_by(audit_cut.c.seq))))
    if begin is None:
        return verify(_rows(connection, 0), key, cuts, heads, others=others)
    heads, others = ([h for h in each if h.seq >= begin] for each in (heads, others))
    return verify(_rows(connection, begin), key, cuts, heads, part=True, others=others)


def entries(
    connection: Connection, since: datetime | None = None, until: datetime | None = None, who: str | None = None
) -> Iterator[tuple[int, Entry]]:
    """Iterate over the rows of a time (and of one person) in their order, with their numbers."""
    wanted = [
        *((audit.c.at >= since,) if since else ()),
        *((audit.c.at < until,) if until else ()),
        *((audit.c.who == who,) if who is not None else ()),
    ]
    query = select(audit.c.seq, *(audit.c[name] for name in _FIELDS)).where(*wanted).order_by(audit.c.seq)
    for seq, *values in connection.execute(query.execution_options(yield_per=_AT_ONCE)):
        yield seq, Entry(*values)


def cut(connection: Connection, key: bytes, before: datetime, now: datetime) -> int:
    """Remove the rows past retention and add a signed record of the cut; return their number.

    Only from the beginning on and up to the first row that is to stay, in the caller's one transaction. On PostgreSQL
    the tables' owner has to do it: the service's own user may remove nothing.
    """
    take_turn(connection)
    stays = connection.execute(select(func.min(audit.c.seq)).where(audit.c.at >= before)).scalar_one()
    within = () if stays is None else (audit.c.seq < stays,)
    last = connection.execute(select(audit.c.seq, audit.c.mac).where(*within).order_by(audit.c.seq.desc())).first()
    if last is None:
        return 0
    made = chain.signed_cut(key, last.seq, last.mac, now)
    values = {"seq": made.seq, "mac": made.mac, "cut_at": now, "signature": made.signature}
    connection.execute(insert(audit_cut).values(values))
    removed = connection.execute(delete(audit).where(audit.c.seq <= made.seq)).rowcount
    append(connection, key, Entry(now, "retention", "", "", "audit cut", "done", str(made.seq)))
    return removed


def restores(connection: Connection, outcome: str = "done") -> list[tuple[int, datetime]]:
    """Return number and time of the rows that record a restore from a backup, or that the bot NOTICED one by itself."""
    query = select(audit.c.seq, audit.c.at).where(audit.c.action == RESTORE, audit.c.outcome == outcome)
    return [(row.seq, row.at) for row in connection.execute(query.order_by(audit.c.seq))]


def accepted(connection: Connection) -> list[AcceptedRestore]:
    """Return the restores that were accepted, in their order."""
    query = select(audit.c.seq, audit.c.at, audit.c.who, audit.c.subject)
    query = query.where(audit.c.action == RESTORE, audit.c.outcome == ACCEPTED).order_by(audit.c.seq)
    return [found for row in connection.execute(query) if (found := AcceptedRestore.of(*row)) is not None]


def newest_row(connection: Connection, before: datetime | None = None) -> tuple[int, datetime | None]:
    """Return number and time of the last row (`before` a time); 0 and None where there is none."""
    query = select(audit.c.seq, audit.c.at).order_by(audit.c.seq.desc()).limit(1)
    row = connection.execute(query if before is None else query.where(audit.c.at < before)).first()
    return (row.seq, row.at) if row else (0, None)


def lacking(connection: Connection, key: bytes, heads: Iterable[Head], now: datetime) -> Head | None:
    """Return the head of these that goes furthest, if the trail lacks its row: the database is older than the head.

    Heads that were not signed with the key are not looked at, nor those from before a restore that the trail knows of.
    One of the future (a clock's fault) may be from before any.
    """
    signed = sorted((h for h in heads if chain.is_signed(key, h)), key=lambda h: (h.seq, h.at))
    if not signed or holds(connection, signed[-1]):
        return None
    # Restores are looked for only now: that reads the whole trail.
    known = [each for outcome in ("done", NOTICED) for each in restores(connection, outcome)]
    later = [h for h in signed if not any(h.seq >= row and (h.at <= at or h.at > now) for row, at in known)]
    return later[-1] if later and not holds(connection, later[-1]) else None


def holds(connection: Connection, head: Head) -> bool:
    """Tell if the row of a head is in the trail, or was cut off at its beginning."""
    mac = connection.execute(select(audit.c.mac).where(audit.c.seq == head.seq)).scalar_one_or_none()
    return mac == head.mac or (mac is None and head.seq <= _cut_until(connection))


def _cut_until(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(audit_cut.c.seq), 0))).scalar_one())


def last_subject(connection: Connection, who: str) -> str:
    """Return the subject of a person's newest row; empty where there is none."""
    newest = select(audit.c.subject).where(audit.c.who == who).order_by(audit.c.seq.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none() or ""


def was_recorded(connection: Connection, who: str, since: datetime) -> bool:
    """Tell if a person has a row after this time."""
    made = select(audit.c.seq).where(audit.c.who == who, audit.c.at > since).limit(1)
    return connection.execute(made).first() is not None


def _last(connection: Connection) -> tuple[int, str] | None:
    """Return the end of the chain; where every row was cut away, the cut is its end."""
    found = connection.execute(_LAST_ROW).first() or connection.execute(_LAST_CUT).first()
    return (found.seq, found.mac) if found else None


def _rows(connection: Connection, begin: int) -> Iterator[ChainRow]:
    """Read the rows as stored, sound or not. Times are text, so that an invalid time is reported and does not stop the
    check.

    Every row, numbers below 1 too, unless a beginning is given.
    """
    columns = [_time(connection, audit.c.at) if name == "at" else audit.c[name] for name in ChainRow._fields]
    query = select(*columns).order_by(audit.c.seq)
    if begin:
        query = query.where(audit.c.seq >= begin)
    found = connection.execute(query.execution_options(yield_per=_AT_ONCE))
    return map(ChainRow._make, found)


def _time(connection: Connection, column: Column[datetime]) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return type_coerce(column, String)
    stored = func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US")
    return func.replace(stored, ".000000", "")  # no fraction for a whole second, as in a time's own text
