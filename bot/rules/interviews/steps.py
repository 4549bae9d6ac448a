"""Steps that people record in chat of an episode and its return interview: "ours", beside the imported record.

Steps are only ever added; an undo is a step too. `standing` folds them into the state of the work at a moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

#: For so long an interview that is over in the record, and reopened in chat, is listed; then the difference between
#: the two is still counted in `sources`.
OPENED_AGAIN = timedelta(days=28)

OF_INTERVIEW: frozenset[str] = frozenset(InterviewKind.__args__)  # type: ignore[attr-defined]
OF_STRATEGY: frozenset[str] = frozenset(StrategyKind.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class InterviewStep:
    """One step: it happened `at`, and was recorded in chat at `said_at`; all instants in UTC.

    `detail` is a word of a list (a method, a result, a reason), never free text. `to` is a person's id, or of
    a merged interview the number of the episode into which it went. `until_at` is the time of a booking, or the
    end of a snooze or an "I'm on it". `undoes` is the number of the step that this one takes back.
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
    """The state of the work on one interview at a moment, by its steps in chat.

    `version` is the number of the newest step, 0 while there is none: a new step names the version it was made from.
    `owner` took it over from the worker of the record; a hand-over waits for `asked`, and was made by `asked_by`;
    `on_it` is the person who is on it. `snoozes` are the running ones, the newest of each person: a snooze changes
    its own person's reminders alone. `snoozed_by` and `snoozed_until` are the newest of them.
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
        """Return the end of this person's own snooze; None without one."""
        return next((s.until_at for s in self.snoozes if s.by == person), None)

    def last(self, *kinds: str) -> InterviewStep | None:
        """Return the newest step of these kinds that holds."""
        return next((s for s in reversed(self.steps) if s.kind in kinds), None)


UNTOUCHED = WorkState()


def holding(steps: Iterable[InterviewStep]) -> tuple[InterviewStep, ...]:
    """Return the steps that were not taken back, oldest first, without the undo steps themselves."""
    everything = sorted(steps, key=lambda s: s.id)
    undone = {s.undoes for s in everything if s.kind == "undone"}
    return tuple(s for s in everything if s.kind != "undone" and s.id not in undone)


def standing(steps: Sequence[InterviewStep], now: datetime) -> WorkState:
    """Fold the steps of one episode that were recorded by `now`."""
    known = [s for s in steps if s.said_at <= now]
    if not known:
        return UNTOUCHED
    held = holding(known)
    # A hand-over counts only once it was accepted.
    owner = asked = asked_by = ""
    for s in held:
        if s.kind == "handed_over":
            asked, asked_by = s.to, s.by
        elif s.kind == "took_over":
            owner, asked, asked_by = s.by, "", ""
        elif s.kind == "refused_hand_over":
            asked = asked_by = ""
    # "I'm on it" runs until its end, or until any later step of the interview.
    on_it = next((s for s in reversed(held) if s.kind == "on_it"), None)
    if on_it and (not _runs(on_it, now) or any(s.id > on_it.id and s.kind in OF_INTERVIEW for s in held)):
        on_it = None
    # The newest snooze of each person, where it still runs; oldest first.
    newest_snoozes = {s.by: s for s in held if s.kind == "snoozed"}
    snoozes = tuple(sorted((s for s in newest_snoozes.values() if _runs(s, now)), key=lambda s: s.id))
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
    """Return the state of the work on each of these episodes."""
    return {number: standing(each, now) for number, each in steps.items()}


def _runs(step: InterviewStep, now: datetime) -> bool:
    return step.until_at is not None and step.until_at > now
