"""Children, the two agencies' records, the episodes made of them, and the loads they came by."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CODE = sa.String(32)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _children()
    _police()
    _interviews()
    _episodes()
    _loads()


def downgrade() -> None:
    for table in (
        "source_load",
        "episode",
        "interview",
        "found_with",
        "grade",
        "occurrence",
        "child_period",
        "child_alias",
        "child",
    ):
        op.drop_table(table)


def _children() -> None:
    op.create_table(
        "child",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", CODE, nullable=False),
        sa.Column("police_ref", CODE),
        sa.Column("council_ref", CODE),
        sa.Column("birth_date", sa.Date()),
        sa.Column("police_birth_date", sa.Date()),
        sa.Column("sex", sa.String(length=1)),
        sa.Column("police_sex", sa.String(length=1)),
        sa.Column("linked_by", CODE),
        sa.Column("team", sa.String()),
        sa.Column("case_status", CODE),
        sa.Column("placement", CODE),
        sa.Column("provider", CODE),
        sa.Column("placing_authority", CODE),
        sa.Column("lead_worker", CODE),
        sa.Column("iro", CODE),
        sa.Column("payload", CODE),
        sa.PrimaryKeyConstraint("id", name="pk_child"),
        sa.UniqueConstraint("council_ref", name="uq_child_council_ref"),
        sa.UniqueConstraint("police_ref", name="uq_child_police_ref"),
        sa.UniqueConstraint("ref", name="uq_child_ref"),
    )
    op.create_table(
        "child_alias",
        sa.Column("ref", CODE, nullable=False),
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name="fk_child_alias_child_id"),
        sa.PrimaryKeyConstraint("ref", name="pk_child_alias"),
    )
    op.create_index("ix_child_alias_child_id", "child_alias", ["child_id"])
    op.create_table(
        "child_period",
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date()),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name="fk_child_period_child_id"),
        sa.PrimaryKeyConstraint("child_id", "kind", "from_date", name="pk_child_period"),
    )


def _police() -> None:
    op.create_table(
        "occurrence",
        sa.Column("occurrence_ref", CODE, nullable=False),
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.Column("last_seen_at", INSTANT),
        sa.Column("reported_at", INSTANT),
        sa.Column("found_at", INSTANT),
        sa.Column("found_date_only", sa.Boolean(), nullable=False),
        sa.Column("returned_at", INSTANT),
        sa.Column("returned_date_only", sa.Boolean(), nullable=False),
        sa.Column("missing_from", CODE),
        sa.Column("district", sa.String()),
        sa.Column("reporter", CODE),
        sa.Column("prevention_interview_at", INSTANT),
        sa.Column("end_reason", CODE),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("payload", CODE, nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name="fk_occurrence_child_id"),
        sa.PrimaryKeyConstraint("occurrence_ref", name="pk_occurrence"),
    )
    op.create_index("ix_occurrence_child_id", "occurrence", ["child_id"])
    op.create_table(
        "grade",
        sa.Column("occurrence_ref", CODE, nullable=False),
        sa.Column("graded_at", INSTANT, nullable=False),
        sa.Column("grade", sa.String(length=8), nullable=False),
        sa.Column("legacy_absent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["occurrence_ref"], ["occurrence.occurrence_ref"], name="fk_grade_occurrence_ref"),
        sa.PrimaryKeyConstraint("occurrence_ref", "graded_at", name="pk_grade"),
    )
    op.create_table(
        "found_with",
        sa.Column("occurrence_ref", CODE, nullable=False),
        sa.Column("police_ref", CODE, nullable=False),
        sa.ForeignKeyConstraint(["occurrence_ref"], ["occurrence.occurrence_ref"], name="fk_found_with_occurrence_ref"),
        sa.PrimaryKeyConstraint("occurrence_ref", "police_ref", name="pk_found_with"),
    )


def _interviews() -> None:
    op.create_table(
        "interview",
        sa.Column("episode_ref", CODE, nullable=False),
        sa.Column("occurrence_ref", CODE),
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_date_only", sa.Boolean(), nullable=False),
        sa.Column("team", sa.String()),
        sa.Column("returned_at", INSTANT),
        sa.Column("returned_date_only", sa.Boolean(), nullable=False),
        sa.Column("offered_at", INSTANT),
        sa.Column("response", CODE),
        sa.Column("held_at", INSTANT),
        sa.Column("recorded_at", INSTANT),
        sa.Column("interviewer_role", CODE),
        sa.Column("independent", CODE),
        sa.Column("worker", CODE),
        sa.Column("outcome_reason", CODE),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("payload", CODE, nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name="fk_interview_child_id"),
        sa.PrimaryKeyConstraint("episode_ref", name="pk_interview"),
        sa.UniqueConstraint("occurrence_ref", name="uq_interview_occurrence_ref"),
    )
    op.create_index("ix_interview_child_id", "interview", ["child_id"])


def _episodes() -> None:
    op.create_table(
        "episode",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_ref", CODE),
        sa.Column("episode_ref", CODE),
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("start_at", INSTANT, nullable=False),
        sa.Column("reported_at", INSTANT),
        sa.Column("end_at", INSTANT),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("found_at", INSTANT),
        sa.Column("returned_at", INSTANT),
        sa.Column("end_reason", CODE),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("area_basis", CODE, nullable=False),
        sa.Column("team", sa.String()),
        sa.Column("district", sa.String()),
        sa.Column("setting", CODE),
        sa.Column("reporter", CODE),
        sa.Column("age", sa.Integer()),
        sa.Column("lac", sa.Boolean(), nullable=False),
        sa.Column("uasc", sa.Boolean(), nullable=False),
        sa.Column("cp", sa.Boolean(), nullable=False),
        sa.Column("hosted", sa.Boolean(), nullable=False),
        sa.Column("grade", sa.String(length=8)),
        sa.Column("graded_at", INSTANT),
        sa.Column("prevention_at", INSTANT),
        sa.Column("clock_start_at", INSTANT),
        sa.Column("due_at", INSTANT),
        sa.Column("counts_until", INSTANT),
        sa.Column("date_only", sa.Boolean(), nullable=False),
        sa.Column("offered_at", INSTANT),
        sa.Column("response", CODE),
        sa.Column("held_at", INSTANT),
        sa.Column("recorded_at", INSTANT),
        sa.Column("outcome_reason", CODE),
        sa.Column("worker", CODE),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("interview_until_at", INSTANT, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("end_known_at", INSTANT, nullable=False),
        sa.Column("held_known_at", INSTANT),
        sa.Column("child_known", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name="fk_episode_child_id"),
        sa.ForeignKeyConstraint(["episode_ref"], ["interview.episode_ref"], name="fk_episode_episode_ref"),
        sa.ForeignKeyConstraint(["occurrence_ref"], ["occurrence.occurrence_ref"], name="fk_episode_occurrence_ref"),
        sa.PrimaryKeyConstraint("id", name="pk_episode"),
        sa.UniqueConstraint("episode_ref", name="uq_episode_episode_ref"),
        sa.UniqueConstraint("occurrence_ref", name="uq_episode_occurrence_ref"),
    )
    op.create_index("ix_episode_child_id", "episode", ["child_id", "start_at", "kind"])
    op.create_index(
        "ix_episode_figures",
        "episode",
        [
            "area",
            "kind",
            "start_at",
            "child_id",
            "required",
            "counts_until",
            "offered_at",
            "response",
            "held_at",
            "recorded_at",
            "until_at",
            "lac",
            "uasc",
            "cp",
            "age",
            "outcome_reason",
            "area_basis",
            "clock_start_at",
        ],
    )
    op.create_index("ix_episode_area_end_known_at", "episode", ["area", "end_known_at"])
    op.create_index("ix_episode_area_entered_at", "episode", ["area", "entered_at"])
    op.create_index("ix_episode_area_held_known_at", "episode", ["area", "held_known_at"])
    op.create_index("ix_episode_area_interview_until_at", "episode", ["area", "interview_until_at"])
    op.create_index("ix_episode_area_reported_at", "episode", ["area", "reported_at"])
    op.create_index("ix_episode_area_until_at", "episode", ["area", "until_at"])


def _loads() -> None:
    op.create_table(
        "source_load",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("loaded_at", INSTANT, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_source_load"),
        sa.UniqueConstraint("source", "sha256", "taken_at", name="uq_source_load_source_sha256_taken_at"),
    )
    op.create_index("ix_source_load_source", "source_load", ["source", "taken_at"])
