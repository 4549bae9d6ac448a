"""Worlds by dice: whatever the retention removes, no figure of a period that is still known changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from bot.jobs.daily_retention import Kept
from bot.rules.access.permissions import Scope
from bot.rules.audit.retention import cut_day
from bot.rules.model import Period
from bot.rules.partnership.partnership import Retention
from bot.rules.queries.facts import Facts
from bot.store.database import migrate, open_database, reading, writing
from bot.store.queries.facts import StoredFacts
from bot.store.retention.daily import retain
from tests.support.factories import NOW, partnership
from tests.support.loader import SEAL
from tests.support.world import AREAS, world

SEEDS = range(int(os.environ.get("BOT_FUZZ", "0")) or 2)
MONTHS = 12
CUT = cut_day(NOW, MONTHS)
SCOPES = (Scope(AREAS), Scope(("north",)))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url, SEAL)
    migrate(engine)
    yield engine
    engine.dispose()


def periods() -> list[Period]:
    """From the first known day on: whole, by quarter, and the half-year that everybody asks for."""
    firsts = [CUT, date(2016, 10, 1), date(2017, 1, 1)]
    lasts = [date(2017, 7, 5), date(2016, 12, 31), date(2017, 6, 30)]
    return [Period(f"{first} to {last}", first, last) for first, last in zip(firsts, lasts, strict=True)]


def answers(facts: Facts) -> list[object]:
    found: list[object] = []
    for scope in SCOPES:
        for period in periods():
            found += [facts.frequency(scope, period), facts.by_area(scope, period), facts.by_age(scope, period)]
            found += [facts.tallies(scope, period, NOW), facts.in_several_areas(scope, period)]
            found += [facts.top_children(scope, period, 10, period)]
        listed = [*facts.open_episodes(scope, NOW), *facts.ended(scope, NOW - timedelta(days=300), NOW)]
        found += [x for x in listed if x.kind != "void"]  # void episodes are shown nowhere
    return [*found, *(facts.looked_after(NOW.date() - timedelta(days=n)) for n in (0, 100, 300))]


def before_the_cut(facts: Facts) -> int:
    return facts.frequency(SCOPES[0], Period("old", date(2015, 1, 1), CUT - timedelta(days=1))).episodes


def run(engine: Engine) -> Kept:
    return retain(engine, bytes(32), Retention(records_months=MONTHS), NOW)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_figure_that_is_still_known_changes(engine: Engine, seed: int) -> None:
    with writing(engine) as connection:
        world(seed).store(connection)
    with reading(engine) as connection:
        facts = StoredFacts(connection, partnership())
        before, old = answers(facts), before_the_cut(facts)
    kept = run(engine)
    with reading(engine) as connection:
        facts = StoredFacts(connection, partnership())
        assert answers(facts) == before
        assert 0 < old - before_the_cut(facts) <= kept.removed["episodes"]
    assert (kept.since, sum(run(engine).removed.values())) == (CUT, 0)
