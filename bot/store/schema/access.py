"""Tables of people and roles, the audit trail, emergency access, notices, holds and erasures."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from bot.store.schema.metadata import Instant, code, metadata, place

#: A person who may use the bot: only the codes by which platforms and the case system know them.
person = Table(
    "person",
    metadata,
    Column("id", String(64), primary_key=True),
    code("agency", nullable=False),
    code("worker_code", unique=True),
    Column("slack_id", String(64), unique=True),
    Column("teams_id", String(64), unique=True),
    Column("active", Boolean, nullable=False, default=True),
)

#: A role that a person holds: its areas (words of the partnership file, comma between), its last day.
role_held = Table(
    "role_held",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("role", String(32), primary_key=True),
    Column("areas", String(), nullable=False, default=""),
    Column("expires", Date),
    Column("granted_by", String(64), nullable=False),
    Column("granted_at", Instant, nullable=False),
)

#: Shifts taken over from a rota, and (with `instead_of`) covers in the order of saying: who holds a role from when
#: until when (rules/partnership/rota.py).
rota_shift = Table(
    "rota_shift",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("role", String(64), nullable=False),
    Column("person_id", String(64), nullable=False),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("instead_of", String(64), nullable=False, default=""),
    Column("said_by", String(64), nullable=False),
    Column("said_at", Instant, nullable=False),
    Column("of_file", Boolean, nullable=False),
)
Index("ix_rota_shift_ends_at", rota_shift.c.ends_at)

#: Commands, answers, refusals and changes: a chain (rules/audit/chain.py). Rows are only ever added.
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("who", String(64), nullable=False),
    Column("agency", String(32), nullable=False),
    Column("role", String(), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("level", Integer),
    Column("place", String(64), nullable=False),
    Column("reason", String(), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("prev", String(64), nullable=False),
    Column("mac", String(64), nullable=False),
)
Index("ix_audit_subject", audit.c.subject, audit.c.at)
Index("ix_audit_who", audit.c.who, audit.c.at)
Index("ix_audit_at", audit.c.at)

#: The row up to which the chain was cut because its time was over: signed, so that no other cut can pass for it.
audit_cut = Table(
    "audit_cut",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("mac", String(64), nullable=False),
    Column("cut_at", Instant, nullable=False),
    Column("signature", String(64), nullable=False),
)

#: Emergency access to one child outside the person's areas, for a stated reason (break-glass).
glass = Table(
    "glass",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("ref", String(32), nullable=False),
    Column("area", String(), nullable=False),
    Column("reason", String(), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
    Column("reviewed_at", Instant),
    Column("reviewed_by", String(64)),
    code("verdict"),
    Column("alarmed_at", Instant),
)
Index("ix_glass_person_id", glass.c.person_id, glass.c.opened_at)
Index("ix_glass_reviewed_at", glass.c.reviewed_at)

#: Notices due to a person: shown beside their answers until they are marked as delivered.
notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", String(64), nullable=False),
    code("kind", nullable=False),
    Column("ref", String(32)),
    Column("text", String(), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("seen_at", Instant),
)
Index("ix_notice_person_id", notice.c.person_id, notice.c.seen_at)
# An alarm looks whether the same words wait already.
Index("ix_notice_kind", notice.c.kind, notice.c.made_at)

#: Look-ups of a person locked after too many misses, and the end of the lock.
look_up_lock = Table(
    "look_up_lock",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("locked_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
)

#: Command behind a button, its owner and its end; of the random handle only a digest is kept.
handle = Table(
    "handle",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", String(64), nullable=False),
    code("purpose", nullable=False),
    Column("command", String(), nullable=False),
    Column("until_at", Instant, nullable=False),
)
Index("ix_handle_until_at", handle.c.until_at)

#: Events of platforms that were handled: a digest of each event's name.
inbound = Table(
    "inbound",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("at", Instant, nullable=False),
)
Index("ix_inbound_at", inbound.c.at)

#: Children whose records must be kept, whatever retention or a request says (an inquiry, a court).
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("ref", String(32), primary_key=True),
    Column("placed_by", String(64), nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("why", String(), nullable=False),
)

#: Keyed digests of references that were erased on request, so that an export cannot bring them back.
erased = Table(
    "erased",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("erased_at", Instant, nullable=False),
)

#: Name of the data key that seals the birth dates of this database: derived from the key, never the key.
sealed_with = Table("sealed_with", metadata, code("key_name", primary_key=True))

#: Half-years of which figures were shown beyond one person (rules/disclosure/released_periods.py): no two overlap.
released_period = Table(
    "released_period",
    metadata,
    Column("first_day", Date, primary_key=True),
    Column("last_day", Date, primary_key=True),
    Column("shown_at", Instant, nullable=False),
)

#: Events that people noted on a month (rules/spikes.py): of one area, or ("") of the whole county.
month_note = Table(
    "month_note",
    metadata,
    Column("first_day", Date, primary_key=True),
    Column("event", String(32), primary_key=True),
    Column("area", String(64), primary_key=True),
    code("role", nullable=False),
    Column("said_by", String(64), nullable=False),
    Column("said_at", Instant, nullable=False),
)

#: Releases of a half-year's figures with its family, counted by `issue` from 1.
released_sheet = Table(
    "released_sheet",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("issue", Integer, nullable=False),
    Column("released_at", Instant, nullable=False),
    Column("released_by", String(64), nullable=False),
    UniqueConstraint("first_day", "last_day", "issue"),
)

#: Figures of a release: the days that each counts, its count then, and the printed one (NULL: hidden).
released_figure = Table(
    "released_figure",
    metadata,
    Column("sheet_id", ForeignKey("released_sheet.id"), primary_key=True),
    Column("first_day", Date, primary_key=True),
    Column("last_day", Date, primary_key=True),
    place("scope", primary_key=True),
    place("measure", primary_key=True),  # a key of counts; some have a word of the partnership file in them
    Column("counted", Integer, nullable=False),
    Column("printed", Integer),
    Index("ix_released_figure_first_day_last_day", "first_day", "last_day"),
)

#: Installation of this database: one row, stamped by the first program that used it. `adopted`: it held records before
#: there was a stamp; `folder` where its keys, heads, outbox and rejects lie ("" is the data folder itself).
installation = Table(
    "installation",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False),
    place("partnership", nullable=False),
    Column("practice", Boolean, nullable=False),
    Column("holds_practice", Boolean, nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("folder", String(32), nullable=False),
    Column("stamped_at", Instant, nullable=False),
)
