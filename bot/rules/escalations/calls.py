"""Escalation calls: a role of one agency is called because a rule was met, tier after tier (domain.md §10.4).

`decisions` compares the rules that are met with the calls that were raised, and lists the changes to make now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from bot.rules.access.break_glass import BOTH
from bot.rules.access.permissions import holders, listed_holders, may_be_called
from bot.rules.catalogue import _, code_words
from bot.rules.episodes.doubts import START
from bot.rules.episodes.risk_flags import feared_grade, grade_at
from bot.rules.figures import repeat_triggers
from bot.rules.model import Episode, GradeRecord
from bot.rules.partnership.partnership import LONGEST_CLOSURE, Calendar, Escalation, Partnership, Person
from bot.rules.partnership.roles import Agency
from bot.rules.time.clock import at, day_start, local_day, to_london

#: Reasons for closing a call that end its need: it was put right, or another record of the same absence calls.
PUT_RIGHT = frozenset({"graded", "lowered", "merged"})
#: An episode that is over and was reported longer ago crosses no rule any more.
RECENT = timedelta(hours=48)
#: A call about a child who is back, never acknowledged at any tier, is closed so long after it was raised.
LAPSED = timedelta(days=7)
#: The condition of a child who turned 18 while missing and is not back (edge case 4).
TURNED_18 = "turned_18"
Starts = Mapping[int, Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class Absence:
    """One child missing now, by every open record of it: two agencies may have one each. The oldest first."""

    records: tuple[Episode, ...]

    @property
    def child_id(self) -> int:
        return self.records[0].child_id

    @property
    def start_at(self) -> datetime:
        return self.records[0].start_at


@dataclass(frozen=True, slots=True)
class TriggerMet:
    """An escalation rule that is met, the record that meets it, and the number of the crossing in that episode."""

    rule: Escalation
    episode: Episode
    crossing: int = 1


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier: the role that is called, and a rule with its time to acknowledge."""

    role: str
    rule: Escalation


@dataclass(frozen=True, slots=True)
class Raised:
    """One tier: a role of one agency that was called because a rule was met for an episode (domain.md §10.4).

    `crossing` counts the times the rule was crossed in the episode (a grade may become high twice), `tier` the
    roles called after one another. `next_raised` says that the next tier was called. `decide_by` is the time by
    which a strategy decision is due, where the rule asks for one. `named_in` is the row whose message names this rule
    with its own; None where this row has a message of its own.
    """

    id: int
    rule: str
    episode_id: int
    agency: str
    tier: int
    role: str
    person: str  # empty: the role has no holder, or none that can be reached
    at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    next_raised: bool = False
    closed_at: datetime | None = None
    crossing: int = 1
    closed_because: str = ""
    decide_by: datetime | None = None
    named_in: int | None = None

    @property
    def message(self) -> int:
        """The number of the message that names this rule; an acknowledgement answers for all rules named in it."""
        return self.named_in or self.id

    @property
    def key(self) -> tuple[str, int, int, str]:
        """The key that all tiers of one call have in common."""
        return self.rule, self.episode_id, self.crossing, self.agency


@dataclass(frozen=True, slots=True)
class Call:
    """One rule that called one agency for one episode, with its tiers, the first one first."""

    tiers: tuple[Raised, ...]

    @property
    def first(self) -> Raised:
        return self.tiers[0]

    @property
    def acknowledged(self) -> Raised | None:
        return next((r for r in self.tiers if r.acknowledged_at is not None), None)

    @property
    def called(self) -> Raised | None:
        """The last tier at which a person was called."""
        return next((r for r in reversed(self.tiers) if r.person), None)

    @property
    def open(self) -> bool:
        """Neither acknowledged nor closed."""
        return self.acknowledged is None and any(r.closed_at is None for r in self.tiers)

    @property
    def waits(self) -> Raised | None:
        """The tier with time running; None where no person was called, or where there is no tier left."""
        last = self.called
        return last if last is not None and self.open and not last.next_raised else None

    @property
    def again(self) -> bool:
        """The last tier was called once more."""
        people = [r.role for r in self.tiers if r.person]
        return len(people) > 1 and people[-1] == people[-2]

    @property
    def put_right(self) -> bool:
        """Closed because the need has ended: no digest lists it."""
        return any(r.closed_because in PUT_RIGHT for r in self.tiers)


@dataclass(frozen=True, slots=True)
class DueCall:
    """An agency to be called for a rule that was met."""

    met: TriggerMet
    agency: Agency


