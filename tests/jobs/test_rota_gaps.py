"""Administrators and those on duty hear of gaps in rotas: once a week, and each day where one is near."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.jobs.rota_gaps import JOB
from bot.rules.partnership.rota import Shift
from bot.store.database import reading
from bot.store.schema.access import notice
from tests.support.factories import NOW, hours
from tests.support.job_scene import Scene

ROLE = "duty_team_manager"


def told(bot: Scene) -> list[str]:
    with reading(bot.database) as connection:
        return list(connection.execute(select(notice.c.person_id).order_by(notice.c.id)).scalars())


def on_rota(bot: Scene, days: float) -> None:
    bot.ours = bot.ours.with_rota([Shift(ROLE, "north-manager", NOW - hours(24), NOW + timedelta(days=days))])


def test_a_gap_that_is_far_away_is_told_once_a_week(bot: Scene) -> None:
    on_rota(bot, 20)
    for name in ("a", "b", "a"):
        bot.tick(JOB, name=name)
    assert told(bot) == ["admin", "coordinator"]
    assert bot.alarms() == [
        "Gap in the rota, duty team manager of council: nobody from Tue 25 Jul 08:00 on. Until it is filled, "
        "north-manager is called. To fill it: on-call cover, or people rota. See: on-call."
    ]
    for _ in range(7):
        bot.wait(days=1)
        bot.tick(JOB)
    assert told(bot) == ["admin", "coordinator"] * 2


def test_three_replicas_at_one_moment_tell_once(bot: Scene) -> None:
    on_rota(bot, 20)
    with ThreadPoolExecutor(3) as replicas:
        list(replicas.map(lambda name: bot.tick(JOB, name=name), ("a", "b", "c")))
    assert told(bot) == ["admin", "coordinator"]


def test_a_gap_behind_which_nobody_holds_the_role_is_said(bot: Scene) -> None:
    bot.ours = replace(bot.ours, roles=bot.ours.roles | {ROLE: {"council": "coordinator"}})
    on_rota(bot, 20)
    left = tuple(replace(x, active=x.id not in ("coordinator", "lead")) for x in bot.ours.people)
    bot.ours = bot.ours.with_people(left)
    bot.tick(JOB)
    assert "NOBODY is called. To fill it: on-call cover" in bot.alarms()[0]


def test_a_near_one_is_told_each_day_and_none_without_a_gap(bot: Scene) -> None:
    on_rota(bot, 40)
    bot.tick(JOB)
    assert told(bot) == []
    on_rota(bot, 1)
    for _ in range(3):
        bot.tick(JOB)
        bot.wait(days=1)
    assert told(bot) == ["admin", "coordinator"] * 3
