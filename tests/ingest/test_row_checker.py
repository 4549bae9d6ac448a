"""Every reason for which a cell is not known, with what is told about it: the row is kept, if it says who and when."""

from pathlib import Path

import pytest

from bot.ingest.csv_file import open_export
from bot.ingest.rejects import Problem
from bot.ingest.row_checker import CheckedRow, Checker, header_names
from tests.support.exports import DEFAULTS, Row, child, interview, police, write
from tests.support.loader import PARTNERSHIP, TAKEN_AT

CODE = "must be a code with a digit in it, not a name"
NOBODY = "is no code of anybody"
WORD = "is not one of the words of this column"
AUTHORITY = "is no authority's code, and no name in own_authorities or other_authorities"
LATE = "is later than the time the export was taken"

ONLY_SEEN = dict.fromkeys(("found_at", "returned_at", "reported_at", "prevention_interview_at", "risk_at"), "")

UNREAD: list[tuple[str, Row, str, str]] = [
    ("police", police(occurrence_ref=""), "occurrence_ref", "is empty"),
    ("police", police(police_ref=" "), "police_ref", "is empty"),
    ("police", police(occurrence_ref="OCC 1"), "occurrence_ref", CODE),
    ("police", police(police_ref="Jane Smith"), "police_ref", CODE),
    ("police", police(police_ref="x" * 33), "police_ref", CODE),
    ("police", police(police_ref="0"), "police_ref", NOBODY),
    ("interviews", interview(child_id="-1"), "child_id", NOBODY),
    ("police", police(occurrence_ref="000-0"), "occurrence_ref", NOBODY),
    ("children", child(placing_authority="0"), "placing_authority", AUTHORITY),
    ("children", child(placing_authority="Borough of Nowhere"), "placing_authority", AUTHORITY),
    ("police", police(police_ref="NOM-1;NOM-2"), "police_ref", CODE),
    ("police", police(birth_date="2003"), "birth_date", "is not a date"),
    ("police", police(birth_date="02/03/2017"), "birth_date", "is after the episode began"),
    ("police", police(birth_date="13/13/2003"), "birth_date", "is not a day of the calendar"),
    ("police", police(sex="other"), "sex", WORD),
    ("police", police(last_seen_at="", reported_at=""), "last_seen_at", "is empty, and so is reported_at"),
    ("police", police(**ONLY_SEEN, last_seen_at="26/03/2017 01:30"), "last_seen_at", "did not exist"),
    ("police", police(**ONLY_SEEN, last_seen_at="30/10/2016 01:30"), "last_seen_at", "came twice that night"),
    ("police", police(last_seen_at="1 March"), "last_seen_at", "is not a date and time"),
    ("police", police(found_at="01/03/2017 21:59"), "found_at", "is before the child was last seen"),
    ("police", police(returned_at="28/02/2017"), "returned_at", "is before the child was last seen"),
    ("police", police(last_seen_at="", returned_at="01/03/2017 22:59"), "returned_at", "is before"),
    ("police", police(returned_at="05/07/2017 08:01"), "returned_at", LATE),
    ("police", police(**ONLY_SEEN, last_seen_at="05/07/2017 07:06", risk=""), "last_seen_at", LATE),
    ("police", police(**ONLY_SEEN, last_seen_at="07/07/2017 08:00", risk=""), "last_seen_at", LATE),
    ("police", police(reported_at="01/03/2017 21:59"), "last_seen_at", "is after the report"),
    ("police", police(reported_at="28/02/2017"), "last_seen_at", "is after the report"),
    ("police", police(prevention_interview_at="01/03/2017 21:59"), "prevention_interview_at", "is before"),
    ("police", police(risk_at="28/02/2017 21:59"), "risk_at", "more than 24 hours before"),
    ("police", police(risk_at="27/02/2017"), "risk_at", "more than 24 hours before"),
    ("police", police(reported_at="07/07/2017"), "reported_at", LATE),
    ("police", police(found_at="07/07/2018 08:00"), "found_at", LATE),
    ("police", police(risk_at="07/07/2017 08:00"), "risk_at", LATE),
    ("police", police(prevention_interview_at="07/07/2017 08:00"), "prevention_interview_at", LATE),
    ("police", police(risk="severe"), "risk", WORD),
    ("police", police(risk_at="soon"), "risk_at", "is not a date and time"),
    ("police", police(missing_from="12 High Street"), "missing_from", WORD),
    ("police", police(reporter="Mrs Smith"), "reporter", WORD),
    ("police", police(found_with="NOM-2;Jane Smith"), "found_with", CODE),
    ("police", police(end_reason="came back"), "end_reason", WORD),
    ("children", child(child_id=""), "child_id", "is empty"),
    ("children", child(child_id="Jane Smith"), "child_id", CODE),
    ("children", child(police_ref="?"), "police_ref", CODE),
    ("children", child(birth_date="2017-07-07"), "birth_date", "is later than the day the export was taken"),
    ("children", child(birth_date="x"), "birth_date", "is not a date"),
    ("children", child(sex="3"), "sex", WORD),
    ("children", child(case_status="open"), "case_status", WORD),
    ("children", child(placement="12 High Street"), "placement", WORD),
    ("children", child(provider="Sunny House"), "provider", CODE),
    ("children", child(lead_worker="Ann Other"), "lead_worker", CODE),
    ("children", child(iro="Ann Other"), "iro", CODE),
    ("children", child(lead_worker="Jane.Smith"), "lead_worker", CODE),
    ("children", child(child_id="Zebediah"), "child_id", CODE),
    ("children", child(provider="Sunnyside"), "provider", CODE),
    ("police", police(police_ref="Zebediah"), "police_ref", CODE),
    ("police", police(found_with="NOM-2;Zebediah"), "found_with", CODE),
    ("interviews", interview(worker="Smith-Jones"), "worker", CODE),
    (
        "children",
        child(looked_after_from="", looked_after_to="2017-01-01"),
        "looked_after_to",
        "has no looked_after_from",
    ),
    ("children", child(looked_after_to="2015-12-31"), "looked_after_to", "is before looked_after_from"),
    ("children", child(uasc_from="2017-01-02", uasc_to="2017-01-01"), "uasc_to", "is before uasc_from"),
    ("children", child(cp_to="2017-01-01"), "cp_to", "has no cp_from"),
    ("children", child(cp_from="2017-07-07"), "cp_from", "is later than the day the export was taken"),
    ("children", child(looked_after_from="2017-08-01"), "looked_after_from", "is later than the day"),
    ("children", child(uasc_from="2018-01-01"), "uasc_from", "is later than the day"),
    ("interviews", interview(episode_id=""), "episode_id", "is empty"),
    ("interviews", interview(child_id=""), "child_id", "is empty"),
    ("interviews", interview(kind=""), "kind", "is empty"),
    ("interviews", interview(started_at=""), "started_at", "is empty"),
    ("interviews", interview(episode_id="EP 1"), "episode_id", CODE),
    ("interviews", interview(child_id="Jane Smith"), "child_id", CODE),
    ("interviews", interview(occurrence_ref="see notes"), "occurrence_ref", CODE),
    ("interviews", interview(kind="absent"), "kind", WORD),
    ("interviews", interview(ended_at="2017-03-01 21:00"), "ended_at", "is before the episode began"),
    ("interviews", interview(returned_at="2017-03-01 21:00"), "returned_at", "is before the episode began"),
    ("interviews", interview(held_at="2017-03-01 21:00"), "held_at", "is before the episode began"),
    ("interviews", interview(offered_at="2017-03-01 21:59"), "offered_at", "is before the episode began"),
    ("interviews", interview(offered_at="2017-02-28"), "offered_at", "is before the episode began"),
    ("interviews", interview(held_at="", recorded_at="2017-03-01 21:59"), "recorded_at", "before the episode began"),
    (
        "interviews",
        interview(offered_at="", held_at="", recorded_at=""),
        "response",
        "'accepted' but there is no offer",
    ),
    ("interviews", interview(offered_at="", held_at="", response="declined"), "response", "'declined' but there is no"),
    ("interviews", interview(response="see notes"), "response", WORD),
    ("interviews", interview(recorded_at="2017-03-03 09:59"), "recorded_at", "is before the interview was held"),
    ("interviews", interview(recorded_at="2017-03-02"), "recorded_at", "is before the interview was held"),
    ("interviews", interview(recorded_at="2017-07-07 10:00"), "recorded_at", LATE),
    ("interviews", interview(offered_at="2017-07-07 10:00"), "offered_at", LATE),
    ("interviews", interview(interviewer_role="Ann Other"), "interviewer_role", WORD),
    ("interviews", interview(independent="maybe"), "independent", WORD),
    ("interviews", interview(worker="Ann Other"), "worker", CODE),
    ("interviews", interview(outcome_reason="she did not want to"), "outcome_reason", WORD),
]


