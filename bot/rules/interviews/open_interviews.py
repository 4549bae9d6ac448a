"""Return interviews that still expect something of somebody, in the order in which they can be saved.

Seen by the imported record and by what was said in chat together (`overlay`).
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

#: No interview at all, and one with which nothing more is to be done.
NONE: frozenset[StateName] = frozenset({"not required", "pending"})
CLOSED: frozenset[StateName] = frozenset({"declined", "recorded", "not possible"})
#: Not held yet, and somebody could act on it.
UNDONE: frozenset[StateName] = frozenset({"due", "offered", "accepted", "overdue"})
#: Nothing was said in chat.
NOTHING = Interview()
SILENT: Mapping[int, WorkState] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OpenInterview:
    """An episode whose return interview still expects something, and how it stands now.

    The episode's interview is the record with what was said in chat filled in; `recorded` is the record alone.
    """

    episode: Episode
    state: InterviewState
    recorded: Interview = NOTHING
    recorded_state: StateName = "due"
    standing: WorkState = UNTOUCHED

    @property
    def left(self) -> timedelta:
        """Until the last instant in time, negative when over; endless where the return is not known."""
        return timedelta.max if self.state.hours_left is None else self.state.hours_left

    @property
    def undone(self) -> bool:
        """Not held yet, and somebody could act on it."""
        return self.state.name in UNDONE

    @property
    def overdue(self) -> bool:
        """Not held, past its time, and not waiting for a child who is missing again."""
        return self.undone and self.left < timedelta()

    @property
    def forgotten(self) -> bool:
        """Overdue by more than FORGOTTEN: it comes last, or every morning's list would hide what can be saved."""
        return self.overdue and self.left < -FORGOTTEN

    @property
    def closed(self) -> bool:
        """Nothing more is to be done, but perhaps to write down in the record what was said."""
        return self.state.name in CLOSED

    @property
    def owned(self) -> bool:
        return bool(self.standing.owner or self.episode.interview.worker)

    @property
    def unowned(self) -> bool:
        return self.undone and not self.owned

    def owner(self, people: Iterable[Person]) -> Person | None:
        """Who took it over, else the worker of the record; None where that is nobody, or nobody who is listed."""
        code, taker = self.episode.interview.worker, self.standing.owner
        if taker:
            return next((p for p in people if p.id == taker), None)
        return next((p for p in people if code and p.worker_code == code), None)

    def is_for(self, person: Person) -> bool:
        """Theirs, or waiting for them to take it over."""
        return self.standing.asked == person.id or self.owner((person,)) is not None

    @property
    def lacking(self) -> tuple[InterviewStep, ...]:
        """What was said in chat and stands in no record yet."""
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
    """One interview at `now`; `other` is that of another absence with which it was put together."""
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
    """All of them as they stand, closed ones too; `others` are episodes with whose interviews some are one."""
    here = list(episodes)
    known = {x.id: effective(x.interview, standings.get(x.id, UNTOUCHED)) for x in (*others, *here)}

    def one(x: Episode) -> OpenInterview:
        standing = standings.get(x.id, UNTOUCHED)
        return seen(x, x.child_id in missing_children, now, standing, known.get(merged_into(standing)))

    return [one(x) for x in here]


def merged_into(standing: WorkState) -> int:
    """The number of the episode with whose interview this one is put together; 0 for none."""
    step = ours(standing).merged
    return int(step.to) if step and step.to.isdecimal() else 0


def interviews(
    episodes: Iterable[Episode],
    missing_children: set[int],
    now: datetime,
    standings: Mapping[int, WorkState] = SILENT,
    others: Iterable[Episode] = (),
) -> list[OpenInterview]:
    """The open ones, in the order of `listed`."""
    return listed(every(episodes, missing_children, now, standings, others))


def listed(found: Iterable[OpenInterview]) -> list[OpenInterview]:
    """The open ones, least time left first and forgotten ones last; those nothing is expected of are left out.

    One that is over in chat and not in the record stays: somebody has to write it down there.
    """
    left = [i for i in found if i.state.name not in NONE and not (i.closed and i.recorded_state in CLOSED)]
    return sorted(left, key=lambda i: (i.forgotten, i.closed, i.left, i.episode.id))
