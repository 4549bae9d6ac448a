"""One odd cell in a row hides no child and no interview, leaves no older fact standing, and is told.

547 values were written by a reader of the rules before the code, the others by the program's writers; each is put
into rows of several kinds of open episode and interview, a child for each.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.ingest.csv_file import open_export
from bot.ingest.row_checker import Checker, header_names
from bot.rules.episodes import doubts
from bot.rules.model import UNREAD_AUTHORITY, Episode
from bot.rules.time import freshness
from bot.store.database import reading
from bot.store.queries.loads import freshness as sources_of
from tests.support.exports import DEFAULTS, write
from tests.support.loader import PARTNERSHIP, Loader
from tests.support.odd_cells import (
    BALLAST,
    KINDS,
    NOW,
    OF_A_FRESH_READER,
    OF_THE_WRITERS,
    SOURCES,
    TAKEN,
    Case,
    as_time,
    can_be,
    case_refs,
    cases,
    listed,
    load,
    may_be_over,
    say_in_chat,
)

VALUES = OF_A_FRESH_READER + OF_THE_WRITERS
#: Kinds in which each value is tried; the next value in the next ones.
EACH = 3
#: What a fresh reader would not read and the exports' format does: `deploy/data.md`.
READ_ALL_THE_SAME = {
    ("police_ref", "999999999"),
    ("police_ref", "nom-1"),
    ("occurrence_ref", "OCC1"),
    ("returned_at", "--"),  # as good as one dash
    ("returned_at", "\u2013"),
    ("occurrence_ref", "'0043170012345"),  # as a spreadsheet marks text
    ("occurrence_ref", "OCC\u20131"),  # as a word processor writes a dash
    ("area", "\u200eCherw\xadell?"),  # marks that nobody sees
    ("risk", "No apparent risk"),
    ("risk", "Absent"),
    # Words of the systems that exports come from, which mean one thing.
    ("risk", "H"),
    ("risk", "High Risk"),
    ("risk", "Medium Risk"),
    ("reporter", "Mother"),
    ("reporter", "Mum"),
    ("missing_from", "Children's Home"),
    ("missing_from", "Children's home"),
    ("missing_from", "Foster placement"),
    ("case_status", "CLA"),
    ("case_status", "Closed"),
    ("placement", "U1"),
    ("placement", "k2"),
    ("sex", "Girl"),
    ("independent", "TRUE"),
    ("response", "Refused"),
    ("found_with", "NOM-1"),
    ("sex", "U"),
    ("independent", "Unknown"),
    ("started_at", "01/07/2017T18:30"),
    ("returned_at", "02/07/2017 10:40 BST"),
}


def test_every_column_and_every_kind_is_tried_with_half_the_values_of_a_fresh_reader() -> None:
    assert len(OF_A_FRESH_READER) == 547
    assert len(set(OF_THE_WRITERS) - set(OF_A_FRESH_READER)) >= 150
    assert {(o.source, o.column) for o in VALUES} == {(s, name) for s in SOURCES for name in DEFAULTS[s]}
    tried = cases(VALUES, each=EACH)
    assert {(c.kind, c.odd[0].source) for c in tried} == {
        (name, source) for name, kind in KINDS.items() for source in SOURCES if getattr(kind, source) is not None
    }


def test_a_child_whose_first_row_has_an_odd_cell_is_listed(sqlite_bot: Loader) -> None:
    found = cases(VALUES, [name for name, kind in KINDS.items() if not kind.said], EACH)
    load(sqlite_bot, found)
    assert hidden(sqlite_bot, found) == []
    assert unsure(sqlite_bot)


def test_an_odd_cell_where_all_was_right_hides_nobody_and_leaves_no_older_fact(sqlite_bot: Loader) -> None:
    """And what was said in chat stays with its episode."""
    found = right_then_odd(sqlite_bot, cases(VALUES, each=EACH))
    assert hidden(sqlite_bot, found) == []
    assert older(sqlite_bot, found) == []
    assert unsure(sqlite_bot)


def test_odd_cells_hide_nobody_on_either_database(bot: Loader) -> None:
    found = right_then_odd(bot, cases(VALUES[::13], each=3))
    assert hidden(bot, found) == []
    assert older(bot, found) == []


def test_the_row_put_right_puts_everything_right(sqlite_bot: Loader) -> None:
    """Each child stands in the lists once, under its name, and nothing of it is in doubt."""
    odd = [o for o in VALUES if o.means != "readable"]
    found = cases(odd, [name for name, kind in KINDS.items() if not kind.said], EACH)
    load(sqlite_bot, found)
    load(sqlite_bot, found, TAKEN + timedelta(hours=1), odd=False)
    lists = listed(sqlite_bot, NOW + timedelta(hours=1))
    every = {ref: lists.missing.get(ref) or lists.interviews.get(ref) for c in found for ref in case_refs(c)}
    of_case = {c: {x.id: x for ref in case_refs(c) if (x := every[ref]) is not None} for c in found}
    assert [c for c, listed_as in of_case.items() if len(listed_as) != 1] == []
    unsure = [c for c, listed_as in of_case.items() if any(x.doubts for x in listed_as.values())]
    assert [c for c in unsure if c.kind != "ungraded"] == []  # a grade that is gone from the newest file is in doubt
    assert [row for row in sqlite_bot.rows("child") if row["nameless"]] == []


def right_then_odd(bot: Loader, found: list[Case]) -> list[Case]:
    load(bot, found, TAKEN - timedelta(hours=1), odd=False)
    say_in_chat(bot, found)
    assert hidden(bot, found) == []
    load(bot, found)
    return found


def hidden(bot: Loader, found: list[Case]) -> list[Case]:
    lists = listed(bot)
    return [c for c in found if not (lists.has(c) or may_be_over(c))]


def unsure(bot: Loader) -> bool:
    """Whether every source that may have a child missing now, or an interview due, says so."""
    with reading(bot.engine) as connection:
        found = [s for s in sources_of(connection, PARTNERSHIP) if s.source != "children"]
    return all(freshness.state(s, NOW) == "doubt" and s.unread_open for s in found)


#: Which record it is, and whose; a word of which the safer meaning stands; the time of a grade; company, which has
#: rows of its own.
_OTHERWISE = {"occurrence_ref", "police_ref", "episode_id", "child_id", "kind", "risk_at", "found_with"}


def older(bot: Loader, found: list[Case]) -> list[tuple[Case, Any]]:
    """Cases of which the older file's word stands for a cell that the newer could not read."""
    wanted = [c for c in found if c.odd[0].means != "readable" and c.odd[0].column not in _OTHERWISE]
    facts = Facts(bot)
    stands = [(c, facts.of(c)) for c in wanted if not read_all_the_same(c)]
    return [(c, value) for c, value in stands if value]


