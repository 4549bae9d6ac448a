"""Loading: what is stored, what a second or a corrected file changes, and what a fault leaves behind."""

import csv
import json
import stat
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.chat.loading import lines
from bot.ingest.load import SourceError
from bot.ingest.rejects import open_private
from bot.store import loading
from bot.store.database import reading
from tests.ingest.exports import child, interview, police, write
from tests.ingest.loader import LOADED_AT, TAKEN_AT, Loader

SOURCES = {"police": [police()], "children": [child()], "interviews": [interview()]}

BROKEN = {"police": police(sex="X"), "children": child(sex="X"), "interviews": interview(kind="X")}


def load_all(bot: Loader) -> None:
    for source, rows in SOURCES.items():
        bot.load(source, *rows)


def test_three_files_make_one_episode_of_one_child(bot: Loader) -> None:
    load_all(bot)
    episode = bot.row("episode")
    assert (episode["occurrence_ref"], episode["episode_ref"]) == ("OCC-1", "EP-1")
    assert (episode["area"], episode["area_basis"], episode["age"], episode["lac"]) == ("north", "team", 14, True)
    found = bot.row("child")
    assert (found["police_ref"], found["council_ref"]) == ("NOM-1", "C-1")
    assert found["ref"].startswith("TS-")


def test_each_source_alone_is_kept(bot: Loader) -> None:
    bot.load("police", police(occurrence_ref="OCC-9"))
    bot.load("interviews", interview(occurrence_ref="OCC-8", child_id="C-5"))
    assert [(e["occurrence_ref"], e["episode_ref"]) for e in bot.rows("episode")] == [("OCC-9", None), (None, "EP-1")]


@pytest.mark.parametrize("source", SOURCES)
def test_loading_a_file_twice_changes_nothing(bot: Loader, source: str) -> None:
    load_all(bot)
    before = bot.everything()
    summary = bot.load(source, *SOURCES[source], taken_at=TAKEN_AT + timedelta(hours=1))
    assert bot.everything() == before
    assert (summary.added, summary.changed, summary.unchanged) == (0, 0, 1)
    assert len(bot.rows("source_load")) == 4


def test_the_same_file_of_the_same_time_is_noted_once(bot: Loader) -> None:
    bot.load("police", police())
    bot.load("police", police())
    assert len(bot.rows("source_load")) == 1


CORRECTIONS = [
    ("police", police(returned_at="02/03/2017 05:00"), "returned_at", "2017-03-02 05:00"),
    ("police", police(last_seen_at="01/03/2017 21:00"), "start_at", "2017-03-01 21:00"),
    ("police", police(risk="high"), "grade", "high"),
    ("police", police(missing_from="care"), "setting", "care"),
    ("children", child(looked_after_from="2017-03-02"), "lac", False),
    ("children", child(cp_from="2017-01-01", cp_to="2017-03-02"), "cp", True),
    ("children", child(cp_from="2017-01-01", cp_to="2017-03-01"), "cp", False),
    ("children", child(uasc_from="2017-03-01"), "uasc", True),
    ("children", child(birth_date="2001-02-01"), "age", 16),
    ("interviews", interview(team="Southern"), "area", "south"),
    ("interviews", interview(held_at="", recorded_at=""), "held_at", None),
    ("interviews", interview(response="declined", held_at="", recorded_at=""), "response", "declined"),
]


@pytest.mark.parametrize(("source", "row", "column", "value"), CORRECTIONS)
def test_a_corrected_row_corrects_the_episode(bot: Loader, source: str, row: Any, column: str, value: Any) -> None:
    load_all(bot)
    number = bot.row("episode")["id"]
    summary = bot.load(source, row)
    episode = bot.row("episode")
    shown = f"{episode[column]:%Y-%m-%d %H:%M}" if column.endswith("_at") and episode[column] else episode[column]
    assert shown == value
    assert episode["id"] == number
    assert (summary.added, summary.changed, summary.unchanged) == (0, 1, 0)


def test_a_row_that_is_not_in_the_next_file_stays(bot: Loader) -> None:
    bot.load("police", police(), police(occurrence_ref="OCC-2"))
    bot.load("police", police())
    assert len(bot.rows("episode")) == 2


def test_grades_are_a_dated_series_and_the_latest_counts(bot: Loader) -> None:
    bot.load("police", police(risk="low", risk_at="01/03/2017 23:30"))
    bot.load("police", police(risk="high", risk_at="02/03/2017 01:00"))
    bot.load("police", police(risk="medium", risk_at="01/03/2017 23:45"))
    assert [g["grade"] for g in bot.rows("grade")] == ["low", "medium", "high"]
    assert bot.row("episode")["grade"] == "high"


