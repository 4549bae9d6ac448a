"""How old the sources are, and where the two agencies' records differ."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.rules.effects import ConfirmRows, Overtaken
from bot.store.database import reading, writing
from bot.store.queries import loads, record_differences
from tests.support.exports import child, interview, police
from tests.support.loader import LOADED_AT, TAKEN_AT, Loader, covering, loader


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(database_url, tmp_path) as found:
        yield found


def test_a_source_that_was_never_loaded_has_no_age(bot: Loader) -> None:
    with reading(bot.engine) as connection:
        found = loads.freshness(connection, bot.partnership)
        assert loads.latest_load(connection, "police") is None
    assert [(f.source, f.taken_at, f.rows) for f in found] == [
        ("police", None, 0),
        ("children", None, 0),
        ("interviews", None, 0),
    ]


def test_the_newest_export_counts_not_the_last_load(bot: Loader) -> None:
    bot.load("police", police(), police(occurrence_ref="OCC-2"), police(occurrence_ref="", police_ref=""))
    bot.load("police", police(), taken_at=TAKEN_AT - timedelta(days=1), fill_gaps=True)
    with reading(bot.engine) as connection:
        found = loads.freshness(connection, bot.partnership)[0]
        assert (found.taken_at, found.rows) == (TAKEN_AT, 3)
        assert (found.rejected, found.unread) == (1, 0)


def test_limits_are_the_partnerships(bot: Loader) -> None:
    with reading(bot.engine) as connection:
        found = loads.freshness(connection, bot.partnership)[0]
    chosen = bot.partnership.sources.police
    assert (found.name, found.stale_after_hours, found.refuse_after_hours) == (
        chosen.name,
        chosen.stale_after_hours,
        chosen.refuse_after_hours,
    )


def counted(bot: Loader) -> dict[str, int]:
    """The kinds of difference that there are, by their keys."""
    with reading(bot.engine) as connection:
        return {g.kind: g.count for g in record_differences.gaps(connection) if g.count and g.what and g.advice}


def test_where_everything_matches_there_are_no_gaps(bot: Loader) -> None:
    bot.load("police", police())
    bot.load("children", child())
    bot.load("interviews", interview())
    assert counted(bot) == {}


OPEN = police(found_at="", returned_at="", end_reason="", prevention_interview_at="")
GAPS: dict[str, Any] = {
    "police-only": ([police()], [child()], [interview(child_id="C-9", occurrence_ref="")]),
    "council-only": ([police(occurrence_ref="OCC-2")], [child()], [interview(occurrence_ref="", child_id="C-9")]),
    "unknown-occurrence": ([police(occurrence_ref="OCC-2")], [child()], [interview()]),
    "other-child": ([police()], [child(), child(child_id="C-2", police_ref="NOM-2")], [interview(child_id="C-2")]),
    "log-open": ([OPEN], [child()], [interview()]),
    "away-not-looked-after": (
        [police(occurrence_ref="OCC-2", police_ref="NOM-2")],
        [child(looked_after_from="")],
        [interview(occurrence_ref="", kind="away")],
    ),
    "died-log-open": ([OPEN], [child()], [interview(outcome_reason="died")]),
    "overlapping": (
        [police(), police(occurrence_ref="OCC-2", last_seen_at="01/03/2017 23:30", reported_at="02/03/2017 09:00")],
        [child()],
        [interview()],
    ),
    "report-no-episode": ([police(end_reason="report_no_episode")], [child()], [interview()]),
    "age-in-doubt": ([police()], [child(birth_date="1998-01-01")], [interview()]),
    "not-identified": ([police(police_ref="")], [child()], [interview(occurrence_ref="", child_id="C-9")]),
    "not-in-file": ([OPEN], [child()], [interview()]),
    "start-unread": ([{**OPEN, "last_seen_at": "", "reported_at": "odd"}], [child()], [interview(occurrence_ref="")]),
    "return-unread": ([{**OPEN, "returned_at": "odd"}], [child()], [interview()]),
    "authority-unread": ([police()], [child(placing_authority="Other LA")], [interview()]),
    "birth-dates": ([police(birth_date="02/02/2003")], [child()], [interview()]),
    "police-child": ([police(police_ref="NOM-9")], [child(police_ref="NOM-8")], [interview(occurrence_ref="OCC-9")]),
}


@pytest.mark.parametrize("kind", GAPS)
def test_each_difference_is_counted_and_listed(bot: Loader, kind: str) -> None:
    for source, rows in zip(("police", "children", "interviews"), GAPS[kind], strict=True):
        bot.load(source, *rows)
    if kind == "not-in-file":
        bot.partnership = covering("open")
        bot.load("police", police(occurrence_ref="OCC-2", police_ref="NOM-2"), taken_at=TAKEN_AT + timedelta(minutes=5))
    episodes = 2 if kind == "overlapping" else 1  # both absences that may be one
    assert counted(bot)[kind] == episodes
    with reading(bot.engine) as connection:
        listed = record_differences.differences(connection, kind)
    assert len(listed) == episodes
    for found in listed:
        assert found.child_ref.startswith("TS-")
        assert found.occurrence_ref or found.episode_ref


def test_every_kind_of_gap_is_tested() -> None:
    said = {"said-missing", "said-back", "said-differs"}  # tests/commands/test_said.py
    elsewhere = {"report-no-episode"}  # tests/journeys/test_report_without_episode.py
    assert set(GAPS) | said | elsewhere == set(record_differences.KINDS)


def test_lists_are_as_long_as_asked_for(bot: Loader) -> None:
    many = [
        police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}", last_seen_at=f"0{n}/02/2017 10:00") for n in "12345"
    ]
    bot.load("police", *many)
    with reading(bot.engine) as connection:
        listed = record_differences.differences(connection, "police-only", limit=2)
    assert [d.occurrence_ref for d in listed] == ["OCC-5", "OCC-4"]


def test_so_few_rows_are_right_once_somebody_says_so_and_until_it_is_taken_back(bot: Loader) -> None:
    bot.load("police", *(police(occurrence_ref=f"OCC-{n}") for n in range(5)))
    bot.load("police", police(), taken_at=TAKEN_AT + timedelta(minutes=10))

    def doubt() -> tuple[int | None, str | None]:
        with reading(bot.engine) as connection:
            found = loads.freshness(connection, bot.partnership)[0]
            return found.rows_before, found.confirmed.by if found.confirmed else None

    def say(**how: bool) -> None:
        with writing(bot.engine) as connection:
            loads.confirm(connection, ConfirmRows("police", "lead", LOADED_AT, **how))

    assert doubt() == (5, None)
    say()
    assert doubt() == (None, "lead")
    with pytest.raises(Overtaken):
        say()
    say(undo=True)
    assert doubt() == (5, None)
    say()
    bot.load("police", police(), taken_at=TAKEN_AT + timedelta(minutes=20))
    assert doubt() == (None, None)  # what was confirmed is what the next is held beside
