"""Simulate a year of calls and reminders through the bot's own doors: python -m tests.bench.call_year [--seed N].

Everything is invented from the seed: children under 13 and on plans, grades raised and lowered, absences of more than
24 and 72 hours, repeated, void, reported twice, and said in chat before the file; interviews held, written up late, or
forgotten; people who acknowledge at once, late or never, who are away, and rotas with gaps; exports that are late,
stale, or have rows that cannot be read; an SMS provider that fails. The year has both clock changes and every bank
holiday. `call_measures` counts what went wrong, from these facts and from what was delivered alone.
"""

from __future__ import annotations

import argparse
import heapq
import logging
import random
import re
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bot.app import App
from bot.conversation.outbound import Message, Outcome, Platform, PostRefused, Sent
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.rules.time.clock import day_start, local_day, to_london
from bot.server.worker import JOBS
from bot.settings import PRACTICE_FILE, read_partnership, read_settings
from bot.store.migrations import run
from tests.bench.call_measures import Ack, Called, Gap, Gone, Instant, Measured, Post, Record, Text, measure
from tests.rulebook.doors import BECAUSE, COORDINATOR, LONG_AGO, Chat, Doors, child, council, police
from tests.support import migrated
from tests.support.doubts import Bot
from tests.support.exports import Row
from tests.support.factories import hours
from tests.support.job_scene import CHANNELS
from tests.support.memory_platform import Kept
from tests.support.notify import Provider, provider

#: The Monday before the spring clock change; a year later every bank holiday has been.
BEGINNING = date(2017, 3, 20)
MINUTE = timedelta(minutes=1)
CHILDREN = 24
#: Absences a day, of which those are left out that would begin before the child's last one is over.
A_DAY = 1.0
#: Days of the year, from its beginning on, in which nobody goes missing: nothing is left to do at their end.
QUIET = ((24, 48), (150, 176), (240, 266), (330, 352))
#: The children's team, the police's district, and the worker; the last worker is nobody's.
TEAMS = (
    ("Northern", "Cherwell", "W-N01"),
    ("Southern", "Vale of White Horse", "W-S01"),
    ("Central", "Oxford City", "W-C07"),
)
#: One child turns 18 while missing.
ADULT, BIRTHDAY = 23, date(2017, 11, 14)
#: Times of day of the exports, and of the ticks between those that events ask for.
POLICE_AT, COUNCIL_AT = (0.7, 6.9, 11.4, 16.3, 20.8), (5.5, 13.2)
TICKS = (1.5, 4.5, 7, 8, 8.27, 8.52, *range(9, 18), 17.75, 18.02, 20, 21.75)
FIRST, SAYS, LAST = 0, 1, 2

ROLES = """[roles]
duty = { council = "coordinator" }
duty_inspector = { police = "police" }
duty_team_manager = { council = "edt-1" }
superintendent_on_call = { police = "police-lead" }
assistant_director = { council = "assistant" }
head_of_service = { council = "head" }
detective_lead = { police = "detective" }
director = { council = "lead" }
missing_person_coordinator = { police = "tracer" }
strategic_lead = { council = "lead", police = "police-lead" }
interview_coordinator = { council = "coordinator" }

"""
#: People beside those of the practice partnership.
PEOPLE = (
    ("inspector-1", "duty_inspector", "police"),
    ("inspector-2", "duty_inspector", "police"),
    ("tracer", "missing_person_coordinator", "police"),
    ("detective", "strategic_lead", "police"),
    ("edt-1", "team_manager", "council"),
    ("edt-2", "team_manager", "council"),
    ("edt-3", "team_manager", "council"),
    ("south-manager", "team_manager", "council"),
    ("assistant", "strategic_lead", "council"),
    ("head", "strategic_lead", "council"),
    ("duty-2", "interview_coordinator", "council"),
)
AREAS = {"south-manager": '["south", "central"]'}
NO_TEAM = '["unknown"]'
#: The rotas: a role with its agency, the people who take turns, and who is listed behind them.
ROTAS = (
    ("duty_inspector", "police", ("inspector-1", "inspector-2"), "police"),
    ("duty_team_manager", "council", ("edt-2", "edt-3"), "edt-1"),
    ("duty", "council", ("duty-2", COORDINATOR), COORDINATOR),
)
#: Who goes away, and for whom somebody stands in.
LEAVES = (
    ("north-worker", ""),
    ("south-worker", "north-worker"),
    ("north-manager", ""),
    ("south-manager", "north-manager"),
    ("inspector-1", "inspector-2"),
    ("edt-2", ""),
    ("duty-2", ""),
    ("assistant", "head"),
    ("detective", ""),
)
NUMBERS = ("police", "inspector-1", "inspector-2", "police-lead", "detective", "edt-1", "edt-2", "assistant", "lead")
FAULTS = ("500", "429", "reset", "garbage", "taken", "403")
REFERENCE = re.compile(r"OX-[A-Z0-9]{4,6}")


