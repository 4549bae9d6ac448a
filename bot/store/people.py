"""Who may ask: people, the accounts they ask from, and the roles they hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select

from bot.rules.partnership import Held, Person
from bot.store.tables import person, role_held

Account = Literal["id", "slack_id", "teams_id"]


def find(connection: Connection, account: Account, name: str) -> Person | None:
    """The person behind a platform's account (or, on the terminal, with this id); None where nobody is."""
    if not name:
        return None
    row = connection.execute(select(person).where(person.c[account] == name)).first()
    if row is None:
        return None
    held = connection.execute(_held().where(role_held.c.person_id == row.id)).all()
    return _person(row, held)


def everybody(connection: Connection) -> tuple[Person, ...]:
    """All who are listed, by id."""
    roles: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(_held()):
        roles.setdefault(row.person_id, []).append(row)
    rows = connection.execute(select(person).order_by(person.c.id))
    return tuple(_person(row, roles.get(row.id, [])) for row in rows)


def take_over(connection: Connection, people: Iterable[Person]) -> None:
    """The partnership file's people, where the database is new; from then on the database decides."""
    if connection.execute(select(person.c.id).limit(1)).first() is not None:
        return
    for each in people:
        add(connection, each)
        for held in each.roles:
            hold(connection, each.id, held, "partnership file", datetime.now(UTC))


def add(connection: Connection, each: Person) -> None:
    connection.execute(
        insert(person).values(
            id=each.id,
            agency=each.agency,
            worker_code=each.worker_code or None,
            slack_id=each.slack_id or None,
            teams_id=each.teams_id or None,
            active=each.active,
        )
    )


def hold(connection: Connection, person_id: str, held: Held, by: str, at: datetime) -> None:
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


def _held() -> Any:
    return select(role_held).order_by(role_held.c.person_id, role_held.c.granted_at, role_held.c.role)


def _person(row: Row[Any], held: Sequence[Row[Any]]) -> Person:
    roles = tuple(Held(h.role, tuple(a for a in h.areas.split(",") if a), h.expires) for h in held)
    first = roles[0] if roles else None
    return Person(
        id=row.id,
        agency=row.agency,
        role=first.role if first else None,
        areas=first.areas if first else (),
        worker_code=row.worker_code or "",
        slack_id=row.slack_id or "",
        teams_id=row.teams_id or "",
        expires=first.expires if first else None,
        also=roles[1:],
        active=row.active,
    )
