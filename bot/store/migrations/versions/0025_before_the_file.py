"""Absences, returns and grades that are said in chat before an export has them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_NEW = (
    ("ruling", "saying", sa.Integer()),
    ("episode", "saying", sa.Integer()),
    ("episode", "said_back_at", sa.DateTime(timezone=True)),
    ("episode", "said_back", sa.String(32)),
    ("episode", "said_grade", sa.String(8)),
    ("episode", "said_graded_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    for table, name, kind in _NEW:
        op.add_column(table, sa.Column(name, kind))


def downgrade() -> None:
    for table, name, _ in reversed(_NEW):
        op.drop_column(table, name)
