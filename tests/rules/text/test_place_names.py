"""Words for places: only those of the partnership file, in any spelling."""

import pytest

from bot.rules.text.area_names import PlaceName, Places
from tests.support.factories import partnership

PLACES = Places(partnership())


@pytest.mark.parametrize("word", ["Northern", "NORTHERN", " northern ", "north", "n"])
def test_a_team_is_known_by_its_name_or_its_areas(word: str) -> None:
    found = PLACES.team(word)
    assert found
    assert found.area == "north"


def test_a_district_is_spelled_as_in_the_partnership_file() -> None:
    assert PLACES.district("WEST-OXFORDSHIRE") == PlaceName("West Oxfordshire", "north")


@pytest.mark.parametrize("word", [None, "", "Slough", "14 Privet Drive", "not known"])
def test_other_words_are_nothing(word: str | None) -> None:
    assert PLACES.team(word) is None
    assert PLACES.district(word) is None


def test_the_words_for_not_known_are_known() -> None:
    assert PLACES.says_unknown("Not known")
    assert not PLACES.says_unknown("Slough")
