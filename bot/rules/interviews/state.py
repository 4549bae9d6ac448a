"""State of a return interview at a moment: required, open or closed, by the record and the steps in chat (R18-R20)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from bot.rules.access.permissions import Refusal, decide
from bot.rules.catalogue import _
from bot.rules.interviews import hosted
from bot.rules.interviews.steps import (
    UNTOUCHED,
    InterviewStep,
    OneInterview,
    WorkState,
    last,
    merges,
    opens,
    plain,
    step_label,
    together,
)
from bot.rules.model import NOT_POSSIBLE, NOT_REQUIRED, NOT_REQUIRED_ENDS, CaseRelation, Episode, Interview, Response
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.time.clock import at_midnight, local_day, say_day_near, say_near

StateName = Literal[
    "not required",
    "pending",
    "due",
    "overdue",
    "offered",
    "accepted",
    "declined",
    "held",
    "recorded",
    "not possible",
    "due, child missing",
]
#: States without an interview.
NONE: frozenset[StateName] = frozenset({"not required", "pending"})
CLOSED: frozenset[StateName] = frozenset({"declined", "recorded", "not possible"})
#: Not held yet, and a worker could act on it.
UNDONE: frozenset[StateName] = frozenset({"due", "offered", "accepted", "overdue"})
#: An interview that is over its time by more comes last in every list.
FORGOTTEN = timedelta(days=28)
#: An interview that is due within this is due soon.
SOON = timedelta(hours=24)
#: Two times of one event count as the same up to this far apart: people round, and type a little later.
SAME = timedelta(hours=1)
#: No episode has steps in chat.
SILENT: Mapping[int, WorkState] = MappingProxyType({})
#: Answers in chat, as the record has them.
_RESPONSES: dict[str, Response] = {
    "accepted": "accepted",
    "booked": "accepted",  # a booking was agreed to
    "declined": "declined",
    "not_possible": "no_response",
}


@dataclass(frozen=True, slots=True)
class InterviewState:
    """The state of an interview at one moment: derived on reading, never stored.

    `hours_left` is the time until the last instant that is in time, negative when it has passed; None for a closed
    interview, or where the return is not known. `needs_offer`: it was not offered yet and could be; never while the
    child is missing again.
    """

    name: StateName
    hours_left: timedelta | None = None
    needs_offer: bool = False


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A difference between a step in chat (`ours`) and the record (`theirs`)."""

    field: str
    ours: str
    theirs: str
    step: InterviewStep


@dataclass(frozen=True, slots=True)
class Owners:
    """The ids of people who can own an interview today, listed and active: all, and by worker code."""

    ids: frozenset[str]
    by_code: Mapping[str, str]

    @classmethod
    def among(cls, people: Iterable[Person]) -> Owners:
        active = [p for p in people if p.active]
        return cls(frozenset(p.id for p in active), {p.worker_code: p.id for p in reversed(active) if p.worker_code})

    def of(self, worker: str | None, took_over: str) -> str:
        """Return the owner: who took it over in chat, else the record's worker; "" where it has none (E36).

        A person who is away owns it still: their stand-in, or else the duty role, is reminded.
        """
        if took_over:
            return took_over if took_over in self.ids else ""
        return self.by_code.get(worker or "", "")


