"""A machine that knows who may see what: people come, go and ask anywhere; no forbidden byte leaves, each answer is
recorded first. BOT_MACHINE=2000 runs more of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select, update

from bot.app import App
from bot.chat.terminal import as_csv, as_json, as_text
from bot.cli import terminal
from bot.conversation.reply import Reply
from bot.rules.partnership.partnership import HeldRole, Person
from bot.rules.partnership.roles import Role
from bot.rules.time.clock import local_day
from bot.settings import read_settings
from bot.store import audit_chain, people_list
from bot.store.database import reading, writing
from bot.store.schema import access, records
from tests.support import exports
from tests.support.factories import NOW, hours

DEFAULT = 16
RUNS = int(os.environ.get("BOT_MACHINE", DEFAULT))
STEPS = 40


@dataclass(frozen=True)
class Known:
    """One invented child as the model knows it, with canaries that must never be seen."""

    key: str
    area: str
    team: str
    birth: date
    worker: str = ""
    iro: str = ""
    placing: str = ""
    missing: bool = False
    died: bool = False
    reported: bool = True

    @property
    def secrets(self) -> tuple[str, ...]:
        """Agencies' keys, placement and provider, and the date of birth in every usual form."""
        born = self.birth
        written = (f"{born:%Y-%m-%d}", f"{born:%d/%m/%Y}", f"{born.day} {born:%b %Y}", f"{born.day} {born:%B %Y}")
        return (f"NOM-{self.key}77", f"CSE-{self.key}77", f"OCC-{self.key}1", f"EP-{self.key}1", "R-71", *written)


CHILDREN = (
    Known("A", "north", "Northern", date(2003, 3, 13), worker="W-N01", missing=True),
    Known("B", "north", "Northern", date(2002, 11, 17), worker="W-N09"),
    Known("C", "south", "Southern", date(2004, 1, 19), worker="W-S01", missing=True),
    Known("D", "south", "Southern", date(2001, 12, 23), iro="IRO-7"),
    Known("E", "central", "Central", date(2003, 9, 29), placing="LA-9", missing=True),
    Known("F", "disability", "Disability", date(2005, 5, 31), worker="W-N01", iro="IRO-7"),
    Known("G", "north", "Northern", date(2002, 2, 27), died=True),
    Known("H", "south", "Southern", date(2004, 8, 21), worker="W-S01", reported=False),
)

#: Role -> (children in lists, one child's details): "all", "areas" or "own". Written down from domain.md §6.3.
MAY: dict[Role, tuple[str, str]] = {
    "allocated_worker": ("areas", "own"),
    "team_manager": ("areas", "areas"),
    "interview_coordinator": ("all", "all"),
    "missing_person_coordinator": ("all", "all"),
    "duty_inspector": ("all", "missing"),
    "strategic_lead": ("all", "all"),
    "independent_reviewing_officer": ("own", "own"),
    "placing_authority_contact": ("own", "own"),
    "panel_member": ("", ""),
    "analyst": ("", ""),
    "system_admin": ("", ""),
}
GLASS: set[Role] = {"allocated_worker", "team_manager", "independent_reviewing_officer"}
REVIEWS: set[Role] = {"strategic_lead"}
#: Said of an interview; whoever may do so sees the child in lists or in detail.
OF_INTERVIEWS = [
    "interview {}",
    "interview {} offered",
    "interview {} held",
    "interview {} hand to p-2",
    "interview {} take",
]
AREAS = ("north", "south", "central", "disability")
PLACES = ("private", "county-digest", "north-digest", "county-counts", "somewhere else")
CODES = ("", "W-N01", "W-S01", "IRO-7", "LA-9")
WHO = ("p-1", "p-2", "p-3", "p-4")
NOBODY_ASKS_AS = "p-0"
BECAUSE = 'because "found at the station, her carer is on the way"'


def police_rows() -> list[exports.Row]:
    """Each record names all the others: a reader may know of some of them."""
    return [_occurrence(known) for known in CHILDREN if known.reported]


def _occurrence(known: Known) -> exports.Row:
    back = {} if known.missing else {"found_at": "03/07/2017 20:00", "returned_at": "03/07/2017 21:00"}
    return exports.police(
        occurrence_ref=f"OCC-{known.key}1",
        police_ref=f"NOM-{known.key}77",
        birth_date=f"{known.birth:%d/%m/%Y}",
        last_seen_at="03/07/2017 08:00",
        reported_at="03/07/2017 09:00",
        risk="high",
        risk_at="03/07/2017 09:30",
        area="",
        found_with=";".join(f"NOM-{other.key}77" for other in CHILDREN if other != known),
        **{
            "found_at": "",
            "returned_at": "",
            "prevention_interview_at": "",
            "end_reason": "died" if known.died else "",
            **back,
        },
    )


