"""The facts of a digest, gathered once: episodes open now, news of its window, and the counts of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.episodes.confirmations import Ruling
from bot.rules.episodes.found_with import ANOTHER, UNREPORTED, FoundWith, Unreported, of_episode
from bot.rules.episodes.regrades import Regrade
from bot.rules.episodes.risk_flags import children, in_list_order, second_records
from bot.rules.escalations.calls import Raised
from bot.rules.escalations.strategy import OLD, Question, Stage, questions
from bot.rules.figures import Headline, RuleFired, repeat_triggers
from bot.rules.interviews.state import NONE, SOON, OpenInterview, Owners, closed_at, every, listed, ours, tracked
from bot.rules.interviews.steps import standings
from bot.rules.model import Episode, Freshness
from bot.rules.partnership.partnership import NeverOpen, Partnership
from bot.rules.queries.facts import Lists
from bot.rules.time import freshness

#: Kinds of difference between chat and the record: kind -> (label, advice).
DIFFERENCES = {
    "chat-only": (
        _("Interview step said in chat, not in the council's record"),
        _("Write it in the case system; figures count the record alone."),
    ),
    "chat-differs": (
        _("Interview step said in chat, other than in the council's record"),
        _("Find out which is right (interview, then the reference) and correct the case system."),
    ),
    "handed-over": (
        _("Placing authority changed after the return, the open interview not acknowledged"),
        _("Whoever takes it over says so: interview, the reference, then acknowledged (or take)."),
    ),
}


#: A gap of two children rather than of one record: its kind, label and advice.
UNREPORTED_GAP = (
    "found-unreported",
    _("Child found with another, and not reported missing"),
    _("Ask whether the child was missing; if so, have the absence recorded with its true times. None is made up here."),
)


def unreported_rows(found: Iterable[Unreported]) -> list[tuple[str, str, datetime]]:
    """Return the children of this gap, each with an area that the reader sees, and the time of the find."""
    return [
        (
            _("{ref} (with {with_ref})", ref=u.ref or ANOTHER, with_ref=u.with_ref or ANOTHER),
            u.area if u.ref else u.with_area,
            u.at,
        )
        for u in found
    ]


def differs(i: OpenInterview, kind: str, now: datetime) -> bool:
    """Return True for an interview with this kind of difference; another authority's has no record of ours."""
    if kind == "handed-over":
        return i.handed_over
    if i.state.name in NONE or i.theirs:
        return False
    return bool(i.lacking if kind == "chat-only" else i.differences(now))


def interviews_elsewhere(facts: Lists, scope: Scope, now: datetime) -> list[OpenInterview]:
    """Return the interviews of the scope that other authorities hold, tracked, least time left first."""
    found = facts.interviews_elsewhere(scope, now)
    if not found:
        return []
    died = facts.died([x.child_id for x in found])
    alive = [x for x in found if x.child_id not in died]
    again = facts.missing_now([x.child_id for x in alive], now)
    return tracked(as_said(facts, alive, again, now))


def open_interviews(facts: Lists, scope: Scope, now: datetime) -> list[OpenInterview]:
    """Return every open interview of the scope, least time left first, without children who died (edge case 35)."""
    return weighed(facts, facts.interviews_open(scope, now), now)


def weighed(facts: Lists, found: Sequence[Episode], now: datetime) -> list[OpenInterview]:
    """Return those of these interviews that are open, in the order of `listed`, without children who died."""
    died = facts.died([x.child_id for x in found])
    alive = [x for x in found if x.child_id not in died]
    again = facts.missing_now([x.child_id for x in alive], now)
    return listed(as_said(facts, alive, again, now))


def as_said(facts: Lists, episodes: Sequence[Episode], missing: Iterable[int], now: datetime) -> list[OpenInterview]:
    """Return these interviews with their steps in chat, open or not; `missing` are the children missing at `now`."""
    here = [x.id for x in episodes]
    elsewhere = sorted(set(facts.work.merged_with(here)) - set(here))
    known = standings(facts.work.steps([*here, *elsewhere]), now)
    others = facts.episodes_of(elsewhere, now) if elsewhere else ()
    return every(episodes, set(missing), now, known, others, owners=Owners.among(facts.people()))


