"""Away episodes of a child who is away again and again may need a return interview: the partnership decides."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Until a child's next load none does: nobody has asked for it yet.
    op.add_column("episode", sa.Column("repeat_away", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("episode", "repeat_away")
