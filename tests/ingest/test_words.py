"""Words of coded columns: ours, the partnership's own, and the usual synonyms; and the mapping of each system."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.cli.load_exports import summary_lines
from bot.ingest.cells import CodedWords, spelling
from bot.ingest.rejects import CellError
from bot.ingest.row_checker import FORMATS, columns_of, mapping_faults
from bot.ingest.synonyms import COLUMNS, WORDS
from bot.rules.partnership.partnership import ExportMapping, Partnership, Source, Sources
from bot.rules.time.clock import local_day
from bot.settings import Settings, SettingsError
from tests.support.exports import child, interview, police, write
from tests.support.loader import PARTNERSHIP, TAKEN_AT, Loader, read_rejects

DATES = st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - limits have no zone
NONE = ExportMapping("", date.min)


def with_source(name: str, **keys: object) -> Partnership:
    return replace(PARTNERSHIP, sources=replace(Sources(), **{name: Source(name, **keys)}))  # type: ignore[arg-type]


def coded(source: str, **words: dict[str, str]) -> dict[str, CodedWords]:
    """The readers of an export's coded columns, with words of the partnership."""
    found = columns_of(source, PARTNERSHIP, replace(NONE, words=words))
    return {column.name: column.read for column in found if isinstance(column.read, CodedWords)}


ALL_CODED = {name: words for source in FORMATS for name, words in coded(source).items()}

# ---- the shipped list ----


def test_every_coded_column_has_its_usual_words_and_no_other_has() -> None:
    assert set(WORDS) == set(ALL_CODED)
    assert list(WORDS) == sorted(WORDS)


@pytest.mark.parametrize("column", WORDS)
def test_a_synonym_has_one_meaning_and_is_no_word_of_ours_with_another(column: str) -> None:
    ours, seen = {spelling(word): word for word in ALL_CODED[column].meanings}, dict[str, str]()
    for meaning, words in WORDS[column].items():
        assert meaning in ALL_CODED[column].meanings
        for word in words:
            assert ours.get(spelling(word), meaning) == meaning
            assert seen.setdefault(spelling(word), meaning) == meaning


@pytest.mark.parametrize("source", COLUMNS)
def test_a_usual_name_belongs_to_one_column(source: str) -> None:
    assert set(COLUMNS[source]) <= set(FORMATS[source].row._fields)
    assert list(COLUMNS[source]) == sorted(COLUMNS[source])
    seen: dict[str, str] = {}
    for column, names in COLUMNS[source].items():
        for name in (column, *names):
            assert seen.setdefault(re.sub("[^a-z0-9]", "", name), column) == column, name


#: Words of each system as they are written there.
USUAL = [
    ("risk", "Medium Risk", ("medium", False)),
    ("risk", "HIGH RISK", ("high", False)),
    ("risk", "No Apparent Risk (Absent)", ("very_low", False)),
    ("risk", "No apparent risk", ("very_low", False)),
    ("risk", "Absent", ("very_low", True)),
    ("reporter", "Mother", "parent"),
    ("reporter", "Foster Carer", "carer_foster"),
    ("missing_from", "Children\u2019s Home", "care"),
    ("end_reason", "Returned of own accord", "returned_self"),
    ("sex", "Male", "M"),
    ("sex", "2", "F"),
    ("response", "Refused", "declined"),
    ("independent", "TRUE", "yes"),
    ("independent", "1", "yes"),
    ("independent", "No", "no"),
    ("kind", "M", "missing"),
    ("kind", "A", "away"),
    ("placement", "K2", "residential"),
    ("placement", "U1", "kinship"),
    ("placement", "U4 PR1", "own_foster"),
    ("placement", "U6/PR4", "ifa"),
    ("placement", "H5", "semi_independent"),
    ("placement", "Z13", "other"),
    ("case_status", "Child Looked After", "lac"),
    ("interviewer_role", "Allocated Social Worker", "own_sw"),
]

#: Words that could mean two things: which one is said by the partnership alone.
AMBIGUOUS = [
    ("reporter", "Carer"),
    ("reporter", "Guardian"),
    ("placement", "U4"),
    ("placement", "U4 PR2"),
    ("placement", "Foster care"),
    ("placement", "R2"),
    ("interviewer_role", "Social worker"),
    ("response", "Yes"),
    ("response", "Refused by parent"),
    ("risk", "Standard"),
    ("risk", "Not yet assessed"),
    ("kind", "Absent"),
    ("case_status", "Open"),
]