def record_times(facts: Lists, partnership: Partnership, found: Iterable[OpenInterview], now: datetime) -> bool:
    """Return True where the council's export has times of recording, so that an interview without is not recorded.

    It has none where the partnership file says so, and where it never gave one for interviews held weeks ago. Read
    only where one of these interviews needs it.
    """
    if all(i.recorded_state != "held" for i in found):
        return True
    column = partnership.sources.interviews.mapping_at(now).columns.get("recorded_at")
    return column != "" and facts.record_times_given(now)


#: "All clear" is said of no day with an interview that is due within this.
LATER = timedelta(days=3)
#: A declined interview stays in digests for so long while the carer has not been contacted.
DECLINED = timedelta(days=14)
#: A person who turned 18 while missing stays in digests for so long: one morning alone would give the birth date away.
GROWN_UP = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Morning:
    """The facts of one digest. `since`..`until` is its window; everything else is seen from `now`."""

    since: datetime
    until: datetime
    now: datetime
    missing: Sequence[Episode]
    away: Sequence[Episode]
    reported: Sequence[Episode]
    late: Sequence[Episode]
    returned: Sequence[Episode]
    adults: Sequence[Episode]  # of the last weeks: the window would give the day away
    interviews: Sequence[OpenInterview]
    held: Sequence[Episode]
    declined: Sequence[Episode]  # in the last days, and the carer not contacted
    crossings: Sequence[tuple[Episode, RuleFired]]
    starts: Mapping[int, tuple[datetime, ...]]
    sources: Sequence[Freshness]
    raised: Mapping[int, Sequence[Raised]]  # escalations of missing children, by episode
    outstanding: Mapping[int, Stage]  # strategy decisions asked for and not recorded yet, by episode
    voided: Sequence[Episode] = ()  # had been listed, and became void in the window
    rulings: Sequence[Ruling] = ()  # made, taken back or overtaken in the window
    record_times: bool = True  # the council's export has them
    regraded: Sequence[tuple[Episode, tuple[Regrade, ...]]] = ()  # in the window, of children missing then
    grade_changes: Mapping[int, tuple[Regrade, ...]] = field(default_factory=dict)  # from `since` to now, by episode
    withheld: bool = False  # news of a child who died is left out: not "all clear"
    elsewhere: Sequence[OpenInterview] = ()  # other authorities hold them
    company: Mapping[int, Sequence[FoundWith]] = field(default_factory=dict)  # by episode missing, away or returned
    unreported: Sequence[Unreported] = ()  # found in the last days
    unattended: Sequence[OpenInterview] = ()  # run out before anybody works in time to act
    back: datetime | None = None  # people work again, where something is unattended
    owed: Sequence[tuple[Episode, Question]] = ()  # strategy decisions outstanding, of children who are back too

    def fresh(self, source: str) -> bool:
        return all(freshness.state(s, self.now) == "ok" for s in self.sources if s.source == source)

    def usable(self, source: str) -> bool:
        return all(freshness.usable(s, self.now) for s in self.sources if s.source == source)

    @property
    def children_missing(self) -> int:
        """Children, not records: a child with two open records is one."""
        return children(self.missing)

    @property
    def second_records(self) -> frozenset[int]:
        return second_records((*self.missing, *self.away))

    @property
    def unowned(self) -> list[OpenInterview]:
        return [i for i in self.interviews if i.unowned]

    @property
    def overdue(self) -> list[OpenInterview]:
        return [i for i in self.interviews if i.overdue]

    @property
    def due_soon(self) -> list[OpenInterview]:
        return [i for i in self.interviews if i.due_soon]

    @property
    def unrecorded(self) -> list[OpenInterview]:
        return [i for i in self.interviews if i.to_record(self.record_times)]

    @property
    def due_later(self) -> list[OpenInterview]:
        """Not held, and due in the next three days, later than `due_soon`."""
        return [i for i in self.interviews if i.undone and SOON < i.left <= LATER]

    @property
    def doubtful(self) -> list[Episode]:
        """Every episode with a doubt that the digest is about, each once."""
        about = (*self.missing, *self.away, *self.reported, *self.late, *self.returned, *self.adults)
        of_interviews = (i.episode for i in (*self.interviews, *self.elsewhere))
        return list({x.id: x for x in (*about, *of_interviews) if x.doubts}.values())

    @property
    def is_clear(self) -> bool:
        """Return True where nothing is missing, open, due, overdue, rejected, stale, unsaid or in doubt."""
        waits = (
            *(self.missing, self.away, self.adults, self.overdue, self.unowned, self.unrecorded, self.elsewhere),
            *(self.declined, self.outstanding, self.owed, self.doubtful, self.unreported),
            [i for i in self.interviews if not i.closed and not (i.unrecorded and not i.to_record(self.record_times))],
        )
        return not self.withheld and not any(waits) and all(freshness.state(s, self.now) == "ok" for s in self.sources)

    @property
    def newly_overdue(self) -> list[OpenInterview]:
        return [i for i in self.overdue if self.since <= self.now + i.left < self.until]


