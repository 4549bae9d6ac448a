"""Time at which a grade became known here, and the grade in whose place it came: for the re-grades of a digest."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("grade", sa.Column("entered_at", sa.DateTime(timezone=True)))
    op.add_column("grade", sa.Column("before", sa.String(8)))


def downgrade() -> None:
    op.drop_column("grade", "before")
    op.drop_column("grade", "entered_at")
