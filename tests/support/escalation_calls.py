"""Escalations at work: episodes in a real database, ticks of several replicas, and the calls that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Engine, delete, insert, select

from bot.jobs.escalations import JOB, look
from bot.jobs.job import Composed, Run
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import Delivery
from bot.rules.effects import Acknowledge, RecordAbsence, RecordStep
from bot.rules.escalations.calls import Raised, Situation
from bot.rules.model import GradeRecord
from bot.rules.partnership.partnership import Partnership
from bot.store import people_list
from bot.store.changes import record
from bot.store.database import migrate, open_database, reading, writing
from bot.store.delivery import ledger
from bot.store.queries.chat_records import StoredChatRecords
from bot.store.schema import records
from bot.store.schema.access import audit, notice
from tests.support.factories import Recorded, partnership
from tests.support.memory_platform import MemoryChat
from tests.support.world import episode_row

KEY = bytes(32)


@dataclass
class Calls:
    """One database with the agencies' records, and the bot ticking on it."""

    engine: Engine
    partnership: Partnership = field(default_factory=partnership)
    chat: MemoryChat = field(default_factory=MemoryChat)

    def put(self, *episodes: Recorded, grades: Sequence[GradeRecord] = ()) -> None:
        """Store episodes as an export of now would, in place of what earlier ones held."""
        with writing(self.engine) as connection:
            for x in episodes:
                self._remove(connection, x)
                if not connection.execute(select(records.child).where(records.child.c.id == x.child_id)).first():
                    connection.execute(insert(records.child).values(id=x.child_id, ref=x.child_ref))
                bare = {"child_id": x.child_id, "entered_at": x.start_at, "payload": "-"}
                police, council = (f"P-{x.id}" if x.police else None), (f"E-{x.id}" if x.council else None)
                if police:
                    connection.execute(insert(records.occurrence).values(occurrence_ref=police, **bare))
                    for g in grades:
                        said = {"graded_at": g.graded_at, "grade": g.grade, "legacy_absent": False}
                        connection.execute(insert(records.grade).values(occurrence_ref=police, **said))
                if council:
                    connection.execute(insert(records.interview).values(episode_ref=council, kind=x.kind, **bare))
                known = {"entered_at": x.entered_at or x.start_at, "end_known_at": x.end_known_at or x.until_at}
                connection.execute(insert(records.episode).values(**episode_row(x, police, council) | known))

    @staticmethod
    def _remove(connection: object, x: Recorded) -> None:
        execute = connection.execute  # type: ignore[attr-defined]
        execute(delete(records.episode).where(records.episode.c.id == x.id))
        execute(delete(records.grade).where(records.grade.c.occurrence_ref == f"P-{x.id}"))
        execute(delete(records.occurrence).where(records.occurrence.c.occurrence_ref == f"P-{x.id}"))
        execute(delete(records.interview).where(records.interview.c.episode_ref == f"E-{x.id}"))

    def run(self, name: str = "one") -> Run:
        return Run(self.engine, self.partnership, {self.chat.name: self.chat}, KEY, name)

    def tick(self, *moments: datetime, name: str = "one") -> None:
        for now in moments:
            JOB.plan(self.run(name), now)

    def look(self, now: datetime) -> Situation:
        with reading(self.engine) as connection:
            return look(connection, self.partnership, now)

    def compose(self, d: Delivery, now: datetime) -> Composed:
        return JOB.compose(self.run(), d, now)

    def raised(self, rule: str | None = None) -> list[Raised]:
        with reading(self.engine) as connection:
            found = StoredChatRecords(connection).escalations(
                list(connection.execute(select(records.episode.c.id)).scalars())
            )
            return [r for r in found if rule in (None, r.rule)]

    def called(self, rule: str | None = None) -> list[tuple[str, int, str]]:
        """Return agency, tier and person of every call."""
        return [(r.agency, r.tier, r.person) for r in self.raised(rule)]

    def messages(self) -> list[Delivery]:
        with reading(self.engine) as connection:
            return list(ledger.find(connection))

    def message_of(self, number: int) -> Delivery:
        return next(d for d in self.messages() if d.slot == str(number))

    def acknowledge(self, number: int, by: str, now: datetime) -> None:
        record.record(self.engine, KEY, Entry(now, by, "", "", "", ""), [Acknowledge(number, by, now)])

    def away(self, person: str, day: date, cover: str, now: datetime) -> None:
        effect = RecordAbsence(person, day, day, cover, person, now)
        record.record(self.engine, KEY, Entry(now, person, "", "", "", ""), [effect])

    def says(self, effect: RecordStep) -> None:
        record.record(self.engine, KEY, Entry(effect.said_at, effect.by, "", "", "", ""), [effect])

    def alarms(self, person: str = "admin") -> list[str]:
        with reading(self.engine) as connection:
            told = select(notice.c.text).where(notice.c.kind == "alarm", notice.c.person_id == person)
            return list(connection.execute(told.order_by(notice.c.id)).scalars())

    def trail(self) -> list[tuple[str, str, str]]:
        """Return outcome, subject and reason of the trail's rows of calls."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(audit).where(audit.c.action == "escalation").order_by(audit.c.seq))
            return [(r.outcome, r.subject, r.reason) for r in rows]


@contextmanager
def calls(url: str) -> Iterator[Calls]:
    engine = open_database(url)
    migrate(engine)
    with writing(engine) as connection:
        people_list.take_over(connection, partnership().people)
    yield Calls(engine)
    engine.dispose()
