"""Loading: what is stored, what a second or a corrected file changes, and what a fault leaves behind."""

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

from bot.cli.load_exports import summary_lines
from bot.ingest.load import SourceError
from bot.ingest.rejects import open_private
from bot.store.database import reading
from bot.store.loading import load as loading
from bot.store.queries.loads import forget_refusal
from tests.support.exports import child, interview, police, write
from tests.support.loader import LOADED_AT, TAKEN_AT, Loader, covering, read_rejects

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
    ("children", child(birth_date="2001-02-01"), "age", None),  # the police say 2003
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
    bot.load("police", police(), police(occurrence_ref="OCC-2", police_ref="NOM-2"))
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


@pytest.mark.parametrize(
    ("cell", "kept", "unread"),
    [
        ("NOM-2; Jane Smith; NOM-3", ["NOM-2", "NOM-3"], True),
        ("NOM-2;?", ["NOM-2"], True),
        ("Jane Smith", [], True),
        ("NOM-1", [], True),
        ("NOM-1;NOM-2", ["NOM-2"], False),
        ("NOM-2; none", ["NOM-2"], False),
        ("None", [], False),
    ],
)
def test_each_other_that_can_be_read_is_kept(sqlite_bot: Loader, cell: str, kept: list[str], unread: bool) -> None:
    summary = sqlite_bot.load("police", police(found_with=cell))
    assert [f["police_ref"] for f in sqlite_bot.rows("found_with")] == kept
    assert (sqlite_bot.row("occurrence")["unread"] == "found_with", summary.unread) == (unread, int(unread))
    listed = read_rejects(summary.rejects_file) if summary.rejects_file else []
    assert [r["column"] for r in listed] == (["found_with"] if unread else [])


CONTRADICTIONS = [
    ("police", [police(), police(reporter="school")], "occurrence_ref", "other values than on line 2"),
    ("police", [police(), police(risk="high")], "risk", "another grade than on line 2"),
    ("children", [child(), child(team="Southern")], "child_id", "other values than on line 2"),
    ("children", [child(), child(child_id="C-2")], "police_ref", "police reference of child C-1 in this file"),
    ("interviews", [interview(), interview(worker="W-2")], "episode_id", "other values than on line 2"),
    (
        "interviews",
        [interview(), interview(episode_id="EP-2", child_id="C-2")],
        "occurrence_ref",
        "occurrence of episode EP-1",
    ),
]


@pytest.mark.parametrize(("source", "rows", "column", "reason"), CONTRADICTIONS)
def test_the_later_of_two_rows_that_contradict_each_other_is_told_and_kept_without_what_contradicts(
    bot: Loader, source: str, rows: list[Any], column: str, reason: str
) -> None:
    summary = bot.load(source, *rows)
    assert (summary.read, summary.accepted, summary.rejected, summary.unread) == (2, 2, 0, 1)
    (listed,) = read_rejects(summary.rejects_file)
    assert (listed["row"], listed["column"]) == ("3", column)
    assert reason in listed["reason"]
    assert listed["value"]
    assert listed["what_to_do"]


@pytest.mark.parametrize("source", SOURCES)
def test_a_row_that_stands_twice_counts_once(bot: Loader, source: str) -> None:
    summary = bot.load(source, *SOURCES[source], *SOURCES[source])
    assert (summary.accepted, summary.added, summary.unchanged) == (2, 1, 1)


def test_of_two_rows_of_one_occurrence_the_one_without_an_end_holds(bot: Loader) -> None:
    """Whichever comes first, and each keeps its own grade: a child is missing until no row says so."""
    back = police(risk="high", risk_at="02/03/2017 01:00")
    gone = police(found_at="", returned_at="", prevention_interview_at="", end_reason="")
    for rows in ((gone, back), (back, gone)):
        bot.load("police", *rows)
        assert bot.row("episode")["end_at"] is None
        assert bot.row("episode")["grade"] == "high"


def test_of_two_rows_of_one_episode_the_one_whose_interview_is_due_holds(bot: Loader) -> None:
    due = interview(offered_at="", held_at="", recorded_at="", response="")
    bot.load("interviews", interview(), due)
    assert bot.row("episode")["held_at"] is None


def test_of_two_rows_of_one_child_the_one_without_another_authority_holds(bot: Loader) -> None:
    bot.load("police", police())
    bot.load("children", child(placing_authority="LA-9"), child())
    assert bot.row("episode")["required"] is True


