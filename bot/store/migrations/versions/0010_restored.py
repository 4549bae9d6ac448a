"""Restores of the database: time, backup file, and the last moment in that backup."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restored",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backup", sa.String(255), nullable=False),
        sa.Column("until_row", sa.Integer(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_restored"),
    )


def downgrade() -> None:
    op.drop_table("restored")
