"""Any ladder, grades that rise and fall, answers at any time, roles that nobody holds: limits that calls keep (L1, L2).

Ladders, people and events are invented at random; the bot ticks on a real database, and each limit is looked at after
every tick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from bot.rules.access.permissions import DUTY
from bot.rules.effects import Overtaken
from bot.rules.escalations.calls import Call, Raised, calls, rungs, whom, why_closed
from bot.rules.model import Grade, GradeRecord
from bot.rules.partnership.partnership import Escalation, Partnership, Person
from bot.rules.partnership.roles import Agency
from bot.store.database import open_database, writing
from bot.store.schema import delivery as tables
from bot.store.schema import records
from bot.store.schema.access import notice
from tests.support import escalation_calls
from tests.support.escalation_calls import Calls
from tests.support.factories import Recorded, at, episode, partnership

OURS = partnership()
ROLES = ("first", "second", "third", "fourth", "fifth")
CONDITIONS = ("special", "high", "ungraded", "open", "long", "repeat")
AGENCIES: tuple[Agency, ...] = ("police", "council")
#: A story is short enough to read as it is: shrinking one takes minutes.
QUICK = (Phase.explicit, Phase.generate)
#: An ordinary week, and the weekends of both clock changes.
BEGINS = (at("Wed 5 Jul 2017 16:00"), at("Sat 28 Oct 2017 18:00"), at("Sat 25 Mar 2017 18:00"))


@dataclass
class World:
    """One child's absence as it goes on, and the calls about it."""

    bot: Calls
    now: datetime
    x: Recorded
    grades: list[GradeRecord] = field(default_factory=list)
    council: Recorded | None = None
    answered: dict[tuple[str, str, int], datetime] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    @property
    def ours(self) -> Partnership:
        return self.bot.partnership

    def rows(self) -> list[Raised]:
        return self.bot.raised()

    def running(self) -> list[Call]:
        """Calls neither acknowledged nor over by the facts of now."""
        s = self.bot.look(self.now)
        return [c for c in calls(s.raised) if c.open and not why_closed(c, s, self.ours)]

    def can_be_called(self, role: str, agency: str) -> Person | None:
        return whom(self.ours, role, agency, "north", self.now, {}, lambda _: True)

    def store(self) -> None:
        self.bot.put(self.x, grades=self.grades)
        if self.council:
            self.bot.put(self.council)

    # -- events --

    def grade(self, grade: Grade) -> None:
        self.grades.append(GradeRecord(self.now, grade))
        self.x = replace(self.x, grade=grade, graded_at=self.now)
        self.store()

    def back(self, _: Any) -> None:
        """The child is back, or was not after all."""
        over = self.x.end_at is None
        end = self.now if over else None
        self.x = replace(self.x, end_at=end, until_at=end or self.turns, returned_at=end)
        if self.council:
            self.council = replace(self.council, end_at=end, until_at=end or self.turns, returned_at=end)
        self.store()

    @property
    def turns(self) -> datetime:
        return episode(1, self.x.start_at).until_at

    def council_record(self, _: Any) -> None:
        """The council's own record of the absence, begun earlier than the police's."""
        if self.council is None and self.x.end_at is None:
            start = self.x.start_at - timedelta(minutes=20)
            self.council = episode(1, start, grade=None, graded_at=None, police=False, reported_at=self.x.reported_at)
            self.store()

    def answer(self, which: int) -> None:
        """Somebody acknowledges one of the messages, the newest or one that was passed on."""
        rows = [r for r in self.rows() if r.person]
        if not rows:
            return
        r = rows[-1 - which % len(rows)]
        try:
            self.bot.acknowledge(r.id, r.person, self.now)
        except Overtaken:
            return
        for named in self.rows():
            if named.message == r.message and named.acknowledged_at == self.now:
                self.answered[named.rule, named.agency, named.crossing] = self.now

    def holder(self, change: tuple[str, Agency]) -> None:
        """A role loses its holder, or has one again."""
        role, agency = change
        roles = {name: dict(held) for name, held in self.ours.roles.items()}
        if roles[role].pop(agency, None) is None:
            roles[role][agency] = f"{agency}-{role}"
        self.bot.partnership = replace(self.ours, roles=roles)

    # -- limits --

    def tick(self) -> None:
        before = {r.id for r in self.rows()}
        alarms = self.alarms()
        late = {c.first.key: c.waits.role for c in self.running() if c.waits and c.waits.acknowledge_by <= self.now}
        self.bot.tick(self.now)
        new = [r for r in self.rows() if r.id not in before]
        self.nobody_after_an_answer(new)
        for agency in AGENCIES:
            running = [c for c in self.running() if c.first.agency == agency]
            waiting = [c.waits for c in running if c.waits is not None]
            assert len({r.person for r in waiting}) <= 1, ("one person of an agency at a time", waiting)
            silent = [r for r in waiting if r.acknowledge_by <= self.now]
            assert not silent, ("past its time without a next push", silent)
            self.nobody_left_out(agency, running)
            self.only_whom_it_adds([r for r in new if r.agency == agency])
            again = [r for r in new if r.agency == agency and r.person and late.get(r.key) == r.role]
            assert not again or self.alarms() > alarms, ("the last tier again, and nobody alarmed", again)

    def nobody_after_an_answer(self, new: Sequence[Raised]) -> None:
        again = [r for r in new if (r.rule, r.agency, r.crossing) in self.answered]
        assert not again, ("called for a rule that was acknowledged", again)

    def nobody_left_out(self, agency: str, running: Sequence[Call]) -> None:
        """A call without a person whose time runs is one that nobody can be called for."""
        for c in running:
            if c.waits is not None:
                continue
            rule = self.ours.escalation(c.first.rule)
            assert rule is not None
            there = [t.role for t in rungs(self.ours, rule, agency) if self.can_be_called(t.role, agency)]
            assert not there, ("somebody could be called, and is not", c, there)

    def only_whom_it_adds(self, new: Sequence[Raised]) -> None:
        for r in new:
            named = [other for other in new if other.message == r.message]
            rules = [rule for n in named if (rule := self.ours.escalation(n.rule)) is not None]
            roles = {t.role for rule in rules for t in rungs(self.ours, rule, r.agency)} | {DUTY}
            # A role that was called before, with other rules, is called again at the end of the ladder.
            before = [o for o in self.rows() if any(o.key == n.key and o.tier < n.tier for n in named)]
            roles |= {o.role for o in before}
            assert r.role in roles, ("a role that none of these rules calls", r)
            assert r.acknowledge_by > r.at

    def alarms(self) -> int:
        with writing(self.bot.engine) as connection:
            query = select(func.count()).select_from(notice).where(notice.c.kind == "alarm")
            return int(connection.execute(query).scalar_one())


