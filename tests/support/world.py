"""Random worlds: invented children and episodes of many shapes, as rows for the tables and as facts in memory."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, get_args

from sqlalchemy import Connection, insert

from bot.rules.episodes import doubts
from bot.rules.interviews.hosted import as_ours, tracked_until
from bot.rules.interviews.state import closed_at
from bot.rules.model import FOREVER, NO_EPISODE, REPORTERS, SETTINGS, Grade, GradeRecord, Interview, Kind
from bot.rules.time.clock import day_start
from bot.store.schema import records
from tests.support.factories import NOW, Recorded, episode, hours, interview, partnership, reference
from tests.support.memory_facts import Case, MemoryFacts, is_required

Row = dict[str, Any]
AREAS = tuple(a.id for a in partnership().areas)
TEAMS = {team: a.id for a in partnership().areas for team in a.teams}
WORKERS = ("W-N01", "W-S01", "W-X")
OUTCOMES = (
    *("carer_contacted", "no_contact", "capacity", "child_missing_again"),
    *("turned_18", "died", "error", "placing_la_responsible", "other"),
)
ENDS = ("returned_self", "found_by_police", "turned_18", "died", "error_duplicate", None)
MIDNIGHTS = tuple(day_start(date(2017, month, day)) for month, day in ((1, 1), (6, 21), (7, 1), (7, 4), (7, 5)))
#: Instants that are boundaries: midnights, the window's edges, now.
EDGES = (NOW, NOW - hours(24), NOW - hours(96), *MIDNIGHTS)


@dataclass
class World:
    """The same children and episodes twice: as rows, and as MemoryFacts."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    facts: MemoryFacts = field(default_factory=MemoryFacts)

    def store(self, connection: Connection) -> None:
        """Insert the rows into the tables, without the loader and the rules of the store."""
        for table in records.metadata.sorted_tables:
            if self.rows.get(table.name):
                connection.execute(insert(table), self.rows[table.name])


def world(seed: int, children: int = 40, episodes: int = 250) -> World:
    """Make many shapes at once: hosted, away, UASC, open, turned 18, date only, held late, ended later than now."""
    dice = random.Random(seed)
    born = {child: _birth(dice) for child in range(1, children + 1)}
    rows: dict[str, list[Row]] = {name: [] for name in records.metadata.tables}
    cases = {}
    for child, birth in born.items():
        row = _child(dice, child, birth)
        rows["child"].append(row)
        cases[row["ref"]] = _case(row, _aliases(dice, child, rows))
        _periods(dice, child, rows)
        rows["child_placement"] += _placements(random.Random(f"{seed} {child}"), child)
    found = [_episode(dice, n, dice.choice(list(born)), born) for n in range(1, episodes + 1)]
    grades = {x.id: _grades(dice, x) for x in found if x.police}
    for x in found:
        _store(x, grades.get(x.id, ()), rows)
    company = _company(random.Random(seed), found, children)
    for number, others in company.items():
        named = [{"occurrence_ref": f"P-{number}", "police_ref": f"NOM-{other}"} for other in others]
        rows["found_with"] += named
    return World(rows, MemoryFacts(found, cases, grades, company=company))


def _company(dice: random.Random, found: Sequence[Recorded], children: int) -> dict[int, list[int]]:
    """Draw whom police records name: children missing at the time, others, and some whom nobody knows."""
    company: dict[int, list[int]] = {}
    for x in found:
        if x.police and dice.randrange(2):
            near = [y.child_id for y in found if abs(y.start_at - x.start_at) < hours(48)]
            anyone = [dice.randint(1, children + 20) for _ in near]
            company[x.id] = sorted({dice.choice([*anyone, *near]) for _ in range(dice.randint(1, 2))})
    return company


def _birth(dice: random.Random) -> date | None:
    """Draw a birth date: one in eight is unknown, one in eight turns 18 within days of now."""
    kind = dice.randrange(8)
    if kind == 0:
        return None
    if kind == 1:
        return date(1999, 7, 5) + timedelta(days=dice.randint(-4, 4))
    return date(2000, 1, 1) + timedelta(days=dice.randrange(4000))


def _child(dice: random.Random, child: int, birth: date | None) -> Row:
    return {
        "id": child,
        "ref": reference(child),
        "police_ref": f"NOM-{child}",
        "birth_date": birth and "sealed",  # answers only need to know if there is one
        "police_birth_date": None,
        "team": dice.choice([*TEAMS, None]),
        "placement": dice.choice(["residential", "kinship", None]),
        "provider": dice.choice(["R-01", "R-02", None]),
        "placing_authority": dice.choice(["LA-9", None, None, None]),
        "lead_worker": dice.choice([*WORKERS, None]),
        "iro": dice.choice(["IRO-1", None]),
    }


