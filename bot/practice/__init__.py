"""Practice data: invented exports of police and council that reproduce the published figures of 2016-17."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from bot.practice.calendar import CHILDREN_TAKEN_AT, INTERVIEWS_TAKEN_AT, POLICE_TAKEN_AT, PRACTICE_NOW
from bot.practice.exports import CHECKSUMS, Row, checksum, children_rows, interview_rows, police_rows, written_now
from bot.practice.invented import Listed
from bot.practice.story import tell

__all__ = [
    "CHECKSUMS",
    "CHILDREN_TAKEN_AT",
    "INTERVIEWS_TAKEN_AT",
    "POLICE_TAKEN_AT",
    "PRACTICE_NOW",
    "is_practice_file",
    "write_exports",
]


def is_practice_file(path: Path, *, surely: bool = False) -> bool:
    """Return whether `write_exports` made a file, in this version or an earlier one. OSError if it cannot be read.

    `surely` compares it with what is written now too, before a practice database refuses it (0.4 s, once).
    """
    found = checksum(path)
    return found in CHECKSUMS or (surely and found in written_now(write_exports))


def write_exports(folder: Path) -> dict[str, Path]:
    """Write police.csv, children.csv and interviews.csv; the same bytes on every run."""
    story = tell()
    seen_by_police = {a.child for a in story.absences if a.listed != Listed.COUNCIL_ONLY}
    seen_by_police |= {companion for a in story.absences for companion in a.found_with}
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "police": write(folder / "police.csv", police_rows(story.absences)),
        "children": write(folder / "children.csv", children_rows(story.children, seen_by_police)),
        "interviews": write(folder / "interviews.csv", interview_rows(story.absences)),
    }


def write(path: Path, rows: Iterable[Row]) -> Path:
    """Write beside the final name first: a reader never meets half a file."""
    lines = list(rows)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(lines[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(lines)
    os.replace(draft, path)
    return path
