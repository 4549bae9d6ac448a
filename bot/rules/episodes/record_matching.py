"""Bring the records of a child together into absences: one absence is one episode, whoever reported it and how often.

Records of the two agencies are one by shared reference, else by the same minute. A report made while another absence of
the child runs is a further report of it (R2; edge cases 9 and 10). Two absences that may be one are a doubt, until a
named person settles it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple, TypeVar

from bot.rules.episodes.source_records import (
    ConfirmedEnd,
    CouncilRecord,
    PoliceRecord,
    Record,
    SaidMissing,
    SaidOfAbsence,
    Settled,
)
from bot.rules.model import FOREVER, VOID_ENDS
from bot.rules.time.clock import at_midnight, day_start, local_day

_OfAbsence = TypeVar("_OfAbsence", bound=SaidOfAbsence | ConfirmedEnd)


class OneAbsence(NamedTuple):
    """One episode: the police's record, the council's, or both, each made of all the agency's reports of the absence.

    A record has the reference of the agency's first report; `further` are the other reports. `start_at` is the
    earliest start where there are several. `unsure`: it may be one absence with another of the child. `said`: a named
    person said it before any export had it; without a record of an agency, `council` is a stand-in without reference.
    `said_too`: the same was said of another child, who turned out to be this one.
    """

    police: PoliceRecord | None
    council: CouncilRecord | None
    further: tuple[Record, ...] = ()
    start_at: datetime | None = None
    unsure: bool = False
    said: SaidMissing | None = None
    said_too: tuple[SaidMissing, ...] = ()

    @property
    def sayings(self) -> frozenset[int]:
        """Return the numbers of what was said of it to be missing."""
        return frozenset(s.id for s in (self.said, *self.said_too) if s)

    @property
    def unrecorded(self) -> bool:
        """Return True for an absence that rests on a person's word alone."""
        return self.said is not None and self.police is None and not (self.council and self.council.episode_ref)

    def about(self, said: Iterable[_OfAbsence]) -> list[_OfAbsence]:
        """Return what was said of this absence."""
        keys = {r.key for r in (self.police, self.council, *self.further) if r and r.key[1]}
        return [
            s
            for s in said
            if s.saying in self.sayings or ("police", s.occurrence_ref) in keys or ("council", s.episode_ref) in keys
        ]


class KnownRecord(NamedTuple):
    """A stored episode, with the references of its records."""

    id: int
    occurrence_ref: str | None
    episode_ref: str | None
    saying: int | None = None


def absences(
    police: Sequence[PoliceRecord], council: Sequence[CouncilRecord], settled: Sequence[Settled] = ()
) -> list[OneAbsence]:
    """Bring the records of ONE child together, in order of start. `settled` are pairs that named persons settled."""
    pairs = _pairs(police, council)
    if not settled and _follow_one_another(pairs):
        return [OneAbsence(p.police, p.council) for p in pairs]
    apart = [s for s in settled if not s.one]
    groups = _together(_groups(pairs, apart), [s for s in settled if s.one])
    unsure = _unsure(groups, apart)
    return sorted((_absence(g, unsure=at in unsure) for at, g in enumerate(groups)), key=_order)


