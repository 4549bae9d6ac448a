"""Children found together: the store answers as plain loops do, and never with a reference of another scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from bot.rules.access.permissions import Cases, Scope
from bot.store.database import reading, writing
from bot.store.queries.facts import StoredFacts
from tests.support.factories import NOW, hours, partnership
from tests.support.world import AREAS, World, world

COUNTY, NORTH = Scope(AREAS), Scope(("north",))
SCOPES = (COUNTY, NORTH, Scope(("south", "unknown")), Scope(AREAS, (Cases("W-N01", "worker"),)))
MOMENTS = (NOW, NOW - hours(24), NOW + hours(30))


@contextmanager
def stored(engine: Engine, found: World) -> Iterator[StoredFacts]:
    with writing(engine) as connection:
        found.store(connection)
    with reading(engine) as connection:
        yield StoredFacts(connection, partnership())


@pytest.mark.parametrize("seed", [11, 12])
def test_the_store_finds_them_as_plain_loops_do(engine: Engine, seed: int) -> None:
    """Many children, so that few of them died: nothing is said of a find with one who did."""
    found, ids = world(seed, children=150, episodes=300), list(range(1, 151, 2))
    seen: Counter[str] = Counter()
    with stored(engine, found) as facts:
        for scope in SCOPES:
            for now in MOMENTS:
                mine = facts.found_with(scope, ids, now)
                for since in (None, now - hours(24 * 7)):
                    recent = facts.found_with(scope, ids, now, since)
                    assert Counter(recent) == Counter(found.facts.found_with(scope, ids, now, since))
                    gaps = facts.found_unreported(scope, now, since)
                    assert Counter(gaps) == Counter(found.facts.found_unreported(scope, now, since))
                    seen["gap"] += len(gaps)
                seen.update(f"{f.other} {f.ref is not None} {bool(f.episodes)}" for f in mine)
    shapes = ("missing True True", "missing False True", "unreported True True", "unreported False True", "gap")
    assert min(seen[k] for k in shapes) > 5, seen
    assert seen["missing True False"] > 5, "seen from the child who was not reported"
    assert seen["unknown False True"] > 0


@pytest.mark.parametrize("seed", [13])
def test_no_reference_leaves_its_scope(engine: Engine, seed: int) -> None:
    """The areas of a child are those of its absences and of its case, whatever the find."""
    found = world(seed, children=150, episodes=300)
    of_north = {x.child_ref for x in found.facts.episodes if x.area == "north"}
    of_north |= {ref for ref, case in found.facts.cases.items() if case.area == "north"}
    with stored(engine, found) as facts:
        mine = facts.found_with(NORTH, list(range(1, 151)), NOW)
        gaps = facts.found_unreported(NORTH, NOW)
        everything = facts.found_with(COUNTY, list(range(1, 151)), NOW)
    shown = {f.ref for f in mine} | {u.ref for u in gaps} | {u.with_ref for u in gaps}
    assert shown - {None} <= of_north
    assert shown - {None}
    hidden = [replace(f, ref=None) for f in everything]
    assert Counter(replace(f, ref=None) for f in mine) == Counter(hidden), "that there was another is said all the same"
