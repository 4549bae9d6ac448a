"""The ledger of messages, what people say of interviews, reminders, absences, escalations; the engine's own tables."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CODE = sa.String(32)
WHO = sa.String(64)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _delivery()
    _nudges()
    _steps()
    _escalations()


def downgrade() -> None:
    for table in ("beat", "escalation", "away", "step", "nudge", "digest_item", "delivery"):
        op.drop_table(table)


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("audience", WHO, nullable=False),
        sa.Column("platform", CODE, nullable=False),
        sa.Column("destination", sa.String(128), nullable=False),
        sa.Column("slot", sa.String(96), nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("reason", WHO, nullable=False),
        sa.Column("marker", sa.String(36), nullable=False),
        sa.Column("parent_id", sa.Integer()),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("late_until", INSTANT),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", INSTANT),
        sa.Column("attempted_at", INSTANT),
        sa.Column("owner", WHO),
        sa.Column("lease_until", INSTANT),
        sa.Column("message_id", sa.String(128)),
        sa.Column("sent_at", INSTANT),
        sa.Column("resolved_by", WHO),
        sa.Column("digest_of_body", WHO),
        sa.Column("looked_at", INSTANT),
        sa.Column("changed_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.Column("sweeps", sa.Integer(), nullable=False),
        sa.Column("next_sweep_at", INSTANT),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("marker", name="uq_delivery_marker"),
        sa.UniqueConstraint(
            "kind",
            "audience",
            "platform",
            "destination",
            "slot",
            name="uq_delivery_kind_audience_platform_destination_slot",
        ),
    )
    op.create_index("ix_delivery_state_not_before", "delivery", ["state", "not_before"])
    op.create_index("ix_delivery_next_sweep_at", "delivery", ["next_sweep_at"])
    op.create_index("ix_delivery_due_at", "delivery", ["due_at"])
    op.create_index("ix_delivery_parent_id", "delivery", ["parent_id"])
    op.create_table(
        "digest_item",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("section", CODE, nullable=False),
        sa.Column("episode_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "section", "episode_id", name="pk_digest_item"),
    )


def _nudges() -> None:
    op.create_table(
        "nudge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("episode_id", sa.Integer(), nullable=False),
        sa.Column("step", WHO, nullable=False),
        sa.Column("deadline_at", INSTANT, nullable=False),
        sa.Column("person_id", WHO, nullable=False),
        sa.Column("delivery_id", sa.Integer()),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_nudge"),
        sa.UniqueConstraint(
            "episode_id", "step", "deadline_at", "person_id", name="uq_nudge_episode_id_step_deadline_at_person_id"
        ),
    )
    op.create_index("ix_nudge_delivery_id", "nudge", ["delivery_id"])


def _steps() -> None:
    op.create_table(
        "step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("episode_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_ref", CODE),
        sa.Column("episode_ref", CODE),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("by", WHO, nullable=False),
        sa.Column("to", WHO, nullable=False),
        sa.Column("until_at", INSTANT),
        sa.Column("detail", WHO, nullable=False),
        sa.Column("undoes", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_step"),
    )
    op.create_index("ix_step_episode_id", "step", ["episode_id"])
    op.create_index("ix_step_said_at", "step", ["said_at"])
    op.create_table(
        "away",
        sa.Column("person_id", WHO, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("cover", WHO, nullable=False),
        sa.Column("said_by", WHO, nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "from_day", name="pk_away"),
    )
    op.create_index("ix_away_until_day", "away", ["until_day"])


def _escalations() -> None:
    op.create_table(
        "escalation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", CODE, nullable=False),
        sa.Column("episode_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_ref", CODE),
        sa.Column("episode_ref", CODE),
        sa.Column("crossing", sa.Integer(), nullable=False),
        sa.Column("agency", CODE, nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("role", WHO, nullable=False),
        sa.Column("person_id", WHO, nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("acknowledge_by", INSTANT, nullable=False),
        sa.Column("acknowledged_at", INSTANT),
        sa.Column("acknowledged_by", WHO),
        sa.Column("next_raised", sa.Boolean(), nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("closed_because", CODE, nullable=False),
        sa.Column("decide_by", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_escalation"),
        sa.UniqueConstraint(
            "rule",
            "episode_id",
            "crossing",
            "agency",
            "tier",
            name="uq_escalation_rule_episode_id_crossing_agency_tier",
        ),
    )
    op.create_index("ix_escalation_closed_at", "escalation", ["closed_at", "acknowledge_by"])
    op.create_index("ix_escalation_decide_by", "escalation", ["decide_by"])
    op.create_index("ix_escalation_episode_id", "escalation", ["episode_id"])
    op.create_table(
        "beat",
        sa.Column("name", WHO, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ticked_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_beat"),
    )
