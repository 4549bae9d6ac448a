"""Messages that a database before this one may have sent: the time from which they are looked for in chat."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("delivery", "restored"):
        op.add_column(table, sa.Column("look_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table in ("delivery", "restored"):
        with op.batch_alter_table(table) as altered:
            altered.drop_column("look_since")
