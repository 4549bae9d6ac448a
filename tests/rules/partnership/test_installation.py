"""Opening a database, taking over an older one, and loading a file: every combination."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from bot.rules.partnership.installation import DatabaseContents, Installation, why_not, why_not_adopted, why_not_loaded

MADE = Installation("0f" * 16, "Wessex", False, False, False, "", datetime(2026, 11, 28, tzinfo=UTC))


@pytest.mark.parametrize(("made", "mine"), list(product([False, True], repeat=2)))
@pytest.mark.parametrize("name", ["Wessex", "Mercia"])
@pytest.mark.parametrize("renaming", [False, True])
def test_only_its_own_partnership_of_its_own_kind_opens_it(made: bool, mine: bool, name: str, renaming: bool) -> None:
    fault = why_not(replace(MADE, practice=made), name, mine, renaming=renaming)
    assert (fault is None) == (made == mine and (name == "Wessex" or renaming))
    if fault:
        assert str(fault).endswith(".")
        assert str(fault).count(". ") == 0  # one sentence
        assert "BOT_DATABASE_URL" in fault.do


@pytest.mark.parametrize(
    ("held", "as_practice", "as_real"),
    [
        (DatabaseContents(), True, True),
        (DatabaseContents(configured="mine"), True, True),
        (DatabaseContents(configured="other"), False, True),
        (DatabaseContents(loaded=True, used=True), False, True),
        (DatabaseContents(loaded=True, used=True, configured="mine"), True, True),
        (DatabaseContents(loaded=True, used=True, configured="other"), False, True),
        (DatabaseContents(loaded=True, used=True, practice=True, configured="mine"), True, False),
        (DatabaseContents(loaded=True, used=True, practice=True, configured="other"), True, False),
    ],
)
def test_an_older_database_is_taken_over_by_what_it_holds(
    held: DatabaseContents, as_practice: bool, as_real: bool
) -> None:
    assert (why_not_adopted(held, True, "mine") is None) == as_practice
    assert (why_not_adopted(held, False, "mine") is None) == as_real


@pytest.mark.parametrize(
    ("practice", "holds", "is_practice_file", "loaded", "may"),
    [
        (False, False, False, False, True),
        (False, False, False, True, True),
        (False, False, True, False, False),
        (False, False, True, True, False),
        (True, False, False, False, True),
        (True, False, True, False, True),
        (True, False, False, True, True),
        (True, False, True, True, False),
        (True, True, True, True, True),
        (True, True, False, True, False),
    ],
)
def test_practice_records_and_others_are_never_mixed(
    practice: bool, holds: bool, is_practice_file: bool, loaded: bool, may: bool
) -> None:
    made = replace(MADE, practice=practice, holds_practice=holds)
    assert (why_not_loaded(made, is_practice_file, loaded) is None) == may
