"""Doubts about unreadable values: on records, on episodes, on loads and on refused files."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_RECORDS = {"occurrence": "occurrence_ref", "interview": "episode_ref"}
_INSTANT = sa.DateTime(timezone=True)
_FIGURES = [
    *("area", "kind", "start_at", "child_id", "required", "counts_until", "offered_at", "response", "held_at"),
    *("recorded_at", "until_at", "lac", "uasc", "cp", "age", "outcome_reason", "area_basis", "clock_start_at"),
]


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def _yes(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true())


def _none(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))


def _new() -> dict[str, list[sa.Column[Any]]]:
    columns: dict[str, list[sa.Column[Any]]] = {
        "child": [
            sa.Column("nameless", sa.String(40)),
            sa.Column("birth_unread", sa.Boolean()),
            sa.Column("police_birth_unread", sa.Boolean()),
        ],
        "occurrence": [
            _text("unread"),
            sa.Column("first_taken_at", _INSTANT),
            _yes("grade_known"),
            sa.Column("absent_at", _INSTANT),
        ],
        "interview": [_text("unread"), sa.Column("first_taken_at", _INSTANT), sa.Column("absent_at", _INSTANT)],
        "episode": [
            _text("doubts"),
            _yes("counted"),
            sa.Column("youngest", sa.Integer()),
            sa.Column("grade_before", sa.String(8)),
            sa.Column("graded_before_at", _INSTANT),
            sa.Column("absent_at", _INSTANT),
        ],
        "source_load": [
            _none("unread"),
            _none("unread_open"),
            sa.Column("taken_how", sa.String(8), nullable=False, server_default="given"),
            sa.Column("rows_before", sa.Integer()),
            sa.Column("confirmed_by", sa.String(64)),
            sa.Column("confirmed_at", _INSTANT),
        ],
    }
    return columns


def upgrade() -> None:
    """An adult's episode is frozen anew by the first load after this: until then figures leave it out."""
    for table, columns in _new().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("uq_child_nameless", "child", ["nameless"], unique=True)
    absent = sa.text("absent_at IS NOT NULL")
    for table, key in _RECORDS.items():
        unnamed = sa.text(f"{key} LIKE '~%'")
        name = f"ix_{table}_unnamed"
        op.create_index(name, table, ["child_id"], sqlite_where=unnamed, postgresql_where=unnamed)
        name = f"ix_{table}_absent_at"
        op.create_index(name, table, ["absent_at"], sqlite_where=absent, postgresql_where=absent)
    op.create_table(
        "refused_file",
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("refused_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_refused_file"),
    )
    episode = sa.table("episode", *map(sa.column, ("age", "youngest", "counted", "doubts")))
    op.execute(episode.update().where(episode.c.age < 18).values(youngest=episode.c.age))
    op.execute(episode.update().where(episode.c.age >= 18).values(counted=sa.false(), doubts="age"))
    op.drop_index("ix_episode_figures", "episode")
    op.create_index("ix_episode_figures", "episode", [*_FIGURES[:2], "counted", *_FIGURES[2:]])


def downgrade() -> None:
    op.drop_index("ix_episode_figures", "episode")
    op.create_index("ix_episode_figures", "episode", _FIGURES)
    op.drop_table("refused_file")
    op.drop_index("uq_child_nameless", "child")
    for table in _RECORDS:
        op.drop_index(f"ix_{table}_absent_at", table)
        op.drop_index(f"ix_{table}_unnamed", table)
    for table, columns in _new().items():
        for column in columns:
            op.drop_column(table, column.name)
