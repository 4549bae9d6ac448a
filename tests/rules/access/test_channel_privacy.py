"""The privacy level of a destination is worked out from its state now; doubt never raises it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.access.channel_privacy import Destination, level_of

ALL, ONE = (True, True, True), (True,)

PERSON = [
    # private, shared, members -> level
    (True, False, ONE, 2),
    (True, False, (True, True), 0),
    (None, False, ONE, 0),
    (False, False, ONE, 0),
    (True, None, ONE, 0),
    (True, True, ONE, 0),
    (True, False, (None,), None),
    (True, False, (False,), None),
    (True, False, (), None),
    (True, False, None, None),
]
CHANNEL = [
    # listed, private, shared, members -> level
    (1, True, False, ALL, 1),
    (2, True, False, ALL, 1),
    (0, True, False, ALL, 0),
    (1, False, False, ALL, 0),
    (1, None, False, ALL, 0),
    (1, True, True, ALL, 0),
    (1, True, None, ALL, 0),
    (1, True, False, (True, False, True), 0),
    (1, True, False, (True, None), 0),
    (1, True, False, (), 0),
    (1, True, False, None, 0),
    (None, True, False, ALL, None),
    (None, None, None, None, None),
]


@pytest.mark.parametrize(("private", "shared", "members", "level"), PERSON)
def test_a_person(
    private: bool | None, shared: bool | None, members: tuple[bool | None, ...] | None, level: int | None
) -> None:
    for listed in (None, 0, 1, 2):
        assert level_of(Destination("person", listed, private, shared, members)) == level


@pytest.mark.parametrize(("listed", "private", "shared", "members", "level"), CHANNEL)
def test_a_channel(
    listed: int | None,
    private: bool | None,
    shared: bool | None,
    members: tuple[bool | None, ...] | None,
    level: int | None,
) -> None:
    assert level_of(Destination("channel", listed, private, shared, members)) == level


KNOWN = st.sampled_from([True, False, None])
DESTINATIONS = st.builds(
    Destination,
    st.sampled_from(["person", "channel"]),
    st.sampled_from([None, 0, 1, 2]),
    KNOWN,
    KNOWN,
    st.none() | st.lists(KNOWN, max_size=4).map(tuple),
)


def rank(destination: Destination) -> int:
    level = level_of(destination)
    return -1 if level is None else level


@given(DESTINATIONS, st.data())
def test_doubt_never_raises_the_level(found: Destination, data: st.DataObject) -> None:
    doubts = [
        replace(found, listed=None),
        replace(found, is_private=None),
        replace(found, is_shared=None),
        replace(found, members=None),
        replace(found, members=(*(found.members or ()), None)),
    ]
    if found.members:
        at = data.draw(st.integers(0, len(found.members) - 1))
        doubts.append(replace(found, members=(*found.members[:at], None, *found.members[at + 1 :])))
    assert all(rank(doubtful) <= rank(found) for doubtful in doubts)


@given(DESTINATIONS)
def test_nothing_above_what_is_listed_and_details_for_one_alone(found: Destination) -> None:
    if found.kind == "channel":
        assert rank(found) <= min(1, -1 if found.listed is None else found.listed)
    elif level_of(found) == 2:
        assert found.members == (True,)
