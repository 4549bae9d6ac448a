"""Notices of gaps in rotas, to administrators and to those on duty: while there is time to fill them."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.jobs.job import ALARM, Job, Run
from bot.rules.access.permissions import DUTY, holders, listed_holders
from bot.rules.access.rotas import Rota, gaps, gaps_in_words, rotas
from bot.rules.catalogue import _
from bot.rules.effects import NotifyPerson, NotifyRole
from bot.rules.partnership.partnership import Partnership
from bot.rules.time.clock import day_start, local_day
from bot.store import audit_chain
from bot.store.changes.record import carry_out, notice_waits

KIND = "rota"
#: The same gaps are told again after a week, and each day once the first of them is near or has begun.
AGAIN, NEAR = timedelta(days=7), timedelta(days=2)


def plan(run: Run, now: datetime) -> None:
    """Tell of each rota with gaps in the next 30 days, once a week; of one that begins soon once a day."""
    for rota in rotas(run.partnership, now):
        if text := gaps_in_words(run.partnership, rota, now):
            _tell(
                run,
                rota,
                _("Gap in the rota, {text}. {behind}", text=text, behind=_behind(run.partnership, rota, now)),
                now,
            )


def _behind(p: Partnership, rota: Rota, now: datetime) -> str:
    """Say who is called in the gap, and what fills it."""
    listed = [x.id for x in listed_holders(p, rota.role, local_day(now), agency=rota.agency)]
    whom = _(" or ").join(listed[:3]) or _("NOBODY")
    return _(
        "Until it is filled, {whom} is called. To fill it: on-call cover, or people rota. See: on-call.", whom=whom
    )


def _tell(run: Run, rota: Rota, text: str, now: datetime) -> None:
    near = gaps(run.partnership, rota, now)[0].begins <= now + NEAR
    since = day_start(local_day(now)) if near else now - AGAIN
    with run.writing() as connection:
        audit_chain.take_turn(connection)  # or two replicas at one moment both find that nothing was told
        if notice_waits(connection, ALARM, text, since):
            return
        carry_out(connection, NotifyRole("system_admin", ALARM, text, now))
        for person in holders(run.partnership, DUTY, now):
            carry_out(connection, NotifyPerson(person.id, KIND, text, now))
        run.record(connection, ALARM, now, outcome="raised", reason=_("gap in the rota: {words}", words=rota.words))


JOB = Job((KIND,), plan=plan)
