"""An 18th birthday that lies between a return and the end of its 72 hours; known of records loaded from now on."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("episode", sa.Column("turns_18", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("episode", "turns_18")
