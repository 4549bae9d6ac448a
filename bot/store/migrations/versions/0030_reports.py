"""Half-yearly reports on their way from draft to signed: their steps, and their documents, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(32), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.Column("paragraphs", sa.Integer(), nullable=False),
        sa.Column("erased_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
    )
    op.create_table(
        "report_step",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "number", name="pk_report_step"),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name="fk_report_step_report_id"),
    )
    op.create_table(
        "report_document",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "form", name="pk_report_document"),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name="fk_report_document_report_id"),
    )


def downgrade() -> None:
    for table in ("report_document", "report_step", "report"):
        op.drop_table(table)