@pytest.mark.parametrize(("source", "who"), [("police", "police_ref"), ("interviews", "child_id")])
def test_two_children_under_one_reference_are_two(bot: Loader, source: str, who: str) -> None:
    """Two who went missing together: neither hides the other, not when the file comes again either."""
    first, other = SOURCES[source][0], {**SOURCES[source][0], who: "X-2"}
    for _ in range(2):
        summary = bot.load(source, first, other)
        assert (summary.accepted, summary.rejected, summary.unread) == (2, 0, 1)
        assert len(bot.rows("episode")) == len(bot.rows("child")) == 2


def test_an_occurrence_of_a_stored_episode_is_not_given_to_another_child(bot: Loader) -> None:
    """The row of the other episode is kept, for its interview may be due; it stands without the occurrence."""
    bot.load("interviews", interview())
    summary = bot.load("interviews", interview(episode_id="EP-2", child_id="C-2"))
    assert (summary.rejected, summary.unread) == (0, 1)
    assert [(i["episode_ref"], i["occurrence_ref"]) for i in bot.rows("interview")] == [
        ("EP-1", "OCC-1"),
        ("EP-2", None),
    ]


def test_two_episodes_may_swap_their_occurrences(bot: Loader) -> None:
    second = {"episode_id": "EP-2", "started_at": "2017-03-01 22:30"}
    bot.load("interviews", interview(), interview(**second, occurrence_ref="OCC-2"))
    summary = bot.load("interviews", interview(occurrence_ref="OCC-2"), interview(**second))
    assert (summary.changed, summary.rejected) == (2, 0)
    assert [i["occurrence_ref"] for i in bot.rows("interview")] == ["OCC-2", "OCC-1"]


def test_an_occurrence_that_is_let_go_may_be_taken(bot: Loader) -> None:
    """EP-1 gives OCC-1 up for OCC-3, which stays with EP-3: so EP-1 stands alone, and EP-2 has OCC-1."""
    bot.load("interviews", interview(), interview(episode_id="EP-3", child_id="C-3", occurrence_ref="OCC-3"))
    summary = bot.load(
        "interviews", interview(occurrence_ref="OCC-3"), interview(episode_id="EP-2", occurrence_ref="OCC-1")
    )
    assert (summary.rejected, summary.unread) == (0, 1)
    assert [(i["episode_ref"], i["occurrence_ref"]) for i in bot.rows("interview")] == [
        ("EP-1", None),
        ("EP-2", "OCC-1"),
        ("EP-3", "OCC-3"),
    ]


def test_what_could_not_be_read_is_listed_for_its_owner_only(sqlite_bot: Loader) -> None:
    """References and times by their row; a word once with its count; of people and places, how many cells."""
    others = [police(occurrence_ref=f"OCC-{n}", sex="X", found_with="Jane Smith") for n in (2, 3)]
    nothing = police(occurrence_ref="", police_ref="")
    summary = sqlite_bot.load("police", police(police_ref="John Smith", sex="X"), *others, nothing)
    assert (summary.read, summary.accepted, summary.rejected, summary.unread) == (4, 3, 1, 3)
    listed = read_rejects(summary.rejects_file)
    assert [(r["file"], r["row"], r["column"], r["value"], r["rows"]) for r in listed] == [
        ("police.csv", "2", "police_ref", "John Smith", "1"),
        ("police.csv", "5", "occurrence_ref", "", "1"),
        ("police.csv", "5", "police_ref", "", "1"),
        ("police.csv", "5", "", "", "1"),
        ("police.csv", "2", "sex", "X", "3"),
        ("police.csv", "3", "found_with", "", "2"),
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
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    with pytest.raises(OSError, match="symbolic links"):
        open_private(link)


def test_the_summary_is_kept_beside_the_rejects(sqlite_bot: Loader) -> None:
    sqlite_bot.load("police", police(sex="X"), police())
    (file,) = sqlite_bot.rejects.glob("*-summary.json")
    kept = json.loads(file.read_text())
    assert (kept["source"], kept["read"], kept["accepted"], kept["unread"]) == ("police", 2, 2, 2)
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
        "police", police(area="14 Privet Drive"), police(occurrence_ref="OCC-2", police_ref="NOM-2", area="not known")
    )
    assert (summary.unread, summary.read, summary.accepted, summary.rejected) == (1, 2, 2, 0)
    (listed,) = read_rejects(summary.rejects_file)
    assert (listed["row"], listed["column"], listed["value"]) == ("2", "area", "14 Privet Drive")
    assert listed["reason"] == "is a team or area that the partnership file does not have"
    said = summary_lines(summary)
    assert f"Listed with what to do: {summary.rejects_file}" in said
    assert "Look at: area: words that are not known: 1, in rows: 1. Each is listed once." in said
    assert not any("Privet" in line for line in said)
    assert [(e["area"], e["area_basis"]) for e in sqlite_bot.rows("episode")] == [("unknown", "none")] * 2
    assert {o["district"] for o in sqlite_bot.rows("occurrence")} == {None}


