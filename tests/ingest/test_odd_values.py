"""Whatever stands in one cell of a row, the child who is missing now, or whose interview is due, stays in a list.

The odd values of `odd_values_of_a_fresh_reader.jsonl` were written by a reader of the rules before the code, those of
ODD by its writers. `BOT_ODD=200000` tries so many cells that dice have mutated.
"""

from __future__ import annotations

import csv
import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import and_, select

from bot.ingest.cells import says_nothing
from bot.rules.access import Scope
from bot.store.database import reading
from bot.store.episodes import Lists
from bot.store.tables import child, episode
from tests.ingest.exports import CHILD, INTERVIEW, POLICE
from tests.ingest.loader import LOADED_AT, PARTNERSHIP, TAKEN_AT, Loader
from tests.test_fuzz_rows import ODD

FRESH = [
    json.loads(line)
    for line in (Path(__file__).parent / "odd_values_of_a_fresh_reader.jsonl").read_text(encoding="utf-8").splitlines()
]
MUTATED = int(os.environ.get("BOT_ODD", "1500"))
SEED = int(os.environ.get("BOT_ODD_SEED", "7"))
EVERYWHERE = Scope(tuple(a.id for a in PARTNERSHIP.areas))

BACK = {"found_at": "", "returned_at": "", "prevention_interview_at": "", "end_reason": ""}
GONE = {**POLICE, **BACK, "last_seen_at": "03/07/2017 22:00", "reported_at": "03/07/2017 23:00"}
#: Every kind of open police row: graded and not, without a time of the grade, known by the day, seen or reported alone.
POLICE_KINDS = [
    {**GONE, "risk": "high", "risk_at": "03/07/2017 23:30"},
    {**GONE, "risk": "", "risk_at": ""},
    {**GONE, "risk": "low", "risk_at": ""},
    {**GONE, "last_seen_at": "", "risk_at": ""},
    {**GONE, "last_seen_at": "25/06/2017", "reported_at": "", "risk_at": ""},
]
DUE = {
    **INTERVIEW,
    **dict.fromkeys(("offered_at", "response", "held_at", "recorded_at"), ""),
    "started_at": "2017-07-03 22:00",
    "ended_at": "2017-07-04 03:00",
    "returned_at": "2017-07-04 03:00",
    "occurrence_ref": "",
}
#: Every kind of open council episode: not offered, offered, declined, held and not recorded, by the day, still missing.
INTERVIEW_KINDS = [
    DUE,
    {**DUE, "offered_at": "2017-07-04 10:00", "response": "accepted"},
    {**DUE, "offered_at": "2017-07-04 10:00", "response": "no_response", "outcome_reason": "capacity"},
    {**DUE, "offered_at": "2017-07-04 10:00", "held_at": "2017-07-04 12:00"},
    {**DUE, "ended_at": "2017-07-04", "returned_at": "2017-07-04"},
    {**DUE, "ended_at": "", "returned_at": ""},
]
KINDS = {"police": POLICE_KINDS, "interviews": INTERVIEW_KINDS}
KEYS = {"police": ("occurrence_ref", "police_ref"), "interviews": ("episode_id", "child_id")}
#: Words that take a row out of the lists rightly: a void record, a death, an interview that nobody owes.
RIGHTLY = {"error_duplicate", "died", "turned_18", "error", "placing_la_responsible", "away", "a", "declined"}


class Case(NamedTuple):
    """One row with one odd cell; `number` is in its references, of which an odd cell spoils at most one."""

    number: int
    column: str
    value: str
    row: Mapping[str, str]


def cases(source: str, odd: Iterator[tuple[str, str]], first: int = 1) -> list[Case]:
    found = []
    for number, (column, value) in enumerate(odd, first):
        kind = KINDS[source][number % len(KINDS[source])]
        found.append(Case(number, column, value, {**kind, **references(source, number), column: value}))
    return found


def references(source: str, number: int) -> dict[str, str]:
    return {key: f"{key[:3].upper()}-{number}" for key in KEYS[source]}


def load(bot: Loader, source: str, found: Sequence[Case], number: int = 0) -> int:
    """How many rows could not be read whole."""
    path = bot.folder / f"{source}-{number}.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        names = list(found[0].row)
        lines = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        lines.writerows([names, *([case.row[name] for name in names] for case in found)])
    at = TAKEN_AT + timedelta(seconds=number)
    summary = bot.load_path(source, path, taken_at=at, now=LOADED_AT)
    assert (summary.read, summary.accepted) == (len(found), len(found))
    return summary.unread


def unlisted(bot: Loader, source: str, found: Sequence[Case]) -> list[Case]:
    """Rows of which neither an open episode nor an open interview is in a list."""
    now = LOADED_AT
    with reading(bot.engine) as connection:
        lists = Lists(connection, PARTNERSHIP.age_bands)
        open_now = {x.id for x in lists.open_episodes(EVERYWHERE, now) if x.kind != "void"}
        shown = open_now | {x.id for x in lists.interviews_open(EVERYWHERE, now)}
        names = (child.c.police_ref, episode.c.occurrence_ref)
        if source == "interviews":
            names = (child.c.council_ref, episode.c.episode_ref)
        done = and_(episode.c.held_at.is_not(None), episode.c.recorded_at.is_not(None))
        query = select(episode.c.id, done, *names).join(child, child.c.id == episode.c.child_id)
        rows = connection.execute(query).all()
    # An interview that was held and recorded is over: both times could be read.
    listed = {name for number, over, *both in rows if over or number in shown for name in both}
    return [
        case
        for case in found
        if case.value.strip().casefold() not in RIGHTLY and not listed & set(references(source, case.number).values())
    ]