def _case(row: Row, aliases: tuple[str, ...]) -> Case:
    return Case(
        id=row["id"],
        aliases=aliases,
        area=TEAMS.get(row["team"]),
        worker=row["lead_worker"],
        iro=row["iro"],
        placing_authority=row["placing_authority"],
        birth_known=row["birth_date"] is not None,
    )


def _aliases(dice: random.Random, child: int, rows: dict[str, list[Row]]) -> tuple[str, ...]:
    if dice.randrange(5):
        return ()
    rows["child_alias"].append({"ref": reference(10_000 + child), "child_id": child})
    return (reference(10_000 + child),)


def _periods(dice: random.Random, child: int, rows: dict[str, list[Row]]) -> None:
    for kind in ("lac", "uasc", "cp"):
        if dice.randrange(2):
            since = date(2016, 6, 1) + timedelta(days=dice.randrange(400))
            until = dice.choice([None, since + timedelta(days=dice.randrange(1, 200))])
            rows["child_period"].append({"child_id": child, "kind": kind, "from_date": since, "to_date": until})


def _placements(dice: random.Random, child: int) -> Iterator[Row]:
    """Draw spans without overlap, with a gap before some, and the last open or not."""
    since = date(2016, 6, 1) + timedelta(days=dice.randrange(100))
    while dice.randrange(4):
        until = dice.choice([None, since + timedelta(days=dice.randrange(1, 200))])
        placed = {"placement": dice.choice(["residential", "kinship", None]), "provider": dice.choice(["R-01", None])}
        yield {"child_id": child, "from_date": since, "to_date": until, **placed}
        if until is None:
            break
        since = until + timedelta(days=dice.choice([0, 0, 20]))


def _moment(dice: random.Random) -> datetime:
    """Draw a moment from two years back to tomorrow, half of them in the last fortnight, some exactly on an edge."""
    if dice.randrange(10) == 0:
        return dice.choice(EDGES)
    days = dice.choice([14, 700])
    return NOW + hours(24) - timedelta(minutes=dice.randrange(days * 24 * 60))