@dataclass(frozen=True, slots=True)
class High:
    """The police's grade of an episode while it is high: the number of times it became so, and what confirms it.

    `since` is None where no series of grades is known; `recorded_again` is the next grade of the series that is high
    as well, `acknowledged` the police's first acknowledgement since then of a call for the child.
    """

    times: int = 1
    since: datetime | None = None
    recorded_again: datetime | None = None
    acknowledged: datetime | None = None


@dataclass(frozen=True)
class Situation:
    """The facts for a decision; of children who died, their ids alone (`dead`).

    `recent` are episodes reported in the last RECENT, over or not. `others` are the episodes of `raised` that are
    no record of an absence (any more). `highs` has the episodes that are graded high. `grown_up`
    are the episodes of children who turned 18 while missing, of late, and are not back.
    """

    now: datetime
    absences: Sequence[Absence]
    recent: Sequence[Episode] = ()
    others: Mapping[int, Episode] = field(default_factory=dict)
    dead: Set[int] = frozenset()
    starts: Starts = field(default_factory=dict)
    highs: Mapping[int, High] = field(default_factory=dict)
    raised: Sequence[Raised] = ()
    grown_up: Sequence[Episode] = ()

    @cached_property
    def _by_child(self) -> dict[int, Absence]:
        return {a.child_id: a for a in self.absences}

    @cached_property
    def _by_record(self) -> dict[int, Absence]:
        return {x.id: a for a in self.absences for x in a.records}

    def absence(self, episode_id: int) -> Absence | None:
        """Return the absence of an episode while the child is missing; one record of it may be over."""
        own = self.others.get(episode_id)
        other = self._by_child.get(own.child_id) if own else None
        if own and other and own.kind == "missing" and own.until_at > other.start_at:
            return other
        return self._by_record.get(episode_id)

    def grew_up(self, episode_id: int) -> bool:
        """Return True for an episode of a child who turned 18 while missing, and is not back."""
        own = self.episode(episode_id)
        grown = own is not None and any(x.child_id == own.child_id for x in self.grown_up)
        return grown and self.absence(episode_id) is None

    def episode(self, number: int) -> Episode | None:
        found = self._by_record.get(number)
        records = found.records if found else ()
        return self.others.get(number) or next((x for x in records if x.id == number), None)

    def records(self, number: int) -> tuple[Episode, ...]:
        """Return every open record of the absence, or the episode that is over: the subject of a call."""
        found, own = self.absence(number), self.episode(number)
        return found.records if found else (own,) if own else ()


@dataclass(frozen=True, slots=True)
class Decisions:
    """The changes to be made now. Of several replicas only one can make each."""

    close: tuple[tuple[Raised, str], ...] = ()
    reopen: tuple[Raised, ...] = ()
    next_tier: tuple[Call, ...] = ()
    vacant: tuple[Call, ...] = ()  # no person could be called (any more): a role may have a holder by now
    call: tuple[DueCall, ...] = ()

    @property
    def nothing(self) -> bool:
        return self == Decisions()


def decisions(s: Situation, p: Partnership) -> Decisions:
    """List the changes, in an order that is the same on every replica."""
    judged = [(c, why_closed(c, s, p)) for c in calls(s.raised)]
    running = [c for c, why in judged if c.open and not why]
    known: dict[int, set[tuple[str, int, str]]] = {}
    for r in s.raised:
        absence = s.absence(r.episode_id)
        number = absence.records[0].id if absence else r.episode_id
        known.setdefault(number, set()).add((r.rule, r.crossing, r.agency))
    call: list[DueCall] = []
    for a in s.absences:
        met = triggers_met(a, s.starts, p, s.now, s.highs)
        call += _not_called(met, known.get(a.records[0].id, set()) | _answered_before(a, judged, s), p)
    for x in s.recent:
        if x.kind == "missing" and x.child_id not in s.dead and s.absence(x.id) is None:
            again = [m for rule in p.escalations if (m := crossed(rule, x, s.starts, p, s.now)) is not None]
            of_absence = [x.id, *(y.id for y in s.others.values() if _overlap(x, y))]
            call += _not_called(again, set().union(*(known.get(number, ()) for number in of_absence)), p)
    call += _grown_up_not_called(s, p)
    # A return, a death or a birth date was put right: the rule is met again, and the call was never acknowledged.
    reopen = []
    for c, why in judged:
        rule = p.escalation(c.first.rule)
        of_birthday = rule is not None and rule.condition == TURNED_18
        is_met = s.grew_up(c.first.episode_id) if of_birthday else s.absence(c.first.episode_id) is not None
        ended = {r.closed_because for r in c.tiers} & ({"over", "died", "lowered"} if of_birthday else {"over", "died"})
        if ended and is_met and not (why or c.open or c.acknowledged):
            reopen.append(c.called or c.first)
    return Decisions(
        close=tuple((r, why) for c, why in judged if why for r in c.tiers if r.closed_at is None),
        reopen=tuple(reopen),
        next_tier=tuple(c for c in running if c.waits is not None and c.waits.acknowledge_by <= s.now),
        vacant=tuple(c for c in running if c.waits is None),
        call=tuple(call),
    )