@dataclass(frozen=True, slots=True)
class OpenInterview:
    """An episode with its return interview, and the state of it now.

    The episode's interview is the record filled in with the steps in chat; `recorded` is the record alone.
    Merged interviews are one (edge case 11): `others` are those that it is merged with, by their record. Records and
    steps of all of them count for each, each is tested against its own deadline. `own` is the work by the steps that
    name this one, `joint_state` the state by the records of all. `owner` is the id of a listed
    person, "" for none (`Owners.of`). `theirs`: another authority holds it (edge case 16); its state is what it would
    be as ours.
    """

    episode: Episode
    state: InterviewState
    recorded: Interview
    recorded_state: StateName
    standing: WorkState
    own: WorkState
    others: tuple[Episode, ...]
    joint_state: StateName
    owner: str
    theirs: bool = False

    @property
    def tracked(self) -> bool:
        """Another authority's, its outcome not known, and its time not long over."""
        return self.theirs and (self.undone or self.state.name == "due, child missing") and self.left >= -hosted.TRACKED

    @property
    def told(self) -> InterviewStep | None:
        """The step by which the placing authority was told of the return; acknowledging it says so too."""
        return hosted.told(self.episode, self.standing) or hosted.acknowledged(self.episode, self.standing)

    @property
    def handed_over(self) -> bool:
        """Open when the child's placing authority changed, and the change not acknowledged."""
        open_still = self.state.name not in NONE | CLOSED and (not self.theirs or self.tracked)
        waits = hosted.changed(self.episode) and hosted.acknowledged(self.episode, self.standing) is None
        return waits and open_still

    @property
    def merged(self) -> tuple[int, ...]:
        """The numbers of the other episodes whose interview is one with this."""
        return tuple(x.id for x in self.others)

    @property
    def returns(self) -> tuple[datetime, ...]:
        """The returns that the interview is about, earliest first."""
        starts = (self.recorded.clock_start_at, *(x.interview.clock_start_at for x in self.others))
        return tuple(sorted(at for at in starts if at is not None))

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
    def due_soon(self) -> bool:
        """Not held, and due in the next 24 hours."""
        return self.undone and timedelta() <= self.left <= SOON

    @property
    def unrecorded(self) -> bool:
        """Held, and neither the record nor a step in chat says recorded: the 72 hours run for the record too."""
        return self.state.name == "held"

    def to_record(self, record_times: bool) -> bool:
        """Held, and to be written up in the case system.

        Without times of recording in the export (`record_times`), an interview that the export has as held is in the
        case system.
        """
        return self.unrecorded and (record_times or self.recorded_state != "held")

    @property
    def forgotten(self) -> bool:
        """Not held, or not recorded, FORGOTTEN after its time; every morning's list begins with those in time."""
        return (self.undone or self.unrecorded) and self.left < -FORGOTTEN

    @property
    def closed(self) -> bool:
        """Over, by the record or by steps in chat that the record may still lack."""
        return self.state.name in CLOSED

    @property
    def unowned(self) -> bool:
        """Not held yet, ours to hold, and nobody who is listed owns it."""
        return self.undone and not self.owner and not self.theirs

    def owned_by(self, person: Person) -> bool:
        return bool(Owners.among((person,)).of(self.episode.interview.worker, self.standing.owner))

    def is_for(self, person: Person) -> bool:
        """Return True for the owner, and for a person with a hand-over to accept."""
        return self.standing.asked == person.id or self.owned_by(person)

    @property
    def lacking(self) -> tuple[InterviewStep, ...]:
        """Steps in chat that the record lacks, in their usual order."""
        interview = self.recorded
        has: dict[str, bool] = {
            "offered": interview.offered_at is not None,
            "held": interview.held_at is not None,
            "recorded": interview.recorded_at is not None and interview.held_at is not None,
            "carer_contacted": interview.outcome_reason is not None,
            "late": interview.outcome_reason is not None,
        }
        answered = interview.response is not None and (interview.response != "no_response" or not_possible(interview))
        return tuple(s for s in ours(self.standing).closing if not has.get(s.kind, answered))

    def differences(self, now: datetime) -> tuple[Discrepancy, ...]:
        """Return the differences in times, answer and end, where the record and the steps in chat both have one."""
        found, i, limit = ours(self.standing), self.recorded, self.recorded.counts_until
        differing = []
        for name, step, theirs in (
            ("offered", found.offered, i.offered_at),
            ("held", found.held, i.held_at),
            ("recorded", found.recorded, i.recorded_at if i.held_at else None),
        ):
            if not step or not theirs:
                continue
            if at_midnight(theirs):  # a day without a time is the same all day
                same, text = local_day(step.at) == local_day(theirs), say_day_near(theirs, now)
            else:  # a time in time is never the same as a late one
                both_in_time_or_late = limit is None or (step.at <= limit) == (theirs <= limit)
                same, text = abs(step.at - theirs) <= SAME and both_in_time_or_late, say_near(theirs, now)
            if not same:
                differing.append(Discrepancy(name, say_near(step.at, now), text, step))
        differing += _other_cause(i, found.late)
        opened = found.opened or ours(self.own).opened
        open_again = _is_open_again(i, opened)
        if (answer := found.answer or found.held) and i.response and not open_again:
            # A record of "no response" differs only where it is an end: another answer, or another reason for the same.
            response = _RESPONSES.get(answer.kind, "accepted")
            other_answer = response != i.response and (i.response != "no_response" or not_possible(i))
            other_reason = response == "no_response" and not_possible(i) and i.outcome_reason != answer.detail
            if other_answer or other_reason:
                differing.append(Discrepancy("answer", step_label(answer), _their_answer(i), answer))
        if opened and open_again:  # open again in chat, over in the record
            over = _("held {held_at}", held_at=say_near(i.held_at, now)) if i.held_at else _their_answer(i)
            differing.append(Discrepancy("end", step_label(opened), over, opened))
        return tuple(differing)


