"""Rotas: who holds a role from when until when, and who covers for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rota_shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("instead_of", sa.String(64), nullable=False),
        sa.Column("said_by", sa.String(64), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("of_file", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rota_shift"),
    )
    op.create_index("ix_rota_shift_ends_at", "rota_shift", ["ends_at"])


def downgrade() -> None:
    op.drop_table("rota_shift")
