"""Facts by level: those above the level of a place cannot be reached, by a slip or on purpose."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import FrozenInstanceError, fields
from typing import Any, cast

import pytest

from bot.jobs.digest import preview
from bot.messages.digest import compose_counts
from bot.rules.access.permissions import Scope
from bot.rules.figures import Headline
from bot.rules.model import Episode, Freshness
from bot.rules.queries.digest_content import Morning
from bot.rules.queries.facts import AboveLevel, Counts, Facts, Lists, at_level
from tests.support.factories import NOW, episode, hours, partnership, reference
from tests.support.memory_facts import MemoryFacts

FACTS = MemoryFacts([episode(n, NOW - hours(3 * n)) for n in range(1, 5)])
COUNTY = Scope(tuple(a.id for a in partnership().areas))
WINDOW = (NOW - hours(24), NOW)


def names(protocol: type) -> set[str]:
    return {n for n in dir(protocol) if not n.startswith("_")}


BY_LEVEL = [names(Counts), names(Lists), names(Facts)]


def test_each_level_has_more_than_the_one_below() -> None:
    assert BY_LEVEL[0] < BY_LEVEL[1] < BY_LEVEL[2]
    assert {"child", "child_of_number", "new_reference", "placed_by", "trail"} == BY_LEVEL[2] - BY_LEVEL[1]


@pytest.mark.parametrize("level", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("name", sorted(BY_LEVEL[2]))
def test_a_level_has_its_methods_and_no_other(level: int | None, name: str) -> None:
    handed = at_level(FACTS, level)
    if name in BY_LEVEL[min(2, level or 0)]:
        assert getattr(handed, name) is not None
    else:
        with pytest.raises(AboveLevel, match=f"{name} is not among the facts of level {level or 0}"):
            getattr(handed, name)


@pytest.mark.parametrize("level", [None, 0, 1])
@pytest.mark.parametrize("name", ["episodes", "cases", "_facts", "_connection", "__dict__"])
def test_nothing_else_of_the_store_is_there(level: int | None, name: str) -> None:
    with pytest.raises(AttributeError):
        getattr(at_level(FACTS, level), name)


def test_what_is_handed_out_answers() -> None:
    assert len(at_level(FACTS, 1).open_episodes(COUNTY, NOW)) == 4
    assert at_level(FACTS, 0).headline(COUNTY, WINDOW, NOW).missing == 4
    assert at_level(FACTS, 2).child(reference(1), NOW) is not None


def test_counts_are_of_counts_and_lists_of_episodes() -> None:
    """The return types of a level's methods name no object of a level above."""
    given = {name: _gives(getattr(Counts, name)) for name in BY_LEVEL[0]}
    assert not [name for name, kind in given.items() if "Episode" in kind or "Child" in kind or "str, str" in kind]
    given = {name: _gives(getattr(Lists, name)) for name in BY_LEVEL[1]}
    assert not [name for name, kind in given.items() if "ChildFacts" in kind or "GradeRecord" in kind]


def _gives(method: object) -> str:
    return str(inspect.signature(method.fget if isinstance(method, property) else method).return_annotation)  # type: ignore[arg-type]


def test_the_headline_has_no_place_for_a_reference() -> None:
    kinds = {f.name: f.type for f in fields(Headline)}
    assert set(kinds.values()) == {"datetime", "int", "tuple[Freshness, ...]"}
    assert [f.name for f in fields(Freshness) if f.name.endswith("ref") or "child" in f.name] == []
    found = FACTS.headline(COUNTY, WINDOW, NOW)
    with pytest.raises(FrozenInstanceError):
        found.missing = 3  # type: ignore[misc]
    assert reference(1) not in repr(found)


def test_the_digest_of_counts_cannot_be_made_from_a_morning() -> None:
    assert list(inspect.signature(compose_counts).parameters) == ["headline", "name", "threshold"]
    assert "missing" in {f.name for f in fields(Morning)}


class OnlyCounts:
    """Facts that fail when a list or a child is asked for."""

    def __getattribute__(self, name: str) -> Any:
        if name in BY_LEVEL[0]:
            return getattr(FACTS, name)
        if name.startswith("__"):
            return super().__getattribute__(name)
        raise AssertionError(f"{name} was asked for")


def test_the_digest_of_a_channel_for_counts_asks_for_counts_alone() -> None:
    channels = [c for c in partnership().channels if c.level == 0]
    assert channels
    for channel in channels:
        reply = preview(cast(Facts, OnlyCounts()), partnership(), channel, NOW).reply
        assert reply.text[0] == "Missing now: 1 to 5."


ABOVE: Sequence[str] = (
    *("age", "birth", "district", "setting", "reporter", "placement", "provider", "school", "relation", "iro"),
    *("police_ref", "council_ref", "occurrence_ref", "episode_ref", "placing_authority", "name", "note"),
)


def test_an_episode_has_nothing_that_a_list_may_not_tell() -> None:
    known = {f.name for f in fields(Episode)}
    assert not [name for name in ABOVE if name in known]
    assert not [n for n in known if "birth" in n]
