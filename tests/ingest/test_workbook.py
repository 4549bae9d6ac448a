"""Workbooks are read as CSV files are; a hostile one gives one sentence in bounded time, and costs the bot nothing."""

import re
import subprocess
import sys
import time
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.ingest import workbook
from bot.ingest.csv_file import open_export
from bot.ingest.load import SourceError
from bot.ingest.row_checker import header_names
from tests.support.exports import DEFAULTS, police, write
from tests.support.loader import PARTNERSHIP, TAKEN_AT, Loader, read_rejects
from tests.support.workbooks import Sheet, parts, sheet_xml, write_parts, write_workbook

NAMES = header_names("police", PARTNERSHIP, TAKEN_AT)
HEADER, ROW = list(DEFAULTS["police"]), list(DEFAULTS["police"].values())
SHEET: Sheet = [HEADER, ROW]


def refused(path: Path, most_seconds: float = 20) -> str:
    began = time.monotonic()
    with pytest.raises(SourceError) as fault, open_export(path, NAMES) as export:
        list(export.rows())
    assert time.monotonic() - began < most_seconds
    assert str(fault.value).endswith("Nothing was changed.")
    assert str(path.parent) not in str(fault.value)
    return str(fault.value)


def test_cells_are_read_as_what_they_are(sqlite_bot: Loader) -> None:
    """Dates as dates, a number without .0, text with its hidden characters taken out; below titles, and not from A1."""
    row = police(
        last_seen_at=datetime(2017, 3, 1, 22, 0),  # type: ignore[arg-type]  # noqa: DTZ001
        birth_date=date(2003, 2, 1),  # type: ignore[arg-type]
        police_ref=12345,  # type: ignore[arg-type]
        returned_at=42796.125,  # type: ignore[arg-type]
        found_at="02/03/2017\u00a02:00 AM",
        risk=" Medium\u200b",
    )
    sheet: Sheet = [[], ["", "Missing persons"], [], ["", *HEADER], ["", *row.values()], [], ["", "", *ROW[1:]][:0]]
    path = write_workbook(sqlite_bot.folder / "police.xlsx", Notes=[["read me"]], Data=sheet)
    summary = sqlite_bot.load_path("police", path)
    assert (summary.read, summary.accepted, summary.unread) == (1, 1, 0)
    assert "Lines above the column names that were not read: 1." in summary.warnings
    assert sqlite_bot.row("child")["police_ref"] == "12345"
    read = {name: sqlite_bot.row("occurrence")[name] for name in ("last_seen_at", "found_at", "returned_at")}
    sqlite_bot.load("police", police(police_ref="12345"))
    assert {name: sqlite_bot.row("occurrence")[name] for name in read} == read


def test_rows_of_a_sheet_have_its_numbers(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "police.xlsx", Data=[["Title"], [], HEADER, ROW, [], ROW])
    with open_export(path, NAMES) as export:
        assert [line.number for line in export.rows()] == [4, 6]
        assert (export.shape.sheet, export.shape.header, export.shape.skipped) == ("Data", 3, (1,))


def test_a_number_that_a_spreadsheet_shortened_is_told(sqlite_bot: Loader) -> None:
    row = police(police_ref=123456789012345678)  # type: ignore[arg-type]
    summary = sqlite_bot.load_path("police", write_workbook(sqlite_bot.folder / "p.xlsx", Data=[HEADER, row.values()]))  # type: ignore[list-item]
    assert (summary.accepted, summary.unread) == (1, 1)
    assert summary.rejects_file
    assert "shortened by a spreadsheet" in summary.rejects_file.read_text(encoding="utf-8")


ERRORS = ("#REF!", "#NAME?", "#VALUE!", "#DIV/0!")


def test_an_error_of_the_spreadsheet_is_not_an_empty_cell(sqlite_bot: Loader) -> None:
    """The child is kept, still missing: nobody can read when it returned."""
    for n, error in enumerate(ERRORS):
        row = police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}", risk=error, returned_at=error, area=error)
        path = write_workbook(sqlite_bot.folder / "p.xlsx", Notes=[[error]], Data=[HEADER, list(row.values())])
        csv = write(sqlite_bot.folder / "p.csv", [row])
        for file in (path, csv):
            summary = sqlite_bot.load_path("police", file)
            assert (summary.accepted, summary.unread) == (1, 1)
            listed = [(r["column"], r["value"], r["reason"]) for r in read_rejects(summary.rejects_file)]
            assert listed == [
                (name, error, "is an error that the spreadsheet shows") for name in ("returned_at", "risk", "area")
            ]