def written(moment: datetime | None) -> str:
    """Write an instant as exports do, with its offset where the clocks change."""
    return f"{to_london(moment):%Y-%m-%dT%H:%M%z}" if moment else ""


def spoken(moment: datetime) -> str:
    return f"{to_london(moment):%d/%m/%Y %H:%M}"


def daytime(moment: datetime, dice: random.Random) -> datetime:
    """Return a minute between 9 and 17 of this day or, in the evening, of the next."""
    begins = max(moment, day_start(local_day(moment)) + hours(9))
    if begins > day_start(local_day(moment)) + hours(16):
        begins = day_start(local_day(moment) + timedelta(days=1)) + hours(9)
    return begins.replace(second=0, microsecond=0) + dice.randrange(60) * MINUTE


# The world


def invent(dice: random.Random, days: int, a_day: float) -> list[Gone]:
    """Invent the absences of all children in order."""
    found: list[Gone] = []
    weights = [(2 if n % 3 == 0 else 9) * (3 if n % 8 == 1 else 1) for n in range(1, CHILDREN + 1)]
    free = dict.fromkeys(range(1, CHILDREN + 1), day_start(BEGINNING))
    last: dict[int, Gone] = {}
    for n in sorted(dice.randrange(days * 24 * 60) for _ in range(round(days * a_day))):
        start = day_start(BEGINNING) + n * MINUTE
        who = dice.choices(range(1, CHILDREN + 1), weights)[0]
        if who == ADULT or start < free[who] + hours(0.5) or any(a <= n / 1440 < b for a, b in QUIET):
            continue
        length = 60 * dice.choice([1, 3, 6, 12, 14, 20, 36, 60, 80]) * (0.6 + dice.random())
        one = Gone(
            len(found) + 1_001, who, start, start + round(length) * MINUTE, start + dice.randrange(5, 40) * MINUTE
        )
        _grades(one, dice)
        one.closed_at = one.back + hours(dice.choice([0.2, 1, 3]))
        if dice.random() < 0.04:
            one.void_at = one.closed_at + hours(dice.choice([-0.1, 5]))
        if dice.random() < 0.12:
            one.again_at = one.reported + (one.back - one.reported) * dice.random() / 2
        one.says_missing, one.says_back = dice.random() < 0.2, dice.random() < 0.2
        _talk(one, last.get(who), dice)
        found.append(one)
        last[who], free[who] = one, max(one.back, one.void_at or one.back)
    grown_up = turning_18(dice, days)
    return [*found, *([grown_up] if grown_up else [])]


def turning_18(dice: random.Random, days: int) -> Gone | None:
    """Invent the absence over which a child turns 18, where the days reach so far."""
    start = day_start(BIRTHDAY - timedelta(days=1)) + hours(19)
    if start > day_start(BEGINNING) + timedelta(days=days):
        return None
    # Numbers of their own: the absence of long ago in each export is 90.
    one = Gone(90_000, ADULT, start, start + hours(80), start + 10 * MINUTE, [(start + 15 * MINUTE, "medium")])
    one.closed_at, one.adult_at = one.back + hours(1), day_start(BIRTHDAY)
    one.says_missing = dice.random() < 0.5
    return one


def _grades(one: Gone, dice: random.Random) -> None:
    """Invent the police's grades: none for hours, raised, lowered, and raised again."""
    first = one.reported + dice.choice([5, 5, 20, 200]) * MINUTE
    one.grades = [(first, dice.choice(["medium", "medium", "low", "high"]))]
    for _ in range(dice.choice([0, 0, 1, 2, 3])):
        when, grade = one.grades[-1]
        following = when + hours(dice.uniform(0.5, 9))
        if following < one.back:
            one.grades.append((following, "medium" if grade == "high" else dice.choice(["high", "low", "high"])))


