"""What people say in chat of an episode and its return interview, step by step: "ours", beside the imported record.

Steps are only ever added; an undo is a step too. `standing` folds them into how the work stands at a moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
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

OF_INTERVIEW: frozenset[str] = frozenset(InterviewKind.__args__)  # type: ignore[attr-defined]
OF_STRATEGY: frozenset[str] = frozenset(StrategyKind.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Step:
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
class Standing:
    """How the work on one interview stands at a moment, by what was said in chat.

    `version` is the number of the newest step, 0 while there is none: whoever adds one says which they saw.
    `owner` is who took it over from the worker of the record; `asked` whom a hand-over waits for, and `asked_by`
    who asked; `on_it` who says that they are on it, `snoozed` until when and `snoozed_by` whose reminders wait.
    """

    version: int = 0
    steps: tuple[Step, ...] = ()  # those that hold, oldest first
    owner: str = ""
    asked: str = ""
    asked_by: str = ""
    on_it: str = ""
    on_it_until: datetime | None = None
    snoozed_by: str = ""
    snoozed_until: datetime | None = None

    def last(self, *kinds: str) -> Step | None:
        """The newest step of these kinds that holds."""
        return next((s for s in reversed(self.steps) if s.kind in kinds), None)


UNTOUCHED = Standing()


def holding(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that were not taken back, oldest first; an undo itself is none of them."""
    everything = sorted(steps, key=lambda s: s.id)
    undone = {s.undoes for s in everything if s.kind == "undone"}
    return tuple(s for s in everything if s.kind != "undone" and s.id not in undone)


def standing(steps: Sequence[Step], now: datetime) -> Standing:
    """Fold the steps of one episode as they are known at `now`; what was said later has not been said yet."""
    known = [s for s in steps if s.said_at <= now]
    if not known:
        return UNTOUCHED
    held = holding(known)
    owner, asked, asked_by = _hand_over(held)
    on_it = _running(held, "on_it", now, until_any=("attempt", "offered", "held"))
    snoozed = _running(held, "snoozed", now)
    return Standing(
        version=max(s.id for s in known),
        steps=held,
        owner=owner,
        asked=asked,
        asked_by=asked_by,
        on_it=on_it.by if on_it else "",
        on_it_until=on_it.until_at if on_it else None,
        snoozed_by=snoozed.by if snoozed else "",
        snoozed_until=snoozed.until_at if snoozed else None,
    )


def _hand_over(held: Sequence[Step]) -> tuple[str, str, str]:
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


def _running(held: Sequence[Step], kind: str, now: datetime, until_any: Sequence[str] = ()) -> Step | None:
    """The newest step of a kind that runs on at `now`; any later step of `until_any` has ended it."""
    last = next((s for s in reversed(held) if s.kind == kind), None)
    if last is None or last.until_at is None or last.until_at <= now:
        return None
    ended = any(s.id > last.id and s.kind in until_any for s in held)
    return None if ended else last