def test_one_file_may_hold_several_grades_of_an_occurrence(bot: Loader) -> None:
    later = police(risk="high", risk_at="02/03/2017 01:00")
    summary = bot.load("police", police(), later, police(occurrence_ref="OCC-2"))
    assert (summary.accepted, summary.added) == (3, 3)
    assert len(bot.rows("occurrence")) == 2
    again = bot.load("police", police(), later, police(occurrence_ref="OCC-2"))
    assert again.unchanged == 3


def test_a_corrected_grade_replaces_the_grade_of_that_time(bot: Loader) -> None:
    bot.load("police", police(risk="low"))
    assert bot.load("police", police(risk="high")).changed == 1
    assert [g["grade"] for g in bot.rows("grade")] == ["high"]


def test_a_grade_without_a_time_moves_with_the_report(bot: Loader) -> None:
    bot.load("police", police(risk_at=""))
    bot.load("police", police(risk_at="", reported_at="01/03/2017 22:30"))
    assert f"{bot.row('grade')['graded_at']:%H:%M}" == "22:30"


def test_the_old_word_absent_is_kept_as_what_it_was(bot: Loader) -> None:
    bot.load("police", police(risk="Absent"))
    grade = bot.row("grade")
    assert (grade["grade"], grade["legacy_absent"]) == ("very_low", True)


def test_company_is_replaced_by_a_corrected_row(bot: Loader) -> None:
    bot.load("police", police(found_with="NOM-3; NOM-2;NOM-2;NOM-1"))
    assert [f["police_ref"] for f in bot.rows("found_with")] == ["NOM-2", "NOM-3"]
    bot.load("police", police(found_with="NOM-4"))
    assert [f["police_ref"] for f in bot.rows("found_with")] == ["NOM-4"]


CONTRADICTIONS = [
    ("police", [police(), police(reporter="school")], "occurrence_ref", "other values than on line 2"),
    ("police", [police(), police(risk="high")], "risk", "another grade than on line 2"),
    ("children", [child(), child(team="Southern")], "child_id", "other values than on line 2"),
    ("children", [child(), child(child_id="C-2")], "police_ref", "police reference of child C-1 in this file"),
    ("interviews", [interview(), interview(worker="W-2")], "episode_id", "other values than on line 2"),
    ("interviews", [interview(), interview(episode_id="EP-2")], "occurrence_ref", "occurrence of episode EP-1"),
]


@pytest.mark.parametrize(("source", "rows", "column", "reason"), CONTRADICTIONS)
def test_the_later_of_two_rows_that_contradict_each_other_is_rejected(
    bot: Loader, source: str, rows: list[Any], column: str, reason: str
) -> None:
    summary = bot.load(source, *rows)
    assert (summary.read, summary.accepted, summary.rejected) == (2, 1, 1)
    (listed,) = read_rejects(summary.rejects_file)
    assert (listed["row"], listed["column"]) == ("3", column)
    assert reason in listed["reason"]
    assert listed["value"]
    assert listed["what_to_do"]


@pytest.mark.parametrize("source", SOURCES)
def test_a_row_that_stands_twice_counts_once(bot: Loader, source: str) -> None:
    summary = bot.load(source, *SOURCES[source], *SOURCES[source])
    assert (summary.accepted, summary.added, summary.unchanged) == (2, 1, 1)


def test_an_occurrence_of_a_stored_episode_is_not_given_away(bot: Loader) -> None:
    bot.load("interviews", interview())
    summary = bot.load("interviews", interview(episode_id="EP-2"))
    assert summary.rejected == 1
    assert bot.row("interview")["episode_ref"] == "EP-1"


def test_two_episodes_may_swap_their_occurrences(bot: Loader) -> None:
    second = {"episode_id": "EP-2", "started_at": "2017-03-01 22:30"}
    bot.load("interviews", interview(), interview(**second, occurrence_ref="OCC-2"))
    summary = bot.load("interviews", interview(occurrence_ref="OCC-2"), interview(**second))
    assert (summary.changed, summary.rejected) == (2, 0)
    assert [i["occurrence_ref"] for i in bot.rows("interview")] == ["OCC-2", "OCC-1"]


