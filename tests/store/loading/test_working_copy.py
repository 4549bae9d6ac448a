"""A load is worked out on copies of few records: it says and stores what it would with all records and rows at hand."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, false, select, update

from bot.ingest.rejects import SourceError
from bot.rules.effects import Overtaken
from bot.store.database import change_records, writing
from bot.store.loading import load as loading
from bot.store.loading import merge_children, merge_interviews, merge_police, working_copy
from bot.store.schema.records import child
from tests.support.exports import Row, interview, police
from tests.support.exports import child as child_row
from tests.support.loader import PARTNERSHIP, TAKEN_AT, Loader, covering, loader, read_rejects

Choose = Callable[..., str]
#: The source of a file, its rows, and by how many days it is older than its turn.
File = tuple[str, list[Row], int]

TIMES = ("01/03/2017 22:00", "05/03/2017 10:00", "09/03/2017 18:30")


def police_row(choose: Choose) -> Row:
    return police(
        occurrence_ref=choose(["OCC-1", "OCC-2", "OCC-3", "OCC-4", ""]),
        police_ref=choose(["NOM-1", "NOM-2", "NOM-3", ""]),
        last_seen_at=choose(TIMES),
        reported_at="",
        found_at="",
        returned_at=choose(["", "10/03/2017 01:00"]),
        risk=choose(["", "medium", "high", "?"]),
        risk_at=choose(["", *TIMES]),
        reporter=choose(["parent", "school"]),
        birth_date=choose(["", "01/02/2003", "02/02/2003", "?"]),
        prevention_interview_at="",
    )


def childrens_row(choose: Choose) -> Row:
    return child_row(
        child_id=choose(["C-1", "C-2", "C-3"]),
        police_ref=choose(["NOM-1", "NOM-2", "NOM-3", ""]),
        team=choose(["Northern", "Southern"]),
        looked_after_from=choose(["", "2016-01-01", "2016-06-01"]),
        looked_after_to=choose(["", "2017-03-04"]),
        placement=choose(["residential", "kinship", "?", ""]),
        placement_from=choose(["", "", "2016-01-01", "2016-09-01", "2017-02-01"]),
        placement_to=choose(["", "", "2016-09-01", "2017-03-01"]),
    )


def interview_row(choose: Choose) -> Row:
    ended = choose(["", "2017-03-10 01:00"])
    return interview(
        episode_id=choose(["EP-1", "EP-2", "EP-3", ""]),
        occurrence_ref=choose(["OCC-1", "OCC-2", "OCC-3", "OCC-4", ""]),
        child_id=choose(["C-1", "C-2", "C-3", ""]),
        started_at=choose(TIMES),
        ended_at=ended,
        returned_at=ended,
        offered_at="",
        held_at=choose(["", "2017-03-11 10:00"]),
        recorded_at="",
    )


ROWS: dict[str, Callable[[Choose], Row]] = {
    "police": police_row,
    "children": childrens_row,
    "interviews": interview_row,
}


def draw_files(dice: random.Random) -> list[File]:
    """Draw a few files of few rows each; some come again with one row changed, some are older than the one before."""
    files: list[File] = []
    for _ in range(dice.randint(2, 6)):
        if files and dice.random() < 0.4:
            source, rows, _ = dice.choice(files)
            rows = list(rows)
            if dice.random() < 0.7:
                rows[dice.randrange(len(rows))] = ROWS[source](dice.choice)
            files.append((source, rows, 0))
        else:
            source = dice.choice(list(ROWS))
            rows = [ROWS[source](dice.choice) for _ in range(dice.randint(1, 4))]
            files.append((source, rows, dice.choice([0, 0, 0, 0, -3])))
    return files


@contextmanager
def all_at_hand() -> Iterator[None]:
    """Have every row merged, and every child copied."""

    def everybody(connection: Connection, *_: Any) -> None:
        working_copy._add(connection, working_copy._of(select(child.c.id)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working_copy, "choose_children", everybody)
        for merging in (merge_police, merge_children, merge_interviews):
            patch.setattr(merging, "as_stored", false)
        yield


def told(bot: Loader, number: int, source: str, rows: list[Row], days: int) -> Any:
    """Load a file; return what was said of it."""
    dice = random.Random(number)
    at = TAKEN_AT + timedelta(days=number + days)
    try:
        summary = bot.load(
            source, *rows, taken_at=at, now=at + timedelta(hours=1), choose=dice.choice, fill_gaps=days < 0
        )
    except SourceError as fault:
        return str(fault)
    listed = read_rejects(summary.rejects_file) if summary.rejects_file else []
    return replace(summary, rejects_file=None), listed


@settings(max_examples=30)
@given(seed=st.integers(0, 1_000_000))
def test_few_copies_give_what_all_records_would(seed: int) -> None:
    dice = random.Random(seed)
    files, partnership = draw_files(dice), dice.choice([PARTNERSHIP, covering("all")])
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        loader(f"sqlite:///{one}/bot.sqlite", Path(one)) as few,
        loader(f"sqlite:///{other}/bot.sqlite", Path(other)) as every,
    ):
        few.partnership = every.partnership = partnership
        for number, (source, rows, days) in enumerate(files):
            said = told(few, number, source, rows, days)
            with all_at_hand():
                assert said == told(every, number, source, rows, days)
            assert few.everything() == every.everything()


def test_a_change_meanwhile_is_seen_and_the_load_worked_out_anew(bot: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.load("police", police())
    work_out, times = loading._work_out, []

    def overtaken(*given: Any) -> Any:
        draft = work_out(*given)
        times.append(draft.changes)
        if len(times) == 1:
            with writing(bot.engine) as connection:
                change_records(connection)
                connection.execute(update(child).values(sex="M"))
        return draft

    monkeypatch.setattr(loading, "_work_out", overtaken)
    summary = bot.load("children", child_row(team="Southern"))
    assert (summary.added, len(times), times[1] - times[0]) == (1, 2, 1)
    assert bot.row("child")["team"] == "Southern"


def test_a_load_that_is_always_overtaken_changes_nothing(bot: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.load("police", police())
    before = bot.everything()
    monkeypatch.setattr(loading, "changes_of_records", lambda _: -1)
    with pytest.raises(SourceError, match="again and again") as fault:
        bot.load("children", child_row())
    assert isinstance(fault.value.__context__, Overtaken)
    assert bot.everything() == before


def test_what_is_stored_already_is_neither_merged_nor_written(sqlite_bot: Loader) -> None:
    rows = [police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}") for n in range(20)]
    sqlite_bot.load("police", *rows)
    written: list[str] = []

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT INTO main.", "UPDATE main.", "DELETE FROM main.")) and cursor.rowcount > 0:
            written.append(statement)

    event.listen(sqlite_bot.engine, "after_cursor_execute", note)
    summary = sqlite_bot.load("police", *rows, taken_at=TAKEN_AT + timedelta(minutes=1))
    event.remove(sqlite_bot.engine, "after_cursor_execute", note)
    assert (summary.unchanged, written) == (20, [])
