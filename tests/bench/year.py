"""Simulate a year of two replicas, minute by minute in the day: python -m tests.bench.year [--begin DAY --days 365].

Children go missing, come back and are talked with; exports arrive every hour; both replicas are down now and then, and
sometimes together; the platform answers as on a bad day. The clock is the simulation's: it begins on 1 September 2026,
so that both clock changes, Christmas and the Easter weekend of the spring change are in it.

Afterwards the ledger, the messages and the records are compared: every digest once or said to be missed, no nudge
outside working hours, no deadline whose last nudge came after the last working moment before it; no held interview
whose recording nobody was asked for, and nobody asked for one that the export had.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import event, insert, select, update

from bot.conversation.outbound import Later, Message, Outcome, Sent, Unknown
from bot.rules.delivery.delivery import Slot, digest_slots
from bot.rules.model import FOREVER
from bot.rules.reminders.due import RECORD
from bot.rules.time.clock import day_start, interview_due, local_day, to_london
from bot.server.worker import JOBS
from bot.store.database import reading, writing
from bot.store.schema import records
from bot.store.schema.delivery import delivery, nudge
from tests.support.factories import episode, hours, interview
from tests.support.job_scene import Scene, scene
from tests.support.memory_platform import Kept, MemoryChat
from tests.support.world import stored_rows

BEGINNING = day_start(date(2026, 9, 1))
MINUTE = timedelta(minutes=1)
OWNERS = ("W-N01", "W-N01", "W-S01", "W-D01", None)
AREAS = {"W-N01": "north", "W-S01": "south", "W-D01": "disability", None: "central"}


@dataclass
class BadDays(MemoryChat):
    """A chat whose posts are at times late, lost, or taken without an answer; kept ones are found by their marker."""

    dice: random.Random = field(default_factory=lambda: random.Random(1))
    by_marker: dict[str, list[Kept]] = field(default_factory=dict)
    times: list[tuple[datetime, str]] = field(default_factory=list)
    now: datetime = BEGINNING

    def post(self, destination: str, message: Message) -> Outcome:
        self.posts += 1
        luck = self.dice.random()
        if luck < 0.02:
            return Later(self.dice.choice([1, 30, 300]))
        if luck < 0.03:
            return Unknown("timeout")
        kept = Kept(f"m{self.posts}", destination, message)
        self.by_marker.setdefault(message.marker, []).append(kept)
        self.times.append((self.now, destination))
        return Unknown("timeout") if luck < 0.04 else Sent(kept.number)

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        return [k.number for k in self.by_marker.get(marker, ())]

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        return Sent(message_id)

    def delete(self, destination: str, message_id: str) -> Outcome:
        for found in self.by_marker.values():
            found[:] = [k for k in found if k.number != message_id]
        return Sent(message_id)


@dataclass(frozen=True)
class Life:
    """The events of one episode, and when they become known."""

    start: datetime
    back: datetime
    offered: datetime | None
    held: datetime | None
    recorded: datetime | None
    worker: str | None


def lives(dice: random.Random, days: int, a_day: float) -> list[Life]:
    found = []
    for _ in range(int(days * a_day)):
        start = BEGINNING + timedelta(minutes=dice.randrange(days * 24 * 60))
        back = start + hours(dice.choice([1, 3, 9, 14, 30, 80]) * (0.5 + dice.random()))
        offered = back + hours(dice.uniform(1, 60)) if dice.random() < 0.8 else None
        held = back + hours(dice.uniform(4, 130)) if dice.random() < 0.9 else back + hours(dice.uniform(200, 400))
        found.append(
            Life(
                start,
                back,
                offered,
                held,
                held + hours(dice.uniform(1, dice.choice([30, 30, 200]))),
                dice.choice(OWNERS),
            )
        )
    return sorted(found, key=lambda one: one.start)


def outages(dice: random.Random, days: int) -> dict[str, list[tuple[datetime, datetime]]]:
    """Draw outages: of each replica for minutes or hours; of both together a few times, for up to a day and a half."""

    def some(count: int, most: float) -> list[tuple[datetime, datetime]]:
        begun = [BEGINNING + timedelta(minutes=dice.randrange(1, days * 24 * 60)) for _ in range(count)]
        return [(at, at + hours(most * dice.random())) for at in begun]

    together = some(max(2, days // 30), 36) + some(max(3, days // 10), 1)
    return {name: sorted(some(days // 3, 6) + together) for name in ("a", "b")}


@dataclass
class Year:
    bot: Scene
    chat: BadDays
    dice: random.Random
    days: int
    a_day: float = 1.6
    ticks: int = 0
    lives: list[Life] = field(default_factory=list)
    down: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lives = lives(self.dice, self.days, self.a_day)
        self.down = outages(self.dice, self.days)
        self.changes = sorted(self._changes(), key=lambda change: change[0])

    def _changes(self) -> Iterator[tuple[datetime, int, str]]:
        for n, one in enumerate(self.lives):
            yield one.start, n, "start"
            yield one.back, n, "back"
            for what in ("offered", "held", "recorded"):
                at = getattr(one, what)
                if at is not None:
                    yield at, n, what

    def run(self, seconds: float) -> None:
        """Run every minute of working hours and every tenth at night, as many whole days as there is time for."""
        self.bot.put()
        made, until = 0, time.monotonic() + seconds
        for minute in range(self.days * 24 * 60):
            self.bot.now = self.chat.now = BEGINNING + minute * MINUTE
            if minute % (24 * 60) == 0 and time.monotonic() > until:
                self.days = minute // (24 * 60)
                break
            if minute % 60 == 50:
                made = self._load(made)
            if 7 <= to_london(self.bot.now).hour < 19 or minute % 10 == 0:
                self._tick(minute)

    def _tick(self, minute: int) -> None:
        for name in ("a", "b") if minute % 15 == 0 else ("a",) if minute % 2 else ("b",):
            if not self._is_down(name):
                self.bot.tick(*JOBS, name=name)
                self.ticks += 1

    def _is_down(self, name: str) -> bool:
        now = self.bot.now
        return any(since <= now < until for since, until in self.down[name])

    def _load(self, made: int) -> int:
        """Load the hourly exports: every event since the last."""
        now = self.bot.now
        upto = bisect_right(self.changes, now, key=lambda change: change[0])
        with writing(self.bot.database) as connection:
            for _, n, what in self.changes[made:upto]:
                self._change(connection, n, what, now)
            connection.execute(update(records.source_load).values(taken_at=now, loaded_at=now))
        return upto

    def _change(self, connection: object, n: int, what: str, now: datetime) -> None:
        one = self.lives[n]
        if what == "start":
            x = replace(episode(n + 1, one.start, grade="medium", area=AREAS[one.worker]), id=n + 1, entered_at=now)
            for name, rows in stored_rows([x], now).items():
                if rows and name != "source_load":
                    connection.execute(insert(records.metadata.tables[name]), rows)  # type: ignore[attr-defined]
            return
        values: dict[str, object] = {f"{what}_at": getattr(one, what)} if what != "back" else self._back(one, now)
        if what == "held":
            values["held_known_at"] = now
        if what == "recorded":
            values["interview_until_at"] = one.recorded
        if what == "offered" and (one.held is not None and one.offered is not None and one.offered > one.held):
            return
        connection.execute(update(records.episode).where(records.episode.c.id == n + 1).values(values))  # type: ignore[attr-defined]

    def _back(self, one: Life, now: datetime) -> dict[str, object]:
        owed = interview(one.back, worker=one.worker)
        times = {"end_at": one.back, "until_at": one.back, "returned_at": one.back, "end_known_at": now}
        clock = {"clock_start_at": one.back, "due_at": owed.due_at, "counts_until": owed.counts_until}
        return {**times, **clock, "worker": one.worker, "required": True, "interview_until_at": FOREVER}


def digests(year: Year) -> Counter[str]:
    """Check each slot of the year: sent with one message, or missed; a missed one could not have been sent."""
    bot, found = year.bot, Counter[str]()
    rows = {(d.audience, d.slot): d for d in bot.ledger("digest")}
    for channel in bot.ours.channels:
        for slot in slots_of_year(year, channel.id):
            row = rows.get((channel.id, slot.day.isoformat()))
            copies = len(year.chat.by_marker.get(row.marker, ())) if row else 0
            up = any(not _all_down(year, slot.due_at + n * MINUTE) for n in range(1, _minutes(slot) - 5))
            if row is None and _down_to_the_end(year, slot.due_at):
                found["nothing ran any more until the simulation ended"] += 1
            elif row is None:
                found["WITHOUT A ROW"] += 1
            elif row.state == "sent" and copies == 1:
                found["sent once"] += 1
            elif row.state == "missed" and copies == 0:
                found["missed, nothing ran" if not up else "MISSED THOUGH SOMETHING RAN"] += 1
            else:
                found[f"WRONG: {row.state}, {copies} copies"] += 1
    return found


def _minutes(slot: Slot) -> int:
    return int((slot.late_until - slot.due_at) / MINUTE)


def _all_down(year: Year, at: datetime) -> bool:
    return all(any(since <= at < until for since, until in year.down[name]) for name in ("a", "b"))


def _down_to_the_end(year: Year, since: datetime) -> bool:
    """Tell if the bot was down to the end, so that no tick could report a missed slot."""
    end = BEGINNING + timedelta(days=year.days)
    return all(_all_down(year, since + n * MINUTE) for n in range(int((end - since) / MINUTE)))


def slots_of_year(year: Year, channel_id: str) -> Sequence[Slot]:
    channel = year.bot.ours.channel(channel_id)
    assert channel
    end = BEGINNING + timedelta(days=year.days)
    found, since = [], BEGINNING
    while since < end:
        until = min(since + timedelta(days=5), end)
        found += [s for s in digest_slots(channel, year.bot.ours.calendar(), since, until) if since < s.due_at <= until]
        since = until
    return [s for s in found if s.late_until < end]


def nudges(year: Year) -> Counter[str]:
    """Check every message to a person (in working hours) and every deadline (nudged by its last working moment)."""
    bot, found = year.bot, Counter[str]()
    with reading(bot.database) as connection:
        sent = connection.execute(select(delivery).where(delivery.c.kind.in_(("reminder", "urgent")))).all()
        told = connection.execute(select(nudge)).all()
    for row in sent:
        if row.state == "sent":
            outside = not bot.ours.calendar().speaks(row.sent_at)
            found["OUTSIDE WORKING HOURS" if outside else "nudges in working hours"] += 1
    by_episode: dict[int, list[datetime]] = {}
    for row in told:
        by_episode.setdefault(row.episode_id, []).append(row.made_at)
    for n, one in enumerate(year.lives):
        _deadline(year, one, by_episode.get(n + 1, []), found)
        _record(year, one, [r.made_at for r in told if r.episode_id == n + 1 and r.step.startswith(RECORD)], found)
    doubled = Counter((r.episode_id, r.step, r.deadline_at, r.person_id) for r in told)
    found["STEPS SAID TWICE"] = sum(n - 1 for n in doubled.values())
    return found


def _deadline(year: Year, one: Life, told: list[datetime], found: Counter[str]) -> None:
    """Check the deadline of an interview not held by the last working moment before it."""
    due = interview_due(one.back)
    last = year.bot.ours.calendar(AREAS[one.worker]).last_moment(due)
    known = one.back + hours(1)  # exports come every hour
    if due >= BEGINNING + timedelta(days=year.days) or (one.held is not None and one.held <= last + hours(1)):
        return
    if known + hours(4) > last or _down_long(year, last):
        found["deadlines that nobody could be told of in time"] += 1
    elif any(at <= last for at in told):
        found["deadlines nudged by the last working moment"] += 1
    else:
        found["DEADLINES NUDGED TOO LATE OR NEVER"] += 1


def _record(year: Year, one: Life, told: list[datetime], found: Counter[str]) -> None:
    """Check the words on an interview that was held: one each whole working day until it is recorded, else none."""
    held, recorded = one.held, one.recorded
    end = BEGINNING + timedelta(days=year.days)
    if held is None or recorded is None or held >= end:
        return
    calendar = year.bot.ours.calendar(AREAS[one.worker])
    wrong = [at for at in told if not held <= at <= recorded + hours(1)]  # exports come every hour
    found["ASKED FOR A RECORD BEFORE OR AFTER ITS TIME"] += len(wrong)
    day = calendar.next_day(local_day(held))
    while calendar.closes(day) <= min(recorded, end):
        if any(local_day(at) == day for at in told):
            found["working days with a word to record"] += 1
        elif _down_long(year, calendar.closes(day)):
            found["working days without a word to record: nothing ran"] += 1
        else:
            found["WORKING DAYS WITHOUT A WORD TO RECORD"] += 1
        day = calendar.next_day(day)


def _down_long(year: Year, last: datetime) -> bool:
    """Tell if no replica ran for the whole of the last working hours before."""
    return all(_all_down(year, last - n * 10 * MINUTE) for n in range(1, 24))


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--begin", type=date.fromisoformat, default=date(2026, 9, 1))
    given.add_argument("--days", type=int, default=365)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--seconds", type=float, default=7200, help="stop after the day in which so many have gone")
    asked = given.parse_args()
    global BEGINNING  # one simulation a process
    BEGINNING = day_start(asked.begin)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, scene(f"sqlite:///{Path(folder) / 'bot.sqlite3'}") as bot:
        event.listen(bot.database, "connect", lambda c, _: c.execute("PRAGMA synchronous = OFF"))  # nothing is kept
        bot.database.dispose()
        dice = random.Random(asked.seed)
        chat = BadDays(describes=dict(bot.chat.describes), dice=dice)
        bot.chat = chat
        year = Year(bot, chat, dice, asked.days)
        year.run(asked.seconds)
        print(f"{year.days} days from {asked.begin}: {year.ticks:,} ticks, {chat.posts:,} posts")
        results = {"digests": digests(year), "nudges": nudges(year)}
        for name, found in results.items():
            for what, count in sorted(found.items()):
                print(f"  {name}: {what}: {count:,}")
        print(f"  ledger: {dict(Counter(f'{d.kind} {d.state}' for d in bot.ledger()))}")
        print(f"  {time.monotonic() - began:.0f} s")
    bad = sum(count for found in results.values() for what, count in found.items() if what.split(":")[0].isupper())
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
