"""Conversations in Microsoft Teams where the app is installed."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "teams_conversation",
        sa.Column("conversation", sa.String(512), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("service_url", sa.String(512), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("team", sa.String(512), nullable=False),
        sa.Column("channel_type", sa.String(32), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation", name="pk_teams_conversation"),
    )
    op.create_index("ix_teams_conversation_account", "teams_conversation", ["account"])


def downgrade() -> None:
    op.drop_index("ix_teams_conversation_account", table_name="teams_conversation")
    op.drop_table("teams_conversation")
