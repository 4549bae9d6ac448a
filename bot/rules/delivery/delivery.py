"""Messages that the bot sends unasked: rows of the delivery ledger, and the slots of digests (reliability.md §1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.catalogue import _
from bot.rules.delivery import refused
from bot.rules.partnership.partnership import Calendar, Channel
from bot.rules.time.clock import at, local_day, say_near

Platform = Literal["offline", "slack", "teams", "email", "sms"]
State = Literal["planned", "sending", "sent", "failed", "held", "unknown", "missed", "dropped"]
#: States in which something is still to be done once `not_before` has come.
OPEN: tuple[State, ...] = ("planned", "sending", "unknown", "held")
#: States that people are told of: the message did not come as it should, or its outcome is unknown.
NOT_AS_DUE: frozenset[State] = frozenset({"failed", "held", "missed", "unknown"})


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to be sent once: the five first fields are the ledger's key.

    It is due at `due_at` and worth nothing after `late_until` (None: always worth sending), both in UTC. `parent_id` is
    the delivery whose thread it belongs to.
    """

    kind: str
    audience: str
    platform: str
    destination: str
    slot: str
    due_at: datetime
    late_until: datetime | None = None
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the ledger: a planned message and its outcome. `reason` is a code, never words of a message."""

    id: int
    kind: str
    audience: str
    platform: str
    destination: str
    slot: str
    state: State
    reason: str
    marker: str
    parent_id: int | None
    due_at: datetime
    late_until: datetime | None
    not_before: datetime
    attempts: int
    first_attempt_at: datetime | None
    attempted_at: datetime | None
    message_id: str | None
    sent_at: datetime | None
    resolved_by: str | None
    digest_of_body: str | None
    changed_at: datetime | None
    closed_at: datetime | None
    sweeps: int
    planned_at: datetime
    owner: str | None = None
    lease_until: datetime | None = None
    next_sweep_at: datetime | None = None
    looked_at: datetime | None = None
    not_taken_since: datetime | None = None
    refusal: str = ""
    refusal_told_at: datetime | None = None
    look_since: datetime | None = None  # a database before this one may have sent it since then


#: Reason of a message held because it may have been sent before the database was restored from a backup.
RESTORED = "restored"
#: Time for a person to decide about such a message, where it is always worth sending.
DECIDED_WITHIN = timedelta(days=7)
#: Reasons for which a message is held until a person says what became of it, or whether to post it again.
TO_DECIDE = ("unknown", "gone", RESTORED)
#: A platform that does not answer is asked for so long whether such a message is there, before a person decides.
LOOKED_FOR = timedelta(minutes=30)
#: Kinds whose slot is a number of this database: after a restore a newer number means another message.
NUMBERED = frozenset({"notice", "escalation", "wake", "drill"})
#: Calls: their messages show what becomes of them, after a restore too.
CALLS = frozenset({"escalation", "wake"})
#: Calls, real and of a drill, and urgent reminders are sent again where nobody can say whether they arrived: one too
#: many is better than none. Of any other message a person decides.
SENT_AGAIN = frozenset({"escalation", "urgent", "drill"})
AGAIN_AFTER = timedelta(minutes=5)
#: A call that was refused until it was late is given so long to show after its first attempt.
SHOWS_WITHIN = timedelta(minutes=1)
#: The first line of a message that is sent again so.
MAY_REPEAT = _("This may repeat an earlier message.")
#: Reasons of a held message, as administrators read them.
HELD = {
    "unknown": _("nobody knows whether it is there: the platform did not answer and cannot be asked"),
    "gone": _("it was sent, and is not there any more"),
    RESTORED: _(
        "it was due before the database was restored from a backup, so it may have been sent then, and the platform "
        "cannot be asked"
    ),
    "privacy": _("it may not be shown to those who read there now, or there is no such channel any more (see doctor)"),
    "stopped": _("something stood in it that does not belong there (a fault of the program)"),
    "platform": _("this bot is not connected to the platform it is meant for"),
    "busy": _("the platform does not say who reads there, so nothing is posted; it is asked again and again"),
    "nobody": _("the partnership file has no such channel or person any more"),
    **refused.WHY,
}


#: Reasons of a message that waited before its first attempt, as its readers read them.
WHY_LATE = {
    "privacy": _("who reads here had to be cleared first"),
    "busy": _("chat did not say before who reads here"),
    "later": _("chat did not say before who reads here"),
    "platform": _("this bot was not connected to chat"),
    **dict.fromkeys(refused.WHY, _("chat did not take it before")),
}


def may_be_there(kind: str, due_at: datetime, restored_at: datetime, numbered_until: datetime) -> bool:
    """Return True for a message that the replaced database may have sent: it was due before the restore.

    A numbered message that came after the copy is another one than the replaced database had under its number.
    """
    return due_at <= (numbered_until if kind in NUMBERED else restored_at)


def is_late(d: Delivery, now: datetime, grace_seconds: float) -> bool:
    """Return True for a message so late that it says so to its readers."""
    return (now - d.due_at).total_seconds() > grace_seconds


def sent_again_at(d: Delivery) -> datetime | None:
    """Return when a message of unknown outcome is sent again without an answer of its platform; None: a person says.

    It waits five minutes after its first attempt, and then after each. A call is counted from its due time, so that a
    refusal before its first attempt makes it no later, but is given a minute to show. Restores and restarts begin no
    wait anew. After an attempt that was certainly refused it waits no more, nor where a database before this one made
    the attempt.
    """
    if d.kind not in SENT_AGAIN:
        return None
    if d.attempted_at is None:
        return None if d.look_since is None else d.due_at
    if was_refused(d):
        return d.attempted_at
    first = d.first_attempt_at or d.attempted_at
    end = first + AGAIN_AFTER
    if d.kind in CALLS:
        end = min(end, max(d.due_at + AGAIN_AFTER, first + SHOWS_WITHIN))
    return end if d.attempted_at < end else d.attempted_at + AGAIN_AFTER


def was_refused(d: Delivery) -> bool:
    """Return True where the last attempt was certainly refused: an earlier one may have left the message there."""
    return d.state == "planned" or d.reason in refused.WHY


def why_late(d: Delivery) -> str:
    """Return the reason for the delay, as far as the ledger knows; else empty.

    A row planned late tells none: the process or its database may have been away, or the channel is new in the file.
    """
    if d.resolved_by:
        return _("somebody had to decide whether an earlier attempt had arrived")
    if d.attempts and d.reason != "privacy":
        return _("chat did not take it before")
    return WHY_LATE.get(d.reason, "")


def in_words(d: Delivery, now: datetime) -> str:
    """Describe a message to administrators: its kind, audience and time; never its text."""
    digests = {"digest": _("The digest"), "thread": _("A part of the digest"), "close": _("The close of the digest")}
    what = digests.get(d.kind, _("A message ({kind})", kind=d.kind))
    return _("{what} for {audience}, due {due_at}", what=what, audience=d.audience, due_at=say_near(d.due_at, now))


#: Digests missed in an outage are reported from so far back.
FURTHEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Slot:
    """One digest of one local day: it is due at `due_at` and worth nothing after `late_until`, in UTC."""

    day: date
    due_at: datetime
    late_until: datetime


def digest_slots(channel: Channel, calendar: Calendar, since: datetime, now: datetime) -> Iterator[Slot]:
    """Return the slots of a channel due in (since, now], and those still worth sending at `now`; oldest first.

    `since` is the time of the bot's last look: slots that came due while nothing ran are reported as missed.
    """
    day = local_day(max(min(since, now), now - FURTHEST))  # a clock that was stepped back skips nothing
    while day <= local_day(now):
        slot = Slot(day, at(day, channel.digest.time), at(day, channel.digest.cutoff))
        worked = channel.digest.days == "every" or calendar.works(day)
        if worked and slot.due_at <= now and (slot.due_at > since or now <= slot.late_until):
            yield slot
        day += timedelta(days=1)


def back_at(calendar: Calendar, now: datetime) -> datetime | None:
    """Return the time when people are back, on the last working day before a weekend or a holiday.

    The digest then begins with interviews that fall due before. None where tomorrow is a working day, and on a day
    off, from which nobody leaves.
    """
    today = local_day(now)
    if not calendar.works(today):
        return None
    following = calendar.next_day(today)
    return None if following == today + timedelta(days=1) else calendar.opens(following)
