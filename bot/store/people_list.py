"""People, the accounts they use, and the roles they hold; changes of them with their audit rows.

A change and its audit rows are one transaction; a refused attempt leaves the audit row alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, delete, insert, select, text, update

from bot.rules.access.administration import changed, changes
from bot.rules.access.permissions import Change, Grant, NotChanged, Unlock, decide, roles_today, with_roles
from bot.rules.audit.chain import Entry
from bot.rules.partnership.partnership import HeldRole, Partnership, Person
from bot.rules.partnership.rota import Shift
from bot.rules.time.clock import local_day
from bot.store import audit_chain, rota
from bot.store.schema.access import look_up_lock, person, role_held

Account = Literal["id", "slack_id", "teams_id"]
_OF_ROLES = [role_held.c[name] for name in ("role", "areas", "expires")]


def find(connection: Connection, account: Account, name: str) -> Person | None:
    """Return the person of a platform's account (on the terminal: of this id); None where there is none."""
    if not name:
        return None
    joined = select(person, *_OF_ROLES).join_from(person, role_held, isouter=True).where(person.c[account] == name)
    rows = connection.execute(joined.order_by(role_held.c.granted_at, role_held.c.role)).all()
    return _person(rows[0], [row for row in rows if row.role is not None]) if rows else None


def everybody(connection: Connection) -> tuple[Person, ...]:
    """Return all listed people, by id."""
    roles: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(
        select(role_held).order_by(role_held.c.person_id, role_held.c.granted_at, role_held.c.role)
    ):
        roles.setdefault(row.person_id, []).append(row)
    rows = connection.execute(select(person).order_by(person.c.id))
    return tuple(_person(row, roles.get(row.id, [])) for row in rows)


def take_over(connection: Connection, people: Iterable[Person]) -> None:
    """Add the partnership file's people to a new database; from then on the database decides."""
    if connection.execute(select(person.c.id).limit(1)).first() is not None:
        return
    for each in people:
        add(connection, each)
        for held in each.roles:
            hold(connection, each.id, held, "partnership file", datetime.now(UTC))


def add(connection: Connection, each: Person) -> None:
    connection.execute(insert(person).values(id=each.id, agency=each.agency, **_columns(each)))


def keep(connection: Connection, before: Person | None, after: Person, by: str, at: datetime) -> None:
    """Store a person after a change; roles that stay keep their grantor and time."""
    if before is None:
        add(connection, after)
    else:
        connection.execute(update(person).where(person.c.id == after.id).values(**_columns(after)))
    old = before.roles if before else ()
    for gone in (h for h in old if h not in after.roles):
        connection.execute(delete(role_held).where(role_held.c.person_id == after.id, role_held.c.role == gone.role))
    for held in (h for h in after.roles if h not in old):
        hold(connection, after.id, held, by, at)


def unlock(connection: Connection, person_id: str) -> bool:
    """End a lock of look-ups; False where there was none.

    The lock ends at the moment it began: so it is over whatever the clock says, and earlier misses count no more.
    """
    locked = (look_up_lock.c.person_id == person_id, look_up_lock.c.until_at > look_up_lock.c.locked_at)
    change = update(look_up_lock).where(*locked).values(until_at=look_up_lock.c.locked_at)
    return connection.execute(change.returning(look_up_lock.c.person_id)).first() is not None


def hold(connection: Connection, person_id: str, held: HeldRole, by: str, at: datetime) -> None:
    connection.execute(
        insert(role_held).values(
            person_id=person_id,
            role=held.role,
            areas=",".join(held.areas),
            expires=held.expires,
            granted_by=by,
            granted_at=at,
        )
    )