def test_a_row_that_waits_for_a_rejected_one_is_rejected_too(bot: Loader) -> None:
    """EP-2 wants OCC-1, which EP-1 would give up for OCC-3; but OCC-3 stays with EP-3."""
    bot.load("interviews", interview(), interview(episode_id="EP-3", occurrence_ref="OCC-3"))
    summary = bot.load(
        "interviews", interview(occurrence_ref="OCC-3"), interview(episode_id="EP-2", occurrence_ref="OCC-1")
    )
    assert summary.rejected == 2
    assert [(i["episode_ref"], i["occurrence_ref"]) for i in bot.rows("interview")] == [
        ("EP-1", "OCC-1"),
        ("EP-3", "OCC-3"),
    ]


def read_rejects(path: Path | None) -> list[dict[str, str]]:
    assert path
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rejected_rows_are_listed_for_their_owner_only(sqlite_bot: Loader) -> None:
    summary = sqlite_bot.load("police", police(police_ref="John Smith", sex="X"), police())
    assert (summary.read, summary.accepted, summary.rejected) == (2, 1, 1)
    listed = read_rejects(summary.rejects_file)
    assert [(r["file"], r["row"], r["column"], r["value"]) for r in listed] == [
        ("police.csv", "2", "police_ref", "John Smith"),
        ("police.csv", "2", "sex", "X"),
    ]
    assert summary.rejects_file
    assert stat.S_IMODE(summary.rejects_file.stat().st_mode) == 0o600
    assert "John" not in repr(summary)


def test_a_list_over_an_older_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "unmatched.csv"
    file.write_text("much longer than what comes now")
    file.chmod(0o644)
    with open_private(file) as stream:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        stream.write("new\n")
    assert file.read_text() == "new\n"