class Facts:
    """What is stored of each case, and how its episode is listed."""

    def __init__(self, bot: Loader) -> None:
        self.missing = listed(bot).missing
        self.occurrences = {row["occurrence_ref"]: row for row in bot.rows("occurrence")}
        self.interviews = {row["episode_ref"]: row for row in bot.rows("interview")}
        self.police = {row["police_ref"]: row for row in bot.rows("child")}
        self.council = {row["council_ref"]: row for row in bot.rows("child")}

    def of(self, c: Case) -> Any:
        """What stands for the odd cell; nothing, where it is not known."""
        odd, n = c.odd[0], c.number
        if odd.source == "interviews":
            return self.interviews[f"EP-{n}"][odd.column]
        if odd.source == "children":
            row = self.council[f"C-{n}"]
            if odd.column == "placing_authority":
                return row[odd.column] not in (None, UNREAD_AUTHORITY)
            return row.get(odd.column) and not (odd.column == "birth_date" and row["birth_unread"])
        if odd.column == "birth_date":  # the older one stands for calls, and for no figure (rules/episodes/age.py)
            return odd.means == "unreadable" and not self.police[f"NOM-{n}"]["police_birth_unread"]
        if odd.column == "sex":
            return odd.means == "unreadable" and self.police[f"NOM-{n}"]["police_sex"]
        if odd.column == "risk":  # of two grades the newer may be all right
            return (
                not KINDS[c.kind].again
                and f"OCC-{n}" in self.missing
                and not self._ungraded(c, self.missing[f"OCC-{n}"])
            )
        return self.occurrences[f"OCC-{n}"]["district" if odd.column == "area" else odd.column]

    def _ungraded(self, c: Case, x: Episode) -> bool:
        """And the grade that stood there is said beside it."""
        before = (c.row("police", odd=False) or {})["risk"] or None
        doubt = before is not None or c.odd[0].means == "unreadable"
        return x.grade is None and x.grade_before == before and (doubts.GRADE in x.doubts) == doubt


def read_all_the_same(c: Case) -> bool:
    """A time that is odd in another row and can be right in this one, or a word that the format has."""
    odd = c.odd[0]
    if (odd.column, odd.value) in READ_ALL_THE_SAME:
        return True
    if odd.column == "risk_at" and not (c.row("police", odd=True) or {})["risk"]:
        return True  # the time of no grade
    if odd.column.endswith(("_date", "_from", "_to")) and odd.column != "missing_from":
        return as_time(odd.value) is not None
    return odd.column.endswith("_at") and can_be(c, odd)


@pytest.mark.parametrize("source", SOURCES)
def test_what_could_not_be_read_is_told_and_what_is_empty_is_not(tmp_path: Path, source: str) -> None:
    found = cases([o for o in VALUES if o.source == source], each=EACH)
    path = write(tmp_path / f"{source}.csv", [BALLAST[source], *(c.row(source, odd=True) or {} for c in found)])
    wrong = []
    for case, (columns, reasons) in zip(found, told(path, source), strict=True):
        odd = case.odd[0]
        if odd.means == "unreadable" and odd.column not in columns and not read_all_the_same(case):
            wrong.append((odd, case.kind, "is not told"))
        if odd.means == "empty" and odd.column in columns and "is empty" not in reasons[odd.column]:
            wrong.append((odd, case.kind, reasons[odd.column]))
    assert wrong == []


def told(path: Path, source: str) -> Iterator[tuple[set[str], dict[str, str]]]:
    with open_export(path, header_names(source, PARTNERSHIP, TAKEN)) as export:
        checker = Checker(export, source, PARTNERSHIP, TAKEN)
        lines = export.rows()
        next(lines)
        for line in lines:
            problems = checker.check(line).problems
            yield {p.column for p in problems}, {p.column: p.reason for p in problems}