def check(folder: Path, source: str, row: Row) -> CheckedRow:
    with open_export(write(folder / f"{source}.csv", [row]), header_names(source, PARTNERSHIP, TAKEN_AT)) as export:
        checker = Checker(export, source, PARTNERSHIP, TAKEN_AT)
        (line,) = export.rows()
        return checker.check(line)


@pytest.mark.parametrize(("source", "row", "column", "reason"), UNREAD)
def test_a_cell_that_cannot_be_read_is_told_with_column_value_reason_and_advice(
    tmp_path: Path, source: str, row: Row, column: str, reason: str
) -> None:
    found = check(tmp_path, source, row)
    problem = found.problems[0]
    assert [p.column for p in found.problems if p.column] == [column]
    assert reason in problem.reason
    assert problem.value == row[column].strip()
    assert problem.advice
    assert (found.row is None) == (column == "child_id" and source == "children")


def test_everything_that_is_wrong_with_a_row_is_told(tmp_path: Path) -> None:
    problems = check(tmp_path, "police", police(sex="X", risk="Y", police_ref="")).problems
    assert {p.column for p in problems} == {"police_ref", "sex", "risk"}


NAMELESS = [
    ("police", police(occurrence_ref="", police_ref="")),
    ("police", police(occurrence_ref="Jane Smith", police_ref="unknown")),
    ("children", child(child_id="n/a")),
    ("interviews", interview(episode_id="", child_id="", occurrence_ref="")),
    ("interviews", interview(episode_id="", occurrence_ref="", started_at="", returned_at="", ended_at="")),
]


