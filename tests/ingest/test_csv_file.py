"""Files that are refused as a whole: wrongly encoded, with other columns. And those of which a part can be read."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.ingest.load import SourceError
from tests.support.exports import DEFAULTS, child, interview, police, write
from tests.support.loader import LOADED_AT, TAKEN_AT, Loader, mapped, read_rejects

#: A file is cut off at every so many bytes: often enough for several cuts in each cell. The normal run has fewer.
EVERY = int(os.environ.get("BOT_CUTS", "3"))
ROWS = {
    "police": [police(), police(occurrence_ref="OCC-2", police_ref="NOM-2")],
    "children": [child(), child(child_id="C-2", police_ref="NOM-2")],
    "interviews": [interview(), interview(episode_id="EP-2", occurrence_ref="OCC-2", child_id="C-2")],
}


def refuse(bot: Loader, source: str, content: bytes, reason: str) -> str:
    """Loading these bytes is refused, says why, stores and lists nothing, and puts the source in doubt."""
    path = bot.folder / f"{source}.csv"
    path.write_bytes(content)
    before = bot.everything() | {"refused_file": []}
    with pytest.raises(SourceError, match=re.escape(reason)) as refusal:
        bot.load_path(source, path)
    doubt = bot.everything().pop("refused_file")
    assert bot.everything() | {"refused_file": []} == before
    assert [row["source"] for row in doubt] == ([source] if refusal.value.casts_doubt else [])
    assert bot.rows("source_load") == []
    assert not bot.rejects.exists() or not list(bot.rejects.iterdir())
    assert str(bot.folder) not in str(refusal.value)
    return str(refusal.value)


def as_csv(bot: Loader, source: str) -> bytes:
    return write(bot.folder / "whole.csv", ROWS[source]).read_bytes()


def cuts(begin: int, whole: bytes) -> Iterator[int]:
    """Every so many places to cut a file off, and all beside the ends of rows."""
    ends = [n + 1 for n, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(begin, len(whole) + 1):
        if cut % EVERY == 0 or any(abs(cut - end) <= 1 for end in ends):
            yield cut


@pytest.mark.parametrize("source", ROWS)
def test_of_a_file_cut_off_anywhere_the_whole_rows_are_kept(sqlite_bot: Loader, source: str) -> None:
    """And the row that is cut is kept only where it can be a whole one; whichever it is, it is told."""
    whole = as_csv(sqlite_bot, source)
    path = sqlite_bot.folder / f"{source}.csv"
    ends = [len(b"".join(whole.splitlines(keepends=True)[:n])) for n in (1, 2, 3)]
    for cut in cuts(ends[0], whole):
        path.write_bytes(whole[:cut])
        rows = sum(end <= cut for end in ends[1:])  # whole ones
        try:
            summary = sqlite_bot.load_path(source, path, taken_at=TAKEN_AT, now=LOADED_AT)
        except SourceError:
            assert rows == 0
            continue
        assert summary.accepted >= rows
        cut_inside = cut not in ends
        assert summary.read == rows + cut_inside
        assert any("has no line end" in w for w in summary.warnings) == (cut_inside or cut == ends[0] - 1)
        if cut_inside and summary.rejected == 0:  # it has all its cells
            assert whole[:cut].rsplit(b"\n", 1)[-1].count(b",") == whole.splitlines()[0].count(b",")
    assert len(sqlite_bot.rows("episode" if source != "children" else "child")) == 2


@pytest.mark.parametrize("source", ROWS)
def test_quoted_cells_with_line_ends_cut_off_anywhere(sqlite_bot: Loader, source: str) -> None:
    """With Windows line ends, quotes, and a text of several lines in a column that is not ours."""
    rows = [{"notes": 'two\r\nlines, "quoted"', **row} for row in ROWS[source]]
    whole = write(sqlite_bot.folder / "whole.csv", rows).read_bytes().replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")
    path = sqlite_bot.folder / f"{source}.csv"
    first_row, begin = whole.rindex(b'"two'), whole.index(b'"two')
    for cut in cuts(begin, whole):
        path.write_bytes(whole[:cut])
        try:
            summary = sqlite_bot.load_path(source, path)
        except SourceError:
            assert cut < first_row
            continue
        assert summary.accepted >= (cut >= first_row) + (cut == len(whole))
        if b'"two' in whole[first_row:cut] and cut < whole.rindex(b'"'):
            assert summary.rejected + summary.unread > 0
    assert len(sqlite_bot.rows("episode" if source != "children" else "child")) == 2


def test_a_last_row_without_a_line_end_is_a_row(sqlite_bot: Loader) -> None:
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(as_csv(sqlite_bot, "police").rstrip(b"\n"))
    summary = sqlite_bot.load_path("police", path)
    assert summary.accepted == 2
    assert "has no line end" in summary.warnings[0]


@pytest.mark.parametrize(
    ("cut", "column", "why"), [(2, "end_reason", "is not one of"), (20, "", "the row has 15 cells")]
)
def test_a_last_row_that_may_be_cut_off_says_what_it_may_be(
    sqlite_bot: Loader, cut: int, column: str, why: str
) -> None:
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER + ROW + ROW.replace(b"OCC-1", b"OCC-2")[:-cut])
    summary = sqlite_bot.load_path("police", path)
    assert any("check that the file is whole" in w for w in summary.warnings)
    (listed,) = read_rejects(summary.rejects_file)
    assert (listed["row"], listed["column"]) == ("3", column)
    assert why in listed["reason"]
    assert summary.rejected + summary.unread == 1


def test_a_character_of_no_encoding_is_told_and_its_row_kept(sqlite_bot: Loader) -> None:
    bad = ROW.replace(b"home", b"h\x81me").replace(b"OCC-1", b"OCC-2")
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER + ROW + bad)
    summary = sqlite_bot.load_path("police", path)
    assert (summary.accepted, summary.unread) == (2, 1)
    assert "Line 3 holds a character that is neither UTF-8 nor Windows-1252" in summary.warnings[0]
    path.write_bytes(b"\xef\xbb\xbf" + HEADER + bad)  # the mark says that it is UTF-8
    assert sqlite_bot.load_path("police", path).accepted == 1
    path.write_bytes(b"caf\x81," + HEADER + b"," + ROW)
    assert sqlite_bot.load_path("police", path).accepted == 1


def test_long_text_that_is_not_ours_is_no_obstacle(sqlite_bot: Loader) -> None:
    assert sqlite_bot.load("police", {**police(), "notes": "x" * 1_000_000}).accepted == 1


def test_a_cell_without_end_is_told_in_plain_words_and_hides_no_row(sqlite_bot: Loader) -> None:
    others = b"".join(ROW.replace(b"OCC-1", f"OCC-{n}".encode()) for n in range(2, 8002))
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER + ROW + b'"' + others)
    summary = sqlite_bot.load_path("police", path)
    assert (summary.read, summary.accepted) == (8001, 8001)
    assert summary.unread > 0
    assert any("begins on line 3 is longer than 1,048,576 characters" in w for w in summary.warnings)


def test_utf_32_is_refused(sqlite_bot: Loader) -> None:
    text = write(sqlite_bot.folder / "whole.csv", ROWS["police"]).read_text(encoding="utf-8")
    refuse(sqlite_bot, "police", text.encode("utf-32"), "UTF-32")


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
    "no header": (ROW + ROW, "these columns of a police export are missing"),
    "column twice": (HEADER[:-1] + b",sex\n" + ROW[:-1] + b",F\n", "the column 'sex' stands twice"),
    "another export": (
        ",".join(DEFAULTS["children"]).encode() + b"\n" + ",".join(DEFAULTS["children"].values()).encode() + b"\n",
        "these are the columns of a children export. Load it as children",
    ),
}


BROKEN = {
    "zero bytes": (ROW + b"\0\0\0\n", "Line 3 holds zero bytes"),
    "unclosed quote": (
        ROW + b'"' + ROW.replace(b"OCC-1", b"OCC-2"),
        "A quotation mark opened on line 3 is never closed",
    ),
    "text after a quote": (b'"OCC-1"x' + ROW[5:] + ROW, "The quotation marks on line 2 do not match"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_with_broken_places_keeps_its_rows_and_says_so(sqlite_bot: Loader, case: str) -> None:
    content, why = BROKEN[case]
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER + content)
    summary = sqlite_bot.load_path("police", path)
    assert why in summary.warnings[0]
    assert (summary.accepted, summary.rejected + summary.unread) == (2 if case != "zero bytes" else 1, 1)
    assert "OCC-1" in {row["occurrence_ref"] for row in sqlite_bot.rows("occurrence")}


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
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER + b"".join(rows))
    summary = sqlite_bot.load_path("police", path)
    assert [o["occurrence_ref"] for o in sqlite_bot.rows("occurrence")] == [f"OCC-{n}" for n in range(1, 6)]
    assert (summary.read, summary.accepted, summary.unread) == (5, 5, 3)
    assert {r["row"] for r in read_rejects(summary.rejects_file)} == {"3", "4", "5"}


def test_a_stray_quotation_mark_that_shifts_the_columns_never_swallows_rows(sqlite_bot: Loader) -> None:
    """Opened late in one row and closed early in the next, it leaves a row that is too wide."""
    opened = ROW.replace(b"parent", b'"parent')
    closed = ROW.replace(b"01/02/2003", b'01/02/2003"').replace(b"OCC-1", b"OCC-2")
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER + opened + closed + ROW.replace(b"OCC-1", b"OCC-3"))
    summary = sqlite_bot.load_path("police", path)
    assert (summary.read, summary.accepted, summary.unread) == (3, 3, 2)


@pytest.mark.parametrize(("cell", "column"), [(b"NOM-1", "police_ref"), (b"Cherwell", "area")])
def test_a_line_break_inside_a_cell_we_read_leaves_the_cell_unknown(
    sqlite_bot: Loader, cell: bytes, column: str
) -> None:
    broken = ROW.replace(b"OCC-1", b"OCC-2").replace(cell, b'"' + cell + b',\nx"')
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER + broken + ROW)
    summary = sqlite_bot.load_path("police", path)
    assert (summary.read, summary.accepted, summary.rejected, summary.unread) == (2, 2, 0, 1)
    (listed,) = read_rejects(summary.rejects_file)
    assert (listed["column"], listed["reason"]) == (column, "has a line break in it")


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


def test_a_file_without_rows_is_a_file_and_a_doubt_where_the_one_before_had_rows(sqlite_bot: Loader) -> None:
    path = sqlite_bot.folder / "police.csv"
    path.write_bytes(HEADER)
    first = sqlite_bot.load_path("police", path)
    assert (first.read, first.warnings) == (0, ())
    sqlite_bot.load("police", *ROWS["police"], taken_at=TAKEN_AT + timedelta(minutes=10))
    path.write_bytes(HEADER)
    again = sqlite_bot.load_path("police", path, taken_at=TAKEN_AT + timedelta(minutes=20))
    assert "The file has 0 rows, the last one had 2" in again.warnings[0]
    assert [row["rows_before"] for row in sqlite_bot.rows("source_load")] == [None, None, 2]
    assert len(sqlite_bot.rows("episode")) == 2


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


def test_a_column_that_the_file_lacks_is_said_by_its_name_there(sqlite_bot: Loader) -> None:
    sqlite_bot.partnership = mapped("police", occurrence_ref="Log No")
    with pytest.raises(SourceError, match="'Log No'"):
        sqlite_bot.load("police", police())
