"""The police records that name a child as found with theirs are found by its reference."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_found_with_police_ref", "found_with", ["police_ref"])


def downgrade() -> None:
    op.drop_index("ix_found_with_police_ref", "found_with")
