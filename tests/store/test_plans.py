"""How the databases find their rows: by the index made for the question, however long the history is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, event, insert, text

from bot.rules.access import Scope
from bot.rules.period import parse_period
from bot.store import tables
from bot.store.database import migrate, open_database, reading, writing
from bot.store.facts import StoredFacts
from tests.factories import NOW, episode, hours, interview, partnership, reference
from tests.store.world import AREAS, episode_row

ROWS, CHILDREN = 20_000, 6_000
COUNTY, NORTH = Scope(AREAS), Scope(("north",))
PERIODS = tuple(parse_period(p, NOW) for p in ("2017-H1", "2017-05"))
SINCE = NOW - hours(24)
COVERING = "COVERING INDEX ix_episode_figures"

#: A question, and what each of its searches through the episodes must use.
FIGURES: list[tuple[str, tuple[Any, ...], str]] = [
    *(
        (name, (scope, period, *more), COVERING)
        for scope in (COUNTY, NORTH)
        for period in PERIODS
        for name, more in (
            ("frequency", ()),
            ("frequency", ("lac",)),
            ("by_area", ()),
            ("by_age", ()),
            ("area_bases", ()),
            ("in_several_areas", ()),
            ("in_cohort_and_not", ("uasc",)),
            ("tallies", (NOW,)),
            ("interview_spans", (NOW,)),
        )
    ),
    ("first_ever", (NORTH, PERIODS[0]), "COVERING INDEX ix_episode_(figures|child_id)"),
    (
        "top_children",
        (NORTH, PERIODS[0], 10, PERIODS[1]),
        "COVERING INDEX ix_episode_figures|INDEX ix_episode_child_id",
    ),
]
LISTS: list[tuple[str, tuple[Any, ...], str]] = [
    *(
        (name, (scope, *times), f"INDEX ix_episode_{index} ")
        for scope in (COUNTY, NORTH)
        for name, times, index in (
            ("open_episodes", (NOW,), "area_until_at"),
            ("ended", (SINCE, NOW), "area_until_at"),
            ("reported", (SINCE, NOW), "area_reported_at"),
            ("interviews_open", (NOW,), "area_interview_until_at"),
            ("interviews_open", (NOW, SINCE), "area_interview_until_at"),
        )
    ),
    ("starts", (list(range(1, 20)), SINCE - timedelta(days=365), NOW), "INDEX ix_episode_child_id "),
    ("missing_now", (list(range(1, 20)), NOW), "INDEX ix_episode_child_id "),
    ("child", (reference(7), NOW), "INDEX ix_episode_child_id "),
]


@contextmanager
def history(url: str) -> Iterator[Engine]:
    """Ten years of episodes, all but the last few over and recorded."""
    engine = open_database(url)
    migrate(engine)
    with writing(engine) as connection:
        connection.execute(insert(tables.child), [{"id": n, "ref": reference(n)} for n in range(1, CHILDREN + 1)])
        connection.execute(insert(tables.episode), [_row(n) for n in range(ROWS)])
    yield engine
    engine.dispose()


def _row(n: int) -> dict[str, Any]:
    start = NOW - timedelta(days=3650) * (ROWS - n) / ROWS
    start = start.replace(microsecond=0)
    back = None if n > ROWS - 10 else start + hours(9)
    done = interview(back) if back is None or n > ROWS - 40 else interview(back, recorded_at=back + hours(50))
    x = episode(n * 7919 % CHILDREN + 1, start, back, birth=None, id=n + 1, area=AREAS[n % 5], interview=done)
    return episode_row(x, None, None)


@contextmanager
def explained(connection: Connection, explain: str) -> Iterator[list[str]]:
    """The plan of every statement that is executed meanwhile, one line a step."""
    found: list[str] = []

    def note(_: Any, cursor: Any, statement: str, parameters: Any, *more: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            rows = connection.connection.cursor().execute(f"{explain} {statement}", parameters).fetchall()
            found.extend(str(row[-1]) for row in rows)

    event.listen(connection, "before_cursor_execute", note)
    yield found
    event.remove(connection, "before_cursor_execute", note)


def plan(engine: Engine, name: str, given: tuple[Any, ...]) -> list[str]:
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with reading(engine) as connection, explained(connection, explain) as steps:
        getattr(StoredFacts(connection, partnership()), name)(*given)
    return steps


def analyse(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))


def test_sqlite_finds_episodes_by_the_index_made_for_it(sqlite_url: str) -> None:
    with history(sqlite_url) as engine:
        assert _not_by(engine) == []
        analyse(engine)
        assert _not_by(engine) == [], "once it has statistics"


def _not_by(engine: Engine) -> list[tuple[str, tuple[Any, ...], str]]:
    """Searches through the episodes that go another way."""
    found = []
    for name, given, index in (*FIGURES, *LISTS):
        steps = [s for s in plan(engine, name, given) if re.match(r"(SCAN|SEARCH) (episode|ever)\b", s)]
        assert steps, name
        found += [(name, given, s) for s in steps if not re.search(f"SEARCH .* USING .*({index})", f"{s} ")]
    return found


def test_postgresql_never_reads_the_whole_history(postgresql_url: str) -> None:
    with history(postgresql_url) as engine:
        analyse(engine)
        found = []
        for name, given, _ in (*FIGURES, *LISTS):
            steps = plan(engine, name, given)
            assert any("episode" in s for s in steps), name
            found += [(name, given, s) for s in steps if "Seq Scan on episode" in s]
    assert found == []
