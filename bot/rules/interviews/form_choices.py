"""Choices of the interview form: every outcome of a return interview, as it is typed and as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.effects import RecordStep
from bot.rules.interviews.open_interviews import OpenInterview
from bot.rules.interviews.ownership import why_not_handed, why_not_snoozed
from bot.rules.interviews.step_labels import DETAILS, SNOOZINGS, kind_words, plain, worded
from bot.rules.interviews.step_parser import VERBS
from bot.rules.interviews.steps import CHANGED_MIND, Kind
from bot.rules.interviews.transitions import StepAttempt, why_not
from bot.rules.partnership.partnership import Person

#: In their usual order.
KINDS: tuple[Kind, ...] = (
    *("offered", "attempt", "accepted", "booked", "held", "recorded"),
    *("declined", "carer_contacted", "not_possible", "reopened"),
)
#: Steps that may be recorded without a word of the list.
_BARE = ("offered", "accepted")
_JOINED = {"offered": "by ", "declined": "by ", "reopened": "because "}


@dataclass(frozen=True, slots=True)
class Choice:
    """One outcome: `typed` as the command takes it ('offered by phone'), `label` as people read it."""

    typed: str
    kind: Kind
    detail: str
    label: str


def _choices(kind: Kind) -> Iterator[Choice]:
    details = [d for d in DETAILS.get(kind, ()) if d != CHANGED_MIND]
    bare = [""] if kind in _BARE or not details else []
    for detail in (*bare, *details):
        word = detail.replace("_", " ")
        joint = "" if kind == "offered" and detail in ("in_person", "through_carer") else _JOINED.get(kind, "")
        typed = f"{VERBS[kind][0]} {joint if word else ''}{word}".strip()
        reasoned = kind in ("not_possible", "reopened")
        label = f"{kind_words(kind)}: {plain(detail)}" if reasoned else worded(kind, detail)
        yield Choice(typed, kind, detail, label[0].upper() + label[1:])


OUTCOMES: Mapping[str, Choice] = {c.typed: c for kind in KINDS for c in _choices(kind)}

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
    until = now + timedelta(hours=1) if choice.kind == "booked" else None
    step = RecordStep(i.episode.id, i.standing.version, choice.kind, now, now, by, until_at=until, detail=choice.detail)
    return why_not(StepAttempt(step, i)) or ""
