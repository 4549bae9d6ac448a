"""Everything a digest speaks of, gathered once: what is open now and what happened in its window; or its counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.access.permissions import Scope
from bot.rules.episodes.confirmations import Ruling
from bot.rules.episodes.risk_flags import children, in_list_order, second_records
from bot.rules.escalations.calls import Raised
from bot.rules.escalations.strategy import Stage, questions
from bot.rules.figures.digest_counts import Headline
from bot.rules.figures.frequency import RuleFired, repeat_triggers
from bot.rules.interviews.open_interviews import OpenInterview, listed
from bot.rules.interviews.reconciliation import ours
from bot.rules.interviews.state import closed_at
from bot.rules.model import Episode, Freshness
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.facts import Lists
from bot.rules.queries.interview_list import as_said
from bot.rules.time import freshness

#: How long a declined interview is asked after while nobody has contacted the carer.
DECLINED = timedelta(days=14)
#: How long somebody is named who turned 18 while missing: on one morning alone it would be a date of birth.
GROWN_UP = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Morning:
    """The facts of one digest. `since`..`until` is its window; `now` the moment everything else is seen from."""

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
    raised: Mapping[int, Sequence[Raised]]  # whom rules called for who is missing, by episode
    outstanding: Mapping[int, Stage]  # strategy decisions that were asked for and not said yet, by episode
    rulings: Sequence[Ruling] = ()  # said of doubts, taken back or overtaken in the window
    withheld: bool = False  # something of a child who died is left out: not "all clear"

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
        day = timedelta(hours=24)
        return [i for i in self.interviews if i.undone and timedelta() <= i.left <= day]

    @property
    def newly_overdue(self) -> list[OpenInterview]:
        return [i for i in self.overdue if self.since <= self.now + i.left < self.until]


def gather(
    facts: Lists, partnership: Partnership, scope: Scope, window: tuple[datetime, datetime], now: datetime
) -> Morning:
    """Read once, each from an index whose range is what is open or recent. Children who died are left out."""
    since, until = window
    everything = {
        "open": facts.open_episodes(scope, now),
        "reported": facts.reported(scope, since, until),
        "late": facts.late_entries(scope, since, until),
        "ended": facts.ended(scope, since, until),
        "grown up": facts.grown_up(scope, until - GROWN_UP, until),
        "held": facts.held(scope, since, until),
        "interviews": facts.interviews_open(scope, now, min(since, now - DECLINED)),
    }
    rulings = facts.rulings(scope, since, until)
    spoken_of = {x.child_id for found in everything.values() for x in found} | {r.child_id for r in rulings}
    died = facts.died(sorted(spoken_of))
    news = [x for name in ("open", "reported", "late", "ended") for x in everything[name]]
    withheld = any(x.died for x in news)
    alive = {name: [x for x in found if x.child_id not in died] for name, found in everything.items()}
    here, recent = alive["open"], alive["interviews"]
    reported, late, ended = ([x for x in alive[name] if x.kind == "missing"] for name in ("reported", "late", "ended"))
    everybody = sorted({x.child_id for x in (*here, *reported, *late)})
    widest = max((r.days for r in partnership.repeat_rules), default=1)
    starts = facts.starts(everybody, since - timedelta(days=widest), now)
    owed = as_said(facts, recent, facts.missing_now([x.child_id for x in recent], now), now)
    missing = in_list_order([x for x in here if x.kind == "missing"], now)
    raised, outstanding = _called(facts, missing)
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
        interviews=listed(owed),
        held=alive["held"],
        declined=[i.episode for i in owed if _carer_waits(i, now - DECLINED)],
        crossings=_crossings([*reported, *late], starts, partnership, since, until),
        starts=starts,
        sources=facts.freshness(now),
        raised=raised,
        outstanding=outstanding,
        rulings=[r for r in rulings if r.child_id not in died],
        withheld=withheld,
    )


def _called(facts: Lists, missing: Sequence[Episode]) -> tuple[Mapping[int, Sequence[Raised]], Mapping[int, Stage]]:
    """Who was called for whoever is missing, and which strategy decisions are outstanding."""
    numbers = [x.id for x in missing]
    found: dict[int, list[Raised]] = {}
    for r in facts.work.escalations(numbers):
        found.setdefault(r.episode_id, []).append(r)
    asked = questions([r for rows in found.values() for r in rows], facts.work.steps(numbers))
    return found, {q.episode_id: q.stage for q in asked if q.stage != "done"}


def _reported(x: Episode) -> tuple[datetime, int]:
    return x.reported_at or x.start_at, x.id


def _carer_waits(i: OpenInterview, since: datetime) -> bool:
    """The child said no since then, so the carer is to be offered a talk, and nobody recorded that or said so."""
    interview, answer = i.episode.interview, ours(i.standing).answer
    when = answer.said_at if answer else closed_at(interview, required=True)
    waits = i.state.name == "declined" and interview.outcome_reason != "carer_contacted"
    return waits and when is not None and when > since


def _crossings(
    reported: Sequence[Episode],
    starts: Mapping[int, tuple[datetime, ...]],
    partnership: Partnership,
    since: datetime,
    until: datetime,
) -> list[tuple[Episode, RuleFired]]:
    """Repeat rules crossed by an episode reported in the window, once a child and rule."""
    found: dict[tuple[int, str], tuple[Episode, RuleFired]] = {}
    for x in reported:
        for rule in partnership.repeat_rules:
            for crossing in repeat_triggers(starts.get(x.child_id, ()), rule, until):
                if crossing.fired_at == x.start_at:
                    found[x.child_id, rule.id] = (x, crossing)
    return list(found.values())


def headline(m: Morning) -> Headline:
    """The one way from a morning to what may be said where only counts are seen."""
    return Headline(
        since=m.since,
        until=m.until,
        now=m.now,
        missing=m.children_missing,
        reported=len(m.reported),
        returned=len(m.returned),
        overdue=len(m.overdue),
        due_soon=len(m.due_soon),
        sources=tuple(m.sources),
    )
