"""When an export was taken: as said, else as its column or name says, and only at last by the file's own time."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.ingest.csv_file import Taken, when_taken
from bot.ingest.rejects import SourceError
from bot.rules.partnership.partnership import ExportMapping, Source
from tests.support.exports import police, write
from tests.support.loader import LOADED_AT, TAKEN_AT, Loader

NOW = datetime(2017, 7, 5, 7, 0, tzinfo=UTC)
IN_NAME = Source("Police", taken_at_in_name="police-%Y%m%d-%H%M.csv")
IN_COLUMN = Source("Police", taken_at_column="Extracted")


def test_what_is_said_goes_before_everything(tmp_path: Path) -> None:
    said = NOW - timedelta(hours=2)
    assert when_taken(tmp_path / "none.csv", "police", IN_NAME, said, NOW) == Taken(said, "given")


def test_the_name_says_it_in_london_time(tmp_path: Path) -> None:
    file = tmp_path / "police-20170705-0741.csv"
    assert when_taken(file, "police", IN_NAME, None, NOW) == Taken(datetime(2017, 7, 5, 6, 41, tzinfo=UTC), "name")
    with pytest.raises(SourceError, match=r"its name is not like 'police-%Y%m%d-%H%M\.csv'"):
        when_taken(tmp_path / "police.csv", "police", IN_NAME, None, NOW)


def test_the_newest_time_of_the_column_says_it(tmp_path: Path) -> None:
    file = write(
        tmp_path / "police.csv", [{**police(), "Extracted": t} for t in ("05/07/2017 06:00", "", "05/07/2017 07:41")]
    )
    assert when_taken(file, "police", IN_COLUMN, None, NOW) == Taken(datetime(2017, 7, 5, 6, 41, tzinfo=UTC), "column")
    empty = write(tmp_path / "empty.csv", [{**police(), "Extracted": "soon"}])
    with pytest.raises(SourceError, match="the column 'Extracted' holds no time"):
        when_taken(empty, "police", IN_COLUMN, None, NOW)
    other = write(tmp_path / "other.csv", [police()])
    with pytest.raises(SourceError, match="there is no column 'Extracted'"):
        when_taken(other, "police", IN_COLUMN, None, NOW)


TITLES = ("Extracted,05/07/2017 07:41\n", "Report,Extracted\n,01/01/2017 01:00\n", "Extracted\n05/07/2017 07:30\n")


@pytest.mark.parametrize("title", TITLES)
def test_a_title_above_the_header_with_the_columns_name_is_not_the_column(tmp_path: Path, title: str) -> None:
    """The first column is full of times: below the title it would be taken for when the export was made."""
    times = ("05/07/2017 06:00", "05/07/2017 07:10")
    file = tmp_path / "police.csv"
    write(file, [{"last_seen_at": police()["last_seen_at"], **police(), "Extracted": t} for t in times])
    file.write_text(title + file.read_text())
    assert when_taken(file, "police", IN_COLUMN, None, NOW) == Taken(datetime(2017, 7, 5, 6, 10, tzinfo=UTC), "column")
    file.write_text(title + write(file, [police(last_seen_at=t) for t in times]).read_text())
    with pytest.raises(SourceError, match="there is no column 'Extracted'"):
        when_taken(file, "police", IN_COLUMN, None, NOW)


def test_a_later_systems_header_is_known_by_its_own_names(tmp_path: Path) -> None:
    niche = ExportMapping("Niche", date(2017, 1, 1), {"police_ref": "URN", "risk": "Grade"})
    source = replace(IN_COLUMN, columns={"police_ref": "Nominal"}, mappings=(niche,))
    for names in (niche.columns, source.columns):
        row = {names.get(ours, ours): cell for ours, cell in police().items()}
        file = write(tmp_path / "police.csv", [{**row, "Extracted": "05/07/2017 07:41"}])
        file.write_text("Extracted,today\n" + file.read_text())
        assert when_taken(file, "police", source, None, NOW).at == datetime(2017, 7, 5, 6, 41, tzinfo=UTC)


def test_the_files_own_time_comes_last_and_is_never_in_the_time_to_come(tmp_path: Path) -> None:
    file = write(tmp_path / "police.csv", [police()])
    for at, expected in ((NOW - timedelta(hours=5), NOW - timedelta(hours=5)), (NOW + timedelta(days=1), NOW)):
        os.utime(file, (at.timestamp(), at.timestamp()))
        assert when_taken(file, "police", Source("Police"), None, NOW) == Taken(expected, "modified")


def test_the_same_bytes_are_no_fresher_for_having_been_copied(sqlite_bot: Loader) -> None:
    sqlite_bot.load("police", police(), taken_how="modified")
    later = TAKEN_AT + timedelta(hours=20)
    again = sqlite_bot.load("police", police(), taken_at=later, taken_how="modified", now=LOADED_AT + timedelta(days=1))
    assert again.unchanged == 1
    assert [row["taken_at"] for row in sqlite_bot.rows("source_load")] == [TAKEN_AT]
    sqlite_bot.load("police", police(), taken_at=later, now=LOADED_AT + timedelta(days=1))  # somebody says so
    assert [row["taken_at"] for row in sqlite_bot.rows("source_load")] == [TAKEN_AT, later]


def test_a_load_says_that_the_files_own_time_is_the_last_resort(sqlite_bot: Loader) -> None:
    assert any(
        "only from the file's own time" in w for w in sqlite_bot.load("police", police(), taken_how="modified").warnings
    )
    assert not any("own time" in w for w in sqlite_bot.load("police", police()).warnings)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"covers": "some"}, "covers is 'all', 'open' or a number of days"),
        ({"taken_at_in_name": "police.csv"}, "needs %Y, %m and %d"),
        ({"taken_at_in_name": "%Y%m%d.csv", "taken_at_column": "Extracted"}, "both set: leave one"),
    ],
)
def test_what_a_partnership_file_may_say_of_an_export(wrong: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Source("Police", **wrong)  # type: ignore[arg-type]


def test_what_an_export_covers() -> None:
    found = [Source("Police", covers=said).covered for said in ("", "all", "open", "90 days")]
    assert found == [None, "all", "open", 90]
