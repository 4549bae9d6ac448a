"""Released sheets: the figures of a half-year and its family as they are shown beyond one person."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "released_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_released_sheet"),
        sa.UniqueConstraint("first_day", "last_day", "issue", name="uq_released_sheet_first_day_last_day_issue"),
    )
    op.create_table(
        "released_figure",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("printed", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["sheet_id"], ["released_sheet.id"], name="fk_released_figure_sheet_id"),
        sa.PrimaryKeyConstraint("sheet_id", "first_day", "last_day", "scope", "measure", name="pk_released_figure"),
    )
    op.create_index("ix_released_figure_first_day_last_day", "released_figure", ["first_day", "last_day"])
    op.add_column("restored", sa.Column("shown_until", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("restored") as table:
        table.drop_column("shown_until")
    op.drop_index("ix_released_figure_first_day_last_day", table_name="released_figure")
    op.drop_table("released_figure")
    op.drop_table("released_sheet")
