"""Dates of birth are sealed; marks of them, and of whole rows, are keyed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store.encryption import OWNERS, check_key, seal_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHUNK = 5000


def upgrade() -> None:
    plain = _rows(_child(sa.Date()))
    _overwrite_what_goes()
    _change_type(sa.String())
    for column in OWNERS:
        op.add_column("child", sa.Column(f"{column}_mark", sa.String(32)))
    op.create_table(
        "sealed_with",
        sa.Column("key_name", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("key_name", name="pk_sealed_with"),
    )
    if plain:
        check_key(op.get_bind())
    _write([_sealed(row) for row in plain])
    for table, key in (("child", "id"), ("occurrence", "occurrence_ref"), ("interview", "episode_ref")):
        _mark_rows(table, key)


def downgrade() -> None:
    """Marks of rows stay as they are: each row of the next load counts as changed, once."""
    sealed = _rows(_child(sa.String()))
    op.drop_table("sealed_with")
    for column in OWNERS:
        op.drop_column("child", f"{column}_mark")
    _change_type(sa.Date())
    _write([_opened(row) for row in sealed])


def _child(kind: sa.types.TypeEngine[Any]) -> sa.TableClause:
    return sa.table("child", sa.column("id"), *map(sa.column, OWNERS.values()), *(sa.column(c, kind) for c in OWNERS))


def _rows(table: sa.TableClause) -> list[Any]:
    known = sa.or_(*(table.c[column].is_not(None) for column in OWNERS))
    return list(op.get_bind().execute(sa.select(table).where(known)))


def _sealed(row: Any) -> dict[str, Any]:
    seal, values = seal_of(op.get_bind()), dict[str, Any](row=row.id)
    for column, owner in OWNERS.items():
        day = getattr(row, column)
        values[column] = day and seal.seal(column, getattr(row, owner) or "", day)
        values[f"{column}_mark"] = day and seal.mark(day)
    return values


def _opened(row: Any) -> dict[str, Any]:
    seal, values = seal_of(op.get_bind()), dict[str, Any](row=row.id)
    for column, owner in OWNERS.items():
        sealed = getattr(row, column)
        values[column] = sealed and seal.open(column, getattr(row, owner), sealed)
    return values


def _change_type(kind: sa.types.TypeEngine[Any]) -> None:
    """PostgreSQL writes the table anew, so that nothing of the old column stays on the disk."""
    for column in OWNERS:
        if op.get_bind().dialect.name == "postgresql":
            op.alter_column("child", column, type_=kind, postgresql_using="NULL")
        else:
            op.drop_column("child", column)
            op.add_column("child", sa.Column(column, kind))


def _overwrite_what_goes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.get_bind().exec_driver_sql("PRAGMA secure_delete = ON")


def _write(rows: list[dict[str, Any]]) -> None:
    names = [name for name in (rows[0] if rows else ()) if name != "row"]
    kind = sa.Date() if "birth_date_mark" not in names else sa.String()
    table = sa.table("child", sa.column("id"), *(sa.column(name, kind) for name in names))
    statement = sa.update(table).where(table.c.id == sa.bindparam("row"))
    for first in range(0, len(rows), CHUNK):
        op.get_bind().execute(
            statement.values({name: sa.bindparam(name) for name in names}), rows[first : first + CHUNK]
        )


def _mark_rows(name: str, key: str) -> None:
    """Replace the old mark of each row, from which values could be guessed, by a keyed mark made of it."""
    table = sa.table(name, sa.column(key), sa.column("payload"))
    bind = op.get_bind()
    found = list(bind.execute(sa.select(table.c[key], table.c.payload).where(table.c.payload.is_not(None))))
    statement = sa.update(table).where(table.c[key] == sa.bindparam("row")).values(payload=sa.bindparam("mark"))
    for first in range(0, len(found), CHUNK):
        part = found[first : first + CHUNK]
        bind.execute(statement, [{"row": row, "mark": seal_of(bind).mark_of_row(mark)} for row, mark in part])
