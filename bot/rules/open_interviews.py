"""Return interviews that still expect something of somebody, in the order in which they can be saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.interview_state import InterviewState, open_state
from bot.rules.model import Episode

FORGOTTEN = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class OpenInterview:
    """An episode whose return interview still expects something, and how it stands now."""

    episode: Episode
    state: InterviewState

    @property
    def left(self) -> timedelta:
        """Until the last instant in time, negative when over; endless where the return is not known."""
        return timedelta.max if self.state.hours_left is None else self.state.hours_left

    @property
    def undone(self) -> bool:
        """Not held yet, and somebody could act on it."""
        return self.state.name in ("due", "offered", "accepted", "overdue")

    @property
    def overdue(self) -> bool:
        """Not held, past its time, and not waiting for a child who is missing again."""
        return self.undone and self.left < timedelta()

    @property
    def forgotten(self) -> bool:
        """Overdue by more than FORGOTTEN: it comes last, or every morning's list would hide what can be saved."""
        return self.overdue and self.left < -FORGOTTEN

    @property
    def unowned(self) -> bool:
        return self.undone and not self.episode.interview.worker


def interviews(episodes: Iterable[Episode], missing_children: set[int], now: datetime) -> list[OpenInterview]:
    """The open interviews, least time left first and forgotten ones last; those nothing is expected of are left out."""
    found = [OpenInterview(x, open_state(x, now, x.child_id in missing_children)) for x in episodes]
    left = [i for i in found if i.state.name not in ("not required", "pending", "declined", "recorded", "not possible")]
    return sorted(left, key=lambda i: (i.forgotten, i.left, i.episode.id))
