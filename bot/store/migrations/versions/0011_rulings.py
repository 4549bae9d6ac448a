"""Confirmations of doubts by named persons; figures leave out episodes that are not counted."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_OF_CHILD = ["child_id", "start_at", "kind"]


def upgrade() -> None:
    op.create_table(
        "ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("occurrence_ref", sa.String(32)),
        sa.Column("episode_ref", sa.String(32)),
        sa.Column("value", sa.String(32), nullable=False),
        sa.Column("born", sa.String(80), nullable=False, server_default=""),
        sa.Column("at", _INSTANT),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(32), nullable=False),
        sa.Column("said_at", _INSTANT, nullable=False),
        sa.Column("undone_at", _INSTANT),
        sa.Column("undone_by", sa.String(64)),
        sa.Column("overtaken_at", _INSTANT),
        sa.Column("overtaken_by", sa.String(32)),
        sa.Column("file_taken_at", _INSTANT),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name="fk_ruling_child_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ruling"),
    )
    op.create_index("ix_ruling_child_id", "ruling", ["child_id"])
    op.create_index("ix_ruling_said_at", "ruling", ["said_at"])
    op.drop_index("ix_episode_child_id", "episode")
    op.create_index("ix_episode_child_id", "episode", [*_OF_CHILD, "counted"])


def downgrade() -> None:
    op.drop_index("ix_episode_child_id", "episode")
    op.create_index("ix_episode_child_id", "episode", _OF_CHILD)
    op.drop_table("ruling")
