"""Placements from children exports, one after another, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ingest.load import LoadSummary
from bot.rules.model import UNREAD_AUTHORITY
from bot.store.database import migrate, reading, rebuilding
from bot.store.migrations import run as migrations
from bot.store.queries.facts import StoredFacts
from tests.support.exports import Row, child, police
from tests.support.factories import partnership
from tests.support.loader import Loader, loader, read_rejects

NOW = datetime(2017, 7, 10, 7, 0, tzinfo=UTC)
MAY, JUNE = datetime(2017, 5, 1, 5, tzinfo=UTC), datetime(2017, 6, 1, 5, tzinfo=UTC)


def load(bot: Loader, taken: datetime, *rows: Row) -> LoadSummary:
    return bot.load("children", *rows, taken_at=taken, now=NOW)


def spans(bot: Loader) -> list[tuple[str, str, str | None, str | None]]:
    rows = bot.rows("child_placement")
    return [(f"{r['from_date']}", f"{r['to_date']}", r["placement"], r["provider"]) for r in rows]


def on(bot: Loader, day: str) -> dict[tuple[str | None, str | None], int]:
    with reading(bot.engine) as connection:
        groups = StoredFacts(connection, partnership()).looked_after(date.fromisoformat(day))
    return {(g.placement, g.provider): g.children for g in groups}


HOME, FOSTER = ("residential", "R-01"), ("ifa", None)
MOVED = {"placement": "ifa", "provider": ""}


def test_a_daily_export_tells_a_move_on_the_day_it_was_taken(bot: Loader) -> None:
    load(bot, MAY, child())
    assert spans(bot) == [("2016-01-01", "None", *HOME)]
    moved = load(bot, JUNE, child(**MOVED))
    assert (moved.changed, moved.unchanged) == (1, 0)
    assert spans(bot) == [("2016-01-01", "2017-06-01", *HOME), ("2017-06-01", "None", *FOSTER)]
    assert (on(bot, "2017-05-31"), on(bot, "2017-06-01")) == ({HOME: 1}, {FOSTER: 1})


def test_a_file_without_the_days_of_placements_is_read(bot: Loader) -> None:
    row = {name: value for name, value in child().items() if not name.startswith("placement_")}
    load(bot, MAY, row)
    assert spans(bot) == [("2016-01-01", "None", *HOME)]


def test_a_history_of_placements_is_one_child_and_no_contradiction(bot: Loader) -> None:
    rows = [
        child(placement_from="2016-01-01", placement_to="2017-03-01"),
        child(**MOVED, placement_from="2017-03-01"),
    ]
    done = load(bot, MAY, *rows)
    assert (done.read, done.added, done.unchanged, done.unread) == (2, 1, 1, 0)
    assert spans(bot) == [("2016-01-01", "2017-03-01", *HOME), ("2017-03-01", "None", *FOSTER)]
    assert (bot.row("child")["placement"], bot.row("child")["provider"]) == FOSTER
    again = load(bot, JUNE, *reversed(rows))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)


def test_a_corrected_day_of_a_placement_is_a_change_of_its_child(bot: Loader) -> None:
    load(bot, MAY, child(**MOVED, placement_from="2017-03-01"))
    corrected = load(bot, JUNE, child(**MOVED, placement_from="2017-02-01"))
    assert (corrected.changed, spans(bot)) == (1, [("2017-02-01", "None", *FOSTER)])
    assert on(bot, "2017-01-31") == {(None, None): 1}, "looked after, and the placement is not known"


def test_two_records_that_are_one_child_keep_its_placements(bot: Loader) -> None:
    bot.load("police", police(), taken_at=MAY, now=NOW)
    load(bot, MAY, child(police_ref=""))
    assert len(bot.rows("child")) == 2
    load(bot, JUNE, child(**MOVED))
    assert bot.row("child")["id"] == bot.rows("child_placement")[0]["child_id"]
    assert spans(bot) == [("2016-01-01", "2017-06-01", *HOME), ("2017-06-01", "None", *FOSTER)]


def test_a_stored_child_has_its_present_placement_for_its_newest_period_of_care(bot: Loader) -> None:
    never = child(child_id="C-2", police_ref="", looked_after_from="", placement="", provider="")
    load(bot, MAY, child(looked_after_to="2016-05-01"), never)
    load(bot, MAY, child(**MOVED, looked_after_from="2017-02-01"))
    before = spans(bot)
    assert before == [("2016-01-01", "2016-05-01", *HOME), ("2017-02-01", "None", *FOSTER)]
    with rebuilding(bot.engine) as connection:
        migrations.downgrade(connection, "0026")
    migrate(bot.engine)
    assert spans(bot) == before[1:], "of the earlier period it was not kept"


@pytest.mark.parametrize("cell", ["12 High Street", "U4", ""])
def test_a_placement_that_cannot_be_read_is_not_the_older_one(bot: Loader, cell: str) -> None:
    load(bot, MAY, child())
    done = load(bot, JUNE, child(placement=cell, provider=""))
    assert done.unread == bool(cell)
    assert spans(bot)[-1] == ("2017-06-01", "None", None, None)
    assert on(bot, "2017-06-02") == {(None, None): 1}


@pytest.mark.parametrize(
    "cell", ["31/02/2017", "=1+1", "12 High Street", "2017-05-01; x", "'" * 40, "1e9", "\u0661/2/2017"]
)
def test_a_day_that_cannot_be_read_is_said_and_dates_nothing(sqlite_bot: Loader, cell: str) -> None:
    load(sqlite_bot, MAY, child())
    done = load(sqlite_bot, JUNE, child(**MOVED, placement_from=cell))
    assert [r["column"] for r in read_rejects(done.rejects_file)] == ["placement_from"]
    assert spans(sqlite_bot) == [("2016-01-01", "2017-06-01", *HOME), ("2017-06-01", "None", *FOSTER)]


@pytest.mark.parametrize("cell", ["", "NULL", "31/12/9999", "Unknown"])
def test_a_day_that_says_nothing_is_an_empty_one(sqlite_bot: Loader, cell: str) -> None:
    done = load(sqlite_bot, MAY, child(placement_from=cell, placement_to=cell))
    assert (done.unread, spans(sqlite_bot)) == (0, [("2016-01-01", "None", *HOME)])


def test_a_day_after_the_export_is_said_and_not_believed(bot: Loader) -> None:
    load(bot, MAY, child())
    done = load(bot, JUNE, child(**MOVED, placement_from="2017-08-01"))
    assert [r["column"] for r in read_rejects(done.rejects_file)] == ["placement_from"]
    assert spans(bot)[-1] == ("2017-06-01", "None", *FOSTER)


@pytest.mark.parametrize(
    ("one", "other", "column"),
    [
        (
            {"placement_from": "2017-01-01", "placement_to": "2017-03-05"},
            {"placement_from": "2017-03-01"},
            "placement_to",
        ),
        ({"placement_from": "2017-03-01"}, {"placement_from": "2017-03-01"}, "placement_from"),
        ({"placement_to": "2017-03-01"}, {}, "placement_to"),
    ],
)
def test_days_that_contradict_one_another_are_said(
    bot: Loader, one: dict[str, str], other: dict[str, str], column: str
) -> None:
    rows = [child(**one), child(**MOVED, **other)]
    done = load(bot, MAY, *(rows if other else rows[:1]))
    assert [r["column"] for r in read_rejects(done.rejects_file)] == [column]


def test_the_end_of_care_ends_the_placement(bot: Loader) -> None:
    load(bot, MAY, child())
    load(bot, JUNE, child(looked_after_to="2017-05-20", placement="", provider="", case_status="care_leaver"))
    assert spans(bot) == [("2016-01-01", "2017-05-20", *HOME)]
    assert (on(bot, "2017-05-19"), on(bot, "2017-05-20")) == ({HOME: 1}, {})


def test_children_of_other_authorities_have_placements_and_are_not_counted(bot: Loader) -> None:
    load(bot, MAY, child(placing_authority="LA-330"))
    assert (len(spans(bot)), on(bot, "2017-05-01")) == (1, {})


def test_codes_outside_their_years_are_read_and_counted_among_the_notes(bot: Loader) -> None:
    now = datetime(2026, 6, 1, 7, tzinfo=UTC)
    rows = [
        child(child_id="C-1", police_ref="", placement="H5"),
        child(child_id="C-2", police_ref="", placement="H5", placement_from="2024-01-01", placement_to="2025-04-01"),
        child(child_id="C-3", police_ref="", placement="K3", placement_from="2023-01-01", placement_to="2024-03-01"),
        child(child_id="C-4", police_ref="", placement="Z12"),
    ]
    done = bot.load("children", *rows, taken_at=now, now=now)
    assert [w for w in done.warnings if w.startswith("placement")] == [
        "placement: H5 is a code of the yearly return to 2024-25, and stands for another year in rows: 1. It was read "
        "as semi_independent.",
        "placement: K3 is a code of the yearly return from 2024-25, and stands for another year in rows: 1. It was "
        "read as semi_independent.",
    ]
    assert [s[2] for s in spans(bot)] == ["semi_independent"] * 3 + ["other"]


# ---- any exports, in any order ----

DAYS = st.integers(0, 90).map(lambda n: f"{date(2017, 3, 1) + timedelta(days=n)}")
CELLS = st.fixed_dictionaries(
    {
        "child_id": st.sampled_from(["C-1", "C-2"]),
        "police_ref": st.just(""),
        "looked_after_from": st.sampled_from(["", "2016-01-01", "2017-03-15"]),
        "looked_after_to": st.sampled_from(["", "", "2017-05-20"]),
        "placement": st.sampled_from(["residential", "K2", "ifa", "?", ""]),
        "provider": st.sampled_from(["R-01", "A Person", ""]),
        "placement_from": st.just("") | DAYS,
        "placement_to": st.just("") | DAYS,
        "placing_authority": st.sampled_from(["", "", "LA-330"]),
    }
)
FILES = st.lists(st.tuples(st.integers(0, 120), st.lists(CELLS, min_size=1, max_size=4)), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(FILES)
def test_spans_never_overlap_and_a_file_again_changes_nothing(
    files: Sequence[tuple[int, list[dict[str, str]]]],
) -> None:
    with TemporaryDirectory() as folder, loader(f"sqlite:///{folder}/bot.sqlite", Path(folder)) as bot:
        for days, rows in sorted(files, key=lambda file: file[0]):
            taken = datetime(2017, 3, 1, 5, tzinfo=UTC) + timedelta(days=days)
            load(bot, taken, *(child(**row) for row in rows))
            before = state(bot)
            again = load(bot, taken, *(child(**row) for row in rows))
            assert (again.added, again.changed, state(bot)) == (0, 0, before)
        for number in {r["child_id"] for r in bot.rows("child_placement")}:
            ours = [r for r in bot.rows("child_placement") if r["child_id"] == number]
            assert all(r["to_date"] is None or r["from_date"] < r["to_date"] for r in ours)
            assert all(one["to_date"] and one["to_date"] <= after["from_date"] for one, after in pairwise(ours))
        for day in ("2017-03-02", "2017-04-01", "2017-05-20", "2017-07-01"):
            assert sum(on(bot, day).values()) == in_care(bot, date.fromisoformat(day))


def state(bot: Loader) -> Any:
    return bot.rows("child"), bot.rows("child_period"), bot.rows("child_placement")


def in_care(bot: Loader, day: date) -> int:
    """Children of ours with a period of care on the day, however many placements they have."""
    hosted = {c["id"] for c in bot.rows("child") if c["placing_authority"] not in (None, UNREAD_AUTHORITY)}
    periods = [p for p in bot.rows("child_period") if p["kind"] == "lac" and p["from_date"] <= day]
    return len({p["child_id"] for p in periods if p["to_date"] is None or p["to_date"] > day} - hosted)