def test_the_summary_is_kept_beside_the_rejects(sqlite_bot: Loader) -> None:
    sqlite_bot.load("police", police(sex="X"), police())
    (file,) = sqlite_bot.rejects.glob("*-summary.json")
    kept = json.loads(file.read_text())
    assert (kept["source"], kept["read"], kept["accepted"], kept["rejected"]) == ("police", 2, 1, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(sqlite_bot: Loader) -> None:
    summary = sqlite_bot.load("police", police(police_ref="=HYPERLINK(1)"), police())
    assert read_rejects(summary.rejects_file)[0]["value"] == "'=HYPERLINK(1)"


def test_loads_within_one_second_do_not_overwrite_each_others_lists(sqlite_bot: Loader) -> None:
    files = {sqlite_bot.load("police", police(sex="X"), police()).rejects_file for _ in range(3)}
    assert len(files) == 3
    assert all(file and file.exists() for file in files)


CANARY = "Jane Canary, 1 Privet Drive"


def test_what_is_not_ours_is_nowhere_afterwards(sqlite_bot: Loader) -> None:
    extra = {"name": CANARY, "address": CANARY, "notes": f"{CANARY}\nsecond line"}
    for source, rows in SOURCES.items():
        summary = sqlite_bot.load(source, {**rows[0], **extra}, {**BROKEN[source], **extra})
        assert "Columns of the file that are not ours and were not read: 3." in summary.warnings
        assert CANARY not in repr(summary)
    for file in sqlite_bot.folder.rglob("*"):
        if file.is_file() and file.parent.name == "rejects":
            assert CANARY not in file.read_text()
        elif file.is_file() and file.suffix != ".csv":
            assert b"Canary" not in file.read_bytes(), file


def test_an_unknown_area_word_is_not_stored_but_counted_and_listed(sqlite_bot: Loader) -> None:
    """The row is kept, so it is not rejected; but somebody has to see the word to put it right."""
    summary = sqlite_bot.load(
        "police", police(area="14 Privet Drive"), police(occurrence_ref="OCC-2", area="not known")
    )
    assert (summary.unknown_area_words, summary.read, summary.accepted, summary.rejected) == (1, 2, 2, 0)
    (listed,) = read_rejects(summary.rejects_file)
    assert (listed["row"], listed["column"], listed["value"]) == ("2", "area", "14 Privet Drive")
    assert listed["reason"] == "kept, but the area is not known: this word is not in the partnership file"
    said = lines(summary)
    assert f"Listed with what to do: {summary.rejects_file}" in said
    assert "words that the partnership file does not have: 1. Their rows are kept" in said[-1]
    assert not any("Privet" in line for line in said)
    assert [(e["area"], e["area_basis"]) for e in sqlite_bot.rows("episode")] == [("unknown", "none")] * 2
    assert {o["district"] for o in sqlite_bot.rows("occurrence")} == {None}


def test_progress_is_told_on_the_way(sqlite_bot: Loader) -> None:
    told: list[int] = []
    rows = [police(occurrence_ref=f"OCC-{n}") for n in range(10_001)]
    sqlite_bot.load("police", *rows, progress=told.append)
    assert told == [5000, 10_000]


def test_a_file_of_which_nothing_can_be_used_does_not_make_the_source_fresh(bot: Loader) -> None:
    summary = bot.load("police", police(sex="X"))
    assert (summary.accepted, summary.rejected) == (0, 1)
    assert "No row could be used" in summary.warnings[0]
    assert bot.rows("source_load") == []


def test_an_older_or_much_shorter_export_is_pointed_out(sqlite_bot: Loader) -> None:
    rows = [police(occurrence_ref=f"OCC-{n}") for n in range(5)]
    sqlite_bot.load("police", *rows)
    older = sqlite_bot.load("police", *rows[:2], taken_at=TAKEN_AT - timedelta(days=1))
    assert ["taken later" in w or "is it complete?" in w for w in older.warnings] == [True, True]


@pytest.mark.parametrize("step", ["join_by_interview", "freeze_touched", "_note", "verdicts"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_fault_in_the_middle_leaves_nothing(
    bot: Loader, monkeypatch: pytest.MonkeyPatch, step: str, source: str
) -> None:
    bot.load("police", police(occurrence_ref="OCC-9", police_ref="NOM-9"))
    before, loads = bot.everything(), bot.rows("source_load")

    def fail(*_: Any) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(loading, step, fail)
    with pytest.raises(RuntimeError, match="the power went"):
        bot.load(source, *SOURCES[source], BROKEN[source])
    monkeypatch.undo()
    assert bot.everything() == before
    assert bot.rows("source_load") == loads
    assert not list(bot.rejects.glob("*.csv*"))
    bot.load(source, *SOURCES[source])  # and the next load is not hindered


def test_readers_are_not_locked_out_by_a_load(bot: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a load, with everything written but nothing committed, others read the old facts."""
    bot.load("police", police())
    seen: list[int] = []
    note = loading._note

    def read_meanwhile(*arguments: Any) -> None:
        def count() -> None:
            with reading(bot.engine) as connection:
                seen.append(connection.execute(text("SELECT count(*) FROM episode")).scalar_one())

        thread = threading.Thread(target=count)
        thread.start()
        thread.join(timeout=5)
        note(*arguments)

    monkeypatch.setattr(loading, "_note", read_meanwhile)
    bot.load("police", police(), police(occurrence_ref="OCC-2"))
    assert seen == [1]
    assert len(bot.rows("episode")) == 2


def test_loads_at_the_same_time_wait_for_each_other(bot: Loader) -> None:
    faults: list[BaseException] = []

    def load(number: int) -> None:
        path = write(
            bot.folder / f"{number}.csv", [police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}") for n in range(50)]
        )
        try:
            bot.load_path("police", path)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=load, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert Counter(e["occurrence_ref"] for e in bot.rows("episode")) == {f"OCC-{n}": 1 for n in range(50)}


def test_temporary_tables_go_with_the_load(bot: Loader) -> None:
    load_all(bot)
    load_all(bot)
    table = "sqlite_temp_master" if bot.engine.dialect.name == "sqlite" else "pg_tables WHERE tablename LIKE 'staged%'"

    def left() -> int:
        with reading(bot.engine) as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608

    for _ in range(100):  # a PostgreSQL process goes a moment after its connection was closed
        if not left():
            break
        time.sleep(0.05)
    assert left() == 0


def test_a_time_without_a_zone_is_a_mistake_of_the_caller(sqlite_bot: Loader) -> None:
    with pytest.raises(ValueError, match="zone"):
        sqlite_bot.load("police", police(), taken_at=TAKEN_AT.replace(tzinfo=None))


def test_an_export_cannot_be_taken_in_the_future(sqlite_bot: Loader) -> None:
    """It would stay the newest, and the source fresh, until that day."""
    sqlite_bot.load("police", police(), taken_at=LOADED_AT + timedelta(hours=1))
    before = sqlite_bot.rows("source_load")
    with pytest.raises(SourceError, match="cannot have been taken on Wed 5 Jul 2017 09:01 BST"):
        sqlite_bot.load("police", police(), taken_at=LOADED_AT + timedelta(hours=1, minutes=1))
    assert sqlite_bot.rows("source_load") == before


def test_there_are_three_exports(sqlite_bot: Loader) -> None:
    with pytest.raises(SourceError, match="use one of police, children, interviews"):
        sqlite_bot.load("health", police())
