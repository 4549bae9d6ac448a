"""People and their roles, the audit chain, break-glass, notices, locks, button handles, holds and erasures."""

import sqlalchemy as sa
from alembic import op

from bot.store.schema import triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CODE = sa.String(32)
WHO = sa.String(64)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _people()
    _audit()
    _glass()
    _messages()
    _keeping()
    triggers.put_up(op.get_bind())


def downgrade() -> None:
    triggers.take_down(op.get_bind())
    for table in (
        "erased",
        "legal_hold",
        "handle",
        "look_up_lock",
        "notice",
        "glass",
        "audit_cut",
        "audit",
        "role_held",
        "person",
    ):
        op.drop_table(table)


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", WHO, nullable=False),
        sa.Column("agency", CODE, nullable=False),
        sa.Column("worker_code", CODE),
        sa.Column("slack_id", WHO),
        sa.Column("teams_id", WHO),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("worker_code", name="uq_person_worker_code"),
        sa.UniqueConstraint("slack_id", name="uq_person_slack_id"),
        sa.UniqueConstraint("teams_id", name="uq_person_teams_id"),
    )
    op.create_table(
        "role_held",
        sa.Column("person_id", WHO, nullable=False),
        sa.Column("role", CODE, nullable=False),
        sa.Column("areas", sa.String(), nullable=False),
        sa.Column("expires", sa.Date()),
        sa.Column("granted_by", WHO, nullable=False),
        sa.Column("granted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "role", name="pk_role_held"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_role_held_person_id"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("who", WHO, nullable=False),
        sa.Column("agency", CODE, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("action", CODE, nullable=False),
        sa.Column("subject", WHO, nullable=False),
        sa.Column("level", sa.Integer()),
        sa.Column("place", WHO, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("outcome", CODE, nullable=False),
        sa.Column("prev", sa.String(64), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject", "at"])
    op.create_index("ix_audit_who", "audit", ["who", "at"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "audit_cut",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.Column("cut_at", INSTANT, nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_cut"),
    )


def _glass() -> None:
    op.create_table(
        "glass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", WHO, nullable=False),
        sa.Column("ref", CODE, nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("reviewed_at", INSTANT),
        sa.Column("reviewed_by", WHO),
        sa.Column("verdict", CODE),
        sa.Column("alarmed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_glass"),
    )
    op.create_index("ix_glass_person_id", "glass", ["person_id", "opened_at"])
    op.create_index("ix_glass_reviewed_at", "glass", ["reviewed_at"])


def _messages() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", WHO, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("ref", CODE),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_person_id", "notice", ["person_id", "seen_at"])
    op.create_table(
        "look_up_lock",
        sa.Column("person_id", WHO, nullable=False),
        sa.Column("locked_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_look_up_lock"),
    )
    op.create_table(
        "handle",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person_id", WHO, nullable=False),
        sa.Column("purpose", CODE, nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_handle"),
    )
    op.create_index("ix_handle_until_at", "handle", ["until_at"])


def _keeping() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("ref", CODE, nullable=False),
        sa.Column("placed_by", WHO, nullable=False),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_legal_hold"),
    )
    op.create_table(
        "erased",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_erased"),
    )
