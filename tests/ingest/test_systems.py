"""Twenty files as other systems write them, each loaded with what `load --check` printed for it: no fact is wrong.

Names, words and shapes are invented after COMPACT, Niche, LCS, Mosaic, Eclipse, a coordinator's workbook, and Excel in
three countries. Words that could mean two things are among them: they are not known, and no other meaning is given.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.ingest.check_file import check_file
from tests.ingest.test_check_file import pasted, staged
from tests.support.exports import DEFAULTS, write
from tests.support.loader import PARTNERSHIP, TAKEN_AT, Loader
from tests.support.workbooks import write_workbook


@dataclass(frozen=True)
class System:
    """One file: its names of our columns (those it has not are left out), its words, and how it is written."""

    source: str
    names: str  # a line a column: ours = theirs
    words: Mapping[tuple[str, str], str] = field(default_factory=dict)
    ambiguous: Mapping[str, str] = field(default_factory=dict)  # a word of the file that no one can know, by our column
    separator: str = ","
    encoding: str = "utf-8-sig"
    titles: tuple[str, ...] = ()
    days: str = "%d/%m/%Y"
    times: str = " %H:%M"
    others: tuple[str, ...] = ()
    workbook: bool = False

    @property
    def columns(self) -> dict[str, str]:
        pairs = (line.split(" = ") for line in self.names.strip().splitlines())
        return {ours.strip(): theirs.strip() for ours, theirs in pairs}


COMPACT = """
    occurrence_ref = Misper Ref
    police_ref = Nominal No
    birth_date = D.O.B.
    sex = Gender
    last_seen_at = Last Seen Date/Time
    reported_at = Reported Date/Time
    found_at = Date/Time Located
    returned_at = Date Returned
    risk = Current Risk Level
    risk_at = Risk Date
    missing_from = Missing From Type
    area = LPA
    reporter = Informant
    prevention_interview_at = Safe & Well Date
    end_reason = Finalised As
"""
COMPACT_WORDS = {
    ("risk", "medium"): "Medium Risk",
    ("risk", "high"): "High Risk",
    ("sex", "F"): "Female",
    ("sex", "M"): "Male",
    ("missing_from", "home"): "Home Address",
    ("missing_from", "care"): "Children's Home",
    ("reporter", "parent"): "Mother",
    ("reporter", "social_worker"): "Allocated Social Worker",
    ("end_reason", "found_by_police"): "Located by Police",
    ("end_reason", "returned_self"): "Returned of own accord",
}
NICHE = """
    occurrence_ref = Niche Occurrence Number
    police_ref = Niche Nominal
    birth_date = DOB
    sex = Sex
    last_seen_at = Missing Since
    reported_at = Date Reported
    found_at = Date Found
    returned_at = Returned Home Date
    risk = Risk Grading
    risk_at = Risk Graded Date
    missing_from = Location Type
    area = Local Policing Area
    reporter = Reporting Person Type
    found_with = In Company With
    end_reason = Closure Reason
"""
NICHE_WORDS = COMPACT_WORDS | {
    ("risk", "medium"): "M",
    ("risk", "high"): "H",
    ("missing_from", "care"): "Foster Home",
    ("reporter", "parent"): "FATHER",
    ("end_reason", "found_by_police"): "Traced by Police",
}
LCS_CHILDREN = """
    child_id = LCS ID
    police_ref = Police Nominal Ref
    birth_date = Date of Birth
    sex = Gender
    team = Allocated Team
    case_status = Case Status
    looked_after_from = CLA Start Date
    looked_after_to = CLA End Date
    placement = Placement Type
    provider = Provider Ref
    lead_worker = Allocated Worker
    iro = Independent Reviewing Officer
    cp_from = CP Plan Start Date
    cp_to = CP Plan End Date
"""
LCS_CHILDREN_WORDS = {
    ("sex", "F"): "Female",
    ("case_status", "lac"): "Child Looked After",
    ("case_status", "cin"): "Child in Need Plan",
    ("placement", "residential"): "K2",
    ("placement", "own_foster"): "U4 PR1",
}
SSDA903 = """
    child_id = CHILD
    police_ref = Police ID
    birth_date = DOB
    sex = SEX
    team = Team Name
    case_status = Status
    looked_after_from = Date became looked after
    looked_after_to = Date ceased to be looked after
    uasc_to = DUC
    placement = PLACE
    placing_authority = Responsible LA
    lead_worker = SW_ID
