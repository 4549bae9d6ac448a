"""The test call of the monthly drill: a drill in its title, in each line and on its button."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.reply import Button, Fact, Reply, Table
from bot.messages.escalation_message import role_words
from bot.rules.escalations.drill import DrillCall, clock_words, month_words
from bot.rules.time import clock

FOOTER = "DRILL: a monthly test. It is about no child, counts in no figure and asks for no decision."
COLUMNS = ("Drill of", "Called", "Minutes")


def message(call: DrillCall) -> Reply:
    """Compose the test call."""
    return Reply(
        title=f"DRILL, no child is missing: please acknowledge by {clock_words(call.acknowledge_by)}",
        level=2,
        text=(f"DRILL: you are called as {role_words(call.role)} of {call.agency}, as a test. No more is asked.",),
        footer=(FOOTER,),
        buttons=(Button("Acknowledge this DRILL", f"drill {call.id} acknowledge"),),
    )


def settled(call: DrillCall) -> Reply:
    """Compose the message of a test call that is acknowledged."""
    return Reply(f"DRILL of {month_words(call.month)}: over", 2, (outcome(call),), footer=(FOOTER,))


def outcome(call: DrillCall) -> str:
    """Write 'DRILL: police (duty inspector) acknowledged the test call of December 2026 after 4 minutes.'"""
    who = f"{call.agency} ({role_words(call.role)})"
    if call.minutes is None:
        how = "did not acknowledge" if call.person else "could not be called: nobody got"
        return f"DRILL: {who} {how} the test call of {month_words(call.month)}."
    after = f"{call.minutes} {'minute' if call.minutes == 1 else 'minutes'}"
    late = "" if call.in_time else f", later than asked ({clock_words(call.acknowledge_by)})"
    return f"DRILL: {who} acknowledged the test call of {month_words(call.month)} after {after}{late}."


def late(call: DrillCall) -> str:
    """Tell administrators of a test call that was not acknowledged in time."""
    if not call.person:
        return f"{outcome(call)} See who holds the role, whether they are away, and doctor."
    return f"{outcome(call)} A real call would not have been seen either: find out why."


def overview(calls: Sequence[DrillCall]) -> Reply:
    """Compose the list for administrators, the newest month first."""
    rows = tuple(
        (
            f"{month_words(c.month)}, {c.agency}",
            f"{c.person or 'nobody'} as {role_words(c.role)}, {clock.say_short(c.called_at)}",
            "not acknowledged" if c.minutes is None else c.minutes if c.in_time else f"{c.minutes}, late",
        )
        for c in calls
    )
    in_time = sum(c.in_time for c in calls)
    return Reply(
        title="DRILLS: test calls, none of a child",
        level=2,
        text=(f"DRILLS: {in_time} of {len(calls)} test calls acknowledged in time." if calls else "DRILLS: none yet.",),
        facts=(Fact("DRILLS acknowledged in time", in_time), Fact("DRILLS", len(calls))),
        tables=(Table("DRILLS, newest first", COLUMNS, rows),) if rows else (),
        footer=(FOOTER,),
    )
