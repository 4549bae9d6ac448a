"""Children who entered care after an absence began, within it or soon after; of stored episodes too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from bot.store.schema.metadata import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SOON = timedelta(days=7)
_LONDON = ZoneInfo("Europe/London")


def upgrade() -> None:
    op.add_column("episode", sa.Column("entered_care", sa.Boolean(), nullable=False, server_default=sa.false()))
    at = [sa.column(name, Instant) for name in ("start_at", "until_at")]
    episode = sa.table(
        "episode", sa.column("id"), sa.column("child_id"), sa.column("lac"), sa.column("entered_care"), *at
    )
    columns = [sa.column("child_id"), sa.column("kind"), sa.column("from_date", sa.Date), sa.column("to_date", sa.Date)]
    period = sa.table("child_period", *columns)
    later = sa.select(episode.c.id, episode.c.start_at, episode.c.until_at, period.c.from_date).join_from(
        episode, period, (period.c.child_id == episode.c.child_id) & (period.c.kind == "lac")
    )
    connection = op.get_bind()
    ever = sa.or_(period.c.to_date.is_(None), period.c.to_date > period.c.from_date)
    rows = connection.execute(later.where(episode.c.lac.is_(sa.false()), ever)).all()
    found = {row.id for row in rows if _day(row.start_at) < row.from_date <= _last(row.until_at)}
    for number in found:
        connection.execute(sa.update(episode).where(episode.c.id == number).values(entered_care=sa.true()))


def downgrade() -> None:
    op.drop_column("episode", "entered_care")


def _day(at: datetime) -> date:
    return at.astimezone(_LONDON).date()


def _last(until: datetime) -> date:
    return date.max if until >= datetime(9999, 12, 31, tzinfo=UTC) else _day(until) + _SOON
