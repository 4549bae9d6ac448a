"""Files that are refused as a whole: cut off, wrongly encoded, with other columns. Nothing changes then."""

import re

import pytest

from bot.ingest.load import SourceError
from tests.ingest.exports import DEFAULTS, child, interview, police, write
from tests.ingest.loader import Loader, mapped

ROWS = {
    "police": [police(), police(occurrence_ref="OCC-2", police_ref="NOM-2")],
    "children": [child(), child(child_id="C-2", police_ref="NOM-2")],
    "interviews": [interview(), interview(episode_id="EP-2", occurrence_ref="OCC-2", child_id="C-2")],
}


def refuse(bot: Loader, source: str, content: bytes, reason: str) -> str:
    """Loading these bytes is refused, says why, and stores and lists nothing."""
    path = bot.folder / f"{source}.csv"
    path.write_bytes(content)
    before = bot.everything()
    with pytest.raises(SourceError, match=re.escape(reason)) as refusal:
        bot.load_path(source, path)
    assert bot.everything() == before
    assert bot.rows("source_load") == []
    assert not bot.rejects.exists() or not list(bot.rejects.iterdir())
    assert str(bot.folder) not in str(refusal.value)
    return str(refusal.value)


def as_csv(bot: Loader, source: str) -> bytes:
    return write(bot.folder / "whole.csv", ROWS[source]).read_bytes()


@pytest.mark.parametrize("source", ROWS)
def test_a_file_cut_off_anywhere_is_refused_or_whole(sqlite_bot: Loader, source: str) -> None:
    """Only a cut right after a line end goes unnoticed: it is a complete file with fewer rows.

    What such a file says is true, so it may be loaded; that it is shorter than the last is told. A row
    without its line end is taken where it can be a whole one, and that is told too.
    """
    whole = as_csv(sqlite_bot, source)
    path = sqlite_bot.folder / f"{source}.csv"
    rows = {len(line) for line in _prefixes(whole)}
    maybe = {end - 1 for end in rows} | {whole.rindex(b",", 0, end) + 1 for end in rows}  # or its last cell gone
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        if cut in rows | maybe:
            summary = sqlite_bot.load_path(source, path)
            assert summary.rejected == 0
            assert any("has no line end" in w for w in summary.warnings) == (cut not in rows)
        else:
            before = sqlite_bot.everything()
            with pytest.raises(SourceError):
                sqlite_bot.load_path(source, path)
            assert sqlite_bot.everything() == before
    sqlite_bot.load_path(source, write(path, ROWS[source]))
    assert len(sqlite_bot.rows("episode" if source != "children" else "child")) == 2


def _prefixes(whole: bytes) -> list[bytes]:
    """The file after its first row, after its second, ...: but not after the header alone."""
    lines = whole.splitlines(keepends=True)
    return [b"".join(lines[:n]) for n in range(2, len(lines) + 1)]


@pytest.mark.parametrize("source", ROWS)
def test_quoted_cells_with_line_ends_cut_off_anywhere(sqlite_bot: Loader, source: str) -> None:
    """With Windows line ends, quotes, and a text of several lines in a column that is not ours."""
    rows = [{"notes": 'two\r\nlines, "quoted"', **row} for row in ROWS[source]]
    whole = write(sqlite_bot.folder / "whole.csv", rows).read_bytes().replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")
    path = sqlite_bot.folder / f"{source}.csv"
    complete = set()
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        try:
            summary = sqlite_bot.load_path(source, path)
        except SourceError:
            continue
        assert summary.rejected == 0
        complete.add(cut)
    # After either row, before its \r and its \n as well, and where only a last cell that may be empty is missing.
    ends = [whole.rindex(b'"two'), len(whole)]
    without = {whole.rindex(b",", 0, end) + 1 for end in ends}
    assert complete == {end - back for end in ends for back in (0, 1, 2)} | without


def test_a_last_row_without_a_line_end_is_a_row(sqlite_bot: Loader) -> None:
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(as_csv(sqlite_bot, "police").rstrip(b"\n"))
    summary = sqlite_bot.load_path("police", path)
    assert summary.accepted == 2
    assert "has no line end" in summary.warnings[0]


@pytest.mark.parametrize(("cut", "why"), [(2, "end_reason is not one of"), (20, "the row has 15 cells")])
def test_a_last_row_that_may_be_cut_off_says_what_it_may_be(sqlite_bot: Loader, cut: int, why: str) -> None:
    said = refuse(sqlite_bot, "police", HEADER + ROW + ROW[:-cut], "line 3, the last, has no line end, and " + why)
    assert "Either the end of the file is cut off" in said
    assert "Or the row is wrong" in said