def _other_cause(i: Interview, late: InterviewStep | None) -> Iterator[Discrepancy]:
    """Yield the difference between the cause said in chat and the one in the record."""
    if late and i.outcome_reason and not not_possible(i) and i.outcome_reason != late.detail:
        yield Discrepancy("cause", step_label(late), plain(i.outcome_reason), late)


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """The steps that count: after a reopening only later ones, and the offer from before."""

    offered: InterviewStep | None = None
    answer: InterviewStep | None = None
    held: InterviewStep | None = None
    recorded: InterviewStep | None = None
    carer: InterviewStep | None = None
    late: InterviewStep | None = None
    opened: InterviewStep | None = None

    @property
    def closing(self) -> tuple[InterviewStep, ...]:
        """Steps that the record should have too, in their usual order."""
        found = (self.late, self.offered, self.answer, self.carer, self.held, self.recorded)
        return tuple(s for s in found if s is not None)


def seen(
    episode: Episode, missing_again: bool, now: datetime, work: WorkState = UNTOUCHED, *, owners: Owners
) -> OpenInterview:
    """Return one interview at `now`, merged with no other."""
    missing = {episode.child_id} if missing_again else set()
    (found,) = every([episode], missing, now, {episode.id: work}, owners=owners)
    return found


def every(
    episodes: Iterable[Episode],
    missing_children: set[int],
    now: datetime,
    standings: Mapping[int, WorkState] = SILENT,
    others: Iterable[Episode] = (),
    *,
    owners: Owners,
) -> list[OpenInterview]:
    """Return every interview at `now`, closed ones too; `others` are further episodes that some are merged with."""
    here = list(episodes)
    merged = merges(standings)
    known = {x.id: x for x in (*others, *here)} if merged else {}
    return [
        _at_now(
            x, _talk(x, merged.get(x.id), known, standings, now), x.child_id in missing_children, now, standings, owners
        )
        for x in here
    ]


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk to hold, about one absence or several: their record and their work together."""

    about: tuple[Episode, ...]
    record: Interview
    work: WorkState


def _talk(
    x: Episode,
    merged: OneInterview | None,
    known: Mapping[int, Episode],
    standings: Mapping[int, WorkState],
    now: datetime,
) -> Talk:
    """Return the talk about this absence, with the others that it is merged with."""
    about = _one_talk(x, merged, known, standings, now) if merged else (x,)
    if merged is None or len(about) == 1:
        return Talk((x,), x.interview, standings.get(x.id, UNTOUCHED))
    work = together([standings.get(o.id, UNTOUCHED) for o in about], merged, now)
    records = [_opened_again(o.interview, merged.opened.get(o.id)) for o in about]
    fullest = min(records, key=_rank)
    offered = (r.offered_at for r in records if r.offered_at)
    workers = (r.worker for r in records if r.worker)
    return Talk(about, replace(fullest, offered_at=min(offered, default=None), worker=next(workers, None)), work)


def _rank(i: Interview) -> tuple[bool, ...]:
    """Order the records of one talk: the one that says most of it comes first."""
    return i.held_at is None, i.recorded_at is None, not (i.response == "declined" or not_possible(i)), not i.response


def _one_talk(
    x: Episode, merged: OneInterview, known: Mapping[int, Episode], standings: Mapping[int, WorkState], now: datetime
) -> tuple[Episode, ...]:
    """Return the absences that one talk is about, earliest return first.

    A talk before a return is not about it: where the times were corrected so, there are two talks again.
    """
    theirs = [known[n] for n in merged.members if n in known and known[n].child_id == x.child_id]
    ours_now = [o for o in theirs if not hosted.theirs(o, standings.get(o.id, UNTOUCHED))]
    states = ((open_state(hosted.as_ours(o), now, False), o) for o in ours_now)
    back = [(o.interview.clock_start_at, o.id, o) for state, o in states if state.name not in NONE]
    about: list[Episode] = []
    for start, _unused, o in sorted((start, n, o) for start, n, o in back if start is not None):
        held = (effective(e.interview, standings.get(e.id, UNTOUCHED)).held_at for e in about)
        if any(at is not None and at < start for at in held):
            if x in about:
                break
            about = []
        about.append(o)
    return tuple(about) if x in about else (x,)


def _at_now(
    x: Episode, talk: Talk, missing_again: bool, now: datetime, standings: Mapping[int, WorkState], owners: Owners
) -> OpenInterview:
    """Return the interview about this absence: what became of the talk, by this absence's own clock."""

    def of_this(i: Interview) -> Episode:
        return replace(
            x,
            interview=replace(
                x.interview,
                offered_at=i.offered_at,
                response=i.response,
                held_at=i.held_at,
                recorded_at=i.recorded_at,
                outcome_reason=i.outcome_reason,
                worker=i.worker,
            ),
        )

    def state_of(episode: Episode) -> InterviewState:
        """Another authority's is due as any other's; one that is handed over is ours until acknowledged."""
        return open_state(hosted.as_ours(episode), now, missing_again)

    both = of_this(effective(talk.record, talk.work))
    return OpenInterview(
        episode=both,
        state=state_of(both),
        recorded=x.interview,
        recorded_state=state_of(x).name,
        standing=talk.work,
        own=standings.get(x.id, UNTOUCHED),
        others=tuple(o for o in talk.about if o.id != x.id),
        joint_state=state_of(of_this(talk.record)).name,
        owner=owners.of(talk.record.worker, talk.work.owner),
        theirs=hosted.theirs(x, talk.work),
    )