def _talk(one: Gone, before: Gone | None, dice: random.Random) -> None:
    """Invent what becomes of the interview: held and written up in time or late, or forgotten for weeks."""
    one.held = daytime(one.back + hours(dice.uniform(6, 90) if dice.random() < 0.85 else dice.uniform(200, 400)), dice)
    one.recorded = one.held + hours(dice.choice([2, 20, 45, 70]))
    if dice.random() < 0.5:
        one.said_held = one.held + dice.randrange(5, 90) * MINUTE
    if before and before.held and before.held > one.start - hours(2):
        before.said_held, before.held, before.recorded = None, one.held, one.recorded
        before.into = one.number


def chosen(dice: random.Random, days: int) -> tuple[str, list[Gap]]:
    """Write the rotas week by week, with gaps; the year's partnership file has them."""
    lines, gaps = [], []
    for role, agency, people, listed in ROTAS:
        edges = [day_start(BEGINNING + timedelta(days=n)) + hours(8) for n in range(0, days + 71, 7)]
        wanted = []
        for n in range(min(4, days // 2), days, 45):
            day = BEGINNING + timedelta(days=n + dice.randrange(min(20, days - n)))
            begins = day_start(day) + dice.randrange(24) * hours(1)
            wanted.append((begins, begins + dice.randrange(6, 60) * hours(1)))
        gaps += [Gap(role, agency, listed, begins, ends) for begins, ends in wanted]
        for n, (begins, ends) in enumerate(pairwise(edges)):
            for since, until in _without(begins, ends, wanted):
                times = f'begins = "{to_london(since):%Y-%m-%d %H:%M}"\nends = "{to_london(until):%Y-%m-%d %H:%M}"'
                lines.append(f'[[rota]]\nrole = "{role}"\nperson = "{people[n % 2]}"\n{times}\n')
    return "\n".join(lines), gaps


def _without(
    begins: datetime, ends: datetime, gaps: Sequence[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    for since, until in gaps:
        if since < ends and until > begins:
            if since > begins:
                yield begins, since
            begins = max(begins, until)
    if begins < ends:
        yield begins, ends


def partnership_file(rota: str) -> str:
    """Return the practice partnership with a person for each role, rotas, calls that wake and the drill."""
    text = PRACTICE_FILE.read_text(encoding="utf-8")
    # Digests that are looked up again each quarter of a day: their lines are not measured, and take half the time.
    text = text.replace("update_seconds = 120", "update_seconds = 21600")
    head, rest = text.split("\n[roles]", 1)
    people = "".join(
        f'[[people]]\nid = "{who}"\nrole = "{role}"\nagency = "{agency}"\n'
        + (f"areas = {AREAS.get(who, NO_TEAM)}\n" if role == "team_manager" else "")
        for who, role, agency in PEOPLE
    )
    wake = '[wake]\nrules = ["special", "high", "ungraded"]\nafter_minutes = 5\n'
    drill = '[drill]\npolice = "duty_inspector"\ncouncil = "duty_team_manager"\nday = 1\ntime = 10:00:00\n'
    found = f"{head}\n{ROLES}# ---- people {rest.split('# ---- people', 1)[1]}\n{people}\n{rota}\n{wake}\n{drill}"
    tomllib.loads(found)
    return found


@dataclass
class Delivered(Chat):
    """A platform that writes down each post as it arrived, and finds it at once."""

    clock: Callable[[], datetime] = lambda: day_start(BEGINNING)
    heard: Callable[[Post], None] = lambda post: None
    log: list[Post] = field(default_factory=list)
    by_number: dict[str, Kept] = field(default_factory=dict)
    by_marker: dict[str, list[str]] = field(default_factory=dict)

    def post(self, destination: str, message: Message) -> Outcome:
        self.posts += 1
        kept = Kept(f"m{self.posts}", destination, message)
        self.by_number[kept.number] = kept
        self.by_marker.setdefault(f"{destination} {message.marker}", []).append(kept.number)
        buttons = tuple(b.command for b in message.reply.pressable)
        said = Post(self.clock(), destination, message.reply.title, kept.text, buttons)
        self.log.append(said)
        self.heard(said)
        return Sent(kept.number)

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        return [n for n in self.by_marker.get(f"{destination} {marker}", ()) if n in self.by_number]

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        kept = self.by_number.get(message_id)
        if kept is None:
            return PostRefused("message_not_found")
        kept.message = message
        return Sent(message_id)

    def delete(self, destination: str, message_id: str) -> Outcome:
        self.by_number.pop(message_id, None)
        return Sent(message_id)


@dataclass
class CallYear:
    """The days, played through the doors; `record` is what the measures are counted from."""

    d: Doors
    chat: Delivered
    sms: Provider
    numbers: Path
    dice: random.Random
    days: int
    record: Record
    queue: list[tuple[datetime, int, int, Callable[[], None]]] = field(default_factory=list)
    asked_ticks: set[datetime] = field(default_factory=set)
    refs: dict[int, str] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    #: Spans without an export of the police, of the council, and without the SMS provider.
    silent: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    started: datetime | None = None

    def __post_init__(self) -> None:
        self.chat.clock, self.chat.heard = (lambda: self.d.now), self._hears
        for name, count, most in (("police", 6, 45), ("council", 4, 70), ("sms", 8, 12)):
            begun = [self._begins() + self.dice.randrange(self.days * 24) * hours(1) for _ in range(self._part(count))]
            self.silent[name] = [(at, at + hours(most * self.dice.random())) for at in begun]

    def _begins(self) -> datetime:
        return day_start(BEGINNING)

    def _part(self, of_year: int) -> int:
        return max(1, round(of_year * self.days / 365))

    def _is_silent(self, name: str) -> bool:
        return any(since <= self.d.now < until for since, until in self.silent[name])

    def at(self, when: datetime, order: int, act: Callable[[], None]) -> None:
        if when >= self.d.now:
            heapq.heappush(self.queue, (when, order, self.done["events"], act))
            self.done["events"] += 1

    def tick_at(self, *moments: datetime) -> None:
        for when in moments:
            if when not in self.asked_ticks:
                self.asked_ticks.add(when)
                self.at(when, LAST, self._tick)

    def play(self) -> None:
        self.d.now = self._begins()
        end = self._begins() + timedelta(days=self.days)
        self._plan_days()
        self._plan_absences()
        while self.queue and self.queue[0][0] < end:
            self.d.now, _, _, act = heapq.heappop(self.queue)
            act()
        self.record.ends = end

    def _plan_days(self) -> None:
        for n in range(self.days):
            day = day_start(BEGINNING + timedelta(days=n))
            self.at(day + hours(5.4), FIRST, self._children)
            for hour in POLICE_AT:
                self.at(day + hours(hour) + self.dice.randrange(20) * MINUTE, FIRST, self._police)
            for hour in COUNCIL_AT:
                self.at(day + hours(hour), FIRST, self._interviews)
            self.tick_at(*(day + round(hour * 60) * MINUTE for hour in TICKS))
        for who, cover in LEAVES:
            for _ in range(self._part(3)):
                first = BEGINNING + timedelta(days=self.dice.randrange(self.days))
                self.at(day_start(first) + hours(7.2), SAYS, lambda who=who, cover=cover: self._leave(who, cover))  # type: ignore[misc]

    def _plan_absences(self) -> None:
        for one in self.record.gone:
            self.tick_at(*(one.start + after for after in (hours(1) + MINUTE, hours(24) + MINUTE, hours(72) + MINUTE)))
            self.tick_at(one.back + hours(72) + MINUTE)
            if one.says_missing:
                self.at(one.start + 20 * MINUTE, SAYS, lambda one=one: self._say_missing(one))  # type: ignore[misc]
            if one.says_back:
                self.at(one.back + 15 * MINUTE, SAYS, lambda one=one: self._say_back(one))  # type: ignore[misc]
            if one.said_held:
                self.at(one.said_held, SAYS, lambda one=one: self._say_held(one))  # type: ignore[misc]

    # Ticks

    def _tick(self) -> None:
        """Run every job, with a provider that has one of its moods."""
        bad = self._is_silent("sms")
        luck = self.dice.random()
        self.sms.always = "500" if bad else self.dice.choice(FAULTS) if luck < 0.2 else "slow" if luck < 0.205 else ""
        app, now = self.d.bot.app, self.d.now
        self.started = self.started or now
        # A fresh client: its pause after a fault is one of the machine's clock, and minutes have gone by here.
        platforms: dict[str, Platform] = {"offline": self.chat, "sms": self.sms.sms(self.numbers, timeout=0.4)}
        seen = len(self.sms.taken)
        self.record.ticks.append(now)
        tick(
            Run(app.database, app.as_listed(), platforms, app.sealing_key, "a", lambda _: self.d.now),
            JOBS,
            self.started,
        )
        people = self.record.phones
        for text in self.sms.taken[seen:]:
            words, reference = text["personalisation"]["text"], str(text.get("reference"))
            self.record.texts.append(Text(now, people[text["phone_number"]], words, reference))
        self.done["ticks"] += 1

    def _hears(self, post: Post) -> None:
        """Decide what somebody does about a message: acknowledge a call at once, late or never, or decide."""
        if post.title.startswith("DRILL, no child") and self.dice.random() < 0.7:
            after = self.dice.choice([2, 9, 40]) * MINUTE
            self.at(post.at + after, SAYS, lambda: self._drill(post))
        for call in post.calls:
            self._is_called(post, call)

    def _is_called(self, post: Post, call: Called) -> None:
        self.tick_at(*(post.at + n * MINUTE for n in (5, 8, 15)))
        self.tick_at(call.until, call.until + MINUTE)
        limit = max(2, round((call.until - post.at) / MINUTE))
        luck = self.dice.random()
        minutes = self.dice.randrange(1, 4) if luck < 0.2 else self.dice.randrange(1, min(limit, 240))
        if luck > 0.65:
            minutes = limit + self.dice.randrange(0, 90)
        if luck < 0.8:
            self.at(post.at + minutes * MINUTE, SAYS, lambda: self._acknowledge(post, call))
        if call.asks and call.agency == "council":
            when = daytime(post.at + timedelta(days=self.dice.choice([1, 2, 4, 9])), self.dice)
            self.at(when, SAYS, lambda: self._decide(call.ref))

    def _acknowledge(self, post: Post, call: Called) -> None:
        if self._ask(f"escalations {call.number} acknowledge", post.to):
            self.record.acks.append(Ack(self.d.now, call.ref, call.agency, call.rules, call.number))

    def _drill(self, post: Post) -> None:
        number = next(b for b in post.buttons if b.startswith("drill "))
        if self._ask(number, post.to):
            self.record.drills_done[post.to] = self.d.now

    def _decide(self, ref: str) -> None:
        met = self.dice.random() < 0.3
        answer = "threshold met because exploitation" if met else "threshold not met because risk-managed"
        self._ask(f"strategy {ref} considered", "head")
        if self._ask(f"strategy {ref} {answer}", "head"):
            if not met:
                self.record.decided.append((self.d.now, ref))
            else:
                self.at(self.d.now + timedelta(days=2), SAYS, lambda: self._discuss(ref))

    def _discuss(self, ref: str) -> None:
        if self._ask(f"strategy {ref} held", "head"):
            self.record.decided.append((self.d.now, ref))

    # Exports

    def _children(self) -> None:
        self._load("children", [self._child(n) for n in range(1, CHILDREN + 1)])

    def _child(self, n: int) -> Row:
        team, _, worker = TEAMS[n % 3]
        cells = {"team": team, "lead_worker": worker, "birth_date": self._born(n)}
        plan = {"cp_from": "2016-05-01", "case_status": "cpp"} if n % 9 == 2 else {}
        return child(n, **{**cells, **plan})

    def _born(self, n: int) -> str:
        return "1999-11-14" if n == ADULT else "2006-02-01" if n % 6 == 1 else "2002-02-01"

    def _police(self) -> None:
        if self._is_silent("police") or self.dice.random() < 0.06:
            return
        now = self.d.now
        rows: list[Row] = []
        seen = [one for one in self._recent() if one.reported <= now]
        for one in seen:
            rows += self._occurrences(one)
        bad = [{**rows[-1], "occurrence_ref": ""}] if rows and self.dice.random() < 0.04 else []
        self._load("police", [*rows, *bad])
        self.record.loads.append(Instant("police", now, rejected=bool(bad)))
        for one in seen:
            self._known(one)
        self.tick_at(now + MINUTE)

    def _recent(self) -> list[Gone]:
        since = self.d.now - timedelta(days=100)
        return [one for one in self.record.gone if since < one.start <= self.d.now]

    def _known(self, one: Gone) -> None:
        """Note what the police's export of now has told of an absence."""
        now = self.d.now
        one.known, one.in_police = one.known or now, True
        if one.closed_at <= now:
            one.known_back = one.known_back or now
            one.filed_back = one.filed_back or now
        if one.void_at is not None and one.void_at <= now:
            one.known_void = one.known_void or now
        grades = [g for g in one.grades if g[0] <= now]
        one.told_grades += [(now, grade) for _, grade in grades[len(one.told_grades) :]]

    def _occurrences(self, one: Gone) -> Iterator[Row]:
        now = self.d.now
        back = one.back if one.closed_at <= now else None
        void = one.void_at is not None and one.void_at <= now
        reason = "error_duplicate" if void else "returned_self" if back else ""
        cells = {"area": TEAMS[one.child % 3][1], "end_reason": reason}
        cells |= {"birth_date": f"{date.fromisoformat(self._born(one.child)):%d/%m/%Y}"}
        cells |= {"reported_at": written(one.reported)}
        start, end = written(one.start), written(back)
        grades = [g for g in one.grades if g[0] <= now]
        found: list[tuple[datetime | None, str]] = [*grades] if grades else [(None, "")]
        for when, grade in found:
            yield police(one.number, start, end, child=one.child, risk=grade, risk_at=written(when), **cells)
        if one.again_at and one.again_at <= now:
            again = {**cells, "reported_at": written(one.again_at), "end_reason": "error_duplicate" if back else ""}
            number = 50_000 + one.number
            grade = grades[-1][1] if grades else ""
            risk = {"risk": grade, "risk_at": written(one.again_at) if grade else ""}
            yield police(number, written(one.again_at), end, child=one.child, **risk, **again)

    def _interviews(self) -> None:
        if self._is_silent("council") or self.dice.random() < 0.06:
            return
        now = self.d.now
        seen = [one for one in self._recent() if one.start + hours(5) <= now]
        rows = [self._form(one) for one in seen]
        bad = [{**rows[-1], "episode_id": ""}] if rows and self.dice.random() < 0.04 else []
        self._load("interviews", [*rows, *bad])
        self.record.loads.append(Instant("interviews", now, rejected=bool(bad)))
        for one in seen:
            one.known = one.known or now
            if one.back + hours(4) <= now:
                one.known_back = one.known_back or now
                one.filed_back = one.filed_back or (None if one.in_police else now)
            if one.recorded and one.recorded <= now:
                one.known_held = one.known_held or now
                one.known_recorded = one.known_recorded or now
        self.tick_at(now + MINUTE)

    def _form(self, one: Gone) -> Row:
        now = self.d.now
        team, _, worker = TEAMS[one.child % 3]
        back = written(one.back) if one.back + hours(4) <= now else ""
        cells = {"team": team, "worker": worker, "occurrence_ref": f"OCC-{one.number}"}
        if one.recorded and one.recorded <= now:
            cells |= {"offered_at": written(one.held), "held_at": written(one.held), "response": "accepted"}
            cells |= {"recorded_at": written(one.recorded)}
        return council(one.number, written(one.start), back, child=one.child, **cells)

    def _load(self, source: str, rows: Sequence[Row]) -> None:
        self.d.bot.load(source, self.d.now, *rows, LONG_AGO[source])
        self.done["exports"] += 1

    # What people say in chat

    def _ask(self, words: str, who: str) -> bool:
        said = self.d.ask(words, who)
        verb = re.sub(r"OX-\w+|#?\d+|\d\d:\d\d", "", words).strip()[:40]
        self.done["said in chat"] += 1
        if said.status != "ok" or said.title == "Not done":
            self.refused[f"{verb}: {' '.join(said.text)[:90]}"] += 1
            return False
        return True

    def ref(self, number: int) -> str | None:
        if number not in self.refs and any(x["police_ref"] == f"NOM-{number}" for x in self.d.bot.rows("child")):
            self.refs[number] = self.record.refs[number] = self.d.ref(number)
        return self.refs.get(number)

    def _leave(self, who: str, cover: str) -> None:
        first = local_day(self.d.now)
        last = first + timedelta(days=self.dice.choice([0, 2, 4, 8]))
        span = f"{first.day} {first:%b} to {last.day} {last:%b}"
        if self._ask(f"away {span}{f' cover {cover}' if cover else ''}", who):
            self.record.away.append((who, first, last))
            self.done["absences of people"] += 1

    def _say_missing(self, one: Gone) -> None:
        ref = self.ref(one.child)
        if ref and not one.known and self._ask(f"said {ref} missing since {spoken(one.start)} {BECAUSE}", COORDINATOR):
            one.known = one.said_missing = self.d.now
            self.done["said missing before the file"] += 1
            self.tick_at(self.d.now + MINUTE)

    def _say_back(self, one: Gone) -> None:
        ref = self.ref(one.child)
        told = one.known and not one.known_back and not one.known_void
        if ref and told and self._ask(f"said {ref} back at {spoken(one.back)} {BECAUSE}", COORDINATOR):
            one.known_back = one.said_back = self.d.now
            self.done["said back before the file"] += 1

    def _say_held(self, one: Gone) -> None:
        number = self._number(one)
        if number is None or one.known_recorded or one.held is None:
            return
        for before in [x for x in self.record.gone if x.into == one.number]:
            earlier = self._number(before)
            if earlier and earlier != number:
                self._ask(f"interview {self.ref(one.child)} #{earlier} merge into #{number}", COORDINATOR)
        if self._ask(f"interview {self.ref(one.child)} #{number} held at {spoken(one.held)}", COORDINATOR):
            one.known_held = one.known_held or self.d.now

    def _number(self, one: Gone) -> int | None:
        """Return the number of the absence's episode, as a person reads it from the list."""
        ref = f"OCC-{one.number}"
        return next((int(x["id"]) for x in self.d.bot.rows("episode") if x["occurrence_ref"] == ref), None)


@contextmanager
def played(url: str, folder: Path, seed: int, days: int, a_day: float = A_DAY) -> Iterator[tuple[CallYear, Measured]]:
    """Play the days on an empty database, and measure them."""
    dice = random.Random(seed)
    rota, gaps = chosen(dice, days)
    file, numbers = folder / "partnership.toml", folder / "numbers.csv"
    file.write_text(partnership_file(rota), encoding="utf-8")
    phones = {f"+4477009{n:05}": who for n, who in enumerate((*NUMBERS, "inspector-1", "edt-2"))}
    by_person: dict[str, list[str]] = {}
    for number, who in phones.items():
        by_person.setdefault(who, []).append(number)
    lines = (f"{', '.join((who, *found))}\n" for who, found in by_person.items())
    numbers.write_text("".join(lines), encoding="utf-8")
    partnership = read_partnership(file)
    sources = partnership.sources
    partnership = replace(partnership, sources=replace(sources, police=replace(sources.police, covers="open")))
    settings = replace(read_settings({"BOT_DATABASE_URL": url}), data_folder=folder, partnership=partnership)
    with closing(App(settings)) as app, provider() as sms:
        chat = Delivered(describes=dict(CHANNELS))
        record = Record(invent(dice, days, a_day), gaps, phones)
        year = CallYear(Doors(Bot(app, folder), chat=chat), chat, sms, numbers, dice, days, record)
        year.play()
        for n in range(1, CHILDREN + 1):
            year.ref(n)
        record.posts = chat.log
        yield year, measure(record)


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--days", type=int, default=365)
    asked = given.parse_args()
    run.upgrade = migrated.upgrade_once()
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        played(f"sqlite:///{folder}/bot.sqlite3", Path(folder), asked.seed, asked.days) as (year, found),
    ):
        print(f"{asked.days} days, seed {asked.seed}: {len(year.record.gone)} absences")
        for what, count in {**year.done, **found.seen}.items():
            print(f"  {what}: {count:,}")
        for what, times in year.refused.most_common(12):
            print(f"  refused {times} times: {what}")
        print("Must be 0:")
        for what, cases in found.wrong.items():
            print(f"  {what}: {len(cases)}")
            for each in cases[:6]:
                print(f"    {each}")
        print("\n".join(found.said))
    print(f"  {time.monotonic() - began:.0f} s")
    return 1 if any(found.wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
