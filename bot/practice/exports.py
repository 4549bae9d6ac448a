"""The three exports: the story as rows, each with the facts known when the export was taken; and their checksums."""

import csv
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from bot.practice.calendar import CHILDREN_TAKEN_AT, INTERVIEWS_TAKEN_AT, POLICE_TAKEN_AT, local_day, wall
from bot.practice.invented import Child, InventedAbsence, Listed, Spell, dice
from bot.practice.story import tell

_MARK = b"\xef\xbb\xbf"

#: SHA-256 of every practice export that any version of the program wrote; a test compares the newest with what is
#: written now. Add to it when the practice data change: databases that hold the older ones must still be known.
CHECKSUMS = frozenset(
    {
        "cd2223ff0137b1eda51f45236271070ae17b69a9aa18e797d87050a50263f33b",
        "cfbdfa6e0fc71a96678fe84a2cd6e07821b97d04d19fbdc3498fa3a14f6ac6cf",
        "30e715b12fce9bd8e5d551cef25a343469d169443f89db921272bc7b6b17dc0c",
        "007b0536abe42302d2e6405b2c5a741f314fd4341aa11e991d7be072b209c0cd",
        "d55bc2750a521c49d3d5a22ca4aadb1ed1363f7c3287bcc823677dab21b03db5",
        "e98428b7e231cdd1444a6cfbfa7a5c37a2e0b66912c07adc0261d33ff9cdb791",
        "61a2c09945f337aa43bbc66f1ad3786c8c5dfa0928b21f48af8bdc4bb98036fd",
        "80a7e7001e58adf856066f6fc0267bebdf51931fd59e4b6ee792405e8ae64e9c",
        "b4db49e63483f4edc528121f791cfedab6527a2b72d023e1a1a9632b7e99f270",
    }
)

Row = dict[str, str]
ISO = "%Y-%m-%d %H:%M"
BRITISH = "%d/%m/%Y %H:%M"
NOTED_LATER = 0.1  # the council hears of some returns a little later; the police time is the better one


def write_exports(folder: Path) -> dict[str, Path]:
    """Write police.csv, children.csv and interviews.csv; the same bytes on every run."""
    children, absences = tell()
    seen_by_police = {a.child for a in absences if a.listed != Listed.COUNCIL_ONLY}
    seen_by_police |= {companion for a in absences for companion in a.found_with}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "police": write(folder / "police.csv", police_rows(absences)),
        "children": write(folder / "children.csv", children_rows(children, seen_by_police)),
        "interviews": write(folder / "interviews.csv", interview_rows(absences)),
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


def police_rows(absences: list[InventedAbsence]) -> Iterator[Row]:
    """Yield a row for each grade of each absence that the police knew of."""
    known = [a for a in absences if a.listed != Listed.COUNCIL_ONLY and a.reported <= POLICE_TAKEN_AT]
    for absence in sorted(known, key=lambda a: a.occurrence_ref):
        for grade, graded in absence.grades:
            yield {
                "occurrence_ref": absence.occurrence_ref,
                "police_ref": absence.child.police_ref,
                "birth_date": f"{absence.child.birth:%d/%m/%Y}",
                "sex": absence.child.sex,
                "last_seen_at": police_time(absence.start) if absence.last_seen_known else "",
                "reported_at": police_time(absence.reported),
                "found_at": police_time(absence.found),
                "returned_at": police_time(absence.returned if absence.return_told_to_police else None),
                "risk": grade,
                "risk_at": police_time(graded),
                "missing_from": absence.missing_from,
                "area": absence.district,
                "reporter": absence.reporter,
                "found_with": ";".join(sorted(c.police_ref for c in absence.found_with)),
                "prevention_interview_at": police_time(absence.prevention),
                "end_reason": absence.end_reason,
            }


def police_time(moment: datetime | None) -> str:
    return noted(moment, POLICE_TAKEN_AT, BRITISH)


