"""Tables of the bot's own messages: the ledger, interview steps in chat, reminders, absences, escalations.

A message's text is never stored: it is composed anew from the facts each time it is sent.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, UniqueConstraint

from bot.store.schema.metadata import Instant, code, metadata

#: One message to one destination for one slot: there is never a second row, so there is never a second message.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    code("kind", nullable=False),  # digest, thread, reminder, escalation, notice, alarm ...
    Column("audience", String(64), nullable=False),  # the channel or the person of the partnership
    code("platform", nullable=False),
    Column("destination", String(128), nullable=False),  # what the platform calls it
    Column("slot", String(96), nullable=False),  # a local date, or what else makes the message one of its kind
    code("state", nullable=False),  # rules/delivery/delivery.py
    Column("reason", String(64), nullable=False, default=""),
    Column("marker", String(36), nullable=False, unique=True),  # by which the message is found again; says nothing
    Column("parent_id", Integer),  # the delivery whose thread this is a part of
    Column("due_at", Instant, nullable=False),
    Column("late_until", Instant),  # after this it is worth nothing any more: missed
    Column("not_before", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("first_attempt_at", Instant),  # set before the first call: from then on it may be there
    Column("attempted_at", Instant),
    Column("owner", String(64)),
    Column("lease_until", Instant),
    Column("message_id", String(128)),
    Column("sent_at", Instant),
    Column("resolved_by", String(64)),  # the person who decided where the platform could not tell
    Column("digest_of_body", String(64)),  # of what is shown now, to see whether it has to be changed
    Column("looked_at", Instant),  # when it was last asked whether it has to be changed
    Column("changed_at", Instant),
    Column("closed_at", Instant),  # a digest that shows its closing count changes no more
    Column("sweeps", Integer, nullable=False, default=0),
    Column("next_sweep_at", Instant),
    Column("planned_at", Instant, nullable=False),
    UniqueConstraint("kind", "audience", "platform", "destination", "slot"),
)
# What is to be done is found without reading what was done.
Index("ix_delivery_state_not_before", delivery.c.state, delivery.c.not_before)
Index("ix_delivery_next_sweep_at", delivery.c.next_sweep_at)
Index("ix_delivery_due_at", delivery.c.due_at)
Index("ix_delivery_parent_id", delivery.c.parent_id)

#: Which interviews and episodes a digest listed, so that its lines can tick themselves off.
digest_item = Table(
    "digest_item",
    metadata,
    Column("delivery_id", Integer, primary_key=True),
    Column("section", String(32), primary_key=True),
    Column("episode_id", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
)

#: A step of the reminder ladder that somebody was told of, once for each deadline it leads to.
nudge = Table(
    "nudge",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("episode_id", Integer, nullable=False),
    Column("step", String(64), nullable=False),
    Column("deadline_at", Instant, nullable=False),
    Column("person_id", String(64), nullable=False),
    Column("delivery_id", Integer),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("episode_id", "step", "deadline_at", "person_id"),
)
Index("ix_nudge_delivery_id", nudge.c.delivery_id)

#: What people said in chat of an episode and its interview ("ours", beside the imported record). Only added to.
step = Table(
    "step",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("episode_id", Integer, nullable=False),
    # The agencies' keys, so that what was said follows the record when episodes are put together or taken apart.
    code("occurrence_ref"),
    code("episode_ref"),
    code("kind", nullable=False),  # rules/interviews/steps.py
    Column("at", Instant, nullable=False),  # when it happened
    Column("said_at", Instant, nullable=False),
    Column("by", String(64), nullable=False),
    Column("to", String(64), nullable=False, default=""),
    Column("until_at", Instant),
    Column("detail", String(64), nullable=False, default=""),  # a word of a list, never free text
    Column("undoes", Integer),
)
Index("ix_step_episode_id", step.c.episode_id)
# Wanted on every tick: whatever was said lately, and what runs on.
Index("ix_step_said_at", step.c.said_at)

#: When somebody is away, and who covers.
away = Table(
    "away",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("from_day", Date, primary_key=True),
    Column("until_day", Date, nullable=False),  # the last day away
    Column("cover", String(64), nullable=False, default=""),
    Column("said_by", String(64), nullable=False),
    Column("said_at", Instant, nullable=False),
)

Index("ix_away_until_day", away.c.until_day)

#: A rule that called a role of one agency for an episode: once per crossing, tier after tier until acknowledged.
escalation = Table(
    "escalation",
    metadata,
    Column("id", Integer, primary_key=True),
    code("rule", nullable=False),
    Column("episode_id", Integer, nullable=False),
    code("occurrence_ref"),
    code("episode_ref"),
    Column("crossing", Integer, nullable=False, default=1),  # a grade may become high twice
    code("agency", nullable=False),
    Column("tier", Integer, nullable=False),
    Column("role", String(64), nullable=False),
    Column("person_id", String(64), nullable=False, default=""),  # empty: nobody holds the role, a visible fault
    Column("raised_at", Instant, nullable=False),
    Column("acknowledge_by", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String(64)),
    Column("next_raised", Boolean, nullable=False, default=False),
    Column("closed_at", Instant),
    code("closed_because", nullable=False, default=""),
    Column("decide_by", Instant),  # until when a strategy decision is asked for
    UniqueConstraint("rule", "episode_id", "crossing", "agency", "tier"),
)
Index("ix_escalation_closed_at", escalation.c.closed_at, escalation.c.acknowledge_by)
Index("ix_escalation_decide_by", escalation.c.decide_by)
Index("ix_escalation_episode_id", escalation.c.episode_id)

#: When each replica last ticked: what a monitor on another one can know of it.
beat = Table(
    "beat",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("ticked_at", Instant, nullable=False),
)

#: What the auditor found undone although it was due, and since when. The mark is a digest: it says nothing of anybody.
overlooked = Table(
    "overlooked",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("mark", String(64), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("found_at", Instant, nullable=False),  # when it was last looked for, and found
)

#: That the database was put back from a backup: what was due before then goes out only if a person says so.
restored = Table(
    "restored",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),  # by the clock that the ledger goes by
    Column("backup", String(255), nullable=False),  # the name of the file
    Column("until_row", Integer, nullable=False),  # the last row of the audit trail that the copy held
    Column("until_at", Instant),  # and its time: what happened later is not in the copy
)