def gather(
    facts: Lists,
    partnership: Partnership,
    scope: Scope,
    window: tuple[datetime, datetime],
    now: datetime,
    named: Scope | None = None,
) -> Morning:
    """Read every list once, each from an index whose range is open or recent. Children who died are left out.

    `named`, where it is wider than `scope`, holds the children whose references may stand beside another's.
    """
    since, until = window
    read = {
        "open": facts.open_episodes(scope, now),
        "reported": facts.reported(scope, since, until),
        "late": facts.late_entries(scope, since, until),
        "ended": facts.ended(scope, since, until),
        "voided": facts.voided(scope, since, until),
        "ended since": facts.ended(scope, until, now) if now > until else (),
        "grown up": facts.grown_up(scope, until - GROWN_UP, until),
        "held": facts.held(scope, since, until),
        "interviews": facts.interviews_open(scope, now, min(since, now - DECLINED)),
        "elsewhere": facts.interviews_elsewhere(scope, now),
    }
    rulings = facts.rulings(scope, since, until)
    children_read = {x.child_id for found in read.values() for x in found} | {r.child_id for r in rulings}
    died = facts.died(sorted(children_read))
    news = [x for name in ("open", "reported", "late", "ended") for x in read[name]]
    withheld = any(x.died for x in news)
    alive = {name: [x for x in found if x.child_id not in died] for name, found in read.items()}
    here = alive["open"]
    # One that is handed over is in both lists.
    recent = list({x.id: x for x in (*alive["interviews"], *alive["elsewhere"])}.values())
    reported, late, ended = ([x for x in alive[name] if x.kind == "missing"] for name in ("reported", "late", "ended"))
    with_news = sorted({x.child_id for x in (*here, *reported, *late)})
    widest = max((r.days for r in partnership.repeat_rules), default=1)
    begun = min((since, *(x.start_at for x in here)))
    starts = facts.starts(with_news, begun - timedelta(days=widest), now)
    interviews = as_said(facts, recent, facts.missing_now([x.child_id for x in recent], now), now)
    waiting = listed(interviews)
    unattended = [i for i in waiting if i.undone and _unattended(i, partnership, now)]
    missing = in_list_order([x for x in here if x.kind == "missing"], now)

    beside = [*here, *ended]
    begun = min((x.start_at for x in beside), default=now)
    company = facts.found_with(named or scope, sorted({x.child_id for x in beside}), now, begun)
    unreported = facts.found_unreported(named or scope, now, now - UNREPORTED)

    numbers = [x.id for x in missing]
    raised: dict[int, list[Raised]] = {}
    for call in facts.work.escalations(numbers):
        raised.setdefault(call.episode_id, []).append(call)
    decisions = questions([call for calls in raised.values() for call in calls], facts.work.steps(numbers))
    owed = outstanding_decisions(facts, scope, now)
    return Morning(
        since=since,
        until=until,
        now=now,
        missing=missing,
        away=[x for x in here if x.kind == "away"],
        reported=sorted(reported, key=_reported),
        late=sorted(late, key=_reported),
        returned=[x for x in ended if not x.left_as_adult],
        adults=[x for x in alive["grown up"] if x.kind == "missing"],
        interviews=waiting,
        held=alive["held"],
        declined=[i.episode for i in interviews if _carer_waits(i, now - DECLINED)],
        crossings=_crossings([*reported, *late], starts, partnership, since, until),
        starts=starts,
        sources=facts.freshness(now),
        raised=raised,
        outstanding={q.episode_id: q.stage for q in decisions if q.stage != "done"},
        voided=alive["voided"],
        rulings=[r for r in rulings if r.child_id not in died],
        record_times=record_times(facts, partnership, interviews, now),
        regraded=_regrades(facts, (*here, *alive["ended"], *alive["ended since"]), since, until),
        grade_changes={x.id: changes for x, changes in _regrades(facts, missing, since, now)},
        withheld=withheld,
        elsewhere=tracked(interviews),
        company={x.id: found for x in beside if (found := of_episode(company, x.id))},
        unreported=[u for u in unreported if _concerns(u, scope)],
        unattended=unattended,
        owed=owed,
        back=max((_back(i, partnership, now) for i in unattended), default=None),
    )