def interviews(
    episodes: Iterable[Episode],
    missing_children: set[int],
    now: datetime,
    standings: Mapping[int, WorkState] = SILENT,
    others: Iterable[Episode] = (),
    *,
    owners: Owners,
) -> list[OpenInterview]:
    """Return the open interviews, in the order of `listed`."""
    return listed(every(episodes, missing_children, now, standings, others, owners=owners))


def listed(found: Iterable[OpenInterview]) -> list[OpenInterview]:
    """Return this council's open interviews, least time left first and forgotten ones last.

    An interview that is over in chat alone stays: the record still lacks its end.
    """
    left = [i for i in found if i.state.name not in NONE and not (i.closed and i.recorded_state in CLOSED)]
    return sorted((i for i in left if not i.theirs), key=list_order)


def tracked(found: Iterable[OpenInterview]) -> list[OpenInterview]:
    """Return the interviews that other authorities hold and that are tracked here, least time left first."""
    return sorted((i for i in found if i.tracked), key=list_order)


def list_order(i: OpenInterview) -> tuple[bool, bool, timedelta, int]:
    return i.forgotten, i.closed, i.left, i.episode.id


#: The lists of open interviews that a person can ask for.
View = Literal["open", "due", "overdue", "unrecorded", "mine"]


def in_view(i: OpenInterview, view: View, person: Person | None) -> bool:
    """Return True for an open interview that this list of this person has."""
    if view == "mine":
        return person is not None and i.is_for(person)
    return {"open": True, "due": i.due_soon, "overdue": i.overdue, "unrecorded": i.unrecorded}[view]