def line(rule: Escalation) -> str:
    """Write a rule of an invented ladder in one line, for the report of a failure."""
    hours = "" if rule.between is None else " daytime"
    confirm = f" {rule.confirmed_by} {rule.confirm_within}" if rule.condition == "high" else ""
    return (
        f"{rule.id}: {rule.police}/{rule.council} {rule.acknowledge_minutes}{hours} {rule.days}"
        f"{' same day' if rule.same_day else ''}{confirm} -> {rule.next_tier}"
    )


@st.composite
def ladders(draw: Any, *, at_all_hours: bool = False) -> tuple[Escalation, ...]:
    chosen = draw(st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=6, unique=True))
    found = []
    for n, name in enumerate(chosen):
        following = draw(st.sampled_from(["", *chosen[n + 1 :], *ROLES]))
        kept: dict[str, Any] = {"police": draw(st.sampled_from(ROLES)), "council": draw(st.sampled_from(["", *ROLES]))}
        if name == "high":
            kept["confirmed_by"] = draw(st.sampled_from(["nothing", "grade", "acknowledgement"]))
            kept["confirm_within"] = draw(st.sampled_from([10, 30, 90]))
        if not at_all_hours:
            kept["between"] = draw(st.sampled_from([None, None, (time(7), time(22))]))
            kept["days"] = draw(st.sampled_from(["every", "every", "working"]))
            kept["same_day"] = draw(st.booleans())
        when = {"when": "open"} if name == "long" else {}
        after = {"ungraded": 1, "open": 6, "long": 12}.get(name, 0)
        minutes = draw(st.sampled_from([15, 30, 60, 120]))
        kept |= {"acknowledge_minutes": minutes, "after_hours": after, "next_tier": following} | when
        found.append(Escalation(id=name, name=name, **kept))
    return tuple(found)


EVENTS = st.one_of(
    st.tuples(st.just("grade"), st.sampled_from(["high", "high", "medium", "low"])),
    st.tuples(st.just("answer"), st.integers(0, 5)),
    st.tuples(st.just("holder"), st.tuples(st.sampled_from(ROLES), st.sampled_from(AGENCIES))),
    st.tuples(st.just("back"), st.none()),
    st.tuples(st.just("council_record"), st.none()),
    st.tuples(st.just("wait"), st.none()),
)
#: Minutes until an event, and the event.
STORIES = st.lists(st.tuples(st.sampled_from([1, 5, 14, 31, 61, 125, 400]), EVENTS), max_size=12)


