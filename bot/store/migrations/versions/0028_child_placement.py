"""Placements as dated spans. Of stored children the present one is known, and taken for their whole period of care."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_CODE = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "child_placement",
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date()),
        sa.Column("placement", _CODE),
        sa.Column("provider", _CODE),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name="fk_child_placement_child_id"),
        sa.PrimaryKeyConstraint("child_id", "from_date", name="pk_child_placement"),
    )
    # Children of whom only other exports tell have no period; a withdrawn period, which has no day, gives no span.
    op.execute(
        "INSERT INTO child_placement (child_id, from_date, to_date, placement, provider) "
        "SELECT p.child_id, p.from_date, p.to_date, c.placement, c.provider "
        "FROM child_period p JOIN child c ON c.id = p.child_id "
        "WHERE p.kind = 'lac' AND (p.to_date IS NULL OR p.from_date < p.to_date) AND p.from_date = ("
        "SELECT max(q.from_date) FROM child_period q WHERE q.child_id = p.child_id AND q.kind = 'lac' "
        "AND (q.to_date IS NULL OR q.from_date < q.to_date))"
    )


def downgrade() -> None:
    op.drop_table("child_placement")
