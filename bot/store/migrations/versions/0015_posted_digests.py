"""Digests are kept as they were posted, for as long as they are. Those posted before are not changed any more."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("digest_item")
    op.create_table(
        "digest_item",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(32), nullable=False),
        sa.Column("episode_id", sa.Integer(), nullable=False),
        sa.Column("child_ref", sa.String(64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("delivery_id", "position", name="pk_digest_item"),
    )
    op.create_index("ix_digest_item_episode_id", "digest_item", ["episode_id"])


def downgrade() -> None:
    op.drop_table("digest_item")
    op.create_table(
        "digest_item",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(32), nullable=False),
        sa.Column("episode_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "section", "episode_id", name="pk_digest_item"),
    )