def test_a_look_up_that_found_nothing_is_an_empty_cell(sqlite_bot: Loader) -> None:
    row = police(risk="#N/A", returned_at="#N/A")
    path = write_workbook(sqlite_bot.folder / "p.xlsx", Data=[HEADER, list(row.values())])
    for file in (path, write(sqlite_bot.folder / "p.csv", [row])):
        assert sqlite_bot.load_path("police", file).unread == 0


def test_a_large_sheet_with_one_error_is_read_whole(tmp_path: Path) -> None:
    rows = [[*ROW[:-1], "x" * (n % 700)] for n in range(8000)]
    rows[-1][-1] = "#REF!"
    path = write_workbook(tmp_path / "police.xlsx", Data=[HEADER, *rows])
    with open_export(path, NAMES) as export:
        assert [line.cells for line in export.rows()] == rows


def test_the_sheet_has_to_be_certain(tmp_path: Path) -> None:
    two = write_workbook(tmp_path / "two.xlsx", Year_2016=SHEET, Year_2017=SHEET, Notes=[["x"]])
    assert 'several sheets have the columns of this export: "Year 2016", "Year 2017".' in refused(two)
    none = write_workbook(tmp_path / "none.xlsx", One=[["a", "b"]], Two=[["c"]])
    assert 'none of its sheets has the columns of this export: "One", "Two".' in refused(none)
    assert "it is empty" in refused(write_workbook(tmp_path / "empty.xlsx", One=[]))


def test_names_of_sheets_are_shown_as_far_as_a_sentence_goes(tmp_path: Path) -> None:
    sheets = {f"{n}\u202e{'long' * 100}": sheet_xml([["a", "b"]]) for n in range(500)}
    said = refused(write_parts(tmp_path / "many.xlsx", parts(sheets)))
    assert len(said) < 800
    assert '"9longlong' in said
    assert said.isprintable()


def test_long_text_beside_our_columns_is_cut(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "p.xlsx", Data=[[*HEADER, "Notes"], [*ROW, "x" * 30_000]])
    with open_export(path, NAMES) as export:
        assert [len(line.cells[-1]) for line in export.rows()] == [4000]


def test_a_missing_column_of_a_sheet_is_named(sqlite_bot: Loader) -> None:
    path = write_workbook(sqlite_bot.folder / "p.xlsx", One=[[n.replace("_ref", " number") for n in HEADER], ROW])
    with pytest.raises(SourceError, match="these columns of a police export are missing: 'occurrence_ref'"):
        sqlite_bot.load_path("police", path)


def other_file(path: Path, name: str, content: str = "x") -> Path:
    return write_parts(path, {name: content})


def test_other_kinds_of_files_are_named_as_what_they_are(tmp_path: Path) -> None:
    assert "a binary workbook (.xlsb)" in refused(other_file(tmp_path / "a.xls", "xl/workbook.bin"))
    assert "an OpenDocument file (.ods)" in refused(other_file(tmp_path / "a.xls", "content.xml"))
    assert "a Word document" in refused(other_file(tmp_path / "a.csv", "word/document.xml"))
    assert "an archive (zip). Unpack it" in refused(other_file(tmp_path / "a.csv", "police.csv"))
    for start, words in {
        bytes.fromhex("d0cf11e0a1b11ae1"): "an old Excel workbook (.xls), or one with a password",
        b"%PDF-1.7": "a PDF",
        b"\x1f\x8b\x08": "an archive (gzip)",
        b"7z\xbc\xaf\x27\x1c": "an archive (7z)",
        b"Rar!\x1a": "an archive (rar)",
        b"\xef\xbb\xbf \r\n<HTML><table>": "a web page or XML",
        b'<?xml version="1.0"?><Workbook>': "a web page or XML",
    }.items():
        (tmp_path / "export.xls").write_bytes(start + bytes(600))
        assert f"this is {words}" in refused(tmp_path / "export.xls")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    return tmp_path / "hostile.xlsx"


def test_a_zip_bomb_is_not_unpacked(hostile: Path) -> None:
    bomb = parts({"Data": ""})
    with zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in bomb.items():
            if "sheet1" not in name:
                package.writestr(name, content)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(600):
                sheet.write(b" " * (1 << 20))
    assert "unpacks to 600 MB from 1 MB, which no export does" in refused(hostile)


