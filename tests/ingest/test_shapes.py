"""Files as programs and people write them: the same facts, whatever separators, encodings, titles and spellings."""

import csv
import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot import practice
from bot.ingest.csv_file import open_export
from bot.ingest.load import SourceError
from bot.ingest.row_checker import header_names
from bot.rules.partnership.partnership import Source, Sources
from bot.settings import PRACTICE_FILE, read_partnership
from tests.support.exports import DEFAULTS, police
from tests.support.loader import PARTNERSHIP, TAKEN_AT, Loader, loader, read_rejects
from tests.support.workbooks import Cell, serial, write_workbook

NAMES = header_names("police", PARTNERSHIP, TAKEN_AT)
HEADER, ROW = ",".join(DEFAULTS["police"]), ",".join(DEFAULTS["police"].values())


def load(bot: Loader, content: str | bytes, name: str = "police.csv") -> Any:
    path = bot.folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return bot.load_path("police", path)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_shape_that_was_found_is_kept(tmp_path: Path, separator: str, encoding: str) -> None:
    row = ["Zoë – Ääkkönen", *ROW.split(",")]
    text = "".join(separator.join(cells) + "\r\n" for cells in (["Notes", *HEADER.split(",")], row))
    path = tmp_path / "police.csv"
    path.write_bytes(text.encode(encoding))
    with open_export(path, NAMES) as export:
        assert [line.cells for line in export.rows()] == [[c.replace("–", "-") for c in row]]
        assert export.shape == (encoding.removesuffix("-sig"), separator, 1, (), "")


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;;"])
def test_the_separator_that_the_first_line_names(sqlite_bot: Loader, first: str) -> None:
    summary = load(sqlite_bot, f"{first}\n{HEADER}\n{ROW}\n".replace(",", ";"))
    assert (summary.read, summary.accepted, summary.warnings) == (1, 1, ())


def test_titles_above_the_header_are_left_out_and_counted(sqlite_bot: Loader) -> None:
    titles = 'Missing persons: "run" of 05/07/2017,,\n\nArea:,Cherwell\n"Open quote\n,,,\n'
    summary = load(sqlite_bot, f"{titles}{HEADER}\n{ROW}\n(1 rows affected)\n")
    assert (summary.read, summary.accepted, summary.rejected) == (2, 1, 1)
    assert summary.warnings[0] == "Lines above the column names that were not read: 3."
    assert read_rejects(summary.rejects_file)[0]["row"] == "8"


def test_a_header_far_below_is_not_looked_for(sqlite_bot: Loader) -> None:
    with pytest.raises(SourceError, match="these columns of a police export are missing"):
        load(sqlite_bot, "title\n" * 40 + f"{HEADER}\n{ROW}\n")


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as documented": str,
    "words": lambda name: name.replace("_", " ").title(),
    "capitals": str.upper,
    "dashes": lambda name: name.replace("_", "-"),
    "one word": lambda name: name.replace("_", "").title(),
    "hidden characters": lambda name: f"\u200b {name.replace('_', chr(0xA0))}\u00ad ",
    "dots": lambda name: name.replace("_", ".") + ".",
    "line break": lambda name: name.replace("_", "\n"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_column_is_known_in_any_spelling(sqlite_bot: Loader, spelling: str) -> None:
    assert sqlite_bot.load("police", {SPELLINGS[spelling](n): v for n, v in police().items()}).accepted == 1


def test_the_header_again_is_no_row(sqlite_bot: Loader) -> None:
    """As where each page of a report has it."""
    summary = load(sqlite_bot, f"{HEADER}\n{ROW}\n\n{HEADER}\n{ROW.replace('OCC-1', 'OCC-2')}\n")
    assert (summary.read, summary.accepted) == (2, 2)


def test_rows_of_nothing_are_no_rows(sqlite_bot: Loader) -> None:
    summary = load(
        sqlite_bot, f"{HEADER}\n{ROW}\n,,,,,,,,,,,,,,,\n\n  , ,\u00a0,,\n,\n{ROW.replace('OCC-1', 'OCC-2')},,,\n"
    )
    assert (summary.read, summary.accepted, summary.rejected) == (2, 2, 0)


def test_only_empty_cells_may_lack_or_be_too_many_at_the_end(sqlite_bot: Loader) -> None:
    cells = ROW.split(",")
    short, long, torn = (
        ",".join(cells[:13]),
        ROW.replace("OCC-1", "OCC-2") + ", ,",
        ROW.replace("OCC-1", "OCC-3") + ",x",
    )
    summary = load(sqlite_bot, f"{HEADER}\n{short}\n{long}\n{torn}\nrest of a line,3\n,NOM-1\n{HEADER}\n")
    assert (summary.read, summary.accepted, summary.rejected) == (5, 2, 3)
    first, second = sqlite_bot.rows("occurrence")
    assert (first["reporter"], first["end_reason"], second["end_reason"]) == ("parent", None, "found_by_police")
    assert {r["reason"].split(",")[0] for r in read_rejects(summary.rejects_file)} == {
        *("the row has 17 cells", "the row has 2 cells")
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("12345.0", "12345"),
        ("12345.00", "12345"),
        ("'00123", "00123"),
        ("'00123'", "00123"),
        ('"=""00123"""', "00123"),
        ('="00123"', "00123"),
        ("\xa0NOM\u20111\u200b ", "NOM-1"),
        ("NOM-1.0", "NOM-1.0"),
    ],
)
def test_a_code_with_what_a_spreadsheet_puts_around_it(sqlite_bot: Loader, written: str, read: str) -> None:
    summary = load(sqlite_bot, f"{HEADER}\n{ROW.replace('NOM-1', written)}\n")
    assert (summary.accepted, summary.unread) == (1, 0)
    assert sqlite_bot.row("child")["police_ref"] == read
    assert any("read as 12345" in w for w in summary.warnings) == written.startswith("12345.0")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("1.2E+11", "was shortened by a spreadsheet"),
        ('"1,23457E+14"', "was shortened by a spreadsheet"),
        ("01/02/2018", "is a date, perhaps because a spreadsheet took the code for one"),
        ("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "is a code longer than 32 characters"),
        ("Jane Canary", "must be a code with a digit in it, not a name"),
    ],
)
def test_a_code_that_is_lost_is_said_to_be_that(sqlite_bot: Loader, written: str, reason: str) -> None:
    summary = load(sqlite_bot, f"{HEADER}\n{ROW.replace('NOM-1', written)}\n")
    assert (summary.accepted, summary.unread) == (1, 1)
    assert reason in read_rejects(summary.rejects_file)[0]["reason"]