@dataclass(frozen=True, slots=True)
class Positions:
    """The numbers of open interviews in each position."""

    open: int = 0
    unowned: int = 0
    overdue: int = 0
    due_soon: int = 0
    not_offered: int = 0
    held: int = 0
    waiting: int = 0

    def plus(self, other: Positions, sign: int = 1) -> Positions:
        both = zip(astuple(self), astuple(other), strict=True)
        return Positions(*(a + sign * b for a, b in both))


def positions(found: Sequence[OpenInterview]) -> Positions:
    """Count open interviews by position."""
    return Positions(
        open=len(found),
        unowned=sum(i.unowned for i in found),
        overdue=sum(i.overdue for i in found),
        due_soon=sum(i.due_soon for i in found),
        not_offered=sum(i.state.needs_offer for i in found),
        held=sum(i.unrecorded for i in found),
        waiting=sum(i.state.name == "due, child missing" for i in found),
    )


@dataclass(frozen=True, slots=True)
class InterviewPage:
    """Some rows of a list of open interviews: `total` is the length of the list, `counts` are of every open one."""

    counts: Positions
    total: int
    rows: tuple[OpenInterview, ...]


def page_of(
    found: Sequence[OpenInterview], view: View, person: Person | None, first: int = 0, count: int | None = None
) -> InterviewPage:
    """Return `count` rows of a list (None: all), after the first `first`."""
    chosen = [i for i in found if in_view(i, view, person)]
    until = None if count is None else first + count
    return InterviewPage(positions(found), len(chosen), tuple(chosen[first:until]))


