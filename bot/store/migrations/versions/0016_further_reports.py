"""Further reports of one absence, when an episode became void, and what named persons say of two absences.

Several forms of the council may name one occurrence of the police.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_RECORDS = ("occurrence", "interview")
_OTHER = ("other_occurrence_ref", "other_episode_ref")
_FURTHER = sa.text("one_with IS NOT NULL")
_VOIDED = sa.text("voided_at IS NOT NULL")


def upgrade() -> None:
    for table in _RECORDS:
        op.add_column(table, sa.Column("one_with", sa.String(32)))
        op.create_index(f"ix_{table}_one_with", table, ["one_with"], sqlite_where=_FURTHER, postgresql_where=_FURTHER)
    for name in _OTHER:
        op.add_column("ruling", sa.Column(name, sa.String(32)))
    op.add_column("episode", sa.Column("voided_at", sa.DateTime(timezone=True)))
    op.create_index("ix_episode_voided_at", "episode", ["voided_at"], sqlite_where=_VOIDED, postgresql_where=_VOIDED)
    with op.batch_alter_table("interview") as interview:
        interview.drop_constraint("uq_interview_occurrence_ref", type_="unique")
        interview.create_index("ix_interview_occurrence_ref", ["occurrence_ref"])


def downgrade() -> None:
    op.execute(
        "UPDATE interview SET occurrence_ref = NULL WHERE EXISTS (SELECT 1 FROM interview AS other"
        " WHERE other.occurrence_ref = interview.occurrence_ref AND other.episode_ref < interview.episode_ref)"
    )
    with op.batch_alter_table("interview") as interview:
        interview.drop_index("ix_interview_occurrence_ref")
        interview.create_unique_constraint("uq_interview_occurrence_ref", ["occurrence_ref"])
    op.drop_index("ix_episode_voided_at", "episode")
    op.drop_column("episode", "voided_at")
    for name in _OTHER:
        op.drop_column("ruling", name)
    for table in _RECORDS:
        op.drop_index(f"ix_{table}_one_with", table)
        op.drop_column(table, "one_with")
