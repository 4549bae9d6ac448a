"""Simulate 90 days of a county through the bot's own doors: python -m tests.bench.ninety_days [--seed N] [--days N].

Everything is invented from the seed: absences with several police reports, homes that send a form for each night,
corrected returns, duplicates that are voided, reports of the wrong child, merged interviews, children who move,
workers on leave, bank holidays and the spring clock change. Each day has two police exports and one of the council,
steps said in chat, the jobs' ticks, and lists asked in the morning and in the evening. Measured against what was
invented; each number should be 0.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.conversation.outbound import Message, Outcome
from bot.rules.reminders.due import RECORD
from bot.rules.time.clock import day_start, local_day, to_london
from bot.store.migrations import run
from tests.rulebook.doors import (
    COORDINATOR,
    COUNTY,
    NORTH,
    REFERENCE,
    Chat,
    Doors,
    child,
    council,
    doors,
    lines,
    looked_after,
    police,
)
from tests.support import migrated
from tests.support.exports import Row
from tests.support.factories import at, hours
from tests.support.job_scene import CHANNELS

#: Over the spring clock change, Easter and both bank holidays of May.
BEGINNING = date(2017, 3, 20)
CHILDREN = 40
#: Absences a day, of which those are left out that would begin before the child's last one is over.
A_DAY = 1.8
#: Of the children: their team, the police's district, the worker, and who says steps for it.
TEAMS = (
    ("Northern", "Cherwell", "W-N01", "north-worker"),
    ("Southern", "Vale of White Horse", "W-S01", "south-worker"),
    ("Central", "Oxford City", "W-C07", COORDINATOR),
)
TICKS = ((3, 0), (8, 0), (8, 31), (12, 0), (14, 1), (17, 5), (18, 1), (22, 0))
CAME_BACK = "interviews held that came back as due or overdue"
NOT_ASKED = "held interviews whose recording nobody was asked for"
REWRITTEN = "digests whose window, morning counts or time changed, or that show another day's content"
UNSEEN = "children missing that no list showed"
TWICE = "absences in two rows of open"
#: A return as the list of interviews has it.
RETURNED = re.compile(r"(\w{3} \d+ \w{3}) (\d\d:\d\d)")
MEASURES = (CAME_BACK, NOT_ASKED, REWRITTEN, UNSEEN, TWICE)


@dataclass
class Report:
    """One police occurrence of an absence, and when what it says became known."""

    number: int
    at: datetime
    closed_at: datetime
    void_at: datetime | None = None
    wrong_child: int | None = None


@dataclass
class Absence:
    """One absence as it was, with its interview; all instants."""

    number: int
    child: int
    start: datetime
    back: datetime
    reports: list[Report]
    nightly: bool
    graded_up: datetime | None
    first_back: datetime  # as first written down
    corrected_at: datetime
    offered: datetime
    held: datetime | None = None
    said: datetime | None = None  # when it was said in chat
    recorded: datetime | None = None
    into: Absence | None = None  # one talk for this one and the next
    known_held: datetime | None = None

    def back_as_of(self, now: datetime) -> datetime:
        return self.back if now >= self.corrected_at else self.first_back


def written(moment: datetime | None) -> str:
    """Write an instant as exports do, with its offset where the clocks change."""
    return f"{to_london(moment):%Y-%m-%dT%H:%M%z}" if moment else ""


def minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def daytime(moment: datetime, dice: random.Random) -> datetime:
    """Return a minute between 9 and 17 of this day or, in the evening, of the next."""
    day = local_day(moment)
    begins = max(moment, day_start(day) + hours(9))
    if begins > day_start(day) + hours(16):
        begins = day_start(day + timedelta(days=1)) + hours(9)
    return minute(begins) + timedelta(minutes=dice.randrange(0, 60))


def invent(dice: random.Random, days: int) -> list[Absence]:
    """Invent the absences of all children in order."""
    found: list[Absence] = []
    numbers = iter(range(1, 100_000))
    weights = [5 if n % 8 == 0 else 1 for n in range(1, CHILDREN + 1)]
    free = dict.fromkeys(range(1, CHILDREN + 1), day_start(BEGINNING))
    last: dict[int, Absence] = {}
    for n in sorted(dice.randrange(days * 24 * 60) for _ in range(round(days * A_DAY))):
        start = day_start(BEGINNING) + timedelta(minutes=n)
        who = dice.choices(range(1, CHILDREN + 1), weights)[0]
        if start < free[who] + hours(1):
            continue
        back = start + timedelta(minutes=round(60 * dice.choice([1, 3, 6, 12, 14, 36, 60]) * (0.6 + dice.random())))
        first = start + timedelta(minutes=dice.randrange(10, 40))
        later = [minute(first + (back - first) * dice.random()) for _ in range(dice.choice([0, 0, 0, 1, 2]))]
        reports = [
            Report(next(numbers), moment, back + hours(dice.choice([0.5, 2, 9]))) for moment in (first, *sorted(later))
        ]
        for again in reports[1:]:
            again.void_at = again.at + hours(dice.choice([8, 30, 2000]))
        if dice.random() < 0.05:
            reports[0].wrong_child = dice.choice([c for c in free if c != who and free[c] < start])
            reports[0].void_at = reports[0].at + hours(3)
            reports.append(Report(next(numbers), reports[0].at, reports[0].closed_at))
        wrong = dice.random() < 0.12
        one = Absence(
            len(found) + 1,
            who,
            start,
            back,
            reports,
            nightly=who % 3 == 0 and dice.random() < 0.7,
            graded_up=first + hours(2) if dice.random() < 0.2 else None,
            first_back=back - timedelta(minutes=dice.randrange(5, 40)) if wrong else back,
            corrected_at=back + hours(30 if wrong else 0),
            offered=daytime(back + hours(dice.uniform(1, 20)), dice),
        )
        _talk(one, last.get(who), dice)
        found.append(one)
        last[who], free[who] = one, back
    return found


def _talk(one: Absence, before: Absence | None, dice: random.Random) -> None:
    """Invent what becomes of the interview; one still to come at the next start is held with that one's."""
    if dice.random() < 0.85:
        one.held = daytime(max(one.offered, one.back + hours(dice.uniform(4, 90))), dice)
        if dice.random() < 0.75:
            one.said = one.held + timedelta(minutes=dice.randrange(5, 90))
        one.recorded = one.held + hours(dice.choice([2, 20, 45, 90, 200]))
    if before and before.held and before.held > one.start - hours(2):
        before.held = before.said = before.recorded = None
        if one.held and dice.random() < 0.8:
            one.said = one.said or one.held + timedelta(minutes=30)
            before.into, before.held, before.recorded = one, one.held, one.recorded
    if before and before.offered > one.start:
        before.offered = before.back + timedelta(minutes=30)


