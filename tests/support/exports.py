"""Exports for tests: rows with sensible cells; a test names only those it is about."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = Mapping[str, str]

POLICE = {
    "occurrence_ref": "OCC-1",
    "police_ref": "NOM-1",
    "birth_date": "01/02/2003",
    "sex": "F",
    "last_seen_at": "01/03/2017 22:00",
    "reported_at": "01/03/2017 23:00",
    "found_at": "02/03/2017 02:00",
    "returned_at": "02/03/2017 03:00",
    "risk": "medium",
    "risk_at": "01/03/2017 23:30",
    "missing_from": "home",
    "area": "Cherwell",
    "reporter": "parent",
    "found_with": "",
    "prevention_interview_at": "02/03/2017 02:30",
    "end_reason": "found_by_police",
}

CHILD = {
    "child_id": "C-1",
    "police_ref": "NOM-1",
    "birth_date": "2003-02-01",
    "sex": "F",
    "team": "Northern",
    "case_status": "lac",
    "looked_after_from": "2016-01-01",
    "looked_after_to": "",
    "uasc_from": "",
    "uasc_to": "",
    "placement": "residential",
    "provider": "R-01",
    "placement_from": "",
    "placement_to": "",
    "placing_authority": "",
    "lead_worker": "W-N01",
    "iro": "IRO-03",
    "cp_from": "",
    "cp_to": "",
}

INTERVIEW = {
    "episode_id": "EP-1",
    "occurrence_ref": "OCC-1",
    "child_id": "C-1",
    "kind": "missing",
    "started_at": "2017-03-01 22:00",
    "ended_at": "2017-03-02 03:00",
    "team": "Northern",
    "returned_at": "2017-03-02 03:00",
    "offered_at": "2017-03-02 10:00",
    "response": "accepted",
    "held_at": "2017-03-03 10:00",
    "recorded_at": "2017-03-04 09:00",
    "interviewer_role": "youth_worker",
    "independent": "yes",
    "worker": "W-N01",
    "outcome_reason": "",
}

DEFAULTS = {"police": POLICE, "children": CHILD, "interviews": INTERVIEW}


def police(**cells: str) -> Row:
    return POLICE | cells


def child(**cells: str) -> Row:
    return CHILD | cells


def interview(**cells: str) -> Row:
    return INTERVIEW | cells


def write(path: Path, rows: Sequence[Row], header: Sequence[str] | None = None) -> Path:
    """Write a CSV file of rows with the same columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(header or rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return path
