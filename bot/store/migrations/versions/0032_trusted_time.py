"""Time of each tick: what the clock showed, and the last tick at which the time was confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.add_column("beat", sa.Column("shown_at", instant))
    op.add_column("beat", sa.Column("sure_at", instant))
    op.execute("UPDATE beat SET shown_at = ticked_at, sure_at = ticked_at")
    with op.batch_alter_table("beat") as beat:
        beat.alter_column("shown_at", existing_type=instant, nullable=False)


def downgrade() -> None:
    op.drop_column("beat", "sure_at")
    op.drop_column("beat", "shown_at")