@contextmanager
def trying(engine: Engine) -> Iterator[Connection]:
    """Run a transaction that is rolled back at its end, to see the effect of a change."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@dataclass(frozen=True, slots=True)
class Made:
    """The result of one change: made, not needed, or refused (with the reason)."""

    outcome: Literal["done", "unchanged", "refused"]
    after: Person | None = None
    fault: NotChanged | None = None


@dataclass
class Changing:
    """Changes by one person, one after another on one connection; each sees the changes before it.

    `terminal` is the place of the changes, and their author where `by` names no listed person.
    """

    connection: Connection
    key: bytes
    partnership: Partnership
    by: str | None
    now: datetime
    terminal: str = "terminal"
    roster: dict[str, Person] = field(init=False)

    def __post_init__(self) -> None:
        # Writers of people wait for one another: of two administrators who take each other's role, the second is
        # refused. SQLite's immediate transaction keeps other writers out already; on PostgreSQL they wait here.
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('bot.people'))"))
        self.roster = {p.id: p for p in everybody(self.connection)}

    def make(self, change: Change, action: str) -> Made:
        """Make and record a change, or refuse and record it; a change without effect is not recorded."""
        before = self.roster.get(change.id)
        try:
            actor = self.roster.get(self.by) if self.by is not None else None
            if self.by is not None and actor is None:
                advice = "Nobody is listed under the id given with --as"
                raise NotChanged("not_administrator", "Only an administrator changes people", advice)
            after = changed(change, actor, self.roster, self.partnership, local_day(self.now))
        except NotChanged as fault:
            role = getattr(change, "role", None) or ""
            self._record(action, change.id if before else "", fault.why, f"role {role}" if role else "")
            return Made("refused", before, fault)
        if isinstance(change, Unlock):
            if not unlock(self.connection, after.id):
                return Made("unchanged", after)
            self._record(action, after.id, "done", "")
            return Made("done", after)
        if after == before:
            return Made("unchanged", after)
        keep(self.connection, before, after, self._who(), self.now)
        self._record(action, after.id, "done", changes(before, after))
        self.roster[after.id] = after
        return Made("done", after)

    def take_over_rota(self, shifts: Sequence[Shift], action: str) -> int:
        """Take a file's rota over and record it; return the shifts that are new or gone. NotChanged where this person
        may not, which is recorded.
        """
        actor = self.roster.get(self.by or "")
        if not isinstance(decide(actor, "member", "admin", 2, self.partnership, local_day(self.now)), Grant):
            self._record(action, "", "not_administrator", "")
            advice = "Say which one you are: --as ADMIN"
            raise NotChanged("not_administrator", "Only an administrator changes rotas", advice)
        changed = rota.take_over(self.connection, shifts, self._who(), self.now)
        if changed:
            roles = ", ".join(sorted({s.role for s in shifts}))
            self._record(action, "", "done", f"{roles}: {changed} shifts new or gone")
        return changed

    def _who(self) -> str:
        """Return a listed id, or the terminal: typed text may be a person's name, and is not stored."""
        return self.by if self.by in self.roster and self.by is not None else self.terminal

    def _record(self, action: str, subject: str, outcome: str, reason: str) -> None:
        actor = self.roster.get(self.by or "")
        roles = roles_today(actor, local_day(self.now)) if actor else ()
        entry = Entry(
            at=self.now,
            who=self._who(),
            agency=actor.agency if actor else "",
            role=",".join(h.role for h in roles),
            action=action,
            outcome=outcome,
            subject=subject,
            place=self.terminal,
            reason=reason,
        )
        audit_chain.append(self.connection, self.key, entry)


def _columns(each: Person) -> dict[str, Any]:
    return {
        "worker_code": each.worker_code or None,
        "slack_id": each.slack_id or None,
        "teams_id": each.teams_id.lower() or None,  # Entra's ids are the same in either case, and Teams sends them so
        "active": each.active,
    }


def _person(row: Row[Any], held: Sequence[Row[Any]]) -> Person:
    roles = tuple(HeldRole(h.role, tuple(a for a in h.areas.split(",") if a), h.expires) for h in held)
    plain = Person(
        id=row.id,
        agency=row.agency,
        worker_code=row.worker_code or "",
        slack_id=row.slack_id or "",
        teams_id=row.teams_id or "",
        active=row.active,
    )
    return with_roles(plain, roles)
