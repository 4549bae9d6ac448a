"""Interviews of children whom another authority looks after: that authority's to hold, tracked here (cases 16, 34).

A child whose placing authority changes after the return takes the open interview along. Until the new authority's
acknowledgement is recorded, an interview of ours stays ours.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.rules.interviews.steps import InterviewStep, WorkState
from bot.rules.model import FOREVER, OURS, Episode, Interview

#: Reason in the record for an interview that this council does not owe.
PLACING_AUTHORITY = "placing_la_responsible"
#: An interview of another authority is tracked for so long after its time, unless its outcome is known earlier.
TRACKED = timedelta(days=28)


def elsewhere(x: Episode) -> bool:
    """Return True where the children file or the council's record names another authority for the interview."""
    return x.hosted or x.interview.outcome_reason == PLACING_AUTHORITY


def as_ours(x: Episode) -> Episode:
    """Return the episode as if the interview were this council's: it is due as any other's."""
    i = x.interview
    plain = replace(i, outcome_reason=None) if i.outcome_reason == PLACING_AUTHORITY else i
    return replace(x, hosted=False, interview=plain)


def theirs(x: Episode, work: WorkState) -> bool:
    """Return True for an interview that another authority holds; one handed over by us only once acknowledged."""
    return elsewhere(x) and (not moved_out(x) or acknowledged(x, work) is not None)


def moved_out(x: Episode) -> bool:
    """Return True for an interview of ours whose child came to be another authority's after the return."""
    return x.hosted and x.moved_from == OURS


def changed(x: Episode) -> bool:
    """Return True where the placing authority changed after the return; unknown while the new one cannot be read."""
    return x.moved_from is not None and (x.hosted or x.moved_from != OURS)


def told(x: Episode, work: WorkState) -> InterviewStep | None:
    """Return the newest step by which the placing authority of now was told of the return."""
    return next((s for s in reversed(work.steps) if s.kind == "told" and _since_the_change(x, s)), None)


def acknowledged(x: Episode, work: WorkState) -> InterviewStep | None:
    """Return the step by which the interview was taken over from the authority before; taking it is that too."""
    kinds = ("acknowledged",) if elsewhere(x) else ("acknowledged", "took_over")
    return next((s for s in reversed(work.steps) if s.kind in kinds and _since_the_change(x, s)), None)


def _since_the_change(x: Episode, step: InterviewStep) -> bool:
    return x.moved_at is None or step.said_at >= x.moved_at


def tracked_until(i: Interview, closed: datetime | None, *, out: bool) -> datetime:
    """Return the end of another authority's interview on lists, by the record: its outcome, or long after its time.

    One that is handed over by us (`out`) stays until it is closed, for it may be ours still.
    """
    if out:
        return closed or FOREVER
    ends = [at for at in (closed, i.held_at) if at is not None]
    return min(ends) if ends else (i.counts_until + TRACKED if i.counts_until else FOREVER)