def test_codes_that_may_have_lost_their_noughts_are_counted(sqlite_bot: Loader) -> None:
    rows = [police(occurrence_ref=f"OCC-{n}", police_ref=ref) for n, ref in enumerate(["00123", "456", "12345", "N-1"])]
    assert (
        "police_ref: 1 codes are shorter than others that begin with 0" in sqlite_bot.load("police", *rows).warnings[0]
    )


def test_a_column_of_days_that_is_exported_with_midnight(sqlite_bot: Loader) -> None:
    days = Source("Police", day_columns=("returned_at",))
    sqlite_bot.partnership = replace(PARTNERSHIP, sources=replace(Sources(), police=days))
    sqlite_bot.load("police", police(returned_at="03/03/2017 00:00", found_at="03/03/2017 00:00"))
    stored = sqlite_bot.row("occurrence")
    assert (stored["returned_date_only"], stored["found_date_only"]) == (True, False)
    wrong = Source("Police", day_columns=("returned",))
    sqlite_bot.partnership = replace(PARTNERSHIP, sources=replace(Sources(), police=wrong))
    with pytest.raises(SourceError, match=r"'returned' is not a column with times \(did you mean 'returned_at'\?\)"):
        sqlite_bot.load("police", police())


def test_days_in_the_other_order_are_seen_in_every_form(sqlite_bot: Loader) -> None:
    alone = dict.fromkeys((name for name in DEFAULTS["police"] if name.endswith(("_at", "_date"))), "")
    for seen in ("03-25-2017 22:00", "3.25.17 10:00 PM", "Sat 03/25/2017 22:00"):
        rows = [police(occurrence_ref=f"OCC-{n}", **{**alone, "last_seen_at": seen}) for n in range(3)]
        with pytest.raises(SourceError, match="the days of this file only make sense month first"):
            sqlite_bot.load("police", *rows)


LATER = dict.fromkeys(
    ("birth_date", "reported_at", "found_at", "returned_at", "risk_at", "prevention_interview_at"), ""
)

# A practice export, in any form.

SOURCES = ("police", "children", "interviews")
TAKEN = {
    "police": practice.POLICE_TAKEN_AT,
    "children": practice.CHILDREN_TAKEN_AT,
    "interviews": practice.INTERVIEWS_TAKEN_AT,
}
Table = list[list[str]]


def tables(folder: Path) -> dict[str, Table]:
    """The header and the last rows of each practice export, which have open episodes among them."""
    found = {}
    for source, path in practice.write_exports(folder).items():
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        found[source] = [header, *rows[-50:]]
    return found


