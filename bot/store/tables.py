"""Every table, its keys, and the indexes that keep answers independent of history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: timestamptz on PostgreSQL, sortable text on SQLite. Naive times are refused.

    The text has seconds and no more: enough, comparable, and small in SQLite's covering indexes.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    # The processors themselves, not process_bind_param: a load passes a million of them.

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return to_text if dialect.name == "sqlite" else to_utc

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None]:
        return from_text if dialect.name == "sqlite" else to_utc


def to_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC)


def to_text(value: datetime | None) -> str | None:
    utc = to_utc(value)
    return utc.isoformat(" ", "seconds")[:19] if utc else None


def from_text(value: str | None) -> datetime | None:
    return datetime.fromisoformat(f"{value}+00:00") if value else None


def _code(name: str, **options: Any) -> Column[str]:
    return Column(name, String(32), **options)


def _place(name: str, **options: Any) -> Column[str]:
    """A word of the partnership file (area, team, district): as long as that file makes it."""
    return Column(name, String(), **options)


#: A child: one random reference for people, the two agencies' own keys, and the council's present facts.
child = Table(
    "child",
    metadata,
    Column("id", Integer, primary_key=True),
    _code("ref", nullable=False, unique=True),
    _code("police_ref", unique=True),
    _code("council_ref", unique=True),
    Column("birth_date", String),  # sealed; the council's: the police's stands beside it until they agree
    _code("birth_date_mark"),
    Column("police_birth_date", String),
    _code("police_birth_date_mark"),
    Column("sex", String(1)),
    Column("police_sex", String(1)),
    _code("linked_by"),  # what says that both keys are one child: "children" (the file) or "interview"
    _place("team"),
    _code("case_status"),
    _code("placement"),
    _code("provider"),
    _code("placing_authority"),
    _code("lead_worker"),
    _code("iro"),
    _code("payload"),  # of the children file's row; NULL while only the other files named the child
)

#: Which data key the birth dates of this database are sealed with: a name for it, made of it, not the key.
sealed_with = Table("sealed_with", metadata, _code("key_name", primary_key=True))

#: References of child rows that turned out to be the same child: never reused, still answered.
child_alias = Table(
    "child_alias",
    metadata,
    Column("ref", String(32), primary_key=True),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
)

#: Dated facts of a child, half-open [from_date, to_date): looked after (lac), UASC (uasc), plan (cp).
child_period = Table(
    "child_period",
    metadata,
    Column("child_id", ForeignKey("child.id"), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("from_date", Date, primary_key=True),
    Column("to_date", Date),
)

#: The police record of one occurrence, as exported.
occurrence = Table(
    "occurrence",
    metadata,
    Column("occurrence_ref", String(32), primary_key=True),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    Column("last_seen_at", Instant),
    Column("reported_at", Instant),
    Column("found_at", Instant),
    Column("found_date_only", Boolean, nullable=False, default=False),
    Column("returned_at", Instant),
    Column("returned_date_only", Boolean, nullable=False, default=False),
    _code("missing_from"),
    _place("district"),
    _code("reporter"),
    Column("prevention_interview_at", Instant),
    _code("end_reason"),
    Column("entered_at", Instant, nullable=False),
    Column("payload", String(32), nullable=False),
)

#: Police grades: a dated series, kept for ever beside the occurrence.
grade = Table(
    "grade",
    metadata,
    Column("occurrence_ref", ForeignKey("occurrence.occurrence_ref"), primary_key=True),
    Column("graded_at", Instant, primary_key=True),
    Column("grade", String(8), nullable=False),
    Column("legacy_absent", Boolean, nullable=False, default=False),
)

#: Who was found with whom, by the police's reference of the other person (who may be unknown here).
found_with = Table(
    "found_with",
    metadata,
    Column("occurrence_ref", ForeignKey("occurrence.occurrence_ref"), primary_key=True),
    Column("police_ref", String(32), primary_key=True),
)

#: The council's record of one episode and its return interview, as exported.
interview = Table(
    "interview",
    metadata,
    Column("episode_ref", String(32), primary_key=True),
    Column("occurrence_ref", String(32), unique=True),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("ended_date_only", Boolean, nullable=False, default=False),
    _place("team"),
    Column("returned_at", Instant),
    Column("returned_date_only", Boolean, nullable=False, default=False),
    Column("offered_at", Instant),
    _code("response"),
    Column("held_at", Instant),
    Column("recorded_at", Instant),
    _code("interviewer_role"),
    _code("independent"),
    _code("worker"),
    _code("outcome_reason"),
    Column("entered_at", Instant, nullable=False),
    Column("payload", String(32), nullable=False),
)

#: One episode = a police occurrence, a council record, or both matched; derived values are frozen here.
episode = Table(
    "episode",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("occurrence_ref", ForeignKey("occurrence.occurrence_ref"), unique=True),
    Column("episode_ref", ForeignKey("interview.episode_ref"), unique=True),
    Column("child_id", ForeignKey("child.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("reported_at", Instant),
    Column("end_at", Instant),
    Column("until_at", Instant, nullable=False),
    Column("found_at", Instant),
    Column("returned_at", Instant),
    _code("end_reason"),
    _place("area", nullable=False),
    _code("area_basis", nullable=False),  # team | child_team | district | none
    _place("team"),
    _place("district"),
    _code("setting"),
    _code("reporter"),
    Column("age", Integer),
    Column("lac", Boolean, nullable=False),
    Column("uasc", Boolean, nullable=False),
    Column("cp", Boolean, nullable=False),
    Column("hosted", Boolean, nullable=False),
    Column("grade", String(8)),
    Column("graded_at", Instant),
    Column("prevention_at", Instant),
    Column("clock_start_at", Instant),
    Column("due_at", Instant),
    Column("counts_until", Instant),
    Column("date_only", Boolean, nullable=False, default=False),
    Column("offered_at", Instant),
    _code("response"),
    Column("held_at", Instant),
    Column("recorded_at", Instant),
    _code("outcome_reason"),
    _code("worker"),
    Column("required", Boolean, nullable=False),
    Column("interview_until_at", Instant, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("end_known_at", Instant, nullable=False),
    Column("held_known_at", Instant),
    # Whether the children file knew the child when the undated facts (team, hosted) were frozen.
    Column("child_known", Boolean, nullable=False),
)

# Figures of an area and a period read this index alone; `child_id` next to the keys makes the
# per-child counts one ordered scan, and the interview columns ride along.
Index(
    "ix_episode_figures",
    episode.c.area,
    episode.c.kind,
    episode.c.start_at,
    episode.c.child_id,
    episode.c.required,
    episode.c.counts_until,
    episode.c.offered_at,
    episode.c.response,
    episode.c.held_at,
    episode.c.recorded_at,
    episode.c.until_at,
    episode.c.lac,
    episode.c.uasc,
    episode.c.cp,
    episode.c.age,
    episode.c.outcome_reason,
    episode.c.area_basis,
    episode.c.clock_start_at,
)
# Lists of an area: what is open or recent is the end of each range, so history costs nothing.
Index("ix_episode_area_until_at", episode.c.area, episode.c.until_at)
Index("ix_episode_area_interview_until_at", episode.c.area, episode.c.interview_until_at)
Index("ix_episode_area_reported_at", episode.c.area, episode.c.reported_at)
# What became known in a digest's window, even where it had happened before (R23).
Index("ix_episode_area_entered_at", episode.c.area, episode.c.entered_at)
Index("ix_episode_area_end_known_at", episode.c.area, episode.c.end_known_at)
Index("ix_episode_area_held_known_at", episode.c.area, episode.c.held_known_at)
Index("ix_episode_child_id", episode.c.child_id, episode.c.start_at, episode.c.kind)

#: One row per load that was carried out, so that every answer can say how old its facts are.
source_load = Table(
    "source_load",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(16), nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    UniqueConstraint("source", "sha256", "taken_at"),
)
Index("ix_source_load_source", source_load.c.source, source_load.c.taken_at)

# -- who may ask, and what was asked --

#: Somebody who may ask. Nothing of a person but the codes that platforms and the case system know them by.
person = Table(
    "person",
    metadata,
    Column("id", String(64), primary_key=True),
    _code("agency", nullable=False),
    _code("worker_code", unique=True),
    Column("slack_id", String(64), unique=True),
    Column("teams_id", String(64), unique=True),
    Column("active", Boolean, nullable=False, default=True),
)

#: A role somebody holds: in which areas (words of the partnership file, comma between), until the end of which day.
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

#: What was asked, shown, refused or changed: a chain (rules/audit.py). Rows are only ever added.
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

#: Up to where the chain was cut because its time was over: signed, so that no other cut can pass for it.
audit_cut = Table(
    "audit_cut",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("mac", String(64), nullable=False),
    Column("cut_at", Instant, nullable=False),
    Column("signature", String(64), nullable=False),
)

#: A look at one child outside one's area, for a stated reason (break-glass).
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
    _code("verdict"),
    Column("alarmed_at", Instant),
)
Index("ix_glass_person_id", glass.c.person_id, glass.c.opened_at)
Index("ix_glass_reviewed_at", glass.c.reviewed_at)

#: What somebody has to be told. Who delivers it marks it; it stands beside their answers until then.
notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", String(64), nullable=False),
    _code("kind", nullable=False),
    Column("ref", String(32)),
    Column("text", String(), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("seen_at", Instant),
)
Index("ix_notice_person_id", notice.c.person_id, notice.c.seen_at)

#: Whose look-ups are locked after too many misses, until when.
look_up_lock = Table(
    "look_up_lock",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("locked_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
)

#: What a button means: only a digest of its random handle is kept, with whose it is and for how long.
handle = Table(
    "handle",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", String(64), nullable=False),
    _code("purpose", nullable=False),
    Column("command", String(), nullable=False),
    Column("until_at", Instant, nullable=False),
)
Index("ix_handle_until_at", handle.c.until_at)

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
