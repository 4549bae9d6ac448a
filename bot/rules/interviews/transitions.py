"""Transitions of an interview: the steps that may follow its state, by the record and the steps in chat together.

The state machine of domain.md §9.4 with edge cases 11-15 of §10.2. A step is judged when it is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.catalogue import _
from bot.rules.effects import RecordStep
from bot.rules.interviews.causes import is_late
from bot.rules.interviews.hosted import acknowledged, changed, elsewhere
from bot.rules.interviews.state import (
    CLOSED,
    NONE,
    OpenInterview,
    StateName,
    ours,
    why_not_handed,
    why_not_snoozed,
)
from bot.rules.interviews.steps import (
    CHANGED_MIND,
    DETAILS,
    OF_INTERVIEW,
    OF_STRATEGY,
    QUESTIONS,
    SNOOZINGS,
    Kind,
    WorkState,
    kind_words,
    plain,
    typed,
    worded,
)
from bot.rules.partnership.partnership import Person
from bot.rules.time.clock import say_hours, say_near

#: Steps that may follow when an interview is over. A no may become a yes; for anything else it is reopened first.
AFTER: dict[StateName, frozenset[str]] = {
    "recorded": frozenset({"reopened", "unmerged", "late"}),
    "not possible": frozenset({"reopened", "unmerged"}),
    "declined": frozenset({"accepted", "offered", "attempt", "declined", "carer_contacted", "reopened", "unmerged"}),
}
#: Steps that this council does not take of an interview that another authority holds: it notes what they say.
_OURS_ALONE = {"recorded", "merged", "unmerged", "carer_contacted"}
#: Steps that cannot follow when the interview was held, and those that an offer comes before.
_NOT_AFTER_HELD = {"offered", "attempt", "accepted", "booked", "held", "declined", "not_possible"}
_AFTER_OFFER = {"accepted", "booked", "declined"}


@dataclass(frozen=True, slots=True)
class StepAttempt:
    """A step to judge. `missing`: the child was missing when it happened. `among`: all interviews of the child."""

    step: RecordStep
    i: OpenInterview
    missing: bool = False
    among: Sequence[OpenInterview] = ()


def why_not(m: StepAttempt) -> str | None:
    """Return the reason against a step, in one plain sentence; None where it may follow."""
    step, kind, detail = m.step, m.step.kind, m.step.detail
    if m.i.state.name == "pending" or not m.i.returns:
        return _("The child is not back, as far as is recorded: there is no return interview to speak of yet.")
    if m.i.state.name == "not required":
        return _("No return interview by this council is required for this episode.")
    if m.i.theirs and (kind in _OURS_ALONE or kind not in OF_INTERVIEW):
        return _(
            "It is the placing authority's to hold. Say told, acknowledged, or what they say "
            "became of it: held, declined, not possible."
        )
    if detail not in DETAILS.get(kind, ()) if detail else kind in QUESTIONS:
        return _("That needs a word of the list.")
    # Events lie between the return and now; a booking is still to come.
    if step.at > step.said_at:
        return _("{step_at} is still to come. Say when it happened.", step_at=say_near(step.at, step.said_at))
    # One talk about several absences is held after the last return.
    back = m.i.returns[-1 if kind in ("held", "recorded") else 0]
    if kind in OF_INTERVIEW and step.at < back:
        return _(
            "{step_at} is before the child's return ({back}).",
            step_at=say_near(step.at, step.said_at),
            back=say_near(back, step.said_at),
        )
    if kind == "booked" and (step.until_at is None or step.until_at <= step.said_at):
        over = _(" {until_at} is over.", until_at=say_near(step.until_at, step.said_at)) if step.until_at else ""
        return _("A booking is for a time that is still to come.{over}", over=over)
    return (
        _over(m) or _not_another_s(m) or _not_late(m) or _out_of_order(m) or _already_answered(m) or _not_mergeable(m)
    )


def _not_another_s(m: StepAttempt) -> str | None:
    """Another authority is told, and acknowledges; a change of authority is acknowledged once."""
    kind, x = m.step.kind, m.i.episode
    if kind == "told" and not elsewhere(x):
        return _("The child is our own: there is no placing authority to tell.")
    if kind == "acknowledged" and not elsewhere(x) and not changed(x):
        return _("No authority has handed it over: there is nothing to acknowledge.")
    if kind == "acknowledged" and acknowledged(x, m.i.standing):
        return _("It is acknowledged already.")
    return None


def _over(m: StepAttempt) -> str | None:
    """Closed interviews take few steps: a no may become a yes, anything else is reopened first."""
    name = m.i.state.name
    if name not in CLOSED or m.step.kind in AFTER[name]:
        return None
    if name == "declined":
        if m.step.kind not in OF_INTERVIEW:
            return _("It was declined: nothing more is to be done, unless the child accepts after all.")
        return _("It was declined. Say accepted first, if the child has changed their mind.")
    state = _("It is recorded") if name == "recorded" else _("It was not possible")
    return _("{state}: say reopen, with a reason, to change that.", state=state)


def _not_late(m: StepAttempt) -> str | None:
    """The cause is said of an interview that was not in time, and of no other."""
    if m.step.kind != "late" or is_late(m.i, m.step.said_at):
        return None
    limit = m.i.episode.interview.counts_until
    if limit is not None and m.step.said_at > limit:
        return _("It was held and recorded in time.")
    return _(
        "It is still in time{until}.",
        until=_(", until {limit}", limit=say_near(limit, m.step.said_at)) if limit else "",
    )


def _out_of_order(m: StepAttempt) -> str | None:
    """An offer comes before the answer, the answer before the talk, the talk before its record.

    Another authority's offer need not be known here.
    """
    kind, interview = m.step.kind, m.i.episode.interview
    held = interview.held_at
    if kind == "held" and m.missing:
        return _("The child was missing then: an interview is held when the child is back.")
    if kind in _NOT_AFTER_HELD and held:
        return _("It was held already, {held}.", held=say_near(held, m.step.said_at))
    if kind in _AFTER_OFFER and interview.offered_at is None and not m.i.theirs:
        return _("Nobody has said that it was offered: an offer comes first.")
    if kind == "recorded" and (held is None or m.step.at < held):
        if held is None:
            return _("Nobody has said that it was held: held comes first.")
        return _("It was held only {held}.", held=say_near(held, m.step.said_at))
    if kind == "reopened" and not (m.i.closed or held):
        return _("It is open already.")
    if kind == "took_over" and m.i.standing.owner == m.step.by:
        return _("It is yours already.")
    return None


def _already_answered(m: StepAttempt) -> str | None:
    """Answers are given once. A parent's no leaves the child's own answer open (edge case 15)."""
    kind = m.step.kind
    if kind not in ("accepted", "declined", "carer_contacted"):
        return None
    interview, own = m.i.episode.interview, ours(m.i.standing)
    withdrawn = own.answer is not None and own.answer.kind in ("declined", "not_possible")
    if kind == "accepted" and interview.response == "accepted" and not withdrawn:
        return _("It is accepted already.")
    declined = m.i.state.name == "declined" or (own.answer is not None and own.answer.kind == "declined")
    by_parent = own.answer is not None and own.answer.detail == "parent"
    if kind == "declined" and declined and not (by_parent and m.step.detail == "child"):
        return _("It is declined already.")
    if kind == "carer_contacted" and not declined:
        return _("The carer is offered a talk when the child has declined; nobody has said that.")
    if kind == "carer_contacted" and (own.carer or interview.outcome_reason == "carer_contacted"):
        return _("The carer has been contacted already.")
    return None


def _not_mergeable(m: StepAttempt) -> str | None:
    """Interviews of one child merge while they are open, whichever is named first; one that is merged can leave."""
    if m.step.kind == "unmerged":
        return None if m.i.others else _("It is not put together with another one.")
    if m.step.kind != "merged":
        return None
    other = next((o for o in m.among if str(o.episode.id) == m.step.to), None)
    mine = m.i.episode
    if other is None or other.episode.id == mine.id or other.episode.child_id != mine.child_id:
        return _("There is no other open interview of this child.")
    if other.episode.id in m.i.merged:
        return _("They are put together already.")
    if other.closed or other.state.name in NONE or not other.returns:
        return _("The other interview is not open any more.")
    return _two_talks(m.i, other)


def _two_talks(mine: OpenInterview, other: OpenInterview) -> str | None:
    """A talk that was held is about both absences only where it was after both returns."""
    held, theirs = mine.episode.interview.held_at, other.episode.interview.held_at
    if held and theirs and held != theirs:
        return _("Both were held already, so they were two talks.")
    if theirs and theirs < mine.returns[-1]:
        return _("The other one was held before this return, so it was not about it.")
    if held and held < other.returns[-1]:
        return _("This one was held before the other return, so it was not about that one.")
    return None


#: Steps that take one press, as they are typed, in their usual order.
PRESSES: Mapping[str, Kind] = {
    "told": "told",
    "acknowledged": "acknowledged",
    "offered": "offered",
    "accepted": "accepted",
    "held": "held",
    "recorded": "recorded",
    "carer contacted": "carer_contacted",
}


def may_follow(i: OpenInterview, by: str, now: datetime, missing: bool) -> tuple[str, ...]:
    """Return the steps that may follow now with one press, as they are typed."""
    steps = {typed: RecordStep(i.episode.id, i.standing.version, kind, now, now, by) for typed, kind in PRESSES.items()}
    return tuple(typed for typed, step in steps.items() if why_not(StepAttempt(step, i, missing)) is None)


def why_not_undone(work: WorkState, by: str, now: datetime, minutes: float) -> str | None:
    """Return the reason against an undo; None for the newest step, by its own author, within so many minutes."""
    newest = work.newest
    if newest is None:
        return _("Nothing was said that could be taken back.")
    if newest.kind == "undone":
        return _("The last step was taken back already.")
    if newest.by != by:
        return _(
            "The last step ({kind_words}) was {by}'s: only they can take it back.",
            kind_words=kind_words(newest.kind),
            by=newest.by,
        )
    if newest.kind in OF_STRATEGY:
        return _("The last step was of a strategy discussion: it is not taken back here.")
    limit = timedelta(minutes=minutes)
    if now - newest.said_at > limit:
        return _("It can be taken back for {limit}; that is over. Say what is right instead.", limit=say_hours(limit))
    return None


#: In their usual order.
KINDS: tuple[Kind, ...] = (
    *("offered", "attempt", "accepted", "booked", "held", "recorded"),
    *("declined", "carer_contacted", "not_possible", "reopened", "told", "acknowledged"),
)
#: The cause of an interview that was not in time has a form of its own.
CAUSE: tuple[Kind, ...] = ("late",)


@dataclass(frozen=True, slots=True)
class Choice:
    """One outcome: `typed` as the command takes it ('offered by phone'), `label` as people read it."""

    typed: str
    kind: Kind
    detail: str
    label: str


def _choices(kind: Kind) -> Iterator[Choice]:
    """Yield the outcomes of a kind, one for each word of its list; some may be recorded without one."""
    details = [d for d in DETAILS.get(kind, ()) if d != CHANGED_MIND]
    bare = [] if kind in QUESTIONS else [""]
    for detail in (*bare, *details):
        reasoned = kind in ("not_possible", "reopened", "late")
        label = f"{kind_words(kind)}: {plain(detail)}" if reasoned else worded(kind, detail)
        yield Choice(typed(kind, detail), kind, detail, label[0].upper() + label[1:])


OUTCOMES: Mapping[str, Choice] = {c.typed: c for kind in (*KINDS, *CAUSE) for c in _choices(kind)}

#: Reasons of a snooze, as they are typed -> as people read them.
WAITS: Mapping[str, str] = {word.replace("_", " "): plain(word).capitalize() for word in SNOOZINGS}


def following(i: OpenInterview, by: str, now: datetime, kinds: tuple[Kind, ...] = KINDS) -> tuple[Choice, ...]:
    """Return the outcomes that may be recorded now, with a time still to be given.

    Being missing is judged at that time, not at `now`: a child who is missing again may have been seen before.
    """
    return tuple(c for c in OUTCOMES.values() if c.kind in kinds and not why_not_chosen(i, c, by, now))


def why_not_any(i: OpenInterview, by: str, now: datetime, kinds: tuple[Kind, ...] = KINDS) -> str:
    """Return the reason against the first of these outcomes that may not be recorded, in one sentence."""
    faults = (why_not_chosen(i, c, by, now) for c in OUTCOMES.values() if c.kind in kinds)
    return next(filter(None, faults), "")


def why_not_snoozing(i: OpenInterview, by: str, now: datetime, leading: bool) -> str:
    """Return the reason against any snooze, however short; empty where one is allowed."""
    until = now + timedelta(minutes=1)
    step = RecordStep(i.episode.id, i.standing.version, "snoozed", now, now, by, until_at=until, detail="other")
    return why_not(StepAttempt(step, i)) or why_not_snoozed(until, i, now, leading) or ""


def why_not_handing(i: OpenInterview, by: Person, now: datetime, leading: bool) -> str:
    """Return the reason against any hand-over; empty where one is allowed."""
    step = RecordStep(i.episode.id, i.standing.version, "handed_over", now, now, by.id)
    return why_not(StepAttempt(step, i)) or why_not_handed(i, by, leading) or ""


def why_not_chosen(i: OpenInterview, choice: Choice, by: str, now: datetime) -> str:
    """Return the reason against this outcome; empty where it may be recorded."""
    until = now + timedelta(hours=1) if choice.kind == "booked" else None
    step = RecordStep(i.episode.id, i.standing.version, choice.kind, now, now, by, until_at=until, detail=choice.detail)
    return why_not(StepAttempt(step, i)) or ""