class Documented:
    """The tables of the practice exports, and what is stored of them in the documented form."""

    def __init__(self, folder: Path) -> None:
        self.tables = tables(folder)
        self.facts = stored(folder / "bot", self.tables, lambda path, table: write_text(path, table, ",", "utf-8"))


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Documented:
    return Documented(tmp_path_factory.mktemp("plain"))


def stored(folder: Path, found: dict[str, Table], write: Callable[[Path, Table], Path]) -> Any:
    folder.mkdir()
    with loader(f"sqlite:///{folder / 'bot.sqlite3'}", folder) as bot:
        bot.partnership = read_partnership(PRACTICE_FILE)
        for source in SOURCES:
            dice = random.Random(1)
            path = write(folder / f"{source}.csv", found[source])
            summary = bot.load_path(source, path, taken_at=TAKEN[source], now=practice.PRACTICE_NOW, choose=dice.choice)
            assert (summary.read, summary.accepted, summary.unread) == (50, 50, 0)
        return bot.everything()


def write_text(path: Path, table: Table, separator: str, encoding: str, end: str = "\n", above: str = "") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(table)
    path.write_bytes((above + text.getvalue()).encode(encoding))
    return path


def moment(text: str) -> datetime | None:
    for form in ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - a wall time
        except ValueError:
            continue
    return None


DAYS = ["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%y", "%d-%b-%Y", "%d %B %Y", "%a %d %b %y", "%Y%m%d", "serial"]
TIMES = [" %H:%M", " %H:%M:%S", "  %H.%M", "T%H:%M:%S.000", " %I:%M %p", " %I:%M:%S%p", " at %H%M", "\u00a0%H:%M\u200b"]


def dated(text: str, day: str, time: str) -> str:
    """The same day or time in another form."""
    at = moment(text)
    if at is None:
        return text
    timed = ":" in text
    if day == "serial":
        return f"{serial(at):.6f}" if timed else f"{serial(at):.0f}"
    return f"{at:{day}}{f'{at:{time}}' if timed else ''}"


def as_cell(text: str) -> Cell:
    """The cell as a spreadsheet has it; at midnight it shows, and is, a day."""
    at = moment(text)
    if at is None or (":" in text and at.hour == at.minute == 0):
        return text
    return at if ":" in text else at.date()


DECORATED: list[Callable[[str], str]] = [str, lambda c: f"'{c}", lambda c: f'="{c}"', lambda c: f" {c}\u00a0"]


class Form(NamedTuple):
    """One way to write an export: as a workbook, or as text."""

    workbook: bool
    spelling: str
    day: str
    time: str
    decorated: Callable[[str], str]
    titles: int
    blanks: int
    beside: int
    separator: str
    end: str
    encoding: str
    told: bool

    def rows(self, table: Table) -> Iterator[Sequence[Cell]]:
        header, *rows = table
        yield from [[f"Title {n}"] for n in range(self.titles)]
        yield [*map(SPELLINGS[self.spelling], header), "Notes"]
        for row in rows:
            yield from [[""] * len(header)] * self.blanks
            codes = [self.decorated(cell) if cell else cell for cell in row[:2]]
            facts = [as_cell(c) if self.workbook else dated(c, self.day, self.time) for c in row[2:]]
            yield [*codes, *facts, "Zoë, a café", *[""] * self.beside]

    def write(self, path: Path, table: Table) -> Path:
        rows = list(self.rows(table))
        if self.workbook:
            return write_workbook(path.with_suffix(".xlsx"), Notes=[["read me"]], Data=rows)
        hidden = any("\u200b" in str(cell) for row in rows for cell in row)  # which cp1252 does not have
        encoding = "utf-8" if hidden and self.encoding == "cp1252" else self.encoding
        end = "\r\n" if self.spelling == "line break" else self.end  # Python's writer quotes only its own line ends
        above = f"sep={self.separator}{end}" if self.told else ""
        return write_text(path, [list(map(str, row)) for row in rows], self.separator, encoding, end, above)


forms = st.builds(
    Form,
    workbook=st.integers(0, 2).map(lambda n: n == 0),
    spelling=st.sampled_from(list(SPELLINGS)),
    day=st.sampled_from(DAYS),
    time=st.sampled_from(TIMES),
    decorated=st.sampled_from(DECORATED),
    titles=st.integers(0, 4),
    blanks=st.integers(0, 2),
    beside=st.integers(0, 2),
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    told=st.booleans(),
)


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(form=forms)
def test_a_practice_export_in_any_form_is_the_same_facts(
    documented: Documented, tmp_path_factory: pytest.TempPathFactory, form: Form
) -> None:
    assert stored(tmp_path_factory.mktemp("odd") / "bot", documented.tables, form.write) == documented.facts
