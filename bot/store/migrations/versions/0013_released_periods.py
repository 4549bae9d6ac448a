"""Periods of which figures were shown beyond one person. Until now they were halves of the calendar year."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table(
        "released_period",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("first_day", "last_day", name="pk_released_period"),
    )
    newest = sa.text("SELECT max(taken_at) FROM source_load WHERE source = 'police'")
    taken = op.get_bind().execute(newest).scalar()
    if taken is None:
        return
    # The last half-year that the loads reach to the end may have been shown, and those before it. A day more, because
    # the day in London may be the next one.
    day = date.fromisoformat(str(taken)[:10]) + timedelta(days=1)
    begins = date(day.year, 1, 1) if day.month > 6 else date(day.year - 1, 7, 1)
    ends = date(day.year, 6, 30) if day.month > 6 else date(day.year - 1, 12, 31)
    now = datetime.now(UTC).replace(microsecond=0)
    shown_at = now.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else now
    op.bulk_insert(made, [{"first_day": begins, "last_day": ends, "shown_at": shown_at}])


def downgrade() -> None:
    op.drop_table("released_period")