"""
SSDA903_WORDS = {
    ("sex", "F"): "2",
    ("sex", "M"): "1",
    ("case_status", "lac"): "CLA",
    ("placement", "residential"): "K2 - Children's home",
    ("placement", "kinship"): "U1",
}
LCS_INTERVIEWS = """
    episode_id = Missing Episode ID
    occurrence_ref = Police Occurrence Number
    child_id = LCS Number
    kind = Episode Type
    started_at = Missing Start Date
    ended_at = Missing End Date
    team = Responsible Team
    returned_at = Return Date
    offered_at = RHI Offered Date
    response = Child's Response
    held_at = RHI Date
    recorded_at = Date Recorded on LCS
    interviewer_role = Interviewer Type
    independent = Independent Person?
    worker = Worker ID
    outcome_reason = Reason not held
"""
LCS_INTERVIEW_WORDS = {
    ("kind", "missing"): "Missing from care",
    ("kind", "away"): "Away from placement without authorisation",
    ("response", "declined"): "Refused",
    ("response", "no_response"): "No reply",
    ("independent", "yes"): "TRUE",
    ("independent", "no"): "FALSE",
    ("interviewer_role", "own_sw"): "Child's own social worker",
}
ECLIPSE_INTERVIEWS = """
    episode_id = Episode Number
    child_id = Eclipse Person ID
    kind = MISSING
    started_at = MIS_START
    ended_at = MIS_END
    returned_at = Returned
    offered_at = Date Interview Offered
    response = RHI Response
    held_at = Interview Date
    recorded_at = Date recorded on Eclipse
    independent = Is Independent
    worker = RHI Worker ID