def outstanding_decisions(facts: Lists, scope: Scope, now: datetime) -> list[tuple[Episode, Question]]:
    """Return the strategy decisions that were asked for and not said yet, whether or not the child is back.

    The first due stands first, the OLD ones last. None is of a child who died (edge case 35) or turned 18 while missing
    (edge case 4), nor of an absence that became void.
    """
    asked = facts.work.decisions(now - OLD)
    if not asked:
        return []
    found = facts.numbered(scope, sorted({r.episode_id for r in asked}), now)
    died = facts.died([x.child_id for x in found])
    alive = {x.id: x for x in found if x.child_id not in died and x.kind != "void" and not x.left_as_adult}
    steps = facts.work.steps(sorted(alive)) if alive else {}
    waiting = questions([r for r in asked if r.episode_id in alive], steps)
    outstanding = sorted((q for q in waiting if q.stage != "done"), key=lambda q: q.is_old(now))
    return [(alive[q.episode_id], q) for q in outstanding]


def _unattended(i: OpenInterview, partnership: Partnership, now: datetime) -> bool:
    return i.left < timedelta.max and partnership.calendar(i.episode.area).unattended(now + i.left, now)


def _back(i: OpenInterview, partnership: Partnership, now: datetime) -> datetime:
    """Return the time at which people of the interview's area work again; its deadline where they never do."""
    try:
        return partnership.calendar(i.episode.area).next_moment(now)
    except NeverOpen:
        return now + i.left


def _concerns(u: Unreported, scope: Scope) -> bool:
    return any(ref and area in scope.areas for ref, area in ((u.ref, u.area), (u.with_ref, u.with_area)))


def _regrades(
    facts: Lists, episodes: Iterable[Episode], since: datetime, until: datetime
) -> list[tuple[Episode, tuple[Regrade, ...]]]:
    """Return the absences among these that were re-graded in [since, until), each with the changes.

    A grade given once the child was back concerns no child who is missing: police close a log with it.
    """
    missing = {x.id: x for x in episodes if x.kind == "missing" and not x.left_as_adult}
    found = []
    for number, changes in facts.regrades(list(missing), since, until).items():
        x = missing[number]
        if while_missing := tuple(r for r in changes if r.untimed or r.at < x.until_at):
            found.append((x, while_missing))
    return found


def _reported(x: Episode) -> tuple[datetime, int]:
    return x.reported_at or x.start_at, x.id


def _carer_waits(i: OpenInterview, since: datetime) -> bool:
    """Return True if the child declined since then, and neither the record nor chat has the carer contacted."""
    interview, answer = i.episode.interview, ours(i.standing).answer
    when = answer.said_at if answer else closed_at(interview, required=True)
    waits = i.state.name == "declined" and not i.theirs and interview.outcome_reason != "carer_contacted"
    return waits and when is not None and when > since


def _crossings(
    reported: Sequence[Episode],
    starts: Mapping[int, tuple[datetime, ...]],
    partnership: Partnership,
    since: datetime,
    until: datetime,
) -> list[tuple[Episode, RuleFired]]:
    """Return the repeat rules crossed by an episode reported in the window, once a child and rule."""
    found: dict[tuple[int, str], tuple[Episode, RuleFired]] = {}
    for x in reported:
        for rule in partnership.repeat_rules:
            for crossing in repeat_triggers(starts.get(x.child_id, ()), rule, until):
                if crossing.fired_at == x.start_at:
                    found[x.child_id, rule.id] = (x, crossing)
    return list(found.values())


def headline(m: Morning) -> Headline:
    """Return the counts of a morning, for places that see counts alone."""
    return Headline(
        since=m.since,
        until=m.until,
        now=m.now,
        missing=m.children_missing,
        reported=len(m.reported),
        returned=len(m.returned),
        overdue=len(m.overdue),
        due_soon=len(m.due_soon),
        turned_18=children(m.adults),
        unattended=len(m.unattended),
        sources=tuple(m.sources),
    )
