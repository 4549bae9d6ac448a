"""Tables of the records, their keys, and the indexes that keep answers independent of the length of history.

`metadata` imported from here has every table, those of access and of delivery too.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
    literal_column,
    text,
    true,
)

from bot.store.schema.metadata import Instant, code, place
from bot.store.schema.metadata import metadata as metadata

#: A child: one random reference for people, the two agencies' own keys, and the council's present facts.
child = Table(
    "child",
    metadata,
    Column("id", Integer, primary_key=True),
    code("ref", nullable=False, unique=True),
    code("police_ref", unique=True),
    code("council_ref", unique=True),
    Column("birth_date", String),  # sealed; the council's: the police's stands beside it until they agree
    code("birth_date_mark"),
    Column("police_birth_date", String),
    code("police_birth_date_mark"),
    Column("sex", String(1)),
    Column("police_sex", String(1)),
    code("linked_by"),  # proof that both keys are one child: "children" (the file) or "interview"
    place("team"),
    code("case_status"),
    code("placement"),  # as the newest export says; of earlier days see child_placement
    code("provider"),
    code("placing_authority"),
    code("lead_worker"),
    code("iro"),
    code("payload"),  # of the children file's row; NULL while only the other files named the child
    # The only record of the child, while no record names it; of a child said in chat, the mark of the police's number.
    Column("nameless", String(40)),
    # The newest export gave a birth date that could not be read: an older one holds for calls alone (episodes/age).
    Column("birth_unread", Boolean),
    Column("police_birth_unread", Boolean),
)

Index("uq_child_nameless", child.c.nameless, unique=True)

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

#: Placements of a child, half-open [from_date, to_date) and without overlap (rules/placements.py). NULL is not known.
child_placement = Table(
    "child_placement",
    metadata,
    Column("child_id", ForeignKey("child.id"), primary_key=True),
    Column("from_date", Date, primary_key=True),
    Column("to_date", Date),
    code("placement"),
    code("provider"),
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
    code("missing_from"),
    place("district"),
    code("reporter"),
    Column("prevention_interview_at", Instant),
    code("end_reason"),
    Column("unread", String(), nullable=False, server_default=""),  # columns that could not be read
    Column("entered_at", Instant, nullable=False),
    Column("payload", String(32), nullable=False),
    Column("first_taken_at", Instant),  # of the export that first had it
    Column("grade_known", Boolean, nullable=False, server_default=true()),  # whether the newest export says the grade
    Column("absent_at", Instant),  # of the newest export, where that should have the record and lacks it
    Column("one_with", String(32)),  # the occurrence of whose absence it is a further report
)

#: A record whose own reference could not be read: it has a key of ours (staging.OWN_KEY), and few have.
UNNAMED_OCCURRENCE = occurrence.c.occurrence_ref.op("LIKE")(literal_column("'~%'"))
Index(
    "ix_occurrence_unnamed",
    occurrence.c.child_id,
    sqlite_where=UNNAMED_OCCURRENCE,
    postgresql_where=UNNAMED_OCCURRENCE,
)
_FURTHER = occurrence.c.one_with.is_not(None)
Index("ix_occurrence_one_with", occurrence.c.one_with, sqlite_where=_FURTHER, postgresql_where=_FURTHER)
_ABSENT = occurrence.c.absent_at.is_not(None)
Index("ix_occurrence_absent_at", occurrence.c.absent_at, sqlite_where=_ABSENT, postgresql_where=_ABSENT)

#: Police grades: a dated series, kept for ever beside the occurrence.
grade = Table(
    "grade",
    metadata,
    Column("occurrence_ref", ForeignKey("occurrence.occurrence_ref"), primary_key=True),
    Column("graded_at", Instant, primary_key=True),
    Column("grade", String(8), nullable=False),
    Column("legacy_absent", Boolean, nullable=False, default=False),
    Column("entered_at", Instant),  # when it became known here; NULL of those that an older version loaded
    Column("before", String(8)),  # the grade of the same time until then: the export changed it and left its time
)

#: People found with the child, by the police's reference of the other person (who may be unknown here).
found_with = Table(
    "found_with",
    metadata,
    Column("occurrence_ref", ForeignKey("occurrence.occurrence_ref"), primary_key=True),
    Column("police_ref", String(32), primary_key=True),
)
# The records that name a child.
Index("ix_found_with_police_ref", found_with.c.police_ref)

#: The council's record of one episode and its return interview, as exported.
interview = Table(
    "interview",
    metadata,
    Column("episode_ref", String(32), primary_key=True),
    Column("occurrence_ref", String(32), index=True),  # of several forms of one child that name one occurrence
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("ended_date_only", Boolean, nullable=False, default=False),
    place("team"),
    Column("returned_at", Instant),
    Column("returned_date_only", Boolean, nullable=False, default=False),
    Column("offered_at", Instant),
    code("response"),
    Column("held_at", Instant),
    Column("recorded_at", Instant),
    code("interviewer_role"),
    code("independent"),
    code("worker"),
    code("outcome_reason"),
    Column("unread", String(), nullable=False, server_default=""),
    Column("entered_at", Instant, nullable=False),
    Column("payload", String(32), nullable=False),
    Column("first_taken_at", Instant),
    Column("absent_at", Instant),
    Column("one_with", String(32)),  # the episode of whose absence it is a further form
)

UNNAMED_INTERVIEW = interview.c.episode_ref.op("LIKE")(literal_column("'~%'"))
Index("ix_interview_unnamed", interview.c.child_id, sqlite_where=UNNAMED_INTERVIEW, postgresql_where=UNNAMED_INTERVIEW)
_FURTHER = interview.c.one_with.is_not(None)
Index("ix_interview_one_with", interview.c.one_with, sqlite_where=_FURTHER, postgresql_where=_FURTHER)
_ABSENT = interview.c.absent_at.is_not(None)
Index("ix_interview_absent_at", interview.c.absent_at, sqlite_where=_ABSENT, postgresql_where=_ABSENT)

#: Confirmations of a doubt by a named person: adult or child, that an absence is over, that two are one or are not
#: (rules/episodes/confirmations.py); and what is said before an export has it. Kept beside the agencies' records, and
#: never in their place.
ruling = Table(
    "ruling",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    code("kind", nullable=False),  # age | end | same | missing | back | grade
    code("occurrence_ref"),  # of an end: the records that it was confirmed for; of `same`: those of the first absence
    code("episode_ref"),
    code("other_occurrence_ref"),  # of `same`: the records of the second absence
    code("other_episode_ref"),
    code("value", nullable=False),  # adult | child, one | two, or a word of a list; never free text
    Column("saying", Integer),  # of an absence without a record: the ruling of kind missing that it rests on
    place("area"),  # of a child whom no export had: the area that was said, and if the child is under 13
    Column("under_13", Boolean, nullable=False, server_default=false()),
    Column("born", String(80), nullable=False, server_default=""),  # of an age: marks of the birth dates it holds for
    Column("at", Instant),  # when the absence ended, or the time that was said
    Column("by", String(64), nullable=False),
    code("agency", nullable=False),
    Column("said_at", Instant, nullable=False),
    Column("undone_at", Instant),
    Column("undone_by", String(64)),
    # When an export was loaded that has a record of the absence again, which export, and when it was taken.
    Column("overtaken_at", Instant),
    code("overtaken_by"),
    Column("file_taken_at", Instant),
)
# Read by every digest: recent confirmations, and those taken back.
Index("ix_ruling_said_at", ruling.c.said_at)

#: One episode = a police occurrence, a council record, or both matched; derived values are frozen here.
episode = Table(
    "episode",
    metadata,
    Column("id", Integer, primary_key=True),
    # Of several reports by an agency, the first; the others are `one_with` it.
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
    code("end_reason"),
    place("area", nullable=False),
    code("area_basis", nullable=False),  # team | child_team | district | said | none
    place("team"),
    place("district"),
    code("setting"),
    code("reporter"),
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
    code("response"),
    Column("held_at", Instant),
    Column("recorded_at", Instant),
    code("outcome_reason"),
    code("worker"),
    Column("required", Boolean, nullable=False),
    Column("interview_until_at", Instant, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("end_known_at", Instant, nullable=False),
    Column("held_known_at", Instant),
    # Whether the children file knew the child when the undated facts (team, hosted) were frozen.
    Column("child_known", Boolean, nullable=False),
    Column("doubts", String(), nullable=False, server_default=""),  # see rules/episodes/doubts.py
    Column("counted", Boolean, nullable=False, server_default=true()),  # whether figures count it
    Column("youngest", Integer),  # the age that calls go by, where the age is in doubt
    Column("grade_before", String(8)),  # the grade before one that could not be read
    Column("graded_before_at", Instant),
    Column("absent_at", Instant),
    # Whether the 18th birthday lies between the return and the end of the 72 hours.
    Column("turns_18", Boolean, nullable=False, server_default=false()),
    Column("voided_at", Instant),  # when it became void, where it had been listed before
    # The placing authority; where it changed after the return, the one before (rules/episodes/placing.py).
    code("authority"),
    code("moved_from"),
    Column("moved_at", Instant),
    # Whether the child, not looked after at the start, was looked after later: within the episode or soon after.
    Column("entered_care", Boolean, nullable=False, server_default=false()),
    # Whether an away episode needs a return interview, because the child was away often (away_interviews).
    Column("repeat_away", Boolean, nullable=False, server_default=false()),
    # Said in chat before an export has it (rules/episodes/confirmations.py): the ruling of kind missing; back, graded.
    Column("saying", Integer),
    Column("said_back_at", Instant),
    code("said_back"),
    Column("said_grade", String(8)),
    Column("said_graded_at", Instant),
)

# Figures of an area and a period read this index alone; `child_id` next to the keys makes the
# per-child counts one ordered scan, and the interview columns ride along.
Index(
    "ix_episode_figures",
    episode.c.area,
    episode.c.kind,
    episode.c.counted,
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
# Facts that became known in a digest's window, even where they had happened before (R23).
Index("ix_episode_area_entered_at", episode.c.area, episode.c.entered_at)
Index("ix_episode_area_end_known_at", episode.c.area, episode.c.end_known_at)
Index("ix_episode_area_held_known_at", episode.c.area, episode.c.held_known_at)
_VOIDED = episode.c.voided_at.is_not(None)
Index("ix_episode_voided_at", episode.c.voided_at, sqlite_where=_VOIDED, postgresql_where=_VOIDED)
Index("ix_episode_child_id", episode.c.child_id, episode.c.start_at, episode.c.kind, episode.c.counted)

#: One row per load that was carried out: every answer says how old its facts are.
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
    Column("unread", Integer, nullable=False, server_default=text("0")),  # rows kept, with cells that could not be read
    Column("unread_open", Integer, nullable=False, server_default=text("0")),  # rows not read whole that may be open
    Column("taken_how", String(8), nullable=False, server_default="given"),  # given | column | name | modified
    Column("rows_before", Integer),  # of the export before, where this one has less than half: a doubt
    Column("confirmed_by", String(64)),  # the person who confirmed that so few rows are right
    Column("confirmed_at", Instant),
    UniqueConstraint("source", "sha256", "taken_at"),
)
Index("ix_source_load_source", source_load.c.source, source_load.c.taken_at)

#: The last file of each source that was refused whole: until a later one is loaded, the source is in doubt.
refused_file = Table(
    "refused_file",
    metadata,
    Column("source", String(16), primary_key=True),
    Column("refused_at", Instant, nullable=False),
)

#: One row: how often records have been changed, by a load, a confirmation, the retention or an erasure.
record_changes = Table(
    "record_changes", metadata, Column("id", Integer, primary_key=True), Column("changes", Integer, nullable=False)
)