def fresh(source: str) -> Iterator[tuple[str, str]]:
    return ((odd["column"], odd["value"]) for odd in FRESH if odd["source"] == source and "\0" not in odd["value"])


def ours(source: str) -> Iterator[tuple[str, str]]:
    return ((column, value) for column in KINDS[source][0] for value in ODD)


@pytest.mark.parametrize("source", KINDS)
def test_no_odd_value_takes_a_child_out_of_every_list(bot: Loader, source: str) -> None:
    values = [*fresh(source), *ours(source)]
    for turn in range(len(KINDS[source])):  # so that each value meets each kind of row
        odd = [*values[turn:], *values[:turn]]
        found = cases(source, iter(odd), first=turn * len(values) + 1)
        assert load(bot, source, found, turn) > len(values) // 2
        assert unlisted(bot, source, found) == []


def test_there_are_as_many_values_as_were_promised() -> None:
    tried = {(odd["source"], odd["column"], odd["value"]) for odd in FRESH}
    assert len(tried) >= 300
    assert {column for _, column, _ in tried} >= {*POLICE, *CHILD, *INTERVIEW}


@pytest.mark.parametrize("column", ["risk", "returned_at", "found_at", "last_seen_at", "birth_date", "police_ref"])
def test_what_cannot_be_read_leaves_no_older_fact_standing(sqlite_bot: Loader, column: str) -> None:
    """First all is well and the child is back; then the same rows come with one cell that cannot be read."""
    bot = sqlite_bot
    values = [odd["value"] for odd in FRESH if (odd["source"], odd["column"]) == ("police", column)]
    unread = {odd["value"] for odd in FRESH if odd["column"] == column and odd["means"] == "unreadable"}
    well = {**GONE, "risk": "high", "risk_at": "03/07/2017 23:30", "returned_at": "04/07/2017 03:00"}
    found = cases("police", ((column, value) for value in values))
    whole = [case._replace(row={**well, **references("police", case.number)}) for case in found]
    whole = [
        case._replace(row={**case.row, **{k: f"{k[:3].upper()}-{case.number}" for k in KEYS["police"]}})
        for case in whole
    ]
    load(bot, "police", whole)
    odd = [case._replace(row={**one.row, column: case.value}) for case, one in zip(found, whole, strict=True)]
    load(bot, "police", odd, 1)
    stored = {e["occurrence_ref"]: e for e in bot.rows("episode")}
    for case in odd:
        now = stored[f"OCC-{case.number}"]
        if case.value not in unread:
            continue
        if column == "risk":
            read_after_all = now["grade"] == "very_low"  # "No apparent risk" is a word of ours
            assert read_after_all or (now["grade"], now["grade_before"]) == (None, "high"), case.value
        elif column == "returned_at":
            read = bot.rows("occurrence")  # it may be a time after all, oddly written
            back = next(o["returned_at"] for o in read if o["occurrence_ref"] == f"OCC-{case.number}")
            assert (now["end_at"] is None) == (back is None), case.value
            assert back is not None or says_nothing(case.value) or "return" in now["doubts"], case.value
        elif column == "birth_date":
            assert now["age"] is None or "age" in now["doubts"] or now["age"] != 14, case.value


def mutated(source: str, count: int, dice: random.Random) -> Iterator[tuple[str, str]]:
    """A cell of a row with a sign put in, taken out or changed, cut, or with what belongs to another column."""
    signs = "0123456789/-: .,;'\"=+~#?AaZzéŵ\u200b\u00a0\u202e😀\t\n"
    for _ in range(count):
        kind = dice.choice(KINDS[source])
        column = dice.choice(list(kind))
        text = kind[column] or dice.choice(["03/07/2017 23:00", "none", "W-N01", "medium"])
        at, how = dice.randrange(len(text) + 1), dice.randrange(5)
        if how == 0:
            text = text[:at] + dice.choice(signs) + text[at:]
        elif how == 1:
            text = text[:at] + text[at + 1 :]
        elif how == 2:
            text = text[:at] + dice.choice(signs) + text[at + 1 :]
        elif how == 3:
            text = dice.choice(list(kind.values()))
        else:
            text = dice.choice(ODD)
        yield column, text


@pytest.mark.parametrize("source", KINDS)
def test_no_mutated_cell_takes_a_child_out_of_every_list(sqlite_bot: Loader, source: str) -> None:
    dice, left, number = random.Random(f"{SEED} {source}"), MUTATED // 2, 0
    while left > 0:
        some = min(left, 5000)
        found = cases(source, mutated(source, some, dice), first=number * 5000 + 1)
        load(sqlite_bot, source, found, number)
        assert unlisted(sqlite_bot, source, found) == []
        left, number = left - some, number + 1
