"""What people say in chat of an episode and its return interview, step by step: "ours", beside the imported record.

Steps are only ever added; an undo is a step too. `standing` folds them into how the work stands at a moment.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

InterviewKind = Literal[
    "offered",
    "attempt",
    "accepted",
    "booked",
    "held",
    "recorded",
    "declined",
    "carer_contacted",
    "not_possible",
    "merged",
    "reopened",
]
WorkKind = Literal["on_it", "snoozed", "handed_over", "took_over", "refused_hand_over"]
StrategyKind = Literal["considered", "threshold_met", "threshold_not_met", "discussion_held"]
Kind = InterviewKind | WorkKind | StrategyKind | Literal["undone"]

#: The detail of an `accepted` that follows a no: the child has changed their mind.
CHANGED_MIND = "changed_mind"

#: For so long an interview that is over in the record is listed because somebody opened it again in chat; then the
#: difference between the two is still counted in `sources`.
OPENED_AGAIN = timedelta(days=28)

OF_INTERVIEW: frozenset[str] = frozenset(InterviewKind.__args__)  # type: ignore[attr-defined]
OF_STRATEGY: frozenset[str] = frozenset(StrategyKind.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class InterviewStep:
    """One thing somebody said. `at` is when it happened, `said_at` when it was said; all instants in UTC.

    `detail` is a word of a list (a method, a result, a reason), never free text. `to` is a person's id, or of
    a merged interview the number of the episode into which it went. `until_at` is when a booking is for, or a
    snooze or "I'm on it" ends. `undoes` is the number of the step that this one takes back.
    """

    id: int
    episode_id: int
    kind: Kind
    at: datetime
    said_at: datetime
    by: str
    to: str = ""
    until_at: datetime | None = None
    detail: str = ""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class WorkState:
    """How the work on one interview stands at a moment, by what was said in chat.

    `version` is the number of the newest step, 0 while there is none: whoever adds one says which they saw.
    `owner` is who took it over from the worker of the record; `asked` whom a hand-over waits for, and `asked_by`
    who asked; `on_it` who says that they are on it. `snoozes` are those that still run, the newest of each person:
    nobody snoozes anybody else's reminders. `snoozed_by` and `snoozed_until` are the newest of them.
    """

    version: int = 0
    newest: InterviewStep | None = None  # the row that `version` is of: an undo too
    steps: tuple[InterviewStep, ...] = ()  # those that hold, oldest first
    owner: str = ""
    asked: str = ""
    asked_by: str = ""
    on_it: str = ""
    on_it_until: datetime | None = None
    snoozed_by: str = ""
    snoozed_until: datetime | None = None
    snoozes: tuple[InterviewStep, ...] = ()

    def snoozed(self, person: str) -> datetime | None:
        """Until when this person's own reminders wait; None where they do not."""
        return next((s.until_at for s in self.snoozes if s.by == person), None)

    def last(self, *kinds: str) -> InterviewStep | None:
        """The newest step of these kinds that holds."""
        return next((s for s in reversed(self.steps) if s.kind in kinds), None)


UNTOUCHED = WorkState()


def holding(steps: Iterable[InterviewStep]) -> tuple[InterviewStep, ...]:
    """The steps that were not taken back, oldest first; an undo itself is none of them."""
    everything = sorted(steps, key=lambda s: s.id)
    undone = {s.undoes for s in everything if s.kind == "undone"}
    return tuple(s for s in everything if s.kind != "undone" and s.id not in undone)


def standing(steps: Sequence[InterviewStep], now: datetime) -> WorkState:
    """Fold the steps of one episode as they are known at `now`; what was said later has not been said yet."""
    known = [s for s in steps if s.said_at <= now]
    if not known:
        return UNTOUCHED
    held = holding(known)
    owner, asked, asked_by = _hand_over(held)
    on_it = _running(held, "on_it", now, until_any=OF_INTERVIEW)
    snoozes = _snoozes(held, now)
    snoozed = snoozes[-1] if snoozes else None
    newest = max(known, key=lambda s: s.id)
    return WorkState(
        version=newest.id,
        newest=newest,
        steps=held,
        owner=owner,
        asked=asked,
        asked_by=asked_by,
        on_it=on_it.by if on_it else "",
        on_it_until=on_it.until_at if on_it else None,
        snoozed_by=snoozed.by if snoozed else "",
        snoozed_until=snoozed.until_at if snoozed else None,
        snoozes=snoozes,
    )


def standings(steps: Mapping[int, Sequence[InterviewStep]], now: datetime) -> dict[int, WorkState]:
    """How the work on each of these episodes stands."""
    return {number: standing(said, now) for number, said in steps.items()}


def _hand_over(held: Sequence[InterviewStep]) -> tuple[str, str, str]:
    """Who owns it by hand-over, whom one waits for and who asked: an offer counts only once it was accepted."""
    owner = asked = asked_by = ""
    for s in held:
        if s.kind == "handed_over":
            asked, asked_by = s.to, s.by
        elif s.kind == "took_over":
            owner, asked, asked_by = s.by, "", ""
        elif s.kind == "refused_hand_over":
            asked = asked_by = ""
    return owner, asked, asked_by


def _snoozes(held: Sequence[InterviewStep], now: datetime) -> tuple[InterviewStep, ...]:
    """The newest snooze of each person, where it still runs; oldest first."""
    newest = {s.by: s for s in held if s.kind == "snoozed"}
    return tuple(sorted((s for s in newest.values() if _runs(s, now)), key=lambda s: s.id))


def _running(
    held: Sequence[InterviewStep], kind: str, now: datetime, until_any: Container[str]
) -> InterviewStep | None:
    """The newest step of a kind that runs on at `now`; any later step of `until_any` has ended it."""
    last = next((s for s in reversed(held) if s.kind == kind), None)
    if last is None or not _runs(last, now):
        return None
    ended = any(s.id > last.id and s.kind in until_any for s in held)
    return None if ended else last


def _runs(step: InterviewStep, now: datetime) -> bool:
    return step.until_at is not None and step.until_at > now