def test_of_two_loads_at_once_the_older_export_never_overwrites_the_newer(bot: Loader) -> None:
    """It was looked at before the newer one was there, and is refused when its turn comes."""
    older = write(bot.folder / "older.csv", [police(returned_at="")] * 6000)

    def newer(_: int) -> None:
        bot.load("police", police(), taken_at=TAKEN_AT + timedelta(minutes=5))

    with pytest.raises(SourceError, match="a newer export was loaded while this file was being read") as refusal:
        bot.load_path("police", older, progress=newer)
    assert not refusal.value.casts_doubt
    assert [row["taken_at"] for row in bot.rows("source_load")] == [TAKEN_AT + timedelta(minutes=5)]


def test_progress_is_told_on_the_way(sqlite_bot: Loader) -> None:
    told: list[int] = []
    rows = [police(occurrence_ref=f"OCC-{n}") for n in range(10_001)]
    sqlite_bot.load("police", *rows, progress=told.append)
    assert told == [5000, 10_000]


def test_a_file_of_which_no_row_can_be_read_is_refused_and_casts_doubt(bot: Loader) -> None:
    with pytest.raises(SourceError, match=r"no row could be read\. Line 2: occurrence_ref is empty\."):
        bot.load("police", police(occurrence_ref="", police_ref="NULL"))
    assert bot.rows("source_load") == bot.rows("occurrence") == []
    assert bot.row("refused_file")["source"] == "police"
    bot.load("police", police())
    assert bot.rows("refused_file") == []


def test_a_much_shorter_export_is_pointed_out_and_a_doubt_until_somebody_says_that_it_is_right(
    sqlite_bot: Loader,
) -> None:
    rows = [police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}") for n in range(5)]
    sqlite_bot.load("police", *rows)
    for minutes in (10, 20):  # a second short one does not make the first right
        shorter = sqlite_bot.load("police", *rows[:2], taken_at=TAKEN_AT + timedelta(minutes=minutes))
        assert any("is it complete?" in w for w in shorter.warnings) == (minutes == 10)
        assert sqlite_bot.rows("source_load")[-1]["rows_before"] == 5
    assert len(sqlite_bot.rows("episode")) == 5


def test_an_older_export_is_refused_or_fills_gaps_alone(bot: Loader) -> None:
    """Whatever it says of what is stored; and what it adds is not in the newest file."""
    bot.partnership = covering("all")
    missing = {"found_at": "", "returned_at": "", "prevention_interview_at": "", "end_reason": ""}
    bot.load("police", police(), police(occurrence_ref="OCC-2", police_ref="NOM-2", risk="odd", returned_at="odd"))
    before = [row | {"absent_at": None} for row in bot.rows("occurrence")]
    older = {"taken_at": TAKEN_AT - timedelta(hours=6)}
    stale = [
        police(**missing),
        police(occurrence_ref="OCC-2", police_ref="NOM-2"),
        police(occurrence_ref="OCC-3", police_ref="NOM-3", **missing),
    ]
    with pytest.raises(SourceError, match="the older one would overwrite newer facts") as refusal:
        bot.load("police", *stale, **older)
    assert not refusal.value.casts_doubt
    assert bot.rows("refused_file") == []
    summary = bot.load("police", *stale, **older, fill_gaps=True)
    assert (summary.added, summary.changed, summary.unchanged) == (1, 0, 2)
    after = bot.rows("occurrence")
    assert after[:2] == before
    assert (after[2]["occurrence_ref"], after[2]["absent_at"]) == ("OCC-3", TAKEN_AT)
    assert {e["occurrence_ref"]: e["doubts"] for e in bot.rows("episode")}["OCC-3"] == "absent"


@pytest.mark.parametrize("step", ["join_by_interview", "freeze_touched", "rows_expected", "forget_refusal", "upsert"])
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

    def read_meanwhile(*arguments: Any) -> None:
        def count() -> None:
            with reading(bot.engine) as connection:
                seen.append(connection.execute(text("SELECT count(*) FROM episode")).scalar_one())

        thread = threading.Thread(target=count)
        thread.start()
        thread.join(timeout=60)
        forget_refusal(*arguments)

    monkeypatch.setattr(loading, "forget_refusal", read_meanwhile)
    bot.load("police", police(), police(occurrence_ref="OCC-2", police_ref="NOM-2"))
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