def test_the_line_that_is_not_utf8_is_named(sqlite_bot: Loader) -> None:
    """Text is decoded thousands of characters ahead of the line that is read."""
    bad = ROW.replace(b"home", "hömé".encode("latin-1"))
    refuse(sqlite_bot, "police", HEADER + ROW * 300 + bad + ROW * 300, "line 302 holds characters that are not UTF-8")
    refuse(sqlite_bot, "police", bad + ROW, "line 1 holds characters")
    old = (HEADER + ROW * 3 + bad).replace(b"\n", b"\r")
    refuse(sqlite_bot, "police", old, "line 5 holds characters")


def test_long_text_that_is_not_ours_is_no_obstacle(sqlite_bot: Loader) -> None:
    assert sqlite_bot.load("police", {**police(), "notes": "x" * 1_000_000}).accepted == 1


def test_a_cell_without_end_is_refused_in_plain_words(sqlite_bot: Loader) -> None:
    content = HEADER + ROW + b'"' + ROW * 8000
    refuse(sqlite_bot, "police", content, "the row that begins on line 3 is longer than 1,048,576 characters")


@pytest.mark.parametrize(
    ("encoding", "reason"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-be", "not UTF-8"),
        ("cp1252", "not UTF-8"),
        ("latin-1", "not UTF-8"),
        ("utf-32", "UTF-32"),
    ],
)
def test_other_encodings_are_refused(sqlite_bot: Loader, encoding: str, reason: str) -> None:
    rows = [{"notes": "Zoë", **row} for row in ROWS["police"]]
    text = write(sqlite_bot.folder / "whole.csv", rows).read_text(encoding="utf-8")
    said = refuse(sqlite_bot, "police", text.encode(encoding), reason)
    assert "Zo" not in said


def test_a_byte_order_mark_is_no_obstacle(sqlite_bot: Loader) -> None:
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(b"\xef\xbb\xbf" + as_csv(sqlite_bot, "police"))
    assert sqlite_bot.load_path("police", path).accepted == 2


def test_empty_lines_between_rows_are_no_rows(sqlite_bot: Loader) -> None:
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(as_csv(sqlite_bot, "police").replace(b"\n", b"\n\n"))
    assert sqlite_bot.load_path("police", path).read == 2


HEADER = ",".join(DEFAULTS["police"]).encode() + b"\n"
ROW = ",".join(DEFAULTS["police"].values()).encode() + b"\n"

