"""Tables of the bot's own messages: the ledger, interview steps in chat, reminders, absences, escalations.

A message's text is not stored but composed anew from the facts each time it is sent. A posted digest is a record of its
morning: it is kept as it was last shown, for as long as it is posted.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text, UniqueConstraint

from bot.store.schema.metadata import Instant, code, metadata

#: One message to one destination for one slot: there is never a second row, so there is never a second message.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    code("kind", nullable=False),  # digest, thread, reminder, escalation, notice, alarm ...
    Column("audience", String(64), nullable=False),  # a channel or a person of the partnership
    code("platform", nullable=False),
    Column("destination", String(128), nullable=False),  # the platform's own name for it
    Column("slot", String(96), nullable=False),  # a local date, or another mark of the one message of its kind
    code("state", nullable=False),  # rules/delivery/delivery.py
    Column("reason", String(64), nullable=False, default=""),
    Column("marker", String(36), nullable=False, unique=True),  # the message is found again by it; it reveals nothing
    Column("parent_id", Integer),  # the delivery whose thread this is a part of
    Column("due_at", Instant, nullable=False),
    Column("late_until", Instant),  # later it is of no use: missed
    Column("not_before", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("first_attempt_at", Instant),  # set before the first call: from then on the message may exist
    Column("attempted_at", Instant),
    Column("owner", String(64)),
    Column("lease_until", Instant),
    Column("message_id", String(128)),
    Column("sent_at", Instant),
    Column("resolved_by", String(64)),  # the person who decided where the platform could not tell
    Column("digest_of_body", String(64)),  # of the message as shown, to tell if it has to be changed
    Column("looked_at", Instant),  # when it was last compared with the records
    Column("changed_at", Instant),
    Column("closed_at", Instant),  # a digest that shows its closing count changes no more
    Column("sweeps", Integer, nullable=False, default=0),
    Column("next_sweep_at", Instant),
    Column("planned_at", Instant, nullable=False),
    Column("not_taken_since", Instant),  # when the platform first refused it, or could not say who reads there
    Column("refusal", String(64), nullable=False, server_default=""),  # the platform's own code
    Column("refusal_told_at", Instant),  # when administrators were told of it
    Column("look_since", Instant),  # a database before this one may have sent it since then: it is looked for first
    UniqueConstraint("kind", "audience", "platform", "destination", "slot"),
)
# Due messages are found without reading those that are done.
Index("ix_delivery_state_not_before", delivery.c.state, delivery.c.not_before)
Index("ix_delivery_next_sweep_at", delivery.c.next_sweep_at)
Index("ix_delivery_due_at", delivery.c.due_at)
Index("ix_delivery_parent_id", delivery.c.parent_id)

#: Lines of a posted digest (rules/delivery/posted_digest.py).
digest_item = Table(
    "digest_item",
    metadata,
    Column("delivery_id", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True),
    Column("section", String(32), nullable=False),
    Column("episode_id", Integer, nullable=False, index=True),  # 0: of no episode; below 0: it had to be taken out
    Column("child_ref", String(64), nullable=False),  # as it stands there, to see that it was corrected
    Column("words", Text, nullable=False),
    Column("removed_at", Instant),  # when the post was first without it
)

#: A step of the reminder ladder that a person was reminded of, once for each deadline that it leads to.
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

#: Steps of an interview entered in chat ("ours", beside the imported record). Rows are only added.
step = Table(
    "step",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("episode_id", Integer, nullable=False),
    # The agencies' keys, so that a step follows its record when episodes are merged or split.
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
# Read on every tick: recent steps, and those that run on.
Index("ix_step_said_at", step.c.said_at)

#: Absences of a worker, and the cover.
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

#: Call of a role of one agency by a rule, for an episode: once per crossing, tier after tier until acknowledged.
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
    Column("person_id", String(64), nullable=False, default=""),  # empty: the role has no holder, a visible fault
    Column("raised_at", Instant, nullable=False),
    Column("acknowledge_by", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String(64)),
    Column("next_raised", Boolean, nullable=False, default=False),
    Column("closed_at", Instant),
    code("closed_because", nullable=False, default=""),
    Column("decide_by", Instant),  # deadline of the strategy decision
    Column("named_in", Integer, index=True),  # the row whose message names this rule, too; NULL: a message of its own
    UniqueConstraint("rule", "episode_id", "crossing", "agency", "tier"),
)
Index("ix_escalation_closed_at", escalation.c.closed_at, escalation.c.acknowledge_by)
Index("ix_escalation_decide_by", escalation.c.decide_by)
Index("ix_escalation_episode_id", escalation.c.episode_id)

#: Test call of the monthly drill, about no child: one an agency and month.
drill = Table(
    "drill",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("month", String(7), nullable=False),  # 2026-12
    code("agency", nullable=False),
    Column("role", String(64), nullable=False),
    Column("person_id", String(64), nullable=False, default=""),  # empty: nobody could be called
    Column("called_at", Instant, nullable=False),
    Column("acknowledge_by", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String(64)),
    Column("told_at", Instant),  # when administrators were told that it was not acknowledged in time
    UniqueConstraint("month", "agency"),
)

#: Last tick of each replica: a monitor on another replica knows it by this alone.
beat = Table(
    "beat",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("ticked_at", Instant, nullable=False),  # the time that the tick went by (rules/time/trusted.py)
    Column("shown_at", Instant, nullable=False),  # what the ledger's clock showed then
    Column("sure_at", Instant),  # the last tick of a confirmed time
)

#: Work that the auditor found undone although it was due, and since when. The mark is a digest and names no person.
overlooked = Table(
    "overlooked",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("mark", String(64), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("found_at", Instant, nullable=False),  # when it was last found
)

#: Restore from a backup, by the verb or by hand: messages due before it are looked for in chat before they are sent.
restored = Table(
    "restored",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),  # by the ledger's clock
    Column("backup", String(255), nullable=False),  # the name of the file; empty: the bot noticed it by itself
    Column("until_row", Integer, nullable=False),  # the last row of the audit trail that the copy held
    Column("until_at", Instant),  # and its time: later rows are not in the copy
    # Half-years that ended by then and have no sheet may have been shown all the same (rules/disclosure/).
    Column("shown_until", Date),
    Column("look_since", Instant),  # by the ledger's clock: what was sent later is not in the copy
)

#: Conversations in Microsoft Teams where the app is installed, to write to unasked: added on install, removed on
#: uninstall. A channel has its team and type, a personal conversation the account of its person.
teams_conversation = Table(
    "teams_conversation",
    metadata,
    Column("conversation", String(512), primary_key=True),
    code("kind", nullable=False),  # personal, channel, group
    Column("tenant", String(64), nullable=False),
    Column("service_url", String(512), nullable=False),
    Column("account", String(64), nullable=False, default="", index=True),
    Column("team", String(512), nullable=False, default=""),
    code("channel_type", nullable=False, default=""),  # standard, private, shared
    Column("updated_at", Instant, nullable=False),
)