@dataclass(slots=True)
class _Pair:
    """A police record, a council record, or both, that are one by reference or minute.

    `named_too` are further council records that name the same occurrence.
    """

    police: PoliceRecord | None
    council: CouncilRecord | None
    named_too: tuple[CouncilRecord, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(r for r in (self.police, self.council, *self.named_too) if r)

    @property
    def start_at(self) -> datetime:
        """The police's start, where it could be read."""
        if self.police and (self.police.start_known or not (self.council and self.council.start_known)):
            return self.police.start_at
        if self.council is None:
            raise ValueError("a pair of nothing")
        return self.council.start_at

    @property
    def made_at(self) -> datetime:
        """The time of the report: whatever it says of when the child was last seen, it cannot be of an absence that was
        over by then.
        """
        return (self.police and self.police.reported_at) or self.start_at

    @property
    def stands_alone(self) -> bool:
        """True for a void record, for one without a known start, and for a form that names another child's occurrence:
        whose absence it is has to be found out.
        """
        return self.void or not self.start_known or bool(self.council and self.council.names_another)

    @property
    def void(self) -> bool:
        return self.police is not None and self.council is None and self.police.end_reason in VOID_ENDS

    @property
    def start_known(self) -> bool:
        return any(r.start_known for r in (self.police, self.council) if r)

    @property
    def counts(self) -> bool:
        return self.start_known and not self.void

    @property
    def says(self) -> int:
        """Rank what it says of the end: the council's, the police's void record beside a form, the police's."""
        if self.police is None:
            return 0
        return 1 if self.police.end_reason in VOID_ENDS else 2

    @property
    def ends(self) -> tuple[datetime, datetime]:
        """Until when the absence runs by it, and until when it is listed."""
        reports = (self.police,) if self.police else self.records
        return max(map(_runs_until, reports)), max(map(_listed_until, reports))


def _pairs(police: Sequence[PoliceRecord], council: Sequence[CouncilRecord]) -> list[_Pair]:
    """Match records of the two agencies. A record without a match stays alone; none is guessed."""
    if not council:
        return [_Pair(p, None) for p in police]
    # By shared reference: the council's record names the police's occurrence.
    occurrences = {p.occurrence_ref for p in police}
    naming: dict[str, list[CouncilRecord]] = defaultdict(list)
    for c in sorted(council, key=lambda c: (c.start_at, c.episode_ref)):
        if c.occurrence_ref in occurrences and c.occurrence_ref:
            naming[c.occurrence_ref].append(c)
    # By the same start to the minute, where exactly one record of each agency has it. A council record that names an
    # occurrence belongs to that one. One that begins at midnight stands for a day without a time, too little to make
    # two records one.
    free = [p for p in police if p.occurrence_ref not in naming and p.start_known]
    starts = Counter(_minute(p.start_at) for p in free)
    unnamed = [c for c in council if c.occurrence_ref is None and c.kind == "missing" and c.start_known]
    times = Counter(_minute(c.start_at) for c in unnamed)
    only = {minute: c for c in unnamed if times[minute := _minute(c.start_at)] == 1 and not at_midnight(minute)}
    for p in free:
        minute = _minute(p.start_at)
        if minute in only and starts[minute] == 1:
            naming[p.occurrence_ref].append(only[minute])
    taken = {c.episode_ref for found in naming.values() for c in found}
    pairs = [_Pair(p, next(iter(found := naming.get(p.occurrence_ref, [])), None), tuple(found[1:])) for p in police]
    return pairs + [_Pair(None, c) for c in council if c.episode_ref not in taken]


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _follow_one_another(pairs: list[_Pair]) -> bool:
    """Put pairs in order of start; return True if each was over, by a known end, long before the next was begun.

    So are nearly all of a million.
    """
    if len(pairs) > 1:
        pairs.sort(key=lambda p: (p.start_at, _names(p)))
    over = None
    for p in pairs:
        record = p.police or p.council
        if p.named_too or record is None or not record.start_known:
            return False
        if over is not None and min(p.start_at, p.made_at) < over:
            return False
        end = record.end_at
        if end is None and p is not pairs[-1]:
            return False
        over = end and end + NIGHTS
    return True


#: Between two absences that only the council knows: forms of one absence, each with an end, are a night or a day apart.
NIGHTS = timedelta(hours=24)


@dataclass(slots=True)
class _Group:
    """Reports of one absence.

    It runs until `runs_until`. It is listed until `listed_until`, which is later where a return could not be read or
    the newest file lacks the record: such an absence takes no further report. The reports with the highest `says` tell
    when it ends: the police's alone, where there is one.
    """

    pairs: list[_Pair]
    start_at: datetime
    says: int
    runs_until: datetime
    listed_until: datetime
    counts: bool

    @classmethod
    def of(cls, pair: _Pair) -> _Group:
        runs, listed = pair.ends
        return cls([pair], pair.start_at, pair.says, runs, listed, counts=pair.counts)

    def add(self, pair: _Pair) -> None:
        self.pairs.append(pair)
        self.start_at = min(self.start_at, pair.start_at)
        self.counts = self.counts or pair.counts
        runs, listed = pair.ends
        if pair.says > self.says:
            self.says, self.runs_until, self.listed_until = pair.says, runs, listed
        elif pair.says == self.says:
            self.runs_until, self.listed_until = max(self.runs_until, runs), max(self.listed_until, listed)

    def takes(self, pair: _Pair, at: datetime, apart: Sequence[Settled]) -> bool:
        """Return True where a report of that time is a further report of this absence."""
        if at < self.start_at or not self.counts:
            return False
        runs = at < self.runs_until or (at == self.runs_until and self._meets(pair))
        if not (runs or (at < self.listed_until and self._has(pair))):
            return False
        return not (apart and _settled(apart, self.records, pair.records))

    def _meets(self, pair: _Pair) -> bool:
        """Tell a row away and a row missing that follow one another."""
        return len({p.council.kind for p in (*self.pairs, pair) if p.council and not p.police}) > 1

    def _has(self, pair: _Pair) -> bool:
        """Tell a report that it had at the last freezing."""
        firsts = {(r.key[0], r.one_with) for r in pair.records if r.one_with}
        return bool(firsts) and any(r.key in firsts for r in self.records)

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(r for p in self.pairs for r in p.records)


def _saying(reports: list[PoliceRecord]) -> list[PoliceRecord]:
    """Leave out void reports, where there are others."""
    return [r for r in reports if r.end_reason not in VOID_ENDS] or reports


def _runs_until(r: Record) -> datetime:
    """Return the end of a report; FOREVER for one that is open, its start for one whose end is not known."""
    if r.end_at is not None:
        return r.end_at
    return r.start_at if r.absent_at or r.end_unread else FOREVER


def _listed_until(r: Record) -> datetime:
    """Return the latest end that a report may have: of a return known by its date alone, the end of that day."""
    if r.end_at is None:
        return FOREVER
    return day_start(local_day(r.end_at) + timedelta(days=1)) if r.end_date_only else r.end_at


def _groups(pairs: Sequence[_Pair], apart: Sequence[Settled]) -> list[_Group]:
    """Group reports: the police's by the time at which they were made, then the council's forms into them."""
    alone = [_Group.of(p) for p in pairs if p.stands_alone]
    usable = sorted((p for p in pairs if not p.stands_alone), key=_made)
    police = _in_order((p for p in usable if p.police), apart)
    outside = _put_inside(police, (p for p in usable if p.police is None), apart)
    return [*police, *_lead(police, _in_order(outside, apart), apart), *alone]


def _put_inside(police: Sequence[_Group], forms: Iterable[_Pair], apart: Sequence[Settled]) -> list[_Pair]:
    """Add the forms that lie inside a police absence to it, the latest that has them; return the others."""
    groups = sorted(police, key=lambda g: g.start_at)
    begun = [g.start_at for g in groups]
    # Until when one of the absences up to here is listed: earlier ones need not be looked at.
    listed = list(accumulate((g.listed_until for g in groups), max))
    outside = []
    for form in forms:
        at = bisect_right(begun, form.start_at) - 1
        while at >= 0 and listed[at] > form.start_at and not groups[at].takes(form, form.start_at, apart):
            at -= 1
        if at >= 0 and listed[at] > form.start_at:
            groups[at].add(form)
        else:
            outside.append(form)
    return outside


def _lead(police: Sequence[_Group], councils: Sequence[_Group], apart: Sequence[Settled]) -> list[_Group]:
    """Add the council's absences that ran when a police report was made to the police's; return the others."""
    made = [g.pairs[0].made_at for g in police]
    alone = []
    for forms in councils:
        near = police[bisect_left(made, forms.start_at) : bisect_right(made, forms.listed_until)]
        first = next((g for g in near if forms.takes(g.pairs[0], g.pairs[0].made_at, apart)), None)
        if first is None:
            alone.append(forms)
            continue
        for pair in forms.pairs:
            first.add(pair)
    return alone


def _in_order(pairs: Iterable[_Pair], apart: Sequence[Settled]) -> list[_Group]:
    """Group pairs, in the order in which they were made: each joins the latest absence that still runs."""
    found, running = list[_Group](), list[_Group]()
    for pair in pairs:
        at = pair.made_at
        running = [g for g in running if g.listed_until >= at]
        group = next((g for g in reversed(running) if g.takes(pair, at, apart)), None)
        if group:
            group.add(pair)
        else:
            found.append(_Group.of(pair))
            running.append(found[-1])
    return found


def _made(pair: _Pair) -> tuple[datetime, tuple[str, str]]:
    return pair.made_at, _names(pair)


def _together(groups: list[_Group], ones: Sequence[Settled]) -> list[_Group]:
    """Bring together what named persons said is one absence."""
    for one in ones:
        meant = [g for g in groups if one.names(g.records)]
        if len(meant) == 2 and one.between(meant[0].records, meant[1].records):
            for pair in meant[1].pairs:
                meant[0].add(pair)
            groups = [g for g in groups if g is not meant[1]]
    return groups


def _unsure(groups: Sequence[_Group], apart: Sequence[Settled]) -> set[int]:
    """Return the places of absences that may be one with another: at the same time, or forms of the council alone that
    follow one another closely.
    """
    found = set[int]()
    order = sorted((at for at, g in enumerate(groups) if g.counts), key=lambda at: groups[at].start_at)
    for place, at in enumerate(order):
        for later in order[place + 1 :]:
            one, other = groups[at], groups[later]
            gap = timedelta(0) if one.says or other.says else NIGHTS
            if one.listed_until != FOREVER and other.start_at >= one.listed_until + gap:
                break
            if not (apart and _settled(apart, one.records, other.records)):
                found |= {at, later}
            if one.runs_until < one.listed_until == FOREVER:
                break  # of an absence without a known return, the next one alone
    return found


def _settled(settled: Sequence[Settled], one: Sequence[Record], other: Sequence[Record]) -> bool:
    return any(s.between(one, other) for s in settled)


def _names(pair: _Pair) -> tuple[str, str]:
    return pair.police.occurrence_ref if pair.police else "", pair.council.episode_ref if pair.council else ""


def _absence(group: _Group, *, unsure: bool) -> OneAbsence:
    if len(group.pairs) == 1 and not group.pairs[0].named_too:
        return OneAbsence(group.pairs[0].police, group.pairs[0].council, unsure=unsure)
    pairs = sorted(group.pairs, key=_made)
    police = [p.police for p in pairs if p.police]
    council = sorted(
        (c for p in pairs for c in (p.council, *p.named_too) if c), key=lambda c: (c.start_at, c.episode_ref)
    )
    saying = _saying(police)
    return OneAbsence(
        _police_as_one(saying) if saying else None,
        _council_as_one(council) if council else None,
        (*(p for p in police if p is not saying[0]), *council[1:]),
        group.start_at,
        unsure,
    )


def _police_as_one(reports: Sequence[PoliceRecord]) -> PoliceRecord:
    """Make one record of the police's reports: the earliest report, the latest grade, and the latest end.

    While any of them has no return, the child is missing.
    """
    first = reports[0]
    graded = max((r for r in reports if r.graded_at), key=lambda r: r.graded_at or FOREVER, default=first)
    last = _last(reports)
    return first._replace(
        entered_at=min(r.entered_at for r in reports),
        last_seen_at=min((r.last_seen_at for r in reports if r.last_seen_at), default=None),
        reported_at=min((r.reported_at for r in reports if r.reported_at), default=None),
        found_at=last and last.found_at,
        found_date_only=bool(last and last.found_date_only),
        returned_at=last and last.returned_at,
        returned_date_only=bool(last and last.returned_date_only),
        missing_from=next((r.missing_from for r in reports if r.missing_from), None),
        district=next((r.district for r in reports if r.district), None),
        reporter=next((r.reporter for r in reports if r.reporter), None),
        prevention_interview_at=max(
            (r.prevention_interview_at for r in reports if r.prevention_interview_at), default=None
        ),
        end_reason=last and last.end_reason,
        unread=_unread(reports),
        absent_at=_absent_at(reports),
        grade_known=all(r.grade_known for r in reports),
        grade=graded.grade,
        graded_at=graded.graded_at,
    )


def _council_as_one(forms: Sequence[CouncilRecord]) -> CouncilRecord:
    """Make one record of the council's forms: one start, the latest end, and one return interview.

    The interview is that of the form on which it went furthest.
    """
    talk = max(forms, key=lambda c: (c.held_at is not None, c.response is not None, c.offered_at is not None))
    first, last = forms[0], _last(forms)
    died = any(c.outcome_reason == "died" for c in forms)
    return first._replace(
        entered_at=min(c.entered_at for c in forms),
        kind="missing" if any(c.kind == "missing" for c in forms) else first.kind,
        ended_at=last and last.ended_at,
        ended_date_only=bool(last and last.ended_date_only),
        team=next((c.team for c in forms if c.team), None),
        returned_at=last and last.returned_at,
        returned_date_only=bool(last and last.returned_date_only),
        offered_at=min((c.offered_at for c in forms if c.offered_at), default=None),
        response=talk.response,
        held_at=talk.held_at,
        recorded_at=talk.recorded_at,
        worker=talk.worker or next((c.worker for c in reversed(forms) if c.worker), None),
        outcome_reason="died" if died else talk.outcome_reason,
        unread=_unread(forms),
        absent_at=_absent_at(forms),
    )


R = TypeVar("R", PoliceRecord, CouncilRecord)


def _last(reports: Sequence[R]) -> R | None:
    """Return the report with the latest end; None while one of them has none."""
    if any(r.end_at is None for r in reports):
        return None
    return max(reports, key=lambda r: r.end_at or FOREVER)


def _unread(reports: Sequence[R]) -> str:
    """Return the cells that could not be read, of the open reports while there are such."""
    still_open = [r for r in reports if r.end_at is None]
    return " ".join(dict.fromkeys(cell for r in still_open or reports for cell in r.unread.split()))


def _absent_at(reports: Sequence[R]) -> datetime | None:
    """Return when the newest export lacked every open report."""
    absent = [r.absent_at for r in reports if r.end_at is None]
    return max((at for at in absent if at), default=None) if all(absent) else None


def with_said(
    found: Sequence[OneAbsence],
    missing: Sequence[SaidMissing],
    said: Sequence[SaidOfAbsence],
    ends: Sequence[ConfirmedEnd] = (),
) -> list[OneAbsence]:
    """Add what was said before any export had it: beside the child's record of that time, else an absence of its own.

    The reference is the child's: a record whose time overlaps the absence that was said is the record of it. A void
    record and one of a child away from placement are not, for they would take a missing child out of the list. `ends`
    were confirmed in chat: an absence that is over by one is none that was said to begin later.
    """
    if not missing:
        return list(found)
    known = list(found)
    backs: list[SaidOfAbsence | ConfirmedEnd] = [*(s for s in said if s.kind == "back"), *ends]
    newest = max((a.police for a in found if a.police), key=lambda p: p.start_at, default=None)
    for one in sorted(missing, key=lambda m: (m.at, m.id)):
        until = min((s.at for s in backs if s.saying == one.id), default=FOREVER)
        place = next((n for n, a in enumerate(known) if one.holds and _is_record_of(a, one, until, backs)), None)
        if place is None:
            one = one._replace(district=newest.district if newest else None)
            known.append(OneAbsence(None, one.record, said=one))
        elif known[place].said is None:
            known[place] = known[place]._replace(said=one)
        else:  # the same absence, said of two children who turned out to be one
            known[place] = known[place]._replace(said_too=(*known[place].said_too, one))
    return sorted(known, key=_order)


def _is_record_of(
    a: OneAbsence, one: SaidMissing, until: datetime, backs: Sequence[SaidOfAbsence | ConfirmedEnd]
) -> bool:
    record = a.police or a.council
    if record is None or a.unrecorded or (a.said is not None and one.area is None):
        return False
    if isinstance(record, PoliceRecord) and record.end_reason in VOID_ENDS and a.council is None:
        return False
    if isinstance(record, CouncilRecord) and record.kind == "away":
        return False
    start = a.start_at or record.start_at
    over = min([record.end_at or FOREVER, *(s.at for s in a.about(backs))])
    return start < until and over > one.at


def _order(absence: OneAbsence) -> tuple[datetime, str, str]:
    police, council = absence.police, absence.council
    start = absence.start_at or (police.start_at if police else council.start_at if council else FOREVER)
    return start, police.occurrence_ref if police else "", council.episode_ref if council else ""


def keep_numbers(found: Sequence[OneAbsence], known: Sequence[KnownRecord]) -> tuple[list[int | None], list[int]]:
    """Return the stored number of each absence (None: a new episode), and the numbers that none needs any more.

    An episode keeps its number when the other agency's record or a further report arrives. It follows the first police
    report when two that were separate turn out to be one, and what was said before it when its record arrives.
    """
    by_occurrence = {k.occurrence_ref: k.id for k in known if k.occurrence_ref}
    by_episode = {k.episode_ref: k.id for k in known if k.episode_ref}
    numbers = [by_occurrence.get(a.police.occurrence_ref) if a.police else None for a in found]
    used = {n for n in numbers if n}
    for at, absence in enumerate(found):
        others = [by_occurrence.get(r.occurrence_ref) for r in absence.further if isinstance(r, PoliceRecord)]
        forms = [c for c in (absence.council, *absence.further) if isinstance(c, CouncilRecord)]
        for number in (*others, *(by_episode.get(c.episode_ref) for c in forms)):
            if number and not numbers[at] and number not in used:
                numbers[at] = number
                used.add(number)
    by_saying = {k.saying: k.id for k in known if k.saying}
    for at, absence in enumerate(found):
        number = by_saying.get(absence.said.id) if absence.said else None
        if number and not numbers[at] and number not in used:
            numbers[at] = number
            used.add(number)
    return numbers, [k.id for k in known if k.id not in used]
