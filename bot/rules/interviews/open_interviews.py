"""Open return interviews, those with least time left first.

Their state comes from the imported record and the steps in chat together (reconciliation.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.rules.interviews.reconciliation import Discrepancy, differences, effective, lacking, ours, together
from bot.rules.interviews.state import InterviewState, StateName, open_state
from bot.rules.interviews.steps import UNTOUCHED, InterviewStep, WorkState
from bot.rules.model import Episode, Interview
from bot.rules.partnership.partnership import Person

FORGOTTEN = timedelta(days=28)

#: No interview at all.
NONE: frozenset[StateName] = frozenset({"not required", "pending"})
CLOSED: frozenset[StateName] = frozenset({"declined", "recorded", "not possible"})
#: Not held yet, and a worker could act on it.
UNDONE: frozenset[StateName] = frozenset({"due", "offered", "accepted", "overdue"})
#: Without steps in chat.
NOTHING = Interview()
SILENT: Mapping[int, WorkState] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OpenInterview:
    """An episode with its return interview, and the state of it now.

    The episode's interview is the record filled in with the steps in chat; `recorded` is the record alone.
    """

    episode: Episode
    state: InterviewState
    recorded: Interview = NOTHING
    recorded_state: StateName = "due"
    standing: WorkState = UNTOUCHED

    @property
    def left(self) -> timedelta:
        """Time until the last instant in time, negative when over; endless where the return is not known."""
        return timedelta.max if self.state.hours_left is None else self.state.hours_left

    @property
    def undone(self) -> bool:
        """Not held yet, and a worker could act on it."""
        return self.state.name in UNDONE

    @property
    def overdue(self) -> bool:
        """Not held, past its time, and not waiting for a child who is missing again."""
        return self.undone and self.left < timedelta()

    @property
    def forgotten(self) -> bool:
        """Overdue by more than FORGOTTEN: it comes last, so that every morning's list begins with those in time."""
        return self.overdue and self.left < -FORGOTTEN

    @property
    def closed(self) -> bool:
        """Over, by the record or by steps in chat that the record may still lack."""
        return self.state.name in CLOSED

    @property
    def owned(self) -> bool:
        return bool(self.standing.owner or self.episode.interview.worker)

    @property
    def unowned(self) -> bool:
        return self.undone and not self.owned

    def owner(self, people: Iterable[Person]) -> Person | None:
        """Return the person who took it over, else the worker of the record; None without one who is listed."""
        code, taker = self.episode.interview.worker, self.standing.owner
        if taker:
            return next((p for p in people if p.id == taker), None)
        return next((p for p in people if code and p.worker_code == code), None)

    def is_for(self, person: Person) -> bool:
        """Return True for the owner, and for a person with a hand-over to accept."""
        return self.standing.asked == person.id or self.owner((person,)) is not None

    @property
    def lacking(self) -> tuple[InterviewStep, ...]:
        """Steps in chat that the record lacks."""
        return lacking(self.recorded, self.standing)

    @property
    def differences(self) -> tuple[Discrepancy, ...]:
        return differences(self.recorded, self.standing)


def seen(
    episode: Episode,
    missing_again: bool,
    now: datetime,
    standing: WorkState = UNTOUCHED,
    other: Interview | None = None,
) -> OpenInterview:
    """Return one interview at `now`; `other` is the interview of another absence that it is merged with."""
    interview = effective(episode.interview, standing)
    if other is not None:
        interview = together(interview, other)
    both = replace(episode, interview=interview)
    record = open_state(episode, now, missing_again).name
    return OpenInterview(both, open_state(both, now, missing_again), episode.interview, record, standing)


def every(
    episodes: Iterable[Episode],
    missing_children: set[int],
    now: datetime,
    standings: Mapping[int, WorkState] = SILENT,
    others: Iterable[Episode] = (),
) -> list[OpenInterview]:
    """Return all of them at `now`, closed ones too; `others` are further episodes that some are merged with."""
    here = list(episodes)
    known = {x.id: effective(x.interview, standings.get(x.id, UNTOUCHED)) for x in (*others, *here)}
    found = []
    for x in here:
        standing = standings.get(x.id, UNTOUCHED)
        found.append(seen(x, x.child_id in missing_children, now, standing, known.get(merged_into(standing))))
    return found


def merged_into(standing: WorkState) -> int:
    """Return the number of the episode that this interview is merged with; 0 for none."""
    step = ours(standing).merged
    return int(step.to) if step and step.to.isdecimal() else 0


def interviews(
    episodes: Iterable[Episode],
    missing_children: set[int],
    now: datetime,
    standings: Mapping[int, WorkState] = SILENT,
    others: Iterable[Episode] = (),
) -> list[OpenInterview]:
    """Return the open ones, in the order of `listed`."""
    return listed(every(episodes, missing_children, now, standings, others))


def listed(found: Iterable[OpenInterview]) -> list[OpenInterview]:
    """Return the open ones, least time left first and forgotten ones last.

    An interview that is over in chat alone stays: it has to be written down in the record.
    """
    left = [i for i in found if i.state.name not in NONE and not (i.closed and i.recorded_state in CLOSED)]
    return sorted(left, key=lambda i: (i.forgotten, i.closed, i.left, i.episode.id))