def _answered_before(a: Absence, judged: Iterable[tuple[Call, str]], s: Situation) -> set[tuple[str, int, str]]:
    """Return the calls acknowledged for a record of this absence that is no record of it any more, as a void one."""
    own = {x.id for x in a.records}
    answered = ((c.first, s.episode(c.first.episode_id)) for c, _ in judged if c.acknowledged)
    return {
        (r.rule, r.crossing, r.agency)
        for r, x in answered
        if x is not None and x.id not in own and x.child_id == a.child_id and x.until_at > a.start_at
    }


def _overlap(x: Episode, y: Episode) -> bool:
    """Return True for two records of one absence that is over."""
    return (x.child_id, x.kind) == (y.child_id, y.kind) and x.start_at < y.until_at and y.start_at < x.until_at


def why_closed(c: Call, s: Situation, p: Partnership) -> str:
    """Return the reason to close a call, as a code; empty while it stays open."""
    number = c.first.episode_id
    episode, absence, rule = s.episode(number), s.absence(number), p.escalation(c.first.rule)
    if episode is None:
        return "gone"
    if episode.child_id in s.dead:
        return "died"
    condition = rule.condition if rule else ""
    if condition == TURNED_18 and absence is not None:
        return "lowered"  # by the birth date of now the child is one, and missing
    asks_still = condition == "repeat" or (condition == TURNED_18 and s.grew_up(number))
    if absence is None and asks_still and not c.acknowledged:
        # The child's return does not answer why the child goes missing again and again.
        return "lapsed" if (c.waits is None or c.again) and c.first.at + LAPSED <= s.now else ""
    if absence is None:
        return "over"
    records = (*absence.records, episode)  # the call's own may be over, while the child is missing by another one
    graded = any(grade_at(x, s.now) for x in records)
    fallen = {
        "ungraded": "graded" if graded else "",
        "high": "" if any(feared_grade(x, s.now) == "high" for x in records) else "lowered",
        "special": "" if any(special_trigger(x, s.now) for x in records) else "lowered",
    }
    return fallen.get(condition, "")


def _not_called(found: Iterable[TriggerMet], known: Set[tuple[str, int, str]], p: Partnership) -> Iterator[DueCall]:
    """Yield the agencies to call for rules that are met; `known` has the calls raised for the absence before."""
    for m in found:
        for agency in BOTH:
            wanted = m.rule.role(agency) and agency in p.agencies
            if wanted and (m.rule.id, m.crossing, agency) not in known:
                yield DueCall(m, agency)


def _grown_up_not_called(s: Situation, p: Partnership) -> Iterator[DueCall]:
    """Yield the agencies to tell that a child turned 18 while missing, once an absence."""
    for m in turned_18(s.grown_up, p, s.now):
        if m.episode.child_id in s.dead or s.absence(m.episode.id) is not None:
            continue
        of_child = (r for r in s.raised if (x := s.episode(r.episode_id)) and x.child_id == m.episode.child_id)
        known = {(r.rule, r.crossing, r.agency) for r in of_child if r.at >= m.episode.start_at}
        yield from _not_called([m], known, p)


def turned_18(grown_up: Iterable[Episode], p: Partnership, now: datetime) -> tuple[TriggerMet, ...]:
    """Return the rules on an 18th birthday while missing as met, each with the first record of the child.

    They call between the hours of the rule alone: nothing can be done about a birthday at midnight.
    """
    first: dict[int, Episode] = {}
    for x in sorted(grown_up, key=lambda x: (x.start_at, x.id)):
        if x.kind == "missing":
            first.setdefault(x.child_id, x)
    wall = to_london(now).time()
    rules = [e for e in p.escalations if e.condition == TURNED_18]
    rules = [e for e in rules if e.between is None or e.between[0] <= wall < e.between[1]]
    return tuple(TriggerMet(rule, x) for x in first.values() for rule in rules)


def absences(open_episodes: Iterable[Episode], dead: Set[int]) -> list[Absence]:
    """Group open records by missing child, whereabouts not known; children who died are left out."""
    found: dict[int, list[Episode]] = {}
    for x in sorted(open_episodes, key=lambda x: (x.start_at, x.id)):
        if x.kind == "missing" and x.child_id not in dead:
            found.setdefault(x.child_id, []).append(x)
    return [Absence(tuple(records)) for records in found.values()]