def noted(moment: datetime | None, taken_at: datetime, style: str) -> str:
    """Return a time as an export has it: empty for one after the export was taken."""
    return f"{wall(moment):{style}}" if moment and moment <= taken_at else ""


def children_rows(children: list[Child], seen_by_police: set[Child]) -> Iterator[Row]:
    """Yield a row for each placement of each child known to the council, and one for each child without.

    Only children seen by the police have a police reference.
    """
    known = sorted((c for c in children if c.known_to_council), key=lambda c: c.child_id)
    for child, (days, placement, provider) in ((c, placed) for c in known for placed in c.placements()):
        yield {
            "child_id": child.child_id,
            "police_ref": child.police_ref if child in seen_by_police else "",
            "birth_date": f"{child.birth}",
            "sex": child.sex,
            "team": child.team,
            "case_status": child.case_status,
            **period("looked_after", child.care),
            **period("uasc", child.care if child.uasc else None),
            "placement": placement,
            "provider": provider,
            **period("placement", days if placement else None),
            "placing_authority": child.hosted_by,
            "lead_worker": child.lead_worker,
            "iro": child.iro,
            **period("cp", child.protection),
        }


def period(name: str, spell: Spell | None) -> Row:
    """Return the two cells of a period; empty for a day after the export was taken."""
    taken = local_day(CHILDREN_TAKEN_AT)
    days = {"from": spell.since, "to": spell.until} if spell else {"from": None, "to": None}
    return {f"{name}_{end}": f"{day}" if day and day <= taken else "" for end, day in days.items()}


def interview_rows(absences: list[InventedAbsence]) -> Iterator[Row]:
    """Yield a row for each absence that the council knew of."""
    known = [a for a in absences if a.listed != Listed.POLICE_ONLY and a.reported <= INTERVIEWS_TAKEN_AT]
    for absence in sorted(known, key=lambda a: a.episode_id):
        interview, returned = absence.interview, absence.returned
        rng = dice(f"heard of {absence.episode_id}")
        exact = absence.listed == Listed.COUNCIL_ONLY or not absence.return_told_to_police
        if returned is not None and not exact and rng.random() <= NOTED_LATER:
            returned += timedelta(minutes=rng.randint(1, 15))
        yield {
            "episode_id": absence.episode_id,
            "occurrence_ref": absence.occurrence_ref,
            "child_id": absence.child.child_id,
            "kind": absence.kind,
            "started_at": council_time(absence.start),
            "ended_at": council_time(absence.end),
            "team": absence.team,
            "returned_at": council_time(returned),
            "offered_at": council_time(interview.offered),
            "response": interview.response,
            "held_at": council_time(interview.held),
            "recorded_at": council_time(interview.recorded),
            "interviewer_role": interview.role,
            "independent": interview.independent,
            "worker": interview.worker,
            "outcome_reason": interview.reason,
        }


def council_time(moment: datetime | None) -> str:
    return noted(moment, INTERVIEWS_TAKEN_AT, ISO)


def is_practice_file(path: Path, *, surely: bool = False) -> bool:
    """Return whether `write_exports` made a file, in this version or an earlier one. OSError if it cannot be read.

    `surely` compares it with what is written now too, before a practice database refuses it (0.4 s, once).
    """
    found = checksum(path)
    return found in CHECKSUMS or (surely and found in written_now())


def checksum(file: Path) -> str:
    """Return the SHA-256 of the content with plain line ends. OSError where the file cannot be read."""
    found = hashlib.sha256()
    with file.open("rb") as stream:
        for n, line in enumerate(stream):
            found.update((line if n else line.removeprefix(_MARK)).rstrip(b"\r\n") + b"\n")
    return found.hexdigest()


@lru_cache(maxsize=1)
def written_now() -> frozenset[str]:
    """Return the checksums of the exports as written now: another version of Python may roll its dice otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        return frozenset(map(checksum, write_exports(Path(folder)).values()))