@pytest.mark.parametrize(("column", "word", "meaning"), USUAL)
def test_a_usual_word_is_read(column: str, word: str, meaning: object) -> None:
    assert ALL_CODED[column](word) == meaning


@pytest.mark.parametrize(("column", "word"), AMBIGUOUS)
def test_an_ambiguous_word_is_not_read(column: str, word: str) -> None:
    with pytest.raises(CellError, match="is not one of the words of this column"):
        ALL_CODED[column](word)


@given(st.sampled_from(sorted(ALL_CODED)), st.text(max_size=20))
def test_a_word_is_one_that_is_listed_or_it_is_not_read(column: str, text: str) -> None:
    reader = ALL_CODED[column]
    try:
        meaning = reader(text)
    except CellError:
        assert spelling(text) not in reader.names
    else:
        assert meaning == reader.meanings[reader.names[spelling(text)]]


# ---- the partnership's own ----


def test_an_own_word_is_read_in_any_spelling_and_goes_before_the_usual_one() -> None:
    read = coded("police", risk={"Grade B": "medium", "High Risk": "medium", "To follow": ""})["risk"]
    assert read("grade-b") == read("GRADE  B") == read("high risk") == ("medium", False)
    assert read("To follow") is None
    assert read("Low risk") == ("low", False)
    assert [word for word, _, _ in read.read_as()] == ["Low risk"]


def test_own_words_are_stored_and_usual_ones_are_counted_in_the_answer(bot: Loader) -> None:
    bot.partnership = with_source("police", words={"reporter": {"Carer": "carer_residential"}})
    rows = [
        police(occurrence_ref="OCC-1", risk="Medium Risk", reporter="Carer"),
        police(occurrence_ref="OCC-2", police_ref="NOM-2", risk="medium  risk", reporter="Mother"),
        police(occurrence_ref="OCC-3", police_ref="NOM-3", risk="HIGH", reporter="Mrs Smith"),
    ]
    summary = bot.load("police", *rows)
    stored = [(e["grade"], e["reporter"]) for e in bot.rows("episode")]
    assert stored == [("medium", "carer_residential"), ("medium", "parent"), ("high", None)]
    said = summary_lines(summary)
    assert "Usual words of risk: 'Medium Risk' read as medium, 2 rows." in said
    assert "Usual words of reporter: 'Mother' read as parent, 1 row." in said
    assert not any("Smith" in line or "Carer" in line for line in said)
    assert "'Medium Risk' read as medium" in next(bot.rejects.glob("*-summary.json")).read_text(encoding="utf-8")


def test_an_unknown_word_is_listed_with_what_to_do(bot: Loader) -> None:
    summary = bot.load("interviews", interview(response="Parent declined"))
    (row,) = read_rejects(summary.rejects_file)
    assert (row["column"], row["value"]) == ("response", "Parent declined")
    assert "say under words in the partnership file what it means" in row["what_to_do"]


# ---- checked at start ----

FAULTS = [
    (
        {"words": {"rsk": {"A": "high"}}},
        "sources.police.words: 'rsk' is not a column with words (did you mean 'risk'?)",
    ),
    ({"words": {"found_at": {"A": "high"}}}, "'found_at' is not a column with words"),
    ({"words": {"area": {"A": "north"}}}, "belong to an area: add them to its districts or teams"),
    ({"words": {"risk": {"Grade B": "medum"}}}, "'Grade B' cannot mean 'medum' (did you mean 'medium'?)"),
    ({"words": {"risk": {"Grade B": "low", "grade-b": "high"}}}, "'Grade B' and 'grade-b' differ only in case, spaces"),
    ({"words": {"risk": {"High": "low"}}}, "'High' is our own word and always means 'high'"),
    ({"words": {"risk": {" ": "low"}}}, "a word is needed"),
    ({"day_columns": ("found",)}, "police.day_columns: 'found' is not a column with times (did you mean 'found_at'?)"),
    (
        {
            "mappings": (
                ExportMapping("Niche", date(2017, 1, 1), columns={"found_at": "Day back", "returned_at": "day-back"}),
            )
        },
        "'found_at' and 'returned_at' have the same column",
    ),
    (
        {"mappings": (ExportMapping("Niche", date(2017, 1, 1), words={"risk": {"x": "y"}}),)},
        "sources.police.mappings (Niche).words.risk: 'x' cannot mean 'y'",
    ),
]