def child_rows() -> list[exports.Row]:
    return [
        exports.child(
            child_id=f"CSE-{known.key}77",
            police_ref=f"NOM-{known.key}77",
            birth_date=f"{known.birth}",
            team=known.team,
            provider="R-71",
            placing_authority=known.placing,
            lead_worker=known.worker,
            iro=known.iro,
        )
        for known in CHILDREN
    ]


def interview_rows() -> list[exports.Row]:
    return [_interview(known) for known in CHILDREN if known.reported and not known.missing and not known.died]


def _interview(known: Known) -> exports.Row:
    nothing_yet = ("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent")
    return exports.interview(
        episode_id=f"EP-{known.key}1",
        occurrence_ref=f"OCC-{known.key}1",
        child_id=f"CSE-{known.key}77",
        started_at="03/07/2017 08:00",
        ended_at="03/07/2017 21:00",
        returned_at="03/07/2017 21:00",
        team=known.team,
        worker=known.worker,
        **dict.fromkeys(nothing_yet, ""),
    )


@cache
def loaded() -> tuple[Path, dict[str, str]]:
    """A folder with the world in a database, and each child's reference by its key; made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="machine-"))
    with opened(folder) as app:
        for source, rows in (
            ("children", child_rows()),
            ("police", police_rows()),
            ("interviews", interview_rows()),
        ):
            summary = app.load(source, exports.write(folder / f"{source}.csv", rows), NOW - hours(1))
            assert summary.accepted == len(rows), source
        with reading(app.database) as connection:
            found = connection.execute(select(records.child.c.council_ref, records.child.c.ref)).all()
        with writing(app.database) as connection:
            connection.execute(delete(access.role_held))
            connection.execute(delete(access.person))
            people_list.add(connection, Person(NOBODY_ASKS_AS, "council"))  # else the file's people come back
    return folder, {council[4]: ref for council, ref in found}


@contextmanager
def opened(folder: Path) -> Iterator[App]:
    found = read_settings({"BOT_DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite'}"})
    app = App(replace(found, data_folder=folder))
    try:
        yield app
    finally:
        app.close()


@dataclass
class Someone:
    """A person as the model knows them."""

    code: str = ""
    active: bool = True
    roles: dict[Role, HeldRole] = field(default_factory=dict)
    glass: dict[str, datetime] = field(default_factory=dict)


#: Those who see some children and not others come more often.
ROLES = st.sampled_from([*sorted(MAY), *sorted(GLASS), "team_manager", "strategic_lead"])
SOME_AREAS = st.sets(st.sampled_from(AREAS), min_size=1, max_size=2).map(lambda found: tuple(sorted(found)))


#: What the machine met, so that a machine which meets nothing does not pass.
SEEN: Counter[object] = Counter()


class Machine(RuleBasedStateMachine):
    """Whatever is done in whatever order."""

    @initialize(roles=st.lists(ROLES, min_size=len(WHO), max_size=len(WHO)), areas=SOME_AREAS)
    def begin(self, roles: list[Role], areas: tuple[str, ...]) -> None:
        template, self.refs = loaded()
        self.folder = Path(tempfile.mkdtemp(prefix="machine-"))
        shutil.copytree(template, self.folder, dirs_exist_ok=True)
        self.context = opened(self.folder)
        self.app = self.context.__enter__()
        self.now = NOW
        self.people: dict[str, Someone] = {}
        self.handles: list[tuple[str, str]] = []
        for who, role, code in zip(WHO, roles, CODES[1:], strict=True):
            self.add(who, code)
            self.grant(who, role, areas, None)
        self.recorded = self._rows()

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self._chain_holds()
            self.context.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    # -- people come, change and go --

    @rule(who=st.sampled_from(WHO), code=st.sampled_from(CODES))
    def add(self, who: str, code: str) -> None:
        if who in self.people or any(code and p.code == code for p in self.people.values()):
            return
        self.people[who] = Someone(code)
        with writing(self.app.database) as connection:
            people_list.add(connection, Person(who, "council", worker_code=code))

    @rule(who=st.sampled_from(WHO), role=ROLES, areas=SOME_AREAS, days=st.sampled_from([None, 0, 1, 30]))
    def grant(self, who: str, role: Role, areas: tuple[str, ...], days: int | None) -> None:
        if who not in self.people or role in self.people[who].roles:
            return
        expires = None if days is None else local_day(self.now) + timedelta(days=days)
        held = HeldRole(role, areas, expires)
        self.people[who].roles[role] = held
        with writing(self.app.database) as connection:
            people_list.hold(connection, who, held, NOBODY_ASKS_AS, self.now)

    @rule(who=st.sampled_from(WHO), role=ROLES)
    def revoke(self, who: str, role: Role) -> None:
        if who in self.people and role in self.people[who].roles:
            del self.people[who].roles[role]
            mine = (access.role_held.c.person_id == who, access.role_held.c.role == role)
            with writing(self.app.database) as connection:
                connection.execute(delete(access.role_held).where(*mine))

    @rule(who=st.sampled_from(WHO), active=st.sampled_from([True, True, True, False]))
    def switch(self, who: str, active: bool) -> None:
        if who in self.people:
            self.people[who].active = active
            with writing(self.app.database) as connection:
                connection.execute(update(access.person).where(access.person.c.id == who).values(active=active))

    @rule(minutes=st.sampled_from([1, 29, 31, 300]))
    def time_passes(self, minutes: int) -> None:
        self.now = min(
            self.now + timedelta(minutes=minutes), NOW + timedelta(hours=22)
        )  # what was loaded is too old after that

    # -- and ask --

    @rule(
        who=st.sampled_from((*WHO, "nobody")),
        place=st.sampled_from(PLACES),
        text=st.sampled_from(
            (
                *("help", "open", "open north", "open all", "today", "today south", "interviews", "interviews mine"),
                *(
                    "interviews overdue south",
                    "interviews hosted",
                    "stats north 2017-H1",
                    "bands 2017-H1",
                    "cohort lac 2017-H1 all",
                ),
                *("concentration all 2017-H1", "sources", "sources police-only", "my-access", "reviews"),
                *("unreported 2017", "unreported 2017 south", "sources found-unreported"),
                *("reviews 1 justified", "access-summary", "Wilhelmina", "child Wilhelmina"),
            )
        ),
    )
    def ask(self, who: str, place: str, text: str) -> None:
        self._ask(who, place, text)

    @rule(
        who=st.sampled_from((*WHO, *WHO, "nobody")),
        place=st.sampled_from((*PLACES, *["private"] * 7)),
        child=st.sampled_from([*(known.key for known in CHILDREN), "?"]),
        text=st.sampled_from(["child {}", *["child {} " + BECAUSE] * 2, "who-looked {}", *OF_INTERVIEWS]),
    )
    def ask_for_a_child(self, who: str, place: str, child: str, text: str) -> None:
        ref = self.refs.get(child, "OX-2222")
        self._ask(who, place, text.format(ref), child)

    @rule(who=st.sampled_from(WHO), child=st.sampled_from([known.key for known in CHILDREN if known.missing]))
    def break_the_glass(self, who: str, child: str) -> None:
        self._ask(who, "private", f"child {self.refs[child]} {BECAUSE}", child)

    @rule(channel=st.sampled_from(("county-digest", "north-digest", "county-counts")))
    def digest(self, channel: str) -> None:
        reply = terminal.digest(self.app, channel, self.now)
        self.recorded = self._rows()
        listed = self.app.partnership.channel(channel)
        assert listed is not None
        allowed = {k.key for k in CHILDREN if listed.level == 1 and k.area in listed.areas and not k.died}
        self._check(reply, allowed, listed.level, f"digest {channel}")

    @rule(who=st.sampled_from(WHO), place=st.sampled_from(PLACES), which=st.integers(0, 50))
    def press(self, who: str, place: str, which: int) -> None:
        if not self.handles:
            return
        owner, handle = self.handles[which % len(self.handles)]
        reply = terminal.press(self.app, handle, who, place, self.now)
        assert owner == who or reply.status != "ok", "somebody else's button"
        self._recorded_one(who, "press")
        self._check(reply, self._allowed(who, place), self._level(place), f"press by {who} in {place}")

    def _ask(self, who: str, place: str, text: str, child: str = "") -> None:
        before = self._allowed(who, place)
        reply = terminal.ask(self.app, text, who, place, self.now)
        self._recorded_one(who, text)
        if child and "because" in text and self._may_break(who, place, child) and reply.level == 2:
            SEEN["glass"] += child not in before
            self.people[who].glass[child] = self.now + timedelta(minutes=30)
            before = before | {child}
        self._check(reply, before, self._level(place), f"{text!r} by {who} in {place}")
        if who in self.people:
            pressable = terminal.with_handles(self.app, reply, who, self.now)
            self.handles += [(who, b.command) for b in pressable.buttons][:1]

    # -- what must hold --

    def _recorded_one(self, who: str, text: str) -> None:
        """One row of the trail, committed before the answer was here; what was typed is not in it."""
        rows = self._rows()
        assert rows == self.recorded + 1, f"{rows - self.recorded} rows recorded for {text!r}"
        self.recorded = rows
        with reading(self.app.database) as connection:
            last = connection.execute(select(access.audit).order_by(access.audit.c.seq.desc()).limit(1)).one()
        assert last.who == (who if who in self.people else "terminal")
        assert "Wilhelmina" not in str(last)

    def _check(self, reply: Reply, allowed: set[str], level: int, what: str) -> None:
        left = "\n".join((as_json(reply), as_text(reply), as_csv(reply)))
        seen = {key for key, ref in self.refs.items() if ref in left}
        assert seen <= allowed, f"{what}: {sorted(seen - allowed)} seen"
        assert reply.status != "ok" or reply.level <= level, what
        SEEN[reply.status, reply.level, bool(seen)] += 1
        found = [secret for known in CHILDREN for secret in known.secrets if secret in left]
        assert not found, f"{what}: {found}"
        assert level == 2 or "years old" not in left, what
        assert "Wilhelmina" not in left, what

    def _level(self, place: str) -> int:
        return {"private": 2, "county-digest": 1, "north-digest": 1, "county-counts": 0}.get(place, -1)

    def _allowed(self, who: str, place: str) -> set[str]:
        """The children whose reference this person may meet here now, in whatever answer."""
        person, level = self.people.get(who), self._level(place)
        if person is None or not person.active or level < 1:
            return set()
        held = [h for h in person.roles.values() if h.expires is None or local_day(self.now) <= h.expires]
        lists = {k.key for h in held for k in CHILDREN if self._reaches(MAY[h.role][0], h, person, k)}
        if level == 1:
            return {key for key in lists if place != "north-digest" or self._known(key).area == "north"}
        details = {k.key for h in held for k in CHILDREN if self._reaches(MAY[h.role][1], h, person, k)}
        broken = {key for key, until in person.glass.items() if self.now < until and self._may_glass(held)}
        return lists | details | broken

    def _reaches(self, how: str, held: HeldRole, person: Someone, known: Known) -> bool:
        if how == "areas":
            return known.area in held.areas
        if how == "missing":
            return known.missing
        if how == "own":
            mine = {
                "independent_reviewing_officer": known.iro,
                "placing_authority_contact": known.placing,
            }.get(held.role, known.worker)
            return bool(person.code) and mine == person.code
        return how == "all"

    def _may_break(self, who: str, place: str, child: str) -> bool:
        person = self.people.get(who)
        if person is None or not person.active or place != "private" or child == "?":
            return False
        held = [h for h in person.roles.values() if h.expires is None or local_day(self.now) <= h.expires]
        return self._may_glass(held) and self._known(child).missing

    def _may_glass(self, held: list[HeldRole]) -> bool:
        return any(h.role in GLASS for h in held)

    def _known(self, key: str) -> Known:
        return next(k for k in CHILDREN if k.key == key)

    def _rows(self) -> int:
        with reading(self.app.database) as connection:
            return connection.execute(select(func.count()).select_from(access.audit)).scalar_one()

    @invariant()
    def everybody_is_listed(self) -> None:
        if hasattr(self, "app"):
            with reading(self.app.database) as connection:
                assert {p.id for p in people_list.everybody(connection)} == {*self.people, NOBODY_ASKS_AS}

    def _chain_holds(self) -> None:
        with reading(self.app.database) as connection:
            assert list(audit_chain.verdict(connection, self.app.keys.audit, []).faults) == []


def test_whatever_is_done() -> None:
    """And enough of everything was met."""
    chosen = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        derandomize=RUNS == DEFAULT,  # the same in every run, unless more is asked for
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=chosen)
    assert SEEN["ok", 2, True] > RUNS / 16, "details of a child"
    assert SEEN["ok", 1, True] > RUNS / 2, "lists"
    assert SEEN["refused", 0, False] > RUNS, "refusals"
    assert SEEN["glass"] > 0, "break-glass"
