"""The test call of the monthly drill: a drill in its title, in each line and on its button."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.reply import Button, Fact, Reply, Table
from bot.messages.escalation_message import role_words
from bot.rules.catalogue import _, code_words, n_
from bot.rules.escalations.drill import DrillCall, clock_words, month_words
from bot.rules.time import clock

FOOTER = _("DRILL: a monthly test. It is about no child, counts in no figure and asks for no decision.")
COLUMNS = (_("Drill of"), _("Called"), _("Minutes"))


def message(call: DrillCall) -> Reply:
    """Compose the test call."""
    return Reply(
        title=_(
            "DRILL, no child is missing: please acknowledge by {clock_words}",
            clock_words=clock_words(call.acknowledge_by),
        ),
        level=2,
        text=(
            _(
                "DRILL: you are called as {role_words} of {agency}, as a test. No more is asked.",
                role_words=role_words(call.role),
                agency=code_words(call.agency),
            ),
        ),
        footer=(FOOTER,),
        buttons=(Button(_("Acknowledge this DRILL"), f"drill {call.id} acknowledge"),),
    )


def settled(call: DrillCall) -> Reply:
    """Compose the message of a test call that is acknowledged."""
    return Reply(
        _("DRILL of {month_words}: over", month_words=month_words(call.month)), 2, (outcome(call),), footer=(FOOTER,)
    )


def outcome(call: DrillCall) -> str:
    """Write 'DRILL: police (duty inspector) acknowledged the test call of December 2026 after 4 minutes.'"""
    who = f"{call.agency} ({role_words(call.role)})"
    if call.minutes is None:
        how = _("did not acknowledge") if call.person else _("could not be called: nobody got")
        return _(
            "DRILL: {who} {how} the test call of {month_words}.", who=who, how=how, month_words=month_words(call.month)
        )
    after = n_("{n} minute", "{n} minutes", call.minutes)
    late = "" if call.in_time else _(", later than asked ({clock_words})", clock_words=clock_words(call.acknowledge_by))
    return _(
        "DRILL: {who} acknowledged the test call of {month_words} after {after}{late}.",
        who=who,
        month_words=month_words(call.month),
        after=after,
        late=late,
    )


def late(call: DrillCall) -> str:
    """Tell administrators of a test call that was not acknowledged in time."""
    if not call.person:
        return _("{outcome} See who holds the role, whether they are away, and doctor.", outcome=outcome(call))
    return _("{outcome} A real call would not have been seen either: find out why.", outcome=outcome(call))


def overview(calls: Sequence[DrillCall]) -> Reply:
    """Compose the list for administrators, the newest month first."""
    rows = tuple(
        (
            f"{month_words(c.month)}, {c.agency}",
            _(
                "{person} as {role_words}, {called_at}",
                person=c.person or _("nobody"),
                role_words=role_words(c.role),
                called_at=clock.say_short(c.called_at),
            ),
            _("not acknowledged")
            if c.minutes is None
            else c.minutes
            if c.in_time
            else _("{minutes}, late", minutes=c.minutes),
        )
        for c in calls
    )
    in_time = sum(c.in_time for c in calls)
    return Reply(
        title=_("DRILLS: test calls, none of a child"),
        level=2,
        text=(
            _("DRILLS: {in_time} of {n} test calls acknowledged in time.", in_time=in_time, n=len(calls))
            if calls
            else _("DRILLS: none yet."),
        ),
        facts=(Fact(_("DRILLS acknowledged in time"), in_time), Fact(_("DRILLS"), len(calls))),
        tables=(Table(_("DRILLS, newest first"), COLUMNS, rows),) if rows else (),
        footer=(FOOTER,),
    )
