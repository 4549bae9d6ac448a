"""Absences, returns and grades said in chat before an export has them, and children whom no export has."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_NEW = (
    ("ruling", "saying", sa.Integer()),
    ("ruling", "area", sa.String()),
    ("episode", "saying", sa.Integer()),
    ("episode", "said_back_at", sa.DateTime(timezone=True)),
    ("episode", "said_back", sa.String(32)),
    ("episode", "said_grade", sa.String(8)),
    ("episode", "said_graded_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    for table, name, kind in _NEW:
        op.add_column(table, sa.Column(name, kind))
    op.add_column("ruling", sa.Column("under_13", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("ruling", "under_13")
    for table, name, _ in reversed(_NEW):
        op.drop_column(table, name)
