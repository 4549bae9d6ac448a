"""A second, independent reading of the three exports, which shares no code with their writer."""

import csv
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
AREAS = {
    "Northern": "north",
    "Southern": "south",
    "Central": "central",
    "Disability": "disability",
    "Cherwell": "north",
    "West Oxfordshire": "north",
    "South Oxfordshire": "south",
    "Vale of White Horse": "south",
    "Oxford City": "central",
}
Row = dict[str, str]


@dataclass(frozen=True)
class Episode:
    child: str
    area: str
    kind: str
    start: datetime
    end: datetime | None
    back: datetime | None  # when the 72 hours begin
    lac: bool
    uasc: bool
    cp: bool
    age: int
    person: Row  # the council's row of the child, {} if it has none
    police: Row  # the first police row, {} if council-only
    council: Row  # the interviews row, {} if police-only

    @property
    def day(self) -> date:
        return self.start.astimezone(LONDON).date()

    @property
    def half(self) -> str:
        if date(2016, 7, 1) <= self.day <= date(2016, 12, 31):
            return "H2-2016"
        return "H1-2017" if date(2017, 1, 1) <= self.day <= date(2017, 6, 30) else "later"

    @property
    def due(self) -> datetime:
        assert self.back is not None
        return self.back + timedelta(hours=72)

    def time(self, column: str) -> datetime | None:
        return council_time(self.council.get(column, ""))

    @property
    def completed(self) -> bool:
        return self.time("held_at") is not None

    @property
    def in_time(self) -> bool:
        recorded = self.time("recorded_at")
        return recorded is not None and recorded <= self.due

    @property
    def closed(self) -> bool:
        response, reason = self.council.get("response"), self.council.get("outcome_reason")
        never = reason in ("turned_18", "died", "error", "placing_la_responsible")
        impossible = reason in ("no_contact", "in_custody", "out_of_area", "child_unwell", "other")
        recorded = self.completed and self.time("recorded_at") is not None
        return recorded or response == "declined" or never or (response == "no_response" and impossible)


def instant(wall: datetime) -> datetime:
    """Convert London wall time to UTC; a time that does not exist or comes twice is an error of the export."""
    first = wall.replace(tzinfo=LONDON, fold=0).astimezone(UTC)
    assert first == wall.replace(tzinfo=LONDON, fold=1).astimezone(UTC), f"not a certain time: {wall}"
    return first


def police_time(text: str) -> datetime | None:
    return instant(datetime.strptime(text, "%d/%m/%Y %H:%M")) if text else None  # noqa: DTZ007


def council_time(text: str) -> datetime | None:
    return instant(datetime.strptime(text, "%Y-%m-%d %H:%M")) if text else None  # noqa: DTZ007


def holds(person: Row, period: str, day: date) -> bool:
    since, until = person.get(f"{period}_from", ""), person.get(f"{period}_to", "")
    return bool(since) and date.fromisoformat(since) <= day and (not until or day < date.fromisoformat(until))


def rows(path: Path) -> list[Row]:
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True)
class Exports:
    police: list[Row]
    children: list[Row]
    interviews: list[Row]
    episodes: list[Episode]

    @property
    def missing(self) -> list[Episode]:
        return [e for e in self.episodes if e.kind == "missing"]

    def of(self, half: str) -> list[Episode]:
        return [e for e in self.missing if e.half == half]


def read(paths: dict[str, Path]) -> Exports:
    police, children, interviews = (rows(paths[name]) for name in ("police", "children", "interviews"))
    return Exports(police, children, interviews, [*joined(police, children, interviews)])


def joined(police: list[Row], children: list[Row], interviews: list[Row]) -> list[Episode]:
    """Return one episode for each police occurrence and for each interviews row without an occurrence."""
    by_id = {row["child_id"]: row for row in children}
    by_police_ref = {row["police_ref"]: row for row in children if row["police_ref"]}
    council = {row["occurrence_ref"]: row for row in interviews if row["occurrence_ref"]}
    occurrences: dict[str, Row] = {}
    for row in police:
        first = occurrences.setdefault(row["occurrence_ref"], row)
        assert {k for k in row if row[k] != first[k]} <= {"risk", "risk_at"}
    assert set(council) <= set(occurrences)
    found = []
    for ref, row in occurrences.items():
        interview = council.get(ref, {})
        person = by_id[interview["child_id"]] if interview else by_police_ref.get(row["police_ref"], {})
        assert not person or person["police_ref"] == row["police_ref"]
        assert not person or date.fromisoformat(person["birth_date"]) == british(row["birth_date"])
        found.append(episode(person, row, interview))
    return found + [episode(by_id[r["child_id"]], {}, r) for r in interviews if not r["occurrence_ref"]]


def british(text: str) -> date:
    match = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text)
    assert match
    return date(int(match[3]), int(match[2]), int(match[1]))


def episode(person: Row, police: Row, council: Row) -> Episode:
    start = police_time(police.get("last_seen_at", "")) or police_time(police.get("reported_at", ""))
    start = start or council_time(council.get("started_at", ""))
    assert start
    found, returned = police_time(police.get("found_at", "")), police_time(police.get("returned_at", ""))
    ended, council_back = (council_time(council.get(c, "")) for c in ("ended_at", "returned_at"))
    end = min((t for t in (found, returned) if t), default=None) if police else ended
    day = start.astimezone(LONDON).date()
    place = council.get("team") or person.get("team") or police["area"]
    birth = date.fromisoformat(person["birth_date"]) if person else british(police["birth_date"])
    return Episode(
        child=person.get("child_id") or police["police_ref"],
        area=AREAS[place],
        kind=council.get("kind", "missing"),
        start=start,
        end=end,
        back=returned or council_back or found,
        lac=holds(person, "looked_after", day),
        uasc=holds(person, "uasc", day),
        cp=holds(person, "cp", day),
        age=day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)),
        person=person,
        police=police,
        council=council,
    )