REFUSED = {
    "empty": (b"", "the file is empty"),
    "only empty lines": (b"\n\n\n", "nothing but empty lines"),
    "header only": (HEADER, "a header but no rows"),
    "workbook": (b"PK\x03\x04rest\n", "this is a workbook"),
    "zero bytes": (HEADER + ROW + b"\0\0\0\n", "line 3 holds zero bytes"),
    "unclosed quote": (HEADER + ROW + b'"' + ROW, "a quotation mark opened on line 3 is never closed"),
    "text after a quote": (HEADER + b'"OCC-1"x' + ROW[5:], "the quotation marks on line 2 do not match"),
    "semicolons": (HEADER.replace(b",", b";") + ROW, "separated by semicolons"),
    "tabs": (HEADER.replace(b",", b"\t") + ROW, "separated by tabs"),
    "no header": (ROW + ROW, "these columns of a police export are missing"),
    "column twice": (HEADER[:-1] + b",sex\n" + ROW[:-1] + b",F\n", "the column 'sex' stands twice"),
    "another export": (
        ",".join(DEFAULTS["children"]).encode() + b"\n" + ",".join(DEFAULTS["children"].values()).encode() + b"\n",
        "these are the columns of a children export. Load it as children",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_trusted_is_refused(sqlite_bot: Loader, case: str) -> None:
    refuse(sqlite_bot, "police", *REFUSED[case])


def test_a_missing_column_is_named_with_what_was_probably_meant(sqlite_bot: Loader) -> None:
    content = HEADER.replace(b"occurrence_ref", b"Occurence Ref").replace(b"sex", b"gender") + ROW
    said = refuse(sqlite_bot, "police", content, "'occurrence_ref' (did you mean 'Occurence Ref'?)")
    assert ", 'sex'. If" in said
    assert 'sources.police.columns, such as occurrence_ref = "its name there"' in said


def test_cells_of_a_file_without_a_header_are_not_repeated(sqlite_bot: Loader) -> None:
    said = refuse(sqlite_bot, "police", b"Jane Canary,1 Privet Drive\n" * 2, "are missing")
    assert "Canary" not in said
    assert "Privet" not in said


def test_a_stray_quotation_mark_never_swallows_rows(sqlite_bot: Loader) -> None:
    """The second row opens a quote that the fourth closes: they would read as one row."""
    rows = [ROW.replace(b"OCC-1", f"OCC-{n}".encode()) for n in range(1, 6)]
    rows[1], rows[3] = rows[1].replace(b"home", b'"home'), rows[3].replace(b"home", b'home"')
    refuse(sqlite_bot, "police", HEADER + b"".join(rows), "lines 3 to 5 read as one row")


def test_a_stray_quotation_mark_that_shifts_the_columns_never_swallows_rows(sqlite_bot: Loader) -> None:
    """Opened late in one row and closed early in the next, it leaves a row that is too wide."""
    opened, closed = ROW.replace(b"parent", b'"parent'), ROW.replace(b"01/02/2003", b'01/02/2003"')
    refuse(sqlite_bot, "police", HEADER + opened + closed + ROW, "lines 2 to 3 read as one row")


@pytest.mark.parametrize(("cell", "column"), [(b"NOM-1", "police_ref"), (b"Cherwell", "area")])
def test_a_line_break_inside_a_cell_we_read_rejects_that_row(sqlite_bot: Loader, cell: bytes, column: str) -> None:
    broken = ROW.replace(b"OCC-1", b"OCC-2").replace(cell, b'"' + cell + b',\nx"')
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER + broken + ROW)
    summary = sqlite_bot.load_path("police", path)
    assert (summary.read, summary.accepted, summary.rejected) == (2, 1, 1)
    assert summary.rejects_file
    assert f"{column}," in summary.rejects_file.read_text()
    assert "has a line break in it" in summary.rejects_file.read_text()


def test_a_file_that_is_not_there(sqlite_bot: Loader) -> None:
    with pytest.raises(SourceError, match=r"gone\.csv: cannot be opened: No such file"):
        sqlite_bot.load_path("police", sqlite_bot.folder / "gone.csv")
    with pytest.raises(SourceError, match="cannot be opened: Is a directory"):
        sqlite_bot.load_path("police", sqlite_bot.folder)


def test_a_file_that_grows_while_it_is_read(sqlite_bot: Loader) -> None:
    path = write(sqlite_bot.folder / "police.csv", [police(occurrence_ref=f"OCC-{n}") for n in range(6000)])

    def grow(_: int) -> None:
        with path.open("ab") as file:
            file.write(ROW)

    with pytest.raises(SourceError, match="changed while it was read"):
        sqlite_bot.load_path("police", path, progress=grow)
    assert sqlite_bot.rows("occurrence") == []


def test_a_file_without_rows_may_be_meant(sqlite_bot: Loader) -> None:
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER)
    summary = sqlite_bot.load_path("police", path, allow_empty=True)
    assert (summary.read, summary.warnings) == (0, ())
    assert sqlite_bot.row("source_load")["rows_read"] == 0


def test_the_order_and_case_of_columns_do_not_matter(sqlite_bot: Loader) -> None:
    row = {name.upper() + " ": value for name, value in reversed(list(police().items()))}
    assert sqlite_bot.load("police", row).accepted == 1
    assert sqlite_bot.row("episode")["area"] == "north"


def test_columns_may_have_other_names_or_not_be_exported(sqlite_bot: Loader) -> None:
    sqlite_bot.partnership = mapped("police", occurrence_ref="Log No", area="Beat", reporter="")
    row = dict(police())
    row["Log No"], row["Beat"] = row.pop("occurrence_ref"), row.pop("area")
    summary = sqlite_bot.load("police", {**row, "reporter": "Jane Canary"})
    assert (summary.accepted, summary.rejected) == (1, 0)
    occurrence = sqlite_bot.row("occurrence")
    assert (occurrence["occurrence_ref"], occurrence["district"], occurrence["reporter"]) == ("OCC-1", "Cherwell", None)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (
            {"occurence_ref": "Log No"},
            "'occurence_ref' is not a column of this export (did you mean 'occurrence_ref'?)",
        ),
        ({"occurrence_ref": ""}, "'occurrence_ref' is needed and cannot be left out"),
        ({"occurrence_ref": "Log No"}, "'log no'"),
    ],
)
def test_a_wrong_mapping_is_said(sqlite_bot: Loader, columns: dict[str, str], reason: str) -> None:
    sqlite_bot.partnership = mapped("police", **columns)
    with pytest.raises(SourceError, match=re.escape(reason)):
        sqlite_bot.load("police", police())