@dataclass
class Posted(Chat):
    """A platform that compares each change of a digest with its post."""

    clock: Callable[[], datetime] = lambda: day_start(BEGINNING)
    first: dict[str, str] = field(default_factory=dict)
    sent: dict[str, datetime] = field(default_factory=dict)
    rewritten: set[str] = field(default_factory=set)

    def post(self, destination: str, message: Message) -> Outcome:
        outcome = super().post(destination, message)
        self.sent[self.messages[-1].number] = self.clock()
        return outcome

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        (kept,) = [k for k in self.messages if k.number == message_id]
        before = kept.text
        posted = self.first.setdefault(message_id, before)
        outcome = super().update(destination, message_id, message)
        same_day = local_day(self.sent[message_id]) == local_day(self.clock())
        is_head = destination in (COUNTY, NORTH) and kept.message.thread is None
        if is_head and (_lacks(kept.text, posted) or not (same_day or _only_corrected(kept.text, before))):
            self.rewritten.add(message_id)
        return outcome


#: Lines of a digest's head that stay as they were posted: title, counts, time of sending.
STAYS = re.compile(r".+ · \w{3} \d+ \w+, \d\d:\d\d$|Interviews: |All clear|Since |Sent |\d+ missing now")


#: What another day may add to a digest: that a line was taken out of it, or counted and wrong, and when.
CORRECTED = re.compile(r"\d+ (lines? removed|more that \w+ counted \w+ wrong), corrected|Updated ")


