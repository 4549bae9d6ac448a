"""Events received from platforms, so that an event is acted on once."""

import sqlalchemy as sa
from alembic import op

from bot.store.schema.metadata import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbound",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_inbound"),
    )
    op.create_index("ix_inbound_at", "inbound", ["at"])


def downgrade() -> None:
    op.drop_table("inbound")
