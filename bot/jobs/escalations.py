"""Escalations: whoever a rule names in each agency is called, tier after tier, until somebody acknowledges.

Running twice, or in two places, calls nobody twice. Quiet hours do not hold a call back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.conversation.outbound import PREVIEW, Message
from bot.jobs import closed_calls
from bot.jobs.escalation_calls import KIND, Round
from bot.jobs.escalation_facts import look
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now
from bot.messages import escalation_message
from bot.rules.delivery.delivery import Delivery
from bot.rules.escalations.calls import Call, call_of
from bot.rules.escalations.decisions import Situation, decisions, why_closed
from bot.rules.partnership.partnership import Partnership
from bot.rules.time import freshness
from bot.rules.time.clock import local_day
from bot.store import audit_chain
from bot.store.changes import absences
from bot.store.database import reading
from bot.store.delivery import escalations
from bot.store.queries.facts import StoredFacts


def plan(run: Run, now: datetime) -> None:
    """Read without keeping writers waiting; write only where there is something to do."""
    with reading(run.database) as connection:
        situation = look(connection, run.partnership, now)
        away = absences.on(connection, local_day(now))
    carry_out(run, situation, {who: a.cover for who, a in away.items()})


def carry_out(run: Run, situation: Situation, away: Mapping[str, str]) -> None:
    """In one transaction. What another replica did since the situation was read is left as it is."""
    calling, found = Round(run, situation, away), decisions(situation, run.partnership)
    found = replace(found, vacant=tuple(c for c in found.vacant if calling.can_fill(c)))
    if found.nothing:
        return
    with run.writing() as connection:
        audit_chain.take_turn(connection)  # before any row of ours is locked: whoever acknowledges waits there too
        for r, because in found.close:
            escalations.close(connection, r.id, because, situation.now)
        for r in found.reopen:
            calling.reopen(connection, r)
        for c in found.next_tier:
            calling.next_tier(connection, c)
        for c in found.vacant:
            calling.fill(connection, c)
        for due in found.call:
            calling.call(connection, due)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """As things stand at the moment it is sent; dropped where nothing is asked any more."""
    number = int(d.slot.partition("|")[0])
    with reading(run.database) as connection:
        s = look(connection, run.partnership, now)
        sources = StoredFacts(connection, run.partnership).freshness(now)
    call, person = call_of(s.raised, number), run.partnership.person(d.audience)
    if (why := _not_asked(call, s, run.partnership)) or call is None:
        return Drop(why)
    if person is None or not person.active:
        return Drop("not listed")
    if level_now(run, d) != 2:
        return Hold("privacy")
    row = next(r for r in call.tiers if r.id == number)
    age = tuple(freshness.say(source, now) for source in sources if source.source == "police")
    reply = escalation_message.message(row, call, s, person, run.partnership, age)
    return Ready(Message(reply, PREVIEW, d.marker), subject=s.records(row.episode_id)[0].child_ref)


def _not_asked(call: Call | None, s: Situation, p: Partnership) -> str:
    """Why nothing is asked any more, in a word for the ledger; of a child who died no more than that it is over."""
    if call is None:
        return "closed"
    if call.acknowledged:
        return "acknowledged"
    why = why_closed(call, s, p)
    return "over" if why == "died" else why or ("" if call.open else "closed")


JOB = Job(kinds=(KIND,), plan=plan, compose=compose, tend=closed_calls.tend)