def told(bot: Calls, ladder: tuple[Escalation, ...], begins: datetime, vacant: Sequence[tuple[str, Agency]]) -> World:
    """Return the world at the report of a child of 11 years, with a holder for each role but the vacant ones."""
    people = tuple(
        Person(id=f"{agency}-{role}", agency=agency, role=own)  # type: ignore[arg-type]
        for agency, own in zip(AGENCIES, ("duty_inspector", "team_manager"), strict=True)
        for role in ROLES
    )
    held: dict[str, dict[Agency, str]] = {
        role: {a: f"{a}-{role}" for a in AGENCIES if (role, a) not in vacant} for role in ROLES
    }
    bot.partnership = replace(OURS, escalations=ladder, people=(*OURS.people, *people), roles={**OURS.roles, **held})
    with writing(bot.engine) as connection:
        for table in (tables.escalation, tables.delivery, notice, records.grade, records.episode):
            connection.execute(delete(table))
        for table in (records.occurrence, records.interview):
            connection.execute(delete(table))
    x = episode(1, begins, grade=None, graded_at=None, reported_at=begins, birth=date(2006, 1, 1))
    x = replace(x, until_at=episode(1, begins).until_at)
    return World(bot, begins, x)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One database for all examples: each empties it."""
    found = f"sqlite:///{tmp_path_factory.mktemp('ladder') / 'bot.db'}"
    with escalation_calls.calls(found):
        yield found


VACANT = st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from(AGENCIES)), max_size=4, unique=True)


def two_rules() -> tuple[Escalation, ...]:
    """Return a rule that ends with the absence and one that does not, with the same one role."""
    return tuple(
        Escalation(id=name, name=name, police="first", council="", acknowledge_minutes=30)
        for name in ("special", "repeat")
    )


@settings(max_examples=100, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])
@example(  # the alarm of a call that goes on beside one that is open again is no copy of an older one
    ladder=two_rules(),
    begins=BEGINS[0],
    vacant=[],
    story=[(61, ("wait", None)), (31, ("back", None)), (400, ("back", None))],
)
@given(ladder=ladders(), begins=st.sampled_from(BEGINS), vacant=VACANT, story=STORIES)
def test_calls_keep_their_limits_whatever_happens(
    url: str, ladder: tuple[Escalation, ...], begins: datetime, vacant: list[tuple[str, Agency]], story: list[Any]
) -> None:
    with closing_engine(url) as bot:
        play(bot, ladder, begins, vacant, story)


@contextmanager
def closing_engine(url: str) -> Iterator[Calls]:
    engine = open_database(url)
    yield Calls(engine)
    engine.dispose()


def play(
    bot: Calls, ladder: tuple[Escalation, ...], begins: datetime, vacant: list[tuple[str, Agency]], story: list[Any]
) -> World:
    """Live through a story, and look at each limit after each event."""
    for rule in ladder:
        note(line(rule))
    world = told(bot, ladder, begins, vacant)
    nights = [begins - timedelta(days=n) for n in (3, 5)]
    bot.put(*(episode(1, night, night + timedelta(hours=4), grade="low") for night in nights))
    world.store()
    world.tick()
    for minutes, (kind, what) in [*story, (61, ("wait", None)), (61, ("wait", None)), (700, ("wait", None))]:
        world.now += timedelta(minutes=minutes)
        if kind != "wait":
            getattr(world, kind)(what)
        world.tick()
        world.tick()  # twice changes nothing
    return world


@settings(max_examples=20, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])
@given(ladder=ladders(at_all_hours=True), vacant=VACANT, story=STORIES)
def test_a_change_of_the_clocks_changes_no_call(
    url: str, ladder: tuple[Escalation, ...], vacant: list[tuple[str, Agency]], story: list[Any]
) -> None:
    """Minutes that always count are elapsed minutes: the same calls, so many minutes after the report."""
    found = []
    for begins in BEGINS:
        with closing_engine(url) as bot:
            rows = play(bot, ladder, begins, vacant, story).rows()
        minute = timedelta(minutes=1)
        times = [((r.at - begins) / minute, (r.acknowledge_by - begins) / minute) for r in rows]
        found.append([(r.rule, r.agency, r.role, r.person, *t) for r, t in zip(rows, times, strict=True)])
    assert found[0] == found[1] == found[2]