def _lacks(now: str, posted: str) -> bool:
    """Tell whether a line that has to stay is gone."""
    return any(STAYS.match(line) and line not in now.splitlines() for line in posted.splitlines())


def _only_corrected(now: str, before: str) -> bool:
    return all(CORRECTED.match(line) for line in now.splitlines() if line not in before.splitlines())


#: A moment, what happens then (a method of the county), and the absence that it is about.
Event = tuple[datetime, str] | tuple[datetime, str, Absence]


@dataclass
class County:
    """The days, played through the doors."""

    d: Doors
    chat: Posted
    dice: random.Random
    days: int
    absences: list[Absence] = field(default_factory=list)
    refs: dict[int, str] = field(default_factory=dict)
    seen: dict[str, set[object]] = field(default_factory=lambda: {name: set() for name in MEASURES})
    done: Counter[str] = field(default_factory=Counter)
    exported: dict[str, datetime] = field(default_factory=dict)
    results: dict[str, int] = field(default_factory=dict)

    def play(self) -> None:
        self.absences = invent(self.dice, self.days)
        events = sorted([*self._days(), *self._steps()], key=lambda e: (e[0], e[1]))
        for now, what, *of in events:
            self.d.now = now
            getattr(self, f"_{what}")(*of)

    def _days(self) -> Iterator[Event]:
        for n in range(self.days):
            day = day_start(BEGINNING + timedelta(days=n))
            yield day + hours(5.5), "council"
            yield day + hours(6.9), "police"
            yield day + hours(17.6), "police"
            yield day + hours(9), "look"
            yield day + hours(20), "look"
            for hour, minute in TICKS:
                yield day + timedelta(hours=hour, minutes=minute), "tick"
        for n, person in ((12, "north-worker"), (40, "south-worker"), (61, "north-worker")):
            if n < self.days:
                yield day_start(BEGINNING + timedelta(days=n)) + hours(8.2), f"leave_{person.split('-')[0]}"

    def _steps(self) -> Iterator[Event]:
        end = day_start(BEGINNING + timedelta(days=self.days))
        for one in self.absences:
            if one.said and one.said < end:
                yield one.said, "say_held", one
            if one.said and one.offered < min(one.said, end - hours(1)) and self.dice.random() < 0.6:
                yield one.offered + timedelta(minutes=20), "say_offered", one

    # What happens

    def _tick(self) -> None:
        self.d.tick_at(self.d.now)
        self.done["ticks"] += 1

    def _leave_north(self) -> None:
        self._leave("north-worker")

    def _leave_south(self) -> None:
        self._leave("south-worker")

    def _leave(self, person: str) -> None:
        first = local_day(self.d.now)
        last = first + timedelta(days=4)
        said = self.d.ask(f"away {first.day} {first:%b} to {last.day} {last:%b}", person)
        self.done["absences of people refused"] += said.status != "ok"

    def _police(self) -> None:
        now, rows = self.d.now, []
        for one in self._begun():
            for report in one.reports:
                if report.at <= now:
                    rows += self._occurrence(one, report)
        self._load("police", rows)

    def _occurrence(self, one: Absence, report: Report) -> list[Row]:
        now = self.d.now
        closed = report.closed_at <= now
        void = report.void_at is not None and report.void_at <= now
        row = police(
            report.number,
            written(report.at if report is not one.reports[0] else one.start),
            written(one.back_as_of(now)) if closed else "",
            child=report.wrong_child or one.child,
            reported_at=written(report.at),
            risk_at=written(report.at),
            area=self._team(one.child)[1],
            end_reason="error_duplicate" if void else "returned_self" if closed else "",
        )
        if one.graded_up and one.graded_up <= now and report is one.reports[-1] and one.graded_up > report.at:
            return [row, {**row, "risk": "high", "risk_at": written(one.graded_up)}]
        return [row]

    def _council(self) -> None:
        self._load("children", [self._child(n) for n in range(1, CHILDREN + 1)])
        self._load("interviews", [form for one in self._begun() for form in self._forms(one)])

    def _child(self, number: int) -> Row:
        make = looked_after if number % 3 == 0 else child
        cells = {"team": self._team(number)[0], "lead_worker": self._team(number)[2]}
        return make(number, **cells)

    def _team(self, number: int) -> tuple[str, str, str, str]:
        """Return a child's team; every tenth moves after 45 days, and its open interviews stay where they began."""
        moved = number % 10 == 0 and self.d.now > day_start(BEGINNING + timedelta(days=45))
        return TEAMS[(number + moved) % 3]

    def _forms(self, one: Absence) -> Iterator[Row]:
        """Write the council's forms of an absence as of now: one, or one for each night; the last has the interview."""
        now = self.d.now
        if one.start + hours(1) > now:
            return
        nights = [one.start]
        while one.nightly and nights[-1] + hours(24) < min(one.back, now):
            nights.append(nights[-1] + hours(24))
        closed = one.back + hours(1) <= now
        cells = {"team": self._team(one.child)[0], "worker": self._team(one.child)[2]}
        for n, start in enumerate(nights):
            is_last = n == len(nights) - 1
            end = (one.back_as_of(now) if closed else None) if is_last else start + hours(12)
            talk = self._interview(one) if is_last and closed else {}
            linked = f"OCC-{one.reports[0].number}" if n == 0 and one.reports[0].wrong_child is None else ""
            refs = {"episode_id": f"EP-{one.number}-{n}", "occurrence_ref": linked}
            yield council(one.number, written(start), written(end), child=one.child, **{**cells, **talk, **refs})

    def _interview(self, one: Absence) -> dict[str, str]:
        """Write what the case system has of the interview: late, for it is written up after the talk."""
        now, talk = self.d.now, {}
        if one.recorded and one.held and one.recorded <= now:
            talk = {"held_at": written(one.held), "response": "accepted", "recorded_at": written(one.recorded)}
            one.known_held = one.known_held or now
        if one.offered + hours(12) <= now:
            talk["offered_at"] = written(one.offered)
        return talk

    def _begun(self) -> list[Absence]:
        return [one for one in self.absences if one.start <= self.d.now]

    def _load(self, source: str, rows: Sequence[Row]) -> None:
        if rows:
            self.d.bot.load(source, self.d.now, *rows)
            self.exported[source] = self.d.now
            self.done["exports"] += 1

    def _say_offered(self, one: Absence) -> None:
        self._say(one, f"offered by phone at {to_london(one.offered):%H:%M}")

    def _say_held(self, one: Absence) -> None:
        for before in [x for x in self.absences if x.into is one]:
            self._say(before, f"merge into #{self._number(one)}")
            self.done["merges"] += 1
        if self._say(one, f"held at {to_london(one.held or one.back):%d/%m/%Y %H:%M}"):
            for each in [one, *(x for x in self.absences if x.into is one)]:
                each.known_held = each.known_held or self.d.now

    def _say(self, one: Absence, words: str) -> bool:
        number = self._number(one)
        if number is None:
            self.done["steps without an interview"] += 1
            return False
        said = self.d.ask(f"interview {self.ref(one.child)} #{number} {words}", self._team(one.child)[3])
        if said.status != "ok":
            said = self.d.ask(f"interview {self.ref(one.child)} #{number} {words}", COORDINATOR)
        self.done["steps"] += 1
        self.done["steps refused"] += said.status != "ok"
        return said.status == "ok"

    def _number(self, one: Absence) -> int | None:
        """Return the number of the absence's episode, as a person reads it from the list."""
        ours = [x for x in self.d.bot.rows("episode") if x["kind"] == "missing" and self._is_of(x, one)]
        return max((int(x["id"]) for x in ours), default=None)

    def _is_of(self, row: dict[str, object], one: Absence) -> bool:
        end = row["end_at"]
        near = isinstance(end, datetime) and abs(end - one.back) <= hours(1)
        return near and row["child_id"] == self._child_id(one.child)

    def _child_id(self, number: int) -> object:
        return next((x["id"] for x in self.d.bot.rows("child") if x["police_ref"] == f"NOM-{number}"), None)

    def ref(self, number: int) -> str:
        return self.refs.setdefault(number, self.d.ref(number))

    # What is measured

    def _look(self) -> None:
        """Ask for the lists, and hold them against what was invented."""
        if len(self.exported) < 3:
            return
        rows = lines(self.d.ask("open"))
        listed = Counter(ref for row in rows for ref in REFERENCE.findall(row.split(" · ")[0]))
        known = {one.number: listed[self.ref(one.child)] for one in self._begun() if self._is_known_missing(one)}
        self.done["children missing, asked for"] += len(known)
        self.seen[UNSEEN] |= {n for n, count in known.items() if count == 0}
        self.seen[TWICE] |= {n for n, count in known.items() if count > 1}
        for table in self.d.ask("interviews").tables:
            for row in table.rows:
                if "held" not in str(row[table.columns.index("State")]):
                    self._came_back(str(row[0]), str(row[table.columns.index("Returned")]))

    def _is_known_missing(self, one: Absence) -> bool:
        """Tell whether the police's newest export has the child as missing, and it is."""
        taken = self.exported["police"]
        told = [r for r in one.reports if r.at <= taken and r.wrong_child is None]
        return one.back > self.d.now and any(r.void_at is None or r.void_at > taken for r in told)

    def _came_back(self, ref: str, returned: str) -> None:
        back = RETURNED.match(returned)
        for one in self._begun():
            held = one.known_held is not None and one.known_held < self.d.now
            if held and back and self.ref(one.child) == ref:
                moment = at(f"{back[1]} {BEGINNING.year} {back[2]}")
                if one.start < moment <= one.back + hours(1):
                    self.seen[CAME_BACK].add(one.number)

    def finish(self) -> dict[str, int]:
        """Return each measure's number."""
        asked = [n for n in self.d.bot.rows("nudge") if n["step"].startswith(RECORD)]
        episodes = self.d.bot.rows("episode")
        for one in self.absences:
            if one.known_held is None or one.recorded is None or one.into:
                continue
            until = min(one.recorded + hours(24), self.d.now)
            calendar = self.d.bot.app.partnership.calendar()
            morning = day_start(calendar.next_day(local_day(one.known_held))) + hours(9)
            if morning >= one.recorded or morning >= self.d.now:
                continue
            self.done["held and not recorded by the next working day"] += 1
            talk = [one, *(x for x in self.absences if x.into is one)]
            ours = {x["id"] for x in episodes if any(self._is_of(x, each) for each in talk)}
            if not any(n["episode_id"] in ours and one.known_held <= n["made_at"] <= until for n in asked):
                self.seen[NOT_ASKED].add(one.number)
        self.seen[REWRITTEN] |= self.chat.rewritten
        return {name: len(self.seen[name]) for name in MEASURES}


def played(url: str, folder: Path, seed: int, days: int) -> County:
    """Play the days on an empty database."""
    with doors(url, folder) as d:
        d.chat = chat = Posted(describes=dict(CHANNELS), clock=lambda: d.now)
        county = County(d, chat, random.Random(seed), days)
        county.play()
        county.results = county.finish()
        return county


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--days", type=int, default=90)
    asked = given.parse_args()
    run.upgrade = migrated.upgrade_once()
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        county = played(f"sqlite:///{folder}/bot.sqlite3", Path(folder), asked.seed, asked.days)
    reports = sum(len(one.reports) for one in county.absences)
    print(f"{asked.days} days, seed {asked.seed}: {len(county.absences)} absences, {reports} police reports")
    for what, count in {**county.done, **county.results}.items():
        print(f"  {what}: {count:,}")
    print(f"  {time.monotonic() - began:.0f} s")
    return 1 if any(county.results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