def triggers_met(
    absence: Absence,
    starts: Starts,
    p: Partnership,
    now: datetime,
    highs: Mapping[int, High] | None = None,
    *,
    unconfirmed: bool = False,
) -> tuple[TriggerMet, ...]:
    """Return the rules whose condition holds, each with the first record that meets it.

    Of several rules on the length of an absence, only the longest is returned. `unconfirmed` has also the rules that
    wait for nothing but the confirmation of a high grade.
    """
    graded_high = highs or {}
    records, found = absence.records, []
    special = [x for x in records if special_trigger(x, now)]
    high = [x for x in records if feared_grade(x, now) == "high"]
    graded = any(grade_at(x, now) for x in records)  # of one child's two records a grade on either is a grade
    for rule in p.escalations:
        if rule.condition == "repeat":
            found += [m for x in records if (m := crossed(rule, x, starts, p, now)) is not None][:1]
            continue
        waits = timedelta(hours=rule.after_hours)
        meeting = {
            "special": special,
            "high": [x for x in high if unconfirmed or confirmed(rule, x, graded_high.get(x.id, High()), now)],
            "ungraded": [x for x in records if not graded and now - (x.reported_at or x.start_at) >= waits],
            "open": records if now - absence.start_at >= waits else (),
        }
        for x in meeting.get(rule.condition, ())[:1]:
            crossing = graded_high.get(x.id, High()).times if rule.condition == "high" else 1
            found.append(TriggerMet(rule, x, max(1, crossing)))
    longest = max((m.rule.after_hours for m in found if m.rule.condition == "open"), default=0)
    return tuple(m for m in found if m.rule.condition != "open" or m.rule.after_hours == longest)


def crossed(rule: Escalation, x: Episode, starts: Starts, p: Partnership, now: datetime) -> TriggerMet | None:
    """Return the partnership's first repeat rule as met, where the start of this episode crosses it (R12)."""
    for repeat in p.repeat_rules[:1] if rule.condition == "repeat" else ():
        crossings = repeat_triggers(starts.get(x.child_id, ()), repeat, now)
        if any(c.fired_at == x.start_at for c in crossings):
            return TriggerMet(rule, x)
    return None


def special_trigger(x: Episode, now: datetime) -> bool:
    """Return True under 13, on a plan, UASC or graded high; also with an unreadable start (the safer mistake)."""
    return x.under_13 or x.cp or x.uasc or feared_grade(x, now) == "high" or START in x.doubts


def confirmed(rule: Escalation, x: Episode, high: High, now: datetime) -> bool:
    """Return True once a high grade is confirmed as the rule asks, or has stood for `confirm_within`."""
    if rule.confirmed_by == "nothing":
        return True
    since = high.since or (x.graded_at if x.grade == "high" else x.graded_before_at) or x.start_at
    said = {"grade": high.recorded_again, "acknowledgement": high.acknowledged}[rule.confirmed_by]
    return (said is not None and said <= now) or since + timedelta(minutes=rule.confirm_within) <= now


def high_of(grades: Sequence[GradeRecord], raised: Iterable[Raised], now: datetime) -> High:
    """Return the high grade of an episode from the police's series and the calls raised for the child."""
    since: datetime | None = None
    again: datetime | None = None
    for g in sorted(grades, key=lambda g: g.graded_at):
        if g.graded_at > now:
            break
        if g.grade != "high":
            since = again = None
        elif since is None:
            since = g.graded_at
        else:
            again = again or g.graded_at
    done = [r.acknowledged_at for r in raised if r.agency == "police" and r.acknowledged_at is not None]
    answered = min((d for d in done if since is not None and since <= d <= now), default=None)
    return High(times_high(grades, now), since, again, answered)


def times_high(grades: Sequence[GradeRecord], now: datetime) -> int:
    """Count the times that the police's grade became high by `now` (edge case 27)."""
    high = [g.grade == "high" for g in sorted(grades, key=lambda g: g.graded_at) if g.graded_at <= now]
    return sum(is_high and not before for before, is_high in zip([False, *high], high, strict=False))


def calls(raised: Iterable[Raised]) -> list[Call]:
    """Group the tiers into calls, in the order in which they were first raised."""
    found: dict[tuple[str, int, int, str], list[Raised]] = {}
    for r in sorted(raised, key=lambda r: r.id):
        found.setdefault(r.key, []).append(r)
    return [Call(tuple(sorted(tiers, key=lambda r: r.tier))) for tiers in found.values()]