def open_state(episode: Episode, now: datetime, missing_again: bool) -> InterviewState:
    """Return the state of the episode's interview at `now`; `missing_again`: the child is missing at `now`.

    An event after `now` has not happened yet.
    """
    i = episode.interview
    asked_for = episode.kind == "missing" or episode.repeat_away
    may_become_required = asked_for and not episode.hosted and i.outcome_reason not in NOT_REQUIRED
    # The 72 hours run once the episode ended, or once the council recorded a return while the police log is open.
    back = ended(episode, now) or happened(i.clock_start_at, now)
    if may_become_required and not back:
        return InterviewState("pending")
    if not _required(episode):
        return InterviewState("not required")
    if happened(closed_at(i, required=True), now):
        if i.held_at is None and i.response == "declined":
            return InterviewState("declined")
        return InterviewState("not possible" if i.held_at is None and not_possible(i) else "recorded")
    limit = i.counts_until or i.due_at
    left = None if limit is None else limit - now
    if happened(i.held_at, now):
        return InterviewState("held", left)
    if missing_again:
        # The worker cannot hold it: due, never overdue, until the child is back (edge case 12).
        return InterviewState("due, child missing", left)
    needs_offer = not happened(i.offered_at, now)
    answer: StateName = "accepted" if i.response == "accepted" else "offered"
    if left is not None and left < timedelta():
        return InterviewState("overdue", left, needs_offer)
    return InterviewState("due" if needs_offer else answer, left, needs_offer)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An absence whose interview is not due yet, for the child is not back; `elsewhere`: another authority owes it."""

    episode: Episode
    elsewhere: bool


def waiting(episode: Episode, now: datetime) -> Waiting | None:
    """Return an absence whose interview waits for the return; None where none is to come, or the child is back."""
    if open_state(hosted.as_ours(episode), now, missing_again=False).name == "pending":
        return Waiting(episode, hosted.elsewhere(episode))
    return None


def ended(episode: Episode, now: datetime) -> bool:
    """Return True for an episode ended by return, by being found, or by the 18th birthday (R1, R2)."""
    return episode.until_at <= now


def required(episode: Episode, now: datetime) -> bool:
    """Return True where at `now` the episode needs a return interview by this council (R20)."""
    return ended(episode, now) and _required(episode)


def _required(episode: Episode) -> bool:
    return interview_required(
        kind=episode.kind,
        end_at=episode.end_at or episode.interview.clock_start_at,
        until_at=episode.until_at,
        hosted=episode.hosted,
        end_reason=episode.end_reason,
        outcome_reason=episode.interview.outcome_reason,
        repeat_away=episode.repeat_away,
    )


def interview_required(
    *,
    kind: str,
    end_at: datetime | None,
    until_at: datetime,
    hosted: bool,
    end_reason: str | None,
    outcome_reason: str | None,
    repeat_away: bool = False,
) -> bool:
    """Return True where an episode that ends so needs a return interview by this council (R20).

    An away episode needs one only where the partnership asks for it after so many (`repeat_away`).

    An episode that the 18th birthday ended before the child was found needs none: there is no child
    to interview any more. A hosted child's interview is its placing authority's.
    """
    back_as_child = end_at is not None and end_at <= until_at
    return (
        (kind == "missing" or repeat_away)
        and back_as_child
        and not hosted
        and end_reason not in NOT_REQUIRED_ENDS
        and outcome_reason not in NOT_REQUIRED
    )


def closed_at(interview: Interview, required: bool) -> datetime | None:
    """Return the time at which the interview closed; None while it is open.

    An interview that was held closes when it is recorded, whatever the response; a record of
    one that was not held closes nothing, unless it was declined or not possible. One that is not required
    is closed from the clock start, which is None before the return.
    """
    i = interview
    if not required or i.outcome_reason in NOT_REQUIRED:
        return i.clock_start_at
    if i.held_at is not None:
        return i.recorded_at
    if i.response == "declined" or not_possible(i):
        return i.recorded_at or i.offered_at or i.clock_start_at
    return None


def not_possible(interview: Interview) -> bool:
    """Return True for no response with a recorded reason that made the interview impossible."""
    return interview.response == "no_response" and interview.outcome_reason in NOT_POSSIBLE


def happened(at: datetime | None, now: datetime) -> bool:
    """Return True for a recorded instant up to `now`."""
    return at is not None and at <= now


def ours(work: WorkState) -> OwnRecord:
    """Return the steps that count.

    A `reopened`, or an `accepted` because the child has changed their mind, opens a closed interview again.
    """
    opened = next((s for s in reversed(work.steps) if opens(s) and s.id > work.merged_at), None)
    since = [s for s in work.steps if s.id not in work.spent and (opened is None or s.id >= opened.id)]
    return OwnRecord(
        offered=next((s for s in work.steps if s.kind == "offered"), None),
        answer=last(since, *_RESPONSES),
        held=last(since, "held"),
        recorded=last(since, "recorded"),
        carer=last(since, "carer_contacted"),
        late=last(work.steps, "late"),
        opened=opened,
    )


def effective(interview: Interview, work: WorkState) -> Interview:
    """Return the interview to show: the record, filled in with the steps in chat where the record is empty."""
    if not work.steps:
        return interview
    found = ours(work)
    i = _opened_again(interview, found.opened)
    held_at, recorded_at = i.held_at or _at(found.held), i.recorded_at
    if i.held_at is None and held_at is not None and recorded_at is not None and recorded_at < held_at:
        recorded_at = None  # recorded before this talk, so of another one
    # A record of "no response" without an end still waits for the answer.
    response, reason = i.response, i.outcome_reason
    unanswered = response is None or (response == "no_response" and not not_possible(i))
    if found.answer and unanswered and reason not in NOT_REQUIRED:
        response = _RESPONSES[found.answer.kind]
        if found.answer.kind == "not_possible":
            reason = found.answer.detail
        elif reason in NOT_POSSIBLE:
            reason = None
    if response == "declined" and found.carer and reason is None:
        reason = "carer_contacted"
    return replace(
        i,
        offered_at=i.offered_at or _at(found.offered),
        response=response,
        held_at=held_at,
        recorded_at=recorded_at or _at(found.recorded),
        outcome_reason=reason,
    )


def _opened_again(i: Interview, opened: InterviewStep | None) -> Interview:
    """Return the record, without the end that was opened again in chat."""
    if not _is_open_again(i, opened):
        return i
    kept = i.outcome_reason if i.outcome_reason in NOT_REQUIRED else None
    return replace(i, response=None, held_at=None, recorded_at=None, outcome_reason=kept)


def _at(step: InterviewStep | None) -> datetime | None:
    return step.at if step else None


def _is_open_again(i: Interview, opened: InterviewStep | None) -> bool:
    """Return True where the record's end was reopened in chat; an end recorded since counts."""
    if opened is None or not (i.held_at or closed_at(i, required=True)):
        return False
    return not any(at is not None and at > opened.at for at in (i.held_at, i.recorded_at))


