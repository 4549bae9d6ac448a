"""The copy for a subject access request: every column decided, every fact of the child there, nobody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.reports.subject_access import LABELS, TITLES, as_json, as_page
from bot.rules.access.record_decisions import NotDecided
from bot.rules.audit.chain import Entry
from bot.store.database import reading, writing
from bot.store.retention.decisions import carry_out
from bot.store.retention.subject_access import LEFT_OUT, Held, everything_on
from bot.store.schema.access import glass, legal_hold, notice
from bot.store.schema.delivery import escalation, nudge, step
from bot.store.schema.records import metadata
from tests.store.retention.test_erasure import ANOTHERS, CANARIES, HERS, KEY, NOW, load
from tests.support.loader import Loader, loader


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(database_url, tmp_path) as found:
        yield found


@pytest.fixture
def held(bot: Loader) -> Held:
    """All that is held on the child of HERS, who is known in every table."""
    for source, row in HERS.items():
        load(bot, source, row)
    load(
        bot,
        "police",
        ANOTHERS,
        {**HERS["police"], "risk": "high", "risk_at": "02/03/2017 01:00"},
        now=NOW + timedelta(1),
    )
    ref = next(str(c["ref"]) for c in bot.rows("child") if c["police_ref"] == "NOM-CANARY2")
    look = {"person_id": "w", "area": "north", "reason": "why", "opened_at": NOW, "until_at": NOW}
    with writing(bot.engine) as connection:
        connection.execute(insert(metadata.tables["child_alias"]).values(ref="TS-AAAA", child_id=1))
        connection.execute(insert(glass).values(ref="TS-AAAA", **look))
        connection.execute(insert(notice).values(person_id="x", kind="k", ref=ref, text="told", made_at=NOW))
        said = {"episode_id": 1, "occurrence_ref": "OCC-CANARY1", "episode_ref": "E-1"}
        told = {"episode_id": 1, "step": "offer", "deadline_at": NOW, "person_id": "w", "made_at": NOW}
        connection.execute(insert(nudge).values(**told))
        ended = {"child_id": 1, "kind": "end", "value": "hospital", "at": NOW, "by": "w", "agency": "police"}
        connection.execute(
            insert(metadata.tables["ruling"]).values(
                occurrence_ref="OCC-CANARY1", episode_ref="E-1", said_at=NOW, **ended
            )
        )
        connection.execute(insert(step).values(**said, kind="offered", at=NOW, said_at=NOW, by="w"))
        called = {"rule": "open", "agency": "police", "tier": 1, "role": "duty_inspector", "person_id": "police"}
        connection.execute(insert(escalation).values(**said, **called, raised_at=NOW, acknowledge_by=NOW))
        connection.execute(insert(legal_hold).values(ref=ref, placed_by="lead", placed_at=NOW, why="an inquiry"))
    carry_out(bot.engine, KEY, [Entry(NOW, "w", "council", "", "child", "", "TS-AAAA")], lambda _: None)
    carry_out(bot.engine, KEY, [Entry(NOW, "w", "council", "", "child", "", "TS-BBBB")], lambda _: None)
    with reading(bot.engine) as connection:
        return everything_on(connection, "TS-AAAA")


def test_every_column_there_is_is_given_or_left_out_for_a_reason(held: Held) -> None:
    columns = {(t.name, c.name) for t in metadata.sorted_tables for c in t.columns}
    given = {(table, name) for table, rows in held.items() for row in rows for name in row}
    left_out = {(t, c) for t, c in columns if t in LEFT_OUT or f"{t}.{c}" in LEFT_OUT}
    assert columns - left_out - given == set()
    assert {key for key in LEFT_OUT if "." in key} <= {f"{t}.{c}" for t, c in columns}
    assert {key for key in LEFT_OUT if "." not in key} <= set(metadata.tables)
    assert all(LEFT_OUT.values())


def test_all_of_her_is_there_and_nothing_of_anybody_else(held: Held) -> None:
    text = as_json(held, "TS-AAAA", NOW)
    assert [c for c in CANARIES if c not in text] == []
    assert [c for c in ("OCC-9", "NOM-9", "NOM-8", "2004-04-03", "TS-BBBB") if c in text] == []
    (her,) = held["child"]
    assert (her["birth_date"], her["police_birth_date"]) == ("2003-02-01", "2003-02-01")
    assert [g["grade"] for g in held["grade"]] == ["medium", "high"]
    assert held["found_with"] == [{"occurrence_ref": "OCC-CANARY1", "others": 1}, {"named_in_records_of_others": 1}]
    assert [r["who"] for r in held["audit"]] == ["w"]
    assert len(held["glass"]) == len(held["notice"]) == len(held["legal_hold"]) == 1


def test_it_says_which_exports_brought_it(held: Held, bot: Loader) -> None:
    assert [r["source"] for r in held["source_load"]][:3] == ["police", "children", "interviews"]
    assert {r["loaded_at"] for r in held["source_load"]} >= {NOW.isoformat()}
    assert len(bot.rows("source_load")) == 4


def test_the_json_can_be_read_by_a_program(held: Held) -> None:
    copy = json.loads(as_json(held, "TS-AAAA", NOW))
    assert (copy["reference"], copy["legal_hold"]) == ("TS-AAAA", True)
    assert copy["held"] == held


def test_the_page_has_every_kind_of_record_in_words(held: Held) -> None:
    page = as_page(held, "TS-AAAA", NOW)
    assert [title for title, _ in TITLES.values() if f"<h2>{title}</h2>" not in page] == []
    assert [c for c in CANARIES if c not in page] == []
    assert "Under legal hold" in page
    assert "Wed 5 Jul 2017 09:00 BST" in page
    assert set(held) == set(TITLES)
    names = {name for rows in held.values() for row in rows for name in row}
    assert set(LABELS) <= names


def test_nothing_from_a_file_is_markup_on_the_page(held: Held) -> None:
    held["notice"][0]["text"] = "<script>alert(1)</script>"
    page = as_page(held, "TS-AAAA", NOW)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_nobody_has_an_unknown_reference(bot: Loader) -> None:
    with reading(bot.engine) as connection, pytest.raises(NotDecided, match="No child"):
        everything_on(connection, "TS-ZZZZ")
