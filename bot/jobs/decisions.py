"""Strategy decisions that are owed: one message a morning to whoever owes them, until they are said.

The return of the child ends the call and not the question (domain.md §10.4). The bot never decides (R24).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.conversation.outbound import PREVIEW, Message
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now
from bot.messages import escalation_message
from bot.rules.access.permissions import Scope, address
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.escalations.strategy import Question, is_reminded
from bot.rules.model import Episode
from bot.rules.queries.digest_content import outstanding_decisions
from bot.rules.reminders.due import Staff
from bot.rules.time.clock import day_start, local_day
from bot.store.delivery import ledger
from bot.store.queries.facts import StoredFacts

KIND = "decision"
Owed = tuple[Episode, Question]


def plan(run: Run, now: datetime) -> None:
    """Plan one message a working day to each person who owes a decision; nothing is read outside working hours."""
    calendar, today = run.partnership.calendar(), local_day(now)
    if not calendar.speaks(now) or now < (moment := calendar.moment_of(today, run.partnership.delivery.reminder_time)):
        return
    with run.facts() as facts:
        owed, faults = _owed(run, facts, now)
        there = facts.deliveries(day_start(today), day_start(today + timedelta(days=1))) if owed else ()
    planned = {d.audience for d in there if (d.kind, d.slot) == (KIND, f"{today}")}
    reached = [(who, where) for who in owed if who not in planned and (where := _address(run, who)) is not None]
    if not (reached or faults):
        return
    with run.writing() as connection:
        until = calendar.closes(today)
        ledger.plan(connection, [Planned(KIND, who, *where, f"{today}", moment, until) for who, where in reached], now)
        for fault in faults:
            run.alarm(connection, fault, now)


def _address(run: Run, who: str) -> tuple[str, str] | None:
    person = run.partnership.person(who)
    return address(person, run.platforms) if person else None


def _owed(run: Run, facts: StoredFacts, now: datetime) -> tuple[Mapping[str, Sequence[Owed]], tuple[str, ...]]:
    """Return the decisions to remind of today, by person, and the faults for administrators.

    Each is owed by the roles that its rules called first: the council's, or where only the police were called, theirs.
    """
    p, today = run.partnership, local_day(now)
    found = outstanding_decisions(facts, Scope(tuple(a.id for a in p.areas)), now)
    due = [(x, q) for x, q in found if is_reminded(q, p.calendar(x.area), today)]
    if not due:
        return {}, ()
    staff = Staff(p, facts.work.away(today), run.platforms, now)
    owed: dict[str, list[Owed]] = {}
    faults: dict[str, None] = {}
    for x, q in due:
        asked = [r for r in facts.work.escalations([x.id]) if r.decide_by is not None and r.rule in q.rules]
        council = [r for r in asked if r.agency == "council"]
        first = min(r.tier for r in council or asked)
        for role in dict.fromkeys(r.role for r in council or asked if r.tier == first):
            recipients = staff.of_role(x, role)
            faults |= dict.fromkeys(recipients.faults)
            for each in recipients.people:
                if (x, q) not in owed.setdefault(each.person.id, []):
                    owed[each.person.id].append((x, q))
    return owed, tuple(faults)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the decisions that this person still owes; dropped where each has been said meanwhile."""
    if level_now(run, d) != 2:
        return Hold("privacy")
    with run.facts() as facts:
        owed, _ = _owed(run, facts, now)
    theirs = owed.get(d.audience, ())
    if not theirs:
        return Drop("nothing left")
    reply = escalation_message.owed(theirs, run.partnership, now)
    refs = {x.child_ref for x, _ in theirs}
    return Ready(Message(reply, PREVIEW, d.marker), subject=refs.pop() if len(refs) == 1 else "")


JOB = Job((KIND,), compose, plan)