def _their_answer(i: Interview) -> str:
    if not_possible(i):
        return _("not possible because {plain}", plain=plain(i.outcome_reason or ""))
    return plain(i.response or "")


def why_not_snoozed(wanted: datetime, i: OpenInterview, now: datetime, leading: bool) -> str | None:
    """Refuse a snooze that is over already and, for all but managers and coordinators, one past the deadline."""
    limit = i.episode.interview.counts_until
    if wanted <= now:
        return _("That moment is over: say until when your reminders are to wait.")
    if not leading and limit is not None and limit <= now:
        return _("Its time is over: only a manager of the area or a coordinator can let it wait.")
    return None


def why_not_taken(i: OpenInterview, by: Person, leading: bool) -> str | None:
    """Refuse all but interviews handed to this person, interviews without an owner, and any for managers."""
    if i.standing.asked == by.id or not i.owner or leading:
        return None
    if i.owned_by(by):
        return _("It is yours already.")
    return _("Somebody owns it: they hand it over, or a manager of the area takes it.")


def why_not_handed(i: OpenInterview, by: Person, leading: bool) -> str | None:
    """Refuse a hand-over by all but the owner and managers; an interview without an owner anybody may hand over."""
    if leading or not i.owner or i.owned_by(by):
        return None
    return _("It is not yours to hand over: its owner or a manager of the area can.")


def why_not_to(to: Person, by: Person, relation: CaseRelation, partnership: Partnership, now: datetime) -> str | None:
    """Refuse a person who could not record steps of this interview themselves."""
    if to.id == by.id:
        return _("You cannot hand it to yourself: say take.")
    may = decide(to, "member", "interview_update", 2, partnership, local_day(now))
    if isinstance(may, Refusal) or not may.covers(relation):
        return _("{to} could not update this interview, so it cannot be handed to them.", to=to.id)
    return None


def choice(verb: str, known: Sequence[OpenInterview], by: str) -> list[OpenInterview]:
    """Return the interviews of a child that a step without a number may mean; of several the person chooses."""
    if verb == "reopened":
        return [i for i in known if i.closed or i.episode.interview.held_at]
    if verb in ("accept", "refuse"):
        return [i for i in known if i.standing.asked == by]
    if verb == "unmerged":
        return [i for i in known if i.others]
    if verb == "undo":
        newest = [(i, i.standing.newest) for i in known]
        return [i for i, step in newest if step and step.by == by and step.kind != "undone"]
    after_no = verb in ("accepted", "carer_contacted")
    here = [i for i in known if not i.theirs or i.tracked]
    if verb == "told":
        here = [i for i in here if hosted.elsewhere(i.episode) and not i.told] or here
    if verb == "acknowledged":
        here = [i for i in here if i.handed_over] or [i for i in here if i.theirs] or here
    return [i for i in here if not i.closed or (after_no and i.state.name == "declined")]