def test_a_bomb_that_lies_about_its_size_ends_at_the_limits(hostile: Path) -> None:
    """The directory says that the sheet has some bytes; it has 600 MB of rows."""
    row = b"<row>" + b"<c><v>1</v></c>" * 60 + b"</row>"
    with zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts({"Data": ""}).items():
            if "sheet1" not in name:
                package.writestr(name, content)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(sheet_xml([]).split("</sheetData>")[0].encode())
            for _ in range(600):
                sheet.write(row * 1100)
    lie = bytearray(hostile.read_bytes())
    with zipfile.ZipFile(hostile) as package:
        size = package.getinfo("xl/worksheets/sheet1.xml").file_size
    at = lie.rindex(size.to_bytes(4, "little"))
    lie[at : at + 4] = (1000).to_bytes(4, "little")
    hostile.write_bytes(lie)
    assert re.search("damaged|larger", refused(hostile, 100))


def test_a_sheet_of_two_cells_far_apart_is_refused(hostile: Path) -> None:
    xml = sheet_xml([["a"]]).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    write_parts(hostile, parts({"Data": xml}))
    assert "far larger than an export" in refused(hostile)


def test_too_many_rows_or_columns(hostile: Path) -> None:
    far = '<row r="400000"><c r="A400000"><v>1</v></c></row></sheetData>'
    write_parts(hostile, parts({"Data": sheet_xml(SHEET).replace("</sheetData>", far)}))
    assert 'the sheet "Data" has 400,000 rows and 16 columns; 300,000 rows' in refused(hostile)
    write_workbook(hostile, Data=[[*HEADER, *["x"] * 2000]])
    assert "2,016 columns" in refused(hostile)


@pytest.mark.parametrize(
    "xml",
    [
        "<worksheet><sheetData><row>",
        "not xml at all",
        '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><worksheet>&c;</worksheet>',
        '<worksheet><sheetData><row r="9999999999"><c r="ZZZZZZZZ1"><v>1</v></c></row></sheetData></worksheet>',
    ],
)
def test_broken_xml_gives_a_sentence(hostile: Path, xml: str) -> None:
    write_parts(hostile, parts({"Data": xml}))
    assert re.search("is damaged|is empty|cannot be read|rows and [0-9,]+ columns;", refused(hostile))


def test_a_workbook_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = write_workbook(tmp_path / "whole.xlsx", Data=SHEET).read_bytes()
    for cut in range(4, len(whole), len(whole) // 12):
        (tmp_path / "cut.xlsx").write_bytes(whole[:cut])
        assert "damaged" in refused(tmp_path / "cut.xlsx")


def test_a_file_too_large_is_not_opened(hostile: Path) -> None:
    with hostile.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(70 << 20)
    assert "larger than 64 MB" in refused(hostile)


def test_a_process_that_says_nothing_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_workbook(tmp_path / "police.xlsx", Data=SHEET)
    monkeypatch.setattr(workbook, "SECONDS", 0.5)
    monkeypatch.setattr(workbook, "_READ", (sys.executable, "-c", "import time; time.sleep(60)"))
    assert "cannot be read" in refused(path, 10)


def test_a_process_that_dies_among_the_rows_refuses_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_workbook(tmp_path / "police.xlsx", Data=SHEET)
    answer = """print('{"sheet": "a", "header": 1, "skipped": []}\\n["a"]\\n["b"]\\n["c', end='')"""
    monkeypatch.setattr(workbook, "_READ", (sys.executable, "-c", answer))
    assert "cannot be read" in refused(path, 10)


def test_a_reader_that_stops_early_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started, popen = [], subprocess.Popen

    def noting(*given: Any, **options: Any) -> Any:
        started.append(popen(*given, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noting)
    path = write_workbook(tmp_path / "police.xlsx", Data=[HEADER, *[ROW] * 5000])
    with open_export(path, NAMES) as export:
        next(export.rows())
    assert [process.returncode is not None for process in started] == [True]


def test_the_bot_itself_never_imports_the_library() -> None:
    code = "import sys, bot.ingest.load, bot.app; sys.exit('python_calamine' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=4)), min_size=1, max_size=5))
def test_bytes_that_went_wrong_on_the_way(tmp_path: Path, edits: list[tuple[int, bytes]]) -> None:
    content = bytearray(write_workbook(tmp_path / "whole.xlsx", Data=SHEET).read_bytes())
    for at, new in edits:
        at = 4 + at % (len(content) - 8)
        content[at : at + len(new)] = new
    path = tmp_path / "police.xlsx"
    path.write_bytes(content)
    try:
        with open_export(path, NAMES) as export:
            assert len(list(export.rows())) <= 2
    except SourceError as fault:
        assert str(fault).endswith("Nothing was changed.")  # noqa: PT017