"""
ECLIPSE_WORDS = LCS_INTERVIEW_WORDS | {
    ("kind", "missing"): "M",
    ("kind", "away"): "A",
    ("independent", "yes"): "1",
    ("independent", "no"): "0",
}
NOTES = ("Surname", "Attending officer", "Notes")

SYSTEMS = {
    "COMPACT": System("police", COMPACT, COMPACT_WORDS, {"reporter": "Carer"}, others=NOTES),
    "COMPACT, older, with titles": System(
        "police", COMPACT, COMPACT_WORDS | {("risk", "medium"): "Medum Risk"}, titles=("COMPACT: missing persons", "")
    ),
    "COMPACT through Excel, UK": System("police", COMPACT, COMPACT_WORDS, encoding="cp1252", times=" %I:%M:%S %p"),
    "COMPACT through Excel, Germany": System(
        "police", COMPACT, COMPACT_WORDS, separator=";", encoding="cp1252", days="%d.%m.%Y"
    ),
    "COMPACT through Excel, US": System("police", COMPACT, COMPACT_WORDS, days="%m/%d/%Y", times=" %I:%M %p"),
    "COMPACT as a workbook": System("police", COMPACT, COMPACT_WORDS, {"risk": "Standard"}, workbook=True),
    "Niche": System("police", NICHE, NICHE_WORDS, {"missing_from": "College"}, days="%d-%b-%Y"),
    "Niche, Unicode text": System("police", NICHE, NICHE_WORDS, separator="\t", encoding="utf-16", others=NOTES),
    "LCS": System("children", LCS_CHILDREN, LCS_CHILDREN_WORDS, {"placement": "U4"}),
    "LCS through Excel, Germany": System(
        "children", LCS_CHILDREN, LCS_CHILDREN_WORDS, separator=";", encoding="cp1252", days="%d.%m.%Y"
    ),
    "Mosaic": System(
        "children",
        LCS_CHILDREN.replace("LCS ID", "Mosaic Person ID"),
        LCS_CHILDREN_WORDS,
        {"case_status": "Open"},
        days="%Y-%m-%d",
        others=("Forename", "Ethnicity"),
    ),
    "Mosaic as a workbook": System(
        "children", LCS_CHILDREN.replace("LCS ID", "Mosaic ID"), LCS_CHILDREN_WORDS, workbook=True
    ),
    "SSDA903": System("children", SSDA903, SSDA903_WORDS),
    "SSDA903 with times of midnight": System("children", SSDA903, SSDA903_WORDS, days="%d/%m/%Y 00:00"),
    "LCS interviews": System("interviews", LCS_INTERVIEWS, LCS_INTERVIEW_WORDS, {"interviewer_role": "Social worker"}),
    "LCS interviews through Excel, US": System(
        "interviews", LCS_INTERVIEWS, LCS_INTERVIEW_WORDS, days="%m/%d/%Y", times=" %I:%M:%S %p"
    ),
    "Eclipse": System("interviews", ECLIPSE_INTERVIEWS, ECLIPSE_WORDS, separator="|", others=NOTES),
    "Eclipse, Unicode text": System(
        "interviews", ECLIPSE_INTERVIEWS, ECLIPSE_WORDS, separator="\t", encoding="utf-16", days="%d %B %Y"
    ),
    "a coordinator's workbook": System(
        "interviews",
        ECLIPSE_INTERVIEWS,
        ECLIPSE_WORDS | {("response", "declined"): "Declned"},
        {"response": "Refused by parent"},
        titles=("Return interviews", ""),
        workbook=True,
    ),
    "a coordinator's list saved as CSV": System(
        "interviews",
        LCS_INTERVIEWS,
        LCS_INTERVIEW_WORDS,
        {"outcome_reason": "Pending"},
        separator=";",
        titles=("Return interviews", "", "Run on 5 July"),
        times=" %H:%M hrs",
    ),
}

ROWS: dict[str, tuple[dict[str, str], ...]] = {
    "police": (
        {},
        {
            "occurrence_ref": "OCC-2",
            "police_ref": "NOM-2",
            "risk": "high",
            "found_at": "",
            "returned_at": "",
            "sex": "M",
        },
        {"occurrence_ref": "OCC-3", "missing_from": "care", "reporter": "social_worker", "end_reason": "returned_self"},
        {"occurrence_ref": "OCC-4", "last_seen_at": "17/03/2017 22:15", "reported_at": "18/03/2017 00:30"}
        | {n: "" for n in ("found_at", "returned_at", "risk_at", "prevention_interview_at", "end_reason")},
    ),
    "children": (
        {"cp_from": "2017-01-17"},
        {"child_id": "C-2", "police_ref": "NOM-2", "sex": "M", "case_status": "cin", "placement": "kinship"},
        {"child_id": "C-3", "police_ref": "", "placement": "own_foster", "looked_after_to": "2017-06-28"},
    ),
    "interviews": (
        {},
        {"episode_id": "EP-2", "response": "declined", "held_at": "", "recorded_at": "", "independent": "no"},
        {"episode_id": "EP-3", "kind": "away", "started_at": "2017-03-17 09:05"}
        | {n: "" for n in ("ended_at", "returned_at", "offered_at", "response", "held_at", "recorded_at")},
        {"episode_id": "EP-4", "interviewer_role": "own_sw", "independent": "yes"},
    ),
}
FORMS = ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y", "%Y-%m-%d")


def in_form(system: System, text: str) -> Any:
    """A cell as the system writes it: its form of days and times, or a day of a workbook."""
    for form in FORMS:
        try:
            at = datetime.strptime(text, form)  # noqa: DTZ007 - a wall time
        except ValueError:
            continue
        if system.workbook:
            return at if "%H" in form else at.date()
        return at.strftime(system.days + (system.times if "%H" in form else ""))
    return text


def written(system: System, folder: Path) -> tuple[Path, list[Mapping[str, str]]]:
    """The system's file, and the rows as the file's facts would stand in our own words."""
    ours: list[Mapping[str, str]] = [{**DEFAULTS[system.source], **row} for row in ROWS[system.source]]
    ours += [
        {**ours[0], **{n: v + "9" for n, v in ours[0].items() if n in {"occurrence_ref", "episode_id", "child_id"}}}
    ]
    ours[-1] = {**ours[-1], **dict.fromkeys(system.ambiguous, "?")}
    columns = system.columns
    table: list[list[Any]] = [[title] for title in system.titles]
    table.append([*columns.values(), *system.others])
    for n, row in enumerate(ours):
        words = {c: system.words.get((c, row[c]), row[c]) for c in columns}
        words |= system.ambiguous if n == len(ours) - 1 else {}
        table.append([*(in_form(system, words[c]) for c in columns), *("Zebedee" for _ in system.others)])
    path = folder / f"given.{'xlsx' if system.workbook else 'csv'}"
    if system.workbook:
        write_workbook(path, Export=table)
    else:
        out = io.StringIO()
        csv.writer(out, delimiter=system.separator).writerows(table)
        path.write_bytes(out.getvalue().encode(system.encoding))
    return path, [{c: row[c] if c in columns else "" for c in row} for row in ours]


def test_there_are_twenty() -> None:
    assert len(SYSTEMS) == 20


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_file_of_a_system_loads_with_what_was_printed_for_it(sqlite_bot: Loader, name: str) -> None:
    system = SYSTEMS[name]
    path, facts = written(system, sqlite_bot.folder)
    found = check_file(PARTNERSHIP, system.source, path, TAKEN_AT)
    sqlite_bot.partnership = pasted(system.source, found)
    summary = sqlite_bot.load_path(system.source, path)
    assert (summary.read, summary.rejected) == (len(facts), 0)
    in_part = len(system.ambiguous)
    assert f"{len(facts)} rows: {len(facts) - in_part} kept whole, {in_part} kept in part, 0 rejected." in found.lines
    ours = write(sqlite_bot.folder / "ours.csv", facts)
    assert staged(system.source, path, sqlite_bot.partnership) == staged(system.source, ours, PARTNERSHIP)
    assert all(f'# "{word}" = ""' in found.section for word in system.ambiguous.values())
    assert "Zebedee" not in "\n".join([*found.lines, found.section])