@pytest.mark.parametrize(("keys", "fault"), FAULTS)
def test_a_mapping_that_cannot_be_right_is_refused_at_start(keys: dict[str, object], fault: str) -> None:
    (said,) = mapping_faults(with_source("police", **keys))
    assert fault in said


def test_the_bot_does_not_start_with_it(tmp_path: Path) -> None:
    wrong = with_source("police", words={"risk": {"Grade B": "medum"}})
    with pytest.raises(SettingsError, match=r"north\.toml: sources\.police\.words\.risk: 'Grade B'"):
        App(Settings("sqlite:///:memory:", tmp_path / "north.toml", wrong, tmp_path))


def test_the_same_meaning_twice_is_no_fault() -> None:
    assert (
        mapping_faults(with_source("police", words={"risk": {"Grade B": "low", "grade-b": "low", "high": "high"}}))
        == []
    )


# ---- systems that came later ----

NICHE = ExportMapping(
    "Niche 2017", date(2017, 6, 1), {"risk": "Grade"}, {"risk": {"G2": "medium"}}, day_order="month-first"
)
COMPACT = {"columns": {"risk": "Risk Level"}, "words": {"risk": {"Amber": "medium"}}}
NEWEST = ExportMapping("Niche 2020", date(2020, 1, 1))
BOTH = Source("Police", **COMPACT, mappings=(NEWEST, NICHE))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        (datetime(2017, 5, 31, 22, 59, tzinfo=UTC), ""),
        (datetime(2017, 5, 31, 23, 0, tzinfo=UTC), "Niche 2017"),  # 1 June in London
        (datetime(2019, 12, 31, tzinfo=UTC), "Niche 2017"),
        (datetime(2020, 1, 1, tzinfo=UTC), "Niche 2020"),
    ],
)
def test_the_time_an_export_was_taken_chooses_its_mapping(taken: datetime, name: str) -> None:
    assert BOTH.mapping_at(taken).name == name


@given(st.lists(st.dates(date(1900, 1, 1)), unique=True, max_size=5), DATES)
def test_the_last_mapping_that_holds_is_chosen(days: list[date], taken: datetime) -> None:
    chosen = Source("x", mappings=tuple(ExportMapping(f"m{n}", day) for n, day in enumerate(days))).mapping_at(taken)
    day = local_day(taken)
    assert chosen.since <= day
    assert not [other for other in days if chosen.since < other <= day]


def test_files_of_before_and_after_a_change_of_systems_are_both_read(bot: Loader) -> None:
    bot.partnership = replace(PARTNERSHIP, sources=replace(Sources(), police=BOTH))
    old = {("Risk Level" if n == "risk" else n): v for n, v in police(risk="Amber").items()}
    before = bot.load_path("police", write(bot.folder / "a.csv", [old]), taken_at=datetime(2017, 5, 1, tzinfo=UTC))
    new = {
        ("Grade" if n == "risk" else n): v
        for n, v in police(occurrence_ref="OCC-2", police_ref="NOM-2", risk="G2").items()
    }
    new = {n: re.sub(r"(\d\d)/(\d\d)/", r"\2/\1/", v) for n, v in new.items()}
    after = bot.load_path("police", write(bot.folder / "b.csv", [new]), taken_at=TAKEN_AT)
    assert [e["grade"] for e in bot.rows("episode")] == ["medium", "medium"]
    assert bot.rows("episode")[0]["start_at"] == bot.rows("episode")[1]["start_at"]
    assert "Mapping used: Police (the first)." in summary_lines(before)
    assert "Mapping used: Niche 2017 (exports taken from 01/06/2017 on)." in summary_lines(after)


@pytest.mark.parametrize(
    "mappings",
    [
        (NICHE, replace(NICHE, name="x")),
        (NICHE, replace(NICHE, since=date(2018, 1, 1))),
        (replace(NICHE, name=""),),
    ],
)
def test_mappings_have_names_and_days_of_their_own(mappings: tuple[ExportMapping, ...]) -> None:
    with pytest.raises(ValueError, match="of its own"):
        Source("Police", mappings=mappings)


def test_a_time_in_a_column_cannot_depend_on_the_mapping_it_chooses() -> None:
    with pytest.raises(ValueError, match="taken_at_in_name"):
        Source("Police", taken_at_column="Run", mappings=(NICHE,))


def test_children_have_words_too(bot: Loader) -> None:
    summary = bot.load("children", child(placement="K2", case_status="Child in need", sex="Female"))
    assert bot.row("child")["sex"] == "F"
    assert len(summary.read_as) == 3
