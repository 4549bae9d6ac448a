"""The placing authority of an episode, and its change after the return. Hosted children's interviews are tracked."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TRACKED = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', counts_until, '+28 days')",
    "postgresql": "counts_until + interval '28 days'",
}


def upgrade() -> None:
    """The authority of today is the one before the next change: nothing that is there now counts as changed."""
    op.add_column("episode", sa.Column("authority", sa.String(32)))
    op.add_column("episode", sa.Column("moved_from", sa.String(32)))
    op.add_column("episode", sa.Column("moved_at", sa.DateTime(timezone=True)))
    names = ("child_id", "authority", "kind", "required", "hosted", "outcome_reason", "counts_until", "held_at")
    episode = sa.table("episode", *map(sa.column, (*names, "response", "interview_until_at")))
    e = episode.c
    child = sa.table("child", sa.column("id"), sa.column("placing_authority"))
    named = sa.select(child.c.placing_authority).where(child.c.id == e.child_id).scalar_subquery()
    placed = sa.select(child.c.id).where(child.c.placing_authority.is_not(None))
    op.execute(sa.update(episode).where(e.child_id.in_(placed)).values(authority=named))
    op.execute(
        sa.update(episode)
        .where(
            e.kind == "missing",
            e.required == sa.false(),
            sa.or_(e.hosted == sa.true(), e.outcome_reason == "placing_la_responsible"),
            *(e.counts_until.is_not(None), e.held_at.is_(None), e.response.is_(None)),
        )
        .values(interview_until_at=sa.literal_column(_TRACKED[op.get_bind().dialect.name]))
    )


def downgrade() -> None:
    for name in ("moved_at", "moved_from", "authority"):
        op.drop_column("episode", name)
