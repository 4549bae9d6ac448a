"""SQL counts and lists as the rules do: every question is put to the same facts in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from bot.rules.access.permissions import Cases, Scope
from bot.rules.figures import Headline
from bot.rules.model import NO_EPISODE, Episode, LookedAfter
from bot.rules.queries.facts import Facts
from bot.rules.time.period import parse_period
from bot.store.database import reading, writing
from bot.store.people_list import take_over
from bot.store.queries.episodes import as_episode
from bot.store.queries.facts import StoredFacts
from bot.store.schema import records
from tests.support.factories import NOW, at, episode, hours, partnership, person, reference
from tests.support.memory_facts import MemoryFacts
from tests.support.world import AREAS, World, stored_rows, world

#: A method of Facts, and what it is given.
Question = tuple[str, tuple[Any, ...]]
SEEDS = range(3)

COUNTY = Scope(AREAS)
IRO = (Cases("IRO-1", "reviewer"),)
PLACING = (Cases("LA-9", "placing_authority"),)
WORKER = (Cases("W-N01", "worker"),)
SCOPES = (COUNTY, Scope(("north",)), Scope(("south", "unknown")))
LISTED = (*SCOPES, Scope(AREAS, IRO), Scope(AREAS, PLACING), Scope(("north", "central"), WORKER))
PERIODS = tuple(parse_period(p, NOW) for p in ("2017-H1", "2017-H2", "last 14 days", "2017-07-04", "2001"))
COHORTS = (None, "lac", "not-lac", "uasc", "cp", "entered-care")
FIGURES_NOW = (
    *("tallies", "due_tallies", "people_interviewed", "interview_spans", "owed_interviews", "dates_only"),
    *("late_reasons", "in_working_days", "interview_waits"),
)
MOMENTS = (NOW, NOW - hours(24), NOW + hours(30), at("Sat 1 Jul 2017 00:00"))


@contextmanager
def stored(engine: Engine, found: World) -> Iterator[StoredFacts]:
    with writing(engine) as connection:
        for table in reversed(records.metadata.sorted_tables):
            connection.execute(table.delete())
        found.store(connection)
        take_over(connection, partnership().people)
    with reading(engine) as connection:
        yield StoredFacts(connection, partnership())


def of_figures() -> Iterator[Question]:
    """Every question about an area and a period."""
    for scope, period in product(SCOPES, PERIODS):
        for name in (
            "active",
            "first_ever",
            "in_several_areas",
            "area_bases",
            "left_out",
            "reporters",
            "report_delays",
            "records_by_month",
            "reports_without_episode",
            "settings",
            "hosted",
            "reporting_delays",
        ):
            yield name, (scope, period)
        yield "months", (scope, period.first, period.last)
        yield "ever_hosted", (scope,)
        yield "ever_in", (scope,)
        for cohort, name in product(COHORTS, ("frequency", "by_area", "by_age")):
            yield name, (scope, period, cohort)
        for cohort in COHORTS[1:]:
            yield "in_cohort_and_not", (scope, period, cohort)
        for now, name in product(MOMENTS, FIGURES_NOW):
            yield name, (scope, period, now)
        for k in (1, 3, 100):
            yield "top_children", (scope, period, k, PERIODS[1])
            for name in ("followed", "followed_by_area"):
                yield name, (scope, period, k, PERIODS[1])


def of_lists() -> Iterator[Question]:
    """Every list, for areas and for people who see their own cases only, at several moments."""
    for scope, now in product(LISTED, MOMENTS):
        yield "open_episodes", (scope, now)
        yield "interviews_open", (scope, now)
        yield "interviews_open", (scope, now, now - hours(24))
        yield "interviews_elsewhere", (scope, now)
        for view, who in (
            ("open", None),
            ("due", None),
            ("overdue", None),
            ("unrecorded", None),
            ("mine", "north-worker"),
            ("mine", "lead"),
        ):
            for first, count in ((0, 1000), (3, 4)) if view == "open" else ((0, 1000),):
                yield "interview_page", (scope, now, view, person(who) if who else None, first, count)
        yield "reported", (scope, now - hours(24), now)
        yield "late_entries", (scope, now - hours(24), now)
        yield "held", (scope, now - hours(24), now)
        yield "record_times_given", (now,)
        yield "ended", (scope, now - hours(24), now)
        yield "grown_up", (scope, now - hours(24 * 28), now)
        yield "voided", (scope, now - hours(24), now)
        yield "numbered", (scope, list(range(0, 250, 3)), now)
        yield "found_with", (scope, list(range(0, 46, 2)), now)
        yield "found_unreported", (scope, now)
        yield "found_unreported", (scope, now, now - hours(24 * 7))
        yield "regrades", (list(range(250)), now - hours(24), now)
        if scope.cases_of is None:
            yield "headline", (scope, (now - hours(24), now), now)


def of_children() -> Iterator[Question]:
    """Known, merged and unknown references; and what is asked of several children at once."""
    some, none = list(range(0, 40, 2)), list[int]()
    for now in MOMENTS:
        for children in (some, none):
            yield "missing_now", (children, now)
            yield "died", (children,)
            yield "placed_by", (children,)
            yield "told_late", (children, now)
            yield "starts", (children, now - timedelta(days=90), now)
        for n in (*range(42), *range(10_001, 10_042)):
            yield "child", (reference(n), now)


def answer(facts: Facts, question: Question) -> Any:
    """What was answered, without the order that nobody was promised."""
    name, given = question
    found = getattr(facts, name)(*given)
    if isinstance(found, Headline):
        return replace(found, sources=())  # of the exports, which a world does not have
    if name == "interview_spans":
        return [sorted(spans) for spans in found]
    if name in ("owed_interviews", "found_with", "found_unreported"):
        return Counter(found)
    if name == "report_delays":
        return {reporter: sorted(delays) for reporter, delays in found.items()}
    return dict(found) if isinstance(found, Mapping) else list(found) if isinstance(found, Sequence) else found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_store_answers_as_the_rules_do(engine: Engine, seed: int) -> None:
    found = world(seed)
    questions = [*of_figures(), *of_lists(), *of_children()]
    with stored(engine, found) as facts:
        differ = [q for q in questions if answer(facts, q) != answer(found.facts, q)]
    assert differ == []
    assert len(questions) > 700


def test_a_page_reads_its_own_rows_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = [NOW - hours(80 + n) for n in range(300)]
    late = [episode(n, back - hours(5), back, id=n, area="north") for n, back in enumerate(long_ago, 1)]
    found, built = World(stored_rows(late, NOW), MemoryFacts(late)), list[Episode]()

    def noted(*given: Any) -> Episode:
        built.append(as_episode(*given))
        return built[-1]

    monkeypatch.setattr("bot.store.queries.episodes.as_episode", noted)
    with stored(engine, found) as facts:
        page = facts.interview_page(COUNTY, NOW, "overdue", None, 200, 20)
    assert (page.total, page.counts.overdue, page.counts.open) == (300, 300, 300)
    assert [i.episode.id for i in page.rows] == list(range(100, 80, -1))
    assert len(built) == 20


#: Compared by tests of their own.
ELSEWHERE = {
    *("looked_after", "freshness", "source_report", "differences", "rulings", "deliveries", "delivery"),
    *("episodes_of", "people", "work", "trail", "released_periods", "released_sheet", "shown_until", "chance"),
    *("month_notes", "reports", "child_of_number", "new_reference"),
}


def test_every_fact_is_compared() -> None:
    """A new figure needs its query, its loop in MemoryFacts, its line in the protocol, and its question above."""
    compared = {name for name, _ in (*of_figures(), *of_lists(), *of_children())}
    assert compared | ELSEWHERE == {name for name in dir(Facts) if not name.startswith("_")}


def test_worlds_have_every_shape() -> None:
    """Dice that never fall on a shape would prove nothing about it."""
    seen: Counter[str] = Counter()
    for x in (x for seed in SEEDS for x in world(seed).facts.episodes):
        seen["open"] += x.open_at(NOW)
        seen["away"] += x.kind == "away"
        seen["hosted"] += x.hosted
        seen["day only"] += x.end_is_a_day
        seen["turned 18 missing"] += x.grew_up
        seen["ends after now"] += NOW < x.until_at < NOW + hours(96)
        seen["held late"] += bool(x.interview.held_at and x.interview.held_at > (x.interview.counts_until or NOW))
        seen["held just in time"] += x.interview.held_at is not None and x.interview.held_at == x.interview.due_at
        seen["age not known"] += x.age is None
        seen["police only"] += not x.council
        seen["died"] += x.died
        seen["away again, interviewed"] += x.repeat_away and x.end_at is not None
        seen["report without an episode"] += (x.kind, x.end_reason) == ("void", NO_EPISODE)
    assert all(n >= 10 for n in seen.values()), seen


@pytest.mark.parametrize("seed", SEEDS)
def test_children_looked_after_on_a_day(engine: Engine, seed: int) -> None:
    found = world(seed)
    children = {row["id"]: row for row in found.rows["child"]}

    def on(day: date, kind: str) -> set[int]:
        rows = [r for r in found.rows["child_period"] if r["kind"] == kind and r["from_date"] <= day]
        return {r["child_id"] for r in rows if r["to_date"] is None or day < r["to_date"]}

    def placed(child: int, day: date) -> tuple[str | None, str | None]:
        """The placement of the day alone: None where no span has it."""
        rows = [r for r in found.rows["child_placement"] if r["child_id"] == child and r["from_date"] <= day]
        held = [(r["placement"], r["provider"]) for r in rows if r["to_date"] is None or day < r["to_date"]]
        return held[0] if held else (None, None)

    kinds: set[str | None] = set()
    with stored(engine, found) as facts:
        for day in (date(2017, 5, 31), date(2016, 11, 30), date(2015, 1, 1)):
            ours = [c for c in on(day, "lac") if children[c]["placing_authority"] is None]
            counted = Counter((c in on(day, "uasc"), *placed(c, day)) for c in ours)
            assert set(facts.looked_after(day)) == {LookedAfter(*key, n) for key, n in counted.items()}
            kinds |= {group.placement for group in facts.looked_after(day)}
    assert None in kinds
    assert len(kinds) > 1


def test_a_source_is_as_old_as_its_newest_export(engine: Engine) -> None:
    """Not as the load carried out last: a forgotten older file may be loaded after it."""

    def load(source: str, taken: datetime, rejected: int) -> dict[str, object]:
        counts = dict.fromkeys(("accepted", "added", "changed", "unchanged"), 0)
        return {
            **counts,
            "source": source,
            "taken_at": taken,
            "loaded_at": NOW,
            "sha256": f"{taken}",
            "rows_read": 7,
            "rejected": rejected,
        }

    loads = [load("police", NOW - hours(2), 3), load("police", NOW - hours(20), 9), load("children", NOW, 0)]
    with writing(engine) as connection:
        connection.execute(insert(records.source_load), loads)
    with reading(engine) as connection:
        facts = StoredFacts(connection, partnership())
        assert [(f.source, f.taken_at, f.rows) for f in facts.freshness(NOW)] == [
            ("police", NOW - hours(2), 7),
            ("children", NOW, 7),
            ("interviews", None, 0),
        ]
        assert [f.rejected for f in facts.freshness(NOW)] == [3, 0, 0]
        assert all(gap.count == 0 for gap in facts.source_report(NOW).gaps)


def test_an_empty_database_answers_too(engine: Engine) -> None:
    empty = MemoryFacts()
    with reading(engine) as connection:
        facts = StoredFacts(connection, partnership())
        questions = [*of_figures(), *of_lists(), *of_children()]
        assert [q for q in questions if answer(facts, q) != answer(empty, q)] == []
