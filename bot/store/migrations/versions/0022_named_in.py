"""Rules that are met together are named in one message; calls from before have a message each."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("escalation", sa.Column("named_in", sa.Integer()))
    op.create_index("ix_escalation_named_in", "escalation", ["named_in"])
    op.create_index("ix_notice_kind", "notice", ["kind", "made_at"])


def downgrade() -> None:
    op.drop_index("ix_notice_kind", "notice")
    op.drop_index("ix_escalation_named_in", "escalation")
    op.drop_column("escalation", "named_in")