def call_of(raised: Sequence[Raised], number: int) -> Call | None:
    """Return the call that a row is a tier of."""
    return next((c for c in calls(raised) if any(r.id == number for r in c.tiers)), None)


def named_in(raised: Sequence[Raised], message: int) -> list[Call]:
    """Return the calls of the rules named in a message."""
    return [c for c in calls(raised) if any(r.message == message for r in c.tiers)]


def rungs(p: Partnership, rule: Escalation, agency: str) -> tuple[Tier, ...]:
    """Return the tiers of one agency: the rule's own role, then those of `next_tier`. A role is named once.

    Each tier has the minutes of the rule that it belongs to, in the hours of the rule that calls: a child for whom
    every minute counts does not wait for the morning because the last role is borrowed from a rule of the daytime.
    """
    if not rule.role(agency):
        return ()
    found, caller = {rule.role(agency): rule}, rule
    for _unused in p.escalations:
        following = p.escalation(rule.next_tier)
        role = rule.next_tier if following is None else following.role(agency)
        if role:
            found.setdefault(role, following or rule)
        if following is None:
            break
        rule = following
    return tuple(
        Tier(role, of if of is caller else replace(of, between=caller.between, days=caller.days, same_day=False))
        for role, of in found.items()
    )


def acknowledge_by(rule: Escalation, since: datetime, calendar: Calendar) -> datetime:
    """Return the end of the time to acknowledge a call made at `since`.

    In a partnership that never works every minute counts: a mistake in a file does not postpone a call for ever.
    """
    left = timedelta(minutes=rule.acknowledge_minutes)
    day, last = local_day(since), local_day(since) + LONGEST_CLOSURE
    while day < last:
        if rule.between is None:
            opens, closes = day_start(day), day_start(day + timedelta(days=1))
        else:
            opens, closes = at(day, rule.between[0]), at(day, rule.between[1])
        begins = max(since, opens)
        if begins < closes and (rule.days == "every" or calendar.works(day)):
            if begins + left <= closes:
                return closes if rule.same_day else begins + left
            left -= closes - begins
        day += timedelta(days=1)
    return since + timedelta(minutes=rule.acknowledge_minutes)


def whom(
    p: Partnership,
    role: str,
    agency: str,
    area: str,
    now: datetime,
    away: Mapping[str, str],
    reached: Callable[[Person], bool],
) -> Person | None:
    """Return the person to call: a holder of the role who is there, else the cover of one who is away, or None.

    Where a rota's holder cannot be called, one of the listed holders is.

    `away` maps the people who are away today to their cover (empty: none).
    """
    today = local_day(now)
    on = holders(p, role, now, agency=agency, area=area)
    listed = listed_holders(p, role, today, agency=agency, area=area)
    # Behind a rota's holder who cannot be called stand the listed ones: a call waits for nobody's account or absence.
    for those in (on, listed):
        there = [x for x in those if x.id not in away]
        covers = [c for x in those if (c := p.person(away.get(x.id, ""))) is not None and c.agency == agency]
        for x in (*there, *covers):
            if x.id not in away and may_be_called(p, x, today) and reached(x):
                return x
    return None


def why_nobody(p: Partnership, vacant: Iterable[tuple[str, str, str]], now: datetime) -> str:
    """Tell administrators of roles without a person to call: nothing of a child, nor of the rule.

    `vacant` has role, agency and area of each.
    """
    areas: dict[tuple[bool, str, str], list[str]] = {}
    for role, agency, area in vacant:
        held = bool(holders(p, role, now, agency=agency, area=area))
        areas.setdefault((held, role, agency), []).append(area)
    said = []
    for held in (False, True):
        those = {key: of for key, of in areas.items() if key[0] is held}
        roles = [
            _("{role} of {agency} ({of})", role=code_words(role), agency=code_words(agency), of=", ".join(of))
            for (_unused, role, agency), of in those.items()
        ]
        if not roles:
            continue
        named = _(" or ").join((", ".join(roles[:-1]), roles[-1])) if len(roles) > 1 else roles[0]
        if not held:
            said.append(
                _(
                    "Nobody holds {named}, so nobody there could be called by an escalation. Name "
                    "people under [roles] in the partnership file, or with the verb people.",
                    named=named,
                )
            )
        else:
            said.append(
                _(
                    "The holder of {named} could not be called by an escalation: away without cover, "
                    "without an account the bot can reach, or without the right to lists.",
                    named=named,
                )
            )
    return " ".join(said)