def each_once(found: Sequence[OpenInterview], verb: str) -> list[OpenInterview]:
    """Return one of those that are merged with one another, the earliest: there is nothing to choose between them.

    Of three or more, the one that is to leave is chosen.
    """
    if verb == "unmerged" and any(len(i.others) > 1 for i in found):
        return list(found)
    numbers = [i.episode.id for i in found]
    return [i for n, i in enumerate(found) if not any(number in i.merged for number in numbers[:n])]


def in_chat(i: OpenInterview, partnership: Partnership, now: datetime) -> tuple[str, ...]:
    """Write short phrases, the outcome of the interview first; none without steps in chat.

    Of another authority's interview they say whether that was told; of one that is handed over, since when.
    """
    work, phrases = i.standing, list(placing_words(i, now))
    if not work.steps:
        return tuple(phrases)
    found = ours(work)
    if i.lacking:
        step = i.lacking[-1]
        at = say_near(step.at, now)
        not_yet = "" if i.theirs else _(", not in the record yet")
        phrases.append(
            _(
                "{step_label} ({at}), said in chat by {by}{not_yet}",
                step_label=step_label(step),
                at=at,
                by=step.by,
                not_yet=not_yet,
            )
        )
    booked = found.answer if found.answer and found.answer.kind == "booked" else None
    if booked and booked.until_at and not i.episode.interview.held_at:
        phrases.append(
            _(
                "{booked} for {until_at}",
                booked=_("booked") if booked.until_at > now else _("was booked"),
                until_at=say_near(booked.until_at, now),
            )
        )
    phrases += [
        _("differs: {step_label} in chat, {theirs} in the record", step_label=step_label(d.step), theirs=d.theirs)
        for d in i.differences(now)
    ]
    if i.others:
        phrases.append(_("one interview with {merged}", merged=_(" and ").join(f"#{number}" for number in i.merged)))
    if work.on_it and work.on_it_until:
        phrases.append(
            _("{on_it} is on it until {on_it_until}", on_it=work.on_it, on_it_until=say_near(work.on_it_until, now))
        )
    if work.asked:
        phrases.append(
            _("handed over to {asked} by {asked_by}, not accepted yet", asked=work.asked, asked_by=work.asked_by)
        )
    if work.owner:
        phrases.append(_("taken over in chat by {owner}", owner=work.owner))
    running = ((s.by, s.until_at) for s in work.snoozes if s.until_at)
    phrases += [
        _("snoozed by {owner} until {at}", owner=_("owner") if by == i.owner else by, at=say_near(at, now))
        for by, at in running
    ]
    return tuple(phrases)


def placing_words(i: OpenInterview, now: datetime) -> tuple[str, ...]:
    """Write whether another authority was told of the return, and a change of authority with its acknowledgement."""
    x, phrases = i.episode, []
    if hosted.elsewhere(x):
        when = _("told {told_at}", told_at=say_near(i.told.at, now)) if i.told else _("NOT told")
        phrases.append(_("placing authority {when}", when=when))
    if x.moved_at is not None and hosted.changed(x):
        taken = hosted.acknowledged(x, i.standing)
        to = _("another authority's now") if hosted.elsewhere(x) else _("ours now, from another authority")
        until = _(", so still ours") if hosted.moved_out(x) else ""
        known = (
            _("acknowledged {taken_at}", taken_at=say_near(taken.at, now))
            if taken
            else _("not acknowledged{until}", until=until)
        )
        phrases.append(_("{to} (since {moved_at}): {known}", to=to, moved_at=say_near(x.moved_at, now), known=known))
    return tuple(phrases)


def difference_lines(i: OpenInterview, now: datetime) -> tuple[str, ...]:
    """Write a line for each difference: the step with its author and time, and the record."""
    return tuple(
        _(
            "{field}: {ours} (said by {by}, {said_at}); the record: {theirs}",
            field=d.field,
            ours=d.ours,
            by=d.step.by,
            said_at=say_near(d.step.said_at, now),
            theirs=d.theirs,
        )
        for d in i.differences(now)
    )
