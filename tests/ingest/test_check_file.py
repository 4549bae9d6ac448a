"""`load --check`: what is said of a file; and with what it printed pasted, the file loads and no fact is wrong."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.ingest.cells import CodedWords
from bot.ingest.check_file import FileCheck, check_file, may_show, sure_meaning
from bot.ingest.csv_file import open_export
from bot.ingest.row_checker import FORMATS, Checker, columns_of, header_names, mapping_faults, required
from bot.ingest.synonyms import COLUMNS, WORDS
from bot.rules.partnership.partnership import ExportMapping, Partnership, Source, Sources
from bot.store.loading.staging import StagedRow
from tests.support.exports import DEFAULTS, Row, child, interview, police, write
from tests.support.installation import Installation
from tests.support.loader import PARTNERSHIP, TAKEN_AT, Loader


def check(folder: Path, source: str, *rows: Row, partnership: Partnership = PARTNERSHIP) -> FileCheck:
    return check_file(partnership, source, write(folder / f"{source}.csv", rows), TAKEN_AT)


def pasted(source: str, found: FileCheck, partnership: Partnership = PARTNERSHIP) -> Partnership:
    """The partnership with the section that was printed in place of its own, checked as it is at start."""
    if not found.section:
        return partnership
    section = tomllib.loads(found.section)["sources"][source]
    changed = partnership.with_sources(
        replace(partnership.sources, **{source: TypeAdapter(Source).validate_python(section)})
    )
    assert mapping_faults(changed) == []
    return changed


def staged(source: str, path: Path, partnership: Partnership) -> list[StagedRow | None]:
    with open_export(path, header_names(source, partnership, TAKEN_AT)) as export:
        return [row for _, (row, _, _) in Checker(export, source, partnership, TAKEN_AT).rows()]


CODED = {
    source: {
        column.name: column.read
        for column in columns_of(source, PARTNERSHIP, PARTNERSHIP.sources.police.first_mapping)
        if isinstance(column.read, CodedWords)
    }
    for source in FORMATS
}

# ---- what it says ----


def test_a_file_that_fits_needs_nothing(tmp_path: Path) -> None:
    found = check(tmp_path, "police", police(), police(occurrence_ref="OCC-2"))
    assert (found.section, found.loads, found.whole) == ("", True, True)
    assert "police.csv: UTF-8, commas, column names in line 1; 16 columns." in found.lines
    assert "Columns: 16 of 16 found as the partnership file says." in found.lines
    assert "2 rows: 2 kept whole, 0 kept in part, 0 rejected." in found.lines
    assert "May be a child missing now: 0 rows, of which not read whole: 0." in found.lines


def test_unknown_words_are_counted_and_left_to_the_administrator(tmp_path: Path) -> None:
    rows = [police(reporter="Carer"), police(reporter="carer"), police(reporter="Mother", risk="Not yet assessed")]
    found = check(tmp_path, "police", *rows)
    assert not found.whole
    assert "reporter: words that are not known: 1, in 2 rows." in found.lines
    assert '# "Carer" = ""  # 2 rows: "" for an empty cell, or parent, carer_foster' in found.section
    assert '# "Not yet assessed" = ""  # 1 row' in found.section
    assert "Usual words of reporter: 'Mother' read as parent, 1 row." in found.lines


def test_what_may_be_a_person_or_a_place_is_not_shown(tmp_path: Path) -> None:
    said = ["Mrs Zebedee", "Zebedee", "12 Zebedee Street", "Zebedee called the police", "zebedee", "07700 900123"]
    rows = [police(**{column: text for column in ("risk", "reporter", "missing_from", "area")}) for text in said]
    header = {**rows[0], "Zebedee": "x"}
    found = check(tmp_path, "police", header, *({**row, "Zebedee": "x"} for row in rows))
    everything = "\n".join([*found.lines, found.section])
    assert "zebedee" not in everything.casefold()
    assert "07700" not in everything
    assert "# a word that may be a person's is not shown: line 2 of the file, 2 rows" in found.section


@pytest.mark.parametrize("text", ["Carer", "Not yet assessed", "U4", "Foster care", "Unknown risk (adult)"])
def test_words_of_the_trade_are_shown(text: str) -> None:
    assert may_show(text) == (text != "Unknown risk (adult)")


@pytest.mark.parametrize("text", ["Smith", "Jane Smith", "OX1 4AB", "W Young", "12 High Street", "", "Sunny House"])
def test_names_and_addresses_are_not(text: str) -> None:
    assert not may_show(text)


SURE = [
    ("risk", "3 - Medium", "medium"),
    ("risk", "Medum Risk", "medium"),
    ("risk", "Risk level: high", "high"),
    ("placement", "K2 - Children's home", "residential"),
    ("response", "Declned", "declined"),
    ("end_reason", "Returned of own acord", "returned_self"),
]
NOT_SURE = [
    ("risk", "Apparent risk"),
    ("risk", "Not high"),
    ("risk", "Medium or high"),
    ("risk", "High (was low)"),
    ("placement", "Dependent living"),
    ("placement", "K2 - Independent living"),
    ("response", "Unaccepted"),
    ("reporter", "Mothers"),
    ("reporter", "Carter"),
    ("sex", "Mle"),
]


@pytest.mark.parametrize(("column", "text", "meaning"), SURE)
def test_a_slip_of_the_pen_is_suggested(column: str, text: str, meaning: str) -> None:
    (words,) = [words[column] for words in CODED.values() if column in words][:1]
    assert sure_meaning(column, text, words) == meaning


@pytest.mark.parametrize(("column", "text"), NOT_SURE)
def test_whatever_could_mean_something_else_is_not(column: str, text: str) -> None:
    (words,) = [words[column] for words in CODED.values() if column in words][:1]
    assert sure_meaning(column, text, words) is None


def test_the_order_of_days_is_found(tmp_path: Path) -> None:
    rows = [{n: re.sub(r"(\d\d)/(\d\d)/", r"\2/\1/", v) for n, v in police(found_at="22/03/2017 02:00").items()}]
    found = check(tmp_path, "police", *rows)
    assert 'day_order = "month-first"' in found.section
    assert "Days: month first, as days of the file show." in found.lines
    assert staged("police", tmp_path / "police.csv", pasted("police", found)) == staged(
        "police", write(tmp_path / "usual.csv", [police(found_at="22/03/2017 02:00")]), PARTNERSHIP
    )


@pytest.mark.parametrize(("rows", "time", "found"), [(10, "00:00", True), (9, "00:00", False), (10, "10:00:00", False)])
def test_a_column_of_days_that_is_exported_with_midnight(tmp_path: Path, rows: int, time: str, found: bool) -> None:
    given = [police(occurrence_ref=f"OCC-{n}", returned_at=f"{n + 3:02}/03/2017 {time}") for n in range(rows)]
    said = check(tmp_path, "police", *given)
    assert ('day_columns = ["returned_at"]' in said.section) == found
    assert said.whole is not found


def test_a_needed_column_that_is_not_found_is_said(tmp_path: Path) -> None:
    row = {("Occurrence Status" if n == "occurrence_ref" else n): v for n, v in police().items()}
    found = check(tmp_path, "police", row)
    assert not found.loads
    assert "It cannot be loaded without occurrence_ref: give their names in the file below." in found.lines
    assert '# occurrence_ref = "Occurrence Status"  # perhaps' in found.section


def test_a_file_of_another_export_is_said_to_be_that(tmp_path: Path) -> None:
    row = {COLUMNS["children"].get(n, (n,))[0]: v for n, v in child().items()}
    assert "It has the columns of a children export." in check(tmp_path, "police", row).lines


def test_two_columns_that_could_be_one_are_left_to_the_administrator(tmp_path: Path) -> None:
    row = {("Located Date" if n == "found_at" else n): v for n, v in police().items()}
    found = check(tmp_path, "police", {**row, "Date Traced": "03/03/2017 02:00"})
    assert 'found_at = ""' in found.section
    assert '# found_at = "Located Date"  # perhaps' in found.section
    assert '# found_at = "Date Traced"  # perhaps' in found.section


def test_the_mapping_of_the_day_is_the_one_to_change(tmp_path: Path) -> None:
    niche = ExportMapping("Niche", datetime(2017, 6, 1, tzinfo=UTC).date(), {"risk": "Grade"})
    both = Source("Police", covers="all", columns={"risk": "Old"}, mappings=(niche,))
    partnership = PARTNERSHIP.with_sources(replace(Sources(), police=both))
    row = {{"risk": "Grade", "sex": "Gender"}.get(n, n): v for n, v in police().items()}
    after = pasted("police", check(tmp_path, "police", row, partnership=partnership), partnership)
    changed = after.sources.police
    assert changed == replace(both, mappings=(replace(niche, columns={"risk": "Grade", "sex": "Gender"}),))


# ---- with it pasted, the file loads ----


def typo(dice: Random, text: str) -> str:
    """The text with a letter left out in the middle of a word."""
    places = [m.start() + dice.randrange(2, len(m[0]) - 1) for m in re.finditer(r"[A-Za-z]{7,}", text)]
    at = dice.choice(places or [len(text)])
    return text[:at] + text[at + 1 :]


def spelled(dice: Random, text: str) -> str:
    return dice.choice((text, text.title(), text.upper(), text.replace(" ", "_"), text.replace(" ", "-")))


def renamed(dice: Random, name: str, usual: Sequence[str], odd: bool) -> str:
    """Another name: a usual one, or (`odd`) perhaps one with a slip of the pen, or one that nobody can know."""
    another = spelled(dice, dice.choice([name, *usual]))
    kind = dice.random() if odd else 0
    return another if kind < 0.7 else typo(dice, another) if kind < 0.9 else f"Zx{dice.randrange(10**6)}"


def a_file(dice: Random, source: str, odd: bool) -> tuple[Sequence[Row], Sequence[Row], dict[str, str]]:
    """Rows in our own words; the same as another system writes them; and its names of the columns."""
    names: dict[str, str] = {}
    for ours in DEFAULTS[source]:
        name = renamed(dice, ours, COLUMNS[source].get(ours, ()), odd)
        names[ours] = name if dice.random() < 0.8 or ours in required(source) else ours
        if ours in required(source) and name.startswith("Zx"):
            names[ours] = ours
    rows = []
    for k in range(dice.randrange(1, 12)):
        words_of_row = {column: dice.choice(list(coded.meanings)) for column, coded in CODED[source].items()}
        references = {n: f"{v}{k}" for n, v in DEFAULTS[source].items() if n.endswith(("_ref", "_id"))}
        rows.append({**DEFAULTS[source], **words_of_row, **references})
    words: dict[tuple[str, str], str] = {}
    for column, coded in CODED[source].items():
        for word in coded.meanings:
            words[column, word] = renamed(dice, word, WORDS[column].get(word, ()), odd)
    theirs = [{names[n]: words.get((n, v), v) for n, v in row.items()} for row in rows]
    return rows, theirs, names


@pytest.mark.parametrize("source", FORMATS)
@given(st.integers(0, 10**9))
def test_the_file_loads_with_what_was_printed_and_no_fact_is_wrong(source: str, seed: int) -> None:
    dice = Random(seed)
    ours, theirs, names = a_file(dice, source, odd=True)
    if len({re.sub(r"\W|_", "", n.casefold()) for n in names.values()}) < len(names):
        return
    with TemporaryDirectory() as folder:
        found = check(Path(folder), source, *theirs)
        if not found.loads:
            return
        after = pasted(source, found)
        read = staged(source, Path(folder) / f"{source}.csv", after)
        wanted = staged(source, write(Path(folder) / "ours.csv", ours), PARTNERSHIP)
        again = check(Path(folder), source, *theirs, partnership=after)
    assert len(read) == len(wanted)
    for got, want in zip(read, wanted, strict=True):
        assert got is not None
        assert want is not None
        wrong = {n: (got[k], want[k]) for k, n in enumerate(got._fields) if not right(n, got[k], want[k], got.unread)}
        assert wrong == {}
    assert [line for line in again.lines if "usual name" in line] == []
    assert again.section in ("", found.section)


@pytest.mark.parametrize("source", FORMATS)
@given(st.integers(0, 10**9))
def test_of_usual_names_and_words_every_fact_is_read(source: str, seed: int) -> None:
    ours, theirs, _ = a_file(Random(seed), source, odd=False)
    with TemporaryDirectory() as folder:
        after = pasted(source, check(Path(folder), source, *theirs))
        read = staged(source, Path(folder) / f"{source}.csv", after)
        assert read == staged(source, write(Path(folder) / "ours.csv", ours), PARTNERSHIP)


def right(field: str, got: Any, want: Any, unread: str) -> bool:
    """Whether a fact is the right one, or is not known; what follows from others that are not known may differ."""
    follows = {"unread", "grade_read", "grade_known", "grade_untimed", "graded_at", "found_with", "legacy_absent"}
    return got == want or got in (None, "", False) or field in follows or field in unread


def test_the_three_sources_load_into_a_database(bot: Loader) -> None:
    """The usual names and words of a file of each system, loaded with what was printed for it."""
    for source, row in (("police", police(risk="Medium Risk")), ("children", child()), ("interviews", interview())):
        renamed_row = {COLUMNS[source].get(n, (n,))[0].title(): v for n, v in row.items()}
        path = write(bot.folder / f"{source}.csv", [renamed_row])
        bot.partnership = pasted(source, check_file(bot.partnership, source, path, TAKEN_AT), bot.partnership)
        assert bot.load_path(source, path).unread == 0
    assert (bot.row("episode")["grade"], bot.row("episode")["area"]) == ("medium", "north")


# ---- the verb ----


def test_the_verb_stores_nothing_and_opens_no_database(sqlite_installation: Installation, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    path = write(tmp_path / "given.csv", [{("Gender" if n == "sex" else n): v for n, v in police().items()}])
    done = sqlite_installation.run("load", "police", "--check", str(path), "--taken-at", "2017-07-05T07:00")
    assert (done.code, done.err) == (1, "")
    said = done.out
    assert "Nothing was stored." in said
    assert "In place of [sources.police] in the partnership file:" in said
    assert tomllib.loads(said.split("partnership file:\n")[1])["sources"]["police"]["columns"] == {"sex": "Gender"}
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p != path and p.is_file()}.items() <= before.items()


def test_other_columns_are_shown_where_they_are_of_the_trade(tmp_path: Path) -> None:
    row: Mapping[str, str] = {**police(), "Attended": "y", "Zebedee": "n"}
    found = check(tmp_path, "police", row)
    assert "Columns of the file that are not read: 2: 'Attended', and 1 not shown." in found.lines