def _episode(dice: random.Random, n: int, child: int, born: dict[int, date | None]) -> Recorded:
    start = _moment(dice)
    back = dice.choice([None, *[start + timedelta(minutes=dice.randrange(1, 6000))] * 4])
    if back and dice.randrange(12) == 0:
        back = max(start, dice.choice(EDGES))
    police = bool(dice.randrange(4))
    kinds: tuple[Kind, ...] = get_args(Kind)
    kind = "missing" if police and dice.randrange(8) else dice.choice(kinds)
    plain = episode(child, start, back, birth=born[child], id=n, police=police, council=True)
    until = max(start, plain.until_at)
    found = replace(
        plain,
        end_known_at=until if until == FOREVER else until + hours(dice.choice([0, 0, 3, 40])),
        council=not police or bool(dice.randrange(3)),
        kind=kind,
        # A council's record alone names neither; some reports are before last seen, by a wrong time.
        reporter=(*REPORTERS, None)[n // 3 % 9] if police else None,
        last_seen_at=start if police and n % 5 else None,
        setting=(*SETTINGS, None)[n // 2 % 6] if police else None,
        reported_at=dice.choice([None, start, start + hours(dice.randrange(30)), dice.choice(EDGES)]),
        until_at=until,
        found_at=back if dice.randrange(2) else None,
        end_reason=_end(dice.choice(ENDS) if back else None, kind, n),
        area=dice.choice(AREAS),
        area_basis=dice.choice(["team", "child_team", "district", "none"]),
        lac=bool(dice.randrange(2)),
        uasc=not dice.randrange(6),
        cp=not dice.randrange(6),
        hosted=not dice.randrange(6),
        grade=dice.choice([None, "low", "medium", "high"]),
        graded_at=start + hours(1),
        prevention_at=back if dice.randrange(2) else None,
        entered_at=dice.choice([start, start + hours(dice.randrange(60)), *EDGES]),
        counted=n % 9 != 0,
        turns_18=n % 11 == 0,
        entered_care=n % 5 == 0,
        repeat_away=kind == "away" and n % 2 == 0,
        doubts=frozenset() if n % 9 else frozenset({(doubts.START, doubts.AGE, doubts.ADULT)[n // 9 % 3]}),
        interview=_interview(dice, back or (start + hours(2) if not dice.randrange(4) else None)),
    )
    if n % 4 in (0, 2) and is_required(as_ours(found)):  # the placing authority changed after the return
        return replace(found, moved_from="ours" if found.hosted and n % 4 else "theirs", moved_at=start + hours(50))
    return found


def _end(reason: str | None, kind: Kind, n: int) -> str | None:
    return NO_EPISODE if kind == "void" and n % 3 == 0 else reason


def _interview(dice: random.Random, back: datetime | None) -> Interview:
    """Draw an interview: each step present or not, in time or late, on the second or an hour off, some after now."""

    def step() -> datetime | None:
        if back is None or dice.randrange(3) == 0:
            return None
        offset = dice.choice([0, 1, 20, 71.99, 72, 72.01, 90, 96.5, 300, 24 * 40])
        return back + hours(offset)

    owed = interview(
        back,
        date_only=not dice.randrange(6),
        offered_at=step(),
        response=dice.choice(["accepted", "declined", "no_response", None]),
        held_at=step(),
        recorded_at=step(),
        outcome_reason=dice.choice([None, None, *OUTCOMES]),
        worker=dice.choice([*WORKERS, None]),
    )
    if owed.held_at:
        owed = replace(owed, held_known_at=owed.held_at + hours(dice.choice([0, 0, 5, 50])))
    if back and not dice.randrange(8):  # found first, returned some hours later: the clock runs from the return
        later = interview(back + hours(dice.randrange(1, 12)))
        owed = replace(owed, clock_start_at=later.clock_start_at, due_at=later.due_at, counts_until=later.counts_until)
    return owed


def _grades(dice: random.Random, x: Recorded) -> tuple[GradeRecord, ...]:
    known: tuple[Grade, ...] = get_args(Grade)
    grades = [dice.choice(known) for _ in range(dice.randrange(3))]
    return tuple(GradeRecord(x.start_at + hours(i + 1), g, not dice.randrange(9)) for i, g in enumerate(grades))


def _bare_child(number: int, ref: str) -> Row:
    return {"id": number, "ref": ref, "birth_date": "sealed", "team": "Northern"}


def _load(source: str, taken_at: datetime) -> Row:
    counts = dict.fromkeys(("rows_read", "accepted", "rejected", "added", "changed", "unchanged"), 0)
    return {"source": source, "taken_at": taken_at, "loaded_at": taken_at, "sha256": f"{taken_at:%s}", **counts}


def _store(x: Recorded, grades: tuple[GradeRecord, ...], rows: dict[str, list[Row]]) -> None:
    occurrence = f"P-{x.id}" if x.police else None
    council = f"E-{x.id}" if x.council else None
    bare = {"child_id": x.child_id, "entered_at": x.start_at, "payload": "-"}
    if occurrence:
        times = {name: getattr(x, name) for name in ("last_seen_at", "reported_at", "found_at", "returned_at")}
        rows["occurrence"].append({"occurrence_ref": occurrence, **times, **bare})
        rows["grade"] += [
            {
                "occurrence_ref": occurrence,
                "graded_at": g.graded_at,
                "grade": g.grade,
                "legacy_absent": g.legacy_absent,
            }
            for g in grades
        ]
    if council:
        rows["interview"].append({"episode_ref": council, "kind": x.kind, **bare})
    rows["episode"].append(episode_row(x, occurrence, council))


def stored_rows(episodes: Sequence[Recorded], taken_at: datetime) -> dict[str, list[Row]]:
    """Return the rows of a test's episodes, of their children and of a load of each source."""
    rows: dict[str, list[Row]] = {name: [] for name in records.metadata.tables}
    for child, ref in dict.fromkeys((x.child_id, x.child_ref) for x in episodes):
        rows["child"].append(_bare_child(child, ref))
    for x in episodes:
        known: dict[str, Any] = {"entered_at": x.entered_at or x.start_at, "end_known_at": x.end_known_at or x.until_at}
        _store(replace(x, **known), (), rows)
    for source in ("police", "children", "interviews"):
        rows["source_load"].append(_load(source, taken_at))
    return rows


def episode_row(x: Recorded, occurrence: str | None, council: str | None) -> Row:
    """Return the episode table's columns: the recorded facts of an episode, and the two values frozen from them."""
    owed = is_required(x)
    not_columns = {"child_ref", "police", "council", "interview", "age_band", "under_13", "left_as_adult", "doubts"}
    not_columns |= {"last_seen_at"}  # of the police record
    return {
        **{f.name: getattr(x, f.name) for f in fields(Recorded) if f.name not in not_columns},
        **{f.name: getattr(x.interview, f.name) for f in fields(Interview)},
        "occurrence_ref": occurrence,
        "episode_ref": council,
        "team": None,
        "required": owed,
        "interview_until_at": _interview_until(x, owed),
        "child_known": True,
        "doubts": doubts.stored(x.doubts),
        "youngest": x.age,
    }


def _interview_until(x: Recorded, owed: bool) -> datetime:
    if x.kind != "missing" and not x.repeat_away:
        return x.start_at
    if x.interview.clock_start_at is None:
        return x.until_at
    ours = as_ours(x)
    if not owed and (x.hosted or ours != x) and is_required(ours):
        closed = closed_at(ours.interview, required=True)
        return tracked_until(ours.interview, closed, out=x.hosted and x.moved_from == "ours")
    return closed_at(x.interview, owed) or (FOREVER if owed else x.start_at)
