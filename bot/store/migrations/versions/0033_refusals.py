"""A message that its platform refuses is tried again: since when, its code, and when administrators were told."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("not_taken_since", sa.DateTime(timezone=True)))
    op.add_column("delivery", sa.Column("refusal", sa.String(64), nullable=False, server_default=""))
    op.add_column("delivery", sa.Column("refusal_told_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for column in ("refusal_told_at", "refusal", "not_taken_since"):
        op.drop_column("delivery", column)