@pytest.mark.parametrize(("source", "row"), NAMELESS)
def test_a_row_that_names_nothing_is_left_out_and_told(tmp_path: Path, source: str, row: Row) -> None:
    found = check(tmp_path, source, row)
    assert found.row is None
    assert "names neither a child nor a record" in found.problems[-1].reason


ACCEPTED: list[tuple[str, Row]] = [
    ("police", police(found_at="", returned_at="", end_reason="")),
    ("police", police(last_seen_at="", risk="", risk_at="01/01/2030 00:00")),  # no grade, so its time is not read
    ("police", police(birth_date="02/03/1999")),  # 18 on the next day
    ("police", police(birth_date="01/03/2017")),
    ("police", police(returned_at="01/03/2017", found_at="")),  # the day alone, on the day of the start
    ("police", police(last_seen_at="01/03/2017 22:00:45", reported_at="01/03/2017 22:00")),  # the same minute
    ("police", police(last_seen_at="01/03/2017 22:00", reported_at="01/03/2017")),
    ("police", police(risk_at="28/02/2017 22:00")),  # noted before, within a day
    ("police", police(returned_at="05/07/2017 08:00")),  # within an hour of when the export was taken
    ("police", police(birth_date="01/03/1999")),  # an adult then: the age is in doubt, and the child stays
    ("police", police(birth_date="NULL", found_with="N/A", reporter="-", risk="Unknown", end_reason="#N/A")),
    ("police", police(birth_date="01/01/1900", found_at="00/00/0000", returned_at="31/12/9999 00:00:00")),
    ("police", police(prevention_interview_at="TBC", area="not known", missing_from="none", sex="not known")),
    ("police", police(sex="male", risk="Very Low", reporter="Carer-Foster", end_reason="RETURNED SELF")),
    ("police", police(risk="no apparent risk")),
    ("police", police(**{name: f" {value} " for name, value in police().items()})),
    ("children", child(cp_from="2017-01-01", cp_to="2027-01-01")),
    ("children", child(placing_authority="NULL", police_ref="00/00/0000", provider="01/01/1900", iro="9999-12-31")),
    ("children", child(looked_after_to="2016-01-01")),
    ("children", {name: "" for name in child()} | {"child_id": "C-1"}),
    ("interviews", interview(kind="M", independent="Y", response="no response")),
    ("interviews", interview(offered_at="")),  # held, so somebody must have offered it
    ("interviews", interview(recorded_at="2017-03-03")),  # the day alone, on the day it was held
    ("interviews", interview(offered_at="2017-03-01", held_at="2017-03-01")),  # the day alone, of the start
    ("interviews", interview(offered_at="2017-03-02 01:00", held_at="2017-03-02 02:00")),  # before returning home
    (
        "interviews",
        interview(offered_at="", held_at="", recorded_at="", response="no_response", outcome_reason="capacity"),
    ),
    ("interviews", interview(ended_at="", returned_at="", occurrence_ref="", worker="")),
]


PERSON = PARTNERSHIP.people[0]


@pytest.mark.parametrize(
    ("source", "row"),
    [
        ("children", child(lead_worker=PERSON.id, iro=PERSON.id)),
        ("interviews", interview(worker=PERSON.id)),
    ],
)
def test_a_worker_may_be_written_as_the_partnership_file_calls_them(tmp_path: Path, source: str, row: Row) -> None:
    assert not any(letter.isdigit() for letter in PERSON.id)
    assert check(tmp_path, source, row).problems == []


@pytest.mark.parametrize(("source", "row"), ACCEPTED)
def test_what_real_exports_hold_is_accepted(tmp_path: Path, source: str, row: Row) -> None:
    found = check(tmp_path, source, row)
    assert found.row is not None
    assert found.problems == []


def test_a_row_of_another_width_is_rejected_without_showing_its_cells(tmp_path: Path) -> None:
    """One too long by a name, one that lacks its references, and a last one that may be cut off."""
    path = tmp_path / "police.csv"
    header, cells = ",".join(DEFAULTS["police"]), ",".join(DEFAULTS["police"].values())
    path.write_text(f"{header}\n{cells},Jane Canary\n(3 rows affected)\n{cells[: cells.rindex(',')]}")
    with open_export(path, header_names("police", PARTNERSHIP, TAKEN_AT)) as export:
        checker = Checker(export, "police", PARTNERSHIP, TAKEN_AT)
        found = [checker.check(line) for line in export.rows()]
    advice = "look for a separator or a quotation mark that is missing or too many"
    said = [[Problem("", f"the row has {n} cells, the header has 16", advice)] for n in (17, 1, 15)]
    assert [(checked.row, checked.problems, checked.maybe_open) for checked in found] == [(None, p, True) for p in said]
